//! Another book takes over.

use super::{Engine, Output, shares};
use crate::crew::Fault;
use crate::passage::Passage;
use crate::plan::Plan;
use crate::shard::{Succession, Work};
use rules::book::Book;
use rules::interpreter::Interpreter;
use std::sync::Arc;

/// What a book needs to be taken up, made while events go on. What is not here is made while they wait.
#[derive(Default)]
pub struct Ready {
    /// Interpreters of the book, one per shard.
    interpreters: Vec<Interpreter>,
    /// The way from the book that was in force then.
    passage: Option<(Arc<Book>, Arc<Passage>)>,
}

impl Ready {
    /// For so many shards, from a book with its plan to the next.
    #[must_use]
    pub fn of(
        (former, old): (&Arc<Book>, &Plan),
        (book, plan): (&Arc<Book>, &Plan),
        shards: usize,
    ) -> Self {
        let interpreters = (0..shards).map(|_| Interpreter::new(Arc::clone(book)));
        let passage = Passage::of((former, old), (book, plan));
        Self {
            interpreters: interpreters.collect(),
            passage: Some((Arc::clone(former), Arc::new(passage))),
        }
    }
}

/// A book that has been taken up.
pub struct Exchanged {
    /// What the tick before it brought about.
    pub output: Output,
    /// The interpreters of the former book. To drop them takes a millisecond where it has thousands of rules: to
    /// be done where no event waits.
    pub retired: Vec<Interpreter>,
}

impl Engine {
    /// Takes up another book at `now` ms of the wall clock, behind a tick of its own: what comes behind
    /// it is decided by the new book, on state that is carried over by names.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn exchange(
        &mut self,
        book: &Arc<Book>,
        plan: &Arc<Plan>,
        ready: Ready,
        now: i64,
    ) -> Result<Exchanged, Fault> {
        let mut output = Output::default();
        let at = now.max(self.door.stand().last_tick.saturating_add(1));
        if let Some(tick) = self.door.tick(at) {
            self.run(vec![tick], &mut output)?;
            self.stir(&output);
        }
        let at = self.door.clock().unwrap_or(at);
        let retired = self.succeed(book, plan, ready, at)?;
        Ok(Exchanged { output, retired })
    }

    /// The book in force gives way to another at `at` ms of the door's clock, and nothing else
    /// happens: so it is when a recovery comes to where a book was taken up.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn carry_over(&mut self, book: &Arc<Book>, plan: &Arc<Plan>, at: i64) -> Result<(), Fault> {
        self.succeed(book, plan, Ready::default(), at).map(drop)
    }

    fn succeed(
        &mut self,
        book: &Arc<Book>,
        plan: &Arc<Plan>,
        ready: Ready,
        at: i64,
    ) -> Result<Vec<Interpreter>, Fault> {
        let known = ready.passage;
        let known = known.filter(|(former, _)| Arc::ptr_eq(former, &self.book));
        let passage = match known {
            Some((_, passage)) => passage,
            None => Arc::new(Passage::of((&self.book, &self.plan), (book, plan))),
        };
        let mut interpreters = ready.interpreters.into_iter();
        let pending = std::mem::take(&mut self.pending).into_iter();
        let pending = pending.filter_map(|change| change.carried(book, &|v| passage.value(v)));
        self.pending = pending.collect();
        let done = self.crew.run(|| {
            Work::Book(Box::new(Succession {
                book: Arc::clone(book),
                plan: Arc::clone(plan),
                passage: Arc::clone(&passage),
                interpreter: interpreters.next(),
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
        Ok(done.retired)
    }
}
