//! Who writes the log: batches gathered, one write and one sync for all of them.

use super::batch::{Batch, Place, put_mark};
use super::error::{Error, is_full};
use super::files::{File, write_all};
use super::header::{HEADER, Kind};
use super::names::{NameKind, Names, put_definition};
use super::offsets::Offsets;
use super::segment::{SEGMENT_HEADER, Segment, SegmentHeader};
use super::store::{SPARE, Store, remove_if_there, segment_name};
use super::view::View;

/// The log of one store, open to write. One process has it, one thread writes it.
pub struct Log {
    pub(crate) store: Store,
    pub(crate) tz: String,
    pub(crate) segment_bytes: u64,
    /// Held as long as the log is.
    pub(crate) _claim: Box<dyn File>,
    /// Oldest first; the last is written to.
    pub(crate) segments: Vec<Segment>,
    pub(crate) active: Option<Box<dyn File>>,
    /// Where the active segment is durable.
    pub(crate) at: u64,
    /// The checksum of the last head, pending ones included.
    pub(crate) previous: u32,
    pub(crate) pending: Vec<u8>,
    pub(crate) next_seq: u64,
    pub(crate) durable: u64,
    /// The next segment: its room is taken.
    pub(crate) spare: Option<Box<dyn File>>,
    pub(crate) names: Names,
    /// How far sources were read, pending batches included.
    pub(crate) offsets: Offsets,
    /// Names that no frame tells of yet.
    pub(crate) news: Vec<u8>,
    pub(crate) poison: Option<String>,
}

/// What room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes left in the segment that is written to.
    pub segment: u64,
    /// Bytes of the segment whose room is taken ahead; 0 when there is none.
    pub ahead: u64,
    /// Bytes free on disk.
    pub disk: u64,
}

