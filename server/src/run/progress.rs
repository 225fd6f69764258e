//! How far a start has come, for those who wait for it.

use std::sync::atomic::{AtomicU64, Ordering};

/// How far a restore has come, in bytes of the store.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// So many bytes will be read.
    pub(crate) fn begin(&self, total: u64) {
        self.total.store(total, Ordering::Release);
    }

    /// So many more were read.
    pub(crate) fn more(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Bytes read, and bytes there are; 0 before they are counted.
    pub(crate) fn seen(&self) -> (u64, u64) {
        let total = self.total.load(Ordering::Acquire);
        (self.done.load(Ordering::Acquire).min(total), total)
    }
}
