//! `GET /v1/customers/{id}`: a customer as it stands, committed.

use super::call::Call;
use super::intake::{self, json, only};
use super::look::{self, Question, Seen};
use super::node::Node;
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use rules::value::Text;
use serde_json::Value;
use std::sync::Arc;

pub(crate) async fn show(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let id = Text::from(call.name("id"));
    let answer = look::put(&node, Question::Customer(id.clone()))?;
    let Ok(Seen::Customer(found)) = answer.await else {
        return Err(intake::stopped());
    };
    let Some(portrait) = found else {
        let detail = "no event of this customer was taken";
        return Err(Problem::new(problem::NOT_FOUND, detail));
    };
    let mut told = portrait.to_json();
    if let Some(members) = told.as_object_mut() {
        let last = node.decisions.last_of(&id);
        let last = last.iter().map(|id| Value::from(id.as_str()));
        members.insert("decisions".to_owned(), last.collect());
    }
    Ok(json(StatusCode::OK, told.to_string()))
}
