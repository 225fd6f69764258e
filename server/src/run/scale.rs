//! What the state weighs, by component: key groups are weighed in turns, so that no turn takes long.

use engine::crew::Fault;
use engine::engine::Engine;
use engine::key::KeyGroup;
use engine::limits::KEY_GROUPS;
use engine::state::Size;
use engine::state::weight::Weight;

/// Customers and entities that are weighed in one turn, if a key group is not more: a millisecond of the
/// conductor.
const TURN: u64 = 4_000;

/// What every key group weighed at its last turn.
pub(crate) struct Scale {
    groups: Vec<Weight>,
    next: u16,
}

impl Scale {
    /// Nothing weighed yet.
    pub(crate) fn new() -> Self {
        Self {
            groups: vec![Weight::default(); usize::from(KEY_GROUPS)],
            next: 0,
        }
    }

    /// Weighs the next key groups of a state of this size; gives what all of them weigh.
    pub(crate) fn turn(&mut self, engine: &mut Engine, size: Size) -> Result<Weight, Fault> {
        let each = (size.customers + size.entities) / u64::from(KEY_GROUPS);
        let turns = (TURN / each.max(1)).clamp(1, u64::from(KEY_GROUPS));
        for _ in 0..turns {
            let weight = engine.weigh(KeyGroup(self.next))?;
            if let Some(place) = self.groups.get_mut(usize::from(self.next)) {
                *place = weight;
            }
            self.next = (self.next + 1) % KEY_GROUPS;
        }
        let mut all = Weight::default();
        self.groups.iter().for_each(|weight| all.add(weight));
        Ok(all)
    }
}
