//! Following: while another node leads, what it commits is applied here as a restore does it. No rule runs.

use super::super::fleet::{Heard, Standby};
use super::super::library::Library;
use super::super::shelf::Edition;
use super::memory::remember;
use super::recover::{Restoring, Views, Way};
use engine::engine::Engine;
use engine::log::codec::Kinds;
use engine::log::{Era, Frame};

/// What a node has to follow was let go of before it had it: its copy is to be made anew.
#[derive(Debug)]
pub(crate) struct Astray;

impl std::fmt::Display for Astray {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("what this node has to follow is not in the changelog any more")
    }
}

impl std::error::Error for Astray {}

/// The book of the fleet is the one its log says, whatever the project of this node gives.
pub(super) fn take_up(views: &Views<'_>, library: &Library, eras: &[Era]) -> anyhow::Result<()> {
    let present = views.shelf.book();
    if let Some(era) = eras.last().filter(|era| era.book != present.hash) {
        tracing::warn!(
            project = present.hash.as_str(),
            fleet = era.book,
            "the fleet decides by another book than the project of this node gives: `POST /v1/rules/reload` on the \
             one that leads takes it up"
        );
        change(views, library.edition(&era.book)?, era);
    }
    Ok(())
}

fn change(views: &Views<'_>, edition: Edition, era: &Era) {
    views.meters.book(&views.shelf.book(), &edition.book);
    views.shelf.put(edition, era.clone());
}

impl Way<'_> {
    /// Takes over what is committed elsewhere until this node leads; gives the book in force then.
    pub(super) fn follow(
        &mut self,
        engine: &mut Engine,
        from: &Edition,
        standby: &mut Standby,
        library: &Library,
    ) -> anyhow::Result<Edition> {
        let mut edition = from.clone();
        let mut kinds: Option<Kinds> = None;
        standby.begin_following()?;
        loop {
            match standby.hear(Some(self.log))? {
                Heard::Batch(frame) => {
                    for era in frame.eras() {
                        // One that begins before the end of the batch decided it.
                        let decided = era.seq < frame.last_seq();
                        if !decided {
                            self.apply(engine, &edition, &mut kinds, &frame)?;
                        }
                        let next = library.edition(&era.book)?;
                        engine.carry_over(&next.book, &next.plan, era.at)?;
                        kinds = None;
                        edition = next.clone();
                        change(self.views, next, &era);
                        if decided {
                            self.apply(engine, &edition, &mut kinds, &frame)?;
                        }
                    }
                    if frame.eras().next().is_none() {
                        self.apply(engine, &edition, &mut kinds, &frame)?;
                    }
                }
                Heard::Nothing | Heard::End => {}
                Heard::Lead => return Ok(edition),
                Heard::Astray | Heard::Begin(_) | Heard::Footing(_) => {
                    standby.let_go()?;
                    return Err(Astray.into());
                }
            }
        }
    }

    fn apply(
        &mut self,
        engine: &mut Engine,
        edition: &Edition,
        kinds: &mut Option<Kinds>,
        frame: &Frame,
    ) -> anyhow::Result<()> {
        // All of a book's names are defined by the batch that takes it up.
        let kinds =
            kinds.get_or_insert_with(|| Kinds::of_book(self.log, &edition.book, &edition.plan));
        let mut restoring = Restoring {
            engine,
            kinds,
            entries: Vec::new(),
            changes: 0,
        };
        restoring.frame(frame, &self.held)?;
        self.changes += restoring.changes;
        self.clock = self.clock.max(Some(frame.door()));
        remember(frame, self.views.decisions, self.views.ring);
        Ok(())
    }
}
