//! Orders of operators: they go down a lane of their own, before all events, and are carried out
//! between two batches.

use super::intake;
use super::node::Node;
use super::shelf::Edition;
use connectors::http::problem::{self, Problem};
use crossbeam::channel::TrySendError;
use engine::engine::Ready;
use engine::switch::Switch;
use rules::value::Text;
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Orders that wait at once.
pub(crate) const ORDERS_MAX: usize = 16;

/// What an operator wants.
pub(crate) enum What {
    /// Something is turned off, or on again.
    Switch { switch: Switch, on: bool },
    /// A book is taken up, with what was made ready for it.
    Book(Edition, Ready),
}

/// What an operator wants, and who waits for it.
pub(crate) struct Order {
    pub(crate) what: What,
    pub(crate) why: Text,
    /// Who it is.
    pub(crate) by: Text,
    /// Told once it is in force and committed; dropped when it never will be.
    pub(crate) reply: oneshot::Sender<()>,
}

impl Order {
    /// The line of the log.
    pub(crate) fn line(&self) -> Value {
        let (why, by) = (self.why.as_str(), self.by.as_str());
        match &self.what {
            What::Switch { switch, on } => {
                let word = if *on { "on" } else { "off" };
                json!({ "do": word, "switch": switch.to_string(), "why": why, "by": by })
            }
            What::Book(edition, _) => {
                json!({ "do": "activate", "book": edition.book.hash.as_str(), "why": why, "by": by })
            }
        }
    }
}

/// Gives an order; returns when it is in force and committed.
pub(crate) async fn give(node: &Node, what: What, (why, by): (&str, &str)) -> Result<(), Problem> {
    let (reply, done) = oneshot::channel();
    let (why, by) = (Text::from(why), Text::from(by));
    let order = Order {
        what,
        why,
        by,
        reply,
    };
    tracing::warn!(order = %order.line(), "ordered");
    match node.entry.order(order) {
        Ok(()) => done.await.map_err(|_| intake::stopped()),
        Err(TrySendError::Full(_)) => {
            let detail = "as many orders wait as may; nothing of this was done";
            Err(Problem::new(problem::OVERLOADED, detail).retry_after(1))
        }
        Err(TrySendError::Disconnected(_)) => Err(intake::stopped()),
    }
}
