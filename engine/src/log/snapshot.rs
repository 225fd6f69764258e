//! Snapshots: one state each, at that state's own number.

mod write;

use super::bytes::Cursor;
use super::error::Error;
use super::files::{Open, read_full};
use super::segment::refuse_other_format;
use super::store::{Store, StoreId};
use super::view::View;
use super::walk::Pieces;
use crate::key::KeyGroup;
use crate::limits::KEY_GROUPS;
use std::fmt;
use std::path::{Path, PathBuf};

pub use write::SnapshotWriter;

const HEADER: usize = 64;
const MAGIC: [u8; 8] = *b"deftsnap";
/// Bytes of a block's head: its length, and its checksum.
const BLOCK_HEADER: usize = 8;
/// Bytes of one slice. A bound for who reads, far above what a slice of a millisecond holds.
pub const SLICE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Whose state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// One key group's.
    Group(KeyGroup),
    /// What all share.
    Shared,
}

impl Part {
    /// All parts of a state: every key group, and what all share.
    pub fn all() -> impl Iterator<Item = Self> {
        let groups = (0..KEY_GROUPS).map(|group| Self::Group(KeyGroup(group)));
        groups.chain([Self::Shared])
    }

    /// Its number: of the key group, or one that no group has.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Group(group) => group.0,
            Self::Shared => u16::MAX,
        }
    }

    /// The part of a number.
    #[must_use]
    pub fn numbered(number: u16) -> Option<Self> {
        Self::all().find(|part| part.number() == number)
    }

    pub(crate) fn file_stem(self) -> String {
        match self {
            Self::Group(group) => format!("group-{:02}", group.0),
            Self::Shared => "shared".to_owned(),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => write!(f, "key group {}", group.0),
            Self::Shared => f.write_str("the shared state"),
        }
    }
}

/// A snapshot that was read from end to end and is whole.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) store: Store,
    pub(crate) part: Part,
    pub(crate) seq: u64,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

impl Snapshot {
    /// Whose state it is.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// Up to where that state has taken everything in.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Bytes of its slices.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its slices, as they were written.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn slices(&self) -> Result<Slices, Error> {
        let (slices, _, _) = Slices::open(&self.store, &self.path)?;
        Ok(slices)
    }

    /// Reads a file from end to end; a snapshot when it is whole.
    pub(crate) fn check(store: &Store, path: &Path) -> Result<Self, Error> {
        let (mut slices, part, seq) = Slices::open(store, path)?;
        for slice in &mut slices {
            slice?;
        }
        let named = format!("{}-{seq:020}.snapshot", part.file_stem());
        if path.file_name().and_then(|name| name.to_str()) != Some(&named) {
            return Err(Error::damaged(path, 0, "its head and its name differ"));
        }
        Ok(Self {
            store: store.clone(),
            part,
            seq,
            path: path.to_owned(),
            bytes: slices.bytes,
        })
    }
}

impl View {
    /// The snapshot of a part at this number, where it is still there.
    ///
    /// # Errors
    /// When it is damaged, or cannot be read.
    pub fn snapshot(&self, part: Part, seq: u64) -> Result<Option<Snapshot>, Error> {
        let all = self.store.snapshots_of(part)?;
        let found = all.into_iter().find(|(at, _)| *at == seq);
        match found.map(|(_, path)| Snapshot::check(&self.store, &path)) {
            Some(Err(Error::Io { cause, .. })) if cause.kind() == std::io::ErrorKind::NotFound => {
                Ok(None)
            }
            found => found.transpose(),
        }
    }
}

/// The slices of a snapshot, read one by one.
pub struct Slices {
    pieces: Pieces,
    path: PathBuf,
    id: StoreId,
    part: Part,
    seq: u64,
    at: u64,
    length: u64,
    blocks: u32,
    bytes: u64,
    done: bool,
}

