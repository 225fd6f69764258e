//! What a condition proves: values that are present, and event types that are possible.

use crate::catalogue::EventId;
use std::collections::BTreeSet;

/// Facts that hold at some point of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Known {
    /// Paths that are present.
    present: BTreeSet<String>,
    /// The only event types possible; `None`: all.
    events: Option<BTreeSet<EventId>>,
}

impl Known {
    pub(super) fn present(path: String) -> Self {
        Self {
            present: BTreeSet::from([path]),
            events: None,
        }
    }

    pub(super) fn events(events: BTreeSet<EventId>) -> Self {
        Self {
            present: BTreeSet::new(),
            events: Some(events),
        }
    }

    pub(super) fn is_present(&self, path: &str) -> bool {
        self.present.contains(path)
    }

    pub(super) fn allows(&self, event: EventId) -> bool {
        self.events.as_ref().is_none_or(|all| all.contains(&event))
    }

    /// Both hold.
    pub(super) fn and(&mut self, other: &Self) {
        self.present.extend(other.present.iter().cloned());
        self.events = match (self.events.take(), &other.events) {
            (Some(a), Some(b)) => Some(a.intersection(b).copied().collect()),
            (a, b) => a.or_else(|| b.clone()),
        };
    }

    /// One of them holds.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            present: self.present.intersection(&other.present).cloned().collect(),
            events: match (&self.events, &other.events) {
                (Some(a), Some(b)) => Some(a.union(b).copied().collect()),
                _ => None,
            },
        }
    }

    /// A text that is equal for equal facts.
    pub(super) fn key(&self) -> String {
        format!("{:?}{:?}", self.present, self.events)
    }
}

/// What a condition proves when it is true, and when it is false.
#[derive(Clone, Debug, Default)]
pub(super) struct Truth {
    pub(super) yes: Known,
    pub(super) no: Known,
}
