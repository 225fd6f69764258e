//! What was told before a restart: decisions that are asked for, lines of the stream. Read back as far as
//! memory holds them.

use super::super::answer::Settlement;
use super::super::decisions::Decisions;
use super::ledger::{Kept, Spoken};
use connectors::sse::Ring;
use engine::log::{Frame, Section, View};
use rules::value::Text;
use std::sync::Arc;

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
pub(super) fn remember(frame: &Frame, decisions: &Decisions, ring: &Ring) {
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
pub(super) struct Memory<'a> {
    pub(super) decisions: &'a Decisions,
    pub(super) ring: &'a Ring,
}

impl Memory<'_> {
    /// Goes back from the last of these segments, which is read already, until both views are full;
    /// gives the first number of the oldest segment that was read.
    pub(super) fn older(&self, view: &View, starts: &[u64]) -> anyhow::Result<u64> {
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
