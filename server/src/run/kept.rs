//! What a data folder says of a project that is to be taken up on it: the node that writes it may run.

use super::library::Library;
use super::shelf::Edition;
use anyhow::Context as _;
use engine::cover::{Covers, Laid, covers};
use engine::log::{Disk, Era, View};
use engine::passage::Passage;
use engine::plan::Plan;
use rules::book::Book;
use rules::catalogue::kept::Known;
use rules::value::Text;
use std::path::Path;
use std::sync::Arc;

/// What is kept in a data folder.
pub(crate) struct Kept {
    /// The types by which names are known.
    pub(crate) types: Known,
    eras: Vec<Era>,
    library: Library,
    /// The door's clock at its end, ms.
    clock: i64,
}

impl Kept {
    /// Looks at a data folder.
    pub(crate) fn read(dir: &Path) -> anyhow::Result<Self> {
        let tried = || format!("cannot read the store `{}`", dir.display());
        let view = View::open(Arc::new(Disk), dir).with_context(tried)?;
        let names = view.names().with_context(tried)?;
        let eras = names.eras();
        let mut clock = eras.last().map_or(0, |era| era.at);
        for frame in view.frames_since(view.durable().saturating_sub(1))? {
            clock = clock.max(frame?.door());
        }
        Ok(Self {
            types: names.types(),
            eras,
            library: Library::of(dir),
            clock,
        })
    }

    /// The windows that would be cold if the book were taken up now, and from when on they are warm,
    /// ms. Those that are cold already are told by the node's own status.
    pub(crate) fn cold(&self, book: &Book) -> anyhow::Result<Vec<(Text, i64)>> {
        let Some(era) = self
            .eras
            .last()
            .filter(|era| era.book != book.hash.as_str())
        else {
            return Ok(Vec::new());
        };
        let former: Edition = self.library.edition(&era.book)?;
        let plan = Plan::build(book, false)?;
        let passage = Passage::of((&former.book, &former.plan), (book, &plan));
        let old = Laid {
            book: &former.book,
            plan: &former.plan,
        };
        let new = Laid { book, plan: &plan };
        let covers = covers(&passage, old, new, &Covers::new(), self.clock);
        let cold = covers.into_iter().map(|(name, cover)| (name, cover.warm()));
        Ok(cold.filter(|(_, warm)| *warm > self.clock).collect())
    }
}
