//! Another book takes over, and state stays as it is.

use super::sweep::Sweeper;
use super::{Shard, interpreter};
use crate::contacts::Horizon;
use crate::describe::Zones;
use crate::plan::Plan;
use crate::tally::Tally;
use rules::book::Book;
use rules::facts::Facts;
use std::sync::Arc;

impl Shard {
    /// Everything that is made of a book is made anew; counters of rules that stay go on.
    pub(super) fn exchange(&mut self, book: Arc<Book>, plan: Arc<Plan>) {
        let counted = self.tally.settled(&self.book);
        self.tally = Tally::new(&book, self.show.depth);
        self.tally.go_on(&book, &self.book, &counted);
        self.interpreter = interpreter(&book, &self.show);
        for (list, member) in &self.listed {
            self.interpreter.extend_list(list, member);
        }
        self.facts = Facts::new(book.layout.slots.len());
        self.zones = Zones::new(&book);
        self.sweeper = Sweeper::new(&book, &plan);
        self.horizon = Horizon::of(&book);
        self.plan = plan;
        self.book = book;
    }
}
