//! What state weighs: bytes by component, as they are allocated; what the allocator itself adds is not in
//! them.

use super::Group;
use super::customer::Customer;
use super::tags::TagValue;
use super::tracks::Tracks;
use crate::pattern::Standing;
use rules::catalogue::TagId;
use rules::value::{EntityKey, Text};
use std::mem::size_of;

/// A place in a sorted or hashed map, beside key and value.
const MAP_PLACE: usize = 8;

/// Components, in the order of [`Weight::bytes`].
pub const COMPONENTS: [&str; 10] = [
    "customers",
    "tags",
    "windows",
    "pairs",
    "entities",
    "contacts",
    "duplicates",
    "timers",
    "patterns",
    "places",
];

/// Bytes by component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// By [`COMPONENTS`].
    pub bytes: [u64; COMPONENTS.len()],
}

impl Weight {
    /// Adds what another part of the state weighs.
    pub fn add(&mut self, other: &Self) {
        for (sum, bytes) in self.bytes.iter_mut().zip(other.bytes) {
            *sum += bytes;
        }
    }

    /// Every component by its name.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        COMPONENTS.into_iter().zip(self.bytes)
    }

    /// All of it.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.bytes.iter().sum()
    }
}

impl Group {
    /// What this key group weighs.
    #[must_use]
    pub fn weight(&self) -> Weight {
        let mut weight = Weight::default();
        for (id, customer) in self.customers.iter() {
            weight.add(&of_customer(id, customer));
        }
        let entities = self.entities.iter().map(keyed).sum::<usize>();
        let timer = size_of::<(i64, Text, Text)>() + MAP_PLACE;
        let [.., kept, _, _, timers, _, _] = &mut weight.bytes;
        *kept += entities as u64;
        *timers += (self.timers.len() * timer) as u64;
        weight
    }
}

fn of_customer(id: &Text, customer: &Customer) -> Weight {
    let tag = size_of::<(TagId, TagValue)>() + MAP_PLACE;
    let pairs = customer.pairs.iter().map(keyed).sum();
    let timer = size_of::<(Text, super::timers::Timer)>();
    let own = size_of::<(Text, Customer)>() + MAP_PLACE + id.len();
    let bytes: [usize; COMPONENTS.len()] = [
        own,
        customer.tags.iter().count() * tag,
        customer.windows.bytes(),
        pairs,
        0,
        customer.contacts.bytes(),
        customer.seen.bytes(),
        customer.timers.len() * timer,
        customer.patterns.values().map(Standing::bytes).sum(),
        customer.places.as_ref().map_or(0, |places| places.bytes()),
    ];
    Weight {
        bytes: bytes.map(|bytes| bytes as u64),
    }
}

fn keyed((key, tracks): (&EntityKey, &Tracks)) -> usize {
    size_of::<(EntityKey, Tracks)>() + MAP_PLACE + key.id.len() + tracks.bytes()
}
