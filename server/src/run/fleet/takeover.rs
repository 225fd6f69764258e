//! Taking over: whoever led before is fenced, what that one left open is settled and read to its end, and
//! then it is said who leads.

use super::super::clock;
use super::leaders;
use super::post::{Post, Role};
use super::seen::Place;
use super::standby::{LOOK, REST, Standby};
use anyhow::bail;
use connectors::kafka::candidate::Candidate;
use connectors::kafka::changelog::{Entry, Term};
use connectors::kafka::mark::Mark;
use connectors::kafka::producer::Producer;
use connectors::kafka::settings::{Settings, Timing};
use connectors::kafka::triage::Failure;
use engine::division::Division;
use engine::log::View;
use std::time::Duration;

/// How long what a former leader left open may take to be settled.
const SETTLE: Duration = Duration::from_secs(60);

/// What a node leads with.
pub(crate) struct Lead {
    /// Holds the seat.
    pub(crate) candidate: Candidate,
    /// Has fenced whoever led before.
    pub(crate) producer: Producer,
    /// The last number of the log that is on the changelog; 0: none is.
    pub(crate) seq: u64,
}

impl Standby {
    /// The group has given it the lead: whoever had it can write no more from here on, and what that one
    /// left open is settled.
    pub(super) fn take_over(&mut self) -> anyhow::Result<()> {
        let began = clock::moment();
        self.given = Some(began);
        self.seen.note(|state| state.place = Place::Leads);
        let producer = match self.ready.take() {
            Some(producer) => Ok(producer),
            None => self.producer(),
        };
        let fenced = producer.and_then(|producer| producer.fence().map(|()| producer));
        let producer = match fenced {
            Ok(producer) => producer,
            Err(failure) => {
                // Still ours or not: it is asked again.
                self.tell(&failure.to_string());
                std::thread::sleep(REST);
                return Ok(());
            }
        };
        let told = anyhow::Error::msg::<String>;
        let Ok((_, end)) = self.reader.ends() else {
            return Ok(());
        };
        while self.reader.is_settled(end) != Ok(true) {
            if began.elapsed() >= SETTLE {
                bail!(
                    "`{}` is readable up to a transaction that does not end: `kafka-transactions.sh find-hanging` \
                     names it",
                    self.fleet.changelog
                );
            }
            std::thread::sleep(LOOK);
        }
        self.reader.again().map_err(told)?;
        self.fence = Some(producer);
        Ok(())
    }

    /// A producer under the fleet's own id. It fences nobody before it is told to; until then it finds out whom
    /// to ask, which takes half a second.
    pub(super) fn producer(&self) -> Result<Producer, Failure> {
        let timing = Timing::of(self.sink.transaction);
        let id = format!("deft-{}-{}", self.fleet.name, self.sink.name);
        let settings = Settings::transactional(&self.sink.cluster, &id, &id, timing);
        Producer::open(&settings, self.sink.transaction)
    }

    /// The log is open and this node leads: it says so before it does anything else, so that whoever led
    /// before knows that it no longer does.
    pub(crate) fn announce(mut self, log: &View) -> anyhow::Result<Lead> {
        let (Some(producer), Some(candidate)) = (self.fence.take(), self.candidate.take()) else {
            bail!("nobody gave this node the lead");
        };
        let mark = (!self.was_alone()).then(|| Mark {
            store: log.id().to_string(),
            seq: self.post.seq,
            term: Some(self.post.term.saturating_add(1)),
        });
        let term = Term {
            term: self.post.term.saturating_add(1),
            node: self.node.clone(),
            address: self.address.clone(),
            store: log.id().to_string(),
            division: self.fleet.division().map(Division::number),
            peers: self.peers.clone(),
            machine: self.fleet.machine().map(str::to_owned),
        };
        self.post = Post {
            role: Role::Leads,
            term: term.term,
            place: self.reader.place(),
            seq: self.post.seq,
            leader: Some(term.clone()),
        };
        self.post.write(&self.dir)?;
        let said = || {
            producer.begin()?;
            for record in Entry::Term(term.clone()).out(&self.fleet.changelog) {
                producer.put(&record)?;
            }
            if let Some(divided) = &self.fleet.divided {
                for record in leaders::out(&term, divided) {
                    producer.put(&record)?;
                }
            }
            // Whoever led before sees it before it begins another producer.
            if let Some(mark) = &mark {
                producer.put(&mark.out(&self.sink.marks, &self.fleet.name))?;
            }
            producer.drain()?;
            producer.commit()
        };
        said().map_err(|failure| anyhow::anyhow!("the lead cannot be announced: {failure}"))?;
        let took = self.given.map_or(0, |given| given.elapsed().as_millis());
        tracing::info!(
            term = term.term,
            took_ms = u64::try_from(took).unwrap_or(u64::MAX),
            "leads the fleet"
        );
        self.seen.note(|state| {
            state.place = Place::Leads;
            state.leader = Some(term);
            state.took = self.given.map(|given| given.elapsed().as_secs_f64());
        });
        let reader = self.reader;
        // To let go of clients takes a tenth of a second each, and nobody has to wait for it.
        std::thread::Builder::new()
            .name("let go".to_owned())
            .spawn(move || drop(reader))?;
        Ok(Lead {
            candidate,
            producer,
            seq: self.post.seq,
        })
    }
}
