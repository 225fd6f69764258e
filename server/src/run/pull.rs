//! A source that pulls: it reads topics as a member of a group and hands records over, several at a
//! time, as long as there is room. Its places are in the log with what came of the records, and it goes
//! on from there; what it tells its group is for others to look at.

mod fences;
mod learn;
mod sort;

use super::ask::{Ask, Reply};
use super::clock;
use super::meters::topics::Pulling;
use super::node::{Node, Phase};
use super::taken::{Taken, place_of};
use crate::config::kafka::Source as Config;
use connectors::kafka::places::Places;
use connectors::kafka::record::Pulled;
use connectors::kafka::registry::Registry;
use connectors::kafka::settings::Settings;
use connectors::kafka::source::{Source, Stop, Topics};
use engine::log::Offsets;
use fences::Fences;
use regex::Regex;
pub(crate) use sort::DOOR;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

/// Records of one ask: half a micro-batch, so that those who push have the other half.
const RECORDS_MAX: usize = 256;
/// Bytes of one ask.
const BYTES_MAX: usize = 1024 * 1024;
/// Asks on their way.
const ASKS_MAX: usize = 32;
/// How long the first record of an ask is waited for.
const WAIT: Duration = Duration::from_millis(20);
/// How long room is waited for before fetching stops: to stop throws away what was fetched.
const PATIENCE: Duration = Duration::from_millis(200);
/// Between two looks for room.
const REST: Duration = Duration::from_millis(1);
/// How often topics are looked for, and how long it is rested when brokers do not answer.
const JOIN: Duration = Duration::from_secs(5);
/// How often the group is told, and lag is measured.
const TELL: Duration = Duration::from_millis(500);
/// How long answers are waited for at the end.
const GOOD_BYE: Duration = Duration::from_secs(5);

/// Starts the sources of a node, each on a thread of its own.
pub(crate) fn start(node: &Arc<Node>, offsets: &Offsets) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let mut threads = Vec::new();
    for (at, config) in node.config.sources.iter().enumerate() {
        let pull = Pull::open(node, (at, config), offsets)?;
        let thread = std::thread::Builder::new().name(format!("source {}", config.name));
        threads.push(thread.spawn(move || pull.run())?);
    }
    Ok(threads)
}

/// A source that pulls.
struct Pull {
    node: Arc<Node>,
    config: Config,
    /// Its place among the sources.
    at: usize,
    topics: Topics,
    /// Topics of our own: an action is no event.
    except: Vec<String>,
    name: Arc<str>,
    settings: Settings,
    source: Source,
    /// Who knows what records are written by, where they do not say it themselves.
    registry: Option<Registry>,
    meters: Pulling,
    /// Asks that are not answered yet, and how far the source is once they are.
    open: VecDeque<(oneshot::Receiver<Reply>, Places)>,
    /// How far records were handed over.
    handed: Places,
    /// How far they are durable.
    durable: Places,
    fences: Fences,
    /// When the last record that was taken was written, ms.
    newest: i64,
    rebalances: u64,
}

impl Pull {
    fn open(
        node: &Arc<Node>,
        (at, config): (usize, &Config),
        offsets: &Offsets,
    ) -> anyhow::Result<Self> {
        let client = format!("deft-{}-{}", node.config.identity(), config.name);
        let settings = Settings::member(&config.cluster, &client, &config.group, config.session);
        let source = Source::open(&settings).map_err(anyhow::Error::msg)?;
        let mut handed = Places::default();
        for (key, offset) in offsets.all() {
            if let Some((partition, next)) = place_of(&config.name, key, offset) {
                source.know(partition.clone(), next);
                handed.put(partition, next);
            }
        }
        let topics = match config.topics.as_slice() {
            [one] if one.starts_with('^') => Topics::Like(Regex::new(one)?),
            all => Topics::Named(all.to_vec()),
        };
        let registry = config.registry.as_deref();
        let registry = registry.map(|at| Registry::new(at, &config.cluster.secret));
        let fleet = node.config.fleet.as_ref();
        let own = node.config.sink.as_ref();
        let own = own.map(|sink| super::deliver::topics(sink, fleet));
        Ok(Self {
            node: Arc::clone(node),
            at,
            topics,
            // What other divisions send comes by topics of our own.
            except: own.filter(|_| !config.is_ours()).unwrap_or_default(),
            name: config.name.as_str().into(),
            settings,
            source,
            handed,
            fences: Fences::default(),
            registry: registry.transpose().map_err(anyhow::Error::msg)?,
            meters: node.meters.pulling(&config.name),
            open: VecDeque::new(),
            durable: Places::default(),
            newest: 0,
            rebalances: 0,
            config: config.clone(),
        })
    }

