//! The events of one stream for one key.

mod kept;
mod newest;
mod range;
pub(super) mod stretch;
mod upkeep;

pub use super::measure::{Measure, Total};
pub use range::Range;

use super::comparable::Comparable;
use super::edges::Edges;
use super::rows::Rows;
use super::sightings::Sightings;
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
    /// Summaries of its values.
    pub summaries: Vec<Summarised>,
    /// Lengths of its windows, ms: where the first few of them begin at the newest entry is known without a
    /// search.
    pub lengths: Vec<i64>,
}

/// A track with more sightings has summaries: so many are looked through as quickly, and take less memory.
const SIGHTINGS_MAX: usize = 64;
/// So many entries behind a range are looked at one by one.
const BEHIND_MAX: usize = 64;

/// The events of one stream for one key, sorted by [`Order`].
#[derive(Clone, Debug)]
pub struct Track {
    rows: Rows,
    /// `shape.cells` per row.
    cells: Vec<Cell>,
    /// Rows before this place are dropped and wait to be freed; the last of them has the totals before it.
    start: usize,
    /// Time of the row there; the greatest instant when there is none.
    oldest: i64,
    /// Where windows began when the newest entry came.
    edges: Edges,
    /// No number that is added up is further from nought.
    furthest: u64,
    /// Of `shape.summaries` while there are few values.
    sightings: Sightings,
    /// `shape.summaries`, or none while there are few values.
    summaries: Vec<Summary>,
}

impl Default for Track {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Track {
    /// Nothing kept.
    pub const EMPTY: Self = Self {
        rows: Rows::EMPTY,
        cells: Vec::new(),
        start: 0,
        oldest: i64::MAX,
        edges: Edges::NONE,
        furthest: 0,
        sightings: Sightings::NONE,
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
        let at = self.place_after(order);
        if at == self.rows.len() {
            self.append(shape, order, mask, cells);
        } else {
            let place = at * shape.cells;
            self.cells.splice(place..place, cells);
            let own = self.cells.get(place..place + shape.cells).unwrap_or(&[]);
            let amount = |slot: usize| shape.measures.get(slot).map_or(0, |m| m.of(mask, own));
            let totals = shape.measures.len();
            self.rows.insert(at, (order, mask), totals, amount);
            for measure in shape.measures.iter().filter(|m| m.total == Total::Sum) {
                self.furthest = self.furthest.max(measure.of(mask, own).unsigned_abs());
            }
            self.edges
                .find_again(&self.rows, &shape.lengths, self.start);
        }
        self.oldest = self.oldest.min(order.time);
        if !shape.summaries.is_empty() {
            self.sum_up(shape, at);
        }
    }

    /// Takes an event in behind all others.
    fn append(
        &mut self,
        shape: &Shape,
        order: Order,
        mask: u32,
        cells: impl IntoIterator<Item = Cell>,
    ) {
        let place = self.cells.len();
        if place + shape.cells > self.cells.capacity() {
            let more = (self.rows.len() / 2).max(4);
            self.cells.reserve_exact(more * shape.cells);
        }
        self.cells.extend(cells);
        let own = self.cells.get(place..).unwrap_or(&[]);
        let mut furthest = self.furthest;
        let amount = |slot: usize| {
            let Some(measure) = shape.measures.get(slot) else {
                return 0;
            };
            let amount = measure.of(mask, own);
            if measure.total == Total::Sum {
                furthest = furthest.max(amount.unsigned_abs());
            }
            amount
        };
        let laid = self.rows.push((order, mask), shape.measures.len(), amount);
        self.furthest = furthest;
        let (rows, lengths) = (&self.rows, &shape.lengths);
        if laid {
            self.edges.find_again(rows, lengths, self.start);
        } else {
            self.edges.follow(rows, lengths, self.start, order.time);
        }
    }

    /// A summary that can say what a range holds, and how many entries are behind the range.
    #[must_use]
    pub fn summary(&self, at: usize, range: Range) -> Option<(&Summary, usize)> {
        let behind = self.rows.len().checked_sub(range.to)?;
        let summary = self.summaries.get(at)?;
        (behind <= summary.depth()).then_some((summary, behind))
    }

    /// How many different values a summary of distinct values has in a range that begins behind `after`;
    /// `None` where sightings cannot tell.
    #[must_use]
    pub fn distinct(
        &self,
        (at, of): (usize, &Summarised),
        shape: &Shape,
        after: i64,
        range: Range,
    ) -> Option<usize> {
        let sighted = self.summaries.is_empty();
        let behind = self.rows.len().checked_sub(range.to).filter(|_| sighted)?;
        if behind == 0 {
            return Some(self.sightings.count(at, after));
        }
        let known = self.sightings.since(at, after);
        // A value of those behind the range counts if an entry of the range has it.
        let values = |from, to| {
            let range = Range::of(from, to);
            let cells = self.cells(shape, range, of.cell, of.mask);
            cells.filter_map(Comparable::of)
        };
        let later: Vec<Comparable> =
            (behind <= BEHIND_MAX).then(|| values(range.to, self.rows.len()).collect())?;
        let is_within = |value: &Comparable| {
            !later.contains(value) || values(range.from, range.to).rev().any(|v| v == *value)
        };
        Some(known.filter(|value| is_within(value)).count())
    }

