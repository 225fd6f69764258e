//! `POST /v1/decide`: one event, and what is to be done about it, in time. Who asks too late or too
//! often gets an answer all the same: the declared fallback, or the decision that was recorded.

use super::answer::{Answer, Sent, Settlement};
use super::ask::Reply;
use super::call::Call;
use super::intake::{self, Batch, answered, durability, grade, json, peek, send};
use super::look::{self, Seen};
use super::node::Node;
use super::unanswered::{self, Missed};
use crate::config::Late;
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::envelopes::{self, Envelopes};
use connectors::http::problem::{self, Problem};
use engine::ids::decision_id;
use engine::refusal::Refusal;
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
    /// A place on it that is to be filled.
    placement: Option<String>,
    top: usize,
    /// Nothing of it happens: it is said what would.
    dry: bool,
}

impl View {
    /// True for actions of the channel and the place that are asked about.
    fn shows(&self, sent: &Sent) -> bool {
        let on = |asked: &Option<String>, place: &Option<Text>| {
            asked.is_none() || asked.as_deref() == place.as_deref()
        };
        on(&self.channel, &sent.channel) && on(&self.placement, &sent.placement)
    }

    /// The event with the place that is asked for: it is decided so, and logged so.
    fn asking(&self, record: Vec<u8>) -> Vec<u8> {
        let (Some(channel), Some(placement)) = (&self.channel, &self.placement) else {
            return record;
        };
        let Some(members) = record.trim_ascii_start().strip_prefix(b"{") else {
            return record;
        };
        let ask = Value::from(format!("{channel}/{placement}"));
        let mut asking = format!("{{\"ask\":{ask},").into_bytes();
        asking.extend_from_slice(members);
        asking
    }

    /// An answer that nothing came of says so.
    fn mark(&self, head: &mut Value) {
        if let Some(members) = head.as_object_mut().filter(|_| self.dry) {
            members.insert("dry_run".to_owned(), true.into());
        }
    }
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
    let parameters = call.parameters(&["ack", "channel", "placement", "top", "dry_run"])?;
    let grade = grade(&node, parameters.get("ack"))?;
    let view = view(&node, &parameters)?;
    let deadline = deadline(&node, &call)?;
    let limits = node.config.limits;
    let body = call.body(limits.body).await?;
    let Envelopes::One(item) = envelopes::read(&call.headers, &body, limits.batch)? else {
        let detail = "one event is decided at a time; send several to `POST /v1/events`";
        return Err(Problem::new(problem::BAD_REQUEST, detail));
    };
    let (record, class) = Batch::of(&node, vec![item]).only(&call)?;
    if intake::is_keyless(&node, &record) {
        let detail =
            "an event that belongs to no customer has no decision: send it to `POST /v1/events`";
        return Err(Problem::new(problem::BAD_REQUEST, detail));
    }
    let question = question(&node, &record, class);
    let record = view.asking(record);
    let left = deadline.saturating_sub(call.received.elapsed());
    let answered = if view.dry {
        let answer = look::put(&node, look::Question::Try(record))?;
        tried(left, answer).await?
    } else {
        let decision = question.as_ref().map(|q| q.decision.clone());
        // A record that is no event has no decision, and the engine says what is wrong with it.
        let decision = decision.or(Some(Text::default()));
        let mut reply = send(&node, vec![record], class, grade, decision, call.received)?;
        let answered = in_time(left, &mut reply).await?;
        if answered.is_none() {
            miss(&node, reply, question.as_ref(), &view);
        }
        answered
    };
    let Some((answers, committed)) = answered else {
        return Ok(late(question.as_ref(), "DEADLINE", &view));
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
        (Answer::TooLate, question) => Ok(late(question.as_ref(), "TOO_LATE", &view)),
        (Answer::Settled(settled), Some(question)) => {
            Ok(told(&node, question, settled, &view, false, committed))
        }
        (Answer::Duplicate, Some(question)) => repeat(&node, question, &view, committed),
        (Answer::Elsewhere(Some(owner)), _) => Err(owner.problem(call.target())),
        (Answer::Settled(_) | Answer::Duplicate, None) | (Answer::Elsewhere(None), _) => {
            Err(unknown())
        }
    }
}

/// What the conductor would say, if it says so in time. What it says rests on committed state.
async fn tried(
    left: Duration,
    answer: oneshot::Receiver<Seen>,
) -> Result<Option<(Vec<Answer>, bool)>, Problem> {
    match tokio::time::timeout(left, answer).await {
        Ok(Ok(Seen::Tried(answer))) => Ok(Some((vec![answer], true))),
        Ok(_) => Err(intake::stopped()),
        Err(_) => Ok(None),
    }
}

