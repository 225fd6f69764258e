//! Where a log and its snapshots lie, and how their files are called.

use super::error::Error;
use super::files::{File, Files, Open};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The format of all files. Another is refused.
pub const FORMAT: u16 = 1;

/// What tells one store from all others: chance, drawn once by whoever makes it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StoreId(pub [u8; 16]);

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StoreId {
    /// Where every checksum of the store begins: what another store wrote never fits, and who does not
    /// know the id cannot make bytes that look like ours.
    pub(crate) fn seed(self) -> u32 {
        crc32c::crc32c(&self.0)
    }
}

/// Where a log and its snapshots lie. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// The file system.
    pub(crate) files: Arc<dyn Files>,
    /// The folder.
    pub(crate) dir: PathBuf,
    /// Whose they are.
    pub(crate) id: StoreId,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.dir.display(), self.id)
    }
}

impl Store {
    /// What tells it from all others.
    #[must_use]
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(crate) fn sync_dir(&self) -> Result<(), Error> {
        let tried = Error::io("sync", &self.dir);
        self.files.sync_dir(&self.dir).map_err(tried)
    }

    /// Makes a file anew, over whatever an interrupted run left under that name.
    pub(crate) fn create(&self, path: &Path) -> Result<Box<dyn File>, Error> {
        remove_if_there(&*self.files, path)?;
        let tried = Error::io("create", path);
        self.files.open(path, Open::Create).map_err(tried)
    }
}

/// Removes a file that may not be there.
pub(crate) fn remove_if_there(files: &dyn Files, path: &Path) -> Result<(), Error> {
    match files.remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// A file by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A segment from this number on.
    Segment(u64),
    /// A snapshot.
    Snapshot,
    /// Not finished: of no worth.
    Unfinished,
    /// Not ours, or only a claim.
    Other,
}

/// The name of the file that is claimed.
pub(crate) const CLAIM: &str = "claim";
/// The name of the segment that is ready ahead.
pub(crate) const SPARE: &str = "next.tmp";

/// The name of a segment: sorted by name is sorted by number.
pub(crate) fn segment_name(first_seq: u64) -> String {
    format!("{first_seq:020}.log")
}

/// What a file is, by its name.
pub(crate) fn kind_of(path: &Path) -> Kind {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some((stem, end)) = name.and_then(|name| name.rsplit_once('.')) else {
        return Kind::Other;
    };
    match end {
        "tmp" => Kind::Unfinished,
        "snapshot" => Kind::Snapshot,
        "log" if stem.len() == 20 => stem.parse().map_or(Kind::Other, Kind::Segment),
        _ => Kind::Other,
    }
}
