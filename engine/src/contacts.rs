//! What was said to a customer, and what they said back.

use rules::rule::Class;
use rules::value::{EntityKey, Text};

/// A chosen action, as contact history keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reservation {
    /// The action.
    pub action_id: Text,
    /// The rule.
    pub rule: Text,
    /// Its class.
    pub class: Class,
    /// The offer; `None` for verdicts.
    pub offer: Option<Text>,
    /// The offer's group.
    pub group: Option<Text>,
    /// The channel; `None` for verdicts.
    pub channel: Option<Text>,
    /// The entity a cool-down of the rule counts by; `None`: the customer.
    pub subject: Option<EntityKey>,
    /// Event time of the decision, ms.
    pub at: i64,
    /// The door's number.
    pub seq: u64,
    /// Until when an unconfirmed reservation counts, ms.
    pub expires: i64,
    /// Confirmed by an outcome.
    pub confirmed: bool,
    /// Freed by a failed receipt.
    pub freed: bool,
}

/// A hold or block in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    /// The action that set it.
    pub action_id: Text,
    /// The rule.
    pub rule: Text,
    /// True for a block.
    pub block: bool,
    /// What it is for; `None`: the transaction of its event.
    pub subject: Option<EntityKey>,
    /// From, ms.
    pub at: i64,
    /// Until, excluded, ms.
    pub until: i64,
}
