//! All that the log asks of a file system. Two real implementations: the [disk](super::Disk), and its
//! [twin](super::Twin) that loses, tears and fails.

use std::io;
use std::path::{Path, PathBuf};

/// What to open a file for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// To read.
    Read,
    /// To read and write; it is there.
    Write,
    /// To read and write; it is made, and must not be there.
    Create,
}

/// Folders and names.
pub trait Files: Send + Sync {
    /// Opens or makes a file. A new name is durable only after [`Files::sync_dir`].
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>>;
    /// Opens or makes a file and claims it for this process as long as the file is held.
    /// `WouldBlock` when another has it.
    fn claim(&self, path: &Path) -> io::Result<Box<dyn File>>;
    /// Makes a folder and those above it; one that is there is well.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// Gives a file another name, in one step, over one that is there. Durable only after [`Files::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a name away. Durable only after [`Files::sync_dir`].
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// The files of a folder, sorted; `NotFound` when there is no such folder.
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>>;
    /// Makes the names of a folder durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Bytes that can still be taken where the folder is.
    fn free_space(&self, dir: &Path) -> io::Result<u64>;
}

/// One open file.
pub trait File: Send + Sync {
    /// Reads from there; fewer bytes than asked at the end, or sooner.
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize>;
    /// Writes there; may take fewer bytes than given. Durable only after [`File::sync_data`].
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize>;
    /// Makes the file this long, filled with zeros, and takes the room for it: a later write inside
    /// does not find the disk full.
    fn preallocate(&self, length: u64) -> io::Result<()>;
    /// Makes what was written durable, and the length with it.
    fn sync_data(&self) -> io::Result<()>;
    /// Its length.
    fn length(&self) -> io::Result<u64>;
}

/// Writes all, however few bytes each call takes.
pub(crate) fn write_all(file: &dyn File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let taken = file.write_at(bytes, at)?;
        if taken == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = bytes.get(taken..).unwrap_or_default();
        at += taken as u64;
    }
    Ok(())
}

/// Reads until `into` is full or the file ends; gives how much was read.
pub(crate) fn read_full(file: &dyn File, into: &mut [u8], at: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let read = file.read_at(rest, at + done as u64)?;
        if read == 0 {
            break;
        }
        done += read;
    }
    Ok(done)
}
