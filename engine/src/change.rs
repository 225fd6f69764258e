//! Changes: what observe and enact ask of state. Logical and addressed by name, never memory images;
//! the only way state is written.

use crate::contacts::{Hold, Reservation};
use crate::pattern::Kept;
use crate::place::Fix;
use crate::place::whereabouts::Turn;
use crate::round::Round;
use crate::state::entity_tags::{EntityTagKey, EntityTagValue};
use crate::switch::Switch;
use crate::window::track::Order;
use rules::book::Book;
use rules::place::cell::Cell;
use rules::value::{Day, Text, Value};

/// One change to the state of a customer.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A tag takes a value. An older `(at, seq)` never overwrites a newer one.
    TagSet {
        /// The tag.
        tag: Text,
        /// Its value.
        value: Value,
        /// Event time, ms.
        at: i64,
        /// The door's number of the event that set it.
        seq: u64,
        /// From here on it no longer holds, ms.
        expires: Option<i64>,
        /// The rule or event type that wrote it.
        by: Text,
        /// How sure it is, in ten-thousandths, where the writer says so.
        confidence: Option<u16>,
    },
    /// A tag loses its value.
    TagUnset {
        /// The tag.
        tag: Text,
        /// Event time, ms.
        at: i64,
        /// The door's number of the event that did it.
        seq: u64,
    },
    /// A timer is set; a timer of that name that runs already is replaced.
    TimerSet {
        /// Its name: it becomes event `timer.<name>`.
        name: Text,
        /// Its deadline, ms.
        due: i64,
        /// The rule that asked for it.
        by: Text,
    },
    /// A timer is forgotten.
    TimerForgotten {
        /// Its name.
        name: Text,
    },
    /// A dated timer is set for a day; what pended under its name is replaced.
    TimerArmed {
        /// Its name.
        name: Text,
        /// The day of its date that it is for.
        day: Day,
        /// Its deadline, ms.
        due: i64,
    },
    /// The last day a dated timer fired for: what a snapshot keeps.
    TimerDone {
        /// Its name.
        name: Text,
        /// The day.
        day: Day,
    },
    /// What a customer is in of a segment that rules are told the changes of.
    SegmentSet {
        /// The segment.
        name: Text,
        /// In, or out.
        inside: bool,
    },
    /// An action was chosen: contact history, caps and cool-downs count it.
    Reserved(Reservation),
    /// A reservation is confirmed by an outcome.
    Confirmed {
        /// The action.
        action_id: Text,
        /// When, ms.
        at: i64,
    },
    /// A reservation is freed: it no longer counts.
    Freed {
        /// The action.
        action_id: Text,
        /// When, ms.
        at: i64,
    },
    /// An action is pulled back: it counts no longer, unless it was seen all the same.
    Withdrawn {
        /// The action.
        action_id: Text,
        /// When, ms.
        at: i64,
    },
    /// A hold or block starts for the customer.
    HoldSet(Hold),
    /// The holds of an action end.
    HoldEnded {
        /// The action that set them.
        action_id: Text,
        /// When, ms.
        at: i64,
    },
    /// Consent is given or withdrawn.
    ConsentSet {
        /// `marketing` or `service`.
        purpose: Text,
        /// The channel.
        channel: Text,
        /// Given, or withdrawn.
        given: bool,
        /// Event time, ms.
        at: i64,
        /// The door's number of the event.
        seq: u64,
    },
    /// A suppression of the policy starts.
    SuppressionSet {
        /// Its name in the policy.
        name: Text,
        /// The offer, group or channel it silences; `None` for whole classes.
        scope: Option<Text>,
        /// From, ms.
        at: i64,
        /// Until, excluded, ms.
        until: i64,
    },
    /// A suppression of the policy ends early.
    SuppressionEnded {
        /// Its name in the policy.
        name: Text,
        /// When, ms.
        at: i64,
    },
    /// An outcome is remembered: it may start a suppression when it repeats.
    OutcomeNoted {
        /// The outcome's word.
        outcome: Text,
        /// The action it answers.
        action_id: Text,
        /// Event time, ms.
        at: i64,
        /// The offer of that action.
        offer: Option<Text>,
        /// Its group.
        group: Option<Text>,
        /// The channel it went to.
        channel: Option<Text>,
    },
    /// The customer was somewhere.
    Located(Fix),
    /// A fence was entered or left: of its turns, these are the ones from that order on.
    FenceTurned {
        /// The fence.
        fence: Text,
        /// Turns from here on are replaced.
        from: Order,
        /// By these, in order.
        turns: Vec<Turn>,
    },
    /// The customer was seen in a cell at an hour that a haunt counts.
    HauntSeen {
        /// The feature.
        feature: Text,
        /// Whole hours since the epoch.
        hour: i64,
        /// Where.
        cell: Cell,
    },
    /// What stands of a pattern.
    PatternKept(Box<Kept>),
    /// Actions were numbered for the customer, up to this one.
    Numbered {
        /// The number of the last action.
        last: u64,
    },
}

/// One change to what all customers share. Written by decisions and operators, visible to everyone from the next
/// tick on, never between.
#[derive(Clone, Debug, PartialEq)]
pub enum SharedChange {
    /// A rule with a cool-down per entity acted on this entity.
    EntityCooldown {
        /// The rule's id.
        rule: Text,
        /// The kind's name.
        kind: Text,
        /// The entity's id.
        id: Text,
        /// Event time, ms.
        at: i64,
    },
    /// A rule with a brake fired.
    Fired {
        /// The rule's id.
        rule: Text,
        /// Event time, ms.
        at: i64,
    },
    /// A tag of an entity takes a value. An older `(at, seq)` never overwrites a newer one.
    EntityTagged {
        /// Whose, and which.
        key: EntityTagKey,
        /// The value, and since when.
        value: EntityTagValue,
    },
    /// An event of no customer begins its round.
    RoundBegun(Box<Round>),
    /// An operator turned something off, or on again.
    Switched {
        /// What.
        switch: Switch,
        /// It acts from now on.
        on: bool,
        /// Door time, ms.
        at: i64,
        /// What the operator said.
        why: Text,
        /// Who it was.
        by: Text,
    },
}

impl SharedChange {
    /// The same as another book has it; `None` where that has no place for it. `value` gives a value as
    /// that has it.
    #[must_use]
    pub fn carried(self, book: &Book, value: &dyn Fn(Value) -> Option<Value>) -> Option<Self> {
        Some(match self {
            Self::EntityTagged { key, value: held } => {
                let anew = value(held.value)?;
                let value = EntityTagValue {
                    value: anew,
                    ..held
                };
                Self::EntityTagged { key, value }
            }
            Self::RoundBegun(round) => Self::RoundBegun(Box::new(round.carried(book, value)?)),
            other => other,
        })
    }

    /// Somebody waits for the tick that makes it visible.
    #[must_use]
    pub fn is_waited_for(&self) -> bool {
        match self {
            Self::EntityTagged { .. } | Self::RoundBegun(_) => true,
            Self::EntityCooldown { .. } | Self::Fired { .. } | Self::Switched { .. } => false,
        }
    }
}
