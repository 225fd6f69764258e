//! Every endpoint in one table: its way, its listener, and what a token must be allowed to do. The
//! routers, the guard and the test against the document are all made of it.

use super::node::Node;
use super::{
    backup, customers, decide, events, guard, holds, operator, outcomes, probes, records, reload,
    rollback, stream, switches,
};
use axum::Router;
use axum::response::{IntoResponse as _, Response};
use connectors::http::problem::{self, Problem};
use std::sync::Arc;

/// Where an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// For those who send and read events.
    Public,
    /// For those who run the node.
    Admin,
    /// For other nodes of the fleet.
    Peers,
}

/// What a token must be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nobody is asked.
    Nothing,
    /// This scope.
    Scope(&'static str),
    /// `stream:<kind>` of some kind.
    Stream,
}

/// One endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) side: Side,
    pub(crate) need: Need,
}

const fn public(method: &'static str, path: &'static str, need: Need) -> Route {
    Route {
        method,
        path,
        side: Side::Public,
        need,
    }
}

const fn admin(method: &'static str, path: &'static str, need: Need) -> Route {
    Route {
        method,
        path,
        side: Side::Admin,
        need,
    }
}

const OPERATE: Need = Need::Scope("operate");
const READ: Need = Need::Scope("read:customer");

const EVENTS: Route = public("POST", "/v1/events", Need::Scope("ingest"));
const DECIDE: Route = public("POST", "/v1/decide", Need::Scope("decide"));
const OUTCOMES: Route = public("POST", "/v1/outcomes", Need::Scope("outcome"));
const STREAM: Route = public("GET", "/v1/stream", Need::Stream);
const DECISION: Route = public("GET", "/v1/decisions/{id}", READ);
const EXPLAIN: Route = public("GET", "/v1/decisions/{id}/explain", READ);
const OPENAPI: Route = public("GET", "/openapi.json", Need::Nothing);
const LIVE: Route = admin("GET", "/livez", Need::Nothing);
const READY: Route = admin("GET", "/readyz", Need::Nothing);
const STARTED: Route = admin("GET", "/startupz", Need::Nothing);
const METRICS: Route = admin("GET", "/metrics", Need::Nothing);
const CUSTOMER: Route = admin("GET", "/v1/customers/{id}", READ);
const HOLD: Route = admin("POST", "/v1/customers/{id}/holds", OPERATE);
const LET_GO: Route = admin("DELETE", "/v1/customers/{id}/holds/{hold}", OPERATE);
const STATUS: Route = admin("GET", "/v1/status", OPERATE);
const CONFIG: Route = admin("GET", "/v1/config", OPERATE);
const SHARDS: Route = admin("GET", "/v1/shards", OPERATE);
const RULES: Route = admin("GET", "/v1/rules", OPERATE);
const RELOAD: Route = admin("POST", "/v1/rules/reload", OPERATE);
const ROLLBACK: Route = admin("POST", "/v1/rules/rollback", OPERATE);
const PAUSE: Route = admin("POST", "/v1/rules/{id}/pause", OPERATE);
const RESUME: Route = admin("POST", "/v1/rules/{id}/resume", OPERATE);
const SWITCH: Route = admin("POST", "/v1/switches/{switch}", OPERATE);
const DRAIN: Route = admin("POST", "/v1/drain", OPERATE);
const SNAPSHOT: Route = admin("POST", "/v1/snapshot", OPERATE);
const BACKUP: Route = admin("POST", "/v1/backup", OPERATE);
const LOG_LEVEL: Route = admin("PUT", "/v1/log-level", OPERATE);

/// Every endpoint.
#[cfg(test)]
const ALL: [Route; 27] = [
    EVENTS, DECIDE, OUTCOMES, STREAM, DECISION, EXPLAIN, OPENAPI, LIVE, READY, STARTED, METRICS,
    CUSTOMER, HOLD, LET_GO, STATUS, CONFIG, SHARDS, RULES, RELOAD, ROLLBACK, PAUSE, RESUME, SWITCH,
    SNAPSHOT, BACKUP, DRAIN, LOG_LEVEL,
];

/// The endpoints of the public listener.
pub(crate) fn public_router(node: &Arc<Node>) -> Router {
    let router = Router::new();
    let router = guard::route(router, node, EVENTS, events::take);
    let router = guard::route(router, node, DECIDE, decide::decide);
    let router = guard::route(router, node, OUTCOMES, outcomes::take);
    let router = guard::route(router, node, STREAM, stream::open);
    let router = guard::route(router, node, DECISION, records::show);
    let router = guard::route(router, node, EXPLAIN, records::explain);
    closed(guard::route(router, node, OPENAPI, probes::openapi))
}

/// The endpoints that another node hands on what it was asked: all of the public listener, and where a customer is.
pub(crate) fn peers_router(node: &Arc<Node>) -> Router {
    guard::route(public_router(node), node, CUSTOMER, customers::show)
}

/// The endpoints of the admin listener.
pub(crate) fn admin_router(node: &Arc<Node>) -> Router {
    let router = Router::new();
    let router = guard::route(router, node, LIVE, probes::live);
    let router = guard::route(router, node, READY, probes::ready);
    let router = guard::route(router, node, STARTED, probes::started);
    let router = guard::route(router, node, METRICS, probes::metrics);
    let router = guard::route(router, node, CUSTOMER, customers::show);
    let router = guard::route(router, node, HOLD, holds::set);
    let router = guard::route(router, node, LET_GO, holds::end);
    let router = guard::route(router, node, STATUS, operator::status);
    let router = guard::route(router, node, CONFIG, operator::config);
    let router = guard::route(router, node, SHARDS, operator::shards);
    let router = guard::route(router, node, RULES, operator::rules);
    let router = guard::route(router, node, RELOAD, reload::reload);
    let router = guard::route(router, node, ROLLBACK, rollback::rollback);
    let router = guard::route(router, node, PAUSE, switches::pause);
    let router = guard::route(router, node, RESUME, switches::resume);
    let router = guard::route(router, node, SWITCH, switches::turn);
    let router = guard::route(router, node, SNAPSHOT, backup::snapshot);
    let router = guard::route(router, node, BACKUP, backup::backup);
    let router = guard::route(router, node, DRAIN, operator::drain);
    closed(guard::route(router, node, LOG_LEVEL, operator::log_level))
}

/// Everything else is a problem as well.
fn closed(router: Router) -> Router {
    router
        .fallback(async || -> Response {
            let detail = "there is no such endpoint on this listener; see GET /openapi.json";
            Problem::new(problem::NOT_FOUND, detail).into_response()
        })
        .method_not_allowed_fallback(async || -> Response {
            let detail = "see GET /openapi.json for the methods it takes";
            Problem::new(problem::METHOD_NOT_ALLOWED, detail).into_response()
        })
}

#[cfg(test)]
mod tests;
