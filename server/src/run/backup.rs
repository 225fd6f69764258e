//! `POST /v1/snapshot` and `POST /v1/backup`: what is kept on disk, when an operator wants it.

use super::call::Call;
use super::clock;
use super::intake::{json, only};
use super::node::Node;
use crate::store;
use axum::http::StatusCode;
use axum::response::Response;
use connectors::http::problem::{self, Problem};
use engine::log;
use rules::value::time_text;
use serde::{Deserialize, Deserializer};
use serde_json::json as value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes of an order: they are small.
const ORDER_BYTES_MAX: usize = 4 * 1024;
/// Characters of a backup's name.
const NAME_MAX: usize = 64;
/// A log that is trimmed under a copy makes it fail; the next one finds another beginning.
const TRIALS: usize = 3;

/// `POST /v1/snapshot`: a round begins now, unless one is on.
pub(crate) async fn snapshot(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    call.body(ORDER_BYTES_MAX).await?;
    data(&node)?;
    let on = node.board.round().on;
    if !on {
        tracing::warn!(by = call.sender(), "a snapshot is ordered");
        node.board.snapshot.store(true, Ordering::Release);
    }
    let body = value!({ "snapshot": if on { "on" } else { "begun" } });
    Ok(json(StatusCode::ACCEPTED, body.to_string()))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(default, deserialize_with = "said")]
    name: Option<String>,
}

/// A name that is said is a text; `null` is none.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    String::deserialize(from).map(Some)
}

/// `POST /v1/backup`: answers when all of it is on disk.
pub(crate) async fn backup(node: Arc<Node>, mut call: Call) -> Result<Response, Problem> {
    only(&call, &[])?;
    let body = call.body(ORDER_BYTES_MAX).await?;
    let order = if body.is_empty() {
        Ok(Order::default())
    } else {
        serde_json::from_slice(&body)
    };
    let order: Order = order.map_err(|_| {
        let detail = "send nothing, or {\"name\":\"before-the-upgrade\"}";
        Problem::new(problem::MALFORMED, detail)
    })?;
    let from = data(&node)?.to_owned();
    let Some(folder) = &node.config.store.backups else {
        let detail = "`[store] backups` names no folder for backups; \
                      `deft store backup DATA --to DIR` copies a node that runs as well";
        return Err(Problem::new(problem::NO_STORE, detail));
    };
    let name = match order.name {
        Some(name) if is_name(&name) => name,
        Some(_) => {
            let detail = format!(
                "`name` has 1 to {NAME_MAX} of the characters a-z A-Z 0-9 . _ - and begins with none of the last three"
            );
            return Err(Problem::new(problem::MALFORMED, detail));
        }
        None => time_text(clock::wall()).replace(':', "").replace('+', "_"),
    };
    let Ok(turn) = Arc::clone(&node.backups).try_acquire_owned() else {
        let detail = "a backup is being made; one at a time";
        return Err(Problem::new(problem::OVERLOADED, detail).retry_after(10));
    };
    let to = folder.join(&name);
    if to.exists() {
        let detail = format!("there is a backup `{name}` already");
        return Err(Problem::new(problem::NAME_TAKEN, detail));
    }
    tracing::warn!(by = call.sender(), name, "a backup is ordered");
    let began = clock::moment();
    let copy = move || {
        let _turn = turn;
        copied(&from, &to)
    };
    let done = tokio::task::spawn_blocking(copy).await;
    let made = done.map_err(|_| failed("it was broken off"))??;
    let told = value!({
        "name": name,
        "folder": folder.join(&name),
        "up_to": made.durable,
        "files": made.files,
        "bytes": made.bytes,
        "took_ms": u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    Ok(json(StatusCode::OK, told.to_string()))
}

/// The folder of the state.
fn data(node: &Node) -> Result<&Path, Problem> {
    let detail = "state is in memory alone: name a folder as `[node] data`";
    let data = node.config.node.data.as_deref();
    data.ok_or_else(|| Problem::new(problem::NO_STORE, detail))
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let first = name.chars().next();
    name.len() <= NAME_MAX
        && name.chars().all(plain)
        && first.is_some_and(|c| c.is_ascii_alphanumeric())
}

fn copied(from: &Path, to: &PathBuf) -> Result<log::Backup, Problem> {
    let mut trial = 1;
    loop {
        let error = match store::backup(from, to) {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        // Without its list it is no backup; what there is of it only takes room.
        let _ = std::fs::remove_dir_all(to);
        let cause = error.downcast_ref::<log::Error>();
        if cause.is_some_and(log::Error::is_full) {
            let detail = "the disk of `[store] backups` has no room for it";
            return Err(Problem::new(problem::NO_ROOM, detail));
        }
        if trial == TRIALS {
            tracing::error!(%error, "a backup could not be made");
            return Err(failed(&error.to_string()));
        }
        trial += 1;
    }
}

fn failed(why: &str) -> Problem {
    Problem::new(problem::FAILED, format!("the backup was not made: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_folder() {
        for good in ["a", "2026-03-02T103000Z", "before_the.upgrade-7"] {
            assert!(is_name(good), "{good}");
        }
        let long = "a".repeat(NAME_MAX + 1);
        for bad in [
            "", ".", "..", "../x", "a/b", "a\\b", "-x", "_x", "a b", "备份", &long,
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
