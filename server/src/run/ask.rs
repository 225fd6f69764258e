//! What a request asks of the conductor, and the lanes it goes by: one per admission class, each
//! bounded. Priority acts here alone, before an event has its number.

use super::answer::Answer;
use super::clock;
use super::gate::Permit;
use super::look::{LOOKS_MAX, Look};
use super::order::{ORDERS_MAX, Order};
use super::taken::Taken;
use crate::config::Grade;
use crossbeam::channel::{Receiver, Sender, TrySendError, bounded};
use rules::rule::Class;
use rules::value::Text;
use std::time::Instant;
use tokio::sync::oneshot;

/// The admission classes, the most urgent first.
pub(crate) const CLASSES: [Class; 4] = [
    Class::Fraud,
    Class::Service,
    Class::Retention,
    Class::Commercial,
];

/// Asks of sources that wait: one is worked on while the next is made ready.
const PULLED_MAX: usize = 2;

/// Records that want to be decided, and whoever waits for the answer.
pub(crate) struct Ask {
    pub(crate) records: Vec<Vec<u8>>,
    pub(crate) class: Class,
    pub(crate) received: Instant,
    pub(crate) grade: Grade,
    /// The decision that `decide` waits for: it is kept even when no rule had anything to say.
    pub(crate) decision: Option<Text>,
    pub(crate) reply: oneshot::Sender<Reply>,
    pub(crate) permit: Permit,
    /// What a source took with it; `None`: somebody has sent it.
    pub(crate) taken: Option<Box<Taken>>,
}

impl Ask {
    /// Records that a source pulled.
    pub(crate) fn pulled(
        records: Vec<Vec<u8>>,
        reply: oneshot::Sender<Reply>,
        permit: Permit,
        taken: Taken,
    ) -> Self {
        Self {
            records,
            // Its lane is its own, whatever its events are.
            class: Class::Commercial,
            received: clock::moment(),
            grade: Grade::Durable,
            decision: None,
            reply,
            permit,
            taken: Some(Box::new(taken)),
        }
    }
}

/// What became of an ask.
pub(crate) enum Reply {
    /// One answer per record; true when they are committed.
    Done(Vec<Answer>, bool),
    /// It waited too long to be worth working on.
    Shed,
    /// The engine can no longer vouch for its state.
    Stopped,
}

/// The way in.
pub(crate) struct Entry {
    orders: Sender<Order>,
    looks: Sender<Look>,
    lanes: [Sender<Box<Ask>>; 4],
    pulled: Sender<Box<Ask>>,
}

/// The way out, for the conductor.
pub(crate) struct Lanes {
    pub(crate) orders: Receiver<Order>,
    pub(crate) looks: Receiver<Look>,
    pub(crate) fraud: Receiver<Box<Ask>>,
    pub(crate) service: Receiver<Box<Ask>>,
    pub(crate) retention: Receiver<Box<Ask>>,
    pub(crate) commercial: Receiver<Box<Ask>>,
    /// What sources pulled. They wait for room, so it is short.
    pub(crate) pulled: Receiver<Box<Ask>>,
}

/// Lanes of at most `depth` asks each.
pub(crate) fn lanes(depth: usize) -> (Entry, Lanes) {
    let (to_orders, orders) = bounded(ORDERS_MAX);
    let (to_looks, looks) = bounded(LOOKS_MAX);
    let (to_fraud, fraud) = bounded(depth);
    let (to_service, service) = bounded(depth);
    let (to_retention, retention) = bounded(depth);
    let (to_commercial, commercial) = bounded(depth);
    let (to_pulled, pulled) = bounded(PULLED_MAX);
    let entry = Entry {
        orders: to_orders,
        looks: to_looks,
        lanes: [to_fraud, to_service, to_retention, to_commercial],
        pulled: to_pulled,
    };
    let lanes = Lanes {
        orders,
        looks,
        fraud,
        service,
        retention,
        commercial,
        pulled,
    };
    (entry, lanes)
}

/// The place of a class among [`CLASSES`].
pub(crate) fn place(class: Class) -> usize {
    match class {
        Class::Fraud => 0,
        Class::Service => 1,
        Class::Retention => 2,
        Class::Commercial | Class::Profile => 3,
    }
}

impl Entry {
    /// Sends an order; gives it back when there is no room, or nobody to take it.
    pub(crate) fn order(&self, order: Order) -> Result<(), TrySendError<Order>> {
        self.orders.try_send(order)
    }

    /// Sends a question; gives it back when there is no room, or nobody to take it.
    pub(crate) fn look(&self, look: Look) -> Result<(), TrySendError<Look>> {
        self.looks.try_send(look)
    }

    /// A source's records keep their order: all of them go one way.
    fn lane(&self, ask: &Ask) -> &Sender<Box<Ask>> {
        let lane = self.lanes.get(place(ask.class));
        lane.filter(|_| ask.taken.is_none()).unwrap_or(&self.pulled)
    }

    /// Sends an ask down its lane; gives it back when there is no room, or nobody to take it.
    pub(crate) fn send(&self, ask: Ask) -> Result<(), (Box<Ask>, bool)> {
        match self.lane(&ask).try_send(Box::new(ask)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(ask)) => Err((ask, false)),
            Err(TrySendError::Disconnected(ask)) => Err((ask, true)),
        }
    }
}

impl Lanes {
    /// True when nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.fraud.is_empty()
            && self.service.is_empty()
            && self.retention.is_empty()
            && self.commercial.is_empty()
            && self.pulled.is_empty()
    }

    /// The next ask, by class, then as they came.
    pub(crate) fn next(&self) -> Option<Box<Ask>> {
        [
            &self.fraud,
            &self.service,
            &self.retention,
            &self.commercial,
            &self.pulled,
        ]
        .into_iter()
        .find_map(|lane| lane.try_recv().ok())
    }
}
