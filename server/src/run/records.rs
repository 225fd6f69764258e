//! `GET /v1/decisions/{id}` and its explanation, from the record alone.

use super::answer::Settlement;
use super::call::Call;
use super::intake::{json, only};
use super::node::Node;
use axum::http::{StatusCode, header};
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use engine::decision::record::DecisionRecord;
use engine::explain::repeat::{Repeat, repeat};
use engine::explain::tell::tell;
use engine::explain::why_not::why_not;
use rules::book::Book;
use rules::finding::Lang;
use rules::interpreter::{Interpreter, STACK_BYTES};
use rules::value::Text;
use serde_json::json as value;
use std::sync::Arc;
use tokio::sync::oneshot;

fn find(node: &Node, id: &str) -> Result<(Text, Arc<Settlement>), Problem> {
    node.decisions.get(id).ok_or_else(|| {
        let shown = id.escape_debug();
        let detail = format!(
            "no decision or action `{shown}` is kept: either it never was, or it is older than \
             [keep] decisions, or no rule had anything to say about its event"
        );
        Problem::new(problem::NOT_FOUND, detail).anywhere()
    })
}

/// The decision of an id, or of an action's id.
pub(crate) async fn show(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let (id, settled) = find(&node, call.name("id"))?;
    let head = value!({
        "decision_id": id.as_str(),
        "event_id": settled.event_id.as_str(),
        "customer": settled.customer.as_str(),
    });
    let actions: Vec<&str> = settled.actions.iter().map(|sent| &*sent.json).collect();
    let withdrawn = settled.actions.iter().map(|sent| &sent.id);
    let withdrawn = withdrawn.filter(|id| node.decisions.is_withdrawn(id));
    let withdrawn: Vec<&str> = withdrawn.map(Text::as_str).collect();
    let withdrawn = value!(withdrawn);
    let mut text = head.to_string();
    text.pop();
    let record = settled.record.as_deref().unwrap_or("null");
    text.push_str(&format!(
        ",\"record\":{record},\"actions\":[{}],\"withdrawn\":{withdrawn}}}",
        actions.join(",")
    ));
    Ok(json(StatusCode::OK, text))
}

/// Why a decision came out as it did, or why a rule did not act in it.
pub(crate) async fn explain(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    let parameters = call.parameters(&["why_not", "lang"])?;
    let lang = lang(&call, parameters.get("lang").map(String::as_str))?;
    let (id, settled) = find(&node, call.name("id"))?;
    let Some(record) = settled.record.clone() else {
        let text = value!({
            "decision_id": id.as_str(),
            "text": nothing(lang),
            "repeats": true,
        });
        return Ok(json(StatusCode::OK, text.to_string()));
    };
    let rule = parameters.get("why_not").cloned();
    if let Some(rule) = &rule
        && book_of(&node, &record).rule_named(rule).is_none()
    {
        let detail = format!("no rule `{}` in the book", rule.escape_debug());
        return Err(Problem::new(problem::NOT_FOUND, detail));
    }
    let told = explained(&node, record, rule, lang).await?;
    let mut members = value!({ "decision_id": id.as_str(), "text": told.text });
    if let (Some(repeats), Some(members)) = (told.repeats, members.as_object_mut()) {
        members.insert("repeats".to_owned(), repeats.into());
    }
    Ok(json(StatusCode::OK, members.to_string()))
}

struct Told {
    text: String,
    /// Decided again from the record, it came out the same.
    repeats: Option<bool>,
}

/// The book that decided, where it is still at hand.
fn book_of(node: &Node, record: &str) -> Arc<Book> {
    let record = DecisionRecord::parse(record);
    let hash = record.map(|record| record.book).unwrap_or_default();
    node.shelf.named(&hash)
}

/// Scripts recurse on the stack of whoever evaluates them, so an explanation has a thread of its own.
async fn explained(
    node: &Node,
    record: String,
    rule: Option<String>,
    lang: Lang,
) -> Result<Told, Problem> {
    let failed = |what: String| Problem::new(problem::STOPPED, what).retry_after(1);
    let room = Arc::clone(&node.explainers).acquire_owned().await;
    let room = room.map_err(|_| failed("the node is going down".to_owned()))?;
    let book = book_of(node, &record);
    let (to, told) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("explain".to_owned())
        .stack_size(STACK_BYTES);
    let spawned = thread.spawn(move || {
        let _ = to.send(work(&book, &record, rule.as_deref(), lang));
        drop(room);
    });
    spawned.map_err(|error| failed(format!("no thread to explain on: {error}")))?;
    match told.await {
        Ok(Ok(told)) => Ok(told),
        Ok(Err(what)) => Err(failed(what)),
        Err(_) => Err(failed("the explanation did not come to its end".to_owned())),
    }
}

fn work(book: &Arc<Book>, record: &str, rule: Option<&str>, lang: Lang) -> Result<Told, String> {
    let record = DecisionRecord::parse(record).map_err(|error| error.to_string())?;
    let mut interpreter = Interpreter::new(Arc::clone(book));
    if let Some(rule) = rule {
        let why = why_not(book, &mut interpreter, &record, rule).map_err(|e| e.to_string())?;
        return Ok(Told {
            text: why.words(rule).get(lang).to_owned(),
            repeats: None,
        });
    }
    let again = repeat(book, &mut interpreter, &record).map_err(|error| error.to_string())?;
    Ok(Told {
        text: format!("{}{}\n", tell(book, &record, lang), again.words().get(lang)),
        repeats: Some(again == Repeat::Same),
    })
}

fn nothing(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "no rule had anything to say about this event\n",
        Lang::Zh => "没有规则对该事件作出反应\n",
    }
}

fn lang(call: &Call, said: Option<&str>) -> Result<Lang, Problem> {
    let header = call.headers.get(header::ACCEPT_LANGUAGE);
    let header = header.and_then(|header| header.to_str().ok()).unwrap_or("");
    match said {
        Some("en") => Ok(Lang::En),
        Some("zh") => Ok(Lang::Zh),
        Some(_) => Err(Problem::new(
            problem::BAD_PARAMETER,
            "`lang` is `en` or `zh`",
        )),
        None if header.starts_with("zh") => Ok(Lang::Zh),
        None => Ok(Lang::En),
    }
}
