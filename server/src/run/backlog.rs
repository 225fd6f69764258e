//! The backlog: events that are applied and not committed yet. What waits there waits in order, a verdict
//! behind everything else; what waits in the lanes can be overtaken or shed. So nothing more is applied
//! while the backlog is long, and an overload piles up where something can be done about it.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Counts them.
#[derive(Debug)]
pub(crate) struct Backlog {
    /// With so many it is long.
    most: usize,
    events: Mutex<usize>,
    shorter: Condvar,
}

/// The events of a batch, as long as it is not committed.
#[derive(Debug)]
pub(crate) struct Held {
    of: Arc<Backlog>,
    events: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.events > 0 {
            *self.of.lock() -= self.events;
            self.of.shorter.notify_one();
        }
    }
}

impl Backlog {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            events: Mutex::new(0),
            shorter: Condvar::new(),
        })
    }

    /// Waits as long as it is long, but not longer than that. False when it still is.
    pub(crate) fn shortens(&self, within: Duration) -> bool {
        let is_long = |events: &mut usize| *events >= self.most;
        let waited = self
            .shorter
            .wait_timeout_while(self.lock(), within, is_long);
        let (events, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *events < self.most
    }

    /// So many more.
    pub(crate) fn add(self: &Arc<Self>, events: usize) -> Held {
        *self.lock() += events;
        Held {
            of: Arc::clone(self),
            events,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, usize> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn who_waits_for_it_to_shorten_is_told_when_it_does() {
        let backlog = Backlog::new(10);
        let (eight, four) = (backlog.add(8), backlog.add(4));
        assert!(!backlog.shortens(Duration::ZERO));
        let other = Arc::clone(&backlog);
        let waiting = thread::spawn(move || other.shortens(Duration::from_secs(600)));
        drop(four);
        assert!(waiting.join().unwrap());
        // What has no events makes it no longer.
        drop(backlog.add(0));
        drop(eight);
        assert_eq!(*backlog.lock(), 0);
    }

    #[test]
    fn a_batch_larger_than_all_of_it_goes_through() {
        let backlog = Backlog::new(10);
        assert!(backlog.shortens(Duration::ZERO));
        let large = backlog.add(1_000);
        assert!(!backlog.shortens(Duration::ZERO));
        drop(large);
        assert!(backlog.shortens(Duration::ZERO));
    }
}
