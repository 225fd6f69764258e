//! What came of an input.

use crate::action::Action;
use crate::change::SharedChange;
use crate::decision::Decision;
use crate::event::Event;
use rules::value::{Text, Value};

/// What came of an event: one per event, and one per step a timer made.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Where it stands among all outcomes.
    pub place: Place,
    /// The line of the event, from 1; `None` for a step that a timer made.
    pub line: Option<u64>,
    /// The event's id.
    pub event_id: Text,
    /// What came of it.
    pub what: What,
}

/// The global order of outcomes: (seq, deadline, key, ordinal).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The door's number of the input.
    pub seq: u64,
    /// The event time of the step, ms.
    pub deadline: i64,
    /// The customer.
    pub key: Text,
    /// Which step of this input.
    pub ordinal: u32,
}

/// What came of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It was decided (mostly: that nothing is to be done).
    Settled(Settled),
    /// It came before, with the same content: nothing was touched.
    Duplicate,
    /// Its id came before, with other content: nothing was touched.
    Mismatch,
    /// It came further behind its customer's newest event than is waited for: nothing was touched.
    TooLate,
    /// Another division decides about its customer: cards, devices and merchants have counted it.
    Elsewhere,
}

/// A step that was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// One value per column, when features are asked for.
    pub row: Vec<Value>,
    /// One value per watched slot.
    pub watched: Vec<Value>,
    /// What was completed by it, when that is asked for.
    pub derived: Vec<Event>,
    /// It came after a newer event of its customer.
    pub late: bool,
    /// What was decided, when some rule had something to say.
    pub decision: Option<Box<Decision>>,
    /// Its record as one line of JSON, when records are asked for.
    pub record: Option<String>,
    /// What goes out, in order.
    pub actions: Vec<Action>,
    /// What rules left for all, here or as another division tells: that they fired, and on which entities they
    /// acted.
    pub shared: Vec<SharedChange>,
    /// What it changed, for an outcome of a known action.
    pub answered: Option<Box<Answered>>,
    /// What goes out behind that: actions that are pulled back.
    pub withdrawn: Vec<Action>,
    /// An outcome of an action that is not, or no longer, known.
    pub unknown_action: bool,
}

/// What an outcome changed about its action and its customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answered {
    /// The action it answers.
    pub action_id: Text,
    /// The same outcome of this action was told before.
    pub repeated: bool,
    /// The action is confirmed from now on.
    pub confirmed: bool,
    /// The action is given up: it no longer counts.
    pub freed: bool,
    /// The action's hold or block ended before its time.
    pub hold_ended: bool,
    /// The channel on which the customer is no longer contacted.
    pub opted_out: Option<Text>,
    /// Suppressions of the policy that began.
    pub suppressed: Vec<Suppressed>,
    /// The caps that count the action, as they stand behind it.
    pub caps: Vec<CapUse>,
}

/// A suppression of the policy that began.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppressed {
    /// Its name in the policy.
    pub name: Text,
    /// The offer, group or channel; `None` for whole classes.
    pub scope: Option<Text>,
    /// Until, excluded, ms.
    pub until: i64,
}

/// How much of a cap is used.
#[derive(Clone, Debug, PartialEq)]
pub struct CapUse {
    /// Its name in the policy.
    pub name: Text,
    /// How many count now.
    pub used: u32,
    /// At most so many.
    pub max: u32,
}
