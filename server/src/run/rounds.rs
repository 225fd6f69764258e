//! When snapshots are made.

use super::clock;
use crate::config::Store;
use engine::log::Part;
use std::time::{Duration, Instant};

/// Snapshots of all parts, one part a tick.
pub(crate) struct Rounds {
    every: Duration,
    bytes: u64,
    began: Instant,
    left: Vec<Part>,
}

impl Rounds {
    pub(crate) fn of(store: &Store) -> Self {
        Self {
            every: store.snapshot_every,
            bytes: store.snapshot_bytes,
            began: clock::moment(),
            left: Vec::new(),
        }
    }

    /// The part whose turn it is.
    pub(crate) fn next(&mut self, written: u64) -> Option<Part> {
        let due = self.began.elapsed() >= self.every || written >= self.bytes;
        if self.left.is_empty() && due {
            self.began = clock::moment();
            self.left = Part::all().collect();
        }
        self.left.pop()
    }
}
