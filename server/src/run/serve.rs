//! Serving, and the way down: intake closes, what is in flight is finished, streams say good-bye. A
//! second signal ends at once.

use super::clock;
use super::doors::Doors;
use super::node::{Node, Phase};
use super::reload::take_up;
use super::routes::{admin_router, peers_router, public_router};
use super::start::Works;
use super::tokens::Tokens;
use super::watch::watch;
use crate::cli::{COULD_NOT, YES};
use anyhow::Context as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How often samples are folded together.
const UPKEEP: Duration = Duration::from_secs(5);
/// How often it is looked whether all is done.
const LOOK: Duration = Duration::from_millis(5);
/// What is left of a drain for saying good-bye.
const GOOD_BYE: Duration = Duration::from_millis(500);

/// From here on every request goes to the node.
pub(crate) fn open(node: &Arc<Node>, doors: &Doors) {
    // Ready before anybody can ask whether it is.
    node.enter(Phase::Ready);
    doors.public.front.open(public_router(node));
    doors.admin.front.open(admin_router(node));
    if let Some(peers) = &doors.peers {
        peers.front.open(peers_router(node));
    }
    tokio::spawn(upkeep(Arc::clone(node)));
    if node.config.watch {
        tokio::spawn(watch(Arc::clone(node)));
    }
    tracing::info!(book = node.shelf.book().hash.as_str(), "ready");
}

/// Serves until the node has gone down; `stop` is told when no connection is to be taken any more.
pub(crate) async fn serve(
    node: Arc<Node>,
    mut works: Works,
    stop: watch::Sender<bool>,
    mut signals: Signals,
) -> anyhow::Result<u8> {
    let mut drain = node.drain.subscribe();
    let mut fault = node.fault.subscribe();
    loop {
        tokio::select! {
            over = &mut works.ended => return Ok(stopped(&node, over.ok().flatten())),
            _ = drain.wait_for(|drain| *drain) => break,
            cause = failed(&mut fault) => return Ok(stopped(&node, cause)),
            end = signals.next() => match end {
                Order::End => break,
                Order::Reload => {
                    reload(&node);
                    tokio::spawn(rules_anew(Arc::clone(&node)));
                }
            },
        }
    }
    node.enter(Phase::Draining);
    tracing::info!("draining");
    let began = clock::moment();
    let clean = tokio::select! {
        clean = way_down(&node, works, &stop) => clean,
        () = signals.end() => {
            eprintln!("error: told twice to end: what was in flight is not answered");
            return Ok(COULD_NOT);
        }
    };
    let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    if clean {
        tracing::info!(took_ms = took, "down");
        return Ok(handed_over(&node));
    }
    let left = node.gate.used();
    eprintln!("error: after {took} ms of draining {left} events were not answered");
    Ok(COULD_NOT)
}

/// A node that was not told to end, and has handed its lead over, is to be started again.
fn handed_over(node: &Node) -> u8 {
    let Some(machine) = node.handed.get() else {
        return YES;
    };
    eprintln!(
        "the lead is handed over to `{machine}`, which leads fewer divisions: started again, this node stands by"
    );
    COULD_NOT
}

/// What keeps it from going on, once there is something.
async fn failed(fault: &mut watch::Receiver<Option<String>>) -> Option<String> {
    let cause = fault.wait_for(Option::is_some).await;
    cause.ok().and_then(|cause| cause.clone())
}

/// The engine has ended though nobody told it to.
fn stopped(node: &Node, cause: Option<String>) -> u8 {
    node.enter(Phase::Stopped);
    let cause = cause.unwrap_or_else(|| "its thread ended".to_owned());
    tracing::error!(cause, "the engine has stopped");
    eprintln!("error: the engine has stopped: {cause}");
    COULD_NOT
}

/// Finishes what is in flight, then the threads below, then the streams and connections. True when
/// nothing was left behind.
async fn way_down(node: &Node, works: Works, stop: &watch::Sender<bool>) -> bool {
    let began = clock::moment();
    let drain = node.config.drain;
    let Works {
        stop: lanes,
        ended,
        committer,
        hands,
    } = works;
    let finished = finish(node, drain.saturating_sub(GOOD_BYE)).await;
    // What is out is said in the log before that is closed.
    hands
        .send(node, drain.saturating_sub(began.elapsed() + GOOD_BYE))
        .await;
    if let Some(outbox) = &node.outbox {
        // Whoever has not been answered by now is not.
        outbox.release();
    }
    drop(lanes);
    let over = tokio::time::timeout(GOOD_BYE, ended).await;
    let settled = matches!(over, Ok(Ok(None)));
    if settled {
        // Its lane is closed: it has settled what there was.
        let _ = committer.join();
    }
    // Readers have seen all there is, whether brokers answer or not.
    node.closing.send_replace(true);
    let is_out = node.outbox.as_ref().is_none_or(|outbox| outbox.lag() == 0);
    let patience = drain.saturating_sub(began.elapsed()).max(GOOD_BYE);
    hands.end(settled && is_out, patience).await;
    while node.readers.load(Ordering::Acquire) > 0 && began.elapsed() < drain {
        tokio::time::sleep(LOOK).await;
    }
    stop.send_replace(true);
    while node.public.open() > 0 && began.elapsed() < drain {
        tokio::time::sleep(LOOK).await;
    }
    finished && settled
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

pub(crate) struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

impl Signals {
    pub(crate) fn new() -> anyhow::Result<Self> {
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

    /// The next word to end.
    pub(crate) async fn end(&mut self) {
        while !matches!(self.next().await, Order::End) {}
    }
}

/// Rules are read anew; those in force stay when they cannot be taken up.
async fn rules_anew(node: Arc<Node>) {
    match take_up(&node, "SIGHUP", false).await {
        Ok(_) => tracing::info!(
            book = node.shelf.book().hash.as_str(),
            "rules are read anew"
        ),
        Err(problem) => tracing::error!(
            error = problem.detail,
            "rules stay as they were; `POST /v1/rules/reload?dry_run=1` tells all"
        ),
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
