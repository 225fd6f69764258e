//! Sweep: entities that nothing can ask for any more are let go, on ticks, a few key groups at a time; and
//! of customers who say nothing any more, what nothing can ask for.
//!
//! Whoever the door still lets in reads at most `max_past` behind it, and no window reaches further
//! than the longest of its kind: what is older is gone for every reader, so that letting it go changes
//! no answer and no state hash. Entities are swept where a batch takes its entities, and customers where it
//! comes to its customers: events before the tick have been answered then.

use super::Shard;
use crate::key::KeyGroup;
use crate::limits::{KEY_GROUPS, SWEEP_MS_MAX, SWEEP_MS_MIN};
use crate::plan::Plan;
use rules::book::Book;
use rules::catalogue::feature::Key;
use rules::value::EntityKind;

/// When entities are let go.
#[derive(Debug)]
pub(super) struct Sweeper {
    /// By entity kind: the silence after which nothing can ask for it, ms.
    silence: Vec<i64>,
    /// How far behind the door an event may be, ms.
    max_past: i64,
    /// How long a key group waits between two turns, ms.
    every: i64,
    /// The last turns taken of entities, and of customers.
    entities: Turn,
    customers: Turn,
}

/// The last turn; `None` before the first tick.
#[derive(Debug, Default)]
struct Turn(Option<i64>);

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
        Self {
            silence,
            max_past,
            every: (shortest / 8).clamp(SWEEP_MS_MIN, SWEEP_MS_MAX),
            entities: Turn::default(),
            customers: Turn::default(),
        }
    }
}

impl Turn {
    /// The key groups whose turn it is at `door` ms, where each has one every so often.
    fn due(&mut self, every: i64, door: i64) -> impl Iterator<Item = KeyGroup> + use<> {
        let groups = i64::from(KEY_GROUPS);
        let now = door.div_euclid(every / groups);
        let last = self.0.replace(now).unwrap_or(now);
        let turns = last.max(now - groups)..now;
        turns.filter_map(move |turn| {
            let group = u16::try_from(turn.rem_euclid(groups)).ok()?;
            Some(KeyGroup(group))
        })
    }
}

impl Shard {
    /// Lets go of entities that nothing can ask for at `door` ms or after.
    pub(super) fn sweep_entities(&mut self, door: i64) {
        for group in self.sweeper.entities.due(self.sweeper.every, door) {
            self.let_go_of_entities(group, door);
        }
    }

    /// Lets go of what nothing can ask of customers at `door` ms or after.
    pub(super) fn sweep_customers(&mut self, door: i64) {
        for group in self.sweeper.customers.due(self.sweeper.every, door) {
            self.let_go_of_customers(group, door);
        }
    }

    /// All of it at once, between two batches.
    pub(super) fn sweep_all(&mut self, door: i64) {
        for group in (0..KEY_GROUPS).map(KeyGroup) {
            self.let_go_of_entities(group, door);
            self.let_go_of_customers(group, door);
        }
    }

    fn let_go_of_entities(&mut self, group: KeyGroup, door: i64) {
        let Some(group) = self.state.group_mut(group) else {
            return;
        };
        let silence = |kind: EntityKind| self.sweeper.silence.get(usize::from(kind.0));
        group.entities.retain(|key, tracks| {
            let silence = silence(key.kind).copied().unwrap_or(i64::MAX);
            tracks.newest > door.saturating_sub(silence)
        });
    }

    fn let_go_of_customers(&mut self, group: KeyGroup, door: i64) {
        let Some(group) = self.state.group_mut(group) else {
            return;
        };
        let duplicates = self.book.catalogue.time.duplicates;
        // No event older than this gets in any more: none can be put before the newest ones.
        let from = door.saturating_sub(self.sweeper.max_past);
        for customer in group.customers.values_mut() {
            customer.trim_patterns(&self.plan, from);
            // A timer or a deadline that is overdue looks from its own time.
            let timers = customer.timers.iter().map(|(_, timer)| timer.due);
            let due = timers.chain(customer.deadlines.values().copied());
            let now = due.fold(from, i64::min);
            customer.seen.trim(now, duplicates);
            customer.contacts.trim(&self.horizon, now);
            customer.windows.trim(&self.plan, Key::Customer, now);
            customer.pairs.retain(|key, tracks| {
                tracks.trim(&self.plan, Key::Pair(key.kind), now);
                !tracks.is_empty()
            });
        }
    }
}
