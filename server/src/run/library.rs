//! The library: the sources of books by their hash, in `books/` of the data folder. A recovery asks for
//! every book that decided what it has to bring back, and a rollback for the one before.

use super::shelf::Edition;
use anyhow::{Context as _, bail};
use engine::log::Era;
use rules::book::Book;
use rules::project::{Project, SourceFile};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder below the data folder.
pub(crate) const FOLDER: &str = "books";
/// Former books that are kept though nobody has to bring anything back by them.
const FORMER_MAX: usize = 8;
/// Which book is held over which.
const HELD: &str = "held.json";

/// The sources of books.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    dir: PathBuf,
}

/// A rollback: as long as the project gives the book that was left, the other one decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// The book that was left.
    pub(crate) over: String,
    /// The book that was gone back to.
    pub(crate) book: String,
    /// Who did it.
    pub(crate) by: String,
}

impl Library {
    /// The library of a data folder.
    pub(crate) fn of(data: &Path) -> Self {
        Self {
            dir: data.join(FOLDER),
        }
    }

    fn path(&self, hash: &str) -> PathBuf {
        self.dir.join(format!("{hash}.json"))
    }

    /// Keeps the sources of a book; they are durable when this returns.
    pub(crate) fn keep(&self, hash: &str, sources: &[SourceFile]) -> anyhow::Result<()> {
        let path = self.path(hash);
        if path.is_file() {
            return Ok(());
        }
        let files: BTreeMap<&str, &str> = (sources.iter())
            .map(|file| (&*file.path, &*file.text))
            .collect();
        self.put(&path, &serde_json::to_vec(&files)?)
    }

    /// Keeps the sources of a book as they are kept elsewhere.
    pub(crate) fn keep_bytes(&self, hash: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let is_hash = !hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        anyhow::ensure!(is_hash, "`{}` is the hash of no book", hash.escape_debug());
        self.put(&self.path(hash), bytes)
    }

    /// The sources of a book as they are kept.
    pub(crate) fn bytes(&self, hash: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.path(hash);
        fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))
    }

    /// All or nothing of it is there, whatever happens meanwhile.
    fn put(&self, path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
        let tried = || format!("cannot write `{}`", path.display());
        let written = || -> std::io::Result<()> {
            fs::create_dir_all(&self.dir)?;
            let unfinished = path.with_extension("new");
            let mut file = File::create(&unfinished)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, path)?;
            File::open(&self.dir)?.sync_all()
        };
        written().with_context(tried)
    }

    /// The sources of a book.
    fn sources(&self, hash: &str) -> anyhow::Result<Project> {
        let path = self.path(hash);
        let text = fs::read(&path).with_context(|| {
            format!(
                "the book {hash} decided what is kept here, and its sources are not to be had from \
                 `{}`: bring the file back from a backup of the data folder",
                path.display()
            )
        })?;
        let files: BTreeMap<String, String> = serde_json::from_slice(&text)
            .with_context(|| format!("`{}` is damaged", path.display()))?;
        Ok(Project::from_files(files))
    }

    /// Compiles a book that is kept. Asks for a stack of [`rules::interpreter::STACK_BYTES`].
    pub(crate) fn compile(&self, hash: &str) -> anyhow::Result<(Book, Project)> {
        let project = self.sources(hash)?;
        match rules::compile::compile(&project).0 {
            Some(book) if book.hash == hash => Ok((book, project)),
            Some(book) => bail!(
                "the sources kept of the book {hash} are those of {}",
                book.hash
            ),
            None => bail!("the book {hash} decided what is kept here, and cannot be compiled"),
        }
    }

    /// The edition of a book that is kept.
    pub(crate) fn edition(&self, hash: &str) -> anyhow::Result<Edition> {
        let (book, project) = self.compile(hash)?;
        Edition::of(Arc::new(book), &project)
    }

    /// The rollback that holds, if any does.
    pub(crate) fn held(&self) -> Option<Held> {
        serde_json::from_slice(&fs::read(self.dir.join(HELD)).ok()?).ok()
    }

    /// A rollback holds from now on.
    pub(crate) fn hold(&self, held: &Held) -> anyhow::Result<()> {
        self.put(&self.dir.join(HELD), &serde_json::to_vec(held)?)
    }

    /// No rollback holds any more.
    pub(crate) fn release(&self) -> anyhow::Result<()> {
        let path = self.dir.join(HELD);
        if path.is_file() {
            fs::remove_file(&path)
                .with_context(|| format!("cannot remove `{}`", path.display()))?;
            File::open(&self.dir)?.sync_all()?;
        }
        Ok(())
    }

    /// Lets go of books that decided nothing behind `first`, but for the last few.
    pub(crate) fn prune(&self, eras: &[Era], first: u64) {
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        for (at, era) in eras.iter().enumerate() {
            let ended = eras.get(at + 1).map(|next| next.seq);
            if ended.is_none_or(|ended| ended >= first) {
                wanted.insert(era.book.clone());
            }
        }
        let mut former = 0;
        for era in eras.iter().rev() {
            if former < FORMER_MAX && wanted.insert(era.book.clone()) {
                former += 1;
            }
        }
        wanted.extend(self.held().map(|held| held.over));
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let is_book = path.extension().is_some_and(|ending| ending == "json")
                && path.file_name().is_none_or(|name| name != HELD);
            if is_book && stem.is_some_and(|stem| !wanted.contains(stem)) {
                // One that stays is in nobody's way.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn era(seq: u64, book: &str) -> Era {
        Era {
            seq,
            at: 0,
            book: book.to_owned(),
            by: "test".to_owned(),
        }
    }

    #[test]
    fn books_that_decided_what_is_kept_stay_and_so_do_the_last_few() {
        let dir = std::env::temp_dir().join(format!("deft-library-{}", std::process::id()));
        let library = Library::of(&dir);
        let eras: Vec<Era> = (0..20).map(|n| era(n * 10, &format!("b{n}"))).collect();
        for era in &eras {
            library.keep(&era.book, &[]).unwrap();
        }
        library.prune(&eras, 185);
        let there: Vec<u64> = (0..20)
            .filter(|n| library.path(&format!("b{n}")).is_file())
            .collect();
        assert_eq!(there, (10..20).collect::<Vec<u64>>());
        let held = Held {
            over: "b10".to_owned(),
            book: "b11".to_owned(),
            by: "me".to_owned(),
        };
        library.hold(&held).unwrap();
        library.prune(&eras, 500);
        assert!(library.path("b10").is_file());
        assert_eq!(library.held(), Some(held));
        library.release().unwrap();
        assert_eq!(library.held(), None);
        fs::remove_dir_all(&dir).unwrap();
    }
}
