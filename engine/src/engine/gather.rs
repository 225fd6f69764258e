//! What a snapshot is made of: the state of a key group, slice by slice, and what all share.

use super::Engine;
use crate::crew::Fault;
use crate::journal::Entry;
use crate::key::KeyGroup;
use crate::limits::SLICE_ENTRIES;
use crate::shard::Work;

/// Some of the entries that make a key group's state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slice {
    /// In the order they are to be applied, behind those of the slices before.
    pub entries: Vec<Entry>,
    /// More is to come. Without it all slices together make the state as it is now.
    pub more: bool,
}

impl Engine {
    /// Begins to gather the state of a key group; what was being gathered is let go of. Inputs may go on
    /// between its slices. Another book ends it without an end: it is to be begun anew.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn gather(&mut self, group: KeyGroup) -> Result<(), Fault> {
        self.crew.run(|| Work::Gather(group)).map(drop)
    }

    /// The next slice of what is being gathered, of about so many entries, at least one: see
    /// [`crate::limits::SLICE_ENTRIES`]. `None` when nothing is being gathered. Where inputs go on between
    /// slices, the journal is to be kept: see [`crate::shard::Show::journal`].
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn slice(&mut self, most: usize) -> Result<Option<Slice>, Fault> {
        let more = self.crew.run(|| Work::Slice(most.max(1)))?.more;
        let entries = self.crew.take_entries();
        Ok(more.map(|more| Slice { entries, more }))
    }

    /// Entries that make the state of a key group, or what all share, as it is now: applied to an
    /// empty engine they are that state.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn whole(&mut self, group: Option<KeyGroup>) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::new();
        let Some(group) = group else {
            self.crew.run(|| Work::Shared)?;
            entries = self.crew.take_entries();
            entries.extend(self.pending.iter().cloned().map(Entry::Pending));
            return Ok(entries);
        };
        self.gather(group)?;
        while let Some(mut slice) = self.slice(SLICE_ENTRIES)? {
            entries.append(&mut slice.entries);
            if !slice.more {
                break;
            }
        }
        Ok(entries)
    }
}
