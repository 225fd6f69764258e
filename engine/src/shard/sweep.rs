//! Sweep: entities, and events of customers, that nothing can ask for any more are let go, on ticks, a
//! few key groups at a time. So a session that has ended, and a customer who is silent, cost nothing.
//!
//! Whoever the door still lets in reads at most `max_past` behind it, and no window reaches further
//! than the longest of its kind: what is older is gone for every reader, so that letting it go changes
//! no answer and no state hash.

use super::Shard;
use crate::key::KeyGroup;
use crate::limits::{KEY_GROUPS, SWEEP_MS_MAX, SWEEP_MS_MIN};
use crate::plan::Plan;
use rules::book::Book;
use rules::catalogue::feature::Key;
use rules::value::EntityKind;

/// When entities and events are let go.
#[derive(Debug)]
pub(super) struct Sweeper {
    /// By entity kind: the silence after which nothing can ask for it, ms.
    silence: Vec<i64>,
    /// How far behind the door an event may be, ms.
    max_past: i64,
    /// Turns of key groups for their entities.
    entities: Turns,
    /// And for their customers: those are behind, for the events of a batch may be.
    customers: Turns,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug)]
struct Turns {
    /// How long a key group waits between two turns, ms.
    every: i64,
    /// The last step taken; `None` before the first tick.
    step: Option<i64>,
}

impl Sweeper {
    /// For a book and its plan.
    pub(super) fn new(book: &Book, plan: &Plan) -> Self {
        let max_past = book.catalogue.time.max_past;
        let silence = (0u16..).map(EntityKind).zip(&book.catalogue.entities);
        let silence: Vec<i64> = silence
            .map(|(kind, entity)| {
                let tracks = plan.tracks.iter().filter(|t| t.key == Key::Entity(kind));
                let reach = tracks.map(|t| t.reach).fold(0, i64::max);
                reach.max(entity.idle.unwrap_or(0)).saturating_add(max_past)
            })
            .collect();
        let shortest = silence.iter().copied().min().unwrap_or(SWEEP_MS_MAX);
        let turns = |every| Turns { every, step: None };
        Self {
            silence,
            max_past,
            entities: turns((shortest / 8).clamp(SWEEP_MS_MIN, SWEEP_MS_MAX)),
            customers: turns(SWEEP_MS_MAX),
        }
    }
}

impl Turns {
    /// The key groups whose turn it is at `door` ms.
    fn due(&mut self, door: i64) -> impl Iterator<Item = KeyGroup> + use<> {
        let groups = i64::from(KEY_GROUPS);
        let now = door.div_euclid(self.every / groups);
        let last = self.step.replace(now).unwrap_or(now);
        let turns = last.max(now - groups)..now;
        turns.filter_map(move |turn| {
            let group = u16::try_from(turn.rem_euclid(groups)).ok()?;
            Some(KeyGroup(group))
        })
    }
}

impl Shard {
    /// Lets go of entities that nothing can ask for at `door` ms or after.
    pub(super) fn sweep(&mut self, door: i64) {
        for group in self.sweeper.entities.due(door) {
            self.sweep_group(group, door);
        }
    }

    /// Lets go of events of customers that nothing can ask for at `door` ms or after.
    pub(super) fn sweep_customers(&mut self, door: i64) {
        for group in self.sweeper.customers.due(door) {
            self.sweep_customers_of(group, door);
        }
    }

    /// Both in all key groups at once: whoever takes up another book has let go of the same.
    pub(super) fn sweep_all(&mut self, door: i64) {
        for group in (0..KEY_GROUPS).map(KeyGroup) {
            self.sweep_group(group, door);
            self.sweep_customers_of(group, door);
        }
    }

    /// A timer that is still to fire asks as of its deadline.
    fn sweep_customers_of(&mut self, group: KeyGroup, door: i64) {
        let past = door.saturating_sub(self.sweeper.max_past);
        let Some(group) = self.state.group_mut(group) else {
            return;
        };
        let due = group.timers.first().map_or(past, |(due, ..)| *due);
        let until = past.min(due);
        for customer in group.customers.values_mut() {
            customer.windows.sweep(&self.plan, Key::Customer, until);
            for (key, pair) in &mut customer.pairs {
                pair.sweep(&self.plan, Key::Pair(key.kind), until);
            }
        }
    }

    fn sweep_group(&mut self, group: KeyGroup, door: i64) {
        if let Some(group) = self.state.group_mut(group) {
            let silence = |kind: EntityKind| self.sweeper.silence.get(usize::from(kind.0));
            group.entities.retain(|key, tracks| {
                let silence = silence(key.kind).copied().unwrap_or(i64::MAX);
                tracks.newest > door.saturating_sub(silence)
            });
            // No event older than that gets in: none can be put before the newest ones any more.
            let from = door.saturating_sub(self.sweeper.max_past);
            for customer in group.customers.values_mut() {
                customer.trim_patterns(&self.plan, from);
            }
        }
    }
}
