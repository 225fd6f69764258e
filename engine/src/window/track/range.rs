//! A stretch of what a track keeps.

/// Entries of a track, from a place to a place (excluded).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Range {
    pub(super) fn of(from: usize, to: usize) -> Self {
        Self { from, to }
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
