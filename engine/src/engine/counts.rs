//! What an engine says of itself: how much it keeps, what became of its rules, what its state hashes to.

use super::Engine;
use crate::crew::Fault;
use crate::key::KeyGroup;
use crate::shard::Work;
use crate::state::Size;
use crate::state::state_hash::StateHash;
use crate::state::weight::Weight;
use crate::tally::Tally;

impl Engine {
    /// How much is kept in memory.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn size(&mut self) -> Result<Size, Fault> {
        self.expect(1);
        Ok(self.crew.run(|| Work::Size)?.size)
    }

    /// What a key group weighs in memory.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn weigh(&mut self, group: KeyGroup) -> Result<Weight, Fault> {
        self.expect(1);
        Ok(self.crew.run(|| Work::Weigh(group))?.weight)
    }

    /// What became of each rule so far.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn tally(&mut self) -> Result<Tally, Fault> {
        self.expect(1);
        Ok(self.crew.run(|| Work::Tally)?.tally)
    }

    /// The hash of all live state at the door's clock.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn state_hash(&mut self) -> Result<StateHash, Fault> {
        self.crew.state_hash(self.door.clock().unwrap_or(0))
    }
}