    /// Pulls until the node goes down.
    fn run(mut self) {
        while let Err(stop) = self.work() {
            let (what, is_out) = match stop {
                Stop::Mend(what) | Stop::Later(what) => (what, false),
                // In a fleet it is the one that leads now: to join anew would put that one out.
                Stop::Fenced(what) => {
                    let is_borne = self.fences.is_borne(clock::moment());
                    (what, is_borne && self.node.config.fleet.is_none())
                }
            };
            let done = if is_out {
                self.begin_anew()
            } else {
                Err(what.clone())
            };
            if let Err(what) = done {
                self.node.fail(format!("source `{}`: {what}", self.name));
                break;
            }
            tracing::warn!(source = &*self.name, what, "it joins anew");
        }
        self.say_good_bye();
    }

    fn work(&mut self) -> Result<(), Stop> {
        let mut joined: Option<Instant> = None;
        let mut told = clock::moment();
        while self.node.phase() == Phase::Ready {
            if joined.is_none_or(|joined| joined.elapsed() >= JOIN) {
                joined = Some(clock::moment());
                self.join()?;
            }
            let pulled = self.gather()?;
            if !pulled.is_empty() {
                self.hand_over(pulled)?;
            }
            self.hear();
            if told.elapsed() >= TELL {
                told = clock::moment();
                self.tell(false);
            }
        }
        Ok(())
    }

    /// Joins the group, or joins it for topics that are new. What is not to be had now is tried again.
    fn join(&mut self) -> Result<(), Stop> {
        match self.source.join(
            &self.topics,
            &self.except,
            self.config.start,
            self.config.share,
        ) {
            Ok(news) if news.is_empty() => Ok(()),
            // Where it begins is written down before anything is read.
            Ok(news) => self.send(Vec::new(), Taken::of(&self.name, news)),
            Err(Stop::Later(what)) => {
                tracing::warn!(source = &*self.name, what, "nothing can be read yet");
                Ok(())
            }
            Err(stop) => Err(stop),
        }
    }

    /// What has come, up to the bounds of an ask.
    fn gather(&mut self) -> Result<Vec<Pulled>, Stop> {
        let mut pulled: Vec<Pulled> = Vec::new();
        let mut bytes = 0;
        let mut wait = WAIT;
        while pulled.len() < RECORDS_MAX && bytes < BYTES_MAX {
            let Some(one) = self.next(wait)? else { break };
            bytes += one.value.as_ref().map_or(0, Vec::len);
            pulled.push(one);
            wait = Duration::ZERO;
        }
        Ok(pulled)
    }

    /// Sends all that has come.
    fn hand_over(&mut self, pulled: Vec<Pulled>) -> Result<(), Stop> {
        let Some(late) = self.learn(&pulled)? else {
            return Ok(());
        };
        let (records, taken) = self.sort(pulled);
        self.send(records, taken)?;
        self.hand_over_late(late)
    }

