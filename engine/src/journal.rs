//! The journal: every change of state as data, in the order it was made. Whoever applies the entries
//! of a run to an empty engine has its state; no rule runs for that.

use crate::change::{Change, SharedChange};
use crate::cover::Cover;
use crate::key::KeyGroup;
use crate::round::RoundKey;
use crate::window::track::{Cell, Order};
use rules::book::Book;
use rules::value::{EntityKey, Text};

/// One change of state, with whose it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Of a customer.
    Customer {
        /// Whose.
        customer: Text,
        /// What.
        change: Change,
    },
    /// A customer is known, with the time of the newest event.
    Known {
        /// Who.
        customer: Text,
        /// Event time, ms; `i64::MIN` before the first.
        newest: i64,
    },
    /// A customer took an event: its newest time, and duplicate suppression.
    Taken {
        /// Whose.
        customer: Text,
        /// The event's name: see [`crate::state::seen::Fingerprint`].
        print: u128,
        /// The event's content: see [`crate::event::Event::digest`].
        digest: u64,
        /// Event time, ms.
        time: i64,
    },
    /// A timer fired, and pends no longer.
    Fired {
        /// Whose.
        customer: Text,
        /// Its name.
        name: Text,
        /// Its deadline, ms.
        due: i64,
    },
    /// A window's track took an event.
    Appended {
        /// Whose.
        owner: Owner,
        /// By place in [`crate::plan::Plan::tracks`].
        track: usize,
        /// Event time and number.
        order: Order,
        /// Which of the track's conditions the event met, by bit.
        mask: u32,
        /// The event's values, by the track's cells.
        cells: Vec<Cell>,
    },
    /// A decision changed what all share: visible from the next tick on.
    Pending(SharedChange),
    /// A tick: what was pending is visible.
    Published,
    /// The brake of a rule paused it.
    Braked {
        /// The rule's id.
        rule: Text,
        /// Door time of the tick, ms.
        at: i64,
    },
    /// A round came to a customer.
    Reached {
        /// The customer it came to: told, or one that refers elsewhere by now.
        customer: Text,
        /// The round.
        round: RoundKey,
        /// The door's number of its event.
        seq: u64,
        /// Customers of this key group told so far, this one included if it was.
        told: u64,
    },
    /// A round is over.
    RoundEnded {
        /// The round.
        round: RoundKey,
        /// The door's number of its event.
        seq: u64,
    },
    /// A window may not know its whole length yet: what a snapshot keeps.
    Covered {
        /// The feature.
        feature: Text,
        /// What it knows.
        cover: Cover,
    },
}

/// Whose track it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A customer's.
    Customer(Text),
    /// An entity's.
    Entity(EntityKey),
    /// A customer's with an entity.
    Pair(Text, EntityKey),
}

impl Entry {
    /// The key group whose state it changes; `None`: what all share.
    #[must_use]
    pub fn group(&self, book: &Book) -> Option<KeyGroup> {
        match self {
            Self::Customer { customer, .. }
            | Self::Known { customer, .. }
            | Self::Taken { customer, .. }
            | Self::Fired { customer, .. }
            | Self::Reached { customer, .. } => Some(KeyGroup::of(customer)),
            Self::Appended { owner, .. } => match owner {
                Owner::Customer(customer) | Owner::Pair(customer, _) => {
                    Some(KeyGroup::of(customer))
                }
                Owner::Entity(key) => {
                    let entity = book.catalogue.entity(key.kind)?;
                    Some(KeyGroup::of_entity(&entity.name, &key.id))
                }
            },
            Self::Pending(_)
            | Self::Published
            | Self::Braked { .. }
            | Self::RoundEnded { .. }
            | Self::Covered { .. } => None,
        }
    }
}

/// Where a shard writes its entries; nowhere, when nobody keeps them.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Option<Vec<Entry>>,
}

impl Journal {
    /// A journal that is kept, or not.
    #[must_use]
    pub fn new(kept: bool) -> Self {
        Self {
            entries: kept.then(Vec::new),
        }
    }

    /// Writes an entry, made only when it is kept.
    pub fn note(&mut self, entry: impl FnOnce() -> Entry) {
        if let Some(entries) = &mut self.entries {
            entries.push(entry());
        }
    }

    /// Everything written since the last time.
    pub fn take(&mut self) -> Vec<Entry> {
        self.entries
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }
}
