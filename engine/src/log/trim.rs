//! Letting go of segments that no recovery needs any more.

use super::error::Error;
use super::snapshot::Part;
use super::store::remove_if_there;
use super::writer::Log;

impl Log {
    /// Removes the segments that lie wholly below `keep_from` and whose every number is held by all
    /// kept snapshots of all parts, the oldest ones included. Gives how many.
    ///
    /// # Errors
    /// When the disk fails; the log takes nothing more then.
    pub fn trim(&mut self, keep_from: u64) -> Result<usize, Error> {
        self.healthy()?;
        let trimmed = self.remove_below(keep_from);
        self.poisoned_by(trimmed)
    }

    fn remove_below(&mut self, keep_from: u64) -> Result<usize, Error> {
        let mut needed = keep_from.min(self.durable + 1);
        let snapshots = self.store.snapshots_by_name()?;
        for part in Part::all() {
            let stem = part.file_stem();
            let of_part = snapshots.iter().filter(|(found, ..)| *found == stem);
            let oldest = of_part.map(|(_, seq, _)| *seq).min();
            needed = needed.min(oldest.unwrap_or(0) + 1);
        }
        let mut removed = 0;
        while let [first, second, ..] = self.segments.as_slice()
            && second.header.first_seq <= needed
        {
            remove_if_there(&*self.store.files, &first.path)?;
            // One by one: the log may lose its beginning, and never its middle.
            self.store.sync_dir()?;
            self.segments.remove(0);
            removed += 1;
        }
        Ok(removed)
    }
}
