//! The clocks of a running node. The wall clock is read for the door, once per batch; the other
//! measures how long something took, and is never part of a result.

use engine::time::Steady;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What the door is told of time: the wall clock, which is followed ahead and never back.
pub(crate) struct DoorClock {
    born: Instant,
    steady: Steady,
}

impl DoorClock {
    /// A clock that stands no earlier than the door did when the store was left, ms.
    pub(crate) fn behind(door: Option<i64>) -> Self {
        Self {
            born: moment(),
            steady: Steady::at(wall().max(door.unwrap_or(i64::MIN)), 0),
        }
    }

    /// Milliseconds since 1970.
    pub(crate) fn read(&mut self) -> i64 {
        let passed = i64::try_from(self.born.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.steady.read(wall(), passed)
    }
}

/// Milliseconds since 1970, by the machine's clock.
pub(crate) fn wall() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the door: the one place that reads the wall clock"
    )]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A moment, for measuring from.
pub(crate) fn moment() -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "above the door: waiting times, deadlines and telemetry"
    )]
    let now = Instant::now();
    now
}
