//! What an entry that comes or goes changes beside its row: edges, sightings and summaries.

use super::{SIGHTINGS_MAX, Shape, Total, Track, bits};
use crate::window::comparable::Comparable;
use crate::window::sightings::Sightings;
use crate::window::summary::{Summarised, Summary};

impl Track {
    /// Lets sightings or summaries know of the entry at `at`.
    pub(super) fn sum_up(&mut self, shape: &Shape, at: usize) {
        let behind = self.rows.len() - 1 - at;
        let Some(summaries) = &mut self.summaries else {
            self.sight(shape, at);
            if self.sightings.len() > SIGHTINGS_MAX {
                self.sightings.let_go(self.start());
            }
            if self.sightings.len() > SIGHTINGS_MAX || !self.can_sight(shape) {
                self.sightings = Sightings::NONE;
                self.summarise(shape);
            }
            return;
        };
        if summaries.iter().any(|known| known.depth() < behind) {
            self.summarise(shape);
            return;
        }
        for summary in summaries {
            (0..behind).for_each(|_| summary.unpush());
        }
        self.push_from(shape, at);
    }

    /// True where sightings can tell the entries and the summaries apart.
    fn can_sight(&self, shape: &Shape) -> bool {
        Sightings::can_tell(self.rows.len(), shape.summaries.len())
    }

    /// Sightings what the entry at `at` says.
    fn sight(&mut self, shape: &Shape, at: usize) {
        for (place, summary) in shape.summaries.iter().enumerate() {
            if self.counts(summary, at) && !self.rows.is_empty_at(at, summary.cell) {
                self.sightings.note(place, summary, &self.rows, at);
            }
        }
    }

    pub(super) fn sight_anew(&mut self, shape: &Shape) {
        self.sightings = Sightings::NONE;
        if shape.summaries.is_empty() {
            return;
        }
        (self.start()..self.rows.len()).for_each(|at| self.sight(shape, at));
    }

    /// True when the entry at `at` is one that the summary looks at.
    fn counts(&self, summary: &Summarised, at: usize) -> bool {
        summary.mask.is_none_or(|bit| self.rows.mask(at) & bit != 0)
    }

    /// Pushes the entries from `from` on.
    fn push_from(&mut self, shape: &Shape, from: usize) {
        let entries = self.len();
        let mut summaries = self.summaries.take();
        for (summary, of) in summaries.iter_mut().flatten().zip(&shape.summaries) {
            for at in from..self.rows.len() {
                let Some(order) = self.rows.order(at) else {
                    continue;
                };
                let cell = self.counts(of, at).then(|| self.rows.cell(at, of.cell));
                let value = cell.and_then(|cell| Comparable::of(&cell));
                summary.push(order, value, entries);
            }
        }
        self.summaries = summaries;
    }

    /// Makes all summaries anew.
    fn summarise(&mut self, shape: &Shape) {
        let kinds = shape.summaries.iter().map(|of| of.kind);
        self.summaries = Some(kinds.map(Summary::new).collect());
        self.push_from(shape, self.start());
    }

    /// Lets go of entries before the place `start`.
    pub(super) fn let_go(&mut self, shape: &Shape, start: usize) {
        let last = start.checked_sub(1).and_then(|at| self.rows.order(at));
        let Some(last) = last.filter(|_| start > self.start()) else {
            return;
        };
        self.start = u32::try_from(start).unwrap_or(u32::MAX);
        for summary in self.summaries.iter_mut().flatten() {
            summary.trim(last);
        }
        if start * 2 > self.rows.len() {
            self.compact(shape);
        }
        let are_few = self.len() * 4 < SIGHTINGS_MAX;
        if self.summaries.is_some() && are_few && self.can_sight(shape) {
            self.summaries = None;
            self.sight_anew(shape);
        }
    }

    /// Frees the rows that wait for it.
    pub(super) fn compact(&mut self, shape: &Shape) {
        if self.is_empty() {
            *self = Self::EMPTY;
            return;
        }
        let gone = self.start();
        self.start = 0;
        self.rows.let_go(gone);
        self.edges.move_up(gone);
        self.sightings.move_up(gone);
        if self.fits(self.rows.len() * 2) {
            // It is far from mattering how far.
            return;
        }
        let sums = shape.measures.iter();
        let sums = sums.filter(|measure| measure.total == Total::Sum);
        let amounts = sums.flat_map(|of| (0..self.rows.len()).map(|at| bits(self.amount(*of, at))));
        self.furthest = amounts.max().unwrap_or(0);
    }
}
