//! Who leads which division: each that takes a lead says so on a topic that keeps the last word of each.

use super::seen::Seen;
use super::standby::REST;
use crate::config::Config;
use crate::config::fleet::Divided;
use connectors::kafka::changelog::{Entry, Next, Reader, Stop, Term};
use connectors::kafka::producer::{Out, Producer};
use connectors::kafka::settings::{Cluster, Settings, Timing};
use connectors::kafka::triage::Failure;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How long a word is waited for.
const LOOK: Duration = Duration::from_millis(500);

/// The record that says who leads.
pub(super) fn out(term: &Term, divided: &Divided) -> impl Iterator<Item = Out> {
    let key = divided.division.number().to_string().into_bytes();
    let records = Entry::Term(term.clone()).out(&divided.leaders).into_iter();
    records.map(move |record| Out {
        key: Some(key.clone()),
        ..record
    })
}

/// Says that whoever leads is about to hand over: until the next one has said that it leads, it is on no machine, and
/// nobody else hands over.
pub(super) fn leaves(config: &Config, term: &Term) -> Result<(), Failure> {
    let (Some(fleet), Some(sink)) = (&config.fleet, &config.sink) else {
        return Ok(());
    };
    let Some(divided) = &fleet.divided else {
        return Ok(());
    };
    let client = format!("deft-{}-{}-leaves", fleet.name, config.node.name);
    let settings = Settings::producer(&sink.cluster, &client, Timing::of(sink.transaction));
    let producer = Producer::open(&settings, sink.transaction)?;
    let term = Term {
        machine: None,
        ..term.clone()
    };
    for record in out(&term, divided) {
        producer.put(&record)?;
    }
    producer.drain()
}

/// Hears who leads which division, from now on and for as long as anybody asks.
pub(crate) fn hear(config: &Config, seen: &Arc<Seen>) -> anyhow::Result<()> {
    let (Some(fleet), Some(sink)) = (&config.fleet, &config.sink) else {
        return Ok(());
    };
    let Some(divided) = fleet.divided.clone() else {
        return Ok(());
    };
    let client = format!("deft-{}-{}-leaders", fleet.name, config.node.name);
    let (cluster, seen) = (sink.cluster.clone(), Arc::downgrade(seen));
    let work = move || listen(&cluster, &client, &divided.leaders, &seen);
    std::thread::Builder::new()
        .name("leaders".to_owned())
        .spawn(work)?;
    Ok(())
}

fn listen(cluster: &Cluster, client: &str, topic: &str, seen: &Weak<Seen>) {
    let mut told = String::new();
    let mut tell = |what: String| {
        if what != told {
            tracing::warn!(what, "who leads other divisions is not heard");
            told = what;
        }
        std::thread::sleep(REST);
    };
    while seen.strong_count() > 0 {
        let mut reader = match Reader::open(cluster, client, topic, None) {
            Ok(reader) => reader,
            Err(what) => {
                tell(what);
                continue;
            }
        };
        // A topic that was made anew is read from its beginning.
        loop {
            let Some(seen) = seen.upgrade() else { return };
            match reader.next(LOOK) {
                Ok(Next::Entry(Entry::Term(term))) => seen.note_leader(term),
                Ok(_) => {}
                Err(Stop::Later(what)) => tell(what),
                Err(Stop::Gone) => break,
                Err(Stop::Wrong(what)) => {
                    tell(what);
                    break;
                }
            }
        }
    }
}
