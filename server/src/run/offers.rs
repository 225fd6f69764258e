//! Books that operators put in force: at once where a node decides about everybody; where customers are divided
//! a book is offered to all divisions, and each takes it up once all have said that they can.

use super::fleet::Standing;
use super::intake::stopped;
use super::node::Node;
use super::reload::activate;
use super::shelf::Edition;
use crate::config::Config;
use connectors::http::problem::{self, Problem};
use connectors::kafka::changelog::Offer;
use crossbeam::channel::{Receiver, Sender, TrySendError, bounded};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Books that wait to be offered.
const WAITING_MAX: usize = 16;
/// How long an operator waits for all divisions. The offer goes on without one.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of an offer.
pub(crate) enum Came {
    /// It is in force here, and in the other divisions as well or in a moment.
    Taken,
    /// A division cannot take it up, and so none does.
    Refused(u16, String),
    /// Another book was offered before all had spoken.
    Superseded(Offer),
    /// It did not get out.
    Failed(String),
}

/// A book that is to be offered, and who waits for what becomes of it.
pub(crate) struct Ask {
    pub(crate) edition: Edition,
    pub(crate) why: String,
    pub(crate) by: String,
    pub(crate) reply: oneshot::Sender<Came>,
}

/// Where books go that are to be offered, and how the last offer stands.
pub(crate) struct Offers {
    lane: Sender<Ask>,
    asks: Receiver<Ask>,
    standing: Mutex<Option<Standing>>,
}

impl Offers {
    /// For nodes that decide about some of the customers.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        config.division()?;
        let (lane, asks) = bounded(WAITING_MAX);
        Some(Self {
            lane,
            asks,
            standing: Mutex::default(),
        })
    }

    /// The next that is to be offered.
    pub(crate) fn next(&self) -> Option<Ask> {
        self.asks.try_recv().ok()
    }

    /// Takes note of how the last offer stands.
    pub(crate) fn note(&self, standing: Option<Standing>) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    /// How the last offer stands.
    fn standing(&self) -> Option<Standing> {
        let standing = self.standing.lock();
        standing.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same for operators.
    pub(crate) fn told(&self) -> Option<Value> {
        let standing = self.standing()?;
        let refused = standing.refused.as_ref();
        let refused = refused.map(|(division, why)| json!({ "division": division, "why": why }));
        Some(json!({
            "book": standing.offer.book,
            "by": standing.offer.by,
            "ready": standing.ready,
            "waiting": standing.waits,
            "refused": refused,
        }))
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
    (why, by): (&str, &str),
) -> Result<BTreeSet<u16>, Problem> {
    let Some(offers) = &node.offers else {
        activate(node, edition, (why, by)).await?;
        return Ok(BTreeSet::new());
    };
    let book = edition.book.hash.to_string();
    let (reply, came) = oneshot::channel();
    let ask = Ask {
        edition,
        why: why.to_owned(),
        by: by.to_owned(),
        reply,
    };
    match offers.lane.try_send(ask) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => {
            let detail = "as many books wait to be offered as may; nothing of this was done";
            return Err(Problem::new(problem::OVERLOADED, detail).retry_after(1));
        }
        Err(TrySendError::Disconnected(_)) => return Err(stopped()),
    }
    let refused = |why: String| Err(Problem::new(problem::RULES_REFUSED, why));
    match tokio::time::timeout(PATIENCE, came).await {
        Ok(Ok(Came::Taken)) => Ok(BTreeSet::new()),
        Ok(Ok(Came::Refused(division, why))) => refused(format!(
            "division {division} cannot take up the book {book}, so no division does: {why}"
        )),
        Ok(Ok(Came::Superseded(offer))) => refused(format!(
            "{} offered the book {} before all divisions had said that they can take up {book}",
            offer.by, offer.book
        )),
        Ok(Ok(Came::Failed(what))) => refused(format!(
            "the book {book} cannot be offered to all divisions: {what}"
        )),
        Ok(Err(_)) => Err(stopped()),
        Err(_) => Ok(offers.standing().map(|it| it.waits).unwrap_or_default()),
    }
}
