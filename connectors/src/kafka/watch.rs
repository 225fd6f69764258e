//! What the client tells on its own: assignments, and how far each partition goes. Nothing is waited
//! for here and nothing is sent: the answers are known beforehand.

use super::bearer::Bearer;
use super::places::{Partition, Places};
use super::trouble::plain;
use rdkafka::ClientContext;
use rdkafka::Statistics;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known of a member of a group.
#[derive(Debug)]
pub(super) struct Watch {
    known: Mutex<Known>,
    bearer: Bearer,
}

/// What a member knows.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Where each partition is read on when it is assigned; one that is not here from its beginning.
    pub(super) places: Places,
    /// Assigned partitions, and where each ends as far as is known.
    pub(super) assigned: BTreeMap<Partition, Option<End>>,
    /// Assignments that changed.
    pub(super) rebalances: u64,
    /// What went wrong and is not yet told.
    pub(super) troubles: Vec<Trouble>,
}

/// Where a partition ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// Behind its last record.
    pub(super) last: i64,
    /// Before the first record of a transaction that is open.
    pub(super) stable: i64,
}

/// Something that went wrong beside the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// What it is.
    pub(super) code: Option<RDKafkaErrorCode>,
    /// What was said.
    pub(super) what: String,
}

/// Troubles that are kept until somebody asks.
const TROUBLES_MAX: usize = 16;

impl Watch {
    pub(super) fn new(bearer: Bearer) -> Self {
        Self {
            known: Mutex::default(),
            bearer,
        }
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, code: Option<RDKafkaErrorCode>, what: String) {
        let mut known = self.known();
        if known.troubles.len() < TROUBLES_MAX {
            known.troubles.push(Trouble { code, what });
        }
    }

    /// The reason of an error that is being told; it is told once.
    pub(super) fn told(&self, code: Option<RDKafkaErrorCode>) -> Option<String> {
        let mut known = self.known();
        let at = known.troubles.iter().position(|one| one.code == code)?;
        Some(known.troubles.remove(at).what)
    }

    fn assign(&self, consumer: &BaseConsumer<Self>, given: &TopicPartitionList) {
        let mut from = TopicPartitionList::new();
        {
            let mut known = self.known();
            known.rebalances += 1;
            for one in given.elements() {
                let partition = Partition::new(one.topic(), one.partition());
                let place = known.places.get(&partition);
                let place = place.map_or(Offset::Beginning, Offset::Offset);
                known.assigned.insert(partition, None);
                if let Err(error) = from.add_partition_offset(one.topic(), one.partition(), place) {
                    drop(known);
                    return self.trouble(error.rdkafka_error_code(), error.to_string());
                }
            }
        }
        if let Err(error) = consumer.incremental_assign(&from) {
            self.trouble(error.rdkafka_error_code(), error.to_string());
        }
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>, taken: &TopicPartitionList) {
        {
            let mut known = self.known();
            known.rebalances += 1;
            for one in taken.elements() {
                let partition = Partition::new(one.topic(), one.partition());
                known.assigned.remove(&partition);
            }
        }
        if let Err(error) = consumer.incremental_unassign(taken) {
            self.trouble(error.rdkafka_error_code(), error.to_string());
        }
    }
}

impl ClientContext for Watch {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.bearer.token()
    }

    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, error: KafkaError, reason: &str) {
        self.trouble(error.rdkafka_error_code(), plain(reason));
    }

    fn stats(&self, statistics: Statistics) {
        let mut known = self.known();
        for (topic, of) in &statistics.topics {
            for (number, of) in &of.partitions {
                let partition = Partition::new(topic, *number);
                // What is behind an open transaction cannot be read yet, and is waited for all the same.
                if let Some(end) = known.assigned.get_mut(&partition)
                    && of.hi_offset >= 0
                {
                    let stable = if of.ls_offset < 0 {
                        of.hi_offset
                    } else {
                        of.ls_offset
                    };
                    *end = Some(End {
                        last: of.hi_offset,
                        stable,
                    });
                }
            }
        }
    }
}

impl ConsumerContext for Watch {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        err: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        match err {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                self.assign(consumer, partitions);
            }
            _ => self.revoke(consumer, partitions),
        }
    }
}
