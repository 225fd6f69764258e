//! Commit, then act, then answer. Batches that are applied come down a bounded lane; a group of them
//! is committed at once, and only then are its actions published, its decisions readable and its
//! senders answered. In a fleet that is once others have it too: see [`afar`].

mod afar;

use super::answer::{Answer, Answers, Settlement};
use super::ask::Reply;
use super::backlog::Held;
use super::board::Board;
use super::clock;
use super::decisions::Decisions;
use super::gate::{Gate, Permit};
use super::look::Found;
use super::meters::Meters;
use super::outbox::Outbox;
use super::shelf::{Edition, Shelf};
use super::store::{Keeper, Part};
use super::taken::Taken;
use afar::Afar;
use connectors::sse::Ring;
use crossbeam::channel::{Receiver, RecvTimeoutError};
use engine::door::Stand;
use engine::engine::Output;
use engine::log::Era;
use engine::switch::Standing;
use rules::value::Text;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Events between apply and commit, and batches: with one event each, what comes in while the disk takes
/// its time over a sync.
pub(crate) const APPLIED_MAX: usize = 1_024;

/// A batch that was applied and not committed yet: nobody but its shard has seen it.
pub(crate) struct Applied {
    /// What came of it, in the engine's order.
    pub(crate) output: Output,
    /// The answers to its lines, where somebody had them before the commit.
    pub(crate) answers: Option<Answers>,
    /// Who waits for it, in the order of lines.
    pub(crate) asks: Vec<Open>,
    /// Lines of the batch.
    pub(crate) lines: usize,
    /// Its records, where they are kept.
    pub(crate) records: Vec<Vec<u8>>,
    /// Bytes of its records.
    pub(crate) bytes: usize,
    /// Where the door stood behind it.
    pub(crate) stand: Stand,
    /// A slice of the state for a snapshot.
    pub(crate) part: Option<Part>,
    /// The order that was carried out by it.
    pub(crate) given: Option<Given>,
    /// The answer to a question that changes nothing.
    pub(crate) found: Option<Found>,
    /// Door time, ms.
    pub(crate) door: i64,
    /// Its room between apply and commit.
    pub(crate) held: Option<Held>,
}

/// An order that was carried out.
pub(crate) struct Given {
    /// Its line in the log.
    pub(crate) line: String,
    /// The book that was taken up.
    pub(crate) edition: Option<(Edition, Era)>,
    /// What does not act behind it.
    pub(crate) standing: Standing,
    pub(crate) reply: oneshot::Sender<()>,
}

impl Given {
    /// The book that was taken up, and from which number on it decides.
    pub(crate) fn turn(&self) -> Option<(&Edition, &Era)> {
        self.edition.as_ref().map(|(edition, turn)| (edition, turn))
    }
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
    /// What a source took with it.
    pub(crate) taken: Option<Box<Taken>>,
}

/// How long a group is waited for, and how large it gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) wait: Duration,
    pub(crate) bytes: usize,
}

/// What follows a commit: the views that others read.
#[derive(Clone)]
pub(crate) struct Views {
    pub(crate) decisions: Arc<Decisions>,
    pub(crate) ring: Arc<Ring>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) board: Arc<Board>,
    pub(crate) shelf: Arc<Shelf>,
    /// What of the log is out, where somebody delivers it.
    pub(crate) outbox: Option<Arc<Outbox>>,
    /// It is one of a fleet: committed is what the others have too.
    pub(crate) fleet: bool,
}

/// How often the disk is asked for its room.
const LOOK: Duration = Duration::from_millis(250);

