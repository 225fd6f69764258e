//! Back to the book that was in force before.

use super::call::Call;
use super::intake::{json, only};
use super::library::Held;
use super::node::Node;
use super::orders::put_in_force;
use super::reload::{came_of, keeping, on_big_stack};
use super::shelf::Edition;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use serde_json::json as value;
use std::sync::Arc;

/// Bytes of an order: they are small.
const ORDER_BYTES_MAX: usize = 4 * 1024;

/// `POST /v1/rules/rollback`: it holds over a restart, until the project gives another book than the
/// one that was left, or is read anew by order.
pub(crate) async fn rollback(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    call.body(ORDER_BYTES_MAX).await?;
    let by = call.sender().to_owned();
    let _turn = node.shelf.turn.lock().await;
    let left = node.shelf.book().hash.to_string();
    let Some(hash) = node.shelf.before() else {
        let detail = format!("there is no book before {left} to go back to");
        return Err(Problem::new(problem::NOTHING_BEFORE, detail));
    };
    let edition = find(&node, &hash).await?;
    let held = Held {
        over: left.clone(),
        book: hash.clone(),
        by: by.clone(),
    };
    // What all divisions agreed on holds by that, whatever the project of a node gives.
    if node.orders.is_none() {
        keeping(&node, |library| library.hold(&held))?;
    }
    let waiting = put_in_force(&node, edition, ("rollback", &by)).await?;
    let in_force = if waiting.is_empty() { &hash } else { &left };
    let mut told = value!({ "in_force": in_force, "left": left });
    if let (Some(members), true) = (told.as_object_mut(), node.orders.is_some()) {
        members.insert("book".to_owned(), value!(hash));
        members.insert("waiting".to_owned(), value!(waiting));
    }
    Ok(json(came_of(&told), told.to_string()))
}

/// The edition of a former book: at hand, or compiled of the sources that are kept.
async fn find(node: &Node, hash: &str) -> Result<Edition, Problem> {
    if let Some(edition) = node.shelf.edition(hash) {
        return Ok(edition);
    }
    let gone = |why: String| Problem::new(problem::NOTHING_BEFORE, why);
    let Some(library) = node.shelf.library.clone() else {
        return Err(gone(format!("the book {hash} is kept no longer")));
    };
    let name = hash.to_owned();
    let work = move || on_big_stack(move || library.edition(&name));
    match tokio::task::spawn_blocking(work).await {
        Ok(Some(Ok(edition))) => Ok(edition),
        Ok(Some(Err(error))) => Err(gone(format!("{error:#}"))),
        _ => Err(gone(format!(
            "the book {hash} could not be compiled to its end"
        ))),
    }
}
