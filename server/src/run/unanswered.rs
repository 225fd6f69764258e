//! What follows when a question was answered with the declared fallback: the event is decided all the
//! same, and that its answer came too late is an event as well. It is logged like any other, and pulls
//! back what was meant for whoever asked.

use super::answer::{Answer, Settlement};
use super::ask::Reply;
use super::clock;
use super::intake::send;
use super::node::Node;
use crate::config::Grade;
use rules::catalogue::load::events::UNANSWERED;
use rules::rule::Class;
use rules::value::Text;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// While there is no room, it is tried again so often …
const TRIES: u32 = 50;
/// … after so long.
const PAUSE: Duration = Duration::from_millis(100);

/// A question that was answered with the fallback.
pub(crate) struct Missed {
    pub(crate) decision: Text,
    /// The channel that was asked about.
    pub(crate) channel: Option<String>,
    /// What was answered.
    pub(crate) answer: &'static str,
}

/// Waits for the decision, and tells the engine that nobody heard it.
pub(crate) fn tell(node: &Arc<Node>, reply: oneshot::Receiver<Reply>, missed: Missed) {
    let node = Arc::clone(node);
    tokio::spawn(async move {
        let Ok(Reply::Done(answers, _)) = reply.await else {
            return;
        };
        // What came before was answered before.
        let Some(Answer::Settled(settled)) = answers.first() else {
            return;
        };
        let event = event(&missed, settled);
        let class = urgency(&node, &missed, settled);
        for _ in 0..TRIES {
            let now = clock::moment();
            let sent = send(&node, vec![event.clone()], class, Grade::Durable, None, now);
            if let Ok(reply) = sent {
                let _ = reply.await;
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let decision = missed.decision.as_str();
        tracing::warn!(decision, "no room to log that the fallback was answered");
    });
}

fn event(missed: &Missed, settled: &Settlement) -> Vec<u8> {
    let mut data = json!({ "decision_id": missed.decision.as_str(), "answer": missed.answer });
    if let (Some(channel), Some(members)) = (&missed.channel, data.as_object_mut()) {
        members.insert("channel".to_owned(), channel.as_str().into());
    }
    let event = json!({
        "id": missed.decision.as_str(),
        "type": UNANSWERED,
        "customer": settled.customer.as_str(),
        "source": "deft",
        // Of its own event, so that nothing else of the customer is late because of it.
        "time": settled.time,
        "data": data,
    });
    event.to_string().into_bytes()
}

/// What has something to pull back is never shed; what is there for the log alone may be.
fn urgency(node: &Node, missed: &Missed, settled: &Settlement) -> Class {
    let book = node.shelf.book();
    let mut contacts = settled.actions.iter().filter_map(|a| a.channel.as_ref());
    let addressed = contacts.any(|channel| {
        let known = book.catalogue.channel_named(channel);
        missed.channel.as_deref() == Some(channel.as_str()) || known.is_some_and(|c| c.reply)
    });
    if addressed {
        Class::Fraud
    } else {
        Class::Commercial
    }
}
