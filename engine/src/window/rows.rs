//! The entries of a track in one piece of memory: order, mask, running totals and cells, row by row. Each part has
//! as few words as its rows need ([`Layout`]); a row that needs more has all of them laid out anew. So most parts
//! have one of 32 bits, and what says nothing has none.

mod change;
mod held;
mod row;

use super::comparable::Comparable;
use super::layout::{Head, Kind, Layout};
use super::texts::Texts;
use super::track::{Cell, Order};
pub(super) use held::Held;
use row::{Row, long, put_long, short};
use std::cmp::Ordering;

/// Times and numbers are told from so much before the first: some come late.
const SLACK: u32 = 1 << 28;

/// Rows sorted by [`Order`], each of so many words.
///
/// A total is a sum modulo 2⁶⁴ over its row and all before it, so that the difference of two is the sum
/// between them wherever that fits 64 bits.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    words: Vec<u32>,
    texts: Texts,
    /// What times and numbers are told from.
    base: Order,
    layout: Layout,
    count: u32,
}

impl Rows {
    pub(super) const EMPTY: Self = Self {
        words: Vec::new(),
        texts: Texts::NONE,
        base: Order { time: 0, seq: 0 },
        layout: Layout::LEAST,
        count: 0,
    };

    /// How many rows.
    #[inline]
    pub(super) fn len(&self) -> usize {
        whole(self.count)
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u32>() + self.texts.bytes()
    }

    /// The words from a column of a row on.
    #[inline]
    fn from(&self, at: usize, column: usize) -> &[u32] {
        self.words.get(self.place_of(at, column)..).unwrap_or(&[])
    }

    /// Where a column of a row stands. There is no such place where this wraps: no vector is as long.
    #[inline]
    fn place_of(&self, at: usize, column: usize) -> usize {
        at.wrapping_mul(self.layout.stride()).wrapping_add(column)
    }

    #[inline]
    fn word(&self, at: usize, column: usize) -> Option<u32> {
        self.words.get(self.place_of(at, column)).copied()
    }

    #[inline]
    pub(super) fn time(&self, at: usize) -> Option<i64> {
        let word = self.word(at, 0)?;
        if self.layout.head.long_time {
            return Some(long(self.from(at, 0)).cast_signed());
        }
        Some(self.base.time.wrapping_add(i64::from(word)))
    }

    #[inline]
    pub(super) fn order(&self, at: usize) -> Option<Order> {
        let head = self.layout.head;
        let word = self.word(at, head.seq())?;
        let seq = if head.long_seq {
            long(self.from(at, head.seq()))
        } else {
            self.base.seq.wrapping_add(u64::from(word))
        };
        let time = self.time(at)?;
        Some(Order { time, seq })
    }

    #[inline]
    pub(super) fn last(&self) -> Option<Order> {
        self.order(self.len().checked_sub(1)?)
    }

    #[inline]
    pub(super) fn mask(&self, at: usize) -> u32 {
        let head = self.layout.head;
        if !head.mask {
            return 0;
        }
        self.word(at, head.mask()).unwrap_or(0)
    }

    /// The total of all rows before place `at`.
    #[inline]
    pub(super) fn total_before(&self, at: usize, slot: usize) -> i64 {
        let (column, kind) = self.layout.total(slot);
        if kind == Kind::None {
            return i64::try_from(at).unwrap_or(i64::MAX);
        }
        let Some(before) = at.checked_sub(1) else {
            return 0;
        };
        match kind {
            Kind::Short => {
                let word = self.word(before, column);
                word.map_or(0, |word| i64::from(word.cast_signed()))
            }
            _ => long(self.from(before, column)).cast_signed(),
        }
    }

    /// A cell as it stands in its row.
    #[inline]
    pub(super) fn held(&self, at: usize, cell: usize) -> Held {
        if cell >= self.layout.cells() {
            return Held::Empty;
        }
        let (column, kind) = self.layout.cell(cell);
        Held::read(kind, self.from(at, column))
    }

    pub(super) fn is_empty_at(&self, at: usize, cell: usize) -> bool {
        self.held(at, cell) == Held::Empty
    }

