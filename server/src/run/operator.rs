//! What an operator asks a node, and tells it. Every order is logged with who gave it.

use super::call::Call;
use super::clock;
use super::intake::{json, only};
use super::node::{Node, Phase};
use super::orders::Orders;
use super::switches;
use crate::config::fleet::Fleet;
use crate::config::kafka::{Sink, Source};
use crate::config::{Config, Grade};
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use engine::limits::KEY_GROUPS;
use engine::switch::Standing;
use rules::rule::Mode;
use serde::Deserialize;
use serde_json::{Value, json as value};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes of an order: they are small.
const ORDER_BYTES_MAX: usize = 4 * 1024;

fn yes(value: &Value) -> Response {
    json(StatusCode::OK, value.to_string())
}

pub(crate) fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Starting => "starting",
        Phase::Ready => "ready",
        Phase::Draining => "draining",
        Phase::Stopped => "stopped",
    }
}

/// `GET /v1/status`
pub(crate) async fn status(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let phase = node.phase();
    let reasons: Vec<&str> = match phase {
        Phase::Ready => Vec::new(),
        Phase::Starting => vec!["the node is starting"],
        Phase::Draining => vec!["the node finishes what it has and goes down"],
        Phase::Stopped => vec!["the engine can no longer vouch for its state"],
    };
    let (standing, present) = (node.board.standing(), node.shelf.present());
    let turn = node.shelf.turned();
    Ok(yes(&value!({
        "node": node.config.node.name,
        "version": env!("CARGO_PKG_VERSION"),
        "verdict": phase_word(phase),
        "reasons": reasons,
        "since": rules::value::time_text(node.born),
        "book": present.book.hash.as_str(),
        "book_since": turn.as_ref().map(|turn| rules::value::time_text(turn.at)),
        "book_by": turn.as_ref().map(|turn| turn.by.as_str()),
        "book_before": node.shelf.before(),
        "reload": reload(&node),
        "cold": cold(&standing, clock::wall()),
        "rules": present.book.rules.len(),
        "switches": switches::all(&standing),
        "paused": switches::paused(&standing),
        "audiences": audiences(&node),
        "committed": node.committed,
        "snapshot": snapshots(&node),
        "last_seq": node.board.seq.load(Ordering::Acquire),
        "in_flight": node.gate.used(),
        "decisions_kept": node.decisions.len(),
        "stream": { "newest": node.ring.newest(), "readers": node.readers.load(Ordering::Acquire) },
    })))
}

/// Whether one is being made, and the last one of this life.
fn snapshots(node: &Node) -> Value {
    let round = node.board.round();
    let last = round.last.map(|last| {
        value!({
            "at": rules::value::time_text(last.at),
            "up_to": last.seq,
            "took_ms": last.took,
            "failed": last.failed,
        })
    });
    value!({ "on": round.on, "last": last })
}

/// How rules are taken up, and what came of the last attempt.
fn reload(node: &Node) -> Value {
    let last = node.shelf.attempt().map(|last| {
        value!({
            "at": rules::value::time_text(last.at),
            "by": last.by,
            "taken": last.why.is_none(),
            "why": last.why,
        })
    });
    let proposal = node.orders.as_ref().and_then(Orders::told);
    value!({ "way": way(&node.config), "last": last, "proposal": proposal })
}

fn way(config: &Config) -> &'static str {
    if config.watch { "watch" } else { "manual" }
}

/// Events of no customer that are being told.
fn audiences(node: &Node) -> Vec<Value> {
    let told = node.board.told();
    let lines = told.iter().map(|round| {
        value!({
            "event": round.key.event.as_str(),
            "tag": round.key.tag.as_str(),
            "entity": format!("{}:{}", round.key.kind, round.key.id),
            "since": rules::value::time_text(round.since),
            "rate": round.rate.to_string(),
            "halted": round.halted,
            "told": round.told,
            "waiting": round.waiting,
        })
    });
    lines.collect()
}

/// Windows that do not know their whole length, and from when on they do.
fn cold(standing: &Standing, now: i64) -> Value {
    let cold = standing.cold.iter().filter(|(_, warm)| now < **warm);
    let cold = cold.map(|(feature, warm)| {
        let warm = rules::value::time_text(*warm);
        (feature.to_string(), Value::from(warm))
    });
    Value::Object(cold.collect())
}

/// `GET /v1/config`: what is in force, secrets left out.
pub(crate) async fn config(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    Ok(yes(&effective(&node.config, node.shards)))
}

