//! A stretch of what a track keeps.

use crate::window::edges::Edge;

/// Entries of a track, from a place to a place (excluded).
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The totals before it are known there.
    pub(super) edge: Edge,
}

impl PartialEq for Range {
    fn eq(&self, other: &Self) -> bool {
        (self.from, self.to) == (other.from, other.to)
    }
}

impl Eq for Range {}

impl Range {
    pub(super) fn of(from: usize, to: usize) -> Self {
        let edge = Edge::NONE;
        Self { from, to, edge }
    }

    /// How many entries.
    #[must_use]
    pub fn len(self) -> usize {
        self.to.saturating_sub(self.from)
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The newest of them, so many at most.
    #[must_use]
    pub fn newest(self, most: usize) -> Self {
        if self.len() <= most {
            return self;
        }
        Self::of(self.to - most, self.to)
    }
}
