//! The conductor: one thread that owns the engine. It takes asks from the lanes, applies them in
//! micro-batches, and hands what came of them on to be committed. It alone gives the door its clock.

use super::ask::{Ask, Lanes, Reply, place};
use super::backlog::Backlog;
use super::board::{Board, put};
use super::clock::{self, DoorClock};
use super::commit::{Applied, Given, Open};
use super::early;
use super::look::Look;
use super::meters::{Meters, Shed};
use super::order::{Order, What};
use super::outbox::Outbox;
use super::rounds::Rounds;
use super::scale::Scale;
use super::store::Part as StatePart;
use crossbeam::channel::{Receiver, Sender, select_biased};
use engine::crew::Fault;
use engine::engine::{Engine, Output};
use engine::log::Era;
use engine::shard::Record;
use rules::interpreter::Interpreter;
use rules::rule::Class;
use rules::value::Text;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// Events of a micro-batch: enough to share the barriers, few enough to be answered at once.
const BATCH_EVENTS: usize = 512;
/// How often the clock is looked at for timers.
const TICK: Duration = Duration::from_millis(100);
/// How often the counters of rules are read.
const TALLY: Duration = Duration::from_secs(2);
/// An ask that waited longer is turned away …
const PATIENCE: Duration = Duration::from_millis(500);
/// … and so soon when the lanes have not been empty for [`BUSY_AFTER`].
const PATIENCE_BUSY: Duration = Duration::from_millis(50);
/// The lanes are overloaded when they were not empty for so long.
const BUSY_AFTER: Duration = Duration::from_millis(100);

/// The owner of the engine.
pub(crate) struct Conductor {
    pub(crate) engine: Engine,
    /// The hash of the book in force.
    pub(crate) book: Text,
    pub(crate) lanes: Lanes,
    /// Closed when nothing more will come.
    pub(crate) stop: Receiver<()>,
    pub(crate) applied: Sender<Applied>,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) board: Arc<Board>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) scale: Scale,
    /// What the door is told of time.
    pub(crate) clock: DoorClock,
    /// When snapshots are made; `None`: nothing is kept.
    pub(crate) rounds: Option<Rounds>,
    /// What of the log is out, where somebody delivers it.
    pub(crate) outbox: Option<Arc<Outbox>>,
}

/// Why the conductor stops before it is told to.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The engine can no longer vouch for its state.
    Fault(Fault),
    /// What is applied can no longer be committed: the committer says why.
    Closed,
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What is to be done next.
enum Next {
    Order(Order),
    Look(Look),
    Ask(Box<Ask>),
    Nothing,
    End,
}

/// When the conductor did what.
struct Times {
    tick: Instant,
    tally: Instant,
    /// The lanes were last found empty.
    empty: Instant,
}

impl Conductor {
    /// Works until it is told to stop; what is in the lanes then is done first. Says why it had to stop
    /// before, and gives the engine back: to let go of much state takes a while, and nobody waits for it.
    pub(crate) fn run(mut self) -> (Result<(), Halt>, Engine) {
        let done = self.work();
        (done, self.engine)
    }

    fn work(&mut self) -> Result<(), Halt> {
        let now = clock::moment();
        let mut times = Times {
            tick: now,
            tally: now,
            empty: now,
        };
        loop {
            if !self.backlog.shortens(TICK) {
                self.keep_time(&mut times)?;
                continue;
            }
            let idle = self.lanes.is_empty();
            let next = self.wait(&times);
            if idle {
                // They were empty up to now: whoever comes first has waited for the machine alone.
                times.empty = clock::moment();
            }
            match next {
                Next::Order(order) => self.carry_out(order)?,
                Next::Ask(first) => {
                    self.batch(first, &mut times)?;
                    if let Ok(look) = self.lanes.looks.try_recv() {
                        self.look(look)?;
                    }
                }
                Next::Look(look) => self.look(look)?,
                Next::Nothing => {}
                Next::End => return self.leave(),
            }
            self.keep_time(&mut times)?;
        }
    }

