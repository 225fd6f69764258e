//! The events of one stream for one key.

mod kept;
mod newest;
mod range;
pub(super) mod stretch;
mod upkeep;

pub use super::measure::{Measure, Total};
pub use newest::Entry;
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
    /// With `shape.cells` cells each.
    rows: Rows,
    /// Rows before this place are dropped and wait to be freed; the last of them has the totals before it.
    start: u32,
    /// Where windows began when the newest entry came.
    edges: Edges,
    /// No number that is added up takes more bits.
    furthest: u8,
    /// Of `shape.summaries` while there are few values.
    sightings: Sightings,
    /// `shape.summaries`, or none while there are few values.
    summaries: Option<Box<[Summary]>>,
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
        start: 0,
        edges: Edges::NONE,
        furthest: 0,
        sightings: Sightings::NONE,
        summaries: None,
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
        let mut few = Few::default();
        let cells = few.fill(cells.into_iter().take(shape.cells), shape.cells);
        let at = self.place_after(order);
        let amount = |slot: usize| {
            let measure = shape.measures.get(slot);
            measure.map_or(0, |measure| measure.of(mask, cells))
        };
        if at == self.rows.len() {
            let totals = shape.measures.len();
            self.rows.push((order, mask), cells, totals, amount);
            self.edges.follow(&self.rows, &shape.lengths, order.time);
        } else {
            self.rows.insert(at, (order, mask), cells, amount);
            self.edges.renew(&self.rows, &shape.lengths, self.start());
            self.sightings.make_way(at);
        }
        for measure in shape.measures.iter().filter(|m| m.total == Total::Sum) {
            self.furthest = self.furthest.max(bits(measure.of(mask, cells)));
        }
        if !shape.summaries.is_empty() {
            self.sum_up(shape, at);
        }
    }

    /// A summary that can say what a range holds, and how many entries are behind the range.
    #[must_use]
    pub fn summary(&self, at: usize, range: Range) -> Option<(&Summary, usize)> {
        let behind = self.rows.len().checked_sub(range.to)?;
        let summary = self.summaries.as_ref()?.get(at)?;
        (behind <= summary.depth()).then_some((summary, behind))
    }

    /// How many different values a summary of distinct values has in a range; `None` where sightings cannot tell.
    #[must_use]
    pub fn distinct(
        &self,
        (at, of): (usize, &Summarised),
        shape: &Shape,
        range: Range,
    ) -> Option<usize> {
        let sighted = self.summaries.is_none();
        let behind = self.rows.len().checked_sub(range.to).filter(|_| sighted)?;
        if behind == 0 {
            return Some(self.sightings.count(at, range.from));
        }
        // A value of those behind the range counts if an entry of the range has it.
        let values = |from, to| {
            let range = Range::of(from, to);
            let cells = self.cells(shape, range, of.cell, of.mask);
            cells.filter_map(|cell| Comparable::of(&cell))
        };
        let later: Vec<Comparable> =
            (behind <= BEHIND_MAX).then(|| values(range.to, self.rows.len()).collect())?;
        let is_within = |value: &Comparable| {
            !later.contains(value) || values(range.from, range.to).rev().any(|v| v == *value)
        };
        let known = self.sightings.since(at, range.from);
        let known = known.filter_map(|known| Comparable::of(&self.rows.cell(known, of.cell)));
        Some(known.filter(|value| is_within(value)).count())
    }

    /// The least or greatest value of such a range; `None` where it has to be looked for.
    #[must_use]
    pub fn extreme(&self, (at, of): (usize, &Summarised), range: Range) -> Option<Cell> {
        if self.summaries.is_some() {
            return None;
        }
        match self.sightings.best(at, range.from) {
            None => Some(Cell::Empty),
            // What came behind the range may have outdone what is in it.
            Some(known) => (known < range.to).then(|| self.value(known, of.cell)),
        }
    }

    /// The value of a cell: of both noughts the one without a sign.
    pub(in crate::window) fn value(&self, at: usize, cell: usize) -> Cell {
        match self.rows.cell(at, cell) {
            Cell::Decimal(number) => Cell::Decimal(number + 0.0),
            cell => cell,
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
            return rows.map(|at| i128::from(self.amount(*of, at))).sum();
        }
        let before = self.rows.total_before(range.from, measure);
        let until = self.rows.total_before(range.to, measure);
        i128::from(until.wrapping_sub(before))
    }

    fn amount(&self, measure: Measure, at: usize) -> i64 {
        let cell = measure.cell.map(|cell| self.rows.cell(at, cell));
        measure.of_cell(self.rows.mask(at), cell.as_ref())
    }

    /// One cell of each entry of a range that has the mask bit (all when `None`), oldest first.
    pub fn cells(
        &self,
        shape: &Shape,
        range: Range,
        cell: usize,
        mask: Option<u32>,
    ) -> impl DoubleEndedIterator<Item = Cell> + '_ {
        let is_one = cell < shape.cells;
        let rows = range.from..range.to;
        let wanted = move |at: &usize| mask.is_none_or(|bit| self.rows.mask(*at) & bit != 0);
        let wanted = rows.filter(move |at| is_one && wanted(at));
        wanted.map(move |at| self.rows.cell(at, cell))
    }

    /// Every kept entry: order, mask, cells.
    pub fn iter(&self) -> impl Iterator<Item = (Order, u32, Vec<Cell>)> {
        self.behind(None)
    }

    /// The entries behind this place in the order; all when there is none.
    pub fn behind(&self, after: Option<Order>) -> impl Iterator<Item = (Order, u32, Vec<Cell>)> {
        let end = self.rows.len();
        let first = after.map_or(self.start(), |after| {
            self.rows.place(self.start(), end, |order| order <= after)
        });
        (first..end).filter_map(|at| {
            Some((
                self.rows.order(at)?,
                self.rows.mask(at),
                self.rows.cells(at),
            ))
        })
    }

    /// Lets go of entries with time ≤ `until`. Amortised O(1) per entry.
    pub fn trim(&mut self, shape: &Shape, until: i64) {
        if self.oldest() > until {
            return;
        }
        let mut start = self.start();
        while self.rows.time(start).is_some_and(|time| time <= until) {
            start += 1;
        }
        self.let_go(shape, start);
    }

    /// The place of the first entry that is kept.
    pub(in crate::window) fn start(&self) -> usize {
        usize::try_from(self.start).unwrap_or(usize::MAX)
    }

    /// Time of the newest entry; the least instant when there is none.
    #[must_use]
    pub fn newest(&self) -> i64 {
        self.rows.last().map_or(i64::MIN, |last| last.time)
    }

    /// How many entries are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() - self.start()
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
        self.rows.place(self.start(), end, |o| o <= order)
    }

    fn range(&self, after: i64, edge: Option<usize>, within: impl Fn(Order) -> bool) -> Range {
        let end = self.rows.len();
        let to = if self.rows.last().is_none_or(&within) {
            end
        } else {
            self.rows.place(self.start(), end, within)
        };
        let from = match edge {
            Some(length) => self
                .edges
                .find(&self.rows, self.start(), length, after)
                .min(to),
            None => self.rows.place(self.start(), to, |o| o.time <= after),
        };
        Range::of(from, to)
    }
}

/// How many bits a number takes, without its sign.
fn bits(number: i64) -> u8 {
    let bits = u64::BITS - number.unsigned_abs().leading_zeros();
    u8::try_from(bits).unwrap_or(u8::MAX)
}

/// The cells of an entry that comes in: few have a place of their own.
#[derive(Default)]
struct Few {
    few: [Cell; 4],
    many: Vec<Cell>,
}

impl Few {
    /// Takes so many; those that are missing are empty.
    fn fill(&mut self, mut cells: impl Iterator<Item = Cell>, count: usize) -> &[Cell] {
        let own = match self.few.get_mut(..count) {
            Some(few) => few,
            None => {
                self.many.resize(count, Cell::Empty);
                &mut self.many
            }
        };
        for place in &mut *own {
            *place = cells.next().unwrap_or_default();
        }
        own
    }
}
