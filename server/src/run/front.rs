//! The front of a listener: while the state is being restored it answers the probes and asks everybody
//! else to come again; then every request goes to the routers of the node.

use super::clock;
use super::fleet::{Place, Seen};
use super::forward::{Asked, Forward};
use super::intake::json;
use super::probes::exposed;
use super::progress::Progress;
use super::routes::Side;
use super::way::Way;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use connectors::http::problem::{self, Peer, Problem};
use serde_json::json as value;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tower_service::Service as _;

/// What a listener serves: nothing but probes until it is given a router.
#[derive(Clone)]
pub(crate) struct Front {
    behind: Arc<OnceLock<Router>>,
    progress: Arc<Progress>,
    began: Instant,
    side: Side,
    /// What is known of the fleet, where it is one of several nodes.
    fleet: Option<Arc<Seen>>,
    /// Who hands requests on, where nodes call each other.
    forward: Option<Arc<Forward>>,
}

impl Front {
    /// Of a node that is being restored.
    pub(crate) fn new(
        side: Side,
        progress: &Arc<Progress>,
        fleet: Option<&Arc<Seen>>,
        forward: Option<&Arc<Forward>>,
    ) -> Self {
        Self {
            behind: Arc::default(),
            progress: Arc::clone(progress),
            began: clock::moment(),
            side,
            fleet: fleet.cloned(),
            forward: forward.cloned(),
        }
    }

    /// From here on every request goes there.
    pub(crate) fn open(&self, router: Router) {
        // The first one stays: a node becomes ready once.
        let _ = self.behind.set(router);
    }

    /// The router a listener is given.
    pub(crate) fn router(&self) -> Router {
        let front = self.clone();
        Router::new().fallback(move |request: Request| {
            let front = front.clone();
            async move { front.answer(request).await }
        })
    }

    /// By the router behind it, before there is one by itself, or by another node that would know better.
    async fn answer(&self, request: Request) -> Response {
        match (self.behind.get(), &self.forward) {
            (Some(router), Some(forward)) if forward.division.is_some() => {
                let (mut head, body) = request.into_parts();
                let way = Way::new(forward, Asked::of(&head, self.side));
                head.extensions.insert(way.clone());
                let request = Request::from_parts(head, body);
                let answer = router.clone().call(request).await.into_response();
                way.better(answer).await
            }
            (Some(router), _) => router.clone().call(request).await.into_response(),
            (None, forward) => match &self.fleet {
                Some(fleet) if fleet.state().place != Place::Behind => {
                    let answer = aside(fleet, self.side, request.uri());
                    match (forward, answer.extensions().get::<Peer>()) {
                        (Some(forward), Some(peer)) => {
                            let (head, body) = request.into_parts();
                            let asked = Asked::of(&head, self.side);
                            forward.hand_on(peer, asked, body).await
                        }
                        _ => answer,
                    }
                }
                _ => self.wait(request.uri().path()),
            },
        }
    }

    fn wait(&self, path: &str) -> Response {
        let (done, total) = self.progress.seen();
        let left = left(self.began.elapsed().as_secs_f64(), done, total);
        let restore = value!({ "bytes": done, "of": total, "seconds_left": left });
        let red = |body: serde_json::Value| json(StatusCode::SERVICE_UNAVAILABLE, body.to_string());
        match (self.side, path) {
            (Side::Admin, "/livez") => json(StatusCode::OK, value!({ "live": true }).to_string()),
            (Side::Admin, "/startupz") => red(value!({ "started": false, "restore": restore })),
            (Side::Admin, "/readyz") => red(value!({
                "ready": false,
                "phase": "starting",
                "checks": { "started": "no", "engine": "ok", "room_on_disk": "ok", "not_draining": "ok" },
            })),
            _ => {
                let detail = "the state is being restored; `GET /startupz` on the admin listener tells how far it is";
                let again = left.unwrap_or(1).clamp(1, 60);
                let problem = Problem::new(problem::STARTING, detail);
                problem
                    .retry_after(u32::try_from(again).unwrap_or(1))
                    .into_response()
            }
        }
    }
}

