//! Changes of files and names that were not synced yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a disk writes in one piece.
const SECTOR: usize = 512;

/// A change of a file that was not synced.
#[derive(Clone, Debug)]
pub(super) enum Unsynced {
    Bytes(usize, Vec<u8>),
    Length(usize),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) seen: Vec<u8>,
    pub(super) durable: Vec<u8>,
    pub(super) unsynced: Vec<Unsynced>,
}

/// A change of names that was not synced.
#[derive(Clone, Debug)]
pub(super) enum Naming {
    Made(PathBuf, u64),
    Renamed(PathBuf, PathBuf, u64),
    Removed(PathBuf),
}

impl Unsynced {
    pub(super) fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Length(length) => image.resize(image.len().max(*length), 0),
            Self::Bytes(at, bytes) => {
                image.resize(image.len().max(at + bytes.len()), 0);
                let place = image.get_mut(*at..at + bytes.len());
                place.unwrap_or_default().copy_from_slice(bytes);
            }
        }
    }
}

impl Naming {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Made(path, _) | Self::Renamed(_, path, _) | Self::Removed(path) => path,
        }
    }

    pub(super) fn apply(&self, names: &mut BTreeMap<PathBuf, u64>) {
        match self {
            Self::Made(path, node) => _ = names.insert(path.clone(), *node),
            Self::Renamed(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
            Self::Removed(path) => _ = names.remove(path),
        }
    }
}

/// A write in the pieces a disk writes.
pub(super) fn in_sectors(at: usize, bytes: &[u8]) -> Vec<Unsynced> {
    let (mut at, mut rest, mut pieces) = (at, bytes, Vec::new());
    while !rest.is_empty() {
        let length = (SECTOR - at % SECTOR).min(rest.len());
        let (piece, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        pieces.push(Unsynced::Bytes(at, piece.to_vec()));
        (at, rest) = (at + piece.len(), behind);
    }
    pieces
}
