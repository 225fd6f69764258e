//! Summaries: what a long window would otherwise count anew at every read.
//!
//! One summary serves windows of every length that end at the newest entry or a few before it: the last
//! pushes can be taken back. So an event that comes a little late is put in at its place, and reads what
//! was before it. Where a read ends further back (a delayed window, an event very late) the window is
//! scanned, and the summaries are made anew. Tracks of few events have none.

use super::comparable::Comparable;
use super::track::{Cell, Order};
use hashbrown::{HashMap, HashSet};
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

/// So many pushes of a short track can be taken back, and the eighth part of a long one: on a busy key
/// many events lie between one and another that comes a second late.
const PUSHES: usize = 32;
const PUSHES_SHARE: usize = 8;

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
                gone: None,
                pushes: VecDeque::new(),
            }),
        }
    }

    /// Takes the entry that is now the newest of so many; `None` where it has no such value.
    pub fn push(&mut self, order: Order, value: Option<Comparable>, entries: usize) {
        let most = (entries / PUSHES_SHARE).max(PUSHES);
        match self {
            Self::Distinct(recency) => recency.push(order, value, most),
            Self::Extreme(ladder) => ladder.push(order, value, most),
        }
    }

    /// Takes back the newest entry.
    pub fn unpush(&mut self) {
        match self {
            Self::Distinct(recency) => recency.unpush(),
            Self::Extreme(ladder) => ladder.unpush(),
        }
    }

    /// How many of the newest entries can be taken back, or left out of a read.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Self::Distinct(recency) => recency.pushes.len(),
            Self::Extreme(ladder) => ladder.pushes.len(),
        }
    }

    /// Bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let own = size_of::<Self>();
        own + match self {
            Self::Distinct(recency) => {
                recency.newest.len() * 2 * size_of::<(Comparable, Order)>()
                    + recency.by_order.len() * 3 / 2 * size_of::<(Order, Comparable)>()
                    + recency.pushes.capacity() * size_of::<Option<Renewed>>()
            }
            Self::Extreme(ladder) => ladder.bytes(),
        }
    }

    /// Lets go of entries up to `until`, that one included.
    pub fn trim(&mut self, until: Order) {
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
    /// Entries up to here are let go.
    gone: Option<Order>,
    /// The last pushes, oldest first; `None` where the entry has no value.
    pushes: VecDeque<Option<Renewed>>,
}

/// An entry that became its value's newest.
#[derive(Clone, Debug)]
struct Renewed {
    order: Order,
    value: Comparable,
    /// Which was the value's newest before.
    before: Option<Order>,
}

impl Recency {
    fn push(&mut self, order: Order, value: Option<Comparable>, most: usize) {
        let push = value.map(|value| {
            let before = self.newest.insert(value.clone(), order);
            if let Some(before) = before {
                self.by_order.remove(&before);
            }
            self.by_order.insert(order, value.clone());
            Renewed {
                order,
                value,
                before,
            }
        });
        keep(&mut self.pushes, push, most);
    }

    fn unpush(&mut self) {
        let Some(Some(last)) = self.pushes.pop_back() else {
            return;
        };
        self.by_order.remove(&last.order);
        match last.before.filter(|before| is_kept(self.gone, before)) {
            Some(before) => {
                self.newest.insert(last.value.clone(), before);
                self.by_order.insert(before, last.value);
            }
            None => {
                self.newest.remove(&last.value);
            }
        }
    }

    fn trim(&mut self, until: Order) {
        self.gone = Some(until);
        while let Some(first) = self.by_order.first_entry() {
            if *first.key() > until {
                break;
            }
            self.newest.remove(&first.remove());
        }
    }

    /// How many different values have entries with time > `after`, without the `behind` newest entries;
    /// counted up to `most`.
    #[must_use]
    pub fn count(&self, after: i64, behind: usize, most: usize) -> usize {
        let from = Order {
            time: after,
            seq: u64::MAX,
        };
        let since = self.by_order.range((Excluded(from), Unbounded));
        let all = since.take(most.saturating_add(behind)).count();
        // A value of those left out counts by the entry it had before the first of them.
        let left_out = self.pushes.len().saturating_sub(behind);
        let (mut seen, mut without, mut still) = (HashSet::new(), 0, 0);
        for push in self.pushes.iter().skip(left_out).flatten() {
            if push.order.time > after && seen.insert(&push.value) {
                without += 1;
                let before = push.before.filter(|before| before.time > after);
                still += usize::from(before.is_some_and(|before| is_kept(self.gone, &before)));
            }
        }
        (all.saturating_sub(without) + still).min(most)
    }

