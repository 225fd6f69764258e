//! A project is read anew: everything is compiled and told, and the whole book is taken up between
//! two batches, or nothing is changed.

use super::call::Call;
use super::clock;
use super::intake::json;
use super::library::Library;
use super::node::Node;
use super::order::{self, What};
use super::orders::put_in_force;
use super::shelf::{Attempt, Edition};
use crate::load::Loaded;
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use engine::engine::Ready;
use rules::finding::render::render_json;
use serde_json::{Value, json as value};
use std::sync::Arc;

/// Bytes of an order: they are small.
const ORDER_BYTES_MAX: usize = 4 * 1024;

/// What a folder gives.
struct Trial {
    loaded: Loaded,
    findings: Value,
    /// Cases that fail, where that matters.
    failing: Option<Value>,
}

/// `POST /v1/rules/reload`, for a trial with `?dry_run=1`.
pub(crate) async fn reload(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    let parameters = call.parameters(&["dry_run"])?;
    let trial = match parameters.get("dry_run").map(String::as_str) {
        None | Some("0") => false,
        Some("1") => true,
        Some(_) => {
            let detail = "`dry_run` is 0 or 1";
            return Err(Problem::new(problem::BAD_PARAMETER, detail));
        }
    };
    call.body(ORDER_BYTES_MAX).await?;
    let told = take_up(&node, call.sender(), trial).await?;
    Ok(json(came_of(&told), told.to_string()))
}

/// Whether what is told of is so, or will be: divisions are waited for.
pub(crate) fn came_of(told: &Value) -> StatusCode {
    let waiting = told.get("waiting").and_then(Value::as_array);
    if waiting.is_some_and(|waiting| !waiting.is_empty()) {
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    }
}

/// Reads the project, and takes its book up unless it is for a trial. One that is refused is told in
/// the status.
pub(crate) async fn take_up(node: &Node, by: &str, trial: bool) -> Result<Value, Problem> {
    let _turn = node.shelf.turn.lock().await;
    tracing::info!(by, trial, "the project is read anew");
    let came = attempt(node, by, trial).await;
    if !trial {
        let why = came.as_ref().err().map(|problem| problem.detail.clone());
        if why.is_some() {
            node.meters.reload_failed.increment(1);
        }
        node.shelf.attempted(Attempt {
            at: clock::wall(),
            by: by.to_owned(),
            why,
        });
    }
    came
}

async fn attempt(node: &Node, by: &str, trial: bool) -> Result<Value, Problem> {
    let mut read = read(node).await?;
    let present = node.shelf.present();
    let edition = edition(&present, &read);
    let hash = read.loaded.book.take().map(|book| book.hash.to_string());
    let why = edition.as_ref().err().cloned();
    let mut told = value!({
        "dry_run": trial,
        "book": hash,
        "in_force": present.book.hash.as_str(),
        "findings": read.findings,
        "cases": read.failing,
        "why": why,
    });
    match edition {
        Err(_) if trial => Ok(told),
        Err(why) => {
            let problem = Problem::new(problem::RULES_REFUSED, why);
            Err(problem
                .with("findings", read.findings)
                .with("cases", read.failing.into()))
        }
        Ok(edition) => {
            let hash = edition.book.hash.to_string();
            if !trial {
                keeping(node, |library| library.release())?;
            }
            // Another division may decide by another book than this one.
            let is_news = node.orders.is_some() || hash != present.book.hash.as_str();
            if !trial && is_news {
                let waiting = put_in_force(node, edition, ("", by)).await?;
                if let Some(members) = told.as_object_mut() {
                    if waiting.is_empty() {
                        members.insert("in_force".to_owned(), hash.into());
                    }
                    if node.orders.is_some() {
                        members.insert("waiting".to_owned(), value!(waiting));
                    }
                }
            }
            Ok(told)
        }
    }
}

/// Takes an edition up; its sources are kept before anything is decided by it.
pub(crate) async fn activate(
    node: &Node,
    edition: Edition,
    (why, by): (&str, &str),
) -> Result<(), Problem> {
    let (hash, sources) = (edition.book.hash.to_string(), Arc::clone(&edition.sources));
    keeping(node, |library| library.keep(&hash, &sources))?;
    let (present, shards) = (node.shelf.present(), node.shards);
    let (book, plan) = (Arc::clone(&edition.book), Arc::clone(&edition.plan));
    let make = move || {
        let former = (&present.book, &*present.plan);
        Ready::of(former, (&book, &plan), shards)
    };
    // What could not be made here is made while events wait.
    let ready = tokio::task::spawn_blocking(move || on_big_stack(make)).await;
    let ready = ready.ok().flatten().unwrap_or_default();
    order::give(node, What::Book(edition, ready), (why, by)).await
}