    /// Sends an ask once there is room for it. While there is none for long, nothing is fetched.
    fn send(&mut self, records: Vec<Vec<u8>>, taken: Taken) -> Result<(), Stop> {
        let began = clock::moment();
        let mut paused = false;
        let mut late = Vec::new();
        let mut permit = None;
        let (reply, answer) = oneshot::channel();
        let next = taken.next.clone();
        let mut unsent = Some(taken);
        let mut ask = None;
        let mut parts = Some((records, reply));
        loop {
            if self.node.phase() != Phase::Ready {
                return Ok(());
            }
            if permit.is_none() && self.open.len() < ASKS_MAX {
                let count = parts.as_ref().map_or(0, |(records, _)| records.len());
                permit = self.node.gate.pull(count).ok();
            }
            if let Some(permit) = permit.take_if(|_| parts.is_some())
                && let (Some((records, reply)), Some(taken)) = (parts.take(), unsent.take())
            {
                ask = Some(Ask::pulled(records, reply, permit, taken));
            }
            if let Some(one) = ask.take() {
                match self.node.entry.send(one) {
                    Ok(()) => break,
                    Err((back, false)) => ask = Some(*back),
                    Err((_, true)) => return Ok(()),
                }
            }
            self.hear();
            if !paused && began.elapsed() >= PATIENCE {
                paused = true;
                self.pause(true);
            }
            if paused {
                // It stays a member. What comes all the same is of a partition that is new to it: that one is
                // kept for the next ask, and the partition waits like the others.
                if let Some(one) = self.next(REST)? {
                    late.push(one);
                    self.pause(true);
                }
            } else {
                std::thread::sleep(REST);
            }
        }
        for (partition, next) in next.all() {
            self.handed.put(partition.clone(), next);
        }
        self.open.push_back((answer, next));
        if paused {
            self.pause(false);
        }
        self.hand_over_late(late)
    }

    fn pause(&self, paused: bool) {
        self.meters.paused.set(f64::from(u8::from(paused)));
        if let Err(what) = self.source.pause(paused) {
            tracing::warn!(source = &*self.name, what, "fetching goes on as it was");
        }
    }

    /// The next record. What passes by itself is told and is no record.
    fn next(&self, wait: Duration) -> Result<Option<Pulled>, Stop> {
        match self.source.next(wait) {
            Err(Stop::Later(what)) => {
                tracing::warn!(source = &*self.name, what, "the brokers turn it away");
                Ok(None)
            }
            other => other,
        }
    }

    /// Takes note of what is durable, in the order it was sent.
    fn hear(&mut self) {
        while let Some((answer, _)) = self.open.front_mut() {
            let heard = answer.try_recv();
            if matches!(heard, Err(TryRecvError::Empty)) {
                return;
            }
            let Some((_, next)) = self.open.pop_front() else {
                return;
            };
            // Where nothing could be committed the node is about to stop, and it is read again.
            if let Ok(Reply::Done(_, true)) = heard {
                for (partition, next) in next.all() {
                    self.durable.put(partition.clone(), next);
                }
            }
        }
    }

    /// Tells the group and the meters how far it is.
    fn tell(&mut self, wait: bool) {
        self.source.tell(&self.durable, wait);
        let lag = self.source.lag();
        #[expect(clippy::cast_precision_loss, reason = "telemetry")]
        let [records, unstable, partitions] =
            [lag.records, lag.unstable, lag.partitions as u64].map(|count| count as f64);
        self.meters.lag_records.set(records);
        self.meters.unstable.set(unstable);
        self.meters.partitions.set(partitions);
        let joined = lag.partitions > 0;
        self.meters.joined.set(f64::from(u8::from(joined)));
        if let Some(place) = self.node.joined.get(self.at) {
            place.store(joined, Ordering::Release);
        }
        let behind = clock::wall().saturating_sub(self.newest).max(0);
        #[expect(clippy::cast_precision_loss, reason = "telemetry")]
        let behind = if lag.records > 0 && self.newest > 0 {
            behind as f64 / 1_000.0
        } else {
            0.0
        };
        self.meters.lag_seconds.set(behind);
        let more = lag.rebalances.saturating_sub(self.rebalances);
        self.rebalances = lag.rebalances;
        self.meters.rebalances.increment(more);
    }

    /// What was sent is answered, and the group is told a last time.
    fn say_good_bye(mut self) {
        let began = clock::moment();
        while !self.open.is_empty() && began.elapsed() < GOOD_BYE {
            self.hear();
            std::thread::sleep(REST);
        }
        if self.node.phase() != Phase::Stopped {
            self.tell(true);
        }
    }
}
