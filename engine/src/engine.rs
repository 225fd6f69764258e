//! The engine: a door, and shards behind it that work in micro-batches.

pub use exchange::{Exchanged, Ready};

use crate::change::{Change, SharedChange};
use crate::crew::{Crew, Fault};
use crate::division::Division;
use crate::door::{Admission, Door, Input, OrderBy, Prepared, Refused, Stand};
use crate::journal::Entry;
use crate::limits::{BATCH_DEFAULT, SHARDS_MAX};
use crate::outcome::{Outcome, What};
use crate::plan::{Plan, PlanError};
use crate::shard::{Record, Show, Stretch, Work};
use rules::book::Book;
use rules::rule::Rule;
use rules::value::Text;
use std::ops::Range;
use std::sync::Arc;

/// How an engine runs. Nothing here but the division and the order may change a decision.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Shards: threads that own key groups. 1…64.
    pub shards: usize,
    /// Inputs per micro-batch, at least 1.
    pub batch: usize,
    /// In which order events are decided.
    pub order: OrderBy,
    /// Up to so many records at a time the thread that pushes them does the shards' work itself, where
    /// waking them would take longer; 0: never. It needs a stack of [`rules::interpreter::STACK_BYTES`].
    pub inline: usize,
    /// Whose customers it decides about; `None`: everybody's.
    pub division: Option<Division>,
    /// What every settled event is asked to show.
    pub show: Show,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shards: 1,
            batch: BATCH_DEFAULT,
            order: OrderBy::Arrival,
            inline: 0,
            division: None,
            show: Show::default(),
        }
    }
}

/// What came of some records: outcomes in their global order, and what the door refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// In the order (seq, deadline, key, ordinal).
    pub outcomes: Vec<Outcome>,
    /// Records that are no events, in the order they were met.
    pub refused: Vec<Refused>,
    /// Every change of state, in the order made, when they are asked for.
    pub entries: Vec<Entry>,
}

/// A door, and shards behind it.
pub struct Engine {
    /// The book in force, and its plan.
    book: Arc<Book>,
    plan: Arc<Plan>,
    door: Door,
    crew: Crew,
    batch: usize,
    inline: usize,
    division: Option<Division>,
    /// Shards meet at ticks: there are several, and rules that change what all share.
    meets: bool,
    /// Changes to what all share that the next tick publishes.
    pending: Vec<SharedChange>,
    /// Something of the book changes what all share.
    shares: bool,
    /// Until this event time a live tick has something to publish, ms.
    stirred: i64,
    /// Door time of the last tick, ms.
    ticked: i64,
}

impl Engine {
    /// Starts the shards of a book.
    ///
    /// # Errors
    /// The book asks for more than a plan can hold.
    pub fn new(book: Arc<Book>, settings: &Settings) -> Result<Self, PlanError> {
        // Whoever looks at what is read by no rule wants all of it.
        let show = &settings.show;
        let all = show.columns || show.derived || !show.watch.is_empty();
        let plan = Arc::new(Plan::build(&book, all)?);
        let shares = shares(&book);
        Ok(Self {
            door: Door::new(&book.catalogue, settings.order),
            crew: Crew::start(
                settings.shards.clamp(1, SHARDS_MAX),
                &book,
                &plan,
                &settings.show,
            ),
            batch: settings.batch.max(1),
            inline: settings.inline,
            division: settings.division,
            meets: settings.shards > 1 && shares,
            pending: Vec::new(),
            shares,
            stirred: i64::MIN,
            ticked: i64::MIN,
            book,
            plan,
        })
    }

    /// Takes records in. Some may wait at the door until those behind them are known.
    ///
    /// # Errors
    /// A [`Fault`]: a shard can no longer vouch for its state.
    pub fn push(&mut self, records: Vec<Record>) -> Result<Output, Fault> {
        let mut output = Output::default();
        let mut inputs = Vec::new();
        let good = self.prepare(records, &mut output)?;
        self.door.receive(good, &mut inputs, &mut output.refused);
        self.run(inputs, &mut output)?;
        Ok(output)
    }

