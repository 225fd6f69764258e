//! Copies: what one store has committed, on its way to another that has the same id. A copy's frames lie
//! elsewhere and follow other heads; what they say is the same byte for byte.

use super::batch::{Place, put_frame, put_mark};
use super::error::Error;
use super::files::Files;
use super::frame::Frame;
use super::header::{HEADER, Header, Kind};
use super::names::Names;
use super::offsets::Offsets;
use super::open::claim;
use super::segment::{SEGMENT_HEADER, Segment};
use super::store::{Kind as FileKind, StoreId, kind_of, remove_if_there};
use super::view::{NO_NAMES, View, enter};
use super::walk::Step;
use super::writer::Log;
use std::path::Path;

/// Where a copy begins that has nothing of the store yet: what a store knows beside its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footing {
    pub(crate) next_seq: u64,
    pub(crate) names: Names,
    pub(crate) offsets: Offsets,
}

impl Footing {
    /// The last number that lies before it.
    #[must_use]
    pub fn before(&self) -> u64 {
        self.next_seq.saturating_sub(1)
    }

    /// All names that were defined by then.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Its bytes for a store of this id.
    #[must_use]
    pub fn write(&self, id: StoreId) -> Vec<u8> {
        let mut out = Vec::new();
        let names = self.names.definitions();
        put_mark(
            Kind::Names,
            self.next_seq,
            names,
            &self.offsets,
            nowhere(id),
            &mut out,
        );
        out
    }

    /// Reads what [`Footing::write`] wrote.
    ///
    /// # Errors
    /// It was written of another store, or is damaged.
    pub fn read(id: StoreId, bytes: &[u8]) -> Result<Self, Error> {
        let frame = read(id, bytes, Kind::Names)?;
        let mut footing = Self {
            next_seq: frame.first_seq(),
            names: Names::default(),
            offsets: Offsets::default(),
        };
        footing.take(&frame)?;
        Ok(footing)
    }

    /// What a frame adds.
    fn take(&mut self, frame: &Frame) -> Result<(), Error> {
        if !frame.definitions().all(|one| self.names.take(&one)) {
            return Err(Error::Batch(TWO_IDS));
        }
        for (source, offset) in frame.offsets() {
            self.offsets.put(source, offset);
        }
        Ok(())
    }
}

/// A copy has no place in a segment of ours.
fn nowhere(id: StoreId) -> Place {
    Place {
        base: 0,
        previous: 0,
        seed: id.seed(),
    }
}

const TWO_IDS: &str = "a name has two ids: it is of another store";

fn read(id: StoreId, bytes: &[u8], kind: Kind) -> Result<Frame, Error> {
    let head = bytes.get(..HEADER).unwrap_or_default();
    let (header, _) = Header::read(head, id.seed())
        .filter(|(header, _)| header.kind == kind)
        .ok_or(Error::Batch("its head differs from its checksum"))?;
    let body = bytes.get(HEADER..).unwrap_or_default().to_vec();
    Frame::read(header, body).map_err(Error::Batch)
}

impl Frame {
    /// Its bytes for a copy of its store.
    #[must_use]
    pub fn copy(&self, id: StoreId) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + self.body().len());
        self.put(nowhere(id), &mut out);
        out
    }

    /// Reads what [`Frame::copy`] wrote.
    ///
    /// # Errors
    /// It was written of another store, or is damaged.
    pub fn of_copy(id: StoreId, bytes: &[u8]) -> Result<Self, Error> {
        read(id, bytes, Kind::Batch)
    }

    fn put(&self, place: Place, out: &mut Vec<u8>) -> u32 {
        let numbers = (self.first_seq(), self.last_seq(), self.door());
        put_frame(Kind::Batch, numbers, place, out, |out| {
            out.extend_from_slice(self.body());
        })
    }
}

impl View {
    /// Where a copy would begin behind `seq`, which may be the last durable number.
    ///
    /// # Errors
    /// When the segment of that number was removed or cannot be read.
    pub fn footing(&self, seq: u64) -> Result<Footing, Error> {
        let mut footing = Footing {
            next_seq: seq.saturating_add(1),
            names: Names::default(),
            offsets: Offsets::default(),
        };
        let begun = |segment: &&Segment| segment.header.first_seq <= seq.max(1);
        let found = self.segments.iter().rfind(begun);
        let Some(segment) = found.or(self.segments.first()) else {
            return Ok(footing);
        };
        // A segment begins with all that was known before it.
        match enter(self, segment, None)?.next(0)? {
            Step::Frame(frame) if frame.header().kind == Kind::Names => footing.take(&frame)?,
            _ => {
                let at = SEGMENT_HEADER as u64;
                return Err(Error::damaged(&segment.path, at, NO_NAMES));
            }
        }
        for frame in self.frames_since(segment.header.first_seq.saturating_sub(1))? {
            let frame = frame?;
            if frame.last_seq() > seq {
                break;
            }
            footing.take(&frame)?;
        }
        Ok(footing)
    }
}

impl Log {
    /// Takes a batch that its store has committed elsewhere: as [`Log::append`]. Nothing may have been
    /// defined here that is not written yet.
    ///
    /// # Errors
    /// As [`Log::append`]; and when the batch contradicts the names known here.
    pub fn adopt(&mut self, frame: &Frame) -> Result<(), Error> {
        self.healthy()?;
        if !self.news.is_empty() {
            return Err(Error::Batch("names of this copy's own are not written yet"));
        }
        self.room_for(frame.first_seq(), frame.bytes())?;
        if !frame.definitions().all(|one| self.names.take(&one)) {
            return self.poisoned_by(Err(Error::Batch(TWO_IDS)));
        }
        let place = self.place();
        self.previous = frame.put(place, &mut self.pending);
        for (source, offset) in frame.offsets() {
            self.offsets.put(source, offset);
        }
        self.next_seq = frame.last_seq() + 1;
        Ok(())
    }
}

/// Lets go of a copy: its log and its snapshots. Those of whom it is a copy have all of it.
///
/// # Errors
/// When another process has it, or the disk fails.
pub fn clear(files: &dyn Files, dir: &Path) -> Result<(), Error> {
    files.create_dir(dir).map_err(Error::io("make", dir))?;
    let _claim = claim(files, dir)?;
    for path in files.list(dir).map_err(Error::io("list", dir))? {
        if kind_of(&path) != FileKind::Other {
            remove_if_there(files, &path)?;
        }
    }
    files.sync_dir(dir).map_err(Error::io("sync", dir))
}
