//! What operators order of an engine, between two batches.

use super::{Engine, Output, shares};
use crate::change::SharedChange;
use crate::crew::Fault;
use crate::journal::Entry;
use crate::passage::Passage;
use crate::plan::Plan;
use crate::shard::{Succession, Work};
use crate::switch::{Standing, Switch};
use rules::book::Book;
use rules::interpreter::Interpreter;
use rules::value::Text;
use std::sync::Arc;

impl Engine {
    /// Turns something off or on at `now` ms of the wall clock, in a tick of its own: what comes behind
    /// it is decided so. `by` says who wants it.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn switch(
        &mut self,
        switch: Switch,
        on: bool,
        (why, by): (Text, Text),
        now: i64,
    ) -> Result<Output, Fault> {
        let mut output = Output::default();
        let at = now.max(self.door.stand().last_tick.saturating_add(1));
        let Some(tick) = self.door.tick(at) else {
            return Ok(output);
        };
        let change = SharedChange::Switched {
            switch,
            on,
            at,
            why,
            by,
        };
        output.entries.push(Entry::Pending(change.clone()));
        self.pending.push(change);
        self.run(vec![tick], &mut output)?;
        self.stir(&output);
        Ok(output)
    }

    /// Takes up another book at `now` ms of the wall clock, behind a tick of its own: what comes behind
    /// it is decided by the new book, on state that is carried over by names. `ready` holds interpreters
    /// of the book, one per shard, for whoever would not have events wait until they are made.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn exchange(
        &mut self,
        book: &Arc<Book>,
        plan: &Arc<Plan>,
        ready: Vec<Interpreter>,
        now: i64,
    ) -> Result<Output, Fault> {
        let mut output = Output::default();
        let at = now.max(self.door.stand().last_tick.saturating_add(1));
        if let Some(tick) = self.door.tick(at) {
            self.run(vec![tick], &mut output)?;
            self.stir(&output);
        }
        let at = self.door.clock().unwrap_or(at);
        self.succeed(book, plan, ready, at)?;
        Ok(output)
    }

    /// The book in force gives way to another at `at` ms of the door's clock, and nothing else
    /// happens: so it is when a recovery comes to where a book was taken up.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn carry_over(&mut self, book: &Arc<Book>, plan: &Arc<Plan>, at: i64) -> Result<(), Fault> {
        self.succeed(book, plan, Vec::new(), at)
    }

    fn succeed(
        &mut self,
        book: &Arc<Book>,
        plan: &Arc<Plan>,
        ready: Vec<Interpreter>,
        at: i64,
    ) -> Result<(), Fault> {
        let passage = Passage::of((&self.book, &self.plan), (book, plan));
        let passage = Arc::new(passage);
        let mut ready = ready.into_iter();
        let pending = std::mem::take(&mut self.pending).into_iter();
        let pending = pending.filter_map(|change| change.carried(book, &|v| passage.value(v)));
        self.pending = pending.collect();
        self.crew.run(|| {
            Work::Book(Box::new(Succession {
                book: Arc::clone(book),
                plan: Arc::clone(plan),
                passage: Arc::clone(&passage),
                interpreter: ready.next(),
                at,
            }))
        })?;
        (self.book, self.plan) = (Arc::clone(book), Arc::clone(plan));
        self.door.adopt(&book.catalogue);
        self.shares = shares(book);
        self.meets = self.crew.shards() > 1 && self.shares;
        if self.shares {
            // What is still pending is visible at the next tick.
            self.stirred = self.stirred.max(at);
        }
        Ok(())
    }

    /// The book in force.
    #[must_use]
    pub fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// What does not act now.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn standing(&mut self) -> Result<Standing, Fault> {
        self.expect(1);
        let standing = self.crew.run(|| Work::Standing)?.standing;
        Ok(standing.unwrap_or_default())
    }
}
