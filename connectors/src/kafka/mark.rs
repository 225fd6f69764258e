//! The mark of what is out: the number of the last batch of a node's log whose actions are on their
//! topics. It is written in the same transaction as they are, on a topic of its own that keeps the last
//! word of each node.

use super::bearer::Quiet;
use super::places::Partition;
use super::producer::Out;
use super::settings::{Cluster, Settings};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Marks lie on one partition.
const PARTITION: i32 = 0;
/// How long a question to the brokers may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks whether an open transaction of another node has ended.
const REST: Duration = Duration::from_millis(50);

/// Looks in vain until the end of a topic is given up.
const LOOKS_MIN: u32 = 100;

/// What is out of a node's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The store whose numbers these are.
    pub store: String,
    /// All up to this number is out.
    pub seq: u64,
    /// The term of whoever put it out, where several may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<u64>,
}

impl Mark {
    /// The record that says so.
    #[must_use]
    pub fn out(&self, topic: &str, node: &str) -> Out {
        Out {
            topic: topic.to_owned(),
            partition: Some(PARTITION),
            key: Some(node.as_bytes().to_vec()),
            value: serde_json::to_vec(self).ok(),
            ..Out::default()
        }
    }
}

/// The last mark of a node. Who asks has fenced its predecessor, so what that one left open is settled;
/// what other nodes have open is waited for, `looks` times: a mark may lie behind it. With none it is the
/// last one that can be read now.
///
/// # Errors
/// The brokers do not answer, or the end of the topic is not reached.
pub fn last(
    cluster: &Cluster,
    topic: &str,
    node: &str,
    looks: u32,
) -> Result<Option<Mark>, String> {
    let told = |error: KafkaError| format!("the marks of `{topic}` cannot be read: {error}");
    let client = format!("deft-{node}-marks");
    let open = |committed| -> Result<BaseConsumer<Quiet>, String> {
        let settings = Settings::reader(cluster, &client, committed);
        settings.consumer(Quiet::new).map_err(told)
    };
    let (all, committed) = (open(false)?, open(true)?);
    // Asked for committed records alone, the brokers would name the end of those.
    let (low, end) = all
        .fetch_watermarks(topic, PARTITION, PATIENCE)
        .map_err(told)?;
    let mut stable = None;
    for _ in 0..looks {
        let (_, readable) = committed
            .fetch_watermarks(topic, PARTITION, PATIENCE)
            .map_err(told)?;
        if readable >= end {
            stable = Some(readable);
            break;
        }
        std::thread::sleep(REST);
    }
    if stable.is_none() && looks > 0 {
        return Err(format!(
            "`{topic}` is readable up to a transaction that does not end, and {end} is its end: \
             `kafka-transactions.sh find-hanging` names it"
        ));
    }
    if low >= end {
        return Ok(None);
    }
    let mut from = TopicPartitionList::new();
    let partition = Partition::new(topic, PARTITION);
    from.add_partition_offset(&partition.topic, PARTITION, Offset::Beginning)
        .map_err(told)?;
    committed.assign(&from).map_err(told)?;
    let looks = looks.max(LOOKS_MIN);
    let (mut last, mut wrong) = (None, None);
    let mut silent = 0;
    while silent < looks {
        match committed.poll(REST) {
            None => silent += 1,
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(last),
            Some(Err(error)) => {
                silent += 1;
                wrong = Some(error);
            }
            Some(Ok(message)) => {
                silent = 0;
                if message.key() != Some(node.as_bytes()) {
                    continue;
                }
                let value = message.payload().unwrap_or_default();
                let mark = serde_json::from_slice(value);
                let at = message.offset();
                last = Some(mark.map_err(|error| {
                    format!("the mark of `{node}` at {at} of `{topic}`: {error}")
                })?);
            }
        }
    }
    Err(wrong.map_or_else(|| format!("the end of `{topic}` was not reached"), told))
}
