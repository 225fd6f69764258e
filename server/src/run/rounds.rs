//! When snapshots are made: slice by slice between batches, so that nobody waits for one.

use super::board::{Board, Over, Round, put};
use super::clock;
use super::conductor::{Conductor, Halt};
use super::outbox::Outbox;
use super::store::Part as StatePart;
use crate::config::Store;
use engine::engine::Output;
use engine::limits::SLICE_ENTRIES;
use engine::log::Part;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Slices on their way to disk; whoever writes them sets the pace.
pub(crate) const SLICES_MAX: usize = 8;
/// What lies between the ends and beginnings of slices at least: a third of a shard's time is enough.
const REST: Duration = Duration::from_millis(1);

/// Snapshots of all parts, one part after the other.
pub(crate) struct Rounds {
    every: Duration,
    bytes: u64,
    began: Instant,
    left: Vec<Part>,
    /// The part whose slices are being gathered.
    open: Option<Part>,
    /// When the last slice was done.
    last: Instant,
    /// Each slice on its way holds one.
    way: Arc<Way>,
    /// The number when the round began; `None` while none is on.
    from: Option<u64>,
}

/// What is known of slices on their way.
#[derive(Default)]
pub(crate) struct Way {
    /// Parts of this round that could not be written.
    pub(crate) failed: AtomicU64,
    /// Who sends them on, where others follow.
    pub(crate) outbox: Option<Arc<Outbox>>,
}

impl Rounds {
    /// `outbox`: who sends snapshots on, where others follow.
    pub(crate) fn of(store: &Store, outbox: Option<Arc<Outbox>>) -> Self {
        Self {
            every: store.snapshot_every,
            bytes: store.snapshot_bytes,
            began: clock::moment(),
            left: Vec::new(),
            open: None,
            last: clock::moment(),
            way: Arc::new(Way {
                outbox,
                ..Way::default()
            }),
            from: None,
        }
    }

    /// A round begins when it is due, or wanted, and none is on.
    fn begin(&mut self, board: &Board, seq: u64) -> bool {
        let written = board.written.load(Ordering::Acquire);
        let wanted = board.snapshot.swap(false, Ordering::AcqRel);
        let due = wanted || self.began.elapsed() >= self.every || written >= self.bytes;
        if self.from.is_some() || !due {
            return false;
        }
        self.began = clock::moment();
        self.left = Part::all().collect();
        self.from = Some(seq);
        self.way.failed.store(0, Ordering::Release);
        true
    }

    /// A round ends when all its slices were written.
    fn end(&mut self) -> Option<Over> {
        if !self.is_over() || Arc::strong_count(&self.way) > 1 {
            return None;
        }
        Some(Over {
            seq: self.from.take()?,
            at: clock::wall(),
            took: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            failed: self.way.failed.load(Ordering::Acquire),
        })
    }

    fn is_over(&self) -> bool {
        self.left.is_empty() && self.open.is_none()
    }

    /// How long until the next slice; `None` when there is none to be taken.
    pub(crate) fn wait(&self) -> Option<Duration> {
        let waits = !self.is_over() && Arc::strong_count(&self.way) <= SLICES_MAX;
        waits.then(|| REST.saturating_sub(self.last.elapsed()))
    }

    /// What is being gathered is worth nothing: its turn comes again.
    pub(crate) fn again(&mut self) {
        self.left.extend(self.open.take());
    }
}

impl Conductor {
    /// The next slice of a snapshot, if it is time for one.
    pub(super) fn snapshot(&mut self) -> Result<(), Halt> {
        let Some(rounds) = &mut self.rounds else {
            return Ok(());
        };
        if rounds.begin(&self.board, self.engine.stand().seq) {
            let last = self.board.round().last;
            put(&self.board.round, Round { on: true, last });
        }
        if let Some(over) = rounds.end() {
            self.meters.snapshots.increment(1);
            self.meters.snapshots_failed.increment(over.failed);
            let last = Some(over);
            put(&self.board.round, Round { on: false, last });
        }
        if rounds.wait().is_none_or(|left| !left.is_zero()) {
            return Ok(());
        }
        let began = clock::moment();
        let begins = rounds.open.is_none();
        let Some(of) = rounds.open.take().or_else(|| rounds.left.pop()) else {
            return Ok(());
        };
        let (entries, more) = match of {
            Part::Shared => (self.engine.whole(None)?, false),
            Part::Group(group) => {
                if begins {
                    self.engine.gather(group)?;
                }
                match self.engine.slice(SLICE_ENTRIES)? {
                    Some(slice) => (slice.entries, slice.more),
                    None => {
                        rounds.left.push(of);
                        return Ok(());
                    }
                }
            }
        };
        self.meters.slice.record(began.elapsed().as_secs_f64());
        rounds.open = more.then_some(of);
        rounds.last = clock::moment();
        let part = StatePart {
            of,
            entries,
            kinds: None,
            begins,
            ends: !more,
            way: Arc::clone(&rounds.way),
        };
        self.hand_on(self.of_clock(Output::default(), Some(part), clock::wall()))
    }
}
