//! The newest entries of a track from an edge on, known without a look at them.

use super::{Cell, Order, Track};
use crate::window::comparable::Comparable;
use crate::window::rows::Rows;

/// So many entries behind an edge are looked at one by one.
const NEAR: usize = 4;

/// The totals at both ends of the newest entries, and how many these are.
pub(in crate::window) struct Stretch<'a> {
    pub(in crate::window) count: usize,
    rows: &'a Rows,
    before: &'a [u64],
    last: &'a [u64],
}

impl Stretch<'_> {
    /// What a measure adds up to over them, modulo 2⁶⁴.
    #[inline]
    pub(in crate::window) fn total(&self, measure: usize) -> i64 {
        let Some(column) = self.rows.column(measure) else {
            return i64::try_from(self.count).unwrap_or(i64::MAX);
        };
        // Before the first of all rows there are no totals.
        let word = |totals: &[u64]| totals.get(column).copied().unwrap_or(0);
        let total = word(self.last).wrapping_sub(word(self.before));
        total.cast_signed()
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
        let (rows, end) = (&self.rows, self.rows.len());
        let newest = rows.last();
        if newest.is_some_and(|newest| newest > order) {
            return None;
        }
        let last = rows.totals_before(end);
        let (from, before) = match self.edges.totals(length, after) {
            Some(known) => known,
            None if newest.is_none_or(|newest| newest.time <= after) => (end, last),
            None => self.found(length, after),
        };
        Some(Stretch {
            count: end.saturating_sub(from),
            rows,
            before,
            last,
        })
    }

    /// The first entry with time > `after` and the totals before it, by looking for it. Entries that left the
    /// window since the newest one came are few.
    fn found(&self, length: usize, after: i64) -> (usize, &[u64]) {
        let (rows, end) = (&self.rows, self.rows.len());
        let mut from = self.start;
        if let Some(edge) = self.edges.not_before(length, after) {
            from = edge;
            let near = end.min(from + NEAR);
            while from < near && rows.time(from).is_some_and(|time| time <= after) {
                from += 1;
            }
            if from < near {
                return (from, rows.totals_before(from));
            }
        }
        let from = rows.place(from, end, |order| order.time <= after);
        (from, rows.totals_before(from))
    }

    /// True when no entry is behind `order`.
    pub(in crate::window) fn ends_by(&self, order: Order) -> bool {
        self.rows.last().is_none_or(|last| last <= order)
    }

    /// True when sums of so many entries fit 64 bits.
    pub(in crate::window) fn fits(&self, count: usize) -> bool {
        let most = self.furthest.checked_mul(count as u64);
        most.is_some_and(|most| most <= i64::MAX.unsigned_abs())
    }

    /// How many different values entries with time > `after` have; `None` where sightings cannot tell.
    pub(in crate::window) fn sighted(&self, summary: usize, after: i64) -> Option<usize> {
        let known = self.summaries.is_empty();
        known.then(|| self.sightings.count(summary, after))
    }

    /// The most extreme value of entries with time > `after`; `None` where sightings cannot tell.
    pub(in crate::window) fn sighted_best(
        &self,
        summary: usize,
        after: i64,
    ) -> Option<Option<&Comparable>> {
        let known = self.summaries.is_empty();
        known.then(|| Some(self.sightings.best(summary, after)?.0))
    }

    /// Looks at the track itself, and gives a word of it: then [`Self::touch`] need not wait for it.
    #[must_use]
    pub fn touch_head(&self) -> i64 {
        let lengths = [
            self.rows.len(),
            self.cells.len(),
            self.edges.bytes(),
            self.sightings.len(),
            self.summaries.len(),
        ];
        let lengths = lengths.into_iter().fold(0, |all, length| all ^ length);
        self.oldest ^ (lengths as u64).cast_signed()
    }

    /// Looks at what the next entry will need, and gives a word of it. Done for many keys in a row, their
    /// memory comes at once instead of one after the other.
    #[must_use]
    pub fn touch(&self) -> i64 {
        // Not what it is: nothing is to wait for that.
        let cell = self
            .cells
            .last()
            .map(|cell| matches!(cell, Cell::Number(_)));
        self.newest()
            ^ i64::from(cell == Some(true))
            ^ self.edges.touch(&self.rows)
            ^ self.sightings.touch()
    }
}
