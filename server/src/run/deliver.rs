//! Delivery: whoever follows the log behind the commit and puts its actions on their topics. A batch of
//! the log goes out as a whole, in the log's order; how far that came is said in the transaction that
//! takes it out, or, where there is none, in the log.

mod copies;
mod lines;
mod others;
mod wanted;

use super::clock;
use super::fleet::lead_on;
use super::hand::{Hand, is_over};
use super::meters::topics::Sending;
use super::node::Node;
use super::outbox::{Out, Outbox};
use crate::config::kafka::{Grade, Sink};
use connectors::kafka::mark::{self, Mark};
use connectors::kafka::producer::Producer;
use connectors::kafka::settings::{Settings, Timing};
use connectors::kafka::topics as cluster;
use connectors::kafka::triage::{Call, Class, Failure};
use copies::Copies;
use crossbeam::channel::Receiver;
use engine::log::Frames;
use lines::Shipment;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

pub(crate) use wanted::{PARTITIONS, look, topics, wanted};

/// Between two looks when nobody wakes it.
const LOOK: Duration = Duration::from_millis(100);
/// How long it is rested after a failure, at first and at most.
const REST: Duration = Duration::from_millis(50);
const REST_MAX: Duration = Duration::from_secs(2);

/// Starts the delivery of a node that has a sink; with a producer that has fenced its predecessors already,
/// and the number up to which all is out, where these are known.
pub(crate) fn start(
    node: &Arc<Node>,
    begun: Option<(Producer, u64)>,
) -> anyhow::Result<Option<Hand>> {
    let (Some(sink), Some(outbox)) = (&node.config.sink, &node.outbox) else {
        return Ok(None);
    };
    let mut deliver = Deliver {
        sending: node.meters.sending(&sink.name),
        sink: sink.clone(),
        outbox: Arc::clone(outbox),
        node: Arc::clone(node),
        runtime: Handle::current(),
        // Whoever took the lead over has looked.
        is_looked_over: begun.is_some(),
        term: node.fleet.as_ref().and_then(|fleet| fleet.term()),
        begun: begun.filter(|(_, seq)| *seq > 0),
        copies: Copies::default(),
    };
    // Told to stop, it sends what there is; what is left is sent after the next start.
    let work = move |stopped: &Receiver<()>| deliver.run(stopped);
    Ok(Some(Hand::begin(format!("sink {}", sink.name), work)?))
}

struct Deliver {
    node: Arc<Node>,
    sink: Sink,
    outbox: Arc<Outbox>,
    sending: Sending,
    runtime: Handle,
    /// The topics were found to be as they must be.
    is_looked_over: bool,
    /// The term in which it leads a fleet.
    term: Option<u64>,
    /// A producer to begin with, and up to which number all is out.
    begun: Option<(Producer, u64)>,
    /// What those need who begin to follow.
    copies: Copies,
}

/// It was told to stop, and nothing is left.
struct Over;

impl Deliver {
    fn run(&mut self, stopped: &Receiver<()>) {
        let mut rest = REST;
        loop {
            let before = self.outbox.out();
            let failure = match self.life(stopped) {
                Ok(Over) => return,
                Err(failure) => failure,
            };
            let (reason, what) = (failure.class.name(), failure.to_string());
            if self.node.config.fleet.is_some() {
                // Of a round that was on, nobody knows what is out.
                self.copies = Copies::default();
                self.outbox.begin_round();
            }
            self.node.meters.aborted(&self.sending, reason);
            if failure.class == Class::Fatal {
                let name = &self.sink.name;
                self.node.fail(format!("sink `{name}`: {what}"));
                return;
            }
            if self.outbox.oldest() == 0 {
                // Nothing was looked at yet: what waits is known all the same.
                let _ = self.gather(&mut None, self.outbox.out().seq);
            }
            tracing::warn!(
                sink = self.sink.name,
                what,
                "a sending failed, and is made again"
            );
            rest = if self.outbox.out() == before {
                (rest * 2).min(REST_MAX)
            } else {
                REST
            };
            // Told to stop while the brokers are away: what is left is sent after the next start.
            if is_over(stopped, rest) {
                return;
            }
        }
    }

    /// One producer's life: it ends with the first failure, and the next one begins where that left off.
    fn life(&mut self, stopped: &Receiver<()>) -> Result<Over, Failure> {
        self.look_over()?;
        let (producer, mut from) = match self.begun.take() {
            Some((producer, seq)) => (producer, Out { seq, sealed: seq }),
            None => self.begin_anew()?,
        };
        self.outbox.set_out(from);
        let mut frames: Option<Frames> = None;
        loop {
            let began = clock::moment();
            let mut shipment = self.gather(&mut frames, from.seq)?;
            self.copy(&producer, &mut shipment, from.seq)?;
            if shipment.records.is_empty() && shipment.seq == from.seq {
                self.outbox.set_oldest(0);
                if self.wait(stopped) {
                    return Ok(Over);
                }
                continue;
            }
            from = self.ship(&producer, &shipment, from)?;
            self.outbox.set_out(from);
            self.let_go();
            // A transaction costs the brokers the same whatever is in it; a record by itself costs no more alone.
            let every = self.sink.every.saturating_sub(began.elapsed());
            if self.is_exact() && !shipment.records.is_empty() && !every.is_zero() {
                std::thread::sleep(every);
            }
        }
    }