    /// The next ask, the time of a tick, or the end.
    fn wait(&self, times: &Times) -> Next {
        let asked = |ask: Result<Box<Ask>, _>| ask.map_or(Next::Nothing, Next::Ask);
        let left = TICK.saturating_sub(times.tick.elapsed());
        let slice = self.rounds.as_ref().and_then(Rounds::wait);
        let left = left.min(slice.unwrap_or(left));
        select_biased! {
            recv(self.lanes.orders) -> order => order.map_or(Next::Nothing, Next::Order),
            recv(self.lanes.fraud) -> ask => asked(ask),
            recv(self.lanes.service) -> ask => asked(ask),
            recv(self.lanes.retention) -> ask => asked(ask),
            recv(self.lanes.commercial) -> ask => asked(ask),
            recv(self.lanes.pulled) -> ask => asked(ask),
            recv(self.lanes.looks) -> look => look.map_or(Next::Nothing, Next::Look),
            recv(self.stop) -> _ => Next::End,
            default(left) => Next::Nothing,
        }
    }

    /// Carries an order out: what is behind it in the lanes is decided so.
    fn carry_out(&mut self, order: Order) -> Result<(), Halt> {
        let (door, began) = (self.clock.read(), clock::moment());
        let line = order.line().to_string();
        let by = order.by.to_string();
        let why = (order.why, order.by);
        let (output, edition) = match order.what {
            What::Switch { switch, on } => (self.engine.switch(switch, on, why, door)?, None),
            What::Book(edition, ready) => {
                let (book, plan) = (&edition.book, &edition.plan);
                let exchanged = self.engine.exchange(book, plan, ready, door)?;
                retire(exchanged.retired);
                let output = exchanged.output;
                self.book = edition.book.hash.clone();
                let stand = self.engine.stand();
                let turn = Era {
                    seq: stand.seq,
                    at: stand.clock.unwrap_or(door),
                    book: edition.book.hash.to_string(),
                    by,
                };
                (output, Some((edition, turn)))
            }
        };
        if edition.is_some() {
            if let Some(rounds) = &mut self.rounds {
                rounds.again();
            }
            self.count()?;
            let took = began.elapsed();
            tracing::info!(took_us = took.as_micros(), "a book was taken up");
        }
        let given = Given {
            line,
            edition,
            standing: self.engine.standing()?,
            reply: order.reply,
        };
        let mut batch = self.of_clock(output, None, door);
        batch.given = Some(given);
        self.hand_on(batch)
    }

    fn batch(&mut self, first: Box<Ask>, times: &mut Times) -> Result<(), Halt> {
        let mut asks = Vec::new();
        let mut events = 0;
        let mut next = Some(first);
        // A source never waits behind those who push, nor they behind it: each batch has room for both.
        let mut pulled = self.lanes.pulled.try_recv().ok();
        while let Some(ask) = next {
            if self.is_fresh(&ask, times) {
                events += ask.records.len();
                asks.push(*ask);
            } else {
                self.meters.shed(ask.class, Shed::Waited);
                let Ask { reply, permit, .. } = *ask;
                drop(permit);
                let _ = reply.send(Reply::Shed);
            }
            if events >= BATCH_EVENTS {
                break;
            }
            next = pulled.take().or_else(|| self.lanes.next());
            if next.is_none() {
                times.empty = clock::moment();
            }
        }
        asks.extend(pulled.map(|ask| *ask));
        if asks.is_empty() {
            return Ok(());
        }
        self.apply(asks)
    }

    /// Shedding is by time in the queue. A verdict is never shed: who asks for one has a deadline and
    /// a fallback, and its event is decided once all the same.
    fn is_fresh(&self, ask: &Ask, times: &Times) -> bool {
        let waited = ask.received.elapsed();
        if let Some(queue) = self.meters.queue.get(place(ask.class)) {
            queue.record(waited.as_secs_f64());
        }
        if ask.class == Class::Fraud || ask.decision.is_some() || ask.taken.is_some() {
            return true;
        }
        let busy = times.empty.elapsed() > BUSY_AFTER;
        waited <= if busy { PATIENCE_BUSY } else { PATIENCE }
    }

