//! Serving, and the way down: intake closes, what is in flight is finished, streams say good-bye. A
//! second signal ends at once.

use super::clock;
use super::node::{Node, Phase};
use super::routes::{admin_router, public_router};
use super::start::{Doors, Works};
use super::tokens::Tokens;
use crate::cli::{COULD_NOT, YES};
use anyhow::Context as _;
use connectors::http::listener::Bounds;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// A head must be there so soon; an idle connection may be idle as long.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// A write may wait so long for its reader.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// Connections of the admin listener: probes, scrapes and a few people.
const ADMIN_CONNECTIONS: usize = 256;
/// How often samples are folded together.
const UPKEEP: Duration = Duration::from_secs(5);
/// How often it is looked whether all is done.
const LOOK: Duration = Duration::from_millis(5);
/// What is left of a drain for saying good-bye.
const GOOD_BYE: Duration = Duration::from_millis(500);

/// Serves until the node has gone down.
pub(crate) async fn serve(node: Arc<Node>, works: Works, doors: Doors) -> anyhow::Result<u8> {
    let mut signals = Signals::new()?;
    let bounds = |connections| Bounds {
        connections,
        head: HEAD_PATIENCE,
        write: WRITE_PATIENCE,
    };
    let stop = watch::Sender::new(false);
    let public = doors.public.serve(
        public_router(&node),
        bounds(node.config.limits.connections),
        Arc::clone(&node.public),
        stop.subscribe(),
    );
    let admin = doors.admin.serve(
        admin_router(&node),
        bounds(ADMIN_CONNECTIONS),
        Arc::clone(&node.admin),
        stop.subscribe(),
    );
    tokio::spawn(public);
    tokio::spawn(admin);
    tokio::spawn(upkeep(Arc::clone(&node)));
    node.enter(Phase::Ready);
    tracing::info!(book = node.book.hash.as_str(), "ready");
    let Works {
        stop: lanes,
        mut ended,
        committer,
    } = works;
    let mut drain = node.drain.subscribe();
    let fault = loop {
        tokio::select! {
            over = &mut ended => break Some(over.ok().flatten()),
            _ = drain.wait_for(|drain| *drain) => break None,
            end = signals.next() => match end {
                Order::End => break None,
                Order::Reload => reload(&node),
            },
        }
    };
    if let Some(cause) = fault {
        node.enter(Phase::Stopped);
        let cause = cause.unwrap_or_else(|| "its thread ended".to_owned());
        tracing::error!(cause, "the engine has stopped");
        eprintln!("error: the engine has stopped: {cause}");
        return Ok(COULD_NOT);
    }
    node.enter(Phase::Draining);
    tracing::info!("draining");
    let began = clock::moment();
    let way_down = async {
        let patience = node.config.drain.saturating_sub(GOOD_BYE);
        let finished = finish(&node, patience).await;
        drop(lanes);
        let over = tokio::time::timeout(GOOD_BYE, ended).await;
        node.closing.send_replace(true);
        while node.readers.load(Ordering::Acquire) > 0 && began.elapsed() < node.config.drain {
            tokio::time::sleep(LOOK).await;
        }
        stop.send_replace(true);
        while node.public.open() > 0 && began.elapsed() < node.config.drain {
            tokio::time::sleep(LOOK).await;
        }
        finished && matches!(over, Ok(Ok(None)))
    };
    tokio::select! {
        clean = way_down => {
            let took = began.elapsed().as_millis();
            if clean {
                // Its lane is closed: it has settled what there was.
                let _ = committer.join();
                tracing::info!(took_ms = u64::try_from(took).unwrap_or(u64::MAX), "down");
                return Ok(YES);
            }
            let left = node.gate.used();
            eprintln!("error: after {took} ms of draining {left} events were not answered");
            Ok(COULD_NOT)
        }
        () = signals.end() => {
            eprintln!("error: told twice to end: what was in flight is not answered");
            Ok(COULD_NOT)
        }
    }
}

/// Waits until nothing is in flight.
async fn finish(node: &Node, patience: Duration) -> bool {
    let began = clock::moment();
    loop {
        if node.gate.used() == 0 && node.requests.load(Ordering::Acquire) == 0 {
            return true;
        }
        if began.elapsed() >= patience {
            return node.gate.used() == 0;
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn upkeep(node: Arc<Node>) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        node.meters.upkeep();
    }
}

/// What a signal asks for.
enum Order {
    End,
    Reload,
}

struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let hear = |kind| signal(kind).context("cannot hear signals");
        Ok(Self {
            term: hear(SignalKind::terminate())?,
            int: hear(SignalKind::interrupt())?,
            hup: hear(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Order {
        tokio::select! {
            _ = self.term.recv() => Order::End,
            _ = self.int.recv() => Order::End,
            _ = self.hup.recv() => Order::Reload,
        }
    }

    /// The second word to end.
    async fn end(&mut self) {
        while !matches!(self.next().await, Order::End) {}
    }
}

/// Tokens are read anew; those in force stay when the file cannot be used.
fn reload(node: &Node) {
    let Some(file) = &node.config.tokens else {
        return;
    };
    match Tokens::read(file) {
        Ok(tokens) => {
            node.set_tokens(tokens);
            tracing::info!("tokens are read anew");
        }
        Err(error) => tracing::error!(error = format!("{error:#}"), "tokens stay as they were"),
    }
}
