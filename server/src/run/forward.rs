//! Whoever asked the wrong node: the request goes on to the node that decides, and its answer comes back. Both nodes
//! show each other who they are ([`connectors::http::peers`]); who asked is asked for a token there, as here.

use super::clock;
use super::fleet::Seen;
use super::routes::Side;
use crate::config::Config;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse as _, Response};
use connectors::http::peers::Peers;
use connectors::http::problem::{self, Peer, Problem};
use engine::division::Division;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many nodes have handed a request on; nobody but a node may say it.
pub(crate) const HOPS: HeaderName = HeaderName::from_static("deft-hops");
/// From one that follows to its leader, and from there to the division that decides.
pub(crate) const HOPS_MAX: u8 = 2;
/// After so many seconds one may try again.
const AGAIN_S: u32 = 1;

/// What is of one connection alone (RFC 9110, 7.6.1), and what is written anew for the next.
const OWN: [HeaderName; 9] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::HOST,
    header::CONTENT_LENGTH,
    header::EXPECT,
    HOPS,
];

/// A request without its body.
#[derive(Clone)]
pub(crate) struct Asked {
    method: Method,
    uri: Uri,
    pub(super) headers: HeaderMap,
    hops: u8,
}

impl Asked {
    /// A node that cannot answer it may hand it on.
    pub(crate) fn may_go_on(&self) -> bool {
        self.hops < HOPS_MAX
    }

    /// The same for a node that answers by itself: it hands nothing on.
    pub(crate) fn last(self) -> Self {
        Self {
            hops: HOPS_MAX - 1,
            ..self
        }
    }

    /// Of a request that came in at this side: how often it was handed on is believed of nodes alone.
    pub(crate) fn of(head: &Parts, side: Side) -> Self {
        let said = head.headers.get(HOPS).filter(|_| side == Side::Peers);
        let said = said.and_then(|said| said.to_str().ok()?.parse().ok());
        let mut headers = head.headers.clone();
        OWN.iter().for_each(|own| drop(headers.remove(own)));
        Self {
            method: head.method.clone(),
            uri: head.uri.clone(),
            headers,
            hops: said.unwrap_or_default(),
        }
    }
}

/// Hands requests on.
pub(crate) struct Forward {
    peers: Peers,
    seen: Arc<Seen>,
    /// Whose customers this node decides about, where they are divided: then one that leads hands on as well.
    pub(crate) division: Option<Division>,
    /// The last one was answered: what is said of it is said once.
    is_well: AtomicBool,
}

impl Forward {
    /// Of a node whose fleet has papers.
    pub(crate) fn of(config: &Config, seen: Option<&Arc<Seen>>) -> Option<Arc<Self>> {
        let fleet = config.fleet.as_ref()?;
        Some(Arc::new(Self {
            peers: Peers::new(&fleet.peers.as_ref()?.papers),
            seen: Arc::clone(seen?),
            division: fleet.division(),
            is_well: AtomicBool::new(true),
        }))
    }

    /// Where the leaders of the other divisions are asked; `None`: that of one is not known.
    pub(crate) fn others(&self) -> Vec<Option<Peer>> {
        let Some(own) = self.division else {
            return Vec::new();
        };
        let others = (0..own.of()).filter(|number| *number != own.number());
        let peer = |number| Some(Peer(self.seen.leader_of(number)?.peers?));
        others.map(peer).collect()
    }

    /// What that node says.
    pub(crate) async fn hand_on(&self, to: &Peer, asked: Asked, body: Body) -> Response {
        if !asked.may_go_on() {
            let detail = "the nodes that were asked are not of one mind who decides; it will be known shortly";
            let problem = Problem::new(problem::STARTING, detail);
            return problem.retry_after(AGAIN_S).into_response();
        }
        let began = clock::moment();
        let mut request = Request::new(body);
        *request.method_mut() = asked.method;
        *request.uri_mut() = asked.uri;
        *request.headers_mut() = asked.headers;
        let hops = HeaderValue::from(u16::from(asked.hops) + 1);
        request.headers_mut().insert(HOPS, hops);
        let answer = self.peers.send(&to.0, request).await;
        self.seen
            .note_handed_on(answer.is_ok(), began.elapsed().as_secs_f64());
        match answer {
            Ok(mut answer) => {
                self.is_well.store(true, Ordering::Relaxed);
                let headers = answer.headers_mut();
                OWN.iter().for_each(|own| drop(headers.remove(own)));
                answer
            }
            Err(why) => {
                if self.is_well.swap(false, Ordering::Relaxed) {
                    tracing::warn!(why, "another node of the fleet cannot be asked");
                }
                let detail = format!(
                    "this node handed it on and has no answer: {why}. Whether it was taken is not known: send it again \
                     with the same id"
                );
                let problem = Problem::new(problem::UNREACHABLE, detail);
                problem.retry_after(AGAIN_S).into_response()
            }
        }
    }
}
