//! The probes and the metrics: what an orchestrator and Prometheus ask.

use super::call::Call;
use super::clock;
use super::intake::{json, only};
use super::node::{Node, Phase};
use super::operator::phase_word;
use super::switches;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use connectors::http::problem::Problem;
use serde_json::json as value;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

/// The document that describes every endpoint.
pub(crate) const OPENAPI: &str = include_str!("openapi.json");

/// `GET /livez`: the process turns. Nothing outside it makes this red.
pub(crate) async fn live(_: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    Ok(json(StatusCode::OK, value!({ "live": true }).to_string()))
}

/// `GET /readyz`: new work is taken; each check by its name.
pub(crate) async fn ready(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let phase = node.phase();
    let ready = phase == Phase::Ready && node.gate.has_room() && node.has_joined();
    let check = |ok: bool| if ok { "ok" } else { "no" };
    let body = value!({
        "ready": ready,
        "phase": phase_word(phase),
        "checks": {
            "started": check(phase != Phase::Starting),
            "engine": check(phase != Phase::Stopped),
            "room_on_disk": check(node.gate.has_room()),
            "sources_joined": check(node.has_joined()),
            "not_draining": check(!matches!(phase, Phase::Draining | Phase::Stopped)),
        },
    });
    Ok(json(when(ready), body.to_string()))
}

/// `GET /startupz`: it has started, whatever came then.
pub(crate) async fn started(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let started = node.phase() != Phase::Starting;
    let body = value!({ "started": started });
    Ok(json(when(started), body.to_string()))
}

fn when(yes: bool) -> StatusCode {
    if yes {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

/// `GET /openapi.json`
pub(crate) async fn openapi(_: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    Ok(json(StatusCode::OK, OPENAPI.to_owned()))
}

/// `GET /metrics`
pub(crate) async fn metrics(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    gauges(&node);
    Ok(exposed(node.meters.render()))
}

/// Metrics as Prometheus reads them.
pub(crate) fn exposed(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// What is measured when somebody looks.
fn gauges(node: &Node) {
    #[expect(clippy::cast_precision_loss, reason = "telemetry")]
    let number = |count: usize| count as f64;
    let meters = &node.meters;
    let ready = node.phase() == Phase::Ready;
    meters.gauge("deft_ready", None, f64::from(u8::from(ready)));
    meters.gauge("deft_in_flight_events", None, number(node.gate.used()));
    for (stage, fill) in [("gate", node.gate.fill()), ("stream", node.ring.fill())] {
        meters.gauge("deft_queue_fill_ratio", Some(("stage", stage)), fill);
    }
    for (listener, connections) in [("public", &node.public), ("admin", &node.admin)] {
        let label = Some(("listener", listener));
        meters.gauge("deft_connections", label, number(connections.open()));
        meters.absolute(
            "deft_connections_refused_total",
            listener,
            connections.refused(),
        );
        meters.absolute(
            "deft_connections_evicted_total",
            listener,
            connections.evicted(),
        );
    }
    outbox(node);
    if let Some(fleet) = &node.fleet {
        fleet.measure(meters);
    }
    let readers = node.readers.load(Ordering::Acquire);
    meters.gauge("deft_stream_readers", None, number(readers));
    meters.gauge("deft_decisions_kept", None, number(node.decisions.len()));
    let size = *node
        .board
        .size
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    for (name, count) in [
        ("deft_customers", size.customers),
        ("deft_entities", size.entities),
        ("deft_timers_pending", size.timers),
    ] {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        meters.gauge(name, None, number(count));
    }
    audiences(node);
    weights(node);
    let standing = node.board.standing();
    for (word, switch) in switches::WORDS {
        let off = standing.off.contains_key(&switch);
        let label = Some(("class", word));
        meters.gauge("deft_switch_off", label, f64::from(u8::from(off)));
    }
    let present = node.shelf.present();
    #[expect(clippy::cast_precision_loss, reason = "telemetry")]
    let since = node.shelf.turned().map_or(0, |turn| turn.at) as f64 / 1_000.0;
    meters.gauge("deft_rule_change_timestamp_seconds", None, since);
    meters.cold(&present.book, &standing, clock::wall());
    meters.paused(&present.book, &standing);
    let tally = node.board.tally(&present.book.hash);
    meters.rules(&present.book, &tally);
    meters.patterns(&present.book, &tally);
}

/// What of the log is not out.
fn outbox(node: &Node) {
    if let (Some(sink), Some(outbox)) = (&node.config.sink, &node.outbox) {
        let lag = outbox.lag();
        let oldest = i64::try_from(outbox.oldest()).unwrap_or(0);
        let age = if oldest == 0 || lag == 0 {
            0
        } else {
            clock::wall().saturating_sub(oldest)
        };
        node.meters.outbox(&sink.name, lag, age);
    }
}

/// Events of no customer on their way.
fn audiences(node: &Node) {
    let told = node.board.told();
    let waiting: u64 = told.iter().map(|round| round.waiting).sum();
    let halted = told.iter().filter(|round| round.halted).count() as u64;
    for (name, count) in [
        ("deft_audience_rounds", told.len() as u64),
        ("deft_audience_halted", halted),
        ("deft_audience_waiting", waiting),
    ] {
        #[expect(clippy::cast_precision_loss, reason = "telemetry")]
        node.meters.gauge(name, None, count as f64);
    }
}

/// What memory is for, component by component.
fn weights(node: &Node) {
    let weight = *node
        .board
        .weight
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let views = [
        ("decisions", node.decisions.bytes() as u64),
        ("stream", node.ring.bytes() as u64),
    ];
    for (kind, bytes) in weight.named().chain(views) {
        #[expect(clippy::cast_precision_loss, reason = "telemetry")]
        let bytes = bytes as f64;
        let label = Some(("kind", kind));
        node.meters.gauge("deft_state_bytes", label, bytes);
    }
}
