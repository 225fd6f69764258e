//! What a shard owns: customers and entities, by key group.

pub mod audience;
pub(crate) mod carry;
pub mod customer;
pub mod entity_tags;
pub mod keyed;
pub mod membership;
pub mod seen;
pub mod state_hash;
pub mod tags;
pub mod timers;
pub mod tracks;
pub mod weight;

use crate::key::KeyGroup;
use crate::limits::KEY_GROUPS;
use crate::plan::Plan;
use crate::round::{Reached, RoundKey};
use audience::Audience;
use customer::Customer;
use keyed::Keyed;
use rules::value::{EntityKey, Text};
use std::collections::BTreeMap;
use tracks::Tracks;

/// One key group: the unit of ownership.
#[derive(Debug, Default)]
pub struct Group {
    /// Customers of this group.
    pub customers: Keyed<Text, Customer>,
    /// Entities of this group.
    pub entities: Keyed<EntityKey, Tracks>,
    /// Every pending timer.
    pub timers: timers::Pending,
    /// Customers by what they refer to, for audiences.
    pub audience: Audience,
    /// How far rounds have come here.
    pub reached: BTreeMap<RoundKey, Reached>,
}

/// How much is kept in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Customers.
    pub customers: u64,
    /// Entities whose windows hold something.
    pub entities: u64,
    /// Pending timers.
    pub timers: u64,
}

impl Size {
    /// Adds what another shard keeps.
    pub fn add(&mut self, other: Self) {
        self.customers += other.customers;
        self.entities += other.entities;
        self.timers += other.timers;
    }
}

impl Group {
    /// The entity, made if nobody has heard of it.
    pub fn entity_mut(&mut self, plan: &Plan, key: &EntityKey) -> &mut Tracks {
        let new = || Tracks::new(plan.entity_tracks(key.kind));
        self.entities.or_insert_with(key, new)
    }
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

    /// How much is kept.
    #[must_use]
    pub fn size(&self) -> Size {
        let mut size = Size::default();
        for group in &self.groups {
            size.add(Size {
                customers: group.customers.len() as u64,
                entities: group.entities.len() as u64,
                timers: group.timers.len() as u64,
            });
        }
        size
    }

    /// All groups in order, to change them.
    pub fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        self.groups.iter_mut()
    }

    /// All groups in order.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }
}
