//! The way of records from a request to the conductor and back: the gate, the lane, the answer.

use super::answer::Answer;
use super::ask::{Ask, Reply};
use super::call::Call;
use super::gate::Shut;
use super::meters::Shed;
use super::node::{Node, Phase};
use super::owner::{Owner, customer_of};
use super::way::Other;
use crate::config::Grade;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use connectors::http::envelopes::Item;
use connectors::http::problem::{self, Problem};
use engine::event::Asked;
use engine::reject::{Code, Reject};
use rules::catalogue::Family;
use rules::catalogue::load::events::{ELSEWHERE, HELD, UNANSWERED};
use rules::rule::Class;
use rules::value::Text;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// After so many seconds one may try again.
const AGAIN_S: u32 = 1;
const FULL: &str = "as many events are in flight as may be ([limits] in_flight)";

/// What is read of a record before the engine reads it all.
#[derive(Deserialize)]
pub(crate) struct Peek<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) customer: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) source: Cow<'a, str>,
}

/// The type: enough for its class. And the place that only `decide` may ask for.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    ask: Option<&'a RawValue>,
}

impl Kind<'_> {
    /// Why nobody may say it from outside: it is a word of deft itself, or what a question adds.
    fn is_own(&self, node: &Node) -> Option<Reject> {
        if [HELD, UNANSWERED, ELSEWHERE].contains(&self.kind.as_ref()) {
            let cause = "events of this type are made by deft alone";
            return Some(Reject::new(Code::UnknownType, "/type", cause));
        }
        let ask: Cow<'_, str> = serde_json::from_str(self.ask?.get()).ok()?;
        Asked::read(&ask, &node.shelf.book().catalogue)?;
        let cause = "a placement is asked for by `POST /v1/decide?channel=…&placement=…`";
        Some(Reject::new(Code::OutOfRange, "/ask", cause))
    }
}

/// Reads who and what a record is about; `None` when it is no event anyway.
pub(crate) fn peek(record: &[u8]) -> Option<Peek<'_>> {
    serde_json::from_slice(record).ok()
}

/// True when events of the record's type belong to no customer.
pub(crate) fn is_keyless(node: &Node, record: &[u8]) -> bool {
    let kind = serde_json::from_slice::<Kind<'_>>(record).ok();
    let book = node.shelf.book();
    let known = kind.and_then(|kind| book.catalogue.event_named(&kind.kind));
    let event = known.and_then(|id| book.catalogue.event(id));
    event.is_some_and(|event| event.family == Family::Context)
}

/// Records that may be events, and those that cannot be.
pub(crate) struct Batch {
    /// One place per item; what is not taken stands where its item stood.
    refused: Vec<Option<Answer>>,
    records: Vec<Vec<u8>>,
    class: Class,
    /// Those that another node can be asked about.
    others: Vec<Other>,
}

impl Batch {
    /// Sorts items. A batch goes by the lane of its least urgent event.
    pub(crate) fn of(node: &Node, items: Vec<Item>) -> Self {
        let mut batch = Self {
            refused: Vec::with_capacity(items.len()),
            records: Vec::with_capacity(items.len()),
            class: Class::Fraud,
            others: Vec::new(),
        };
        for item in items {
            match sound(node, item) {
                Ok((record, known)) => {
                    node.meters.receive(known.map(|(at, _)| at));
                    let owner = customer_of(node, &record, known);
                    if let Some(owner) = owner.and_then(|customer| Owner::of(node, &customer)) {
                        batch.pass(owner, record);
                        continue;
                    }
                    let class = known.map_or(Class::Commercial, |(_, class)| class);
                    batch.class = batch.class.max(class);
                    batch.records.push(record);
                    batch.refused.push(None);
                }
                Err(reject) => batch.refuse(node, reject),
            }
        }
        batch
    }

    fn refuse(&mut self, node: &Node, reject: Reject) {
        node.meters.receive(None);
        node.meters.reject(reject.code);
        self.refused.push(Some(Answer::Rejected(reject)));
    }

