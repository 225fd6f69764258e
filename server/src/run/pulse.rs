//! Numbers for what has none of its own: how far a source read, how far actions are out.

use super::conductor::{Conductor, Halt};
use engine::engine::Output;

impl Conductor {
    /// A tick that gets its number whatever the clock says; gives its door time.
    pub(super) fn pulse(&mut self, door: i64, output: &mut Output) -> Result<i64, Halt> {
        let door = door.max(self.engine.stand().last_tick.saturating_add(1));
        let mut more = self.engine.pulse(door)?;
        output.outcomes.append(&mut more.outcomes);
        output.entries.append(&mut more.entries);
        Ok(door)
    }

    /// The log says how far actions are out before it is closed: nothing is sent again after a restart.
    pub(super) fn tell_out(&mut self) -> Result<(), Halt> {
        if self
            .outbox
            .as_ref()
            .is_some_and(|outbox| outbox.is_untold())
        {
            let mut output = Output::default();
            let door = self.clock.read();
            let door = self.pulse(door, &mut output)?;
            self.hand_on(self.of_clock(output, None, door))?;
        }
        Ok(())
    }
}
