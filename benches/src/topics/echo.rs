//! The floor: a client that reads records and writes those that somebody waits for, with the librdkafka and the
//! settings of the product.

use super::{consumer, producer, said};
use crate::clock;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use std::time::{Duration, Instant};

/// One call to the broker takes no longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// So long nobody waits for a record.
const LOOK: Duration = Duration::from_millis(2);

/// From where to where, and how.
#[derive(Clone, Debug)]
pub struct Echo {
    /// Whom it asks.
    pub brokers: String,
    /// What it reads.
    pub from: String,
    /// Where it writes.
    pub to: String,
    /// In transactions that begin so far apart; else each record by itself.
    pub every: Option<Duration>,
    /// Records are written again that hold this; empty: none is, and they are only read.
    pub holding: String,
}

/// A transaction that is open.
struct Open {
    since: Instant,
    wrote: bool,
}

impl Echo {
    /// Reads and writes until `is_over` says so, from the beginning of the topic. Gives how many it read.
    ///
    /// # Errors
    /// The broker does not do what it is asked: said as text.
    pub fn run(&self, mut is_over: impl FnMut(u64) -> bool) -> Result<u64, String> {
        let reader = format!("echo-{}", self.from);
        let consumer: BaseConsumer = consumer(&self.brokers, &reader)
            .set("auto.offset.reset", "earliest")
            .create()
            .map_err(said)?;
        consumer.subscribe(&[&self.from]).map_err(said)?;
        let mut config = producer(&self.brokers);
        if self.every.is_some() {
            config.set("transactional.id", &reader);
        }
        let producer: BaseProducer = config.create().map_err(said)?;
        if self.every.is_some() {
            producer.init_transactions(PATIENCE).map_err(said)?;
        }
        let (mut read, mut open) = (0, None);
        while !is_over(read) {
            match consumer.poll(LOOK) {
                None => {}
                Some(Err(error)) => return Err(said(error)),
                Some(Ok(message)) => {
                    read += 1;
                    let value = message.payload().unwrap_or_default();
                    if self.is_wanted(value) {
                        self.write(&producer, &mut open, message.key(), value)?;
                    }
                }
            }
            producer.poll(Duration::ZERO);
            self.close(&consumer, &producer, &mut open)?;
        }
        producer.flush(PATIENCE).map_err(said)?;
        Ok(read)
    }

    fn is_wanted(&self, value: &[u8]) -> bool {
        let holding = self.holding.as_bytes();
        !holding.is_empty() && value.windows(holding.len()).any(|window| window == holding)
    }

    fn write(
        &self,
        producer: &BaseProducer,
        open: &mut Option<Open>,
        key: Option<&[u8]>,
        value: &[u8],
    ) -> Result<(), String> {
        if self.every.is_some() && open.is_none() {
            producer.begin_transaction().map_err(said)?;
            let since = clock::moment();
            *open = Some(Open { since, wrote: true });
        }
        let record = BaseRecord::to(&self.to).payload(value);
        let record = match key {
            Some(key) => record.key(key),
            None => record,
        };
        producer.send(record).map_err(|(error, _)| said(error))
    }

    /// Commits the transaction whose time has come, with how far was read.
    fn close(
        &self,
        consumer: &BaseConsumer,
        producer: &BaseProducer,
        open: &mut Option<Open>,
    ) -> Result<(), String> {
        let Some(every) = self.every else {
            return Ok(());
        };
        let is_due = |open: &mut Open| open.wrote && open.since.elapsed() >= every;
        if open.take_if(is_due).is_none() {
            return Ok(());
        }
        // A commit with records on their way would wait for a tenth of a second.
        while producer.in_flight_count() > 0 {
            producer.poll(Duration::from_micros(100));
        }
        let places = consumer.position().map_err(said)?;
        let group = consumer.group_metadata().ok_or("no member of a group")?;
        producer
            .send_offsets_to_transaction(&places, &group, PATIENCE)
            .map_err(said)?;
        producer.commit_transaction(PATIENCE).map_err(said)
    }
}
