//! `GET /v1/customers/{id}`: a customer as it stands, committed.

use super::call::Call;
use super::intake::{self, json, only};
use super::look::{self, Question, Seen};
use super::node::Node;
use super::owner::Owner;
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use rules::value::Text;
use serde_json::Value;
use std::sync::Arc;

pub(crate) async fn show(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let id = Text::from(call.name("id"));
    let mut told = found(&node, &id).await?;
    if let Some(members) = told.as_object_mut() {
        let last = node.decisions.last_of(&id);
        let last = last.iter().map(|id| Value::from(id.as_str()));
        members.insert("decisions".to_owned(), last.collect());
    }
    Ok(json(StatusCode::OK, told.to_string()))
}

/// The customer as it stands, committed.
pub(crate) async fn found(node: &Node, id: &Text) -> Result<Value, Problem> {
    let answer = look::put(node, Question::Customer(id.clone()))?;
    let Ok(Seen::Customer(found)) = answer.await else {
        return Err(intake::stopped());
    };
    found.map(|portrait| portrait.to_json()).ok_or_else(|| {
        let owner = Owner::of(node, id);
        match owner {
            // Where it is asked at all, it is asked there.
            Some(owner) => Problem::new(problem::NOT_FOUND, owner.words()).peer(owner.peer()),
            None => Problem::new(problem::NOT_FOUND, "no event of this customer was taken"),
        }
    })
}
