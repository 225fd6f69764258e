//! Another book takes over: state that stays is carried over as it is, whatever has moved is moved, and
//! what the new book does not know is let go.

use super::sweep::Sweeper;
use super::{Shard, interpreter};
use crate::contacts::Horizon;
use crate::cover::{Covers, Laid, covers};
use crate::describe::Zones;
use crate::passage::Passage;
use crate::plan::Plan;
use crate::state::carry::Carry;
use rules::book::Book;
use rules::facts::Facts;
use rules::interpreter::Interpreter;
use std::sync::Arc;

/// A book that takes over.
pub struct Succession {
    /// The book.
    pub book: Arc<Book>,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// What of the former book is what of this one.
    pub passage: Arc<Passage>,
    /// An interpreter of it that was made while events went on; else the shard makes its own.
    pub interpreter: Option<Interpreter>,
    /// The door's clock, ms.
    pub at: i64,
}

impl Shard {
    /// Everything that is made of a book is made anew; counters of rules that stay go on. Gives the former
    /// interpreter: to drop it takes longer than events may wait.
    pub(super) fn exchange(&mut self, next: Succession) -> Interpreter {
        let Succession {
            book,
            plan,
            passage,
            interpreter: made,
            at,
        } = next;
        // Whoever gets here from the log has not been told by each tick what may be forgotten.
        self.shared.forget(&self.book, at);
        let max_past = self.book.catalogue.time.max_past;
        self.shared.rounds_mut().forget(max_past, at);
        self.shared
            .set_covers(self.covers(&passage, &book, &plan, at));
        // What was gathered is of the former book: it is begun anew.
        self.gathering = None;
        let value = |value| passage.value(value);
        self.shared.carry(&book, &value);
        let pending = std::mem::take(&mut self.pending).into_iter();
        self.pending = pending
            .filter_map(|change| change.carried(&book, &value))
            .collect();
        let horizon = Horizon::of(&book);
        if !passage.is_same() {
            self.sweep_all(at);
            let carry = Carry {
                passage: &passage,
                plan: &plan,
                horizon: &horizon,
                duplicates: book.catalogue.time.duplicates,
            };
            self.state.carry(&carry);
            self.earliest = self.first_deadline().unwrap_or(i64::MAX);
        }
        let counted = std::mem::take(&mut self.tally);
        let former = (&*self.book, &self.plan.heard);
        self.tally = counted.succeed(former, &book, passage.rules());
        let made = made.unwrap_or_else(|| interpreter(&book, &self.show));
        let retired = std::mem::replace(&mut self.interpreter, made);
        for (list, member) in &self.listed {
            self.interpreter.extend_list(list, member);
        }
        self.facts = Facts::new(book.layout.slots.len());
        let mut zones = Zones::new(&book);
        let former = Arc::clone(&self.book);
        self.rearm_all(&former, &book, &mut zones, at);
        self.zones = zones;
        self.unwatch(&book, &plan);
        self.sweeper = Sweeper::new(&book, &plan);
        self.horizon = horizon;
        // Rounds that do not go on are let go of, and so is how far they came.
        self.forget_reached();
        self.refer_all(&plan.audience_tags);
        self.plan = plan;
        self.book = book;
        retired
    }

    fn covers(&self, passage: &Passage, book: &Book, plan: &Plan, at: i64) -> Covers {
        let old = Laid {
            book: &self.book,
            plan: &self.plan,
        };
        covers(passage, old, Laid { book, plan }, self.shared.covers(), at)
    }
}