    fn is_exact(&self) -> bool {
        self.sink.grade == Grade::ExactlyOnce
    }

    /// The topics are there and as they must be; none is ever made here.
    fn look_over(&mut self) -> Result<(), Failure> {
        if self.is_looked_over {
            return Ok(());
        }
        let looked = self
            .runtime
            .block_on(look(&self.sink, self.node.config.fleet.as_ref()));
        match looked {
            Err(what) => return Err(failure(Class::Unknown, Call::Open, what)),
            Ok(Some(what)) => return Err(failure(Class::Fatal, Call::Open, what)),
            Ok(None) => {}
        }
        self.is_looked_over = true;
        Ok(())
    }

    /// A producer, and where the one before it ended.
    fn begin_anew(&self) -> Result<(Producer, Out), Failure> {
        if self.is_exact() {
            // Who has no right to this name fences nobody.
            self.resume(0)?;
        }
        let producer = self.begin()?;
        let looks = u32::try_from(self.sink.transaction.as_millis() / 20).unwrap_or(u32::MAX);
        let from = self.resume(looks.max(1))?;
        Ok((producer, from))
    }

    /// A producer that nobody else sends beside.
    fn begin(&self) -> Result<Producer, Failure> {
        let (own, name) = (self.node.config.identity(), &self.sink.name);
        let client = format!("deft-{own}-{name}");
        let timing = Timing::of(self.sink.transaction);
        let cluster = &self.sink.cluster;
        let settings = if self.is_exact() {
            Settings::transactional(cluster, &client, &client, timing)
        } else {
            Settings::producer(cluster, &client, timing)
        };
        self.sending.producers.increment(1);
        let producer = Producer::open(&settings, self.sink.transaction)?;
        if self.is_exact() {
            producer.fence()?;
        }
        Ok(producer)
    }

    /// Where the last sending ended: by its own mark, where there are any.
    fn resume(&self, looks: u32) -> Result<Out, Failure> {
        let out = self.outbox.out();
        if !self.is_exact() {
            return Ok(out);
        }
        let node = self.node.config.identity();
        let last = mark::last(&self.sink.cluster, &self.sink.marks, node, looks);
        let last = last.map_err(|what| failure(Class::Unknown, Call::Init, what))?;
        self.judge(last, out, looks)
            .map_err(|what| failure(Class::Fatal, Call::Init, what))
    }

    /// Whether the mark is one of this store, and neither older nor newer than can be.
    fn judge(&self, last: Option<Mark>, out: Out, looks: u32) -> Result<Out, String> {
        let (marks, node) = (&self.sink.marks, self.node.config.identity());
        let Some(view) = self.outbox.view() else {
            return Err("there is no log to send from".to_owned());
        };
        let store = view.id().to_string();
        let mend = "give the node another `[node] name` to send anew from where its own log says";
        match last {
            Some(mark) if mark.store != store => Err(format!(
                "the mark of `{node}` on `{marks}` is of another store ({}, and this one is {store}): {mend}",
                mark.store
            )),
            // To begin another producer would put that node out, and this one would send what is not true.
            Some(mark) if mark.term > self.term => Err(format!(
                "another node has led the fleet since: its mark on `{marks}` is of a later term"
            )),
            Some(mark) if mark.seq > view.durable() => Err(format!(
                "actions up to number {} are out and the log ends at {}: it lost its end, or is an older copy; {mend}",
                mark.seq,
                view.durable()
            )),
            Some(mark) if mark.seq >= out.sealed => Ok(Out {
                seq: mark.seq.max(out.seq),
                sealed: mark.seq,
            }),
            None if out.sealed == 0 => Ok(out),
            // What is not settled yet cannot be read: it is asked again behind the fence.
            _ if looks == 0 => Ok(out),
            older => Err(format!(
                "`{marks}` says that actions up to number {} are out, and they are up to {}: the topic lost its end \
                 or was made anew; {mend}",
                older.map_or(0, |mark| mark.seq),
                out.sealed
            )),
        }
    }

