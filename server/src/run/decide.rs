//! `POST /v1/decide`: one event, and what is to be done about it, in time. Who asks too late or too
//! often gets an answer all the same: the declared fallback, or the decision that was recorded.

use super::answer::{Answer, Sent, Settlement};
use super::ask::Reply;
use super::call::Call;
use super::intake::{Batch, answered, durability, grade, json, peek, send};
use super::node::Node;
use crate::config::Late;
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::envelopes::{self, Envelopes};
use connectors::http::problem::{self, Problem};
use engine::ids::decision_id;
use rules::rule::Class;
use rules::value::Text;
use serde_json::{Value, json as value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// What the caller wants to see of the decision. It changes the answer alone.
struct View {
    channel: Option<String>,
    top: usize,
}

/// Who and what is asked about.
struct Question {
    decision: Text,
    event_id: String,
    customer: String,
    /// The verdict when nothing fires.
    verdict: Option<&'static str>,
    fallback: Late,
    time: Option<i64>,
}

pub(crate) async fn decide(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    let parameters = call.parameters(&["ack", "channel", "top"])?;
    let grade = grade(&node, parameters.get("ack"))?;
    let view = view(&node, &parameters)?;
    let deadline = deadline(&node, &call)?;
    let limits = node.config.limits;
    let body = call.body(limits.body).await?;
    let Envelopes::One(item) = envelopes::read(&call.headers, &body, limits.batch)? else {
        let detail = "one event is decided at a time; send several to `POST /v1/events`";
        return Err(Problem::new(problem::BAD_REQUEST, detail));
    };
    let (record, class) = Batch::of(&node, vec![item]).only()?;
    let question = question(&node, &record, class);
    let decision = question.as_ref().map(|q| q.decision.clone());
    // A record that is no event has no decision, and the engine says what is wrong with it.
    let decision = decision.or(Some(Text::default()));
    let reply = send(&node, vec![record], class, grade, decision, call.received)?;
    let left = deadline.saturating_sub(call.received.elapsed());
    let Some((answers, committed)) = in_time(left, reply).await? else {
        let fallback = question.as_ref().map_or(Late::Nothing, |q| q.fallback);
        node.meters.miss(fallback.name());
        return Ok(late(question.as_ref(), "DEADLINE"));
    };
    let Some(answer) = answers.first() else {
        return Err(unknown());
    };
    match (answer, &question) {
        (Answer::Rejected(reject), _) => Err(Problem::of(reject)),
        (Answer::Mismatch, _) => {
            let detail = "this source has sent this id with other content before";
            Err(Problem::new(problem::DUPLICATE_MISMATCH, detail))
        }
        (Answer::TooLate, question) => Ok(late(question.as_ref(), "TOO_LATE")),
        (Answer::Settled(settled), Some(question)) => {
            Ok(told(&node, question, settled, &view, false, committed))
        }
        (Answer::Duplicate, Some(question)) => repeat(&node, question, &view, committed),
        (Answer::Settled(_) | Answer::Duplicate, None) => Err(unknown()),
    }
}

/// What the conductor said, if it said so in time.
async fn in_time(
    left: Duration,
    reply: oneshot::Receiver<Reply>,
) -> Result<Option<(Vec<Answer>, bool)>, Problem> {
    if left.is_zero() {
        return Ok(None);
    }
    match tokio::time::timeout(left, reply).await {
        Ok(reply) => answered(reply).map(Some),
        Err(_) => Ok(None),
    }
}

fn unknown() -> Problem {
    Problem::new(problem::BAD_REQUEST, "the event cannot be read")
}

/// The recorded decision of an event that came before.
fn repeat(
    node: &Node,
    question: &Question,
    view: &View,
    committed: bool,
) -> Result<Response, Problem> {
    node.meters.repeats.increment(1);
    if let Some((_, settled)) = node.decisions.get(&question.decision) {
        return Ok(told(node, question, &settled, view, true, committed));
    }
    if question
        .time
        .is_none_or(|time| node.decisions.may_have_forgotten(time))
    {
        let detail = "the event was decided and its decision is kept no longer ([keep] decisions)";
        return Err(Problem::new(problem::GONE, detail));
    }
    // It came by another way, and no rule had anything to say.
    let nothing = Settlement::default();
    Ok(told(node, question, &nothing, view, true, committed))
}

fn question(node: &Node, record: &[u8], class: Class) -> Option<Question> {
    let peek = peek(record)?;
    let book = node.shelf.book();
    let kind = book
        .catalogue
        .event(book.catalogue.event_named(&peek.kind)?)?;
    let decide = node.config.decide;
    Some(Question {
        decision: decision_id(&peek.customer, &peek.source, &peek.id, &peek.kind),
        event_id: peek.id.into_owned(),
        customer: peek.customer.into_owned(),
        verdict: kind.answer.map(|verb| verb.name()),
        fallback: if class == Class::Fraud {
            decide.late_fraud
        } else {
            decide.late_commercial
        },
        time: engine::decode::peek_time(record),
    })
}

fn view(node: &Node, parameters: &BTreeMap<String, String>) -> Result<View, Problem> {
    let channel = parameters.get("channel").cloned();
    if let Some(name) = &channel
        && node
            .shelf
            .book()
            .catalogue
            .channel_named(&Text::from(name.as_str()))
            .is_none()
    {
        let shown = name.escape_debug();
        let detail = format!("no channel `{shown}` in catalog/channels.toml");
        return Err(Problem::new(problem::NOT_FOUND, detail));
    }
    let top = match parameters.get("top").map(|top| top.parse::<usize>()) {
        None => usize::MAX,
        Some(Ok(top)) => top,
        Some(Err(_)) => {
            let detail = "`top` is a whole number";
            return Err(Problem::new(problem::BAD_PARAMETER, detail));
        }
    };
    Ok(View { channel, top })
}

/// The deadline of the configuration; a caller may only shorten it.
fn deadline(node: &Node, call: &Call) -> Result<Duration, Problem> {
    let most = node.config.decide.deadline;
    let Some(said) = call.headers.get("request-timeout-ms") else {
        return Ok(most);
    };
    match said.to_str().ok().and_then(|ms| ms.trim().parse().ok()) {
        Some(ms) => Ok(most.min(Duration::from_millis(ms))),
        None => {
            let detail = "`Request-Timeout-Ms` is a whole number of milliseconds";
            Err(Problem::new(problem::BAD_PARAMETER, detail))
        }
    }
}

/// The strictest verdict that was chosen.
fn verdict(settled: &Settlement) -> Option<&'static str> {
    let sent = |verdict: &str| settled.actions.iter().any(|a| a.verdict == Some(verdict));
    ["block", "hold", "step_up", "allow"]
        .into_iter()
        .find(|verdict| sent(verdict))
}

