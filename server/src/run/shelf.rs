//! The shelf: the book in force, the last ones before it, by which their decisions are explained, and
//! the order in which books were taken up.

use super::library::Library;
use super::node::admission;
use engine::log::Era;
use engine::plan::Plan;
use hashbrown::HashMap;
use rules::book::Book;
use rules::catalogue::kept::Known;
use rules::project::{Project, SourceFile};
use rules::rule::Class;
use rules::value::Text;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Books before the one in force that are kept compiled.
const FORMER_MAX: usize = 8;
/// So many turns are remembered.
const TURNS_MAX: usize = 64;

/// Event types by name: their place in the book, and their admission class.
pub(crate) type Kinds = HashMap<Text, (usize, Class)>;

/// A book with its plan, ready to be taken up.
#[derive(Clone)]
pub(crate) struct Edition {
    pub(crate) book: Arc<Book>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) kinds: Arc<Kinds>,
    /// What it was compiled of.
    pub(crate) sources: Arc<Vec<SourceFile>>,
}

impl Edition {
    /// Of a book and the project that it was compiled of.
    pub(crate) fn of(book: Arc<Book>, project: &Project) -> anyhow::Result<Self> {
        let events = book.catalogue.events.iter().enumerate();
        let kinds = events.map(|(at, kind)| (kind.name.clone(), (at, admission(kind))));
        let sources = project.catalogue.iter().chain(&project.rules);
        Ok(Self {
            plan: Arc::new(Plan::build(&book, false)?),
            kinds: Arc::new(kinds.collect()),
            sources: Arc::new(sources.cloned().collect()),
            book,
        })
    }
}

/// What came of a project that was to be taken up.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// When, ms.
    pub(crate) at: i64,
    /// Who wanted it.
    pub(crate) by: String,
    /// Why it was refused; `None`: it was taken up.
    pub(crate) why: Option<String>,
}

/// The books of this node.
pub(crate) struct Shelf {
    /// The one in force comes first.
    editions: RwLock<VecDeque<Edition>>,
    first: Edition,
    /// Which book was taken up when and by whom, the newest last.
    turns: Mutex<Vec<Era>>,
    /// The types by which names are known.
    types: Mutex<Known>,
    /// What came of the last project that was to be taken up.
    attempt: Mutex<Option<Attempt>>,
    /// Where sources survive.
    pub(crate) library: Option<Library>,
    /// Projects are read one at a time.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

impl Shelf {
    pub(crate) fn new(first: Edition, library: Option<Library>) -> Self {
        Self {
            editions: RwLock::new(VecDeque::from([first.clone()])),
            first,
            turns: Mutex::default(),
            types: Mutex::default(),
            attempt: Mutex::default(),
            library,
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// What a store knows of the books before.
    pub(crate) fn remember(&self, eras: Vec<Era>, types: Known) {
        *self.turns.lock().unwrap_or_else(PoisonError::into_inner) = eras;
        *self.types.lock().unwrap_or_else(PoisonError::into_inner) = types;
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

    /// Since when it is in force, and who wanted it.
    pub(crate) fn turned(&self) -> Option<Era> {
        let turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.last().cloned()
    }

    /// The book that was in force before the one that is.
    pub(crate) fn before(&self) -> Option<String> {
        let turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let present = turns.last()?;
        let mut former = turns.iter().rev();
        let found = former.find(|turn| turn.book != present.book)?;
        Some(found.book.clone())
    }

    /// Notes what came of an attempt.
    pub(crate) fn attempted(&self, attempt: Attempt) {
        *self.attempt.lock().unwrap_or_else(PoisonError::into_inner) = Some(attempt);
    }

    /// What came of the last attempt.
    pub(crate) fn attempt(&self) -> Option<Attempt> {
        let attempt = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        attempt.clone()
    }

    /// The types by which names are known.
    pub(crate) fn types(&self) -> Known {
        let types = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        types.clone()
    }

    /// The edition of this hash, where it is still at hand.
    pub(crate) fn edition(&self, hash: &str) -> Option<Edition> {
        let editions = self.editions.read();
        let editions = editions.unwrap_or_else(PoisonError::into_inner);
        let mut all = editions.iter();
        all.find(|edition| edition.book.hash == hash).cloned()
    }

    /// The book of this hash, else the one in force.
    pub(crate) fn named(&self, hash: &str) -> Arc<Book> {
        self.edition(hash)
            .map_or_else(|| self.book(), |found| found.book)
    }

    /// An edition is in force; one of the same book that was, is not kept twice.
    pub(crate) fn put(&self, edition: Edition, turn: Era) {
        self.know(&edition.book);
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.push(turn);
        let old = turns.len().saturating_sub(TURNS_MAX);
        turns.drain(..old);
        drop(turns);
        let editions = self.editions.write();
        let mut editions = editions.unwrap_or_else(PoisonError::into_inner);
        editions.retain(|former| former.book.hash != edition.book.hash);
        editions.push_front(edition);
        editions.truncate(FORMER_MAX + 1);
    }

    fn know(&self, book: &Book) {
        let mut types = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        for typed in book.catalogue.typed() {
            types.entry((typed.noun, typed.name)).or_insert(typed.ty);
        }
    }

    /// The first book of a node that keeps nothing begins now.
    pub(crate) fn begin(&self, turn: Era) {
        self.know(&self.book());
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.push(turn);
    }
}
