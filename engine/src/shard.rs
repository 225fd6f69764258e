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
mod aside;
mod dated;
mod elsewhere;
mod entities;
mod exchange;
mod gather;
mod look;
pub(crate) mod patterns;
mod places;
mod prepare;
mod recall;
mod restore;
mod rounds;
mod segments;
mod step;
mod sweep;
mod tags;
mod timers;
mod triggers;

pub use admit::Admitted;
pub use entities::EntityValue;
pub use exchange::Succession;
pub use prepare::Record;

use crate::change::{Change, SharedChange};
use crate::contacts::Horizon;
use crate::crew::Done;
use crate::decision::shared::Shared;
use crate::describe::Zones;
use crate::door::Input;
use crate::event::Event;
use crate::journal::{Entry, Journal};
use crate::key::KeyGroup;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::round::Grant;
use crate::state::State;
use crate::state::state_hash::StateHash;
use crate::state::tracks::Tracks;
use crate::tally::{Depth, Tally};
use aside::Kept;
use gather::Gathering;
use rules::book::Book;
use rules::facts::Facts;
use rules::interpreter::Interpreter;
use rules::layout::Slot;
use rules::value::Text;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use sweep::Sweeper;

/// What a shard is asked to do.
pub enum Work {
    /// Decode these records.
    Prepare(Vec<Record>),
    /// Admit the events of this batch.
    Admit(Arc<Vec<Input>>),
    /// Work on the entities of this batch.
    Entities(Arc<Vec<Input>>),
    /// A tick opens at this instant, ms: publish these, and say who waits for rounds.
    Open(i64, Arc<Vec<SharedChange>>),
    /// Work on the customers of a stretch of this batch.
    Customers(Stretch),
    /// Write these changes to a customer before any event: what a case says was so.
    Given(Text, Arc<Vec<Change>>),
    /// Add a member to a list of the catalogue.
    Listed(Text, Text),
    /// Apply the owned ones of these entries.
    Restore(Arc<Vec<Entry>>),
    /// All entries are applied: give what the next tick has to publish.
    Restored,
    /// Give entries that make what all share.
    Shared,
    /// Begin to gather the state of this key group.
    Gather(KeyGroup),
    /// Give the next slice of what is being gathered, of about so many entries.
    Slice(usize),
    /// Keep what these events may touch.
    Keep(Arc<Vec<Input>>),
    /// Put back what was kept: nothing has happened.
    PutBack,
    /// Tell of a customer at this instant, ms.
    Look(Text, i64),
    /// Say at which tick the next timer fires.
    NextTimer,
    /// The same of those that rules have set.
    NextReminder,
    /// Tell of the rounds that run.
    Rounds,
    /// Say how much is kept.
    Size,
    /// Say what this key group weighs.
    Weigh(KeyGroup),
    /// Give the counters.
    Tally,
    /// Go on with another book.
    Book(Box<Succession>),
    /// Say what does not act now.
    Standing,
    /// Hash the state live at this instant, ms.
    Hash(i64),
}

/// A stretch of a batch between two ticks, with what others changed for all before it.
#[derive(Clone)]
pub struct Stretch {
    /// The batch.
    pub batch: Arc<Vec<Input>>,
    /// From where to where (excluded).
    pub range: Range<usize>,
    /// Changes to what all share, to be folded in at the tick that begins the stretch.
    pub publish: Arc<Vec<SharedChange>>,
    /// Turns of rounds that the tick has brought.
    pub grants: Arc<Vec<Grant>>,
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
    /// What all customers share, as of the last tick.
    shared: Shared,
    /// Changes to it that become visible at the next tick.
    pending: Vec<SharedChange>,
    /// Members of lists beside those of the catalogue: list and member.
    listed: BTreeSet<(Text, Text)>,
    /// The tick that is open already, ms.
    opened: Option<i64>,
    /// Door time of the last tick, ms.
    ticked: i64,
    /// No pending timer is due before this instant, ms.
    earliest: i64,
    /// What the event being observed completes of patterns.
    matched: Vec<Event>,
    tally: Tally,
    horizon: Horizon,
    sweeper: Sweeper,
    journal: Journal,
    /// What is put back behind a decision that is none.
    kept: Option<Box<Kept>>,
    /// What is being gathered for a snapshot.
    gathering: Option<Gathering>,
}

/// So many steps are looked ahead: what they need fits the nearer memory of a core.
pub const AHEAD: usize = 64;

/// What every settled event is asked to show besides its decision.
#[derive(Clone, Debug, Default)]
pub struct Show {
    /// The columns of `--features`: every declared feature.
    pub columns: bool,
    /// These slots.
    pub watch: Vec<Slot>,
    /// What it completed, and at a deadline what was completed there.
    pub derived: bool,
    /// The records of its decisions.
    pub records: bool,
    /// How far operands of conditions are counted.
    pub depth: Depth,
    /// Every change of state, as entries.
    pub journal: bool,
    /// Conditions are interpreted, never native. Changes no result, and takes longer.
    pub interpret: bool,
}

fn interpreter(book: &Arc<Book>, show: &Show) -> Interpreter {
    if show.interpret {
        Interpreter::interpreted(Arc::clone(book))
    } else {
        Interpreter::new(Arc::clone(book))
    }
}

impl Shard {
    /// The shard `index` of so many.
    #[must_use]
    pub fn new(index: usize, shards: usize, book: Arc<Book>, plan: Arc<Plan>, show: Show) -> Self {
        Self {
            index,
            shards,
            interpreter: interpreter(&book, &show),
            facts: Facts::new(book.layout.slots.len()),
            state: State::new(),
            zones: Zones::new(&book),
            sweeper: Sweeper::new(&book, &plan),
            plan,
            shared: Shared::new(),
            pending: Vec::new(),
            listed: BTreeSet::new(),
            tally: Tally::new(&book, show.depth),
            opened: None,
            ticked: i64::MIN,
            earliest: i64::MAX,
            matched: Vec::new(),
            journal: Journal::new(show.journal),
            kept: None,
            gathering: None,
            horizon: Horizon::of(&book),
            show,
            book,
        }
    }