    /// Takes records in at `now` ms of the wall clock, which whoever pushes reads once. None waits.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn push_live(&mut self, records: Vec<Record>, now: i64) -> Result<Output, Fault> {
        let mut output = Output::default();
        let mut inputs = Vec::new();
        let good = self.prepare(records, &mut output)?;
        self.door
            .receive_live(good, now, &mut inputs, &mut output.refused);
        self.run(inputs, &mut output)?;
        self.stir(&output);
        Ok(output)
    }

    /// Lets the wall clock be `now` ms: due timers fire, and what was changed for all becomes visible.
    /// `None` when nobody could tell that the clock went on: then no number is given out.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn tick_live(&mut self, now: i64) -> Result<Option<Output>, Fault> {
        self.expect(1);
        let due = self.next_due(false)?;
        self.expect(usize::MAX);
        let fires = due.is_some_and(|due| due <= now);
        if !fires && self.stirred == i64::MIN {
            return Ok(None);
        }
        let Some(tick) = self.door.tick(now) else {
            return Ok(None);
        };
        // A brake counts firings up to the tick: one dated ahead is looked at again.
        if self.stirred <= now {
            self.stirred = i64::MIN;
        }
        let mut output = Output::default();
        self.run(vec![tick], &mut output)?;
        self.stir(&output);
        Ok(Some(output))
    }

    /// Notes until when actions may have changed what all share.
    fn stir(&mut self, output: &Output) {
        if !self.shares {
            return;
        }
        for outcome in &output.outcomes {
            let What::Settled(settled) = &outcome.what else {
                continue;
            };
            if !settled.actions.is_empty() || !settled.shared.is_empty() {
                self.stirred = self.stirred.max(outcome.place.deadline);
            }
        }
    }

    /// So much is to be done next: few records are worked on by the thread that pushes them.
    fn expect(&mut self, records: usize) {
        self.crew.set_inline(records <= self.inline);
    }

    /// Decodes records; those that are no events are refused.
    fn prepare(
        &mut self,
        records: Vec<Record>,
        output: &mut Output,
    ) -> Result<Vec<Prepared>, Fault> {
        self.expect(records.len());
        let mut good: Vec<Prepared> = Vec::with_capacity(records.len());
        for prepared in self.crew.prepare(records)? {
            match prepared {
                Ok(prepared) => good.push(prepared),
                Err(refused) => output.refused.push(refused),
            }
        }
        Ok(good)
    }

    /// Lets everything through that still waits at the door.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn finish(&mut self) -> Result<Output, Fault> {
        let mut output = Output::default();
        let mut inputs = Vec::new();
        self.door.finish(&mut inputs, &mut output.refused);
        self.run(inputs, &mut output)?;
        Ok(output)
    }

    /// Writes changes to a customer before the first event: what a case says was so.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn given(&mut self, customer: &Text, changes: Vec<Change>) -> Result<(), Fault> {
        let changes = Arc::new(changes);
        let work = || Work::Given(customer.clone(), Arc::clone(&changes));
        self.crew.run(work).map(|_| ())
    }

    /// Adds a member to a list of the catalogue.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn extend_list(&mut self, list: &Text, member: &Text) -> Result<(), Fault> {
        self.crew
            .run(|| Work::Listed(list.clone(), member.clone()))
            .map(|_| ())
    }

    /// Applies entries to an engine that has taken nothing yet: see [`crate::journal`]. May be called
    /// again and again; [`Engine::restored`] ends it.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn restore(&mut self, entries: Vec<Entry>) -> Result<(), Fault> {
        let entries = Arc::new(entries);
        self.crew.run(|| Work::Restore(Arc::clone(&entries)))?;
        Ok(())
    }

    /// All entries are applied: the door goes on where it stood.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn restored(&mut self, door: Stand) -> Result<(), Fault> {
        self.pending = self.crew.run(|| Work::Restored)?.shared;
        self.door.restore(door);
        self.ticked = door.last_tick;
        if self.shares {
            // What was pending then is visible at the first tick.
            self.stirred = door.clock.unwrap_or(i64::MIN);
        }
        Ok(())
    }

    /// Where the door stands.
    #[must_use]
    pub fn stand(&self) -> Stand {
        self.door.stand()
    }

    fn run(&mut self, inputs: Vec<Input>, output: &mut Output) -> Result<(), Fault> {
        let mut inputs = inputs.into_iter();
        loop {
            let batch: Vec<Input> = inputs.by_ref().take(self.batch).collect();
            if batch.is_empty() {
                output.entries.append(&mut self.crew.take_entries());
                return Ok(());
            }
            self.run_batch(batch, output)?;
        }
    }

    /// Admit, entities, customers: each phase ends everywhere before the next begins.
    fn run_batch(&mut self, mut batch: Vec<Input>, output: &mut Output) -> Result<(), Fault> {
        self.divide(&mut batch);
        let mut batch = Arc::new(batch);
        let admitted = self.crew.admit(&batch)?;
        let inputs = Arc::make_mut(&mut batch);
        for word in admitted {
            if let Some(Input::Event(taken)) = inputs.get_mut(word.at) {
                taken.admission = word.admission;
                taken.event.late = word.late;
            }
        }
        let values = self.crew.entities(&batch)?;
        let inputs = Arc::make_mut(&mut batch);
        for found in values {
            if let Some(Input::Event(taken)) = inputs.get_mut(found.at)
                && taken.admission == Admission::Taken
            {
                let values = &mut taken.event.entity_values;
                if values.len() <= found.read {
                    values.resize(found.read + 1, rules::value::Value::Missing);
                }
                if let Some(place) = values.get_mut(found.read) {
                    *place = found.value;
                }
                if found.truncated {
                    taken.event.entity_truncated.push(found.read);
                }
            }
        }
        for range in self.stretches(&batch) {
            let tick = match batch.get(range.start) {
                Some(Input::Tick { door, .. }) => Some(*door),
                _ => None,
            };
            let published = tick.map(|_| std::mem::take(&mut self.pending));
            let mut publish = Arc::new(published.unwrap_or_default());
            let mut grants = Vec::new();
            if let Some(door) = tick.filter(|_| !self.plan.audience_tags.is_empty()) {
                grants = self.open(door, &publish)?;
                publish = Arc::default();
            }
            let grants = Arc::new(grants);
            let work = || Stretch {
                batch: Arc::clone(&batch),
                range: range.clone(),
                publish: Arc::clone(&publish),
                grants: Arc::clone(&grants),
            };
            let mut done = self.crew.run(|| Work::Customers(work()))?;
            done.outcomes.sort_by(|a, b| a.place.cmp(&b.place));
            output.outcomes.append(&mut done.outcomes);
            self.pending.append(&mut done.shared);
        }
        Ok(())
    }

    /// What one decision changes for all becomes visible to all at the next tick, never between. So
    /// several shards meet at each tick, unless nothing of the book changes anything for all; a shard
    /// that is alone meets itself. Turns of rounds are given out at ticks, to each shard.
    fn stretches(&self, batch: &[Input]) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut from = 0;
        if self.meets || !self.plan.audience_tags.is_empty() {
            for (at, input) in batch.iter().enumerate() {
                if at > from && matches!(input, Input::Tick { .. }) {
                    ranges.push(from..at);
                    from = at;
                }
            }
        }
        ranges.push(from..batch.len());
        ranges
    }
}

/// Something of the book changes what all share.
fn shares(book: &Book) -> bool {
    let catalogue = &book.catalogue;
    let mut tags = catalogue.entities.iter().flat_map(|entity| &entity.tags);
    !catalogue.audiences.is_empty()
        || tags.any(|tag| !tag.set.is_empty())
        || book.rules.iter().any(changes_for_all)
}

/// A brake counts firings of all customers; a cool-down per entity holds for all of them.
fn changes_for_all(rule: &Rule) -> bool {
    rule.header.brake.is_some() || rule.header.cooldown.is_some_and(|c| c.per.is_some())
}

mod aside;
mod clock;
mod counts;
mod divide;
mod exchange;
mod gather;
mod order;
mod rounds;
pub use gather::Slice;

#[cfg(test)]
mod tests;
