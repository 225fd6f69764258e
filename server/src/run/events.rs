//! `POST /v1/events`: events in any of their forms, each answered for itself.

use super::answer::{Answer, Settlement};
use super::call::Call;
use super::intake::{Batch, durability, grade, json};
use super::node::Node;
use super::parcel::Parcel;
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use serde_json::{Map, Value, json as value};
use std::sync::Arc;

pub(crate) async fn take(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    let parameters = call.parameters(&["ack"])?;
    let grade = grade(&node, parameters.get("ack"))?;
    let parcel = Parcel::open(&node, &mut call).await?;
    let (alone, bytes) = (parcel.alone, parcel.bytes);
    let mut batch = Batch::of(&node, parcel.items);
    drop(parcel.turn);
    let others = batch.others();
    let elsewhere = async {
        match call.way.as_ref().filter(|_| !alone && !others.is_empty()) {
            Some(way) => way.ask(others).await,
            None => Vec::new(),
        }
    };
    let decided = batch.decide(&node, grade, call.received);
    let (decided, heard) = tokio::join!(decided, elsewhere);
    let (answers, mut committed) = decided?;
    if let Some(answer) = answers.first().filter(|_| alone) {
        return one(&node, &call, answer, committed);
    }
    let _turn = node.turns.take(bytes).await;
    let mut results: Vec<Map<String, Value>> = answers.iter().map(told).collect();
    for one in heard {
        committed &= one.committed;
        if let Some(result) = results.get_mut(one.at) {
            *result = one.told;
        }
    }
    Ok(several(&node, results, committed))
}

/// The answer to a single event: a problem when it was not taken.
pub(crate) fn one(
    node: &Node,
    call: &Call,
    answer: &Answer,
    committed: bool,
) -> Result<Response, Problem> {
    match answer {
        Answer::Elsewhere(Some(owner)) => Err(owner.problem(call.target())),
        Answer::Rejected(reject) => Err(Problem::of(reject)),
        Answer::Mismatch => Err(Problem::new(problem::DUPLICATE_MISMATCH, MISMATCH)),
        answer => {
            let mut told = told(answer);
            told.insert("durability".to_owned(), durability(node, committed).into());
            Ok(json(taken(committed), Value::Object(told).to_string()))
        }
    }
}

/// The answer to several: 207 when one of them was not taken.
pub(crate) fn several(node: &Node, results: Vec<Map<String, Value>>, committed: bool) -> Response {
    let rejected = |result: &Map<String, Value>| {
        result.get("result").and_then(Value::as_str) == Some("rejected")
    };
    let status = if results.iter().any(rejected) {
        StatusCode::MULTI_STATUS
    } else {
        taken(committed)
    };
    let body = value!({ "durability": durability(node, committed), "results": results });
    json(status, body.to_string())
}

fn taken(committed: bool) -> StatusCode {
    if committed {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    }
}

const MISMATCH: &str = "this source has sent this id with other content before";

/// What became of one event; of an outcome, with what it changed.
pub(crate) fn told(answer: &Answer) -> Map<String, Value> {
    let told = match answer {
        Answer::Settled(settled) => value!({
            "result": "settled",
            "id": settled.event_id.as_str(),
            "late": settled.late,
            "decision_id": settled.decision.as_deref(),
            "actions": settled.actions.len(),
        }),
        Answer::Duplicate => value!({
            "result": "duplicate",
            "code": "DUPLICATE_EVENT",
            "detail": "this source has sent this id with this content before; nothing was touched",
        }),
        Answer::TooLate => value!({
            "result": "too_late",
            "code": "TOO_LATE",
            "detail": "further behind its customer's newest event than is waited for; nothing was touched",
        }),
        Answer::Elsewhere(Some(owner)) => return owner.told(),
        // What another division has told: nobody waits for an answer.
        Answer::Elsewhere(None) => value!({ "result": "elsewhere" }),
        Answer::Mismatch => value!({
            "result": "rejected",
            "code": "DUPLICATE_MISMATCH",
            "detail": MISMATCH,
        }),
        Answer::Rejected(reject) => value!({
            "result": "rejected",
            "code": reject.code.name(),
            "pointer": reject.pointer,
            "detail": reject.cause,
        }),
    };
    let mut members = match told {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    if let Answer::Settled(settled) = answer {
        members.extend(changed(settled));
    }
    members
}

/// What an outcome changed about its action and its customer; only what it did is said.
fn changed(settled: &Settlement) -> Map<String, Value> {
    let mut members = Map::new();
    let Some(answered) = &settled.answered else {
        return members;
    };
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    put("action_id", answered.action_id.as_str().into());
    for (name, said) in [
        ("repeated", answered.repeated),
        ("confirmed", answered.confirmed),
        ("freed", answered.freed),
        ("hold_ended", answered.hold_ended),
    ] {
        if said {
            put(name, true.into());
        }
    }
    let caps = answered.caps.iter();
    let caps: Vec<String> = caps
        .map(|cap| format!("{} {}/{}", cap.name, cap.used, cap.max))
        .collect();
    if !caps.is_empty() {
        put("cap", caps.join(", ").into());
    }
    if let Some(channel) = &answered.opted_out {
        put("opted_out", channel.as_str().into());
    }
    let suppressed = answered.suppressed.iter().map(|s| {
        value!({
            "name": s.name.as_str(),
            "scope": s.scope.as_deref(),
            "until": rules::value::time_text(s.until),
        })
    });
    let suppressed: Vec<Value> = suppressed.collect();
    if !suppressed.is_empty() {
        put("suppressed", suppressed.into());
    }
    if !settled.withdrawn.is_empty() {
        put("withdrawn", settled.withdrawn.len().into());
    }
    members
}
