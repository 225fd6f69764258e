//! What else may be asked of a track, and done to it: one entry, a session, a pane, the oldest.

use super::{Cell, Entry, Order, Range, Shape, Track};

impl Track {
    /// The entry at `order`, if there is one.
    #[must_use]
    pub fn at(&self, order: Order) -> Range {
        let kept = self.entries.get(self.start..).unwrap_or(&[]);
        Range {
            from: self.start + kept.partition_point(|e| e.order < order),
            to: self.start + kept.partition_point(|e| e.order <= order),
        }
    }

    /// The newest entries of a range, as long as no two of them, nor the last of them and `until`, are
    /// `gap` ms apart.
    #[must_use]
    pub fn session(&self, range: Range, until: i64, gap: i64) -> Range {
        let (mut from, mut next) = (range.to, until);
        while from > range.from
            && let Some(entry) = self.entries.get(from - 1)
            && next.saturating_sub(entry.order.time) < gap
        {
            (from, next) = (from - 1, entry.order.time);
        }
        Range { from, to: range.to }
    }

    /// The time of each entry of a range that has the mask bit (all when `None`), oldest first.
    pub fn times(
        &self,
        range: Range,
        mask: Option<u32>,
    ) -> impl DoubleEndedIterator<Item = i64> + '_ {
        let entries = self.entries.get(range.from..range.to).unwrap_or(&[]);
        let wanted = move |entry: &&Entry| mask.is_none_or(|bit| entry.mask & bit != 0);
        entries.iter().filter(wanted).map(|entry| entry.order.time)
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
        let (at, width) = (found.from, shape.measures.len());
        let more: Vec<Cell> = cells.into_iter().collect();
        let kept = self.cells.iter_mut().skip(at * shape.cells);
        for (kept, more) in kept.zip(&more) {
            *kept = match (&*kept, more) {
                (Cell::Number(kept), Cell::Number(more)) => Cell::Number(kept.wrapping_add(*more)),
                (Cell::Empty, more) => more.clone(),
                (kept, _) => kept.clone(),
            };
        }
        for (slot, measure) in shape.measures.iter().enumerate() {
            let amount = measure.of(mask, &more);
            let behind = self.totals.iter_mut().skip(at * width + slot);
            let behind = behind.step_by(width);
            behind.for_each(|total| *total = total.wrapping_add(amount));
        }
    }

    /// Lets go of all but the newest `most` entries.
    pub fn shed(&mut self, shape: &Shape, most: usize) {
        let start = self.entries.len().saturating_sub(most);
        self.let_go(shape, start.max(self.start));
    }

    /// Time of the oldest entry; the greatest instant when there is none.
    #[must_use]
    pub fn oldest(&self) -> i64 {
        self.entries
            .get(self.start)
            .map_or(i64::MAX, |e| e.order.time)
    }
}
