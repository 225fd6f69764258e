//! What a node says of itself while it starts: where it is, and how far it has come.

use super::clock;
use super::doors::Doors;
use super::fleet::{Place, Seen};
use super::front;
use super::progress::Progress;
use super::shelf::Shelf;
use crate::config::Config;
use std::sync::Arc;
use std::time::Duration;

/// How often it is told how far a restore has come.
const TELL: Duration = Duration::from_secs(5);

/// Tells how far a restore has come, now and then.
pub(super) async fn tell_of(progress: Arc<Progress>, fleet: Option<Arc<Seen>>) {
    let began = clock::moment();
    loop {
        tokio::time::sleep(TELL).await;
        if fleet
            .as_ref()
            .is_some_and(|fleet| fleet.state().place != Place::Behind)
        {
            continue;
        }
        let (done, of) = progress.seen();
        let seconds_left = front::left(began.elapsed().as_secs_f64(), done, of);
        tracing::info!(bytes = done, of, seconds_left, "restoring");
    }
}

/// Where it is and what it runs: for whoever started it.
pub(super) fn say(config: &Config, shelf: &Shelf, shards: usize, doors: &Doors) {
    let (public, admin) = (doors.public.address, doors.admin.address);
    let present = shelf.book();
    let (rules, book) = (present.rules.len(), &present.hash);
    let asks = if config.tokens.is_some() {
        "bearer tokens are asked for"
    } else {
        "no tokens, loopback only"
    };
    eprintln!(
        "deft {} · book {book} · {rules} rules · {shards} shards",
        env!("CARGO_PKG_VERSION")
    );
    match &config.node.data {
        Some(dir) => eprintln!("state in {}", dir.display()),
        None => eprintln!("state in memory alone: `[node] data` or `--data DIR` keeps it"),
    }
    eprintln!("public http://{public} · admin http://{admin} · {asks}");
    if let Some(peers) = &doors.peers {
        let address = peers.address;
        eprintln!("other nodes https://{address} · they show certificates of the fleet");
    }
    eprintln!(
        "  curl -s http://{public}/v1/events -H 'content-type: application/x-ndjson' --data-binary @events.ndjson"
    );
    eprintln!("  curl -sN http://{public}/v1/stream");
    eprintln!("  curl -s http://{admin}/v1/status");
}
