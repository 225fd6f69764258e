//! The clocks of a running node. The wall clock is read for the door, once per batch; the other
//! measures how long something took, and is never part of a result.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

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