/// Commits until no batch can come any more. Without a keeper state is in memory alone, and so is
/// what is committed.
///
/// # Errors
/// What stands in the way of a commit: nothing that was not committed may be acted upon.
pub(crate) fn run(
    lane: &Receiver<Applied>,
    group: Group,
    views: &Views,
    mut keeper: Option<Keeper>,
) -> Result<(), String> {
    let mut looked: Option<Instant> = None;
    let afar = Afar::begin(views)?;
    // Of the next action in the stream.
    let mut number = views.ring.newest() + 1;
    loop {
        if let Some(keeper) = &mut keeper
            && looked.is_none_or(|looked| looked.elapsed() >= LOOK)
        {
            looked = Some(clock::moment());
            views.gate.set_room(keeper.has_room()?);
        }
        let first = match lane.recv_timeout(LOOK) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let batches = gather(lane, first, group, views).into_iter();
        let mut group: Vec<(Applied, Answers)> = batches
            .map(|mut batch| {
                let made = batch.answers.take();
                let answers = made.unwrap_or_else(|| Answers::of(&batch.output, batch.lines));
                (batch, answers)
            })
            .collect();
        let began = clock::moment();
        if let Some(keeper) = &mut keeper {
            number = keeper.commit(&mut group, number)?;
        }
        views.meters.commit.record(began.elapsed().as_secs_f64());
        if let (Some(outbox), Some(keeper)) = (&views.outbox, &keeper) {
            outbox.show(keeper.view());
        }
        if let Some(keeper) = &mut keeper {
            parts(&mut group, keeper)?;
        }
        // Committed: from here on it may be seen and acted upon, in this order.
        match &afar {
            Some(afar) => afar.settle(group),
            None => group
                .into_iter()
                .for_each(|(batch, answers)| settle(batch, &answers, views)),
        }
        if let Some(keeper) = &keeper {
            views
                .board
                .written
                .store(keeper.written(), Ordering::Release);
        }
    }
    drop(afar);
    keeper.map_or(Ok(()), Keeper::close)
}

/// Slices of snapshots go their own way.
fn parts(group: &mut [(Applied, Answers)], keeper: &mut Keeper) -> Result<(), String> {
    for (batch, _) in group {
        if let Some(part) = batch.part.take() {
            let ends = part.ends;
            keeper.snapshot(part, batch.stand.seq);
            if ends {
                keeper.trim(batch.door)?;
            }
        }
    }
    Ok(())
}

impl Applied {
    /// Decisions that were asked for by an id where no rule had anything to say.
    pub(crate) fn asked<'a>(
        &'a self,
        answers: &'a Answers,
    ) -> impl Iterator<Item = (&'a Text, Arc<Settlement>)> {
        self.asks.iter().filter_map(|ask| {
            let id = ask.decision.as_ref().filter(|id| !id.is_empty())?;
            let mut answered = answers.look(ask.from, ask.count);
            match (answered.next(), answered.next()) {
                (Some(Answer::Settled(settlement)), None) if settlement.decision.is_none() => {
                    Some((id, Arc::clone(settlement)))
                }
                _ => None,
            }
        })
    }
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

fn settle(batch: Applied, answers: &Answers, views: &Views) {
    for settlement in &answers.settled {
        if let Some(id) = &settlement.decision {
            views.decisions.put(id, settlement, batch.door);
        }
    }
    for (id, settlement) in batch.asked(answers) {
        views.decisions.put(id, &settlement, batch.door);
    }
    for sent in answers.settled.iter().flat_map(|s| &s.withdrawn) {
        if let Some(action) = &sent.withdraws {
            views.decisions.withdraw(action);
        }
    }
    let sent = answers.settled.iter().flat_map(|s| s.spoken());
    let lines = sent.map(|sent| (sent.kind, Arc::clone(&sent.json)));
    views.ring.publish(batch.door, lines);
    views.board.seq.store(batch.stand.seq, Ordering::Release);
    measure(&batch, answers, views);
    if let Some(given) = batch.given {
        views.board.set_standing(given.standing);
        if let Some((edition, turn)) = given.edition {
            views.meters.book(&views.shelf.book(), &edition.book);
            views.shelf.put(edition, turn);
        }
        // Whoever no longer waits reads it in the status.
        let _ = given.reply.send(());
    }
    if let Some(Found { seen, reply }) = batch.found {
        let _ = reply.send(seen);
    }
    for ask in batch.asks {
        let answered = answers.span(ask.from, ask.count);
        let took = ask.received.elapsed();
        views.meters.whole.record(took.as_secs_f64());
        // Whoever is answered finds the room that was its own.
        drop(ask.permit);
        if let Some(reply) = ask.reply {
            let told = answered.map_or(Reply::Stopped, |all| Reply::Done(all, true));
            // Whoever no longer waits has been answered with the fallback.
            let _ = reply.send(told);
        }
    }
    drop(batch.held);
}

fn measure(batch: &Applied, answers: &Answers, views: &Views) {
    for ask in &batch.asks {
        let source = ask.taken.as_ref().map(|taken| &taken.source);
        for answer in answers.look(ask.from, ask.count) {
            views.meters.answer(answer, source);
        }
    }
    let timers = batch.output.outcomes.iter().filter(|o| o.line.is_none());
    let timers: BTreeSet<&Text> = timers.map(|outcome| &outcome.event_id).collect();
    for settlement in &answers.settled {
        let timer = timers.contains(&&settlement.event_id);
        views.meters.settle(settlement, batch.door, timer);
    }
}
