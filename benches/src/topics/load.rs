//! Records that are due at their time, whether those before have come out or not, and how long each took until
//! a client read it where it comes out (Tene, "How NOT to measure latency": no coordinated omission).

use super::events::{SPOKEN, nth, number};
use super::{consumer, producer, said};
use crate::clock;
use crate::live::spread::{Spread, micros};
use rdkafka::Offset;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use std::time::{Duration, Instant};

/// One call to the broker takes no longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// What has not come out so long behind the last record was written is lost.
const LAST: Duration = Duration::from_secs(30);
/// Readers are there before the first record is due.
const LEAD: Duration = Duration::from_millis(500);

/// A load between two topics.
#[derive(Clone, Debug)]
pub struct Load {
    /// Whom it asks.
    pub brokers: String,
    /// Where it writes.
    pub from: String,
    /// Where it reads what came of it.
    pub to: String,
    /// What its ids begin with: no two loads may have the same.
    pub name: String,
    /// Customers, each as likely.
    pub customers: u64,
    /// Records.
    pub count: u64,
}

impl Load {
    /// Writes all at `rate` a second and waits for what comes of them. Those of the first tenth are not counted.
    ///
    /// # Errors
    /// The broker does not do what it is asked, or a record has not come out: said as text.
    pub fn run(&self, rate: u64) -> Result<Spread, String> {
        let reader = self.reader()?;
        self.wake(&reader)?;
        let began = clock::moment() + LEAD;
        let due = |n: u64| began + Duration::from_nanos(n * 1_000_000_000 / rate.max(1));
        std::thread::scope(|scope| {
            let written = scope.spawn(|| self.write(Some(&due)));
            let took = self.read(&reader, &due);
            let written = written.join().map_err(|_| "the writer broke down")?;
            written.and(took)
        })
    }

    /// Writes all as fast as it goes.
    ///
    /// # Errors
    /// As [`Load::run`].
    pub fn fill(&self) -> Result<(), String> {
        self.write(None)
    }

    fn write(&self, due: Option<&dyn Fn(u64) -> Instant>) -> Result<(), String> {
        let mut config = producer(&self.brokers);
        let producer: BaseProducer = config
            .set("queue.buffering.max.messages", "1000000")
            .create()
            .map_err(said)?;
        for n in 0..self.count {
            if let Some(due) = due {
                let left = due(n).saturating_duration_since(clock::moment());
                if !left.is_zero() {
                    producer.poll(left);
                    // It comes back as soon as something was acknowledged.
                    std::thread::sleep(due(n).saturating_duration_since(clock::moment()));
                }
            }
            let drawn = nth(&self.name, n, self.customers, clock::wall_ms());
            loop {
                let record = BaseRecord::to(&self.from)
                    .key(&drawn.key)
                    .payload(&drawn.value);
                match producer.send(record) {
                    Ok(()) => break,
                    Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                        producer.poll(Duration::from_millis(5));
                    }
                    Err((error, _)) => return Err(said(error)),
                }
            }
            producer.poll(Duration::ZERO);
        }
        producer.flush(PATIENCE).map_err(said)
    }

    /// One record, until it has come out: whoever is in between is there.
    fn wake(&self, reader: &BaseConsumer) -> Result<(), String> {
        let name = format!("{}-awake", self.name);
        let first = Self {
            name: name.clone(),
            count: 1,
            ..self.clone()
        };
        first.fill()?;
        let began = clock::moment();
        while began.elapsed() < PATIENCE {
            if let Some(message) = reader.poll(Duration::from_millis(100))
                && number(&name, message.map_err(said)?.payload().unwrap_or_default()).is_some()
            {
                return Ok(());
            }
        }
        Err(format!("nothing comes out of `{}`", self.to))
    }

    /// A client that stands at the end of where things come out.
    fn reader(&self) -> Result<BaseConsumer, String> {
        let consumer: BaseConsumer = consumer(&self.brokers, "bench-reader")
            .create()
            .map_err(said)?;
        let metadata = consumer
            .fetch_metadata(Some(&self.to), PATIENCE)
            .map_err(said)?;
        let mut from = TopicPartitionList::new();
        for partition in metadata
            .topics()
            .iter()
            .flat_map(|topic| topic.partitions())
        {
            let id = partition.id();
            let (_, end) = consumer
                .fetch_watermarks(&self.to, id, PATIENCE)
                .map_err(said)?;
            from.add_partition_offset(&self.to, id, Offset::Offset(end))
                .map_err(said)?;
        }
        consumer.assign(&from).map_err(said)?;
        Ok(consumer)
    }

    fn read(&self, reader: &BaseConsumer, due: &dyn Fn(u64) -> Instant) -> Result<Spread, String> {
        let wanted = self.count.div_ceil(SPOKEN);
        let last = due(self.count) + LAST;
        let mut seen = vec![false; usize::try_from(wanted).unwrap_or(0)];
        let (mut took, mut out) = (Vec::new(), 0);
        while out < wanted {
            if clock::moment() > last {
                return Err(format!("{out} of {wanted} came out"));
            }
            let Some(message) = reader.poll(Duration::from_millis(100)) else {
                continue;
            };
            let message = message.map_err(said)?;
            let Some(n) = number(&self.name, message.payload().unwrap_or_default()) else {
                continue;
            };
            let place = usize::try_from(n / SPOKEN).unwrap_or(usize::MAX);
            let seen = seen
                .get_mut(place)
                .ok_or("a number that was never written")?;
            if std::mem::replace(seen, true) {
                return Err(format!("{n} came out twice"));
            }
            out += 1;
            if n * 10 >= self.count {
                took.push(micros(clock::moment().saturating_duration_since(due(n))));
            }
        }
        Ok(Spread::of(took))
    }
}