impl Slices {
    fn open(store: &Store, path: &Path) -> Result<(Self, Part, u64), Error> {
        let tried = Error::io("open", path);
        let file = store.files.open(path, Open::Read).map_err(tried)?;
        let mut head = [0; HEADER];
        read_full(&*file, &mut head, 0).map_err(Error::io("read", path))?;
        let length = file.length().map_err(Error::io("read", path))?;
        let (part, seq) = read_header(store.id, path, &head)?;
        let slices = Self {
            pieces: Pieces::new(file, path.to_owned(), length),
            path: path.to_owned(),
            id: store.id,
            part,
            seq,
            at: HEADER as u64,
            length,
            blocks: 0,
            bytes: 0,
            done: false,
        };
        Ok((slices, part, seq))
    }

    /// True when the head of the file is whole and of this store.
    pub(crate) fn are_ours(store: &Store, path: &Path) -> Result<bool, Error> {
        match Self::open(store, path) {
            Ok(_) => Ok(true),
            Err(Error::Damaged { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The next slice; `None` at the proper end.
    fn step(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let at = self.at;
        let damaged = |path: &Path, what| Error::damaged(path, at, what);
        let head = self.pieces.get(at, BLOCK_HEADER)?;
        let mut cursor = Cursor::new(head);
        let (Some(length), Some(sum)) = (cursor.u32(), cursor.u32()) else {
            return Err(damaged(&self.path, "a snapshot ends too soon"));
        };
        let (last, length) = (length == 0, length as usize);
        if length > SLICE_BYTES_MAX {
            return Err(damaged(&self.path, "a slice is too long"));
        }
        let length = if last { 12 } else { length };
        let slice = self.pieces.get(at + BLOCK_HEADER as u64, length)?;
        let index = if last { u32::MAX } else { self.blocks };
        if slice.len() < length || block_sum(self.id, self.part, self.seq, index, slice) != sum {
            return Err(damaged(&self.path, "a slice differs from its checksum"));
        }
        self.at = at + (BLOCK_HEADER + length) as u64;
        if !last {
            self.blocks += 1;
            self.bytes += length as u64;
            return Ok(Some(slice.to_vec()));
        }
        let mut cursor = Cursor::new(slice);
        let whole = cursor.u64() == Some(self.bytes) && cursor.u32() == Some(self.blocks);
        if whole && self.at == self.length {
            Ok(None)
        } else {
            Err(damaged(
                &self.path,
                "a snapshot does not end where its slices end",
            ))
        }
    }
}

impl Iterator for Slices {
    type Item = Result<Vec<u8>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let step = self.step().transpose();
        self.done = !matches!(step, Some(Ok(_)));
        step
    }
}

fn read_header(id: StoreId, path: &Path, head: &[u8; HEADER]) -> Result<(Part, u64), Error> {
    let damaged = || Error::damaged(path, 0, "its head differs from its checksum");
    let (covered, sum) = head.split_last_chunk::<4>().ok_or_else(damaged)?;
    let intact = crc32c::crc32c(covered) == u32::from_le_bytes(*sum);
    if !covered.starts_with(&MAGIC) || !intact {
        return Err(damaged());
    }
    let mut cursor = Cursor::new(covered.get(MAGIC.len()..).unwrap_or_default());
    refuse_other_format(path, cursor.u16().unwrap_or(0), intact)?;
    let (groups, code, _) = (cursor.u16(), cursor.u16(), cursor.u16());
    let (found, seq) = (cursor.sixteen(), cursor.u64());
    let foreign = |what| Error::Foreign {
        path: path.to_owned(),
        what,
    };
    if groups != Some(KEY_GROUPS) {
        return Err(foreign("it has another number of key groups"));
    }
    if found != Some(id.0) {
        return Err(foreign("it is of another store"));
    }
    let part = code.and_then(Part::numbered);
    part.zip(seq).ok_or_else(damaged)
}

/// The checksum of a block: of this store, state, number and place alone.
fn block_sum(id: StoreId, part: Part, seq: u64, index: u32, slice: &[u8]) -> u32 {
    let sum = crc32c::crc32c_append(id.seed(), &part.number().to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &seq.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &index.to_le_bytes());
    crc32c::crc32c_append(sum, slice)
}
