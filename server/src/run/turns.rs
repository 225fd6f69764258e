//! Turns: reading a body of many events, and writing its answer, keeps a thread of the sockets for as long
//! as a hundred verdicts. Only some of these threads do such work at a time, so that a short request always
//! finds one.

use tokio::sync::{Semaphore, SemaphorePermit};

/// A body of more bytes is bulk.
const BULK: usize = 16 * 1024;

/// Turns at bulk work.
pub(crate) struct Turns(Semaphore);

impl Turns {
    /// Half of the threads of the sockets, and at least one, may do bulk work.
    pub(crate) fn of(threads: usize) -> Self {
        Self(Semaphore::new((threads / 2).max(1)))
    }

    /// A turn for work on so many bytes, as long as it is held; small work needs none.
    pub(crate) async fn take(&self, bytes: usize) -> Option<SemaphorePermit<'_>> {
        if bytes <= BULK {
            return None;
        }
        // It is never closed.
        self.0.acquire().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bulk_work_waits_for_its_turn_and_small_work_does_not() {
        let turns = Turns::of(3);
        let first = turns.take(BULK + 1).await;
        assert!(first.is_some());
        let mut second = Box::pin(turns.take(BULK + 1));
        let late = std::time::Duration::from_millis(5);
        assert!(tokio::time::timeout(late, &mut second).await.is_err());
        assert!(turns.take(BULK).await.is_none());
        drop(first);
        assert!(second.await.is_some());
    }
}
