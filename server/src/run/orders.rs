//! Orders of operators: carried out at once where a node decides about everybody. Where customers are divided they
//! are for all divisions: what is turned off is turned off in each; a book is proposed to all, and each takes it up
//! once all have said that they can.

use super::fleet::Standing;
use super::intake::stopped;
use super::node::Node;
use super::order::{self, What};
use super::reload::activate;
use super::shelf::Edition;
use crate::config::Config;
use connectors::http::problem::{self, Problem};
use connectors::kafka::changelog::Proposal;
use crossbeam::channel::{Receiver, Sender, TrySendError, bounded};
use engine::switch::Switch;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Orders that wait to get out.
const WAITING_MAX: usize = 16;
/// How long an operator waits for what becomes of one. It goes on without an operator.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of an order.
pub(crate) enum Came {
    /// It is in force here, and in the other divisions as well or in a moment.
    Taken,
    /// A division cannot take the book up, and so none does.
    Refused(u16, String),
    /// Another book was proposed before all had spoken.
    Superseded(Proposal),
}

/// Who waits for what becomes of an order; an error: it did not get out.
pub(crate) type Reply = oneshot::Sender<Result<Came, String>>;

/// What is wished of all divisions.
pub(crate) enum Wish {
    Book(Edition),
    Switch(Switch, bool),
}

/// The same, with who waits for what becomes of it.
pub(crate) struct Ask {
    pub(crate) wish: Wish,
    pub(crate) why: String,
    pub(crate) by: String,
    pub(crate) reply: Reply,
}

/// Where orders for all divisions go, and how the last proposal of a book stands.
pub(crate) struct Orders {
    lane: Sender<Ask>,
    asks: Receiver<Ask>,
    proposal: Mutex<Option<Standing>>,
}

impl Orders {
    /// For nodes that decide about some of the customers.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        config.division()?;
        let (lane, asks) = bounded(WAITING_MAX);
        Some(Self {
            lane,
            asks,
            proposal: Mutex::default(),
        })
    }

    /// The next that is to get out.
    pub(crate) fn next(&self) -> Option<Ask> {
        self.asks.try_recv().ok()
    }

    /// Takes note of how the last proposal stands.
    pub(crate) fn note(&self, proposal: Option<Standing>) {
        *self.proposal.lock().unwrap_or_else(PoisonError::into_inner) = proposal;
    }

    /// How the last proposal stands.
    fn proposal(&self) -> Option<Standing> {
        let proposal = self.proposal.lock();
        proposal.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same for operators.
    pub(crate) fn told(&self) -> Option<Value> {
        let proposal = self.proposal()?;
        let refused = proposal.refused.as_ref();
        let refused = refused.map(|(division, why)| json!({ "division": division, "why": why }));
        Some(json!({
            "book": proposal.proposal.book,
            "by": proposal.proposal.by,
            "ready": proposal.ready,
            "waiting": proposal.waits,
            "refused": refused,
        }))
    }

    /// What becomes of a wish; `None`: that is not known yet.
    async fn ask(&self, wish: Wish, (why, by): (&str, &str)) -> Result<Option<Came>, Problem> {
        let (reply, came) = oneshot::channel();
        let ask = Ask {
            wish,
            why: why.to_owned(),
            by: by.to_owned(),
            reply,
        };
        match self.lane.try_send(ask) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                let detail = "as many orders wait as may; nothing of this was done";
                return Err(Problem::new(problem::OVERLOADED, detail).retry_after(1));
            }
            Err(TrySendError::Disconnected(_)) => return Err(stopped()),
        }
        match tokio::time::timeout(PATIENCE, came).await {
            Ok(Ok(Err(what))) => {
                let detail =
                    format!("brokers do not take it, and nothing of this was done: {what}");
                Err(Problem::new(problem::NOT_TOLD, detail).retry_after(1))
            }
            Ok(Ok(Ok(came))) => Ok(Some(came)),
            Ok(Err(_)) => Err(stopped()),
            Err(_) => Ok(None),
        }
    }
}

/// Turns something off, or on again, for all customers.
///
/// # Errors
/// It is not so, or not known to be.
pub(crate) async fn turn(
    node: &Node,
    (switch, on): (Switch, bool),
    (why, by): (&str, &str),
) -> Result<(), Problem> {
    let Some(orders) = &node.orders else {
        return order::give(node, What::Switch { switch, on }, (why, by)).await;
    };
    match orders.ask(Wish::Switch(switch, on), (why, by)).await? {
        Some(_) => Ok(()),
        None => {
            let detail = "all divisions are told, and this one has not carried it out yet";
            Err(Problem::new(problem::NOT_TOLD, detail).retry_after(1))
        }
    }
}

/// Puts an edition in force. Gives the divisions that have not said yet whether they can take it up: it is in
/// force once they have.
///
/// # Errors
/// It is not in force, and will not be by this.
pub(crate) async fn put_in_force(
    node: &Node,
    edition: Edition,
    said: (&str, &str),
) -> Result<BTreeSet<u16>, Problem> {
    let Some(orders) = &node.orders else {
        activate(node, edition, said).await?;
        return Ok(BTreeSet::new());
    };
    let book = edition.book.hash.to_string();
    let refused = |why: String| Err(Problem::new(problem::RULES_REFUSED, why));
    match orders.ask(Wish::Book(edition), said).await? {
        Some(Came::Taken) => Ok(BTreeSet::new()),
        Some(Came::Refused(division, why)) => refused(format!(
            "division {division} cannot take up the book {book}, so no division does: {why}"
        )),
        Some(Came::Superseded(proposal)) => refused(format!(
            "{} proposed the book {} before all divisions had said that they can take up {book}",
            proposal.by, proposal.book
        )),
        None => Ok(orders
            .proposal()
            .map(|proposal| proposal.waits)
            .unwrap_or_default()),
    }
}
