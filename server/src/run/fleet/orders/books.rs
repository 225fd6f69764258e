//! Books that are proposed: whether this division can take one up, and taking up what all can.

use super::super::super::node::Phase;
use super::super::super::orders::{Came, Reply};
use super::super::super::reload::{activate, on_big_stack};
use super::super::super::shelf::Edition;
use super::Clerk;
use anyhow::anyhow;
use connectors::kafka::changelog::{Entry, Proposal, Stop, Vote};
use connectors::kafka::topics::delete_before;
use rules::finding::Severity;
use std::collections::BTreeMap;

/// Where the sources of books begin on the topic.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<String, i64>);

impl Places {
    /// They begin there. Of a book that is proposed again while it is open the first place counts: what was said of
    /// it stands behind that.
    pub(super) fn put(&mut self, book: String, began: i64) {
        self.0.entry(book).or_insert(began);
    }

    /// This book is agreed on. Gives the place before which nothing is needed any more.
    fn agree(&mut self, book: &str) -> Option<i64> {
        let before = self.0.get(book).copied()?;
        self.0.retain(|_, began| *began >= before);
        Some(before)
    }
}

impl Clerk {
    /// Proposals a book to all divisions, this one among them.
    pub(super) fn propose(&mut self, edition: &Edition, (why, by): (String, String), reply: Reply) {
        let proposal = Proposal {
            id: self.next_id(),
            book: edition.book.hash.to_string(),
            why,
            by,
        };
        let kept = self.library.keep(&proposal.book, &edition.sources);
        let sources = kept.and_then(|()| self.library.bytes(&proposal.book));
        let sent = sources.and_then(|sources| {
            let book = Entry::Book(proposal.book.clone(), sources);
            let all = [book, Entry::Proposal(proposal.clone())];
            self.send(&all).map_err(|failure| anyhow!("{failure}"))
        });
        match sent {
            Ok(()) => {
                tracing::warn!(
                    book = proposal.book,
                    by = proposal.by,
                    "proposed to all divisions"
                );
                self.waiting.push((proposal.id, reply));
            }
            Err(error) => {
                let _ = reply.send(Err(format!("{error:#}")));
            }
        }
    }

    /// Says whether this division can take up what is proposed.
    pub(super) fn judge(&mut self) -> Result<(), Stop> {
        let own = self.divided.division.number();
        let open = self.ballot.present();
        let open = open.filter(|open| !open.is_settled() && open.waits.contains(&own));
        let Some(proposal) = open.map(|open| open.proposal.clone()) else {
            return Ok(());
        };
        if self
            .judged
            .as_ref()
            .is_some_and(|(id, _)| *id == proposal.id)
        {
            return Ok(());
        }
        let edition = self.compile(&proposal.book);
        let refused = edition.as_ref().err().cloned();
        let vote = Vote {
            proposal: proposal.id.clone(),
            division: own,
            refused,
        };
        // What does not get out is said again.
        let sent = self.send(&[Entry::Vote(vote)]);
        sent.map_err(|failure| Stop::Later(failure.to_string()))?;
        self.judged = Some((proposal.id, edition.ok()));
        Ok(())
    }

    /// A book that was proposed, compiled; names that are kept with a type have no other.
    fn compile(&self, hash: &str) -> Result<Edition, String> {
        let (library, types) = (self.library.clone(), self.node.shelf.types());
        let book = hash.to_owned();
        let work = move || -> Result<Edition, String> {
            let edition = library.edition(&book);
            let edition = edition.map_err(|error| format!("{error:#}"))?;
            let unfit = edition.book.catalogue.unfit(&types);
            match unfit
                .iter()
                .find(|finding| finding.severity == Severity::Error)
            {
                Some(finding) => Err(finding.cause.en.clone()),
                None => Ok(edition),
            }
        };
        let done = on_big_stack(work);
        done.unwrap_or_else(|| Err(format!("the book {hash} could not be compiled to its end")))
    }

    /// Takes up what all can take up, unless it is in force. Whoever led before may have said that this division
    /// can: then it must.
    pub(super) fn take_up(&mut self) {
        let Some(proposal) = self.ballot.agreed().cloned() else {
            return;
        };
        if self.node.shelf.book().hash != proposal.book {
            let judged = self.judged.take().filter(|(id, _)| *id == proposal.id);
            let edition = judged.and_then(|(_, edition)| edition);
            let edition = edition.map_or_else(|| self.compile(&proposal.book), Ok);
            let done = edition.and_then(|edition| {
                let word = (proposal.why.as_str(), proposal.by.as_str());
                let given = activate(&self.node, edition, word);
                self.runtime
                    .block_on(given)
                    .map_err(|problem| problem.detail)
            });
            if let Err(what) = done {
                if self.node.phase() != Phase::Ready {
                    // It goes down, and whoever leads next takes it up.
                    return;
                }
                let book = &proposal.book;
                self.node.fail(format!(
                    "all divisions are to decide by the book {book}, and this one cannot: {what}"
                ));
                return;
            }
        }
        let present = self.ballot.present().cloned();
        if let Some(it) = present.filter(|it| it.proposal.id == proposal.id) {
            self.answer(|id| it.is(id), || Came::Taken);
        }
    }

    /// What lies before the book that all have agreed on is needed no more; the first division lets go of it.
    pub(super) fn trim(&mut self) {
        let Some(proposal) = self.ballot.agreed() else {
            return;
        };
        if self.trimmed.as_ref() == Some(&proposal.id) {
            return;
        }
        self.trimmed = Some(proposal.id.clone());
        let before = self.places.agree(&proposal.book);
        let Some(before) = before.filter(|_| self.divided.division.number() == 0) else {
            return;
        };
        let gone = delete_before(&self.sink.cluster, &self.divided.orders, before);
        if let Err(what) = self.runtime.block_on(gone) {
            // It is tried again with the next book.
            tracing::warn!(what, "books that nobody needs are kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_of_a_book_is_never_let_go_of_with_what_lies_before_it() {
        let mut places = Places::default();
        places.put("A".to_owned(), 3);
        // Proposed once more, while it is open.
        places.put("A".to_owned(), 9);
        assert_eq!(places.agree("A"), Some(3));
        places.put("B".to_owned(), 20);
        assert_eq!(places.agree("none"), None);
        assert_eq!(places.agree("B"), Some(20));
        // The former one is of the past: its next proposal is another.
        places.put("A".to_owned(), 30);
        assert_eq!(places.agree("A"), Some(30));
    }
}