/// The metrics of a node that does not lead.
fn measured(fleet: &Seen) -> Response {
    match fleet.render() {
        Some(text) => exposed(text),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// What a node answers that does not lead: who does, and a way there.
fn aside(fleet: &Seen, side: Side, uri: &Uri) -> Response {
    let state = fleet.state();
    let leader = state.leader.as_ref();
    let peer = leader.and_then(|leader| leader.peers.as_deref());
    let is_customer = is_customer(uri.path());
    let told = value!({
        "place": state.place.name(),
        "seq": state.seq,
        "behind": state.behind,
        "term": leader.map(|leader| leader.term),
        "leader": leader.map(|leader| &leader.node),
        "address": leader.map(|leader| &leader.address),
    });
    match (side, uri.path()) {
        (Side::Admin, "/livez") => json(StatusCode::OK, value!({ "live": true }).to_string()),
        (Side::Admin, "/metrics") => measured(fleet),
        (Side::Admin, "/startupz") => {
            let started = value!({ "started": true, "fleet": told });
            json(StatusCode::OK, started.to_string())
        }
        (Side::Admin, "/readyz") => {
            let checks = value!({ "started": "ok", "engine": "ok", "leads": "no" });
            let ready = value!({
                "ready": false, "phase": "standby", "checks": checks, "fleet": told,
            });
            json(StatusCode::SERVICE_UNAVAILABLE, ready.to_string())
        }
        (Side::Admin, "/v1/status") => json(
            StatusCode::OK,
            value!({ "phase": "standby", "fleet": told }).to_string(),
        ),
        (Side::Public | Side::Peers, _) if state.place == Place::Standby && leader.is_some() => {
            let address = leader.map_or("", |leader| leader.address.as_str());
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            let detail = "this node stands by; the one that leads is at `Location`";
            Problem::new(problem::NOT_LEADER, detail)
                .location(format!("{address}{path}"))
                // The one endpoint of the admin listener that others serve is none of the public one's here either.
                .peer(peer.filter(|_| side == Side::Peers || !is_customer))
                .into_response()
        }
        _ => {
            let detail = "this node stands by, and is about to lead or knows of nobody who does";
            let problem = Problem::new(problem::STARTING, detail).retry_after(1);
            let peer = peer.filter(|_| is_customer && state.place == Place::Standby);
            problem.peer(peer).into_response()
        }
    }
}

/// `GET /v1/customers/{id}`, and nothing below it.
fn is_customer(path: &str) -> bool {
    let id = path.strip_prefix("/v1/customers/");
    id.is_some_and(|id| !id.contains('/'))
}

/// Seconds that are left at the pace so far; `None` before there is one.
pub(crate) fn left(elapsed: f64, done: u64, total: u64) -> Option<u64> {
    if done == 0 || total == 0 {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate for people"
    )]
    let left = (elapsed * (total.saturating_sub(done)) as f64 / done as f64).ceil() as u64;
    Some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_once_there_is_a_pace() {
        assert_eq!(left(1.0, 0, 10), None);
        assert_eq!(left(2.0, 4, 10), Some(3));
        assert_eq!(left(2.0, 10, 10), Some(0));
    }

    #[tokio::test]
    async fn until_it_is_opened_only_probes_are_answered() {
        let progress = Arc::new(Progress::default());
        progress.begin(100);
        progress.more(25);
        let front = Front::new(Side::Admin, &progress, None, None);
        let asked = async |path: &str| {
            let request = Request::builder().uri(path).body(axum::body::Body::empty());
            let mut router = front.router();
            let response = router.call(request.unwrap()).await;
            response.unwrap().status().as_u16()
        };
        assert_eq!(asked("/livez").await, 200);
        for red in ["/startupz", "/readyz", "/metrics", "/v1/status"] {
            assert_eq!(asked(red).await, 503, "{red}");
        }
        front.open(Router::new().fallback(async || "open"));
        assert_eq!(asked("/v1/status").await, 200);
    }
}
