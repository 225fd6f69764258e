//! The crew: one thread per shard, asked phase by phase over bounded lanes.

use crate::change::SharedChange;
use crate::door::{Input, Prepared, Refused};
use crate::journal::Entry;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::portrait::Portrait;
use crate::shard::{Admitted, EntityValue, Record, Shard, Show, Work};
use crate::state::Size;
use crate::state::state_hash::StateHash;
use crate::switch::Standing;
use crate::tally::Tally;
use crossbeam::channel::{Receiver, Sender, bounded};
use rules::book::Book;
use std::sync::Arc;
use std::thread::JoinHandle;

/// A shard can no longer vouch for its state: it stops, and is replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("shard {shard} stopped: {cause}")]
pub struct Fault {
    /// Which shard.
    pub shard: usize,
    /// Why.
    pub cause: String,
}

/// What a shard answers to a phase: the field of its phase is filled.
#[derive(Default)]
pub struct Done {
    /// Answer to prepare.
    pub prepared: Vec<Result<Prepared, Refused>>,
    /// Answer to admit.
    pub admitted: Vec<Admitted>,
    /// Answer to entities.
    pub values: Vec<EntityValue>,
    /// Answer to customers.
    pub outcomes: Vec<Outcome>,
    /// Answer to customers: changes to what all share.
    pub shared: Vec<SharedChange>,
    /// Every change of state the phase made, when it is asked for; answer to shared and
    /// to slice.
    pub entries: Vec<Entry>,
    /// Answer to slice: whether more is to come. `None` where nothing is gathered.
    pub more: Option<bool>,
    /// Answer to the question for the next tick that fires a timer, ms.
    pub next_timer: Option<i64>,
    /// Answer to the question for the size.
    pub size: Size,
    /// Answer to the question for the counters.
    pub tally: Tally,
    /// Answer of the first shard to the question what does not act.
    pub standing: Option<Standing>,
    /// Answer of the owner to the question for a customer.
    pub portrait: Option<Box<Portrait>>,
    /// Answer to the question for the state hash.
    pub hash: StateHash,
}

struct Worker {
    /// `None` once the crew is being let go.
    work: Option<Sender<Work>>,
    done: Receiver<Done>,
    thread: Option<JoinHandle<()>>,
}

/// One thread per shard.
pub struct Crew {
    workers: Vec<Worker>,
    /// Entries since they were last taken: by phase, then by shard, then in order.
    entries: Vec<Entry>,
}

impl Crew {
    /// Starts so many shards.
    #[must_use]
    pub fn start(shards: usize, book: &Arc<Book>, plan: &Arc<Plan>, show: &Show) -> Self {
        let workers = (0..shards).map(|index| {
            let (work_in, work_out) = bounded::<Work>(1);
            let (done_in, done_out) = bounded::<Done>(1);
            let (book, plan, show) = (Arc::clone(book), Arc::clone(plan), show.clone());
            let run = move || {
                let mut shard = Shard::new(index, shards, book, plan, show);
                while let Ok(work) = work_out.recv() {
                    if done_in.send(shard.work(work)).is_err() {
                        break;
                    }
                }
            };
            let thread = std::thread::Builder::new()
                .name(format!("shard-{index}"))
                .stack_size(rules::interpreter::STACK_BYTES)
                .spawn(run);
            Worker {
                work: Some(work_in),
                done: done_out,
                thread: thread.ok(),
            }
        });
        Self {
            workers: workers.collect(),
            entries: Vec::new(),
        }
    }

    /// Decodes records, shared out among the shards; the answers stand in the order of the records.
    ///
    /// # Errors
    /// A shard stopped.
    pub fn prepare(
        &mut self,
        mut records: Vec<Record>,
    ) -> Result<Vec<Result<Prepared, Refused>>, Fault> {
        let share = records.len().div_ceil(self.workers.len().max(1)).max(1);
        let mut shares = Vec::with_capacity(self.workers.len());
        for _ in &self.workers {
            let rest = records.split_off(share.min(records.len()));
            shares.push(std::mem::replace(&mut records, rest));
        }
        let mut shares = shares.into_iter();
        Ok(self
            .run(|| Work::Prepare(shares.next().unwrap_or_default()))?
            .prepared)
    }

    /// See [`Shard::admit`].
    ///
    /// # Errors
    /// A shard stopped.
    pub fn admit(&mut self, batch: &Arc<Vec<Input>>) -> Result<Vec<Admitted>, Fault> {
        Ok(self.run(|| Work::Admit(Arc::clone(batch)))?.admitted)
    }

    /// See [`Shard::entities`].
    ///
    /// # Errors
    /// A shard stopped.
    pub fn entities(&mut self, batch: &Arc<Vec<Input>>) -> Result<Vec<EntityValue>, Fault> {
        Ok(self.run(|| Work::Entities(Arc::clone(batch)))?.values)
    }

    /// The sum of all shards' hashes at `now`.
    ///
    /// # Errors
    /// A shard stopped.
    pub fn state_hash(&mut self, now: i64) -> Result<StateHash, Fault> {
        Ok(self.run(|| Work::Hash(now))?.hash)
    }

    /// How many shards there are.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.workers.len()
    }

    /// The entries since the last time.
    pub fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// One phase: everybody starts, everybody is waited for; answers in shard order.
    ///
    /// # Errors
    /// A shard stopped.
    pub fn run(&mut self, mut work: impl FnMut() -> Work) -> Result<Done, Fault> {
        let fault = |shard| Fault {
            shard,
            cause: "its thread ended".to_owned(),
        };
        for (shard, worker) in self.workers.iter().enumerate() {
            let lane = worker.work.as_ref().ok_or_else(|| fault(shard))?;
            lane.send(work()).map_err(|_| fault(shard))?;
        }
        let mut all = Done::default();
        for (shard, worker) in self.workers.iter().enumerate() {
            let mut done = worker.done.recv().map_err(|_| fault(shard))?;
            all.prepared.append(&mut done.prepared);
            all.admitted.append(&mut done.admitted);
            all.values.append(&mut done.values);
            all.outcomes.append(&mut done.outcomes);
            all.shared.append(&mut done.shared);
            self.entries.append(&mut done.entries);
            all.more = all.more.or(done.more);
            all.next_timer = [all.next_timer, done.next_timer]
                .into_iter()
                .flatten()
                .min();
            all.size.add(done.size);
            all.tally.merge(&done.tally);
            all.standing = all.standing.or(done.standing);
            all.portrait = all.portrait.or(done.portrait);
            all.hash.add(&done.hash);
        }
        Ok(all)
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            worker.work = None;
        }
        for worker in &mut self.workers {
            if let Some(thread) = worker.thread.take() {
                // A shard that panicked has been reported as a fault already.
                let _ = thread.join();
            }
        }
    }
}
