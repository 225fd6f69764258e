//! `POST /v1/customers/{id}/holds` and `DELETE …/holds/{h}`: an operator holds a customer, and lets go.
//! Both are events of the customer: logged with who and why, replayed, and there after a restart.

use super::answer::Answer;
use super::call::Call;
use super::clock;
use super::customers::found;
use super::intake::{self, answered, durability, json, only, send};
use super::node::Node;
use crate::config::Grade;
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use engine::ids;
use rules::catalogue::load::events::HELD;
use rules::rule::Class;
use rules::value::{Text, time_text};
use serde::Deserialize;
use serde_json::{Value, json as value};
use std::sync::Arc;

/// Bytes of an order: they are small.
const ORDER_BYTES_MAX: usize = 4 * 1024;
/// Characters of a reason.
const WHY_MAX: usize = 400;
/// The longest hold that is not for ever, ms: 400 days.
const LASTS_MAX: i64 = 400 * 86_400_000;
/// This much inside the door's oldest time, ms: the clock goes on while the order is on its way.
const MARGIN: i64 = 60_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    why: String,
    #[serde(default)]
    block: bool,
    /// `null`: until it is released.
    #[serde(default)]
    lasts: Option<String>,
}

/// `POST /v1/customers/{id}/holds`
pub(crate) async fn set(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let body = call.body(ORDER_BYTES_MAX).await?;
    let order: Order = serde_json::from_slice(&body).map_err(|_| {
        let detail =
            "send {\"why\":\"…\"} and perhaps `block` (true or false) and `lasts` (\"24h\")";
        Problem::new(problem::MALFORMED, detail)
    })?;
    let why = reason(&order.why)?;
    let now = clock::wall();
    let until = match &order.lasts {
        None => None,
        Some(lasts) => Some(now.saturating_add(span(lasts)?)),
    };
    let customer = Text::from(call.name("id"));
    let told = found(&node, &customer).await?;
    let by = call.sender();
    // Two orders of one moment are one.
    let parts = [customer.as_str(), by, &now.to_string()];
    let id = ids::derived_id("hold", "operator", &parts);
    let id = Text::from(format!("h{}", id.trim_start_matches('e')));
    tracing::warn!(
        customer = customer.as_str(),
        hold = id.as_str(),
        by,
        why,
        "ordered"
    );
    let mut data = value!({ "block": order.block, "why": why, "by": by });
    if let (Some(until), Some(members)) = (until, data.as_object_mut()) {
        members.insert("until".to_owned(), time_text(until).into());
    }
    let event = (id.as_str(), HELD, &data);
    let (answer, committed) = tell(&node, &customer, &told, event, now).await?;
    let withdrawn = match &answer {
        Answer::Settled(settled) => settled.withdrawn.len(),
        _ => 0,
    };
    let told = value!({
        "customer": customer.as_str(),
        "hold": id.as_str(),
        "verdict": if order.block { "block" } else { "hold" },
        "until": until.map(time_text),
        "withdrawn": withdrawn,
        "durability": durability(&node, committed),
    });
    Ok(json(StatusCode::OK, told.to_string()))
}

/// `DELETE /v1/customers/{id}/holds/{h}`
pub(crate) async fn end(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    let parameters = call.parameters(&["why"])?;
    let why = reason(parameters.get("why").map_or("", String::as_str))?;
    call.body(ORDER_BYTES_MAX).await?;
    let customer = Text::from(call.name("id"));
    let hold = call.name("hold").to_owned();
    let told = found(&node, &customer).await?;
    let holds = told.get("holds").and_then(Value::as_array);
    let mut holds = holds.into_iter().flatten();
    let is_it = |h: &Value| h.get("hold").and_then(Value::as_str) == Some(hold.as_str());
    if !holds.any(is_it) {
        let detail = "no hold or block of this id is in force for this customer";
        return Err(Problem::new(problem::NOT_FOUND, detail));
    }
    let (by, now) = (call.sender(), clock::wall());
    tracing::warn!(customer = customer.as_str(), hold, by, why, "hold released");
    let data = value!({ "action_id": hold, "why": why, "by": by });
    let id = format!("{hold}/released/{now}");
    let event = (id.as_str(), "outcome.released", &data);
    let (answer, committed) = tell(&node, &customer, &told, event, now).await?;
    let ended = match &answer {
        Answer::Settled(settled) => settled.answered.as_ref().is_some_and(|a| a.hold_ended),
        _ => false,
    };
    let told = value!({
        "customer": customer.as_str(),
        "hold": hold,
        "hold_ended": ended,
        "durability": durability(&node, committed),
    });
    Ok(json(StatusCode::OK, told.to_string()))
}

/// Whoever gives such an order says why.
fn reason(why: &str) -> Result<&str, Problem> {
    let why = why.trim();
    if why.is_empty() || why.chars().count() > WHY_MAX {
        let detail = format!("say why, in at most {WHY_MAX} characters; it is logged");
        return Err(Problem::new(problem::BAD_REQUEST, detail));
    }
    Ok(why)
}

fn span(lasts: &str) -> Result<i64, Problem> {
    let read = rules::duration::parse(lasts);
    let read = read.filter(|ms| (1_000..=LASTS_MAX).contains(ms));
    read.ok_or_else(|| {
        let detail = "`lasts` is a duration such as \"24h\", from one second to 400 days";
        Problem::new(problem::BAD_REQUEST, detail)
    })
}

/// Tells the engine, as an event of the customer. It stands at the customer's newest event, so that
/// nothing on its way from elsewhere comes too late because of it.
async fn tell(
    node: &Arc<Node>,
    customer: &Text,
    told: &Value,
    (id, kind, data): (&str, &str, &Value),
    now: i64,
) -> Result<(Answer, bool), Problem> {
    let oldest = now.saturating_sub(node.shelf.book().catalogue.time.max_past);
    let newest = told.get("newest").and_then(Value::as_str);
    let newest = newest.and_then(|text| engine::time::read(&format!("\"{text}\"")));
    let newest = newest.unwrap_or(now);
    let event = value!({
        "id": id,
        "type": kind,
        "customer": customer.as_str(),
        "source": "operator",
        "time": newest.max(oldest.saturating_add(MARGIN)),
        "data": data,
    });
    let record = event.to_string().into_bytes();
    let received = clock::moment();
    let reply = send(
        node,
        vec![record],
        Class::Fraud,
        Grade::Durable,
        None,
        received,
    )?;
    let (answers, committed) = answered(reply.await)?;
    let answer = answers.into_iter().next().ok_or_else(intake::stopped)?;
    match answer {
        Answer::Rejected(reject) => Err(Problem::of(&reject)),
        answer => Ok((answer, committed)),
    }
}
