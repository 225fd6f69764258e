//! The same checks with something broken on purpose: each must be noticed, or the checks are worth nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::log::{Fault, File, Files, Loss, Open, Twin};
use kit::{Claimed, Trial, claim};

use super::faults::{calls, one_fault};
use super::life::Care;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let broken = [
        (
            "syncs_that_do_nothing",
            Careless::NoSync,
            Care::Full,
            Fault::PowerLoss,
        ),
        (
            "names_that_are_never_synced",
            Careless::NoDirSync,
            Care::Full,
            Fault::PowerLoss,
        ),
        (
            "failed_syncs_that_are_tried_again",
            Careless::SyncAgain,
            Care::Full,
            Fault::Device,
        ),
        (
            "telling_before_the_commit",
            Careless::Never,
            Care::TellsFirst,
            Fault::PowerLoss,
        ),
        (
            "snapshots_ahead_of_their_log",
            Careless::Never,
            Care::SnapshotsAhead,
            Fault::PowerLoss,
        ),
    ];
    let trial = |(name, careless, care, fault)| {
        claim(format!("log::{name}_are_noticed"), move || {
            noticed(careless, care, fault)
        })
    };
    broken.into_iter().map(trial).collect()
}

fn noticed(careless: Careless, care: Care, fault: Fault) -> Claimed {
    let calls = calls()?;
    let red = (1..=calls).step_by(5).filter(|call| {
        let twin = Twin::new(*call);
        let files: Arc<dyn Files> = Arc::new(CarelessFiles {
            files: twin.clone(),
            careless,
        });
        one_fault(&twin, &files, care, (*call, fault), Loss::Drop).is_err()
    });
    match red.count() {
        0 => Err("it is broken, and nothing noticed".into()),
        _ => Ok(()),
    }
}

/// What is broken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Careless {
    Never,
    NoSync,
    NoDirSync,
    /// What databases did before they knew better: the second sync says yes.
    SyncAgain,
}

struct CarelessFiles {
    files: Twin,
    careless: Careless,
}

struct CarelessFile {
    file: Box<dyn File>,
    careless: Careless,
}

impl CarelessFiles {
    fn wrapped(&self, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(CarelessFile {
            file,
            careless: self.careless,
        })
    }
}

impl Files for CarelessFiles {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        Ok(self.wrapped(self.files.open(path, how)?))
    }

    fn claim(&self, path: &Path) -> io::Result<Box<dyn File>> {
        self.files.claim(path)
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.files.create_dir(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.files.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.files.remove(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.files.list(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        match self.careless {
            Careless::NoDirSync => Ok(()),
            _ => self.files.sync_dir(dir),
        }
    }

    fn free_space(&self, dir: &Path) -> io::Result<u64> {
        self.files.free_space(dir)
    }
}

impl File for CarelessFile {
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        self.file.read_at(into, at)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        self.file.write_at(bytes, at)
    }

    fn preallocate(&self, length: u64) -> io::Result<()> {
        self.file.preallocate(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        match self.careless {
            Careless::NoSync => Ok(()),
            Careless::SyncAgain => self.file.sync_data().or_else(|_| self.file.sync_data()),
            _ => self.file.sync_data(),
        }
    }

    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
}