    /// Does one phase.
    pub fn work(&mut self, work: Work) -> Done {
        let mut done = Done::default();
        match work {
            Work::Prepare(records) => done.prepared = self.prepare(&records),
            Work::Admit(batch) => done.admitted = self.admit(&batch),
            Work::Entities(batch) => done.values = self.entities(&batch),
            Work::Open(door, publish) => {
                self.pending.extend(publish.iter().cloned());
                self.open(door, &mut done);
            }
            Work::Customers(stretch) => {
                self.pending.extend(stretch.publish.iter().cloned());
                let inputs = stretch.batch.get(stretch.range.clone()).unwrap_or(&[]);
                done.outcomes = self.customers(inputs, &stretch.grants, &mut done.shared);
            }
            Work::Given(customer, changes) => self.given(&customer, &changes),
            Work::Listed(list, member) => {
                self.interpreter.extend_list(&list, &member);
                self.listed.insert((list, member));
            }
            Work::Restore(entries) => self.restore(&entries),
            Work::Restored => {
                self.forget_reached();
                if self.shards > 1 {
                    let pending = std::mem::take(&mut self.pending);
                    done.shared
                        .extend(pending.into_iter().filter(|_| self.index == 0));
                }
            }
            Work::Shared => self.whole_shared(&mut done.entries),
            Work::Gather(group) => self.gather(group),
            Work::Slice(most) => {
                if let Some((entries, more)) = self.slice(most) {
                    (done.entries, done.more) = (entries, Some(more));
                }
            }
            Work::Keep(batch) => self.keep(&batch),
            Work::PutBack => self.put_back(),
            Work::Look(customer, at) => done.portrait = self.look(&customer, at).map(Box::new),
            Work::NextTimer => done.next_timer = self.next_timer(),
            Work::NextReminder => done.next_timer = self.next_reminder(),
            Work::Rounds => done.rounds = self.rounds_standing(),
            Work::Size => done.size = self.state.size(),
            Work::Weigh(group) => {
                if let Some(group) = self.state.group(group) {
                    done.weight = group.weight();
                }
            }
            Work::Tally => done.tally = self.tally.settled(&self.plan.heard),
            Work::Book(next) => done.retired.push(self.exchange(*next)),
            Work::Standing => done.standing = (self.index == 0).then(|| self.shared.standing()),
            Work::Hash(now) => done.hash = self.hash(now),
        }
        let mut written = self.journal.take();
        self.note_written(&written);
        done.entries.append(&mut written);
        done
    }

    /// Works on customers, in door order. Changes to what all share go to `shared`; a shard that is
    /// alone keeps them for its own next tick.
    fn customers(
        &mut self,
        inputs: &[Input],
        grants: &[Grant],
        shared: &mut Vec<SharedChange>,
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(inputs.len());
        for ahead in inputs.chunks(AHEAD) {
            self.touch(ahead);
            for input in ahead {
                self.customer_input(input, grants, &mut outcomes);
            }
        }
        if self.shards > 1 {
            shared.append(&mut self.pending);
        }
        outcomes
    }

    fn customer_input(&mut self, input: &Input, grants: &[Grant], outcomes: &mut Vec<Outcome>) {
        match input {
            Input::Event(taken) if self.owns(&taken.event.customer) => {
                self.step(taken, outcomes);
            }
            Input::Event(_) => {}
            Input::Tick { seq, door } => {
                if self.opened.take() != Some(*door) {
                    self.publish(*door);
                }
                self.tell_rounds((*seq, *door), grants, outcomes);
                self.tick(*seq, *door, outcomes);
                self.sweep_customers(*door);
            }
        }
    }

    /// Looks at the customers of the next steps, so that what they need comes from far at once.
    fn touch(&self, ahead: &[Input]) {
        let customers = ahead.iter().filter_map(|input| match input {
            Input::Event(taken) => self.customer(&taken.event.customer),
            Input::Tick { .. } => None,
        });
        let windows: Vec<&Tracks> = customers.map(|customer| &customer.windows).collect();
        black_box(Tracks::touch(&windows));
    }

    /// A tick: what decisions changed for all is visible, and brakes are looked at.
    fn publish(&mut self, door: i64) {
        // All shards do the same; one writes it down.
        if !self.pending.is_empty() && self.index == 0 {
            self.journal.note(|| Entry::Published);
        }
        for change in self.pending.drain(..) {
            self.shared.apply(&change);
        }
        for rule in self.shared.tick(&self.book, door) {
            if self.index == 0 {
                self.journal.note(|| Entry::Braked { rule, at: door });
            }
        }
        self.bound_rounds(door);
        self.ticked = door;
    }

    /// The state, for hashing and reading.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Every shard has its own groups; what all share is counted once.
    fn hash(&self, now: i64) -> StateHash {
        let mut hash = self.state.hash(&self.book, &self.plan, now);
        self.hash_rounds(&mut hash);
        if self.index == 0 {
            self.shared
                .items(&self.book, now, &mut |kind, name, bytes| {
                    hash.item(kind, "", name, bytes);
                });
        }
        hash
    }

    fn owns(&self, customer: &str) -> bool {
        self.owns_group(KeyGroup::of(customer))
    }

    fn owns_group(&self, group: KeyGroup) -> bool {
        group.shard(self.shards) == self.index
    }
}