/// What the conductor said, if it said so in time.
async fn in_time(
    left: Duration,
    reply: &mut oneshot::Receiver<Reply>,
) -> Result<Option<(Vec<Answer>, bool)>, Problem> {
    if left.is_zero() {
        return Ok(None);
    }
    match tokio::time::timeout(left, reply).await {
        Ok(reply) => answered(reply).map(Some),
        Err(_) => Ok(None),
    }
}

/// The event is decided all the same; that its answer came too late is logged.
fn miss(
    node: &Arc<Node>,
    reply: oneshot::Receiver<Reply>,
    question: Option<&Question>,
    view: &View,
) {
    let answer = question.map_or(Late::Nothing, |q| q.fallback).name();
    node.meters.miss(answer);
    if let Some(question) = question {
        let missed = Missed {
            decision: question.decision.clone(),
            channel: view.channel.clone(),
            answer,
        };
        unanswered::tell(node, reply, missed);
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
    if !view.dry {
        node.meters.repeats.increment(1);
    }
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
    let placement = parameters.get("placement").cloned();
    if let Some(name) = &placement {
        is_known(node, channel.as_deref(), name)?;
    }
    let top = match parameters.get("top").map(|top| top.parse::<usize>()) {
        None => usize::MAX,
        Some(Ok(top)) => top,
        Some(Err(_)) => {
            let detail = "`top` is a whole number";
            return Err(Problem::new(problem::BAD_PARAMETER, detail));
        }
    };
    let dry = match parameters.get("dry_run").map(String::as_str) {
        None | Some("0") => false,
        Some("1") => true,
        Some(_) => {
            let detail = "`dry_run` is 0 or 1";
            return Err(Problem::new(problem::BAD_PARAMETER, detail));
        }
    };
    Ok(View {
        channel,
        placement,
        top,
        dry,
    })
}

/// A place is on a channel, and both are in the catalogue.
fn is_known(node: &Node, channel: Option<&str>, placement: &str) -> Result<(), Problem> {
    let Some(channel) = channel else {
        let detail = "`placement` is a place on a channel: name `channel` as well";
        return Err(Problem::new(problem::BAD_PARAMETER, detail));
    };
    let book = node.shelf.book();
    let found = book.catalogue.channel_named(&Text::from(channel));
    if found.and_then(|c| c.placement(placement)).is_none() {
        let shown = placement.escape_debug();
        let detail = format!("channel `{channel}` has no placement `{shown}`");
        return Err(Problem::new(problem::NOT_FOUND, detail));
    }
    Ok(())
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
    let (mut contacts, mut withdrawn) = (0, 0);
    let seen = settled.actions.iter().filter(|sent: &&Sent| {
        if sent.verdict.is_some() {
            return true;
        }
        if node.decisions.is_withdrawn(&sent.id) {
            withdrawn += 1;
            return false;
        }
        let here = view.shows(sent);
        contacts += usize::from(here);
        here && contacts <= view.top
    });
    let actions: Vec<&str> = seen.map(|sent| &*sent.json).collect();
    let mut refusals = settled.refusals.clone();
    if withdrawn > 0 {
        refusals.insert(Refusal::Withdrawn.code(), withdrawn);
    }
    let durability = if view.dry {
        "none"
    } else {
        durability(node, committed)
    };
    let mut head = value!({
        "decision_id": question.decision.as_str(),
        "event_id": question.event_id,
        "customer": question.customer,
        "answered": "rules",
        "repeat": repeat,
        "durability": durability,
        "late": settled.late,
        "book": node.shelf.book().hash.as_str(),
        "verdict": verdict(settled).or(question.verdict),
        "refusals": refusals,
    });
    view.mark(&mut head);
    with_actions(&head, &actions)
}

/// The declared fallback: nothing was decided in time for this answer.
fn late(question: Option<&Question>, why: &str, view: &View) -> Response {
    let fallback = question.map_or(Late::Nothing, |question| question.fallback);
    let verdict = (fallback != Late::Nothing).then(|| fallback.name());
    let mut head = value!({
        "decision_id": question.map(|question| question.decision.as_str()),
        "event_id": question.map(|question| question.event_id.as_str()),
        "customer": question.map(|question| question.customer.as_str()),
        "answered": "fallback",
        "why": why,
        "repeat": false,
        "durability": if view.dry { "none" } else { "pending" },
        "verdict": verdict,
        "refusals": {},
    });
    view.mark(&mut head);
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
