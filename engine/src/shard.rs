//! A shard: one owner of some key groups. It works in phases, each over a whole micro-batch, and
//! never reaches into another shard.
//!
//! | phase | who | does |
//! |---|---|---|
//! | prepare | any shard, any record | decode, conditions of streams: pure functions of the record |
//! | admit | the customer's shard | duplicate? too late? Before anybody's state is touched |
//! | entities | the entity's shard | windows of entities, read as each event saw them, in door order |
//! | customers | the customer's shard | timers, then the step: observe, describe, decide, enact |
//!
//! Entities come first because their windows are functions of raw events only: an event reads them
//! as of its own number, whatever the batch.

mod admit;
mod entities;
mod prepare;
mod step;
mod timers;

pub use admit::Admitted;
pub use entities::EntityValue;
pub use prepare::Record;

use crate::change::Change;
use crate::crew::Done;
use crate::describe::Zones;
use crate::door::Input;
use crate::key::KeyGroup;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::state::State;
use rules::book::Book;
use rules::facts::Facts;
use rules::interpreter::Interpreter;
use rules::layout::Slot;
use rules::value::Text;
use std::sync::Arc;

/// What a shard is asked to do.
#[derive(Clone)]
pub enum Work {
    /// Decode these records.
    Prepare(Vec<Record>),
    /// Admit the events of this batch.
    Admit(Arc<Vec<Input>>),
    /// Work on the entities of this batch.
    Entities(Arc<Vec<Input>>),
    /// Work on the customers of this batch.
    Customers(Arc<Vec<Input>>),
    /// Write these changes to a customer before any event: what a case says was so.
    Given(Text, Arc<Vec<Change>>),
    /// Add a member to a list of the catalogue.
    Listed(Text, Text),
    /// Hash the state live at this instant, ms.
    Hash(i64),
}

/// One owner of some key groups.
pub struct Shard {
    index: usize,
    shards: usize,
    book: Arc<Book>,
    plan: Arc<Plan>,
    interpreter: Interpreter,
    facts: Facts,
    state: State,
    zones: Zones,
    show: Show,
}

/// What every settled event is asked to show besides its decision.
#[derive(Clone, Debug, Default)]
pub struct Show {
    /// The columns of `--features`: every declared feature.
    pub columns: bool,
    /// These slots.
    pub watch: Vec<Slot>,
}

impl Shard {
    /// The shard `index` of so many.
    #[must_use]
    pub fn new(index: usize, shards: usize, book: Arc<Book>, plan: Arc<Plan>, show: Show) -> Self {
        Self {
            index,
            shards,
            interpreter: Interpreter::new(Arc::clone(&book)),
            facts: Facts::new(book.layout.slots.len()),
            state: State::new(),
            zones: Zones::new(book.catalogue.time.zone.clone()),
            book,
            plan,
            show,
        }
    }

    /// Does one phase.
    pub fn work(&mut self, work: Work) -> Done {
        let mut done = Done::default();
        match work {
            Work::Prepare(records) => done.prepared = self.prepare(&records),
            Work::Admit(batch) => done.admitted = self.admit(&batch),
            Work::Entities(batch) => done.values = self.entities(&batch),
            Work::Customers(batch) => done.outcomes = self.customers(&batch),
            Work::Given(customer, changes) => self.given(&customer, &changes),
            Work::Listed(list, member) => self.interpreter.extend_list(&list, &member),
            Work::Hash(now) => done.hash = self.state.hash(&self.book, &self.plan, now),
        }
        done
    }

    /// Works on the customers of a batch, in door order.
    pub fn customers(&mut self, batch: &[Input]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for input in batch {
            match input {
                Input::Event(taken) if self.owns(&taken.event.customer) => {
                    self.step(taken, &mut outcomes)
                }
                Input::Event(_) => {}
                Input::Tick { seq, door } => self.tick(*seq, *door, &mut outcomes),
            }
        }
        outcomes
    }

    /// The state, for hashing and reading.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    fn owns(&self, customer: &str) -> bool {
        self.owns_group(KeyGroup::of(customer))
    }

    fn owns_group(&self, group: KeyGroup) -> bool {
        group.shard(self.shards) == self.index
    }
}
