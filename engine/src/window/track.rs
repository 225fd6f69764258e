//! The events of one stream for one key.

mod kept;

pub use super::measure::{Measure, Total};

use super::comparable::Comparable;
use super::summary::{Summarised, Summary};
use rules::value::Text;

/// The order of events within a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    /// Event time, ms.
    pub time: i64,
    /// The door's number.
    pub seq: u64,
}

/// One field of a kept event.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Cell {
    /// The event had no such field.
    #[default]
    Empty,
    /// A whole number: int, minor units of money, ms, days; 0 or 1.
    Number(i64),
    /// A double.
    Decimal(f64),
    /// Text, symbol, or the id of an entity.
    Text(Text),
}

/// What every track of one stream keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Cells per event.
    pub cells: usize,
    /// Running totals per event.
    pub measures: Vec<Measure>,
    /// Summaries of a track with many events.
    pub summaries: Vec<Summarised>,
}

/// A track with fewer entries is scanned: that is as quick, and takes no memory.
const SUMMARISED_FROM: usize = 64;

#[derive(Clone, Debug)]
struct Entry {
    order: Order,
    mask: u32,
}

/// The events of one stream for one key, sorted by [`Order`].
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// Entries before this place are dropped and wait to be freed.
    start: usize,
    entries: Vec<Entry>,
    /// `shape.measures` totals per entry, that entry included.
    totals: Vec<i128>,
    /// The totals just before `start`.
    base: Vec<i128>,
    /// `shape.cells` per entry.
    cells: Vec<Cell>,
    /// `shape.summaries`, or none while there are few entries.
    summaries: Vec<Summary>,
}

/// Entries of a track, from a place to a place (excluded).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    from: usize,
    to: usize,
}

