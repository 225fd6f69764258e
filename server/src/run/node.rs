//! The node: what every request may see of it. It decides nothing; asks go to the conductor.

use super::ask::Entry;
use super::board::Board;
use super::decisions::Decisions;
use super::fleet::Seen;
use super::gate::Gate;
use super::logs::Level;
use super::meters::Meters;
use super::orders::Orders;
use super::outbox::Outbox;
use super::shelf::Shelf;
use super::tokens::Tokens;
use super::turns::Turns;
use crate::config::Config;
use connectors::http::listener::Connections;
use connectors::sse::Ring;
use rules::catalogue::EventType;
use rules::rule::Class;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use tokio::sync::{Semaphore, watch};

/// How far a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Starting,
    Ready,
    /// It takes nothing new and finishes what it has.
    Draining,
    /// Its engine can no longer vouch for its state.
    Stopped,
}

/// What every request may see.
pub(crate) struct Node {
    pub(crate) config: Config,
    pub(crate) project: PathBuf,
    /// What the project said when the node started: see [`super::watch`].
    pub(crate) contents: Vec<u8>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) entry: Entry,
    pub(crate) board: Arc<Board>,
    pub(crate) decisions: Arc<Decisions>,
    pub(crate) ring: Arc<Ring>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) level: Level,
    pub(crate) public: Arc<Connections>,
    pub(crate) admin: Arc<Connections>,
    pub(crate) shards: usize,
    /// When it started, ms.
    pub(crate) born: i64,
    /// The number of this life of the stream: as long as the store lives, where there is one.
    pub(crate) life: i64,
    /// Where a decision is once it is answered: `durable`, or `memory`.
    pub(crate) committed: &'static str,
    /// Explanations run on stacks of their own; so many at once.
    pub(crate) explainers: Arc<Semaphore>,
    /// Backups are made one at a time.
    pub(crate) backups: Arc<Semaphore>,
    /// Bodies of many events are read by some of the sockets' threads alone.
    pub(crate) turns: Turns,
    /// Requests that are being worked on.
    pub(crate) requests: AtomicUsize,
    /// Readers of the stream.
    pub(crate) readers: AtomicUsize,
    /// Somebody asked it to drain.
    pub(crate) drain: watch::Sender<bool>,
    /// The machine that its lead is handed over to.
    pub(crate) handed: OnceLock<String>,
    /// Streams end.
    pub(crate) closing: watch::Sender<bool>,
    /// Per source that pulls: it has partitions to read.
    pub(crate) joined: Vec<AtomicBool>,
    /// What keeps it from going on, once there is something.
    pub(crate) fault: watch::Sender<Option<String>>,
    /// Orders for all divisions, where there are any.
    pub(crate) orders: Option<Orders>,
    /// What of the log is out, where somebody delivers it.
    pub(crate) outbox: Option<Arc<Outbox>>,
    /// What is known of the fleet, where it is one of several nodes.
    pub(crate) fleet: Option<Arc<Seen>>,
    pub(crate) phase: AtomicU8,
    pub(crate) tokens: RwLock<Option<Arc<Tokens>>>,
}

impl Node {
    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Starting,
            1 => Phase::Ready,
            2 => Phase::Draining,
            _ => Phase::Stopped,
        }
    }

    /// Goes on to a phase; there is no way back.
    pub(crate) fn enter(&self, phase: Phase) {
        let number = match phase {
            Phase::Starting => 0,
            Phase::Ready => 1,
            Phase::Draining => 2,
            Phase::Stopped => 3,
        };
        self.phase.fetch_max(number, Ordering::AcqRel);
    }

    /// Every source that pulls has partitions to read.
    pub(crate) fn has_joined(&self) -> bool {
        self.joined
            .iter()
            .all(|joined| joined.load(Ordering::Acquire))
    }

    /// It cannot go on: the first cause is told.
    pub(crate) fn fail(&self, cause: String) {
        self.fault.send_if_modified(|fault| {
            let first = fault.is_none();
            fault.get_or_insert(cause);
            first
        });
    }

    /// It goes down so that a node on that machine leads.
    pub(crate) fn hand_over(&self, machine: String) {
        // The first counts: it is on its way.
        let _ = self.handed.set(machine);
        self.drain.send_replace(true);
    }

    /// The tokens in force; `None` when nobody asks for one.
    pub(crate) fn tokens(&self) -> Option<Arc<Tokens>> {
        self.tokens
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes up new tokens.
    pub(crate) fn set_tokens(&self, tokens: Tokens) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(tokens));
    }
}

/// How urgent an event of this type is at the door: as declared; else as a verdict where one is
/// expected, and as an offer where none is.
pub(crate) fn admission(kind: &EventType) -> Class {
    let undeclared = if kind.answer.is_some() {
        Class::Fraud
    } else {
        Class::Commercial
    };
    kind.admission.unwrap_or(undeclared)
}
