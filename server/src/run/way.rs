//! A request's way to other nodes, while this one works on it: all of it, or the events of a body that others decide
//! about.

use super::forward::{Asked, Forward};
use super::owner::Owner;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use connectors::http::body;
use connectors::http::problem::{self, Peer, Problem};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::task::JoinSet;

/// An answer must be there so soon once it has begun.
const BODY_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer per event, at most.
const RESULT_BYTES_MAX: usize = 16 * 1024;
/// What is said when it is not known here, and not of all others whether it is there.
const NOT_ALL: &str =
    "this division does not know it, and not every other one could be asked: try again";

/// The way of one request.
#[derive(Clone)]
pub(crate) struct Way {
    forward: Arc<Forward>,
    asked: Arc<Asked>,
    /// Its body, once it was read.
    body: Arc<OnceLock<Bytes>>,
}

/// An event that another division decides about.
pub(crate) struct Other {
    /// Its place among the events of its body.
    pub(crate) at: usize,
    pub(crate) owner: Arc<Owner>,
    pub(crate) record: Vec<u8>,
}

/// What became of such an event.
pub(crate) struct Heard {
    pub(crate) at: usize,
    pub(crate) told: Map<String, Value>,
    /// It will be there after a crash.
    pub(crate) committed: bool,
}

/// What a node says of several events.
#[derive(Deserialize)]
struct Several {
    durability: String,
    results: Vec<Map<String, Value>>,
}

impl Way {
    /// By whom requests are handed on.
    pub(crate) fn new(forward: &Arc<Forward>, asked: Asked) -> Self {
        Self {
            forward: Arc::clone(forward),
            asked: Arc::new(asked),
            body: Arc::default(),
        }
    }

    /// Keeps the body that was read.
    pub(crate) fn keep(&self, bytes: &Bytes) {
        // A body is read once.
        let _ = self.body.set(bytes.clone());
    }

    /// What the node says that would know better than this answer; this answer when none would.
    pub(crate) async fn better(&self, answer: Response) -> Response {
        if let Some(peer) = answer.extensions().get::<Peer>().cloned() {
            let asked = Asked::clone(&self.asked);
            return self.forward.hand_on(&peer, asked, self.body()).await;
        }
        if answer.status() == StatusCode::NOT_FOUND && self.asked.may_be_anywhere() {
            return self.anywhere(answer).await;
        }
        answer
    }

    /// The body once more.
    fn body(&self) -> Body {
        let body = self.body.get().cloned();
        body.map_or_else(Body::empty, Body::from)
    }

    /// What the division says that knows of it; this answer when none does.
    async fn anywhere(&self, answer: Response) -> Response {
        let others = self.forward.others();
        let mut known = others.iter().all(Option::is_some);
        let mut asked = JoinSet::new();
        for peer in others.into_iter().flatten() {
            let way = self.clone();
            asked.spawn(async move {
                let asked = Asked::clone(&way.asked).last();
                way.forward.hand_on(&peer, asked, way.body()).await
            });
        }
        while let Some(said) = asked.join_next().await {
            match said {
                Ok(said) if said.status().is_server_error() => known = false,
                Ok(said) if said.status() == StatusCode::NOT_FOUND => {}
                // An id is of one division.
                Ok(said) => return said,
                Err(_) => known = false,
            }
        }
        if known {
            return answer;
        }
        let problem = Problem::new(problem::UNREACHABLE, NOT_ALL);
        problem.retry_after(1).into_response()
    }

