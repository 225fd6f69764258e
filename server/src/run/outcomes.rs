//! `POST /v1/outcomes`: what channels report back about actions. An outcome is an ordinary event of
//! its customer; whose action it is, is known here.

use super::answer::Answer;
use super::call::Call;
use super::events::{one, several, told};
use super::intake::{Batch, grade};
use super::node::Node;
use super::parcel::Parcel;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use engine::reject::{Code, Reject};
use rules::catalogue::load::events::OUTCOMES;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    action_id: Cow<'a, str>,
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    #[serde(borrow)]
    time: &'a RawValue,
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    placement: Option<Cow<'a, str>>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    #[expect(dead_code, reason = "taken and not kept: the channel's own words")]
    detail: Option<&'a RawValue>,
}

/// An outcome on its way: the event it is, or why it is none.
enum Step {
    Event(Vec<u8>),
    Refused(Reject),
    /// Nobody knows the action here.
    Unknown(Vec<u8>),
}

pub(crate) async fn take(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    let parameters = call.parameters(&["ack"])?;
    let grade = grade(&node, parameters.get("ack"))?;
    let parcel = Parcel::open(&node, &mut call).await?;
    let (alone, bytes) = (parcel.alone, parcel.bytes);
    let steps: Vec<Step> = parcel
        .items
        .into_iter()
        .map(|item| item.map_or_else(Step::Refused, |bytes| step(&node, bytes)))
        .collect();
    let (mut events, mut strange) = (Vec::new(), Vec::new());
    let mut known = Vec::with_capacity(steps.len());
    for step in steps {
        known.push(!matches!(step, Step::Unknown(_)));
        match step {
            Step::Event(event) => events.push(Ok(event)),
            Step::Refused(reject) => events.push(Err(reject)),
            Step::Unknown(bytes) => strange.push(bytes),
        }
    }
    let batch = Batch::of(&node, events);
    drop(parcel.turn);
    let elsewhere = async {
        match call.way.as_ref().filter(|_| !alone) {
            Some(way) => way.look_for(strange).await,
            None => Vec::new(),
        }
    };
    let decided = batch.decide(&node, grade, call.received);
    let (decided, found) = tokio::join!(decided, elsewhere);
    let (answers, mut committed) = decided?;
    if alone {
        return match answers.first() {
            Some(Answer::Settled(settled)) if settled.unknown_action => Err(nobody_knows()),
            Some(answer) => one(&node, &call, answer, committed),
            None => Err(nobody_knows()),
        };
    }
    let _turn = node.turns.take(bytes).await;
    let (mut answers, mut found) = (answers.iter(), found.into_iter());
    let results = known
        .into_iter()
        .filter_map(|known| {
            if known {
                return answers.next().map(result);
            }
            let heard = found.next().flatten();
            committed &= heard.as_ref().is_none_or(|heard| heard.committed);
            Some(heard.map_or_else(unknown, |heard| heard.told))
        })
        .collect();
    Ok(several(&node, results, committed))
}

fn result(answer: &Answer) -> Map<String, Value> {
    match answer {
        Answer::Settled(settled) if settled.unknown_action => unknown(),
        answer => told(answer),
    }
}

const UNKNOWN: &str = "no action of this id is known, or it is known no longer";

fn nobody_knows() -> Problem {
    Problem::new(problem::NOT_FOUND, UNKNOWN).anywhere()
}

fn unknown() -> Map<String, Value> {
    let mut members = Map::new();
    for (name, value) in [
        ("result", json!("rejected")),
        ("status", json!(404)),
        ("code", json!("NOT_FOUND")),
        ("pointer", json!("/action_id")),
        ("detail", json!(UNKNOWN)),
    ] {
        members.insert(name.to_owned(), value);
    }
    members
}

fn step(node: &Node, bytes: Vec<u8>) -> Step {
    let refuse =
        |code, pointer: &str, cause: String| Step::Refused(Reject::new(code, pointer, cause));
    if std::str::from_utf8(&bytes).is_err() {
        return refuse(Code::Malformed, "", "not UTF-8".to_owned());
    }
    let outcome: Outcome<'_> = match serde_json::from_slice(&bytes) {
        Ok(outcome) => outcome,
        Err(error) => {
            let cause = format!(
                "an outcome is one object with `id`, `action_id`, `outcome`, `time` and perhaps \
                 `channel`, `placement`, `value`, `detail`: {}",
                plain(&error)
            );
            return refuse(Code::Malformed, "", cause);
        }
    };
    let word = outcome.outcome.as_ref();
    if !OUTCOMES.contains(&word) {
        let near = rules::finding::nearest(word, OUTCOMES, 1);
        let hint = near
            .first()
            .map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        let cause = format!("`{}` is none of the outcomes{hint}", word.escape_debug());
        return refuse(Code::OutOfRange, "/outcome", cause);
    }
    let Some((_, settled)) = node.decisions.get(&outcome.action_id) else {
        return Step::Unknown(bytes);
    };
    node.meters.outcome(word);
    let mut members = Map::new();
    members.insert("action_id".to_owned(), outcome.action_id.as_ref().into());
    for (name, text) in [
        ("channel", outcome.channel),
        ("placement", outcome.placement),
    ] {
        if let Some(text) = text {
            members.insert(name.to_owned(), text.as_ref().into());
        }
    }
    let mut data = Value::Object(members).to_string();
    if let Some(value) = outcome.value {
        // As it was written: an amount never passes through a float.
        data.pop();
        data.push_str(&format!(",\"value\":{}}}", value.get()));
    }
    let text = format!(
        "{{\"id\":{},\"type\":\"outcome.{word}\",\"customer\":{},\"source\":\"outcomes\",\
         \"time\":{},\"data\":{data}}}",
        Value::from(outcome.id.as_ref()),
        Value::from(settled.customer.as_str()),
        outcome.time.get(),
    );
    Step::Event(text.into_bytes())
}

/// What the parser says, without the names it gives to things of its own.
fn plain(error: &serde_json::Error) -> String {
    if error.is_data() {
        let text = error.to_string();
        let member = text.split('`').nth(1).unwrap_or("");
        if member.is_empty() {
            format!("a value of another type at column {}", error.column())
        } else {
            format!(
                "see `{}` at column {}",
                member.escape_debug(),
                error.column()
            )
        }
    } else {
        format!(
            "not JSON at line {} column {}",
            error.line(),
            error.column()
        )
    }
}
