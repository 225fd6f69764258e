//! The newest entries of a track from an edge on, mostly known without a search.

use super::{Cell, Order, Track};
use crate::window::rows::Rows;

/// The newest entries of a track from a place on.
pub(in crate::window) struct Stretch<'a> {
    pub(in crate::window) count: usize,
    rows: &'a Rows,
    from: usize,
}

impl Stretch<'_> {
    /// What a measure adds up to over them, modulo 2⁶⁴.
    #[inline]
    pub(in crate::window) fn total(&self, measure: usize) -> i64 {
        let rows = self.rows;
        let last = rows.total_before(rows.len(), measure);
        last.wrapping_sub(rows.total_before(self.from, measure))
    }
}

impl Track {
    /// The entries with time > `after`, where all there are come up to `order`: of a window that is likely to
    /// begin at the edge of this length.
    #[inline]
    pub(in crate::window) fn newest_stretch(
        &self,
        length: usize,
        after: i64,
        order: Order,
    ) -> Option<Stretch<'_>> {
        let rows = &self.rows;
        if rows.last().is_some_and(|newest| newest > order) {
            return None;
        }
        let from = self.edges.find(rows, self.start(), length, after);
        Some(Stretch {
            count: rows.len().saturating_sub(from),
            rows,
            from,
        })
    }

    /// True when sums of so many entries fit 64 bits.
    pub(in crate::window) fn fits(&self, count: usize) -> bool {
        // Less than 2 to the power of their bits, each of both.
        let count = usize::BITS - count.leading_zeros();
        u32::from(self.furthest) + count < i64::BITS
    }

    /// How many different values a stretch has; `None` where sightings cannot tell.
    pub(in crate::window) fn sighted(
        &self,
        summary: usize,
        stretch: &Stretch<'_>,
    ) -> Option<usize> {
        let known = self.summaries.is_none();
        known.then(|| self.sightings.count(summary, stretch.from))
    }

    /// The most extreme value of a stretch, empty where it has none; `None` where sightings cannot tell.
    pub(in crate::window) fn sighted_best(
        &self,
        (summary, cell): (usize, usize),
        stretch: &Stretch<'_>,
    ) -> Option<Cell> {
        let known = self.summaries.is_none();
        known.then(|| {
            let best = self.sightings.best(summary, stretch.from);
            best.map_or(Cell::Empty, |best| self.value(best, cell))
        })
    }

    /// Looks at the track itself, and gives a word of it: then [`Self::touch`] need not wait for it.
    #[must_use]
    pub fn touch_head(&self) -> i64 {
        let parts = self.sightings.len() ^ self.rows.touch_head();
        (parts as u64).cast_signed() ^ i64::from(self.start)
    }

    /// Looks at what the next entry will need, and gives a word of it. Done for many keys in a row, their
    /// memory comes at once instead of one after the other.
    #[must_use]
    pub fn touch(&self) -> i64 {
        self.rows.touch(self.edges.places()) ^ self.sightings.touch()
    }
}
