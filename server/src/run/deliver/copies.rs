//! What those need who begin to follow: where a copy may begin, and each part of the state as its last
//! snapshot has it. Once all of that is on the changelog, what lies before it is let go of.

use super::super::library::Library;
use super::super::outbox::Outbox;
use connectors::kafka::changelog::{Entry, Slice, Term};
use engine::log::{Error, Part, Slices, View};
use std::collections::BTreeSet;

/// Bytes of snapshots that go out with one sending: batches do not wait for more.
const BYTES_MAX: usize = 512 * 1024;

/// What of a round of snapshots is on the changelog.
#[derive(Default)]
pub(super) struct Copies {
    open: Option<Open>,
    /// Where copies begin.
    footing: Option<u64>,
    /// Of the parts, those that are out.
    sent: BTreeSet<Part>,
    /// The offset before the footing of this round, and of the last one that is whole.
    begun: Option<i64>,
    whole: Option<i64>,
}

/// A snapshot that is being sent.
struct Open {
    part: Part,
    seq: u64,
    slices: Slices,
    next: Option<Vec<u8>>,
    index: u32,
}

impl Copies {
    /// A round begins behind `seq`, before anything that follows it is on the changelog; `end` is where that
    /// ends now.
    pub(super) fn begin(
        &mut self,
        view: &View,
        seq: u64,
        end: i64,
        term: Option<Term>,
        library: Option<&Library>,
    ) -> Result<Vec<Entry>, Error> {
        let footing = view.footing(seq)?;
        self.open = None;
        self.sent.clear();
        (self.footing, self.begun) = (Some(seq), Some(end));
        let mut entries: Vec<Entry> = term.map(Entry::Term).into_iter().collect();
        let books: BTreeSet<String> = footing.names().eras().into_iter().map(|e| e.book).collect();
        for book in books {
            // One that decides nothing any more may be gone.
            if let Some(Ok(sources)) = library.map(|library| library.bytes(&book)) {
                entries.push(Entry::Book(book, sources));
            }
        }
        entries.push(Entry::Footing(footing.write(view.id())));
        Ok(entries)
    }

    /// The next slices of parts that were written by now and whose batches are out up to `seq`.
    pub(super) fn slices(
        &mut self,
        view: &View,
        seq: u64,
        outbox: &Outbox,
    ) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        let mut bytes = 0;
        while bytes < BYTES_MAX {
            if self.open.is_none() {
                self.open = self.next(view, seq, outbox)?;
            }
            let Some(open) = &mut self.open else { break };
            let slice = open.next.take().unwrap_or_default();
            open.next = open.slices.next().transpose()?;
            let last = open.next.is_none();
            let head = Slice {
                part: open.part.number(),
                seq: open.seq,
                index: open.index,
                last,
            };
            open.index += 1;
            bytes += slice.len();
            entries.push(Entry::Slice(head, slice));
            if last {
                self.sent.insert(open.part);
                self.open = None;
            }
        }
        Ok(entries)
    }

    fn next(&self, view: &View, seq: u64, outbox: &Outbox) -> Result<Option<Open>, Error> {
        let Some(footing) = self.footing else {
            return Ok(None);
        };
        // What was written before the footing has batches that nobody who begins there gets.
        while let Some((part, at)) = outbox.written(seq) {
            if at < footing {
                continue;
            }
            // One that made room for a newer one comes again with that.
            let snapshot = match view.snapshot(part, at) {
                Ok(Some(snapshot)) => snapshot,
                Ok(None) => continue,
                // The round is not whole without it, and nothing is let go of before the next one.
                Err(error @ Error::Damaged { .. }) => {
                    tracing::error!(%error, "a snapshot is not sent on");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut slices = snapshot.slices()?;
            return Ok(Some(Open {
                part,
                seq: at,
                next: slices.next().transpose()?,
                slices,
                index: 0,
            }));
        }
        Ok(None)
    }

    /// What was put out is out. Gives the round, once all parts of it are.
    pub(super) fn out(&mut self) -> Option<Round> {
        if self.sent.len() < Part::all().count() {
            return None;
        }
        let (begun, footing) = (self.begun.take()?, self.footing?);
        self.sent.clear();
        Some(Round {
            begun,
            footing,
            before: self.whole.replace(begun),
        })
    }
}

/// A round that is on the changelog as a whole.
pub(super) struct Round {
    /// The offset before its footing.
    pub(super) begun: i64,
    /// The number that copies begin behind.
    pub(super) footing: u64,
    /// The offset before which nobody needs anything: two rounds lie behind it.
    pub(super) before: Option<i64>,
}
