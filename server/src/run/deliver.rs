//! Delivery: whoever follows the log behind the commit and puts its actions on their topics. A batch of
//! the log goes out as a whole, in the log's order; how far that came is said in the transaction that
//! takes it out, or, where there is none, in the log.

mod lines;

use super::clock;
use super::meters::topics::Sending;
use super::node::Node;
use super::outbox::{Out, Outbox};
use super::tokens::KINDS;
use crate::config::kafka::{Grade, Sink};
use connectors::kafka::mark::{self, Mark};
use connectors::kafka::producer::Producer;
use connectors::kafka::settings::{Settings, Timing};
use connectors::kafka::topics::{self as cluster, Found, Wanted};
use connectors::kafka::triage::{Call, Class, Failure};
use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use engine::log::Frames;
use lines::Shipment;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;

/// Between two looks when nobody wakes it.
const LOOK: Duration = Duration::from_millis(100);
/// How long it is rested after a failure, at first and at most.
const REST: Duration = Duration::from_millis(50);
const REST_MAX: Duration = Duration::from_secs(2);
/// Partitions that topics are made with unless it is said otherwise.
pub(crate) const PARTITIONS: i32 = 12;

/// A thread that delivers; told to stop, it sends what there is and ends.
pub(crate) struct Delivery {
    stop: Sender<()>,
    ended: Receiver<()>,
    thread: JoinHandle<()>,
}

impl Delivery {
    /// Ends it within this time; what is left is sent after the next start.
    pub(crate) fn end(self, patience: Duration) {
        drop(self.stop);
        if matches!(
            self.ended.recv_timeout(patience),
            Err(RecvTimeoutError::Disconnected)
        ) {
            let _ = self.thread.join();
        }
    }
}

/// Starts the delivery of a node that has a sink.
pub(crate) fn start(node: &Arc<Node>) -> anyhow::Result<Option<Delivery>> {
    let (Some(sink), Some(outbox)) = (&node.config.sink, &node.outbox) else {
        return Ok(None);
    };
    let (stop, stopped) = bounded(0);
    let (tell, ended) = bounded(0);
    let mut deliver = Deliver {
        sending: node.meters.sending(&sink.name),
        sink: sink.clone(),
        outbox: Arc::clone(outbox),
        node: Arc::clone(node),
        runtime: Handle::current(),
        stopped,
        is_looked_over: false,
    };
    let thread = std::thread::Builder::new().name(format!("sink {}", sink.name));
    let thread = thread.spawn(move || {
        deliver.run();
        drop(tell);
    })?;
    Ok(Some(Delivery {
        stop,
        ended,
        thread,
    }))
}

/// Every topic a sink writes to.
pub(crate) fn topics(sink: &Sink) -> Vec<String> {
    wanted(sink, PARTITIONS)
        .into_iter()
        .map(|one| one.name)
        .collect()
}

/// The topics of a sink, as they must be.
pub(crate) fn wanted(sink: &Sink, partitions: i32) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    for kind in KINDS {
        let name = sink.topic_of(kind);
        if all.iter().all(|one| one.name != name) {
            all.push(Wanted {
                name,
                partitions,
                exactly: false,
                settings: vec![("cleanup.policy", "delete", true)],
            });
        }
    }
    all.push(Wanted {
        name: sink.quarantine.clone(),
        partitions,
        exactly: false,
        settings: vec![
            ("cleanup.policy", "delete", true),
            ("retention.ms", "2592000000", false),
        ],
    });
    if sink.grade == Grade::ExactlyOnce {
        all.push(Wanted {
            name: sink.marks.clone(),
            partitions: 1,
            exactly: true,
            settings: vec![
                ("cleanup.policy", "compact", true),
                ("segment.ms", "600000", false),
                ("min.cleanable.dirty.ratio", "0.1", false),
            ],
        });
    }
    all
}

struct Deliver {
    node: Arc<Node>,
    sink: Sink,
    outbox: Arc<Outbox>,
    sending: Sending,
    runtime: Handle,
    stopped: Receiver<()>,
    /// The topics were found to be as they must be.
    is_looked_over: bool,
}

