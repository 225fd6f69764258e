//! Orders of operators: they go down a lane of their own, before all events, and are carried out
//! between two batches.

use super::intake;
use super::node::Node;
use connectors::http::problem::{self, Problem};
use crossbeam::channel::TrySendError;
use engine::switch::Switch;
use rules::value::Text;
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Orders that wait at once.
pub(crate) const ORDERS_MAX: usize = 16;

/// What an operator wants.
pub(crate) struct Order {
    pub(crate) switch: Switch,
    pub(crate) on: bool,
    pub(crate) why: Text,
    /// Who it is.
    pub(crate) by: Text,
    /// Told once it is in force and committed; dropped when it never will be.
    pub(crate) reply: oneshot::Sender<()>,
}

impl Order {
    /// The line of the log.
    pub(crate) fn line(&self) -> Value {
        let word = if self.on { "on" } else { "off" };
        json!({
            "do": word,
            "switch": self.switch.to_string(),
            "why": self.why.as_str(),
            "by": self.by.as_str(),
        })
    }
}

/// Turns something off or on; returns when it is in force and committed.
pub(crate) async fn switch(
    node: &Node,
    switch: Switch,
    on: bool,
    (why, by): (&str, &str),
) -> Result<(), Problem> {
    tracing::warn!(by, why, on, switch = %switch, "switched by order");
    let (reply, done) = oneshot::channel();
    let order = Order {
        switch,
        on,
        why: Text::from(why),
        by: Text::from(by),
        reply,
    };
    match node.entry.order(order) {
        Ok(()) => done.await.map_err(|_| intake::stopped()),
        Err(TrySendError::Full(_)) => {
            let detail = "as many orders wait as may; nothing of this was done";
            Err(Problem::new(problem::OVERLOADED, detail).retry_after(1))
        }
        Err(TrySendError::Disconnected(_)) => Err(intake::stopped()),
    }
}