    /// The same of several in one body, each by itself: what the division says that knows of it, in the order of
    /// these. `None`: none does.
    pub(crate) async fn look_for(&self, records: Vec<Vec<u8>>) -> Vec<Option<Map<String, Value>>> {
        let mut found = vec![None; records.len()];
        if records.is_empty() || !self.asked.may_be_anywhere() {
            return found;
        }
        let others = self.forward.others();
        let mut known = others.iter().all(Option::is_some);
        let records = Arc::new(records);
        let mut asked = JoinSet::new();
        for peer in others.into_iter().flatten() {
            let (way, records) = (self.clone(), Arc::clone(&records));
            asked.spawn(async move {
                let asked = Asked::clone(&way.asked).last();
                let records: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
                way.several(&peer, asked, &records).await
            });
        }
        while let Some(said) = asked.join_next().await {
            let Ok(Ok(said)) = said else {
                known = false;
                continue;
            };
            for (place, told) in found.iter_mut().zip(said.results) {
                if told.get("status").and_then(Value::as_u64) != Some(404) {
                    *place = Some(told);
                }
            }
        }
        for place in found.iter_mut().filter(|place| place.is_none() && !known) {
            let told = json!({
                "result": "rejected", "status": 502, "code": problem::UNREACHABLE.code,
                "pointer": "/action_id", "detail": NOT_ALL,
            });
            *place = told.as_object().cloned();
        }
        found
    }

    /// Asks the owners of these events about them, all owners at once.
    pub(crate) async fn ask(&self, others: Vec<Other>) -> Vec<Heard> {
        let mut groups: BTreeMap<String, Vec<Other>> = BTreeMap::new();
        for other in others {
            if let Some(peer) = other.owner.peer() {
                groups.entry(peer.to_owned()).or_default().push(other);
            }
        }
        let mut asked = JoinSet::new();
        for (peer, group) in groups {
            let way = self.clone();
            asked.spawn(async move { way.ask_one(Peer(peer), group).await });
        }
        let mut heard = Vec::new();
        while let Some(said) = asked.join_next().await {
            heard.extend(said.unwrap_or_default());
        }
        heard
    }

    /// What that node says of several records, or why it does not.
    async fn several(
        &self,
        peer: &Peer,
        mut asked: Asked,
        records: &[&[u8]],
    ) -> Result<Several, Map<String, Value>> {
        let json = HeaderValue::from_static("application/json");
        asked.headers.insert(header::CONTENT_TYPE, json);
        // Of a form that one event alone has.
        asked.headers.remove("ce-specversion");
        let body = [b"[".as_slice(), &records.join(b",".as_slice()), b"]"].concat();
        let answer = self.forward.hand_on(peer, asked, body.into()).await;
        let is_taken = answer.status().is_success();
        let (head, body) = answer.into_parts();
        let most = RESULT_BYTES_MAX.saturating_mul(records.len() + 1);
        let read = body::read(&head.headers, body, most, BODY_PATIENCE).await;
        let bytes = read.unwrap_or_default();
        let several = serde_json::from_slice::<Several>(&bytes).ok();
        several
            .filter(|said| is_taken && said.results.len() == records.len())
            .ok_or_else(|| serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn ask_one(&self, peer: Peer, group: Vec<Other>) -> Vec<Heard> {
        let asked = Asked::clone(&self.asked);
        let records: Vec<&[u8]> = group.iter().map(|other| other.record.as_slice()).collect();
        match self.several(&peer, asked, &records).await {
            Ok(Several {
                durability,
                results,
            }) => {
                let committed = durability != "pending";
                let told = group.iter().zip(results);
                told.map(|(other, told)| Heard {
                    at: other.at,
                    told,
                    committed,
                })
                .collect()
            }
            Err(problem) => group.iter().map(|other| refused(other, &problem)).collect(),
        }
    }
}

/// An event that was not answered for: why, and where it may be sent.
fn refused(other: &Other, problem: &Map<String, Value>) -> Heard {
    let mut told = other.owner.told();
    let code = problem.get("code").and_then(Value::as_str);
    told.insert(
        "code".to_owned(),
        code.unwrap_or(problem::UNREACHABLE.code).into(),
    );
    if let Some(detail) = problem.get("detail") {
        told.insert("detail".to_owned(), detail.clone());
    }
    Heard {
        at: other.at,
        told,
        committed: true,
    }
}
