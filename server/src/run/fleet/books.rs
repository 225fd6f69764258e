//! Books of divided customers, on one topic for all divisions: whoever leads one reads what is offered, says
//! whether it can take that up, and takes it up when all can. What a division decides by is said by its own log.

use super::super::hand::{Hand, is_over};
use super::super::library::Library;
use super::super::node::{Node, Phase};
use super::super::offers::{Ask, Came, Offers};
use super::super::reload::{activate, on_big_stack};
use super::super::shelf::Edition;
use super::ballot::Ballot;
use super::standby::REST;
use crate::config::fleet::Divided;
use crate::config::kafka::Sink;
use anyhow::anyhow;
use connectors::kafka::changelog::{Entry, Next, Offer, Reader, Stop, Verdict};
use connectors::kafka::producer::Producer;
use connectors::kafka::settings::{Settings, Timing};
use connectors::kafka::topics::delete_before;
use connectors::kafka::triage::Failure;
use crossbeam::channel::Receiver;
use rules::finding::Severity;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// How long what is offered is waited for; who offers is heard between two.
const LOOK: Duration = Duration::from_millis(20);

/// Begins to hear what is offered, where customers are divided. To be called by a thread of the runtime.
pub(crate) fn hear(node: &Arc<Node>) -> anyhow::Result<Option<Hand>> {
    let config = &node.config;
    let (Some(fleet), Some(sink)) = (&config.fleet, &config.sink) else {
        return Ok(None);
    };
    let library = node.shelf.library.clone();
    let (Some(divided), Some(library)) = (fleet.divided.clone(), library) else {
        return Ok(None);
    };
    let mut books = Books {
        ballot: Ballot::new(divided.division.of()),
        client: format!("deft-{}-{}-books", fleet.name, config.node.name),
        node: Arc::clone(node),
        runtime: Handle::current(),
        sink: sink.clone(),
        divided,
        library,
        producer: None,
        began: BTreeMap::new(),
        judged: None,
        trimmed: None,
        offered: 0,
        waiting: Vec::new(),
        told: String::new(),
        is_read: false,
    };
    let hand = Hand::begin("books".to_owned(), move |stopped| books.work(stopped))?;
    Ok(Some(hand))
}

/// Whoever hears what is offered.
struct Books {
    node: Arc<Node>,
    runtime: Handle,
    client: String,
    sink: Sink,
    divided: Divided,
    library: Library,
    producer: Option<Producer>,
    ballot: Ballot,
    /// Where the sources of a book begin on the topic.
    began: BTreeMap<String, i64>,
    /// The offer that was judged last, and what it is when this node could take it up.
    judged: Option<(String, Option<Edition>)>,
    /// The offer before which nothing lies any more.
    trimmed: Option<String>,
    /// So many were offered by this node since it leads.
    offered: u64,
    /// Who waits for what becomes of which offer.
    waiting: Vec<(String, oneshot::Sender<Came>)>,
    /// What was said of brokers.
    told: String,
    /// All that was there is read: what follows is news.
    is_read: bool,
}

impl Books {
    fn work(&mut self, stopped: &Receiver<()>) {
        let mut reader: Option<Reader> = None;
        while !is_over(stopped, Duration::ZERO) {
            let Some(open) = &mut reader else {
                reader = self.open();
                continue;
            };
            if let Err(stop) = self.step(open) {
                // What lay there was let go of, as a newer book is agreed on; or it is read where brokers are.
                if stop == Stop::Gone {
                    reader = None;
                }
                self.rest(stop);
            }
            if let Some(offers) = &self.node.offers {
                offers.note(self.ballot.present().cloned());
            }
        }
    }

    fn open(&mut self) -> Option<Reader> {
        let topic = &self.divided.books;
        match Reader::open(&self.sink.cluster, &self.client, topic, None) {
            Ok(reader) => {
                self.is_read = false;
                Some(reader)
            }
            Err(what) => {
                self.rest(Stop::Later(what));
                None
            }
        }
    }

    fn rest(&mut self, stop: Stop) {
        let what = match stop {
            Stop::Gone => return,
            Stop::Later(what) | Stop::Wrong(what) => what,
        };
        if what != self.told {
            tracing::warn!(what, "books of other divisions are not heard");
            self.told = what;
        }
        std::thread::sleep(REST);
    }

