//! CPU time used, in nanoseconds: what a shared machine leaves standing of a measurement.

use rustix::time::{ClockId, clock_gettime};
use std::time::{SystemTime, UNIX_EPOCH};

/// CPU time of this thread, ns.
#[must_use]
pub fn thread_ns() -> u64 {
    read(ClockId::ThreadCPUTime)
}

/// CPU time of this process, all threads, ns.
#[must_use]
pub fn process_ns() -> u64 {
    read(ClockId::ProcessCPUTime)
}

/// A moment, for measuring from.
#[must_use]
pub fn moment() -> std::time::Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "a bench measures how long something takes"
    )]
    let now = std::time::Instant::now();
    now
}

/// Time of the wall clock, ms since 1970: a service compares events with it.
#[must_use]
pub fn wall_ms() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a running service compares events with the wall clock"
    )]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(0)
}

fn read(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let rest = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds * 1_000_000_000 + rest
}

/// The least CPU time of this thread that one of `rounds` runs of `work` took, ns.
pub fn best_of(rounds: usize, mut work: impl FnMut()) -> u64 {
    let mut best = u64::MAX;
    for _ in 0..rounds.max(1) {
        let start = thread_ns();
        work();
        best = best.min(thread_ns().saturating_sub(start));
    }
    best
}
