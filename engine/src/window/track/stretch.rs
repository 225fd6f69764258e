//! The newest entries of a track from an edge on, known without a look at them.

use super::{Order, Track};
use crate::window::comparable::Comparable;

/// The totals at both ends of the newest entries, and how many these are.
pub(in crate::window) struct Stretch<'a> {
    pub(in crate::window) count: usize,
    before: &'a [u64],
    last: &'a [u64],
}

impl Stretch<'_> {
    /// What a measure adds up to over them, modulo 2⁶⁴.
    pub(in crate::window) fn total(&self, measure: usize) -> Option<i64> {
        let (before, last) = (self.before.get(measure)?, self.last.get(measure)?);
        Some(last.wrapping_sub(*before).cast_signed())
    }
}

impl Track {
    /// The entries with time > `after`, where all there are come up to `order` and a window of this length is
    /// known to begin there.
    pub(in crate::window) fn newest_stretch(
        &self,
        length: usize,
        after: i64,
        order: Order,
    ) -> Option<Stretch<'_>> {
        let (newest, last) = self.rows.newest()?;
        let (from, before) = self.edges.totals(length, after)?;
        (newest <= order).then_some(Stretch {
            count: self.rows.len().saturating_sub(from),
            before,
            last,
        })
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

    /// Looks at what the next entry will need, and gives a word of it. Done for many keys in a row, their
    /// memory comes at once instead of one after the other.
    #[must_use]
    pub fn touch(&self) -> i64 {
        self.newest() ^ self.edges.touch() ^ self.sightings.touch()
    }
}
