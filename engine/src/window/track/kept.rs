//! What else may be asked of a track, and done to it: one entry, a session, a pane, the oldest.

use super::{Cell, Order, Range, Shape, Summary, Track, bits};

impl Track {
    /// The entry at `order`, if there is one.
    #[must_use]
    pub fn at(&self, order: Order) -> Range {
        let end = self.rows.len();
        let from = self.rows.place(self.start(), end, |o| o < order);
        Range::of(from, self.rows.place(from, end, |o| o <= order))
    }

    /// The newest entries of a range, as long as no two of them, nor the last of them and `until`, are
    /// `gap` ms apart.
    #[must_use]
    pub fn session(&self, range: Range, until: i64, gap: i64) -> Range {
        let (mut from, mut next) = (range.to, until);
        while from > range.from
            && let Some(time) = self.rows.time(from - 1)
            && next.saturating_sub(time) < gap
        {
            (from, next) = (from - 1, time);
        }
        Range::of(from, range.to)
    }

    /// The time of each entry of a range that has the mask bit (all when `None`), oldest first.
    pub fn times(
        &self,
        range: Range,
        mask: Option<u32>,
    ) -> impl DoubleEndedIterator<Item = i64> + '_ {
        let rows = range.from..range.to;
        let wanted = move |at: &usize| mask.is_none_or(|bit| self.rows.mask(*at) & bit != 0);
        rows.filter(wanted).filter_map(|at| self.rows.time(at))
    }

    /// Adds an event to the entry of its order, number to number; takes it in where there is none. For
    /// tracks whose measures all add up cells, and which have no summaries.
    pub fn merge(
        &mut self,
        shape: &Shape,
        order: Order,
        mask: u32,
        cells: impl IntoIterator<Item = Cell>,
    ) {
        let found = self.at(order);
        if found.is_empty() {
            return self.insert(shape, order, mask, cells);
        }
        let at = found.from;
        let more: Vec<Cell> = cells.into_iter().collect();
        for (cell, more) in more.iter().enumerate().take(shape.cells) {
            let together = match (self.rows.cell(at, cell), more) {
                (Cell::Number(kept), Cell::Number(more)) => {
                    let together = kept.wrapping_add(*more);
                    self.furthest = self.furthest.max(bits(together));
                    Cell::Number(together)
                }
                (Cell::Empty, more) => more.clone(),
                _ => continue,
            };
            self.rows.set_cell(at, cell, &together);
        }
        let amount = |slot: usize| shape.measures.get(slot).map_or(0, |m| m.of(mask, &more));
        let amounts = (0..shape.measures.len()).map(|slot| bits(amount(slot)));
        self.furthest = amounts.fold(self.furthest, u8::max);
        self.rows.add(at, amount);
    }

    /// Lets go of all but the newest `most` entries.
    pub fn shed(&mut self, shape: &Shape, most: usize) {
        if self.len() > most {
            self.let_go(shape, self.rows.len() - most);
        }
    }

    /// Time of the oldest entry; the greatest instant when there is none.
    #[must_use]
    pub fn oldest(&self) -> i64 {
        self.rows.time(self.start()).unwrap_or(i64::MAX)
    }

    /// Bytes it takes, itself not counted; texts are shared with whoever else has them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let summaries = self.summaries.iter().flatten();
        self.rows.bytes() + self.sightings.bytes() + summaries.map(Summary::bytes).sum::<usize>()
    }
}