    pub(super) fn cell(&self, at: usize, cell: usize) -> Cell {
        match self.held(at, cell) {
            Held::Empty => Cell::Empty,
            Held::Number(number) => Cell::Number(number),
            Held::Decimal(bits) => Cell::Decimal(f64::from_bits(bits)),
            Held::Text(place) => self.texts.get(place).map_or(Cell::Empty, Cell::Text),
        }
    }

    /// How the cell of one row compares to that of another; an empty one is nothing to compare.
    #[inline]
    pub(super) fn compare(&self, cell: usize, one: usize, other: usize) -> Option<Ordering> {
        if let (Held::Number(one), Held::Number(other)) =
            (self.held(one, cell), self.held(other, cell))
        {
            return Some(one.cmp(&other));
        }
        let value = |at| Comparable::of(&self.cell(at, cell));
        Some(value(one)?.cmp(&value(other)?))
    }

    /// All cells of a row.
    pub(super) fn cells(&self, at: usize) -> Vec<Cell> {
        let cells = 0..self.layout.cells();
        cells.map(|cell| self.cell(at, cell)).collect()
    }

    /// Which of some rows is the last with the value that the cell has in the row at `at`.
    pub(super) fn last_same(
        &self,
        cell: usize,
        mut rows: impl DoubleEndedIterator<Item = usize> + ExactSizeIterator,
        at: usize,
    ) -> Option<usize> {
        let held = self.held(at, cell);
        let (column, kind) = self.layout.cell(cell);
        let is_told = kind == Kind::Short || (kind == Kind::Text && self.texts.are_once());
        if !is_told {
            return rows.rposition(|other| self.are_same(held, self.held(other, cell)));
        }
        let word = |row: usize| self.word(row, column);
        let own = word(at);
        rows.rposition(|other| word(other) == own)
    }

    /// True for one value.
    fn are_same(&self, one: Held, other: Held) -> bool {
        match (one, other) {
            (Held::Text(one), Held::Text(other)) => self.texts.are_same(one, other),
            (Held::Decimal(one), Held::Decimal(other)) => {
                let value = |bits| (f64::from_bits(bits) + 0.0).to_bits();
                value(one) == value(other)
            }
            (one, other) => one == other,
        }
    }

    /// See [`super::track::Track::touch`]: of few rows each line of memory, of many those at these places.
    pub(super) fn touch(&self, places: impl Iterator<Item = usize>) -> i64 {
        let found = if self.words.len() <= 16 * 8 {
            let lines = self.words.iter().step_by(16);
            lines.fold(0, |all, word| all ^ word)
        } else {
            let last = self.len().saturating_sub(1);
            let rows = places.chain([last]).filter_map(|at| self.word(at, 0));
            rows.fold(0, |all, word| all ^ word)
        };
        i64::from(found ^ self.texts.touch())
    }

    /// A word of the heads of what it points to.
    pub(super) fn touch_head(&self) -> usize {
        self.words.len() ^ self.texts.len()
    }

