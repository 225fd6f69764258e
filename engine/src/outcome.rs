//! What came of an input.

use crate::action::Action;
use crate::decision::Decision;
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
}

/// A step that was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// One value per column, when features are asked for.
    pub row: Vec<Value>,
    /// One value per watched slot.
    pub watched: Vec<Value>,
    /// It came after a newer event of its customer.
    pub late: bool,
    /// What was decided, when some rule had something to say.
    pub decision: Option<Box<Decision>>,
    /// Its record as one line of JSON, when records are asked for.
    pub record: Option<String>,
    /// What goes out, in order.
    pub actions: Vec<Action>,
    /// An outcome of an action that is not, or no longer, known.
    pub unknown_action: bool,
}
