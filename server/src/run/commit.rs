//! Commit, then act, then answer. Batches that are applied come down a bounded lane; a group of them
//! is committed at once, and only then are its actions published, its decisions readable and its
//! senders answered.

use super::answer::{Answer, Answers};
use super::ask::Reply;
use super::clock;
use super::conductor::Board;
use super::decisions::Decisions;
use super::gate::{Gate, Permit};
use super::meters::Meters;
use connectors::sse::Ring;
use crossbeam::channel::{Receiver, RecvTimeoutError};
use engine::door::Stand;
use engine::engine::Output;
use rules::value::Text;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Batches between apply and commit.
pub(crate) const APPLIED_MAX: usize = 64;

/// A batch that was applied and not committed yet: nobody but its shard has seen it.
pub(crate) struct Applied {
    /// What came of it, in the engine's order.
    pub(crate) output: Output,
    /// Who waits for it, in the order of lines.
    pub(crate) asks: Vec<Open>,
    /// Lines of the batch.
    pub(crate) lines: usize,
    /// Bytes of its records.
    pub(crate) bytes: usize,
    /// Door time, ms.
    pub(crate) door: i64,
    /// Where the door stood behind it.
    pub(crate) stand: Stand,
}

/// One request of a batch.
pub(crate) struct Open {
    /// Its first line in the batch, from 0, and how many it has.
    pub(crate) from: usize,
    pub(crate) count: usize,
    pub(crate) received: Instant,
    pub(crate) decision: Option<Text>,
    /// `None` when it was answered before the commit.
    pub(crate) reply: Option<oneshot::Sender<Reply>>,
    pub(crate) permit: Permit,
}

/// How long a group is waited for, and how large it gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) wait: Duration,
    pub(crate) bytes: usize,
}

/// What committed means here: where a decision is once it is answered.
pub(crate) const COMMITTED: &str = "memory";

/// Makes a group of batches last, all or none. State is in memory alone, and so is what is committed.
fn commit(_group: &[Applied]) -> Result<(), String> {
    Ok(())
}

/// What follows a commit: the views that others read.
pub(crate) struct Views {
    pub(crate) decisions: Arc<Decisions>,
    pub(crate) ring: Arc<Ring>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) board: Arc<Board>,
}

/// Commits until no batch can come any more.
///
/// # Errors
/// What stands in the way of a commit: nothing that was not committed may be acted upon.
pub(crate) fn run(lane: &Receiver<Applied>, group: Group, views: &Views) -> Result<(), String> {
    while let Ok(first) = lane.recv() {
        let batches = gather(lane, first, group, views);
        let began = clock::moment();
        commit(&batches)?;
        views.meters.commit.record(began.elapsed().as_secs_f64());
        // Committed: from here on it may be seen and acted upon, in this order.
        for batch in batches {
            settle(batch, views);
        }
    }
    Ok(())
}

/// A group: what has come, and what comes while others are still on their way. Nobody waits alone.
fn gather(lane: &Receiver<Applied>, first: Applied, group: Group, views: &Views) -> Vec<Applied> {
    let began = clock::moment();
    let mut bytes = first.bytes;
    let mut events = first.lines;
    let mut batches = vec![first];
    while bytes < group.bytes {
        let left = group.wait.saturating_sub(began.elapsed());
        let more = if views.gate.used() > events {
            lane.recv_timeout(left)
        } else {
            lane.try_recv().map_err(|_| RecvTimeoutError::Timeout)
        };
        let Ok(batch) = more else {
            break;
        };
        bytes = bytes.saturating_add(batch.bytes);
        events = events.saturating_add(batch.lines);
        batches.push(batch);
    }
    batches
}

fn settle(batch: Applied, views: &Views) {
    let answers = Answers::of(&batch.output, batch.lines);
    for settlement in &answers.settled {
        if let Some(id) = &settlement.decision {
            views.decisions.put(id, settlement, batch.door);
        }
    }
    let sent = answers.settled.iter().flat_map(|s| &s.actions);
    let lines = sent.map(|sent| (sent.kind, sent.json.to_string()));
    views.ring.publish(batch.door, lines);
    views.board.seq.store(batch.stand.seq, Ordering::Release);
    measure(&batch, &answers, views);
    for ask in batch.asks {
        let answered = answers.span(ask.from, ask.count);
        if let (Some(id), Some([Answer::Settled(settlement)])) =
            (&ask.decision, answered.as_deref())
            && settlement.decision.is_none()
            && !id.is_empty()
        {
            views.decisions.put(id, settlement, batch.door);
        }
        let took = ask.received.elapsed();
        views.meters.whole.record(took.as_secs_f64());
        if let Some(reply) = ask.reply {
            let told = answered.map_or(Reply::Stopped, |all| Reply::Done(all, true));
            // Whoever no longer waits has been answered with the fallback.
            let _ = reply.send(told);
        }
        drop(ask.permit);
    }
}

fn measure(batch: &Applied, answers: &Answers, views: &Views) {
    for answer in answers.all() {
        views.meters.answer(answer);
    }
    let timers = batch.output.outcomes.iter().filter(|o| o.line.is_none());
    let timers: Vec<&Text> = timers.map(|outcome| &outcome.event_id).collect();
    for settlement in &answers.settled {
        let timer = timers.contains(&&settlement.event_id);
        views.meters.settle(settlement, batch.door, timer);
    }
}
