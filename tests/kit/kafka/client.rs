//! A client that is not the one under test, as far as one library allows: it reads all there is and
//! writes what it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::Duration;

use libtest_mimic::Failed;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::Kafka;
use crate::claim::Claimed;

const PATIENCE: Duration = Duration::from_secs(30);
/// Looks until another must lead, a tenth of a second apart.
const LOOKS_MAX: u32 = 600;

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// Its partition.
    pub partition: i32,
    /// Its place there.
    pub offset: i64,
    /// Its key.
    pub key: Option<String>,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// What it says.
    pub value: Option<String>,
}

/// A record to be written.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Which partition; `None`: as the key says.
    pub partition: Option<i32>,
    /// Its key.
    pub key: Option<String>,
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What it says.
    pub value: Option<Vec<u8>>,
}

impl Sent {
    /// A record with this key and value.
    pub fn new(key: &str, value: impl Into<Vec<u8>>) -> Self {
        Self {
            key: Some(key.to_owned()),
            value: Some(value.into()),
            ..Self::default()
        }
    }

    /// The same with a header.
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

fn told(error: KafkaError) -> Failed {
    error.to_string().into()
}

impl Kafka {
    /// Everything a topic holds now, partition by partition: what is committed, or all of it.
    pub fn read(&self, topic: &str, committed: bool) -> Result<Vec<Got>, Failed> {
        let level = if committed {
            "read_committed"
        } else {
            "read_uncommitted"
        };
        let consumer: BaseConsumer = self
            .config()
            .set("group.id", "outside")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", level)
            .create()
            .map_err(told)?;
        let metadata = consumer
            .fetch_metadata(Some(topic), PATIENCE)
            .map_err(told)?;
        let partitions = metadata
            .topics()
            .iter()
            .flat_map(|topic| topic.partitions());
        let mut open: BTreeSet<i32> = partitions.map(|partition| partition.id()).collect();
        let mut from = TopicPartitionList::new();
        for number in &open {
            from.add_partition_offset(topic, *number, Offset::Beginning)
                .map_err(told)?;
        }
        consumer.assign(&from).map_err(told)?;
        let mut got = Vec::new();
        while !open.is_empty() {
            match consumer.poll(PATIENCE) {
                None => return Err(format!("the end of `{topic}` does not come").into()),
                Some(Err(KafkaError::PartitionEOF(number))) => _ = open.remove(&number),
                Some(Err(error)) => return Err(told(error)),
                Some(Ok(message)) => {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    let headers = message.headers().map(|headers| {
                        let one = |h: Header<'_, &[u8]>| {
                            (h.key.to_owned(), text(h.value.unwrap_or_default()))
                        };
                        headers.iter().map(one).collect()
                    });
                    got.push(Got {
                        partition: message.partition(),
                        offset: message.offset(),
                        key: message.key().map(text),
                        headers: headers.unwrap_or_default(),
                        value: message.payload().map(text),
                    });
                }
            }
        }
        got.sort_by_key(|one| (one.partition, one.offset));
        Ok(got)
    }

    /// Writes records and waits until they are there.
    pub fn write(&self, topic: &str, all: &[Sent]) -> Claimed {
        let producer: BaseProducer = self
            .config()
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", "4000000")
            .set("linger.ms", "2")
            .create()
            .map_err(told)?;
        put(&producer, topic, all)?;
        producer.flush(PATIENCE).map_err(told)
    }

    /// Writes records in a transaction that stays open.
    pub fn begin_writing(
        &self,
        id: &str,
        topic: &str,
        all: &[Sent],
    ) -> Result<Transaction, Failed> {
        let producer: BaseProducer = self
            .config()
            .set("transactional.id", id)
            .set("partitioner", "murmur2_random")
            .create()
            .map_err(told)?;
        producer.init_transactions(PATIENCE).map_err(told)?;
        producer.begin_transaction().map_err(told)?;
        put(&producer, topic, all)?;
        producer.flush(PATIENCE).map_err(told)?;
        Ok(Transaction(producer))
    }

    /// Makes topics with so many partitions.
    pub fn make(&self, topics: &[&str], partitions: i32) -> Claimed {
        let admin: AdminClient<_> = self.config().create().map_err(told)?;
        let copies = || TopicReplication::Fixed(i32::from(self.copies));
        let new = topics
            .iter()
            .map(|name| NewTopic::new(name, partitions, copies()));
        let new: Vec<NewTopic<'_>> = new.collect();
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        for made in until(admin.create_topics(&new, &options)).map_err(told)? {
            made.map_err(|(topic, code)| format!("`{topic}`: {code}"))?;
        }
        Ok(())
    }

