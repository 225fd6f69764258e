//! Opening a store: finding its end, mending it, and saying what was found.

use super::copy::Footing;
use super::error::Error;
use super::files::{File, Files, Open, read_full, write_all};
use super::names::Names;
use super::offsets::Offsets;
use super::segment::Segment;
use super::snapshot::{Part, Snapshot};
use super::store::{CLAIM, Store, StoreId, remove_if_there};
use super::view::{Ending, Torn, find, segments};
use super::writer::Log;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a segment at least and at most.
const SEGMENT_BYTES_MIN: u64 = 4 * 1024;
const SEGMENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Zeros are written in pieces of this many bytes.
const ZEROS: usize = 64 * 1024;

/// How a store is made and written.
#[derive(Clone, Debug)]
pub struct Options {
    /// What a store that is made now is told by. Chance; one that is there keeps its own.
    pub id: StoreId,
    /// Bytes of a segment, from 4 KiB to 1 GiB.
    pub segment_bytes: u64,
    /// The version of the tz database that decides, up to 16 bytes.
    pub tz: String,
    /// Where a store that is made now begins; `None`: with its first number. One that is there goes on where
    /// it ends.
    pub footing: Option<Footing>,
}

impl Options {
    /// Segments of 64 MiB.
    #[must_use]
    pub fn new(id: StoreId, tz: &str) -> Self {
        Self {
            id,
            segment_bytes: 64 * 1024 * 1024,
            tz: tz.to_owned(),
            footing: None,
        }
    }
}

/// What was found when a store was opened.
#[derive(Debug)]
pub struct Recovery {
    /// The last durable number.
    pub durable: u64,
    /// The first number that is still there.
    pub first_seq: u64,
    /// A write that was never durable was cut off.
    pub torn: Option<Torn>,
    /// Unfinished files that were removed.
    pub removed: Vec<PathBuf>,
    /// The newest whole snapshot of each part that has one.
    pub snapshots: Vec<Snapshot>,
    /// Damaged snapshots that were passed over for older ones.
    pub damaged: Vec<Error>,
    /// The log was closed in good order.
    pub closed: bool,
    /// The version of the tz database the log was last written with.
    pub tz: String,
}

impl Recovery {
    /// Behind which number frames are needed: the oldest of the snapshots, 0 when a part has none. A
    /// part passes over what its own snapshot holds already.
    #[must_use]
    pub fn replay_after(&self) -> u64 {
        let of = |part| self.snapshots.iter().find(|found| found.part() == part);
        let seqs = Part::all().map(|part| of(part).map_or(0, Snapshot::seq));
        seqs.min().unwrap_or(0)
    }
}

impl Log {
    /// Opens a store, or makes one. What was committed is there; of what was not, whole batches or
    /// nothing.
    ///
    /// # Errors
    /// When another process has it, when it is damaged, when a snapshot is ahead of its log, when its
    /// format is another, or when the disk fails. Nothing is served then.
    pub fn open(
        files: Arc<dyn Files>,
        dir: &Path,
        options: &Options,
    ) -> Result<(Self, Recovery), Error> {
        options.check()?;
        files.create_dir(dir).map_err(Error::io("make", dir))?;
        let claim = claim(&*files, dir)?;
        // Names that an interrupted run left undecided are decided first.
        files.sync_dir(dir).map_err(Error::io("sync", dir))?;
        let found = find(&*files, dir)?;
        let segments = segments(&*files, &found)?;
        for path in &found.unfinished {
            remove_if_there(&*files, path)?;
        }
        let store = Store {
            files,
            dir: dir.to_owned(),
            id: segments.last().map_or(options.id, |last| last.header.id),
        };
        if segments.is_empty() && found.snapshots > 0 {
            return Err(Error::Unfit {
                path: dir.to_owned(),
                what: "a store without its log: there are snapshots and no segment",
            });
        }
        let mut log = Self {
            store,
            tz: options.tz.clone(),
            segment_bytes: options.segment_bytes,
            _claim: claim,
            segments,
            active: None,
            at: 0,
            previous: 0,
            pending: Vec::new(),
            next_seq: 1,
            durable: 0,
            spare: None,
            names: Names::default(),
            offsets: Offsets::default(),
            news: Vec::new(),
            poison: None,
        };
        let (torn, closed, tz, (snapshots, damaged)) = log.find_end(options.footing.as_ref())?;
        match log.make_spare() {
            Ok(spare) => log.spare = Some(spare),
            // A full disk does not keep anybody from reading.
            Err(Error::NoRoom { .. }) => {}
            Err(error) => return Err(error),
        }
        let recovery = Recovery {
            durable: log.durable,
            first_seq: log.view().first_seq(),
            torn,
            removed: found.unfinished,
            snapshots,
            damaged,
            closed,
            tz,
        };
        Ok((log, recovery))
    }

