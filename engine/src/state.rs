//! What a shard owns: customers and entities, by key group.

pub mod customer;
pub mod seen;
pub mod state_hash;
pub mod tags;
pub mod tracks;

use crate::key::KeyGroup;
use crate::limits::KEY_GROUPS;
use customer::Customer;
use hashbrown::HashMap;
use rules::value::{EntityKey, Text};
use std::collections::BTreeSet;
use tracks::Tracks;

/// One key group: the unit of ownership.
#[derive(Debug, Default)]
pub struct Group {
    /// Customers of this group.
    pub customers: HashMap<Text, Customer>,
    /// Entities of this group.
    pub entities: HashMap<EntityKey, Tracks>,
    /// Every pending timer: deadline, customer, name.
    pub timers: BTreeSet<(i64, Text, Text)>,
}

/// The key groups of a shard; those it does not own stay empty.
#[derive(Debug)]
pub struct State {
    groups: Vec<Group>,
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// Empty state.
    #[must_use]
    pub fn new() -> Self {
        Self {
            groups: (0..KEY_GROUPS).map(|_| Group::default()).collect(),
        }
    }

    /// The group.
    #[must_use]
    pub fn group(&self, group: KeyGroup) -> Option<&Group> {
        self.groups.get(usize::from(group.0))
    }

    /// The group, to change it.
    pub fn group_mut(&mut self, group: KeyGroup) -> Option<&mut Group> {
        self.groups.get_mut(usize::from(group.0))
    }

    /// All groups in order.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }
}