/// Does something with what is kept of books, where anything is.
pub(crate) fn keeping(
    node: &Node,
    work: impl FnOnce(&Library) -> anyhow::Result<()>,
) -> Result<(), Problem> {
    let kept = node.shelf.library.as_ref().map_or(Ok(()), work);
    kept.map_err(|error| Problem::new(problem::RULES_REFUSED, format!("{error:#}")))
}

async fn read(node: &Node) -> Result<Trial, Problem> {
    let (project, proof) = (node.project.clone(), node.config.proof);
    // A name that is kept with a type has no other.
    let types = node.shelf.types();
    let work = move || -> anyhow::Result<Trial> {
        let mut loaded = crate::load::load(&project)?;
        if let Some(book) = &loaded.book {
            let unfit = book.catalogue.unfit(&types);
            if unfit.has_errors() {
                loaded.book = None;
            }
            loaded.findings.extend(unfit);
        }
        let failing = if proof && loaded.book.is_some() {
            crate::prove::failing(&project)?
        } else {
            None
        };
        let findings = render_json(&loaded.findings, &loaded.project, None);
        Ok(Trial {
            findings: serde_json::from_str(&findings).unwrap_or_default(),
            failing,
            loaded,
        })
    };
    match tokio::task::spawn_blocking(move || on_big_stack(work)).await {
        Ok(Some(Ok(read))) => Ok(read),
        Ok(Some(Err(error))) => Err(Problem::new(problem::RULES_REFUSED, format!("{error:#}"))),
        _ => {
            let detail = "the project could not be compiled to its end";
            Err(Problem::new(problem::RULES_REFUSED, detail))
        }
    }
}

/// The edition to take up.
///
/// # Errors
/// A sentence why there is none.
fn edition(present: &Edition, read: &Trial) -> Result<Edition, String> {
    let stays = format!("; the book {} stays in force", present.book.hash);
    let errors = read.findings.pointer("/errors").and_then(Value::as_u64);
    let Some(book) = &read.loaded.book else {
        let errors = match errors {
            Some(1) => "an error".to_owned(),
            errors => format!("{} errors, the first", errors.unwrap_or_default()),
        };
        let first = first_error(&read.findings).unwrap_or_default();
        return Err(format!("the project has {errors}: {first}{stays}"));
    };
    if let Some(failing) = &read.failing {
        let first = first_case(failing).unwrap_or_default();
        return Err(format!(
            "a case fails{first}, and `[rules] proof` asks that none does{stays}"
        ));
    }
    let book = Arc::new(book.clone());
    Edition::of(book, &read.loaded.project).map_err(|error| format!("{error:#}{stays}"))
}

/// `rules/service/a.rhai:7:11: there is no …`
fn first_error(findings: &Value) -> Option<String> {
    let mut all = findings.pointer("/findings")?.as_array()?.iter();
    let first = all.find(|f| f.get("severity").and_then(Value::as_str) == Some("error"))?;
    let (file, cause) = (
        first.get("file")?.as_str()?,
        first.pointer("/cause/en")?.as_str()?,
    );
    Some(format!(
        "{file}:{}:{}: {cause}",
        first.get("line")?,
        first.get("column")?
    ))
}

/// `: rules/service/a.cases.toml:4 `a complaint is called back``
fn first_case(failing: &Value) -> Option<String> {
    let mut rules = failing.pointer("/rules")?.as_array()?.iter();
    let first = rules.find_map(|rule| rule.pointer("/failed/0"))?;
    let (file, case) = (first.get("file")?.as_str()?, first.get("case")?.as_str()?);
    Some(format!(": {file}:{} `{case}`", first.get("line")?))
}

/// Compilers recurse as scripts do.
pub(crate) fn on_big_stack<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let thread = std::thread::Builder::new().stack_size(rules::interpreter::STACK_BYTES);
    thread.spawn(work).ok()?.join().ok()
}
