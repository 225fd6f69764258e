//! A candidate: one of those who may lead. Who has the one partition of the seat's topic leads; the group's
//! coordinator gives it to another when this one goes or falls silent. Nothing of the topic is read.

use super::bearer::Bearer;
use super::settings::Settings;
use super::trouble::plain;
use rdkafka::ClientContext;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What the group says.
#[derive(Debug)]
struct Seat {
    bearer: Bearer,
    leads: AtomicBool,
    /// The group has said what is this one's, be it nothing.
    joined: AtomicBool,
    trouble: Mutex<Option<String>>,
}

impl Seat {
    fn new(bearer: Bearer) -> Self {
        Self {
            bearer,
            leads: AtomicBool::default(),
            joined: AtomicBool::default(),
            trouble: Mutex::default(),
        }
    }

    fn trouble(&self, what: String) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
    }

    fn take(&self, consumer: &BaseConsumer<Self>, given: &TopicPartitionList) {
        let mut behind = TopicPartitionList::new();
        for one in given.elements() {
            if let Err(error) =
                behind.add_partition_offset(one.topic(), one.partition(), Offset::End)
            {
                return self.trouble(error.to_string());
            }
        }
        let taken = consumer
            .incremental_assign(&behind)
            .and_then(|()| consumer.pause(&behind));
        if let Err(error) = taken {
            return self.trouble(error.to_string());
        }
        self.joined.store(true, Ordering::Release);
        if given.count() > 0 {
            self.leads.store(true, Ordering::Release);
        }
    }

    fn leave(&self, consumer: &BaseConsumer<Self>, taken: &TopicPartitionList) {
        if taken.count() > 0 {
            self.leads.store(false, Ordering::Release);
        }
        if let Err(error) = consumer.incremental_unassign(taken) {
            self.trouble(error.to_string());
        }
    }
}

impl ClientContext for Seat {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.bearer.token()
    }

    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, reason: &str) {
        self.trouble(plain(reason));
    }
}

impl ConsumerContext for Seat {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        err: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        match err {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                self.take(consumer, partitions);
            }
            _ => self.leave(consumer, partitions),
        }
    }
}

/// One of those who may lead.
pub struct Candidate {
    consumer: BaseConsumer<Seat>,
    /// Its group, and the name of its client.
    group: String,
    client: String,
}

impl Candidate {
    /// Joins those who may lead: who has this topic's partition does.
    ///
    /// # Errors
    /// The client takes its settings for wrong.
    pub fn join(settings: &Settings, topic: &str) -> Result<Self, String> {
        let told = |error: KafkaError| error.to_string();
        let consumer = settings.consumer(Seat::new).map_err(told)?;
        consumer.subscribe(&[topic]).map_err(told)?;
        let said = |key: &str| {
            let found = settings.all().find(|(name, _)| *name == key);
            found.map(|(_, value)| value.to_owned()).unwrap_or_default()
        };
        Ok(Self {
            consumer,
            group: said("group.id"),
            client: said("client.id"),
        })
    }

    /// Hears what the group says, for so long; whether this one leads. To be asked again and again: who
    /// does not ask for minutes is put out.
    pub fn leads(&self, patience: Duration) -> bool {
        // The seat's topic is paused: what is polled for is the group's word alone.
        let _ = self.consumer.poll(patience);
        self.consumer.context().leads.load(Ordering::Acquire)
    }

    /// Whether the group has taken it in: from then on the lead can be its own.
    #[must_use]
    pub fn has_joined(&self) -> bool {
        self.consumer.context().joined.load(Ordering::Acquire)
    }

    /// The others of the group by the names of their clients, as its coordinator knows them; those that are away
    /// are among them until their session ends.
    ///
    /// # Errors
    /// The brokers do not answer in this time.
    pub fn others(&self, patience: Duration) -> Result<Vec<String>, String> {
        let own = &self.client;
        let groups = self.consumer.fetch_group_list(Some(&self.group), patience);
        let groups = groups.map_err(|error| error.to_string())?;
        let members = groups.groups().iter().flat_map(|group| group.members());
        let names = members.map(|member| member.client_id().to_owned());
        Ok(names.filter(|name| name != own).collect())
    }

    /// What went wrong since somebody asked.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let context = self.consumer.context();
        let mut trouble = context
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        trouble.take()
    }
}
