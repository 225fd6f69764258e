//! Writing a snapshot: under another name until it is durable.

use super::super::bytes::short;
use super::super::error::Error;
use super::super::files::{File, write_all};
use super::super::store::{FORMAT, Store, StoreId, remove_if_there};
use super::{HEADER, MAGIC, Part, SLICE_BYTES_MAX, block_sum};
use crate::limits::KEY_GROUPS;
use std::path::PathBuf;

/// Bytes gathered before they are written.
const GATHERED: usize = 64 * 1024;

/// A snapshot on its way to disk. Until it is finished it is worth nothing, and dropping it is well.
pub struct SnapshotWriter {
    store: Store,
    part: Part,
    seq: u64,
    file: Box<dyn File>,
    path: PathBuf,
    gathered: Vec<u8>,
    at: u64,
    blocks: u32,
    bytes: u64,
}

impl SnapshotWriter {
    /// Begins a snapshot of a state that has taken in all up to `seq` of its own.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn begin(store: &Store, part: Part, seq: u64) -> Result<Self, Error> {
        let path = store.path(&format!("{}.tmp", part.file_stem()));
        let file = store.create(&path)?;
        let mut gathered = Vec::with_capacity(GATHERED * 2);
        put_header(store.id, part, seq, &mut gathered);
        Ok(Self {
            store: store.clone(),
            part,
            seq,
            file,
            path,
            gathered,
            at: 0,
            blocks: 0,
            bytes: 0,
        })
    }

    /// Adds a slice; it is read back as it is.
    ///
    /// # Errors
    /// When the slice is longer than [`SLICE_BYTES_MAX`], or the file takes no more.
    pub fn write(&mut self, slice: &[u8]) -> Result<(), Error> {
        if slice.len() > SLICE_BYTES_MAX {
            return Err(Error::TooLarge {
                bytes: slice.len() as u64,
                max: SLICE_BYTES_MAX as u64,
            });
        }
        if slice.is_empty() {
            return Ok(());
        }
        let sum = block_sum(self.store.id, self.part, self.seq, self.blocks, slice);
        self.gathered.extend(short(slice.len()).to_le_bytes());
        self.gathered.extend(sum.to_le_bytes());
        self.gathered.extend_from_slice(slice);
        self.blocks += 1;
        self.bytes += slice.len() as u64;
        if self.gathered.len() >= GATHERED {
            self.put()?;
        }
        Ok(())
    }

    fn put(&mut self) -> Result<(), Error> {
        let tried = Error::io("write", &self.path);
        write_all(&*self.file, &self.gathered, self.at).map_err(tried)?;
        self.at += self.gathered.len() as u64;
        self.gathered.clear();
        Ok(())
    }

    /// Makes it durable, gives it its name, and lets go of all but the `keep` newest of this state.
    /// `durable` is where the log is durable now: a snapshot that knows more is refused.
    ///
    /// # Errors
    /// When it is ahead of the log, or the disk fails; then the snapshots before it stand.
    pub fn finish(mut self, durable: u64, keep: usize) -> Result<(), Error> {
        if self.seq > durable {
            return Err(Error::Ahead {
                path: self.path.clone(),
                seq: self.seq,
                end: durable,
            });
        }
        let mut end = Vec::new();
        end.extend(self.bytes.to_le_bytes());
        end.extend(self.blocks.to_le_bytes());
        let sum = block_sum(self.store.id, self.part, self.seq, u32::MAX, &end);
        self.gathered.extend([0; 4]);
        self.gathered.extend(sum.to_le_bytes());
        self.gathered.extend_from_slice(&end);
        self.put()?;
        let tried = Error::io("sync", &self.path);
        self.file.sync_data().map_err(tried)?;
        let name = format!("{}-{:020}.snapshot", self.part.file_stem(), self.seq);
        let named = self.store.path(&name);
        let tried = Error::io("rename", &self.path);
        self.store.files.rename(&self.path, &named).map_err(tried)?;
        self.store.sync_dir()?;
        let mut all = self.store.snapshots_of(self.part)?;
        all.truncate(all.len().saturating_sub(keep.max(1)));
        for (_, old) in all {
            remove_if_there(&*self.store.files, &old)?;
        }
        Ok(())
    }
}

impl Store {
    /// The snapshots of a part by name, oldest first.
    pub(crate) fn snapshots_of(&self, part: Part) -> Result<Vec<(u64, PathBuf)>, Error> {
        let stem = part.file_stem();
        let all = self.snapshots_by_name()?.into_iter();
        Ok(all
            .filter(|(found, ..)| *found == stem)
            .map(|(_, seq, path)| (seq, path))
            .collect())
    }

    /// All snapshots by name: the part's name, the number, the file.
    pub(crate) fn snapshots_by_name(&self) -> Result<Vec<(String, u64, PathBuf)>, Error> {
        let tried = Error::io("list", &self.dir);
        let files = self.files.list(&self.dir).map_err(tried)?;
        let named = files.into_iter().filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".snapshot")?;
            let (stem, seq) = name.rsplit_once('-')?;
            Some((stem.to_owned(), seq.parse().ok()?, path))
        });
        Ok(named.collect())
    }
}

fn put_header(id: StoreId, part: Part, seq: u64, out: &mut Vec<u8>) {
    out.extend(MAGIC);
    out.extend(FORMAT.to_le_bytes());
    out.extend(KEY_GROUPS.to_le_bytes());
    out.extend(part.number().to_le_bytes());
    out.extend([0; 2]);
    out.extend(id.0);
    out.extend(seq.to_le_bytes());
    out.resize(HEADER - 4, 0);
    out.extend(crc32c::crc32c(out).to_le_bytes());
}