    /// The first place from `from` on, before `to`, where `is_before` no longer holds; it holds for none
    /// behind that.
    pub(super) fn place(
        &self,
        mut from: usize,
        mut to: usize,
        is_before: impl Fn(Order) -> bool,
    ) -> usize {
        while from < to {
            let middle = from + (to - from) / 2;
            if self.order(middle).is_some_and(&is_before) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// Puts a row in behind all others, with what it adds to each of so many totals. All rows have equally many
    /// totals and cells.
    pub(super) fn push(
        &mut self,
        (order, mask): (Order, u32),
        cells: &[Cell],
        totals: usize,
        mut amount: impl FnMut(usize) -> i64,
    ) {
        if self.count == 0 {
            self.begin(order, totals, cells.len());
        } else if self.try_push((order, mask), cells, &mut amount).is_some() {
            return;
        }
        self.put(self.len(), (order, mask), cells, amount);
    }

    /// Puts a row in at a place, with what it adds to each total; all rows are laid out anew where it needs more.
    fn put(
        &mut self,
        at: usize,
        (order, mask): (Order, u32),
        cells: &[Cell],
        mut amount: impl FnMut(usize) -> i64,
    ) {
        let total = |slot| self.total_before(at, slot).wrapping_add(amount(slot));
        let totals: Vec<i64> = (0..self.layout.totals()).map(total).collect();
        let cells = self.hold(cells);
        let mut row = Row {
            order,
            mask,
            total: |slot| totals.get(slot).copied().unwrap_or(0),
            cell: |cell| cells.get(cell).copied().unwrap_or(Held::Empty),
        };
        let layout = self.layout.or(&row.layout(self.base, at + 1, &self.layout));
        self.lay(layout);
        let stride = self.layout.stride();
        if self.words.len() + stride > self.words.capacity() {
            self.words.reserve_exact(stride * room(self.len()));
        }
        let (words, from) = (self.made(at, row), at * stride);
        self.words.splice(from..from, words);
        self.count += 1;
    }

    /// The same where it fits the layout; `None`, and nothing done: it does not.
    #[inline]
    fn try_push(
        &mut self,
        (order, mask): (Order, u32),
        cells: &[Cell],
        mut amount: impl FnMut(usize) -> i64,
    ) -> Option<()> {
        let (layout, base, own) = (self.layout, self.base, self.words.len());
        let rows = self.len() + 1;
        let stride = layout.stride();
        if own + stride > self.words.capacity() {
            // By half: most keys have few events, and there are many of them.
            self.words.reserve_exact(stride * room(self.len()));
        }
        self.words.resize(own + stride, 0);
        let (before, row) = self.words.split_at_mut(own);
        let before = own.checked_sub(stride).and_then(|from| before.get(from..));
        let before = before.unwrap_or(&[]);
        let at = i64::from(self.count);
        let texts = &mut self.texts;
        let said = Row {
            order,
            mask,
            total: |slot| {
                let (column, kind) = layout.total(slot);
                let before = before.get(column..).unwrap_or(&[]);
                let before = match kind {
                    Kind::None => at,
                    Kind::Short => short(before),
                    _ => long(before).cast_signed(),
                };
                before.wrapping_add(amount(slot))
            },
            cell: |cell: usize| match cells.get(cell) {
                Some(Cell::Text(text)) => {
                    // It is often the one before it.
                    let (column, _) = layout.cell(cell);
                    Held::Text(texts.place_near(before.get(column), text))
                }
                cell => Held::of(cell.unwrap_or(&Cell::Empty), texts),
            },
        };
        let fits = said.fill(row, &layout, base, rows);
        if fits.is_none() {
            self.words.truncate(own);
        } else {
            self.count += 1;
        }
        fits
    }

    /// Nothing is kept yet: all is told from the first row on.
    fn begin(&mut self, order: Order, totals: usize, cells: usize) {
        self.words.clear();
        self.base = based(order);
        let none = |count| std::iter::repeat_n(Kind::None, count);
        self.layout = Layout::of(Head::LEAST, none(totals), none(cells));
    }

    /// Cells as they stand in rows.
    fn hold(&mut self, cells: &[Cell]) -> Vec<Held> {
        let held = cells.iter().map(|cell| Held::of(cell, &mut self.texts));
        held.collect()
    }

    /// A row to stand at a place, where it fits the layout.
    fn made(
        &self,
        at: usize,
        row: Row<impl FnMut(usize) -> i64, impl FnMut(usize) -> Held>,
    ) -> Vec<u32> {
        let mut words = vec![0; self.layout.stride()];
        // The layout has room for it.
        let _ = row.fill(&mut words, &self.layout, self.base, at + 1);
        words
    }
}

/// What times and numbers are told from, where the first is this.
fn based(order: Order) -> Order {
    Order {
        time: order.time.saturating_sub(i64::from(SLACK)),
        seq: order.seq.saturating_sub(u64::from(SLACK)),
    }
}

/// Room is made for so many rows more.
fn room(rows: usize) -> usize {
    (rows / 2).max(4)
}

fn whole(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