    /// Deletes a topic.
    pub fn unmake(&self, topic: &str) -> Claimed {
        let admin: AdminClient<_> = self.config().create().map_err(told)?;
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        for made in until(admin.delete_topics(&[topic], &options)).map_err(told)? {
            made.map_err(|(topic, code)| format!("`{topic}`: {code}"))?;
        }
        Ok(())
    }

    /// Where a partition begins and ends.
    pub fn ends(&self, topic: &str, partition: i32) -> Result<(i64, i64), Failed> {
        let consumer: BaseConsumer = self.config().create().map_err(told)?;
        consumer
            .fetch_watermarks(topic, partition, PATIENCE)
            .map_err(told)
    }

    /// What a group has committed of a partition; a negative number: nothing.
    pub fn committed(&self, group: &str, topic: &str, partition: i32) -> Result<i64, Failed> {
        let mut config = self.config();
        let consumer: BaseConsumer = config.set("group.id", group).create().map_err(told)?;
        let mut asked = TopicPartitionList::new();
        asked.add_partition(topic, partition);
        let said = consumer.committed_offsets(asked, PATIENCE).map_err(told)?;
        let said = said
            .find_partition(topic, partition)
            .map(|one| one.offset());
        Ok(match said {
            Some(Offset::Offset(next)) => next,
            _ => -1,
        })
    }

    /// The members of a group by the names of their clients, where it has settled who has what.
    pub fn members(&self, group: &str) -> Result<Vec<String>, Failed> {
        let consumer: BaseConsumer = self.config().create().map_err(told)?;
        let groups = consumer
            .fetch_group_list(Some(group), PATIENCE)
            .map_err(told)?;
        let settled = groups.groups().iter().filter(|one| one.state() == "Stable");
        let members = settled.flat_map(|one| one.members());
        Ok(members.map(|one| one.client_id().to_owned()).collect())
    }

    /// Says for a group that has no member how far it is.
    pub fn commit(&self, group: &str, topic: &str, partition: i32, next: i64) -> Claimed {
        let mut config = self.config();
        let consumer: BaseConsumer = config.set("group.id", group).create().map_err(told)?;
        let mut said = TopicPartitionList::new();
        said.add_partition_offset(topic, partition, Offset::Offset(next))
            .map_err(told)?;
        consumer.commit(&said, CommitMode::Sync).map_err(told)
    }

    /// Who leads a partition; `None`: nobody now.
    pub fn leader(&self, topic: &str, partition: i32) -> Result<Option<i32>, Failed> {
        let consumer: BaseConsumer = self.config().create().map_err(told)?;
        let metadata = consumer
            .fetch_metadata(Some(topic), PATIENCE)
            .map_err(told)?;
        let mut partitions = metadata
            .topics()
            .iter()
            .flat_map(|topic| topic.partitions());
        let found = partitions.find(|one| one.id() == partition);
        Ok(found.map(|one| one.leader()).filter(|leader| *leader > 0))
    }

    /// Waits until another leads a partition.
    pub(super) fn led(&self, topic: &str, partition: i32, former: i32) -> Claimed {
        for _ in 0..LOOKS_MAX {
            if self
                .leader(topic, partition)?
                .is_some_and(|leader| leader != former)
            {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(format!("nobody leads `{topic}` in the place of {former}").into())
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.brokers());
        config
    }
}

/// Hands records to a producer.
fn put(producer: &BaseProducer, topic: &str, all: &[Sent]) -> Claimed {
    for one in all {
        let mut headers = OwnedHeaders::new();
        for (key, value) in &one.headers {
            let value = Some(value.as_slice());
            headers = headers.insert(Header { key, value });
        }
        loop {
            let mut record: BaseRecord<'_, [u8], [u8]> =
                BaseRecord::to(topic).headers(headers.clone());
            record.partition = one.partition;
            record.key = one.key.as_deref().map(str::as_bytes);
            record.payload = one.value.as_deref();
            match producer.send(record) {
                Ok(()) => break,
                Err((error, _)) if error.to_string().contains("Queue full") => {
                    producer.poll(Duration::from_millis(5));
                }
                Err((error, _)) => return Err(told(error)),
            }
        }
    }
    Ok(())
}

/// A transaction of somebody else's that is open.
pub struct Transaction(BaseProducer);

impl Transaction {
    /// What was written in it may be read.
    pub fn commit(self) -> Claimed {
        self.0.commit_transaction(PATIENCE).map_err(told)
    }

    /// What was written in it was never there.
    pub fn abort(self) -> Claimed {
        self.0.abort_transaction(PATIENCE).map_err(told)
    }
}

/// Wakes the thread that waits.
struct Waiting(Thread);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What comes of a question that is answered by another thread.
fn until<F: Future>(asked: F) -> F::Output {
    let waker = Arc::new(Waiting(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut asked = pin!(asked);
    loop {
        match asked.as_mut().poll(&mut context) {
            Poll::Ready(said) => return said,
            Poll::Pending => thread::park(),
        }
    }
}
