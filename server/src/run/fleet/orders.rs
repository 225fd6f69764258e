//! Orders for all divisions, on one topic: whoever leads a division reads them in their order and carries them out.
//! What a division has carried out is said by its own log.

mod books;
mod turns;

use super::super::hand::{Hand, is_over};
use super::super::library::Library;
use super::super::node::Node;
use super::super::orders::{Came, Orders, Reply, Wish};
use super::super::shelf::Edition;
use super::ballot::Ballot;
use super::standby::REST;
use crate::config::fleet::Divided;
use crate::config::kafka::Sink;
use books::Places;
use connectors::kafka::changelog::{Entry, Next, Reader, Stop, Turn};
use connectors::kafka::producer::Producer;
use connectors::kafka::settings::{Settings, Timing};
use connectors::kafka::triage::Failure;
use crossbeam::channel::Receiver;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// How long an order is waited for; who gives one here is heard between two.
const LOOK: Duration = Duration::from_millis(20);

/// Begins to hear what is ordered, where customers are divided. To be called by a thread of the runtime.
pub(crate) fn hear(node: &Arc<Node>) -> anyhow::Result<Option<Hand>> {
    let config = &node.config;
    let (Some(fleet), Some(sink)) = (&config.fleet, &config.sink) else {
        return Ok(None);
    };
    let library = node.shelf.library.clone();
    let (Some(divided), Some(library)) = (fleet.divided.clone(), library) else {
        return Ok(None);
    };
    let mut clerk = Clerk {
        ballot: Ballot::new(divided.division.of()),
        client: format!("deft-{}-{}-orders", fleet.name, config.node.name),
        node: Arc::clone(node),
        runtime: Handle::current(),
        sink: sink.clone(),
        divided,
        library,
        producer: None,
        places: Places::default(),
        judged: None,
        trimmed: None,
        ordered: 0,
        before: BTreeMap::new(),
        waiting: Vec::new(),
        told: String::new(),
        is_read: false,
    };
    let hand = Hand::begin("orders".to_owned(), move |stopped| clerk.work(stopped))?;
    Ok(Some(hand))
}

/// Whoever hears what is ordered, and carries it out.
struct Clerk {
    node: Arc<Node>,
    runtime: Handle,
    client: String,
    sink: Sink,
    divided: Divided,
    library: Library,
    producer: Option<Producer>,
    ballot: Ballot,
    /// Where books lie on the topic.
    places: Places,
    /// The proposal that was judged last, and what it is when this node could take it up.
    judged: Option<(String, Option<Edition>)>,
    /// The proposal before which nothing lies any more.
    trimmed: Option<String>,
    /// So many orders got out from here since this node leads.
    ordered: u64,
    /// Who waits for what becomes of which order.
    waiting: Vec<(String, Reply)>,
    /// What was said of brokers.
    told: String,
    /// What was ordered last of each switch, until all that was there is read.
    before: BTreeMap<String, Turn>,
    /// All that was there is read: what follows is news.
    is_read: bool,
}

impl Clerk {
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
        }
    }

    fn open(&mut self) -> Option<Reader> {
        let topic = &self.divided.orders;
        match Reader::open(&self.sink.cluster, &self.client, topic, None) {
            Ok(reader) => {
                self.is_read = false;
                self.before.clear();
                self.places = Places::default();
                self.ballot = Ballot::new(self.divided.division.of());
                self.judged = None;
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
            tracing::warn!(what, "orders for all divisions are not heard");
            self.told = what;
        }
        std::thread::sleep(REST);
    }

    fn step(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        while let Some(ask) = self.node.orders.as_ref().and_then(Orders::next) {
            let said = (ask.why, ask.by);
            match ask.wish {
                Wish::Book(edition) => self.propose(&edition, said, ask.reply),
                Wish::Switch(switch, on) => self.tell((&switch, on), said, ask.reply),
            }
        }
        match reader.next(LOOK)? {
            Next::Entry(entry) => {
                self.take(entry, reader.began())?;
                self.show();
            }
            Next::End if !self.is_read => {
                self.is_read = true;
                self.make_good();
                self.show();
            }
            Next::End | Next::Nothing => {}
        }
        if self.is_read {
            self.judge()?;
            self.take_up();
            self.trim();
        }
        Ok(())
    }

    /// Shows how the last proposal stands: before it is in force.
    fn show(&self) {
        let present = self.ballot.present();
        let open = present.filter(|open| !open.is_settled());
        let waits = open.map_or(0, |open| open.waits.len());
        let waits = u16::try_from(waits).map_or(f64::INFINITY, f64::from);
        self.node.meters.gauge("deft_fleet_book_waits", None, waits);
        if let Some(orders) = &self.node.orders {
            orders.note(present.cloned());
        }
    }

    fn take(&mut self, entry: Entry, began: i64) -> Result<(), Stop> {
        match entry {
            Entry::Book(hash, sources) => {
                let kept = self.library.keep_bytes(&hash, &sources);
                kept.map_err(|error| Stop::Later(format!("{error:#}")))?;
                self.places.put(hash, began);
            }
            Entry::Proposal(proposal) => {
                if let Some(former) = self.ballot.propose(proposal.clone()) {
                    self.answer(|id| former.is(id), || Came::Superseded(proposal.clone()));
                }
            }
            Entry::Vote(vote) => {
                self.ballot.vote(vote);
                let refused = self.ballot.present().and_then(|it| {
                    let (division, why) = it.refused.clone()?;
                    Some((it.clone(), division, why))
                });
                if let Some((it, division, why)) = refused {
                    self.answer(|id| it.is(id), || Came::Refused(division, why.clone()));
                }
            }
            Entry::Turn(turn) => self.turn(turn),
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
                let _ = reply.send(Ok(came()));
            } else if !reply.is_closed() {
                self.waiting.push((id, reply));
            }
        }
    }

    /// The name of the next order: no other has it, as no term of a division comes twice.
    fn next_id(&mut self) -> String {
        self.ordered += 1;
        let division = self.divided.division.number();
        let term = self.node.fleet.as_ref().and_then(|fleet| fleet.term());
        format!("{division}.{}.{}", term.unwrap_or_default(), self.ordered)
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
            for mut record in entry.out(&self.divided.orders) {
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
