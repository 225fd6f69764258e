//! A run of operations as a service does them, until it is done or the disk stops it.

use std::path::PathBuf;
use std::sync::Arc;

use engine::key::KeyGroup;
use engine::log::{Error, Files, Log, NameKind, Part, SnapshotWriter};

use super::truth::{Truth, Wrong, batch, dir, options, slices};

/// What a careless service does. None of it may pass.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Commit, then tell; snapshots of what is durable.
    Full,
    /// Tells before it commits.
    TellsFirst,
    /// Takes snapshots of what is not durable yet, and says it is.
    SnapshotsAhead,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It did all it wanted.
    Done,
    /// The disk failed, and the log is gone with it.
    Stopped,
}

/// One process: a run of operations, the same for the same seed.
pub(crate) struct Life {
    pub(crate) files: Arc<dyn Files>,
    /// The store.
    pub(crate) folder: PathBuf,
    pub(crate) care: Care,
    /// Which life it is: other lives write other words under the same numbers.
    pub(crate) number: u64,
    pub(crate) seed: u64,
}

impl Life {
    /// The first life of a careful service.
    pub(crate) fn new(files: &Arc<dyn Files>) -> Self {
        Self {
            files: Arc::clone(files),
            folder: dir().to_owned(),
            care: Care::Full,
            number: 1,
            seed: 11,
        }
    }

    /// Opens the store, compares it with the truth, and does so many operations.
    pub(crate) fn run(&self, operations: u64, truth: &mut Truth) -> Result<End, String> {
        let (mut log, recovery) = match Log::open(Arc::clone(&self.files), &self.folder, &options())
        {
            Ok(opened) => opened,
            Err(Error::Io { .. } | Error::NoRoom { .. }) => return Ok(End::Stopped),
            Err(error) => return Err(error.to_string()),
        };
        match truth.check(&log, &recovery) {
            Ok(()) => {}
            Err(Wrong::Disk(_)) => return Ok(End::Stopped),
            Err(Wrong::Told(what)) => return Err(what),
        }
        let mut chance = self.seed;
        for operation in 0..operations {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            match self.operate(&mut log, chance >> 33, operation, truth) {
                Ok(()) => {}
                Err(Error::NoRoom { .. }) => log.reserve(100).or_else(retried)?,
                Err(Error::Io { .. }) if log.commit().is_ok() => {
                    // A snapshot failed, or a look at the disk: the log goes on.
                }
                Err(Error::Io { .. } | Error::Poisoned { .. }) => return Ok(End::Stopped),
                Err(error) => return Err(error.to_string()),
            }
        }
        match log.close() {
            Ok(durable) => truth.committed(durable),
            Err(Error::Io { .. } | Error::Poisoned { .. }) => return Ok(End::Stopped),
            Err(error) => return Err(error.to_string()),
        }
        Ok(End::Done)
    }

    fn operate(
        &self,
        log: &mut Log,
        chance: u64,
        operation: u64,
        truth: &mut Truth,
    ) -> Result<(), Error> {
        match chance % 100 {
            0..55 => self.append(log, 1 + chance / 100 % 3, truth)?,
            55..80 => {
                let durable = log.commit()?;
                truth.committed(durable);
            }
            80..84 => {
                let name = format!("tag{}", chance / 100 % 40);
                let id = log.define(NameKind::Tag, &name);
                truth.named(log.next_seq(), &name, id);
                self.append(log, 1, truth)?;
            }
            84..92 => {
                let group = u16::try_from(chance / 100 % 64).unwrap_or(0);
                self.snapshot(log, Part::Group(KeyGroup(group)), truth)?;
            }
            92..95 => _ = log.trim(u64::MAX)?,
            95..97 => _ = log.room()?,
            _ => log.reserve(200)?,
        }
        if operation % 40 == 39 {
            for part in Part::all() {
                self.snapshot(log, part, truth)?;
            }
            log.trim(u64::MAX)?;
        }
        Ok(())
    }

    fn append(&self, log: &mut Log, inputs: u64, truth: &mut Truth) -> Result<(), Error> {
        let (batch, told) = batch(log.next_seq(), inputs, self.number);
        // What a failed append leaves is nobody's business: it was never said to be durable.
        truth.took(&batch, told);
        log.append(&batch)?;
        if self.care == Care::TellsFirst {
            truth.committed(batch.last_seq());
        }
        Ok(())
    }

    fn snapshot(&self, log: &Log, part: Part, truth: &mut Truth) -> Result<(), Error> {
        let (seq, durable) = match self.care {
            Care::SnapshotsAhead => (log.next_seq() - 1, u64::MAX),
            _ => (log.durable(), log.durable()),
        };
        let mut writer = SnapshotWriter::begin(log.store(), part, seq)?;
        for slice in slices(part, seq) {
            writer.write(&slice)?;
        }
        writer.finish(durable, 2)?;
        truth.finished(part, seq);
        Ok(())
    }
}

/// Room that is still not there is no error of the log.
fn retried(error: Error) -> Result<(), String> {
    match error {
        Error::NoRoom { .. } | Error::Io { .. } | Error::Poisoned { .. } => Ok(()),
        error => Err(error.to_string()),
    }
}