    /// The different values of entries with time > `after`, without the `behind` newest entries.
    pub fn values(&self, after: i64, behind: usize) -> impl Iterator<Item = &Comparable> {
        let from = Order {
            time: after,
            seq: u64::MAX,
        };
        let since = self.by_order.range((Excluded(from), Unbounded));
        let left_out = self.pushes.len().saturating_sub(behind);
        let left_out = || self.pushes.iter().skip(left_out).flatten();
        let end = left_out().next().map(|push| push.order);
        let before = since.filter(move |(order, _)| end.is_none_or(|end| **order < end));
        let still = left_out().filter(move |push| {
            let before = push.before.filter(|before| before.time > after);
            let before = before.filter(|before| is_kept(self.gone, before));
            before.is_some_and(|before| end.is_none_or(|end| before < end))
        });
        let before = before.map(|(_, value)| value);
        before.chain(still.map(|push| &push.value))
    }

    /// The newest entry with this value, without the `behind` newest entries.
    #[must_use]
    pub fn newest(&self, value: &Comparable, behind: usize) -> Option<Order> {
        let left_out = self.pushes.len().saturating_sub(behind);
        let mut left_out = self.pushes.iter().skip(left_out).flatten();
        match left_out.find(|push| push.value == *value) {
            Some(first) => first.before.filter(|before| is_kept(self.gone, before)),
            None => self.newest.get(value).copied(),
        }
    }
}

/// True for an entry that was not let go.
fn is_kept(gone: Option<Order>, order: &Order) -> bool {
    gone.is_none_or(|gone| *order > gone)
}

/// Keeps a push among the last `most`.
fn keep<T>(pushes: &mut VecDeque<T>, push: T, most: usize) {
    pushes.push_back(push);
    while pushes.len() > most {
        pushes.pop_front();
    }
}

/// The entries that no newer one outdoes, oldest and most extreme first.
#[derive(Clone, Debug)]
pub struct Ladder {
    side: Ordering,
    steps: VecDeque<(Order, Comparable)>,
    /// Entries up to here are let go.
    gone: Option<Order>,
    /// The last pushes, oldest first.
    pushes: VecDeque<Stepped>,
}

/// An entry that was pushed.
#[derive(Clone, Debug)]
struct Stepped {
    order: Order,
    /// It became the last step: it has a value.
    is_step: bool,
    /// What it outdid, oldest first.
    displaced: Vec<(Order, Comparable)>,
}

impl Ladder {
    fn bytes(&self) -> usize {
        let step = size_of::<(Order, Comparable)>();
        let displaced = self.pushes.iter().map(|p| p.displaced.capacity());
        (self.steps.capacity() + displaced.sum::<usize>()) * step
            + self.pushes.capacity() * size_of::<Stepped>()
    }

    fn push(&mut self, order: Order, value: Option<Comparable>, most: usize) {
        let mut displaced = Vec::new();
        let is_step = value.is_some();
        if let Some(value) = value {
            let outdoes = |step: &(Order, Comparable)| step.1.cmp(&value) != self.side;
            let from = self.steps.iter().rposition(|step| !outdoes(step));
            displaced.extend(self.steps.drain(from.map_or(0, |at| at + 1)..));
            self.steps.push_back((order, value));
        }
        let push = Stepped {
            order,
            is_step,
            displaced,
        };
        keep(&mut self.pushes, push, most);
    }

    fn unpush(&mut self) {
        let Some(last) = self.pushes.pop_back() else {
            return;
        };
        let is_there = self.steps.back().is_some_and(|(o, _)| *o == last.order);
        if last.is_step && is_there {
            self.steps.pop_back();
        }
        let kept = last.displaced.into_iter();
        self.steps
            .extend(kept.filter(|(order, _)| is_kept(self.gone, order)));
    }

    fn trim(&mut self, until: Order) {
        self.gone = Some(until);
        while self.steps.front().is_some_and(|(o, _)| *o <= until) {
            self.steps.pop_front();
        }
    }

    /// The most extreme value of entries with time > `after`, without the `behind` newest entries.
    #[must_use]
    pub fn best(&self, after: i64, behind: usize) -> Option<Cell> {
        let left_out = self.pushes.len().saturating_sub(behind);
        let end = self.pushes.get(left_out).map(|first| first.order);
        let is_before = |order: &Order| end.is_none_or(|end| *order < end);
        let at = self.steps.partition_point(|(o, _)| o.time <= after);
        let step = self.steps.get(at);
        let displaced = self.pushes.iter().skip(left_out).filter_map(|push| {
            let is_out = |o: &Order| o.time <= after || !is_kept(self.gone, o);
            let at = push.displaced.partition_point(|(o, _)| is_out(o));
            push.displaced.get(at)
        });
        let known = step.into_iter().chain(displaced);
        let known = known.filter(|(order, _)| is_before(order));
        let best = known.reduce(|a, b| if b.1.cmp(&a.1) == self.side { b } else { a });
        best.map(|(_, value)| value.cell())
    }
}