impl Range {
    /// How many entries.
    #[must_use]
    pub fn len(self) -> usize {
        self.to.saturating_sub(self.from)
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl Track {
    /// Nothing kept.
    pub const EMPTY: Self = Self {
        start: 0,
        entries: Vec::new(),
        totals: Vec::new(),
        base: Vec::new(),
        cells: Vec::new(),
        summaries: Vec::new(),
    };

    /// Takes an event in at its sorted place. `cells` gives [`Shape::cells`] items. In order this is
    /// amortised O(measures); late it is O(events behind it).
    pub fn insert(
        &mut self,
        shape: &Shape,
        order: Order,
        mask: u32,
        cells: impl IntoIterator<Item = Cell>,
    ) {
        let width = shape.measures.len();
        if self.base.len() != width {
            self.base.resize(width, 0);
        }
        let at = self.place_after(order);
        let place = at * shape.cells;
        if at == self.entries.len() {
            self.cells.extend(cells);
        } else {
            self.cells.splice(place..place, cells);
        }
        for (slot, measure) in shape.measures.iter().enumerate() {
            let own = self.cells.get(place..place + shape.cells).unwrap_or(&[]);
            let amount = measure.of(mask, own);
            let total = self.total_before(at, slot, width).wrapping_add(amount);
            // Totals are filled one by one: after `slot` of them the new row is `slot` wide.
            self.totals.insert(at * width + slot, total);
        }
        if at < self.entries.len() {
            for (slot, measure) in shape.measures.iter().enumerate() {
                let own = self.cells.get(place..place + shape.cells).unwrap_or(&[]);
                let amount = measure.of(mask, own);
                let behind = self.totals.iter_mut().skip((at + 1) * width + slot);
                let behind = behind.step_by(width);
                behind.for_each(|total| *total = total.wrapping_add(amount));
            }
        }
        let behind = self.entries.len() - at;
        self.entries.insert(at, Entry { order, mask });
        if self.summaries.iter().any(|known| known.depth() < behind) {
            self.summarise(shape);
        } else if !self.summaries.is_empty() {
            self.summarise_from(shape, at);
        } else if !shape.summaries.is_empty() && self.len() >= SUMMARISED_FROM {
            self.summarise(shape);
        }
    }

    /// Puts the entry at `at` into the summaries, which know all others.
    fn summarise_from(&mut self, shape: &Shape, at: usize) {
        for summary in &mut self.summaries {
            (at + 1..self.entries.len()).for_each(|_| summary.unpush());
        }
        self.push_from(shape, at);
    }

    /// Pushes the entries from `from` on.
    fn push_from(&mut self, shape: &Shape, from: usize) {
        let entries = self.entries.len() - self.start;
        for (summary, of) in self.summaries.iter_mut().zip(&shape.summaries) {
            for (at, Entry { order, mask }) in self.entries.iter().enumerate().skip(from) {
                let cell = self.cells.get(at * shape.cells + of.cell);
                let cell = cell.filter(|_| of.mask.is_none_or(|bit| mask & bit != 0));
                summary.push(*order, cell.and_then(Comparable::of), entries);
            }
        }
    }

    /// Makes all summaries anew.
    fn summarise(&mut self, shape: &Shape) {
        let kinds = shape.summaries.iter().map(|of| of.kind);
        self.summaries = kinds.map(Summary::new).collect();
        self.push_from(shape, self.start);
    }

    /// A summary that can say what a range holds, and how many entries are behind the range.
    #[must_use]
    pub fn summary(&self, at: usize, range: Range) -> Option<(&Summary, usize)> {
        let behind = self.entries.len().checked_sub(range.to)?;
        let summary = self.summaries.get(at)?;
        (behind <= summary.depth()).then_some((summary, behind))
    }

    /// The entries with time in (after, until].
    #[must_use]
    pub fn between(&self, after: i64, until: i64) -> Range {
        self.range(after, |order| order.time <= until)
    }

    /// The entries with time > `after`, up to `order` included.
    #[must_use]
    pub fn up_to(&self, after: i64, order: Order) -> Range {
        self.range(after, |o| *o <= order)
    }

    /// The entries with time > `after`, before `order`.
    #[must_use]
    pub fn before(&self, after: i64, order: Order) -> Range {
        self.range(after, |o| *o < order)
    }

    /// The difference of a running total over a range.
    #[must_use]
    pub fn total(&self, shape: &Shape, range: Range, measure: usize) -> i128 {
        let width = shape.measures.len();
        if range.is_empty() || measure >= width {
            return 0;
        }
        let before = self.total_before(range.from, measure, width);
        self.total_before(range.to, measure, width)
            .wrapping_sub(before)
    }

    /// One cell of each entry of a range that has the mask bit (all when `None`), oldest first.
    pub fn cells<'a>(
        &'a self,
        shape: &'a Shape,
        range: Range,
        cell: usize,
        mask: Option<u32>,
    ) -> impl DoubleEndedIterator<Item = &'a Cell> + 'a {
        (range.from..range.to).filter_map(move |at| {
            let entry = self.entries.get(at)?;
            if mask.is_some_and(|bit| entry.mask & bit == 0) {
                return None;
            }
            self.cells.get(at * shape.cells + cell)
        })
    }

    /// Every kept entry: order, mask, cells.
    pub fn iter<'a>(
        &'a self,
        shape: &'a Shape,
    ) -> impl Iterator<Item = (Order, u32, &'a [Cell])> + 'a {
        self.rows(shape.cells)
    }

    /// The same by how many cells an entry has.
    pub fn rows(&self, width: usize) -> impl Iterator<Item = (Order, u32, &[Cell])> {
        self.rows_behind(width, None)
    }

    /// The entries behind this place in the order; all when there is none.
    pub fn rows_behind(
        &self,
        width: usize,
        after: Option<Order>,
    ) -> impl Iterator<Item = (Order, u32, &[Cell])> {
        let passed = after.map_or(0, |after| {
            self.entries.partition_point(|entry| entry.order <= after)
        });
        (self.start.max(passed)..self.entries.len()).filter_map(move |at| {
            let entry = self.entries.get(at)?;
            let cells = self.cells.get(at * width..(at + 1) * width)?;
            Some((entry.order, entry.mask, cells))
        })
    }

    /// Lets go of entries with time ≤ `until`. Amortised O(1) per entry.
    pub fn trim(&mut self, shape: &Shape, until: i64) {
        let mut start = self.start;
        while self
            .entries
            .get(start)
            .is_some_and(|e| e.order.time <= until)
        {
            start += 1;
        }
        self.let_go(shape, start);
    }

    /// Lets go of entries before the place `start`.
    fn let_go(&mut self, shape: &Shape, start: usize) {
        let width = shape.measures.len();
        let last = start.checked_sub(1).and_then(|at| self.entries.get(at));
        let Some(last) = last.filter(|_| start > self.start).map(|e| e.order) else {
            return;
        };
        self.base = (0..width)
            .map(|slot| self.total_before(start, slot, width))
            .collect();
        self.start = start;
        if self.len() * 4 < SUMMARISED_FROM {
            self.summaries = Vec::new();
        }
        for summary in &mut self.summaries {
            summary.trim(last);
        }
        if start * 2 > self.entries.len() {
            self.entries.drain(..start);
            self.totals.drain(..start * width);
            self.cells.drain(..start * shape.cells);
            self.start = 0;
        }
    }

    /// Time of the newest entry; the least instant when there is none.
    #[must_use]
    pub fn newest(&self) -> i64 {
        self.entries.last().map_or(i64::MIN, |e| e.order.time)
    }

    /// How many entries are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() - self.start
    }

    /// True when nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The total of a measure over all entries before place `at`, kept or dropped.
    fn total_before(&self, at: usize, slot: usize, width: usize) -> i128 {
        if at <= self.start {
            return self.base.get(slot).copied().unwrap_or(0);
        }
        self.totals
            .get((at - 1) * width + slot)
            .copied()
            .unwrap_or(0)
    }

    /// The place behind the last entry whose order is ≤ `order`. Searched from the end: most events
    /// come in order.
    fn place_after(&self, order: Order) -> usize {
        let mut at = self.entries.len();
        if self.entries.last().is_none_or(|e| e.order <= order) {
            return at;
        }
        let kept = self.entries.get(self.start..).unwrap_or(&[]);
        at = self.start + kept.partition_point(|e| e.order <= order);
        at
    }

    fn range(&self, after: i64, within: impl Fn(&Order) -> bool) -> Range {
        let kept = self.entries.get(self.start..).unwrap_or(&[]);
        let to = if kept.last().is_none_or(|e| within(&e.order)) {
            kept.len()
        } else {
            kept.partition_point(|e| within(&e.order))
        };
        let head = kept.get(..to).unwrap_or(&[]);
        let from = head.partition_point(|e| e.order.time <= after);
        Range {
            from: self.start + from,
            to: self.start + to,
        }
    }
}
