//! What operators order of an engine, between two batches.

use super::{Engine, Output};
use crate::change::SharedChange;
use crate::crew::Fault;
use crate::journal::Entry;
use crate::shard::Work;
use crate::switch::{Standing, Switch};
use rules::book::Book;
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
