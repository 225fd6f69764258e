//! Summaries: what a long window would otherwise count anew at every read.
//!
//! One summary serves windows of every length that end at the newest event or just before it. Where
//! a read ends elsewhere (a late event, a delayed window) the window is scanned; a late event also
//! makes its summaries anew. Tracks of few events have none.

use super::comparable::Comparable;
use super::track::{Cell, Order};
use hashbrown::HashMap;
use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};

/// What is summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How many different values.
    Distinct,
    /// The least value ([`Ordering::Less`]) or the greatest ([`Ordering::Greater`]).
    Extreme(Ordering),
}

/// A summary of one field of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summarised {
    /// What it says.
    pub kind: Kind,
    /// The cell.
    pub cell: usize,
    /// Only events with this bit in their mask.
    pub mask: Option<u32>,
}

/// Where a read ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With the newest entry.
    Newest,
    /// Just before the newest entry.
    BeforeNewest,
}

/// A summary.
#[derive(Clone, Debug)]
pub enum Summary {
    /// See [`Kind::Distinct`].
    Distinct(Recency),
    /// See [`Kind::Extreme`].
    Extreme(Ladder),
}

impl Summary {
    /// Of nothing yet.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Distinct => Self::Distinct(Recency::default()),
            Kind::Extreme(side) => Self::Extreme(Ladder {
                side,
                steps: VecDeque::new(),
                newest: false,
                displaced: Vec::new(),
            }),
        }
    }

    /// Takes the entry that is now the newest; `None` where it has no such value.
    pub fn push(&mut self, order: Order, value: Option<Comparable>) {
        match self {
            Self::Distinct(recency) => recency.push(order, value),
            Self::Extreme(ladder) => ladder.push(order, value),
        }
    }

    /// Lets go of entries with time ≤ `until`.
    pub fn trim(&mut self, until: i64) {
        match self {
            Self::Distinct(recency) => recency.trim(until),
            Self::Extreme(ladder) => ladder.trim(until),
        }
    }
}

/// The values of a track by their newest entry: those behind an instant are the distinct values since.
#[derive(Clone, Debug, Default)]
pub struct Recency {
    newest: HashMap<Comparable, Order>,
    by_order: BTreeMap<Order, Comparable>,
    /// The newest entry has a value: where its value stood before.
    last: Option<Option<Order>>,
}

impl Recency {
    fn push(&mut self, order: Order, value: Option<Comparable>) {
        self.last = value.map(|value| {
            let before = self.newest.insert(value.clone(), order);
            if let Some(before) = before {
                self.by_order.remove(&before);
            }
            self.by_order.insert(order, value);
            before
        });
    }

    fn trim(&mut self, until: i64) {
        while let Some(first) = self.by_order.first_entry() {
            if first.key().time > until {
                break;
            }
            self.newest.remove(&first.remove());
        }
    }

    /// How many different values have entries with time > `after`, counted up to `most`.
    #[must_use]
    pub fn count(&self, after: i64, end: End, most: usize) -> usize {
        let from = Order {
            time: after,
            seq: u64::MAX,
        };
        let since = self.by_order.range((Excluded(from), Unbounded));
        let mut count = since.take(most.saturating_add(1)).count();
        if let (End::BeforeNewest, Some(before)) = (end, self.last) {
            count = count.saturating_sub(1);
            count += usize::from(before.is_some_and(|before| before.time > after));
        }
        count.min(most)
    }
}

/// The entries that no newer one outdoes, oldest and most extreme first.
#[derive(Clone, Debug)]
pub struct Ladder {
    side: Ordering,
    steps: VecDeque<(Order, Comparable)>,
    /// The newest entry has a value: it is the last step.
    newest: bool,
    /// What the newest entry outdid, oldest first.
    displaced: Vec<(Order, Comparable)>,
}

impl Ladder {
    fn push(&mut self, order: Order, value: Option<Comparable>) {
        self.displaced.clear();
        self.newest = value.is_some();
        let Some(value) = value else {
            return;
        };
        while let Some(last) = self.steps.pop_back() {
            if last.1.cmp(&value) == self.side {
                self.steps.push_back(last);
                break;
            }
            self.displaced.push(last);
        }
        self.displaced.reverse();
        self.steps.push_back((order, value));
    }

    fn trim(&mut self, until: i64) {
        while self.steps.front().is_some_and(|(o, _)| o.time <= until) {
            self.steps.pop_front();
        }
    }

    /// The most extreme value of entries with time > `after`.
    #[must_use]
    pub fn best(&self, after: i64, end: End) -> Option<Cell> {
        let without = usize::from(end == End::BeforeNewest && self.newest);
        let known = self.steps.len().saturating_sub(without);
        let at = self.steps.partition_point(|(o, _)| o.time <= after);
        let step = self.steps.get(at).filter(|_| at < known);
        let step = step.or_else(|| {
            let mut displaced = self.displaced.iter().filter(|_| without == 1);
            displaced.find(|(o, _)| o.time > after)
        });
        step.map(|(_, value)| match value {
            Comparable::Number(n) => Cell::Number(*n),
            Comparable::Decimal(d) => Cell::Decimal(*d),
            Comparable::Text(t) => Cell::Text(t.clone()),
        })
    }
}