fn told(
    node: &Node,
    question: &Question,
    settled: &Settlement,
    view: &View,
    repeat: bool,
    committed: bool,
) -> Response {
    let mut contacts = 0;
    let seen = settled.actions.iter().filter(|sent: &&Sent| {
        if sent.verdict.is_some() {
            return true;
        }
        let here = view.channel.is_none() || sent.channel.as_deref() == view.channel.as_deref();
        contacts += usize::from(here);
        here && contacts <= view.top
    });
    let actions: Vec<&str> = seen.map(|sent| &*sent.json).collect();
    let head = value!({
        "decision_id": question.decision.as_str(),
        "event_id": question.event_id,
        "customer": question.customer,
        "answered": "rules",
        "repeat": repeat,
        "durability": durability(node, committed),
        "late": settled.late,
        "book": node.shelf.book().hash.as_str(),
        "verdict": verdict(settled).or(question.verdict),
        "refusals": settled.refusals,
    });
    with_actions(&head, &actions)
}

/// The declared fallback: nothing was decided in time for this answer.
fn late(question: Option<&Question>, why: &str) -> Response {
    let fallback = question.map_or(Late::Nothing, |question| question.fallback);
    let verdict = (fallback != Late::Nothing).then(|| fallback.name());
    let head = value!({
        "decision_id": question.map(|question| question.decision.as_str()),
        "event_id": question.map(|question| question.event_id.as_str()),
        "customer": question.map(|question| question.customer.as_str()),
        "answered": "fallback",
        "why": why,
        "repeat": false,
        "durability": "pending",
        "verdict": verdict,
        "refusals": {},
    });
    with_actions(&head, &[])
}

/// The actions go in as they are: their bytes are those of the stream.
fn with_actions(head: &Value, actions: &[&str]) -> Response {
    let mut text = head.to_string();
    text.pop();
    text.push_str(",\"actions\":[");
    text.push_str(&actions.join(","));
    text.push_str("]}");
    json(StatusCode::OK, text)
}