    /// Another division decides about it.
    fn pass(&mut self, owner: Arc<Owner>, record: Vec<u8>) {
        let at = self.refused.len();
        self.refused
            .push(Some(Answer::Elsewhere(Some(Arc::clone(&owner)))));
        if owner.peer().is_some() {
            self.others.push(Other { at, owner, record });
        }
    }

    /// Those that another node can be asked about: who does not, tells where it is.
    pub(crate) fn others(&mut self) -> Vec<Other> {
        std::mem::take(&mut self.others)
    }

    /// The only record, with its class.
    pub(crate) fn only(mut self, call: &Call) -> Result<(Vec<u8>, Class), Problem> {
        match (self.records.pop(), self.refused.pop().flatten()) {
            (Some(record), _) => Ok((record, self.class)),
            (None, Some(Answer::Rejected(reject))) => Err(Problem::of(&reject)),
            (None, Some(Answer::Elsewhere(Some(owner)))) => Err(owner.problem(call.target())),
            _ => Err(Problem::new(problem::MALFORMED, "there is no event")),
        }
    }

    /// Has the records decided; one answer per item, and true when they are committed.
    pub(crate) async fn decide(
        self,
        node: &Arc<Node>,
        grade: Grade,
        received: Instant,
    ) -> Result<(Vec<Answer>, bool), Problem> {
        let (answers, committed) = if self.records.is_empty() {
            (Vec::new(), true)
        } else {
            let reply = send(node, self.records, self.class, grade, None, received)?;
            answered(reply.await)?
        };
        let mut answers = answers.into_iter();
        let all = self.refused.into_iter();
        let all = all.map(|refused| refused.or_else(|| answers.next()));
        match all.collect::<Option<Vec<Answer>>>() {
            Some(all) => Ok((all, committed)),
            None => Err(stopped()),
        }
    }
}

