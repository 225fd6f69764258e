//! An instance: the events that a pattern has taken so far.

use super::plan::PatternPlan;
use crate::window::track::Order;
use rules::value::Value;
use std::sync::Arc;

/// An event as a pattern keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its type, by place in [`PatternPlan::types`].
    pub of: u16,
    /// Event time and number.
    pub order: Order,
    /// Its name: see [`crate::state::seen::Fingerprint`].
    pub print: u128,
    /// Which conditions it meets as far as it alone can say, by bit.
    pub marks: u64,
    /// The fields that are kept of its type.
    pub values: Vec<Value>,
}

impl Seen {
    /// Bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.values.capacity() * size_of::<Value>()
    }

    /// True when it may meet this condition: the rest is asked of the instance.
    #[must_use]
    pub fn is_marked(&self, mark: usize) -> bool {
        u32::try_from(mark).is_ok_and(|mark| self.marks.checked_shr(mark).unwrap_or(0) & 1 == 1)
    }
}

/// What a step has taken.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Taken {
    /// How many events.
    pub count: u32,
    /// The first.
    pub first: Option<Arc<Seen>>,
    /// The last.
    pub last: Option<Arc<Seen>>,
}

/// An instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// When it began.
    pub begun: Order,
    /// The event that was taken last.
    pub newest: Order,
    /// The step that took it.
    pub at: usize,
    /// By step.
    pub taken: Vec<Taken>,
    /// An event that counts came after the last one taken.
    pub moved: bool,
    /// All steps are there: its deadline completes it.
    pub waits: bool,
    /// A match that began with the same event was told.
    pub told: bool,
    /// The events taken, as one number.
    pub print: u128,
}

/// An odd number without a pattern in its bits: the fraction of the golden ratio.
const MIX: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;

impl Live {
    /// Bytes it takes, with the events it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let held = self.taken.iter().flat_map(|t| [&t.first, &t.last]);
        let seen = held.flatten().map(|seen| seen.bytes()).sum::<usize>();
        size_of::<Self>() + self.taken.capacity() * size_of::<Taken>() + seen
    }

    /// One that begins with this event at this step.
    #[must_use]
    pub fn begin(plan: &PatternPlan, step: usize, seen: &Arc<Seen>) -> Self {
        let empty = Self {
            begun: seen.order,
            newest: seen.order,
            at: step,
            taken: vec![Taken::default(); plan.steps.len()],
            moved: false,
            waits: false,
            told: false,
            print: 0,
        };
        empty.with(plan, step, seen)
    }

    /// The same with one more event.
    #[must_use]
    pub fn with(&self, plan: &PatternPlan, step: usize, seen: &Arc<Seen>) -> Self {
        let mut more = self.clone();
        if let Some(taken) = more.taken.get_mut(step) {
            taken.count = taken.count.saturating_add(1);
            taken.first.get_or_insert_with(|| Arc::clone(seen));
            taken.last = Some(Arc::clone(seen));
        }
        more.newest = seen.order;
        more.at = step;
        more.moved = false;
        more.print = (self.print.rotate_left(7) ^ seen.print).wrapping_mul(MIX);
        more.waits = plan.waits && more.is_full(plan);
        more
    }

    /// All steps have what they need.
    #[must_use]
    pub fn is_full(&self, plan: &PatternPlan) -> bool {
        let enough = |step: usize| {
            let least = plan.steps.get(step).map_or(0, |s| s.times.least());
            self.count(step) >= least
        };
        if plan.any_order {
            (0..plan.steps.len()).all(enough)
        } else {
            self.at + 1 == plan.steps.len() && enough(self.at)
        }
    }

    /// How many events a step has taken.
    #[must_use]
    pub fn count(&self, step: usize) -> u32 {
        self.taken.get(step).map_or(0, |taken| taken.count)
    }

    /// The furthest step that has taken something.
    #[must_use]
    pub fn reached(&self) -> usize {
        let some = |taken: &Taken| taken.count > 0;
        self.taken.iter().rposition(some).unwrap_or(0)
    }

    /// How far it has come: the furthest step, and of equals the one with more events.
    #[must_use]
    pub fn progress(&self) -> (usize, u64) {
        let events = self.taken.iter().map(|taken| u64::from(taken.count));
        (self.reached(), events.sum())
    }

    /// The instant at which it ends by itself, ms: complete when it waits, out of time when not.
    #[must_use]
    pub fn ends(&self, plan: &PatternPlan) -> i64 {
        let (from, limit) = match plan.absent {
            Some(limit) if self.waits => (self.newest.time, Some(limit)),
            _ => (self.begun.time, plan.within),
        };
        limit.map_or(i64::MAX, |limit| from.saturating_add(limit))
    }

    /// The same where somebody is to be told.
    #[must_use]
    pub fn due(&self, plan: &PatternPlan) -> Option<i64> {
        let is_told = self.waits || (plan.tells_unfinished && !self.told);
        Some(self.ends(plan)).filter(|due| is_told && *due != i64::MAX)
    }
}
