//! What a node wrote down of its own copy: whether it may be trusted after a restart, and from where on the
//! changelog has more.

use anyhow::Context as _;
use connectors::kafka::changelog::Term;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The file in the data folder.
const FILE: &str = "fleet.json";

/// What a copy is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// It is being made: worth nothing before it is whole.
    Builds,
    /// It holds nothing that the changelog does not.
    Follows,
    /// It may hold more than the changelog: what was committed here and did not get out.
    Leads,
    /// It is of a node that was alone: nothing of it is on any changelog yet.
    Alone,
}

/// What a node wrote down of its copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Post {
    pub(super) role: Role,
    /// The newest term that was known.
    pub(super) term: u64,
    /// The changelog has more from this offset on.
    pub(super) place: i64,
    /// The last number that stands in the changelog before it.
    pub(super) seq: u64,
    /// Who led then.
    pub(super) leader: Option<Term>,
}

fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

impl Post {
    /// There is no copy.
    pub(super) fn nothing() -> Self {
        Self {
            role: Role::Builds,
            term: 0,
            place: 0,
            seq: 0,
            leader: None,
        }
    }

    /// What is written, if anything is.
    pub(super) fn read(dir: &Path) -> anyhow::Result<Option<Self>> {
        let path = path(dir);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read `{}`", path.display()));
            }
        };
        // Half of it would be a lie: what cannot be read is worth nothing, and neither is the copy.
        Ok(serde_json::from_slice(&text).ok())
    }

    /// Whether anything is written.
    pub(super) fn is_there(dir: &Path) -> bool {
        path(dir).is_file()
    }

    /// Writes it; it is durable when this returns.
    pub(super) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        let path = path(dir);
        let written = || -> std::io::Result<()> {
            fs::create_dir_all(dir)?;
            let unfinished = path.with_extension("new");
            let mut file = File::create(&unfinished)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)?;
            File::open(dir)?.sync_all()
        };
        written().with_context(|| format!("cannot write `{}`", path.display()))
    }
}

/// A node that leads would read on from this place after a restart, where `seq` is the last number before it.
pub(crate) fn lead_on(dir: &Path, place: i64, seq: u64) -> anyhow::Result<()> {
    match Post::read(dir)? {
        Some(post) if post.role == Role::Leads => Post { place, seq, ..post }.write(dir),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_half_of_it_is_nothing() {
        let dir = std::env::temp_dir().join(format!("deft-post-{}", std::process::id()));
        let post = Post {
            role: Role::Leads,
            term: 3,
            place: 40,
            seq: 12,
            leader: None,
        };
        assert!(Post::read(&dir).unwrap().is_none());
        post.write(&dir).unwrap();
        assert_eq!(Post::read(&dir).unwrap(), Some(post.clone()));
        lead_on(&dir, 50, 15).unwrap();
        let on = Post {
            place: 50,
            seq: 15,
            ..post
        };
        assert_eq!(Post::read(&dir).unwrap(), Some(on));
        fs::write(path(&dir), b"{\"role\":\"lea").unwrap();
        assert!(Post::is_there(&dir));
        assert_eq!(Post::read(&dir).unwrap(), None);
        fs::remove_dir_all(&dir).unwrap();
    }
}