/// It was told to stop, and nothing is left.
struct Over;

impl Deliver {
    fn run(&mut self) {
        let mut rest = REST;
        loop {
            let before = self.outbox.out();
            let failure = match self.life() {
                Ok(Over) => return,
                Err(failure) => failure,
            };
            let (reason, what) = (failure.class.name(), failure.to_string());
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
            if !matches!(
                self.stopped.recv_timeout(rest),
                Err(RecvTimeoutError::Timeout)
            ) {
                return;
            }
        }
    }

    /// One producer's life: it ends with the first failure, and the next one begins where that left off.
    fn life(&mut self) -> Result<Over, Failure> {
        self.look_over()?;
        if self.is_exact() {
            // Who has no right to this name fences nobody.
            self.resume(0)?;
        }
        let producer = self.begin()?;
        let looks = u32::try_from(self.sink.transaction.as_millis() / 20).unwrap_or(u32::MAX);
        let mut from = self.resume(looks.max(1))?;
        self.outbox.set_out(from);
        let mut frames: Option<Frames> = None;
        loop {
            let began = clock::moment();
            let shipment = self.gather(&mut frames, from.seq)?;
            if shipment.records.is_empty() && shipment.seq == from.seq {
                self.outbox.set_oldest(0);
                if self.wait() {
                    return Ok(Over);
                }
                continue;
            }
            from = self.ship(&producer, &shipment, from)?;
            self.outbox.set_out(from);
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
        let wanted = wanted(&self.sink, PARTITIONS);
        let looked = self
            .runtime
            .block_on(cluster::look(&self.sink.cluster, &wanted, None));
        let found = looked.map_err(|what| failure(Class::Unknown, Call::Open, what))?;
        for (name, found) in found {
            let what = match found {
                Found::Sound | Found::Made => continue,
                Found::Absent => format!(
                    "there is no topic `{name}`: `deft doctor -c FILE --create-topics` makes it"
                ),
                Found::Other(what) => format!("topic `{name}` is not as it must be: {what}"),
            };
            return Err(failure(Class::Fatal, Call::Open, what));
        }
        self.is_looked_over = true;
        Ok(())
    }

    /// A producer that nobody else sends beside.
    fn begin(&self) -> Result<Producer, Failure> {
        let (node, name) = (&self.node.config.node.name, &self.sink.name);
        let client = format!("deft-{node}-{name}");
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
        let node = &self.node.config.node.name;
        let last = mark::last(&self.sink.cluster, &self.sink.marks, node, looks);
        let last = last.map_err(|what| failure(Class::Unknown, Call::Init, what))?;
        self.judge(last, out, looks)
            .map_err(|what| failure(Class::Fatal, Call::Init, what))
    }

    /// Whether the mark is one of this store, and neither older nor newer than can be.
    fn judge(&self, last: Option<Mark>, out: Out, looks: u32) -> Result<Out, String> {
        let (marks, node) = (&self.sink.marks, &self.node.config.node.name);
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
            let first = shipment.take(&frame, &self.sink, &self.node.config.node.name);
            let first = first.map_err(|what| failure(Class::Fatal, Call::Open, what))?;
            if let Some(door) = first {
                self.outbox.set_oldest(door);
            }
        }
        Ok(shipment)
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
            };
            producer.put(&mark.out(&self.sink.marks, &self.node.config.node.name))?;
            out.sealed = shipment.seq;
        }
        producer.drain()?;
        if self.is_exact() {
            producer.commit()?;
        }
        self.sending.commit.record(began.elapsed().as_secs_f64());
        for (channel, count) in &shipment.channels {
            self.node.meters.delivered(channel, *count);
        }
        Ok(out)
    }

    /// Waits until something may have come; true when it was told to stop.
    fn wait(&self) -> bool {
        crossbeam::channel::select! {
            recv(self.outbox.woken()) -> _ => false,
            recv(self.stopped) -> _ => true,
            default(LOOK) => false,
        }
    }
}

fn failure(class: Class, call: Call, what: String) -> Failure {
    Failure { class, call, what }
}