    /// The least or greatest value of such a range; `None` where it has to be looked for.
    #[must_use]
    pub fn extreme(&self, at: usize, after: i64, range: Range) -> Option<Cell> {
        if !self.summaries.is_empty() {
            return None;
        }
        match self.sightings.best(at, after) {
            None => Some(Cell::Empty),
            // What came behind the range may have outdone what is in it.
            Some((value, time)) => {
                let later = self.rows.time(range.to);
                later.is_none_or(|later| time < later).then(|| value.cell())
            }
        }
    }

    /// The entries with time in (after, until].
    #[must_use]
    pub fn between(&self, after: i64, until: i64) -> Range {
        self.range(after, None, |order| order.time <= until)
    }

    /// The entries with time > `after`, up to `order` included.
    #[must_use]
    pub fn up_to(&self, after: i64, order: Order) -> Range {
        self.range(after, None, |o| o <= order)
    }

    /// The same where `after` is likely to be the edge of the length at a place of [`Shape::lengths`].
    #[must_use]
    pub fn up_to_from(&self, after: i64, order: Order, edge: Option<usize>) -> Range {
        self.range(after, edge, |o| o <= order)
    }

    /// The entries with time > `after`, before `order`.
    #[must_use]
    pub fn before(&self, after: i64, order: Order) -> Range {
        self.range(after, None, |o| o < order)
    }

    /// The difference of a running total over a range.
    #[must_use]
    pub fn total(&self, shape: &Shape, range: Range, measure: usize) -> i128 {
        let Some(of) = shape.measures.get(measure).filter(|_| !range.is_empty()) else {
            return 0;
        };
        if of.total == Total::Sum && !self.fits(range.len()) {
            // It may not fit the totals: more money than there is, added up by itself.
            let rows = range.from..range.to;
            return rows.map(|at| i128::from(self.amount(shape, *of, at))).sum();
        }
        let column = self.rows.column(measure);
        let known = column.and_then(|column| self.edges.total(range.edge, column));
        let before = known.unwrap_or_else(|| self.rows.total_before(range.from, measure));
        let until = self.rows.total_before(range.to, measure);
        i128::from(until.wrapping_sub(before))
    }

    fn amount(&self, shape: &Shape, measure: Measure, at: usize) -> i64 {
        let own = self.cells.get(at * shape.cells..(at + 1) * shape.cells);
        measure.of(self.rows.mask(at), own.unwrap_or(&[]))
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
            if mask.is_some_and(|bit| self.rows.mask(at) & bit == 0) {
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
        let end = self.rows.len();
        let first = after.map_or(self.start, |after| {
            self.rows.place(self.start, end, |order| order <= after)
        });
        (first..end).filter_map(move |at| {
            let cells = self.cells.get(at * width..(at + 1) * width)?;
            Some((self.rows.order(at)?, self.rows.mask(at), cells))
        })
    }

    /// Lets go of entries with time ≤ `until`. Amortised O(1) per entry.
    pub fn trim(&mut self, shape: &Shape, until: i64) {
        if self.oldest > until {
            return;
        }
        let mut start = self.start;
        while self.rows.time(start).is_some_and(|time| time <= until) {
            start += 1;
        }
        self.let_go(shape, start);
    }

    /// Time of the newest entry; the least instant when there is none.
    #[must_use]
    pub fn newest(&self) -> i64 {
        self.rows.last().map_or(i64::MIN, |last| last.time)
    }

    /// How many entries are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() - self.start
    }

    /// True when nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place behind the last entry whose order is ≤ `order`. Most events come in order.
    fn place_after(&self, order: Order) -> usize {
        let end = self.rows.len();
        if self.rows.last().is_none_or(|last| last <= order) {
            return end;
        }
        self.rows.place(self.start, end, |o| o <= order)
    }

    fn range(&self, after: i64, edge: Option<usize>, within: impl Fn(Order) -> bool) -> Range {
        let end = self.rows.len();
        let to = if self.rows.last().is_none_or(&within) {
            end
        } else {
            self.rows.place(self.start, end, within)
        };
        let known = edge.and_then(|length| self.edges.place(length, after));
        if let Some((from, edge)) = known.filter(|(from, _)| *from <= to) {
            return Range { from, to, edge };
        }
        let from = self.rows.place(self.start, to, |o| o.time <= after);
        Range::of(from, to)
    }
}
