//! Blanking payloads where they lie. The frame stays whole, its numbers stay, and what was said is gone.

use super::error::Error;
use super::files::{File, Open, write_all};
use super::frame::Frame;
use super::section::{Item, Section};
use super::segment::Segment;
use super::walk::{Step, Walk};
use super::writer::Log;

/// What to do with an item: true to erase it.
pub type Chosen<'c> = &'c mut dyn FnMut(Section, &Item<'_>) -> bool;

impl Log {
    /// Erases every durable payload that is chosen, in the whole log; gives how many. Snapshots are the
    /// affair of who writes them. Interrupted, it is to be asked for again: an item counts as erased
    /// from its mark on, and its bytes go after that.
    ///
    /// # Errors
    /// When the disk fails; the log takes nothing more then.
    pub fn erase(&mut self, choose: Chosen<'_>) -> Result<u64, Error> {
        self.commit()?;
        let erased = self.erase_all(choose);
        self.poisoned_by(erased)
    }

    fn erase_all(&self, choose: Chosen<'_>) -> Result<u64, Error> {
        let mut erased = 0;
        for (index, segment) in self.segments.iter().enumerate() {
            let path = &segment.path;
            let files = &self.store.files;
            let open = |how| files.open(path, how).map_err(Error::io("open", path));
            let last = index + 1 == self.segments.len();
            let mut walk = Walk::new(segment, open(Open::Read)?);
            let mut blanks = Vec::new();
            while !last || walk.at < self.at {
                let at = walk.at;
                match walk.next(0)? {
                    Step::Frame(frame) => choose_in(&frame, at, choose, &mut blanks),
                    Step::Passed => {}
                    Step::End => break,
                    Step::Bad(what) => return Err(Error::damaged(path, at, what)),
                }
            }
            if !blanks.is_empty() {
                erased += blanks.iter().filter(|blank| blank.new).count() as u64;
                blank(&*open(Open::Write)?, segment, &blanks)?;
            }
        }
        Ok(erased)
    }
}

/// One item to blank: where its mark stands, what that becomes, and where its payload lies.
struct Blank {
    mark_at: u64,
    mark: u32,
    payload: std::ops::Range<u64>,
    new: bool,
}

fn choose_in(frame: &Frame, at: u64, choose: Chosen<'_>, blanks: &mut Vec<Blank>) {
    for section in Section::ALL {
        let addresses = frame.addresses(section);
        for (item, (mark_at, payload, mark)) in frame.items(section).zip(addresses) {
            let new = item.payload.is_some();
            // What was erased before is blanked once more: it may have been interrupted.
            if !new || choose(section, &item) {
                blanks.push(Blank {
                    mark_at: at + mark_at as u64,
                    mark,
                    payload: at + payload.start as u64..at + payload.end as u64,
                    new,
                });
            }
        }
    }
}

fn blank(file: &dyn File, segment: &Segment, blanks: &[Blank]) -> Result<(), Error> {
    let path = &segment.path;
    for blank in blanks {
        let mark = blank.mark.to_le_bytes();
        write_all(file, &mark, blank.mark_at).map_err(Error::io("write", path))?;
    }
    // A payload that is half gone under a mark is erased; without the mark it would be damage.
    file.sync_data().map_err(Error::io("sync", path))?;
    for blank in blanks {
        let length = usize::try_from(blank.payload.end - blank.payload.start).unwrap_or(0);
        let zeros = vec![0; length];
        write_all(file, &zeros, blank.payload.start).map_err(Error::io("write", path))?;
    }
    file.sync_data().map_err(Error::io("sync", path))
}
