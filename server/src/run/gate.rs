//! The gate: how many events may be between receipt and answer, and how fast a source may send.
//! Part of the room is kept for those who wait for a verdict.

use super::clock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shut {
    /// There is no room.
    Full,
    /// The source sends faster than its rate.
    TooFast,
    /// The disk has no room for one more batch.
    NoRoom,
}

/// Room for so many events.
pub(crate) struct Gate {
    room: usize,
    /// Of it, for verdicts alone.
    reserved: usize,
    used: AtomicUsize,
    /// The disk has no room.
    full: AtomicBool,
    rate: Option<Mutex<Bucket>>,
}

/// Room that is taken; given back when dropped.
pub(crate) struct Permit {
    gate: Arc<Gate>,
    count: usize,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.used.fetch_sub(self.count, Ordering::AcqRel);
    }
}

/// A bucket of tokens: a second's worth of them at most.
struct Bucket {
    per_second: f64,
    tokens: f64,
    at: Instant,
}

impl Gate {
    pub(crate) fn new(room: usize, reserve_percent: usize, rate: Option<u32>) -> Self {
        let bucket = |per_second: u32| {
            Mutex::new(Bucket {
                per_second: f64::from(per_second),
                tokens: f64::from(per_second),
                at: clock::moment(),
            })
        };
        Self {
            room,
            reserved: room.saturating_mul(reserve_percent) / 100,
            used: AtomicUsize::new(0),
            full: AtomicBool::new(false),
            rate: rate.map(bucket),
        }
    }

    /// Whether the disk has room for what is let in.
    pub(crate) fn set_room(&self, room: bool) {
        self.full.store(!room, Ordering::Release);
    }

    /// True while the disk has room.
    pub(crate) fn has_room(&self) -> bool {
        !self.full.load(Ordering::Acquire)
    }

    /// Room for `count` events. Whoever waits for a verdict may use all of it, others what is not
    /// reserved. A batch larger than the room waits until it is alone.
    pub(crate) fn enter(self: &Arc<Self>, verdict: bool, count: usize) -> Result<Permit, Shut> {
        let permit = self.let_in(verdict, count)?;
        if self.too_fast(permit.count) {
            return Err(Shut::TooFast);
        }
        Ok(permit)
    }

    /// The same for what a source pulled: the rate is of those who push.
    pub(crate) fn pull(self: &Arc<Self>, count: usize) -> Result<Permit, Shut> {
        self.let_in(false, count)
    }

    fn let_in(self: &Arc<Self>, verdict: bool, count: usize) -> Result<Permit, Shut> {
        if !self.has_room() {
            return Err(Shut::NoRoom);
        }
        let room = if verdict {
            self.room
        } else {
            self.room.saturating_sub(self.reserved)
        };
        let count = count.clamp(1, room.max(1));
        let taken = self
            .used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
                let after = used.checked_add(count)?;
                (after <= room).then_some(after)
            });
        if taken.is_err() {
            return Err(Shut::Full);
        }
        Ok(Permit {
            gate: Arc::clone(self),
            count,
        })
    }

    /// True when `count` events that no verdict waits for would be let in now, as far as room goes.
    pub(crate) fn has_place(&self, count: usize) -> bool {
        let room = self.room.saturating_sub(self.reserved);
        let count = count.clamp(1, room.max(1));
        self.used().saturating_add(count) <= room
    }

    fn too_fast(&self, count: usize) -> bool {
        let Some(rate) = &self.rate else {
            return false;
        };
        let mut bucket = rate.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::moment();
        let passed = now.duration_since(bucket.at).as_secs_f64();
        bucket.at = now;
        bucket.tokens = (bucket.tokens + passed * bucket.per_second).min(bucket.per_second);
        #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^52")]
        let wanted = (count as f64).min(bucket.per_second);
        if bucket.tokens < wanted {
            return true;
        }
        bucket.tokens -= wanted;
        false
    }

    /// Events between receipt and answer.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }

    /// How full it is, 0…1.
    pub(crate) fn fill(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = self.used() as f64 / self.room.max(1) as f64;
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_for_verdicts_and_room_comes_back() {
        let gate = Arc::new(Gate::new(10, 20, None));
        let eight = gate.enter(false, 8).ok().unwrap();
        assert_eq!(gate.enter(false, 1).err(), Some(Shut::Full));
        assert!(!gate.has_place(1));
        let two = gate.enter(true, 2).ok().unwrap();
        assert_eq!(gate.enter(true, 1).err(), Some(Shut::Full));
        drop(eight);
        assert!(gate.has_place(6) && !gate.has_place(7));
        assert!(gate.enter(false, 1).is_ok());
        drop(two);
        assert_eq!(gate.used(), 0);
    }

    #[test]
    fn a_batch_larger_than_the_room_is_let_in_alone() {
        let gate = Arc::new(Gate::new(10, 0, None));
        let one = gate.enter(false, 1).ok().unwrap();
        assert_eq!(gate.enter(false, 1_000).err(), Some(Shut::Full));
        drop(one);
        assert!(gate.enter(false, 1_000).is_ok());
    }

    #[test]
    fn a_rate_is_a_second_of_tokens() {
        let gate = Arc::new(Gate::new(1_000, 0, Some(5)));
        let entered = (0..50).filter(|_| gate.enter(false, 1).is_ok()).count();
        assert!((5..10).contains(&entered), "{entered}");
        assert_eq!(gate.enter(false, 1).err(), Some(Shut::TooFast));
        assert_eq!(gate.used(), 0);
    }
}
