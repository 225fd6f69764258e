//! The red button: classes and single rules are turned off, and on again, while events flow.

use super::call::Call;
use super::intake::{json, only};
use super::node::Node;
use super::orders;
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use engine::switch::{Off, Standing, Switch};
use rules::rule::Class;
use rules::value::{Text, time_text};
use serde::Deserialize;
use serde_json::{Value, json as value};
use std::sync::Arc;

/// Bytes of an order: they are small.
const ORDER_BYTES_MAX: usize = 4 * 1024;
/// Characters of a reason.
const WHY_MAX: usize = 400;

/// What can be turned off by its word.
pub(crate) const WORDS: [(&str, Switch); 5] = [
    ("all-actions", Switch::All),
    ("fraud", Switch::Class(Class::Fraud)),
    ("service", Switch::Class(Class::Service)),
    ("retention", Switch::Class(Class::Retention)),
    ("commercial", Switch::Class(Class::Commercial)),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    on: bool,
    #[serde(default)]
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    #[serde(default)]
    why: String,
}

/// `POST /v1/switches/{switch}`
pub(crate) async fn turn(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let body = call.body(ORDER_BYTES_MAX).await?;
    let word = call.name("switch");
    let known = WORDS.into_iter().find(|(name, _)| *name == word);
    let Some((word, switch)) = known else {
        let known: Vec<&str> = WORDS.iter().map(|(name, _)| *name).collect();
        let detail = format!("there is no such switch; there are {}", known.join(", "));
        return Err(Problem::new(problem::NOT_FOUND, detail));
    };
    let Turn { on, why } = serde_json::from_slice(&body).map_err(|_| {
        let detail = "send {\"on\":false,\"why\":\"…\"}";
        Problem::new(problem::MALFORMED, detail)
    })?;
    let why = reason(&why, !on)?;
    orders::turn(&node, (switch.clone(), on), (why, call.sender())).await?;
    let standing = node.board.standing();
    let mut told = state(standing.off.get(&switch));
    told.insert("switch".to_owned(), Value::from(word));
    Ok(json(StatusCode::OK, Value::Object(told).to_string()))
}

/// `POST /v1/rules/{id}/pause`
pub(crate) async fn pause(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    rule(node, call, false).await
}

/// `POST /v1/rules/{id}/resume`: it also lets a rule act again that its brake paused.
pub(crate) async fn resume(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    rule(node, call, true).await
}

async fn rule(node: Arc<Node>, mut call: Call, on: bool) -> Result<Response, Problem> {
    only(&call, &[])?;
    let body = call.body(ORDER_BYTES_MAX).await?;
    let Why { why } = serde_json::from_slice(&body).map_err(|_| {
        let detail = "send {\"why\":\"…\"}";
        Problem::new(problem::MALFORMED, detail)
    })?;
    let id = Text::from(call.name("id"));
    let switch = Switch::Rule(id.clone());
    let known = node.shelf.book().rule_named(&id).is_some();
    if !known && !node.board.standing().off.contains_key(&switch) {
        let detail = "the book in force has no such rule; see GET /v1/rules";
        return Err(Problem::new(problem::NOT_FOUND, detail));
    }
    let why = reason(&why, !on)?;
    orders::turn(&node, (switch, on), (why, call.sender())).await?;
    let mut told = rule_state(&node.board.standing(), &id);
    told.insert("rule".to_owned(), Value::from(id.as_str()));
    Ok(json(StatusCode::OK, Value::Object(told).to_string()))
}

/// Whoever turns something off says why.
fn reason(why: &str, wanted: bool) -> Result<&str, Problem> {
    let why = why.trim();
    if wanted && why.is_empty() {
        let detail = "say why: {\"why\":\"…\"}; it is kept, and shown in GET /v1/status";
        return Err(Problem::new(problem::BAD_REQUEST, detail));
    }
    if why.chars().count() > WHY_MAX {
        let detail = format!("`why` has more than {WHY_MAX} characters");
        return Err(Problem::new(problem::BAD_REQUEST, detail));
    }
    Ok(why)
}

type Members = serde_json::Map<String, Value>;

fn state(off: Option<&Off>) -> Members {
    let mut members = Members::new();
    members.insert("on".to_owned(), Value::from(off.is_none()));
    if let Some(Off { since, why, by }) = off {
        members.insert("since".to_owned(), Value::from(time_text(*since)));
        members.insert("why".to_owned(), Value::from(why.as_str()));
        members.insert("by".to_owned(), Value::from(by.as_str()));
    }
    members
}

/// Whether a rule may act, as far as orders and its brake go.
pub(crate) fn rule_state(standing: &Standing, rule: &Text) -> Members {
    let mut members = state(standing.off.get(&Switch::Rule(rule.clone())));
    if let Some(since) = standing.braked.get(rule) {
        members.insert("on".to_owned(), Value::from(false));
        let since = time_text(*since);
        members.insert("braked_since".to_owned(), Value::from(since));
    }
    members
}

/// Every switch with how it stands.
pub(crate) fn all(standing: &Standing) -> Value {
    let all = WORDS.into_iter().map(|(word, switch)| {
        let state = state(standing.off.get(&switch));
        (word.to_owned(), Value::Object(state))
    });
    Value::Object(all.collect())
}

/// Every rule that may not act, as far as orders and its brake go.
pub(crate) fn paused(standing: &Standing) -> Vec<Value> {
    let ordered = standing.off.keys().filter_map(|switch| match switch {
        Switch::Rule(rule) => Some(rule),
        Switch::All | Switch::Class(_) => None,
    });
    let mut rules: Vec<&Text> = ordered.chain(standing.braked.keys()).collect();
    rules.sort_unstable();
    rules.dedup();
    let told = rules.into_iter().map(|rule| {
        let mut told = rule_state(standing, rule);
        told.insert("rule".to_owned(), value!(rule.as_str()));
        Value::Object(told)
    });
    told.collect()
}