    /// The end of the log and the snapshots that go with it. Nothing is mended before all of it is known
    /// to be sound: what tells of damage must not be wiped.
    fn find_end(&mut self, footing: Option<&Footing>) -> Result<Ended, Error> {
        let Some(last) = self.segments.last().cloned() else {
            if let Some(footing) = footing {
                self.next_seq = footing.next_seq;
                self.durable = footing.next_seq.saturating_sub(1);
                self.names = footing.names.clone();
                self.offsets = footing.offsets.clone();
            }
            self.spare = Some(self.make_spare()?);
            self.begin_segment()?;
            return Ok((None, true, self.tz.clone(), (Vec::new(), Vec::new())));
        };
        let ending = Ending::of(&*self.store.files, &last)?;
        self.at = ending.at;
        self.previous = ending.previous;
        self.next_seq = ending.next_seq;
        self.durable = ending.next_seq - 1;
        let snapshots = self.view().snapshots()?;
        let tried = Error::io("open", &last.path);
        let file = self.store.files.open(&last.path, Open::Write);
        let file = file.map_err(tried)?;
        mend(&*file, &last, &ending)?;
        self.active = Some(file);
        self.names = ending.names;
        self.offsets = ending.offsets;
        Ok((ending.torn, ending.closed, last.header.tz, snapshots))
    }
}

/// A torn write, whether it was closed, its tz version, and the snapshots: whole and damaged.
type Ended = (Option<Torn>, bool, String, (Vec<Snapshot>, Vec<Error>));

impl Options {
    fn check(&self) -> Result<(), Error> {
        let wrong = |name, found, allowed| Error::Option {
            name,
            found,
            allowed,
        };
        let bytes = self.segment_bytes;
        if !(SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX).contains(&bytes) || !bytes.is_multiple_of(8) {
            return Err(wrong(
                "segment_bytes",
                bytes,
                "a multiple of 8 from 4 KiB to 1 GiB",
            ));
        }
        if self.tz.len() > 16 {
            return Err(wrong("tz", self.tz.len() as u64, "up to 16 bytes long"));
        }
        Ok(())
    }
}

pub(crate) fn claim(files: &dyn Files, dir: &Path) -> Result<Box<dyn File>, Error> {
    let path = dir.join(CLAIM);
    match files.claim(&path) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(Error::InUse {
            path: dir.to_owned(),
        }),
        claimed => claimed.map_err(Error::io("claim", &path)),
    }
}

/// Wipes the remains of a torn write, and writes the last commit once more.
///
/// When a sync failed, the frames of that commit may be read here from memory alone and be gone with
/// the next loss of power, under frames that build on them. Written and synced anew they are durable.
/// The commits before it were synced, or it would not have been begun.
fn mend(file: &dyn File, segment: &Segment, ending: &Ending) -> Result<(), Error> {
    let path = &segment.path;
    let length = usize::try_from(ending.at.saturating_sub(ending.base)).unwrap_or(0);
    let mut last = vec![0; length];
    let read = read_full(file, &mut last, ending.base).map_err(Error::io("read", path))?;
    if read < length {
        return Err(Error::damaged(path, ending.at, "the log ends too soon"));
    }
    write_all(file, &last, ending.base).map_err(Error::io("write", path))?;
    let zeros = [0; ZEROS];
    let (mut at, end) = match &ending.torn {
        Some(torn) => (torn.at, torn.at + torn.bytes),
        None => (ending.at, ending.at),
    };
    while at < end {
        let piece = usize::try_from(end - at).unwrap_or(ZEROS).min(ZEROS);
        let zeros = zeros.get(..piece).unwrap_or_default();
        write_all(file, zeros, at).map_err(Error::io("write", path))?;
        at += piece as u64;
    }
    file.sync_data().map_err(Error::io("sync", path))
}
