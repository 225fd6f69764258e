//! Snapshots as they come by the changelog: written beside the copy's log, which needs no longer what all of
//! them hold.

use super::standby::Standby;
use connectors::kafka::changelog::Slice;
use engine::log::{Log, Part, SnapshotWriter};
use std::collections::BTreeSet;
use std::time::Duration;

/// Snapshots on their way.
#[derive(Default)]
pub(super) struct Parts {
    open: Option<Open>,
    /// Parts that have one behind the footing of this copy, or of this round.
    whole: BTreeSet<Part>,
    /// So many of each part are kept.
    keep: usize,
    /// Door time that the log is kept for, ms.
    time: i64,
    /// Door time and first number of segments, now and then.
    marks: Vec<(i64, u64)>,
}

/// A snapshot that is being written.
struct Open {
    part: Part,
    seq: u64,
    /// Of the next slice.
    index: u32,
    writer: SnapshotWriter,
}

/// Door time between two marks, ms.
const MARK_MS: i64 = 60_000;

impl Parts {
    pub(super) fn new(keep: usize, time: Duration) -> Self {
        Self {
            keep,
            time: i64::try_from(time.as_millis()).unwrap_or(i64::MAX),
            ..Self::default()
        }
    }

    /// A copy begins, or another round.
    pub(super) fn begin(&mut self) {
        self.open = None;
        self.whole.clear();
    }

    /// Every part has one.
    pub(super) fn are_whole(&self) -> bool {
        self.whole.len() == Part::all().count()
    }

    /// A batch was taken.
    pub(super) fn mark(&mut self, door: i64, seq: u64) {
        let last = self.marks.last();
        if last.is_none_or(|(last, _)| door - last >= MARK_MS) {
            self.marks.push((door, seq));
        }
    }

    /// What is older than it is kept for is let go of, where all snapshots hold it.
    fn trim(&mut self, log: &mut Log) -> anyhow::Result<()> {
        let now = self.marks.last().map_or(0, |(door, _)| *door);
        let oldest = now.saturating_sub(self.time);
        let behind = self.marks.partition_point(|(door, _)| *door <= oldest);
        if let Some((_, seq)) = behind.checked_sub(1).and_then(|at| self.marks.get(at)) {
            log.trim(*seq)?;
            self.marks.drain(..behind.saturating_sub(1));
        }
        Ok(())
    }
}

impl Standby {
    /// Takes a slice.
    pub(super) fn slice(
        &mut self,
        slice: &Slice,
        bytes: &[u8],
        log: &mut Log,
    ) -> anyhow::Result<()> {
        let Some(part) = Part::numbered(slice.part) else {
            anyhow::bail!("the changelog has a part {} that no state has", slice.part);
        };
        if slice.index == 0 {
            self.parts.open = Some(Open {
                part,
                seq: slice.seq,
                index: 0,
                writer: SnapshotWriter::begin(log.store(), part, slice.seq)?,
            });
        }
        let follows =
            |open: &Open| (open.part, open.seq, open.index) == (part, slice.seq, slice.index);
        // One of which a slice is missing is worth nothing: its sender began anew, and does it again.
        let Some(mut open) = self.parts.open.take().filter(follows) else {
            return Ok(());
        };
        open.writer.write(bytes)?;
        open.index += 1;
        if !slice.last {
            self.parts.open = Some(open);
            return Ok(());
        }
        self.sync(log)?;
        open.writer.finish(log.durable(), self.parts.keep)?;
        if slice.seq.saturating_add(1) >= log.view().first_seq() {
            self.parts.whole.insert(part);
        }
        if self.parts.are_whole() {
            self.parts.trim(log)?;
        }
        Ok(())
    }
}
