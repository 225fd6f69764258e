//! The topics that a sink writes to, as they must be.

use super::super::tokens::KINDS;
use crate::config::fleet::Fleet;
use crate::config::kafka::{Grade, Sink};
use connectors::kafka::topics::{self as cluster, Found, Wanted};

/// Partitions that topics are made with unless it is said otherwise.
pub(crate) const PARTITIONS: i32 = 12;

/// Every topic a sink writes to.
pub(crate) fn topics(sink: &Sink, fleet: Option<&Fleet>) -> Vec<String> {
    wanted(sink, fleet, PARTITIONS)
        .into_iter()
        .map(|one| one.name)
        .collect()
}

/// The topics of a sink, as they must be.
pub(crate) fn wanted(sink: &Sink, fleet: Option<&Fleet>, partitions: i32) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    for kind in KINDS {
        let name = sink.topic_of(kind);
        if all.iter().all(|one| one.name != name) {
            all.push(Wanted {
                name,
                partitions,
                exactly: false,
                settings: vec![("cleanup.policy", "delete", true)],
            });
        }
    }
    all.push(Wanted {
        name: sink.quarantine.clone(),
        partitions,
        exactly: false,
        settings: vec![
            ("cleanup.policy", "delete", true),
            ("retention.ms", "2592000000", false),
        ],
    });
    if sink.grade == Grade::ExactlyOnce {
        all.push(Wanted {
            name: sink.marks.clone(),
            partitions: 1,
            exactly: true,
            settings: vec![
                ("cleanup.policy", "compact", true),
                ("segment.ms", "600000", false),
                ("min.cleanable.dirty.ratio", "0.1", false),
            ],
        });
    }
    all.extend(fleet.map(|fleet| kept(&fleet.changelog)));
    if let Some(divided) = fleet.and_then(|fleet| fleet.divided.as_ref()) {
        let each = i32::from(divided.division.of());
        for name in [&divided.inbox, &divided.told] {
            all.push(Wanted {
                name: name.clone(),
                partitions: each,
                exactly: true,
                settings: vec![("cleanup.policy", "delete", true)],
            });
        }
        all.push(Wanted {
            name: divided.leaders.clone(),
            partitions: 1,
            exactly: true,
            settings: vec![("cleanup.policy", "compact", true)],
        });
        all.push(kept(&divided.orders));
    }
    all
}

/// A topic of one order, of which nothing goes but what whoever leads lets go of.
fn kept(name: &str) -> Wanted {
    Wanted {
        name: name.to_owned(),
        partitions: 1,
        exactly: true,
        settings: vec![
            ("cleanup.policy", "delete", true),
            ("retention.ms", "-1", true),
            ("retention.bytes", "-1", true),
        ],
    }
}

/// What is not as it must be with the topics of a sink, if anything.
///
/// # Errors
/// The brokers do not answer.
pub(crate) async fn look(sink: &Sink, fleet: Option<&Fleet>) -> Result<Option<String>, String> {
    let wanted = wanted(sink, fleet, PARTITIONS);
    for (name, found) in cluster::look(&sink.cluster, &wanted, None).await? {
        match found {
            Found::Sound | Found::Made => {}
            Found::Absent => {
                return Ok(Some(format!(
                    "there is no topic `{name}`: `deft doctor -c FILE --create-topics` makes it"
                )));
            }
            Found::Other(what) => {
                return Ok(Some(format!("topic `{name}` is not as it must be: {what}")));
            }
        }
    }
    Ok(None)
}
