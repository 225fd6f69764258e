//! The one clock of the command line: how long something took, for people. Never part of a result.

use std::time::{Duration, Instant};

/// Measures since it was started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    began: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "above the door: telemetry, never in a decision's bytes"
        )]
        let began = Instant::now();
        Self { began }
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.began.elapsed()
    }
}