/// Turns several events away before they are read, when there is no room for them: to read a flood that is
/// not let in would take the time of those who are. It counts as of the class of its first event.
pub(crate) fn crowded(node: &Node, items: &[Item]) -> Result<(), Problem> {
    if items.len() < 2 || !node.gate.has_room() || node.gate.has_place(items.len()) {
        return Ok(());
    }
    let first = items.iter().find_map(|item| item.as_ref().ok());
    let kind = first.and_then(|record| serde_json::from_slice::<Kind<'_>>(record).ok());
    let kinds = node.shelf.present().kinds;
    let known = kind.and_then(|kind| kinds.get(kind.kind.as_ref()).copied());
    let class = known.map_or(Class::Commercial, |(_, class)| class);
    node.meters.shed(class, Shed::Full);
    Err(overloaded(FULL))
}

/// Sends records to the conductor. Who names a decision waits for it, and may use the reserve if the
/// event is one of fraud.
pub(crate) fn send(
    node: &Arc<Node>,
    records: Vec<Vec<u8>>,
    class: Class,
    grade: Grade,
    decision: Option<Text>,
    received: Instant,
) -> Result<oneshot::Receiver<Reply>, Problem> {
    match node.phase() {
        Phase::Ready => {}
        Phase::Starting | Phase::Draining => {
            let detail =
                "the node takes nothing new; another one does, or this one after a restart";
            return Err(Problem::new(problem::DRAINING, detail).retry_after(AGAIN_S));
        }
        Phase::Stopped => return Err(stopped()),
    }
    let urgent = class == Class::Fraud && decision.is_some();
    let permit = match node.gate.enter(urgent, records.len()) {
        Ok(permit) => permit,
        Err(Shut::Full) => {
            node.meters.shed(class, Shed::Full);
            return Err(overloaded(FULL));
        }
        Err(Shut::NoRoom) => {
            node.meters.shed(class, Shed::Full);
            let detail = "the disk of `[node] data` has no room; nothing of this was taken. Free some: \
                          intake opens again at `[store] resume`";
            return Err(Problem::new(problem::NO_ROOM, detail).retry_after(AGAIN_S));
        }
        Err(Shut::TooFast) => {
            node.meters.shed(class, Shed::Rate);
            let detail = "faster than the rate of the source of kind `http`";
            return Err(Problem::new(problem::RATE_LIMITED, detail).retry_after(AGAIN_S));
        }
    };
    let (reply, answer) = oneshot::channel();
    let ask = Ask {
        records,
        class,
        received,
        grade,
        decision,
        reply,
        permit,
        taken: None,
    };
    match node.entry.send(ask) {
        Ok(()) => Ok(answer),
        Err((_, true)) => Err(stopped()),
        Err((_, false)) => {
            node.meters.shed(class, Shed::Full);
            Err(overloaded("the lane of this admission class is full"))
        }
    }
}

/// What the conductor said.
pub(crate) fn answered(
    reply: Result<Reply, oneshot::error::RecvError>,
) -> Result<(Vec<Answer>, bool), Problem> {
    match reply {
        Ok(Reply::Done(answers, committed)) => Ok((answers, committed)),
        Ok(Reply::Shed) => Err(overloaded(
            "it waited too long to be worked on; nothing of it was taken",
        )),
        Ok(Reply::Stopped) | Err(_) => Err(stopped()),
    }
}

fn overloaded(detail: &str) -> Problem {
    Problem::new(problem::OVERLOADED, detail).retry_after(AGAIN_S)
}

pub(crate) fn stopped() -> Problem {
    let detail = "the engine has stopped; whether this was taken is known after the restart: send it \
                  again with the same id";
    Problem::new(problem::STOPPED, detail).retry_after(AGAIN_S)
}

/// The place and the class of an event type, where it is known.
pub(crate) type Known = Option<(usize, Class)>;

/// A record that may be an event and may be said from outside: with the place and the class of its type,
/// where that is known.
pub(crate) fn sound(node: &Node, item: Item) -> Result<(Vec<u8>, Known), Reject> {
    read(node, item, false)
}

/// The same of what another division tells, which may say what rules left for all there.
pub(crate) fn heard(node: &Node, item: Item) -> Result<(Vec<u8>, Known), Reject> {
    read(node, item, true)
}

fn read(node: &Node, item: Item, is_ours: bool) -> Result<(Vec<u8>, Known), Reject> {
    let record = item.and_then(|record| shallow(record, node.config.limits.depth))?;
    let kind = serde_json::from_slice::<Kind<'_>>(&record).ok();
    let outside = kind
        .as_ref()
        .filter(|kind| !(is_ours && kind.kind == ELSEWHERE));
    if let Some(reject) = outside.and_then(|kind| kind.is_own(node)) {
        return Err(reject);
    }
    let kinds = node.shelf.present().kinds;
    let known = kind.and_then(|kind| kinds.get(kind.kind.as_ref()).copied());
    Ok((record, known))
}

/// The grade asked for, else the one of `[ack]`.
pub(crate) fn grade(node: &Node, said: Option<&String>) -> Result<Grade, Problem> {
    match said.map(String::as_str) {
        None => Ok(node.config.ack.default),
        Some("durable") => Ok(Grade::Durable),
        Some("received") => Ok(Grade::Received),
        Some(_) => {
            let detail = "`ack` is `durable` or `received`";
            Err(Problem::new(problem::BAD_PARAMETER, detail))
        }
    }
}

/// Whether what is answered will be there after a crash.
pub(crate) fn durability(node: &Node, committed: bool) -> &'static str {
    if committed { node.committed } else { "pending" }
}

/// An answer of JSON.
pub(crate) fn json(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Nothing else may be in a query of these endpoints.
pub(crate) fn only(call: &Call, known: &[&str]) -> Result<(), Problem> {
    call.parameters(known).map(|_| ())
}

/// Refuses what is nested deeper than the limit, before anything recurses into it.
fn shallow(record: Vec<u8>, limit: usize) -> Item {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in &record {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > limit {
                    let cause = format!("nested deeper than {limit} levels ([limits] depth)");
                    return Err(Reject::new(Code::TooDeep, "", cause));
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(record)
}