    fn apply(&mut self, asks: Vec<Ask>) -> Result<(), Halt> {
        let events = asks.iter().map(|ask| ask.records.len()).sum();
        let held = self.backlog.add(events);
        let began = clock::moment();
        let mut records = Vec::with_capacity(events);
        let mut open = Vec::with_capacity(asks.len());
        let mut grades = Vec::with_capacity(asks.len());
        let mut bytes = 0;
        for ask in asks {
            grades.push(ask.grade);
            open.push(Open {
                from: records.len(),
                count: ask.records.len(),
                received: ask.received,
                decision: ask.decision,
                reply: Some(ask.reply),
                permit: ask.permit,
                taken: ask.taken,
            });
            for record in ask.records {
                bytes += record.len();
                let line = u64::try_from(records.len()).unwrap_or(u64::MAX);
                records.push(Record {
                    line: line.saturating_add(1),
                    bytes: record,
                });
            }
        }
        let lines = records.len();
        let kept = self.rounds.as_ref().map_or_else(Vec::new, |_| {
            records.iter().map(|record| record.bytes.clone()).collect()
        });
        let mut door = self.clock.read();
        let before = self.engine.stand().seq;
        let mut output = self.engine.push_live(records, door)?;
        if self.engine.stand().seq == before && open.iter().any(|ask| ask.taken.is_some()) {
            // How far a source read is written though nothing of it was an event.
            door = self.pulse(door, &mut output)?;
        }
        self.meters.apply.record(began.elapsed().as_secs_f64());
        let answers = early::answer(&output, lines, &grades, &mut open);
        self.hand_on(Applied {
            output,
            answers,
            asks: open,
            lines,
            records: kept,
            bytes,
            stand: self.engine.stand(),
            part: None,
            given: None,
            found: None,
            door,
            held: Some(held),
        })
    }

    /// Hands a batch on to be committed. A lane that is full makes the conductor wait.
    pub(super) fn hand_on(&self, batch: Applied) -> Result<(), Halt> {
        self.applied.send(batch).map_err(|_| Halt::Closed)
    }

    fn keep_time(&mut self, times: &mut Times) -> Result<(), Halt> {
        if times.tick.elapsed() >= TICK {
            times.tick = clock::moment();
            self.tick()?;
        }
        self.snapshot()?;
        if times.tally.elapsed() >= TALLY {
            times.tally = clock::moment();
            self.count()?;
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), Halt> {
        let door = self.clock.read();
        if let Some(output) = self.engine.tick_live(door)? {
            self.meters.ticks.increment(1);
            self.hand_on(self.of_clock(output, None, door))?;
        }
        Ok(())
    }

    /// What came of the clock alone.
    pub(super) fn of_clock(&self, output: Output, part: Option<StatePart>, door: i64) -> Applied {
        Applied {
            output,
            answers: None,
            asks: Vec::new(),
            lines: 0,
            records: Vec::new(),
            bytes: 0,
            stand: self.engine.stand(),
            part,
            given: None,
            found: None,
            door,
            held: Some(self.backlog.add(0)),
        }
    }

    fn count(&mut self) -> Result<(), Halt> {
        let tally = self.engine.tally()?;
        put(&self.board.tally, (self.book.clone(), tally));
        let size = self.engine.size()?;
        put(&self.board.size, size);
        let weight = self.scale.turn(&mut self.engine, size)?;
        put(&self.board.weight, weight);
        put(&self.board.told, self.engine.rounds()?);
        let braked = self.engine.standing()?.braked;
        let standing = self.board.standing.lock();
        standing.unwrap_or_else(PoisonError::into_inner).braked = braked;
        Ok(())
    }

    /// Everything that was let in is done; then the lane of batches is closed behind.
    fn leave(&mut self) -> Result<(), Halt> {
        while let Ok(order) = self.lanes.orders.try_recv() {
            self.carry_out(order)?;
        }
        while let Some(ask) = self.lanes.next() {
            let mut times = Times {
                tick: clock::moment(),
                tally: clock::moment(),
                empty: clock::moment(),
            };
            self.batch(ask, &mut times)?;
        }
        self.tell_out()?;
        self.count()
    }
}

/// Drops what a former book leaves where no event waits for it.
fn retire(interpreters: Vec<Interpreter>) {
    let dropped = std::thread::Builder::new().name("retire".to_owned());
    // Where there is no thread to be had, it is dropped here.
    let _ = dropped.spawn(move || drop(interpreters));
}
