//! The shelf: the book in force, and the last ones before it, by which their decisions are explained.

use engine::plan::Plan;
use rules::book::Book;
use rules::project::SourceFile;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

/// Books before the one in force that are kept.
const FORMER_MAX: usize = 8;

/// A book with its plan, ready to be taken up.
#[derive(Clone)]
pub(crate) struct Edition {
    pub(crate) book: Arc<Book>,
    pub(crate) plan: Arc<Plan>,
    /// Since when it is in force, ms.
    pub(crate) since: i64,
}

/// The books of this node.
pub(crate) struct Shelf {
    /// The one in force comes first.
    editions: RwLock<VecDeque<Edition>>,
    first: Edition,
    /// The catalogue's files, as they were at the start.
    pub(crate) catalogue: Vec<SourceFile>,
    /// Projects are read one at a time.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

impl Shelf {
    pub(crate) fn new(first: Edition, catalogue: Vec<SourceFile>) -> Self {
        Self {
            editions: RwLock::new(VecDeque::from([first.clone()])),
            first,
            catalogue,
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// The edition in force.
    pub(crate) fn present(&self) -> Edition {
        let editions = self.editions.read();
        let editions = editions.unwrap_or_else(PoisonError::into_inner);
        editions.front().unwrap_or(&self.first).clone()
    }

    /// The book in force.
    pub(crate) fn book(&self) -> Arc<Book> {
        self.present().book
    }

    /// The book of this hash, else the one in force.
    pub(crate) fn named(&self, hash: &str) -> Arc<Book> {
        let editions = self.editions.read();
        let editions = editions.unwrap_or_else(PoisonError::into_inner);
        let found = editions.iter().find(|edition| edition.book.hash == hash);
        let found = found.or(editions.front()).unwrap_or(&self.first);
        Arc::clone(&found.book)
    }

    /// An edition is in force; one of the same book that was, is not kept twice.
    pub(crate) fn put(&self, edition: Edition) {
        let editions = self.editions.write();
        let mut editions = editions.unwrap_or_else(PoisonError::into_inner);
        editions.retain(|former| former.book.hash != edition.book.hash);
        editions.push_front(edition);
        editions.truncate(FORMER_MAX + 1);
    }
}
