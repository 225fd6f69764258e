//! What a rule's `then` and `always` give back: drafts and marks. Pure data.

use crate::money::Money;
use crate::value::{EntityKey, Text, Value};
use std::collections::BTreeMap;

/// A verb of the rule language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Let it pass.
    Allow,
    /// Ask for one more proof.
    StepUp,
    /// Stop until somebody looks.
    Hold,
    /// Refuse.
    Block,
    /// A next best offer.
    Offer,
    /// A retention offer.
    Retain,
    /// A service message.
    Serve,
    /// Rider: tell a team.
    Notify,
    /// Rider: start a process.
    Trigger,
}

impl Verb {
    /// The word in scripts, cases and on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::StepUp => "step_up",
            Self::Hold => "hold",
            Self::Block => "block",
            Self::Offer => "offer",
            Self::Retain => "retain",
            Self::Serve => "serve",
            Self::Notify => "notify",
            Self::Trigger => "trigger",
        }
    }

    /// The verb called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Allow,
            Self::StepUp,
            Self::Hold,
            Self::Block,
            Self::Offer,
            Self::Retain,
            Self::Serve,
            Self::Notify,
            Self::Trigger,
        ]
        .into_iter()
        .find(|v| v.name() == name)
    }

    /// True for `allow step_up hold block`.
    #[must_use]
    pub fn is_verdict(self) -> bool {
        matches!(self, Self::Allow | Self::StepUp | Self::Hold | Self::Block)
    }

    /// True for `notify trigger`, which ride with a candidate.
    #[must_use]
    pub fn is_rider(self) -> bool {
        matches!(self, Self::Notify | Self::Trigger)
    }
}

/// One action a rule asks for, before the engine has judged it.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The verb.
    pub verb: Verb,
    /// The offer, method, team or process named; `None` for the other verbs.
    pub id: Option<Text>,
    /// The entity a hold or block is for; `None`: the transaction of this event.
    pub subject: Option<EntityKey>,
    /// `.channel(first, …)`: preference, in order; empty: the offer's own.
    pub channels: Vec<Text>,
    /// `.to(team)`
    pub team: Option<Text>,
    /// `.reason(code)`, in order.
    pub reasons: Vec<Text>,
    /// `.expires(d)`, ms.
    pub expires: Option<i64>,
    /// `.lasts(d)`, ms.
    pub lasts: Option<i64>,
    /// `.value(money)`
    pub value: Option<Money>,
    /// `.propensity(p)`
    pub propensity: Option<f64>,
    /// `.not_before(d)`, ms from now.
    pub not_before: Option<i64>,
    /// `.data(#{…})`
    pub data: BTreeMap<String, Value>,
    /// `.final()`: no override lifts it.
    pub last: bool,
}

impl Draft {
    /// A draft with nothing but its verb.
    #[must_use]
    pub fn new(verb: Verb) -> Self {
        Self {
            verb,
            id: None,
            subject: None,
            channels: Vec::new(),
            team: None,
            reasons: Vec::new(),
            expires: None,
            lasts: None,
            value: None,
            propensity: None,
            not_before: None,
            data: BTreeMap::new(),
            last: false,
        }
    }
}

/// A mark: what `fn always` asks for whenever `when` was true, win or lose.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// `tag(name, value, ttl)`
    Tag {
        /// The tag.
        name: Text,
        /// Its new value.
        value: Value,
        /// How long it holds, ms; `None`: the catalogue's own.
        ttl: Option<i64>,
    },
    /// `untag(name)`
    Untag {
        /// The tag.
        name: Text,
    },
    /// `remind(name, after)`: becomes event `timer.<name>`.
    Remind {
        /// The timer.
        name: Text,
        /// After so many ms.
        after: i64,
    },
    /// `forget(name)`
    Forget {
        /// The timer.
        name: Text,
    },
}
