//! A request's way to other nodes, while this one works on it: all of it, or the events of a body that others decide
//! about.

use super::forward::{Asked, Forward};
use super::owner::Owner;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use connectors::http::body;
use connectors::http::problem::{self, Peer};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::task::JoinSet;

/// An answer must be there so soon once it has begun.
const BODY_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer per event, at most.
const RESULT_BYTES_MAX: usize = 16 * 1024;

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
        let Some(peer) = answer.extensions().get::<Peer>().cloned() else {
            return answer;
        };
        let body = self.body.get().cloned();
        let body = body.map_or_else(Body::empty, Body::from);
        let asked = Asked::clone(&self.asked);
        self.forward.hand_on(&peer, asked, body).await
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

    async fn ask_one(&self, peer: Peer, group: Vec<Other>) -> Vec<Heard> {
        let mut asked = Asked::clone(&self.asked);
        let json = HeaderValue::from_static("application/json");
        asked.headers.insert(header::CONTENT_TYPE, json);
        // Of a form that one event alone has.
        asked.headers.remove("ce-specversion");
        let records: Vec<&[u8]> = group.iter().map(|other| other.record.as_slice()).collect();
        let body = [b"[".as_slice(), &records.join(b",".as_slice()), b"]"].concat();
        let answer = self.forward.hand_on(&peer, asked, body.into()).await;
        let is_taken = answer.status().is_success();
        let (head, body) = answer.into_parts();
        let most = RESULT_BYTES_MAX.saturating_mul(group.len() + 1);
        let read = body::read(&head.headers, body, most, BODY_PATIENCE).await;
        let bytes = read.unwrap_or_default();
        let several = serde_json::from_slice::<Several>(&bytes).ok();
        let several = several.filter(|said| is_taken && said.results.len() == group.len());
        match several {
            Some(Several {
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
            None => {
                let problem = serde_json::from_slice::<Map<String, Value>>(&bytes);
                let problem = problem.unwrap_or_default();
                group.iter().map(|other| refused(other, &problem)).collect()
            }
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
