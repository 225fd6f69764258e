//! A request's way to other nodes, while this one works on it: all of it, or the events of a body that others decide
//! about.

use super::forward::{Asked, Forward};
use super::owner::Owner;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use connectors::http::body;
use connectors::http::problem::{self, Anywhere, Peer, Problem};
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

impl Several {
    /// All of it will be there after a crash.
    fn is_committed(&self) -> bool {
        self.durability != "pending"
    }
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
        if answer.extensions().get::<Anywhere>().is_some() && self.asked.may_go_on() {
            return self.anywhere(answer).await;
        }
        answer
    }

    /// The body once more.
    fn body(&self) -> Body {
        let body = self.body.get().cloned();
        body.map_or_else(Body::empty, Body::from)
    }

    /// How the leaders of all other divisions are asked; false: one of them is not known.
    fn everywhere(&self) -> (Vec<(Peer, Asked)>, bool) {
        let others = self.forward.others();
        let are_known = others.iter().all(Option::is_some);
        let others = others.into_iter().flatten();
        let asked = others.map(|peer| (peer, Asked::clone(&self.asked).last()));
        (asked.collect(), are_known)
    }

    /// What the division says that knows of it; this answer when none does.
    async fn anywhere(&self, answer: Response) -> Response {
        let (others, mut all_said) = self.everywhere();
        let mut asked = JoinSet::new();
        for (peer, request) in others {
            let way = self.clone();
            asked.spawn(async move { way.forward.hand_on(&peer, request, way.body()).await });
        }
        while let Some(said) = asked.join_next().await {
            match said {
                Ok(said) if said.status() == StatusCode::NOT_FOUND => {}
                // An id is of one division.
                Ok(said) if !said.status().is_server_error() => return said,
                _ => all_said = false,
            }
        }
        if all_said {
            return answer;
        }
        let problem = Problem::new(problem::UNREACHABLE, NOT_ALL);
        problem.retry_after(1).into_response()
    }

    /// The same of several in one body, in their order: `None`, no division knows of it.
    pub(crate) async fn look_for(&self, records: Vec<Vec<u8>>) -> Vec<Option<Heard>> {
        let mut found: Vec<Option<Heard>> = records.iter().map(|_| None).collect();
        if records.is_empty() || !self.asked.may_go_on() {
            return found;
        }
        let (others, mut all_said) = self.everywhere();
        let records = Arc::new(records);
        let mut asked = JoinSet::new();
        for (peer, request) in others {
            let (way, records) = (self.clone(), Arc::clone(&records));
            asked.spawn(async move {
                let records: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
                way.several(&peer, request, &records).await
            });
        }
        while let Some(said) = asked.join_next().await {
            let Ok(Ok(said)) = said else {
                all_said = false;
                continue;
            };
            let committed = said.is_committed();
            for ((at, place), told) in found.iter_mut().enumerate().zip(said.results) {
                if told.get("status").and_then(Value::as_u64) != Some(404) {
                    *place = Some(Heard {
                        at,
                        told,
                        committed,
                    });
                }
            }
        }
        if !all_said {
            for (at, place) in found.iter_mut().enumerate() {
                place.get_or_insert_with(|| unreached(at));
            }
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
            Ok(said) => {
                let committed = said.is_committed();
                let told = group.iter().zip(said.results);
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

/// One that is not known here, and perhaps where nobody could be asked.
fn unreached(at: usize) -> Heard {
    let told = json!({
        "result": "rejected", "status": 502, "code": problem::UNREACHABLE.code,
        "pointer": "/action_id", "detail": NOT_ALL,
    });
    Heard {
        at,
        told: told.as_object().cloned().unwrap_or_default(),
        committed: true,
    }
}