    /// What is durable and not out.
    fn gather(&self, frames: &mut Option<Frames>, from: u64) -> Result<Shipment, Failure> {
        let told = |error: engine::log::Error| failure(Class::Fatal, Call::Open, error.to_string());
        let Some(view) = self.outbox.view() else {
            return Ok(Shipment::behind(from));
        };
        let id = view.id();
        let frames = match frames {
            Some(frames) => {
                frames.follow(view).map_err(told)?;
                frames
            }
            none => none.insert(view.frames_since(from).map_err(told)?),
        };
        let mut shipment = Shipment::behind(from);
        while !shipment.is_full() {
            let Some(frame) = frames.next() else { break };
            let frame = frame.map_err(told)?;
            let fleet = self.node.config.fleet.as_ref();
            let divided = fleet.and_then(|fleet| fleet.divided.as_ref());
            let first = shipment.take(&frame, &self.sink, divided, &self.node.config.node.name);
            if let Some(fleet) = fleet {
                let copied = shipment.copy(&frame, id, fleet, self.node.shelf.library.as_ref());
                copied.map_err(|what| failure(Class::Fatal, Call::Open, what))?;
            }
            let first = first.map_err(|what| failure(Class::Fatal, Call::Open, what))?;
            if let Some(door) = first {
                self.outbox.set_oldest(door);
            }
        }
        Ok(shipment)
    }

    /// Adds what those need who begin to follow: before all else where a copy may begin, behind it slices of
    /// the state.
    fn copy(
        &mut self,
        producer: &Producer,
        shipment: &mut Shipment,
        from: u64,
    ) -> Result<(), Failure> {
        let Some(fleet) = &self.node.config.fleet else {
            return Ok(());
        };
        let Some(view) = self.outbox.view() else {
            return Ok(());
        };
        let told = |error: engine::log::Error| failure(Class::Fatal, Call::Open, error.to_string());
        // Asked behind the view that was read from: a round is told before what it begins with is shown.
        if self.outbox.take_round() {
            let end = producer.end(&fleet.changelog)?;
            let leader = self.node.fleet.as_ref();
            let term = leader.and_then(|fleet| fleet.state().leader);
            let library = self.node.shelf.library.as_ref();
            let begins = self.copies.begin(&view, from, end, term, library);
            shipment.put_first(&begins.map_err(told)?, fleet);
        }
        let slices = self.copies.slices(&view, shipment.seq, &self.outbox);
        shipment.put_last(&slices.map_err(told)?, fleet);
        Ok(())
    }

    /// A round that is out: this node would read on from there, and nobody needs what lies before the one
    /// before.
    fn let_go(&mut self) {
        let (Some(fleet), Some(round)) = (&self.node.config.fleet, self.copies.out()) else {
            return;
        };
        if let Some(dir) = &self.node.config.node.data
            && let Err(error) = lead_on(dir, round.begun, round.footing)
        {
            // A full disk stops intake, and not the one that leads: a restart would make its copy anew.
            tracing::warn!(
                what = format!("{error:#}"),
                "where to read on from is not written down"
            );
        }
        let Some(before) = round.before else {
            return;
        };
        let gone = cluster::delete_before(&self.sink.cluster, &fleet.changelog, before);
        if let Err(what) = self.runtime.block_on(gone) {
            // It is tried again with the next round.
            tracing::warn!(what, "the changelog keeps what nobody needs");
        }
    }

    /// Sends all of it: with its mark, or not at all.
    fn ship(&self, producer: &Producer, shipment: &Shipment, from: Out) -> Result<Out, Failure> {
        let mut out = Out {
            seq: shipment.seq,
            sealed: from.sealed,
        };
        if shipment.records.is_empty() {
            return Ok(out);
        }
        let began = clock::moment();
        if self.is_exact() {
            producer.begin()?;
        }
        for record in &shipment.records {
            producer.put(record)?;
        }
        if self.is_exact() {
            let store = self
                .outbox
                .view()
                .map_or_else(String::new, |view| view.id().to_string());
            let mark = Mark {
                store,
                seq: shipment.seq,
                term: self.term,
            };
            producer.put(&mark.out(&self.sink.marks, self.node.config.identity()))?;
            out.sealed = shipment.seq;
        }
        producer.drain()?;
        if self.is_exact() {
            producer.commit()?;
        }
        self.sending.commit.record(began.elapsed().as_secs_f64());
        self.sending.copied.increment(shipment.copied as u64);
        for (channel, count) in &shipment.channels {
            self.node.meters.delivered(channel, *count);
        }
        Ok(out)
    }

    /// Waits until something may have come; true when it was told to stop.
    fn wait(&self, stopped: &Receiver<()>) -> bool {
        crossbeam::channel::select! {
            recv(self.outbox.woken()) -> _ => false,
            recv(stopped) -> _ => true,
            default(LOOK) => false,
        }
    }
}

fn failure(class: Class, call: Call, what: String) -> Failure {
    Failure { class, call, what }
}