    fn step(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        while let Some(ask) = self.node.offers.as_ref().and_then(Offers::next) {
            self.offer(ask);
        }
        match reader.next(LOOK)? {
            Next::Entry(entry) => self.take(entry, reader.began())?,
            Next::End => self.is_read = true,
            Next::Nothing => {}
        }
        if self.is_read {
            self.judge()?;
            self.take_up();
            self.trim();
        }
        self.node
            .meters
            .gauge("deft_fleet_book_waits", None, self.waits());
        Ok(())
    }

    /// Of how many divisions it is waited for a word.
    fn waits(&self) -> f64 {
        let open = self.ballot.present().filter(|open| !open.is_settled());
        let waits = open.map_or(0, |open| open.waits.len());
        u16::try_from(waits).map_or(f64::INFINITY, f64::from)
    }

    fn take(&mut self, entry: Entry, began: i64) -> Result<(), Stop> {
        match entry {
            Entry::Book(hash, sources) => {
                let kept = self.library.keep_bytes(&hash, &sources);
                kept.map_err(|error| Stop::Later(format!("{error:#}")))?;
                self.began.insert(hash, began);
            }
            Entry::Offer(offer) => {
                if let Some(former) = self.ballot.offer(offer.clone()) {
                    self.answer(|id| former.is(id), || Came::Superseded(offer.clone()));
                }
            }
            Entry::Verdict(verdict) => {
                self.ballot.verdict(verdict);
                let refused = self.ballot.present().and_then(|it| {
                    let (division, why) = it.refused.clone()?;
                    Some((it.clone(), division, why))
                });
                if let Some((it, division, why)) = refused {
                    self.answer(|id| it.is(id), || Came::Refused(division, why.clone()));
                }
            }
            Entry::Term(_) | Entry::Batch(_) | Entry::Footing(_) | Entry::Slice(..) => {}
        }
        Ok(())
    }

    /// Tells those who wait for one of these.
    fn answer(&mut self, is: impl Fn(&str) -> bool, came: impl Fn() -> Came) {
        let waiting = std::mem::take(&mut self.waiting);
        for (id, reply) in waiting {
            if is(&id) {
                // Whoever asked may have gone.
                let _ = reply.send(came());
            } else if !reply.is_closed() {
                self.waiting.push((id, reply));
            }
        }
    }

    /// Offers a book to all divisions, this one among them.
    fn offer(&mut self, ask: Ask) {
        self.offered += 1;
        let division = self.divided.division.number();
        let term = self.node.fleet.as_ref().and_then(|fleet| fleet.term());
        let offer = Offer {
            id: format!("{division}.{}.{}", term.unwrap_or_default(), self.offered),
            book: ask.edition.book.hash.to_string(),
            why: ask.why,
            by: ask.by,
        };
        let kept = self.library.keep(&offer.book, &ask.edition.sources);
        let sources = kept.and_then(|()| self.library.bytes(&offer.book));
        let sent = sources.and_then(|sources| {
            let book = Entry::Book(offer.book.clone(), sources);
            let all = [book, Entry::Offer(offer.clone())];
            self.send(&all).map_err(|failure| anyhow!("{failure}"))
        });
        match sent {
            Ok(()) => {
                tracing::warn!(book = offer.book, by = offer.by, "offered to all divisions");
                self.waiting.push((offer.id, ask.reply));
            }
            Err(error) => {
                let _ = ask.reply.send(Came::Failed(format!("{error:#}")));
            }
        }
    }

    /// Says whether this division can take up what is offered.
    fn judge(&mut self) -> Result<(), Stop> {
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
    fn take_up(&mut self) {
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
    fn trim(&mut self) {
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
        let gone = delete_before(&self.sink.cluster, &self.divided.books, before);
        if let Err(what) = self.runtime.block_on(gone) {
            // It is tried again with the next book.
            tracing::warn!(what, "books that nobody needs are kept");
        }
    }

    /// Sends entries, as of this division.
    fn send(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => {
                let timing = Timing::of(self.sink.transaction);
                let settings = Settings::producer(&self.sink.cluster, &self.client, timing);
                Producer::open(&settings, self.sink.transaction)?
            }
        };
        let key = self.divided.division.number().to_string().into_bytes();
        for entry in entries {
            for mut record in entry.out(&self.divided.books) {
                record.key = Some(key.clone());
                producer.put(&record)?;
            }
        }
        producer.drain()?;
        // One that failed is not used again: nobody knows what of it is still on its way.
        self.producer = Some(producer);
        Ok(())
    }
}
