//! The real file system.

use super::files::{File, Files, Open, write_all};
use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use std::fs::{self, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Zeros are written in pieces of this many bytes where room cannot be taken otherwise.
const ZEROS: usize = 1024 * 1024;

/// The real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

struct DiskFile(fs::File);

impl Files for Disk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        let mut options = OpenOptions::new();
        options.read(true);
        match how {
            Open::Read => {}
            Open::Write => _ = options.write(true),
            Open::Create => _ = options.write(true).create_new(true),
        }
        Ok(Box::new(DiskFile(options.open(path)?)))
    }

    fn claim(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(DiskFile(file))),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        if dir.is_dir() {
            return Ok(());
        }
        let above = dir.parent().filter(|above| !above.as_os_str().is_empty());
        if let Some(above) = above {
            self.create_dir(above)?;
        }
        match fs::create_dir(dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        // The folder's own name must survive too.
        self.sync_dir(above.unwrap_or(Path::new(".")))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                found.push(entry.path());
            }
        }
        found.sort();
        Ok(found)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        fs::File::open(dir)?.sync_all()
    }

    fn free_space(&self, dir: &Path) -> io::Result<u64> {
        let room = rustix::fs::statvfs(dir)?;
        Ok(room.f_bavail.saturating_mul(room.f_frsize))
    }
}

impl File for DiskFile {
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        retried(|| self.0.read_at(into, at))
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        retried(|| self.0.write_at(bytes, at))
    }

    fn preallocate(&self, length: u64) -> io::Result<()> {
        match rustix::fs::fallocate(&self.0, FallocateFlags::empty(), 0, length) {
            Ok(()) => Ok(()),
            Err(Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => self.write_zeros(length),
            Err(errno) => Err(errno.into()),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        // Once only, whatever it says: after a failed sync the system forgets what was dirty.
        self.0.sync_data()
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

impl DiskFile {
    /// Room on a file system that takes none ahead: zeros up to there, behind what is written.
    fn write_zeros(&self, length: u64) -> io::Result<()> {
        let zeros = vec![0; ZEROS];
        let mut at = self.length()?;
        while at < length {
            let piece = usize::try_from(length - at).unwrap_or(ZEROS).min(ZEROS);
            write_all(self, zeros.get(..piece).unwrap_or_default(), at)?;
            at += piece as u64;
        }
        Ok(())
    }
}

/// A signal is no failure.
fn retried(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
