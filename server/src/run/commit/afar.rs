//! What is committed here is settled once it is on the changelog too: a node that takes over then has it.
//! Until then nobody sees it, is answered by it or is sent what came of it.

use super::super::answer::Answers;
use super::super::outbox::Outbox;
use super::{Applied, Views, settle};
use crossbeam::channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Groups that are committed here and not out. What is in them has its room in flight.
const GROUPS_MAX: usize = 1_024;

/// A thread that settles groups in their order.
pub(super) struct Afar {
    lane: Option<Sender<Group>>,
    thread: Option<JoinHandle<()>>,
}

type Group = Vec<(Applied, Answers)>;

impl Afar {
    /// `None` where nobody else has to have it.
    pub(super) fn begin(views: &Views) -> Result<Option<Self>, String> {
        let Some(outbox) = views.outbox.as_ref().filter(|_| views.fleet) else {
            return Ok(None);
        };
        let (lane, groups) = bounded(GROUPS_MAX);
        let (outbox, views) = (Arc::clone(outbox), views.clone());
        let thread = std::thread::Builder::new().name("settler".to_owned());
        let thread = thread.spawn(move || run(&groups, &outbox, &views));
        Ok(Some(Self {
            lane: Some(lane),
            thread: Some(thread.map_err(|error| format!("no thread to settle on: {error}"))?),
        }))
    }

    /// Takes a group that is durable here.
    pub(super) fn settle(&self, mut group: Group) {
        for (batch, _) in &mut group {
            // It is committed: what comes behind it may be applied.
            batch.held = None;
        }
        if let Some(lane) = &self.lane {
            // It ends behind us.
            let _ = lane.send(group);
        }
    }
}

impl Drop for Afar {
    fn drop(&mut self) {
        self.lane = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(groups: &Receiver<Group>, outbox: &Outbox, views: &Views) {
    for group in groups {
        for (batch, answers) in group {
            // What never got out was never true: its senders hear that nothing came of it.
            if outbox.wait(batch.stand.seq) {
                settle(batch, &answers, views);
            }
        }
    }
}
