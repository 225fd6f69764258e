//! Why the log cannot do what it was asked.

use super::snapshot::Part;
use std::io;
use std::path::{Path, PathBuf};

/// Why the log cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot {what} `{}`: {cause}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The next segment has no room on disk. Nothing was taken; it may be tried again.
    #[error("no room on disk for the next {bytes} bytes of the log")]
    NoRoom {
        /// What was asked for.
        bytes: u64,
    },
    /// A write or sync failed before: nobody knows what is on disk until the store is opened again.
    #[error("the log takes nothing more since `{cause}`; open the store again")]
    Poisoned {
        /// What failed.
        cause: String,
    },
    /// What was durable does not read back as it was written.
    #[error("`{}` is damaged at byte {at}: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where, in bytes.
        at: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Written by a newer release.
    #[error("`{}` has format {found}, this release reads {known}: take the newer release", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u16,
        /// Ours.
        known: u16,
    },
    /// Written by an older release, and there is no migration.
    #[error("`{}` has format {found}, this release reads {known} and has no migration from there", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u16,
        /// Ours.
        known: u16,
    },
    /// Not of this store, or of other key groups.
    #[error("`{}` does not belong here: {what}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why.
        what: &'static str,
    },
    /// A snapshot knows more than the log: the log has lost what was durable.
    #[error("`{}` is a snapshot at {seq}, but the log ends at {end}: what was durable is lost", path.display())]
    Ahead {
        /// The snapshot.
        path: PathBuf,
        /// Up to where it goes.
        seq: u64,
        /// Where the log ends.
        end: u64,
    },
    /// A state cannot be rebuilt: no usable snapshot, and the log begins later.
    #[error("{part} has no usable snapshot that reaches the beginning of the log at {first}")]
    Uncovered {
        /// Whose state.
        part: Part,
        /// Where the log begins.
        first: u64,
    },
    /// Inputs from there on were removed.
    #[error("the log begins at {first}, {asked} was removed")]
    Trimmed {
        /// The first wanted.
        asked: u64,
        /// The first there is.
        first: u64,
    },
    /// A batch does not follow the one before.
    #[error("a batch from {found} cannot follow: the next is {expected}")]
    OutOfOrder {
        /// The next.
        expected: u64,
        /// The batch's first.
        found: u64,
    },
    /// A batch that contradicts itself.
    #[error("not a batch: {0}")]
    Batch(&'static str),
    /// A batch or block that no file can take.
    #[error("{bytes} bytes at once, {max} fit")]
    TooLarge {
        /// Its length.
        bytes: u64,
        /// The bound.
        max: u64,
    },
    /// Another process has it.
    #[error("`{}` is in use by another process", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// Not a store, or not a backup.
    #[error("`{}` is {what}", path.display())]
    Unfit {
        /// The folder.
        path: PathBuf,
        /// Why.
        what: &'static str,
    },
    /// An option out of its bounds.
    #[error("`{name}` is {found}, it may be {allowed}")]
    Option {
        /// Its name.
        name: &'static str,
        /// Its value.
        found: u64,
        /// What it may be.
        allowed: &'static str,
    },
}

impl Error {
    /// For `map_err`: what was tried with which file.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { what, path, cause }
    }

    pub(crate) fn damaged(path: &Path, at: u64, what: &'static str) -> Self {
        let path = path.to_owned();
        Self::Damaged { path, at, what }
    }

    /// True when the disk, or what this user may have of it, is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::NoRoom { .. } => true,
            Self::Io { cause, .. } => is_full(cause),
            _ => false,
        }
    }
}

/// True when the disk, or what this user may have of it, is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
