//! What is asked of an engine without changing it: how a customer stands, and what would be decided.

use super::{Engine, Output};
use crate::crew::Fault;
use crate::portrait::Portrait;
use crate::shard::{Record, Work};
use rules::value::Text;
use std::sync::Arc;

impl Engine {
    /// A customer as it stands, at `now` ms of the wall clock or where the door's clock is ahead of
    /// that; `None` when nobody has heard of it.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn look(&mut self, customer: &Text, now: i64) -> Result<Option<Portrait>, Fault> {
        let at = self.door.clock().map_or(now, |clock| clock.max(now));
        self.expect(1);
        let done = self.crew.run(|| Work::Look(customer.clone(), at))?;
        Ok(done.portrait.map(|portrait| *portrait))
    }

    /// What [`Engine::push_live`] would say to this record. It is decided by the same rooms, on the
    /// state as it is; then everything is put back as it was, and no number is spent.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn try_live(&mut self, record: Record, now: i64) -> Result<Output, Fault> {
        let mut output = Output::default();
        let mut inputs = Vec::new();
        let (stand, pending) = (self.door.stand(), self.pending.len());
        let good = self.prepare(vec![record], &mut output)?;
        self.door
            .receive_live(good, now, &mut inputs, &mut output.refused);
        let batch = Arc::new(inputs.clone());
        self.crew.run(|| Work::Keep(Arc::clone(&batch)))?;
        self.run(inputs, &mut output)?;
        self.crew.run(|| Work::PutBack)?;
        self.door.restore(stand);
        self.pending.truncate(pending);
        output.entries.clear();
        // A timer that would fire before it is no answer to it.
        output.outcomes.retain(|outcome| outcome.line.is_some());
        Ok(output)
    }
}
