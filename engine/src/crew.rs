//! The crew: one thread per shard, asked phase by phase over bounded lanes. A shard goes down the lane
//! with its work and comes back with what is done: so whoever asks may also do the work of a phase
//! itself, where that is less than waking others.

use crate::change::SharedChange;
use crate::door::{Input, Prepared, Refused};
use crate::journal::Entry;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::portrait::Portrait;
use crate::round::{self, Demand, Running};
use crate::shard::{Admitted, EntityValue, Record, Shard, Show, Work};
use crate::state::Size;
use crate::state::state_hash::StateHash;
use crate::state::weight::Weight;
use crate::switch::Standing;
use crate::tally::Tally;
use crossbeam::channel::{Receiver, Sender, bounded};
use rules::book::Book;
use rules::interpreter::Interpreter;
use std::panic::{AssertUnwindSafe, catch_unwind};
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
    /// Answer of the owner to the question what a key group weighs.
    pub weight: Weight,
    /// Answer to the question for the counters.
    pub tally: Tally,
    /// Answer to another book: the interpreter of the former one.
    pub retired: Vec<Interpreter>,
    /// Answer of the first shard to the opening of a tick: the rounds that run.
    pub running: Vec<Running>,
    /// Answer to the opening of a tick: where somebody waits for them.
    pub demands: Vec<Demand>,
    /// Answer to the question for rounds.
    pub rounds: Vec<round::Standing>,
    /// Answer of the first shard to the question what does not act.
    pub standing: Option<Standing>,
    /// Answer of the owner to the question for a customer.
    pub portrait: Option<Box<Portrait>>,
    /// Answer to the question for the state hash.
    pub hash: StateHash,
}

/// The one that writes a shard's state is the one that has it.
type Owned = Box<Shard>;

struct Worker {
    /// `None` once the crew is being let go.
    work: Option<Sender<(Owned, Work)>>,
    done: Receiver<(Owned, Done)>,
    thread: Option<JoinHandle<()>>,
    /// At home between two phases; `None` when it broke down.
    shard: Option<Owned>,
}

/// One thread per shard.
pub struct Crew {
    workers: Vec<Worker>,
    /// Phases are worked on by the thread that asks.
    inline: bool,
    /// Entries since they were last taken: by phase, then by shard, then in order.
    entries: Vec<Entry>,
}

impl Crew {
    /// Starts so many shards.
    #[must_use]
    pub fn start(shards: usize, book: &Arc<Book>, plan: &Arc<Plan>, show: &Show) -> Self {
        let workers = (0..shards).map(|index| {
            let (work_in, work_out) = bounded::<(Owned, Work)>(1);
            let (done_in, done_out) = bounded::<(Owned, Done)>(1);
            let (book, plan, show) = (Arc::clone(book), Arc::clone(plan), show.clone());
            let run = move || {
                let shard = Box::new(Shard::new(index, shards, book, plan, show));
                let mut sent = done_in.send((shard, Done::default()));
                while sent.is_ok()
                    && let Ok((mut shard, work)) = work_out.recv()
                {
                    let done = shard.work(work);
                    sent = done_in.send((shard, done));
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
                shard: None,
            }
        });
        let mut workers: Vec<Worker> = workers.collect();
        // Each builds its shard on its own thread; one that could not is a fault when it is asked.
        for worker in &mut workers {
            worker.shard = worker.done.recv().ok().map(|(shard, _)| shard);
        }
        Self {
            workers,
            inline: false,
            entries: Vec::new(),
        }
    }

    /// Whether the thread that asks does the work of the next phases itself. Its stack is then one of
    /// [`rules::interpreter::STACK_BYTES`].
    pub fn set_inline(&mut self, inline: bool) {
        self.inline = inline;
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
        if !self.inline {
            for (shard, worker) in self.workers.iter_mut().enumerate() {
                worker.start(work()).ok_or_else(|| ended(shard))?;
            }
        }
        let mut all = Done::default();
        for (shard, worker) in self.workers.iter_mut().enumerate() {
            let done = if self.inline {
                worker.work_here(work())
            } else {
                worker.wait()
            };
            let mut done = done.ok_or_else(|| ended(shard))?;
            self.entries.append(&mut done.entries);
            all.add(done);
        }
        Ok(all)
    }
}

fn ended(shard: usize) -> Fault {
    Fault {
        shard,
        cause: "its thread ended".to_owned(),
    }
}

impl Worker {
    /// Sends the shard to its thread; `None` when there is none.
    fn start(&mut self, work: Work) -> Option<()> {
        let shard = self.shard.take()?;
        self.work.as_ref()?.send((shard, work)).ok()
    }

    /// Waits for the shard; `None` when it does not come back.
    fn wait(&mut self) -> Option<Done> {
        let (shard, done) = self.done.recv().ok()?;
        self.shard = Some(shard);
        Some(done)
    }

    /// Does the work on the thread that asks. A shard that breaks down there is gone, as it is when its
    /// own thread ends.
    fn work_here(&mut self, work: Work) -> Option<Done> {
        let mut shard = self.shard.take()?;
        let done = catch_unwind(AssertUnwindSafe(|| shard.work(work))).ok()?;
        self.shard = Some(shard);
        Some(done)
    }
}

impl Done {
    /// Adds what another shard answers to the same phase; its entries are taken before.
    fn add(&mut self, mut other: Self) {
        self.prepared.append(&mut other.prepared);
        self.admitted.append(&mut other.admitted);
        self.values.append(&mut other.values);
        self.outcomes.append(&mut other.outcomes);
        self.shared.append(&mut other.shared);
        self.retired.append(&mut other.retired);
        self.more = self.more.take().or(other.more);
        let timers = [self.next_timer, other.next_timer].into_iter().flatten();
        self.next_timer = timers.min();
        self.size.add(other.size);
        self.weight.add(&other.weight);
        self.tally.merge(other.tally);
        self.running.append(&mut other.running);
        self.demands.append(&mut other.demands);
        if self.rounds.is_empty() {
            self.rounds = std::mem::take(&mut other.rounds);
        }
        // All shards know the same rounds, in one order.
        for (round, more) in self.rounds.iter_mut().zip(&other.rounds) {
            round.add(more);
        }
        self.standing = self.standing.take().or(other.standing);
        self.portrait = self.portrait.take().or(other.portrait);
        self.hash.add(&other.hash);
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