impl Log {
    /// Where it lies, for snapshots.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The last durable number; 0 when there is none.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.durable
    }

    /// The number that the next batch begins with.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// All names ever defined.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// How far each source was read, what is not committed yet included.
    #[must_use]
    pub fn offsets(&self) -> &Offsets {
        &self.offsets
    }

    /// The durable part, to read while this goes on.
    #[must_use]
    pub fn view(&self) -> View {
        View {
            store: self.store.clone(),
            segments: self.segments.clone(),
            end_at: self.at,
            end_seq: self.durable,
        }
    }

    /// The stable id of a name. A new one is written with the next batch.
    pub fn define(&mut self, kind: NameKind, name: &str) -> u32 {
        let (definition, new) = self.names.define(kind, name);
        if new {
            put_definition(&definition, &mut self.news);
        }
        definition.id
    }

    /// Makes sure that batches of so many bytes, taken together, will find room: to be asked before
    /// anything is accepted. [`Batch::bytes`] says how long one is.
    ///
    /// # Errors
    /// [`Error::NoRoom`] when the disk is full: nothing is lost, and it may be asked again.
    pub fn reserve(&mut self, bytes: u64) -> Result<(), Error> {
        self.healthy()?;
        let max = self.capacity();
        if bytes > max {
            return Err(Error::TooLarge { bytes, max });
        }
        if self.spare.is_none() {
            let spare = self.make_spare();
            self.spare = Some(self.poisoned_by(spare)?);
        }
        Ok(())
    }

    /// What room there is.
    ///
    /// # Errors
    /// When the disk cannot be asked.
    pub fn room(&self) -> Result<Room, Error> {
        let tried = Error::io("ask for room in", &self.store.dir);
        Ok(Room {
            segment: self.rest(),
            ahead: self.spare.as_ref().map_or(0, |_| self.capacity()),
            disk: self
                .store
                .files
                .free_space(&self.store.dir)
                .map_err(tried)?,
        })
    }

    /// Takes a batch. It is durable once [`Log::commit`] says so, and nothing that came of it may be
    /// seen before.
    ///
    /// # Errors
    /// [`Error::NoRoom`] when no room was reserved and there is none: the batch was not taken.
    pub fn append(&mut self, batch: &Batch) -> Result<(), Error> {
        self.healthy()?;
        if let Some(what) = batch.wrong() {
            return Err(Error::Batch(what));
        }
        self.room_for(batch.first_seq(), batch.length(&self.news) as u64)?;
        let place = self.place();
        self.previous = batch.write(&self.news, place, &mut self.pending);
        self.news.clear();
        self.offsets.follow(batch.read());
        self.next_seq = batch.last_seq() + 1;
        Ok(())
    }

    /// Sees to it that a batch of so many bytes that begins with `found` has its place in the active segment.
    pub(crate) fn room_for(&mut self, found: u64, bytes: u64) -> Result<(), Error> {
        let (expected, max) = (self.next_seq, self.capacity());
        if expected != found {
            return Err(Error::OutOfOrder { expected, found });
        }
        if bytes > max {
            return Err(Error::TooLarge { bytes, max });
        }
        if bytes > self.rest() {
            self.turn()?;
        }
        Ok(())
    }

    /// Where the next frame will stand.
    pub(crate) fn place(&self) -> Place {
        Place {
            base: self.at,
            previous: self.previous,
            seed: self.store.id.seed(),
        }
    }

    /// Makes all that was taken durable: one write, one sync. Gives the last durable number.
    ///
    /// # Errors
    /// When the disk fails. Then nobody knows what of it is on disk, and the log takes nothing more.
    pub fn commit(&mut self) -> Result<u64, Error> {
        self.healthy()?;
        let done = self.put_pending();
        self.poisoned_by(done)?;
        Ok(self.durable)
    }

    /// Commits, and says in the log that nothing is missing at its end: from then on, damage there is
    /// told from a torn write.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn close(mut self) -> Result<u64, Error> {
        self.commit()?;
        let left = self.length().saturating_sub(self.at);
        if left >= HEADER as u64 {
            let place = self.place();
            let (none, nowhere) = (std::iter::empty(), Offsets::default());
            let (seq, out) = (self.next_seq, &mut self.pending);
            self.previous = put_mark(Kind::Closed, seq, none, &nowhere, place, out);
            self.put_pending()?;
        }
        Ok(self.durable)
    }

    pub(crate) fn healthy(&self) -> Result<(), Error> {
        match self.poison.clone() {
            Some(cause) => Err(Error::Poisoned { cause }),
            None => Ok(()),
        }
    }

    /// Whatever fails but for want of room leaves the log poisoned.
    pub(crate) fn poisoned_by<R>(&mut self, done: Result<R, Error>) -> Result<R, Error> {
        if let Err(error) = &done
            && !matches!(error, Error::NoRoom { .. })
        {
            self.poison = Some(error.to_string());
        }
        done
    }

    /// The length of the active segment.
    fn length(&self) -> u64 {
        self.segments
            .last()
            .map_or(0, |active| active.header.length)
    }

    /// Bytes that batches still find in the active segment; the mark of a good close finds its own.
    fn rest(&self) -> u64 {
        let taken = self.at + (self.pending.len() + HEADER) as u64;
        self.length().saturating_sub(taken)
    }

    /// Bytes that batches find in a new segment.
    fn capacity(&self) -> u64 {
        let taken = SEGMENT_HEADER + 3 * HEADER + self.names.bytes() + self.offsets.bytes();
        self.segment_bytes.saturating_sub(taken as u64)
    }

    fn put_pending(&mut self) -> Result<(), Error> {
        let Some(file) = self.active.as_ref().filter(|_| !self.pending.is_empty()) else {
            return Ok(());
        };
        let path = self
            .segments
            .last()
            .map_or(&self.store.dir, |active| &active.path);
        write_all(&**file, &self.pending, self.at).map_err(Error::io("write", path))?;
        file.sync_data().map_err(Error::io("sync", path))?;
        self.at += self.pending.len() as u64;
        self.durable = self.next_seq - 1;
        self.pending.clear();
        Ok(())
    }

    /// Goes on to the next segment. What is pending becomes durable first, so that a segment is never
    /// followed by another while its own end is not.
    fn turn(&mut self) -> Result<(), Error> {
        if self.spare.is_none() {
            let spare = self.make_spare();
            self.spare = Some(self.poisoned_by(spare)?);
        }
        let turned = self.put_pending().and_then(|()| self.begin_segment());
        self.poisoned_by(turned)
    }

    /// Takes the room of the next segment.
    pub(crate) fn make_spare(&self) -> Result<Box<dyn File>, Error> {
        let (path, bytes) = (self.store.path(SPARE), self.segment_bytes);
        let made = self.store.create(&path).and_then(|file| {
            let tried = Error::io("take room for", &path);
            file.preallocate(bytes).map_err(tried)?;
            file.sync_data().map_err(Error::io("sync", &path))?;
            Ok(file)
        });
        match made {
            Err(Error::Io { cause, .. }) if is_full(&cause) => {
                // Half of it is of no use, and its room is wanted elsewhere.
                match remove_if_there(&*self.store.files, &path) {
                    Err(Error::Io { cause, .. }) if is_full(&cause) => {}
                    removed => removed?,
                }
                Err(Error::NoRoom { bytes })
            }
            made => made,
        }
    }

    /// Makes the spare the active segment: its head and all names, synced before it has its name, and
    /// its name synced before anything is written behind.
    pub(crate) fn begin_segment(&mut self) -> Result<(), Error> {
        let bytes = self.segment_bytes;
        let file = self.spare.take().ok_or(Error::NoRoom { bytes })?;
        let header = SegmentHeader {
            id: self.store.id,
            first_seq: self.next_seq,
            length: bytes,
            previous: self.previous,
            tz: self.tz.clone(),
        };
        let mut head = header.write();
        let place = Place {
            base: SEGMENT_HEADER as u64,
            previous: self.previous,
            seed: self.store.id.seed(),
        };
        let names = self.names.definitions();
        let (seq, offsets) = (self.next_seq, &self.offsets);
        let previous = put_mark(Kind::Names, seq, names, offsets, place, &mut head);
        let spare = self.store.path(SPARE);
        write_all(&*file, &head, 0).map_err(Error::io("write", &spare))?;
        file.sync_data().map_err(Error::io("sync", &spare))?;
        let path = self.store.path(&segment_name(self.next_seq));
        let tried = Error::io("rename", &spare);
        self.store.files.rename(&spare, &path).map_err(tried)?;
        self.store.sync_dir()?;
        self.segments.push(Segment { path, header });
        self.active = Some(file);
        self.at = head.len() as u64;
        self.previous = previous;
        Ok(())
    }
}
