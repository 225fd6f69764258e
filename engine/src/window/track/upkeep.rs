//! What an entry that comes or goes changes beside its row: edges, sightings and summaries.

use super::{Cell, SIGHTINGS_MAX, Shape, Total, Track};
use crate::window::comparable::Comparable;
use crate::window::sightings::Sightings;
use crate::window::summary::{Summarised, Summary};

impl Track {
    /// Lets sightings or summaries know of the entry at `at`.
    pub(super) fn sum_up(&mut self, shape: &Shape, at: usize) {
        let behind = self.rows.len() - 1 - at;
        if self.summaries.is_empty() {
            self.sight(shape, at);
            if self.sightings.len() > SIGHTINGS_MAX {
                self.sightings = Sightings::NONE;
                self.summarise(shape);
            }
        } else if self.summaries.iter().any(|known| known.depth() < behind) {
            self.summarise(shape);
        } else {
            for summary in &mut self.summaries {
                (0..behind).for_each(|_| summary.unpush());
            }
            self.push_from(shape, at);
        }
    }

    /// Sightings what the entry at `at` says.
    fn sight(&mut self, shape: &Shape, at: usize) {
        let Some(time) = self.rows.time(at) else {
            return;
        };
        for (place, summary) in shape.summaries.iter().enumerate() {
            if !self.counts(summary, at) {
                continue;
            }
            let cell = self.cells.get_mut(at * shape.cells + summary.cell);
            let Some(cell) = cell else {
                continue;
            };
            if let Some(known) = self.sightings.note(place, summary.kind, cell, time) {
                *cell = Cell::Text(known);
            }
        }
    }

    pub(super) fn sight_anew(&mut self, shape: &Shape) {
        self.sightings = Sightings::NONE;
        if shape.summaries.is_empty() {
            return;
        }
        (self.start..self.rows.len()).for_each(|at| self.sight(shape, at));
    }

    /// True when the entry at `at` is one that the summary looks at.
    fn counts(&self, summary: &Summarised, at: usize) -> bool {
        summary.mask.is_none_or(|bit| self.rows.mask(at) & bit != 0)
    }

    /// Pushes the entries from `from` on.
    fn push_from(&mut self, shape: &Shape, from: usize) {
        let entries = self.rows.len() - self.start;
        let mut summaries = std::mem::take(&mut self.summaries);
        for (summary, of) in summaries.iter_mut().zip(&shape.summaries) {
            for at in from..self.rows.len() {
                let Some(order) = self.rows.order(at) else {
                    continue;
                };
                let cell = self.cells.get(at * shape.cells + of.cell);
                let cell = cell.filter(|_| self.counts(of, at));
                summary.push(order, cell.and_then(Comparable::of), entries);
            }
        }
        self.summaries = summaries;
    }

    /// Makes all summaries anew.
    fn summarise(&mut self, shape: &Shape) {
        let kinds = shape.summaries.iter().map(|of| of.kind);
        self.summaries = kinds.map(Summary::new).collect();
        self.push_from(shape, self.start);
    }

    /// Lets go of entries before the place `start`.
    pub(super) fn let_go(&mut self, shape: &Shape, start: usize) {
        let last = start.checked_sub(1).and_then(|at| self.rows.order(at));
        let Some(last) = last.filter(|_| start > self.start) else {
            return;
        };
        self.start = start;
        self.oldest = self.rows.time(start).unwrap_or(i64::MAX);
        self.edges.let_go(&self.rows, start);
        if self.summaries.is_empty() && self.oldest == last.time {
            // Entries of one instant are parted: sightings know no more than the time.
            self.sight_anew(shape);
        } else {
            self.sightings.trim(last.time);
        }
        for summary in &mut self.summaries {
            summary.trim(last);
        }
        if start * 2 > self.rows.len() {
            self.compact(shape);
        }
        if !self.summaries.is_empty() && self.len() * 4 < SIGHTINGS_MAX {
            self.summaries = Vec::new();
            self.sight_anew(shape);
        }
    }

    /// Frees the rows that wait for it, but for the last of them: it has the totals before the first kept.
    pub(super) fn compact(&mut self, shape: &Shape) {
        if self.is_empty() {
            *self = Self::EMPTY;
            return;
        }
        let gone = self.start - 1;
        self.rows.drop_first(gone);
        self.cells
            .drain(..(gone * shape.cells).min(self.cells.len()));
        let empty = self.cells.iter_mut().take(shape.cells);
        empty.for_each(|cell| *cell = Cell::Empty);
        self.start = 1;
        self.edges.move_up(gone);
        if self.fits(self.rows.len() * 2) {
            // It is far from mattering how far.
            return;
        }
        let sums = shape
            .measures
            .iter()
            .filter(|measure| measure.total == Total::Sum);
        let amounts = sums.flat_map(|of| {
            (1..self.rows.len()).map(|at| self.amount(shape, *of, at).unsigned_abs())
        });
        self.furthest = amounts.max().unwrap_or(0);
    }
}
