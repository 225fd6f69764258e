//! Books that are offered: whether this division can take one up, and taking up what all can.

use super::super::super::node::Phase;
use super::super::super::orders::Came;
use super::super::super::reload::{activate, on_big_stack};
use super::super::super::shelf::Edition;
use super::Clerk;
use anyhow::anyhow;
use connectors::kafka::changelog::{Entry, Offer, Stop, Verdict};
use connectors::kafka::topics::delete_before;
use rules::finding::Severity;
use tokio::sync::oneshot;

impl Clerk {
    /// Offers a book to all divisions, this one among them.
    pub(super) fn offer(
        &mut self,
        edition: &Edition,
        (why, by): (String, String),
        reply: oneshot::Sender<Came>,
    ) {
        let offer = Offer {
            id: self.next_id(),
            book: edition.book.hash.to_string(),
            why,
            by,
        };
        let kept = self.library.keep(&offer.book, &edition.sources);
        let sources = kept.and_then(|()| self.library.bytes(&offer.book));
        let sent = sources.and_then(|sources| {
            let book = Entry::Book(offer.book.clone(), sources);
            let all = [book, Entry::Offer(offer.clone())];
            self.send(&all).map_err(|failure| anyhow!("{failure}"))
        });
        match sent {
            Ok(()) => {
                tracing::warn!(book = offer.book, by = offer.by, "offered to all divisions");
                self.waiting.push((offer.id, reply));
            }
            Err(error) => {
                let _ = reply.send(Came::Failed(format!("{error:#}")));
            }
        }
    }

    /// Says whether this division can take up what is offered.
    pub(super) fn judge(&mut self) -> Result<(), Stop> {
        let own = self.divided.division.number();
        let open = self.ballot.present();
        let open = open.filter(|open| !open.is_settled() && open.waits.contains(&own));
        let Some(offer) = open.map(|open| open.offer.clone()) else {
            return Ok(());
        };
        if self.judged.as_ref().is_some_and(|(id, _)| *id == offer.id) {
            return Ok(());
        }
        let edition = self.compile(&offer.book);
        let refused = edition.as_ref().err().cloned();
        let verdict = Verdict {
            offer: offer.id.clone(),
            division: own,
            refused,
        };
        // What does not get out is said again.
        let sent = self.send(&[Entry::Verdict(verdict)]);
        sent.map_err(|failure| Stop::Later(failure.to_string()))?;
        self.judged = Some((offer.id, edition.ok()));
        Ok(())
    }

    /// A book that was offered, compiled; names that are kept with a type have no other.
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
        let Some(offer) = self.ballot.agreed().cloned() else {
            return;
        };
        if self.node.shelf.book().hash != offer.book {
            let judged = self.judged.take().filter(|(id, _)| *id == offer.id);
            let edition = judged.and_then(|(_, edition)| edition);
            let edition = edition.map_or_else(|| self.compile(&offer.book), Ok);
            let done = edition.and_then(|edition| {
                let word = (offer.why.as_str(), offer.by.as_str());
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
                let book = &offer.book;
                self.node.fail(format!(
                    "all divisions are to decide by the book {book}, and this one cannot: {what}"
                ));
                return;
            }
        }
        let present = self.ballot.present().cloned();
        if let Some(it) = present.filter(|it| it.offer.id == offer.id) {
            self.answer(|id| it.is(id), || Came::Taken);
        }
    }

    /// The first division lets go of what lies before the book that all have agreed on.
    pub(super) fn trim(&mut self) {
        let Some(offer) = self.ballot.agreed() else {
            return;
        };
        let is_done = self.trimmed.as_ref() == Some(&offer.id);
        if is_done || self.divided.division.number() > 0 {
            return;
        }
        self.trimmed = Some(offer.id.clone());
        let Some(before) = self.began.get(&offer.book).copied() else {
            return;
        };
        self.began.retain(|_, began| *began >= before);
        let gone = delete_before(&self.sink.cluster, &self.divided.orders, before);
        if let Err(what) = self.runtime.block_on(gone) {
            // It is tried again with the next book.
            tracing::warn!(what, "books that nobody needs are kept");
        }
    }
}
