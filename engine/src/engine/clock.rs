//! The clock runs on with no event behind it.

use super::{Engine, Output};
use crate::crew::Fault;
use crate::door::Input;
use crate::limits::DRAIN_ROUNDS_MAX;

impl Engine {
    /// Lets the clock run on to `door` ms with no event: due timers fire, at as many ticks before as
    /// they need.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn advance(&mut self, door: i64) -> Result<Output, Fault> {
        let mut output = self.finish()?;
        for _ in 0..DRAIN_ROUNDS_MAX {
            let next = self.next_due(false)?;
            let next = next.map(|due| self.after(due)).filter(|due| *due < door);
            let Some(next) = next else { break };
            let inputs: Vec<Input> = self.door.tick(next).into_iter().collect();
            self.run(inputs, &mut output)?;
        }
        let inputs: Vec<Input> = self.door.tick(door).into_iter().collect();
        self.run(inputs, &mut output)?;
        Ok(output)
    }

    /// A tick at `door` ms that gets its number though nobody could tell that the clock went on: with
    /// it goes what has no number of its own. It is ahead of the last tick.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn pulse(&mut self, door: i64) -> Result<Output, Fault> {
        let mut output = Output::default();
        let tick: Vec<Input> = self.door.tick(door).into_iter().collect();
        self.run(tick, &mut output)?;
        self.stir(&output);
        Ok(output)
    }

    /// The first instant at `due` ms or later that is ahead of the door's clock.
    fn after(&self, due: i64) -> i64 {
        let clock = self.door.clock().unwrap_or(due.saturating_sub(1));
        due.max(clock.saturating_add(1))
    }

    /// Lets the clock run on until no timer that a rule has set is pending. Timers may set timers: after
    /// a bound of rounds it stops. Dated timers come again and again, and none of them is waited for.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn drain(&mut self) -> Result<Output, Fault> {
        let mut output = self.finish()?;
        for _ in 0..DRAIN_ROUNDS_MAX {
            let Some(due) = self.next_due(true)? else {
                break;
            };
            let mut more = self.advance(self.after(due))?;
            output.outcomes.append(&mut more.outcomes);
            output.refused.append(&mut more.refused);
        }
        Ok(output)
    }
}