fn effective(config: &Config, shards: usize) -> Value {
    let ms = |time: std::time::Duration| format!("{}ms", time.as_millis());
    let grade = match config.ack.default {
        Grade::Durable => "durable",
        Grade::Received => "received",
    };
    let (limits, store) = (&config.limits, &config.store);
    value!({
        "node": {
            "name": config.node.name,
            "project": config.node.project,
            "data": config.node.data,
            "shards": shards,
        },
        "listen": { "public": config.listen.public.to_string(), "admin": config.listen.admin.to_string() },
        "auth": config.tokens.as_ref().map(|file| value!({ "tokens": { "file": file } })),
        "limits": {
            "body": limits.body, "batch": limits.batch, "depth": limits.depth,
            "connections": limits.connections, "in_flight": limits.in_flight,
            "reserve_fraud": format!("{}%", limits.reserve_fraud),
        },
        "ack": {
            "default": grade,
            "group": { "wait": ms(config.ack.wait), "bytes": config.ack.bytes },
        },
        "decide": {
            "deadline": ms(config.decide.deadline),
            "late": {
                "fraud": config.decide.late_fraud.name(),
                "commercial": config.decide.late_commercial.name(),
            },
        },
        "store": {
            "segment": store.segment,
            "snapshot": {
                "every": ms(store.snapshot_every), "or_bytes": store.snapshot_bytes,
                "keep": store.snapshot_keep,
            },
            "fsync": "always", "backups": store.backups, "low_disk": store.low_disk, "resume": store.resume,
        },
        "keep": { "decisions": ms(config.keep.decisions), "stream": ms(config.keep.stream) },
        "source": sources(config),
        "fleet": config.fleet.as_ref().map(Fleet::shown),
        "sink": config.sink.iter().map(Sink::shown).collect::<Vec<Value>>(),
        "rules": { "reload": way(config), "proof": config.proof },
        "observe": {
            "log": { "format": if config.observe.json { "json" } else { "pretty" }, "level": config.observe.level },
            "metrics": { "customers": false, "max_series": config.observe.max_series },
        },
        "stop": { "drain": ms(config.drain) },
    })
}

/// Who may bring events; secrets left out.
fn sources(config: &Config) -> Vec<Value> {
    let http = value!({ "kind": "http", "rate": config.rate });
    let pulled = config.sources.iter().map(Source::shown);
    std::iter::once(http).chain(pulled).collect()
}

/// `GET /v1/shards`
pub(crate) async fn shards(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let shards = node.shards;
    let groups = |shard: usize| {
        let owned = (0..KEY_GROUPS).map(engine::key::KeyGroup);
        let owned = owned.filter(|group| group.shard(shards) == shard);
        owned.map(|group| group.0).collect::<Vec<u16>>()
    };
    let all: Vec<Value> = (0..shards)
        .map(|shard| value!({ "shard": shard, "key_groups": groups(shard) }))
        .collect();
    Ok(yes(&value!({ "key_groups": KEY_GROUPS, "shards": all })))
}

/// `GET /v1/rules`
pub(crate) async fn rules(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let (standing, book) = (node.board.standing(), node.shelf.book());
    let tally = node.board.tally(&book.hash);
    let all: Vec<Value> = (book.rules.iter().enumerate())
        .map(|(at, rule)| {
            let counts = tally.rules.get(at).cloned().unwrap_or_default();
            let mode = match rule.header.mode {
                Mode::Live => "live",
                Mode::Shadow => "shadow",
                Mode::Off => "off",
            };
            let mut told = value!({
                "id": rule.id.as_str(),
                "version": rule.version.as_str(),
                "class": rule.header.class.name(),
                "mode": mode,
                "reached": counts.reached,
                "true": counts.held,
                "errors": counts.errors,
                "chosen": counts.chosen,
            });
            if let Some(members) = told.as_object_mut() {
                members.extend(switches::rule_state(&standing, &rule.id));
            }
            told
        })
        .collect();
    let turn = node.shelf.turned();
    Ok(yes(&value!({
        "book": book.hash.as_str(),
        "since": turn.as_ref().map(|turn| rules::value::time_text(turn.at)),
        "by": turn.as_ref().map(|turn| turn.by.as_str()),
        "before": node.shelf.before(),
        "rules": all,
    })))
}

/// `POST /v1/drain`
pub(crate) async fn drain(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    call.body(ORDER_BYTES_MAX).await?;
    tracing::warn!(by = call.sender(), "told to drain");
    node.drain.send_replace(true);
    let body = value!({ "draining": true, "within_ms": node.config.drain.as_millis() });
    Ok(json(StatusCode::ACCEPTED, body.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogLevel {
    level: String,
}

/// `PUT /v1/log-level`
pub(crate) async fn log_level(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let body = call.body(ORDER_BYTES_MAX).await?;
    let wrong = || {
        let detail = "send {\"level\":\"info\"}; levels are error, warn, info, debug, trace";
        Problem::new(problem::MALFORMED, detail)
    };
    let order: LogLevel = serde_json::from_slice(&body).map_err(|_| wrong())?;
    if !node.level.set(&order.level) {
        return Err(wrong());
    }
    tracing::warn!(
        by = call.sender(),
        level = order.level.as_str(),
        "log level changed"
    );
    Ok(yes(&value!({ "level": order.level })))
}
