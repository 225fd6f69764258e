//! A member of a group that reads topics. Where it reads on is known by whoever has its records, and is
//! said before the first of them: what the group has committed is for others to look at.

mod join;

use super::places::{Partition, Places};
use super::record::Pulled;
use super::settings::Settings;
use super::watch::{Trouble, Watch};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use regex::Regex;
use std::time::Duration;

/// How long a question to the brokers may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Looks at what a client has to tell when no broker answers.
const LOOKS_MAX: u32 = 64;
/// Partitions of one source at most: each is a place in every head of a segment.
pub const PARTITIONS_MAX: usize = 4_096;

/// Which topics are read.
#[derive(Clone, Debug)]
pub enum Topics {
    /// These.
    Named(Vec<String>),
    /// Those that have a name like this.
    Like(Regex),
}

/// Where a partition begins of which nothing is known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Where the group is, or at its first record.
    Committed,
    /// At its first record.
    Earliest,
    /// Behind its last record.
    Latest,
    /// At the first record written at this time or later, ms.
    At(i64),
}

/// Why nothing can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// For now: it is tried again.
    Later(String),
    /// This member is one no more: another that begins behind what was handed over may be.
    Fenced(String),
    /// Until somebody mends it.
    Mend(String),
}

/// How far a member is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Records not taken yet, as far as is known.
    pub records: u64,
    /// Those of them that cannot be read yet: a transaction is open before them.
    pub unstable: u64,
    /// Partitions it has.
    pub partitions: usize,
    /// Assignments that changed so far.
    pub rebalances: u64,
}

/// A topic, and partitions of it.
type Topic = (String, Vec<i32>);

/// A member of a group.
pub struct Source {
    consumer: BaseConsumer<Watch>,
    /// Topics it has joined for, and which partitions of them it reads.
    joined: Vec<Topic>,
}

impl Source {
    /// A member that has not joined yet.
    ///
    /// # Errors
    /// The client takes its settings for wrong.
    pub fn open(settings: &Settings) -> Result<Self, String> {
        let consumer = settings.consumer(Watch::new);
        Ok(Self {
            consumer: consumer.map_err(|error| error.to_string())?,
            joined: Vec::new(),
        })
    }

    /// Why no broker answers, before the first of them did: with topics there may be records to lose here.
    fn reason(&self) -> Option<String> {
        if !self.joined.is_empty() {
            return None;
        }
        for _ in 0..LOOKS_MAX {
            // Errors are taken note of where they are told; what else has come is nothing to wait for.
            let _ = self.consumer.poll(Duration::ZERO);
        }
        let troubles = std::mem::take(&mut self.consumer.context().known().troubles);
        let is_reason = |one: &Trouble| one.code != Some(RDKafkaErrorCode::AllBrokersDown);
        let last = troubles.into_iter().rfind(is_reason);
        last.map(|one| one.what)
    }

    /// What is known of partitions from an earlier life.
    pub fn know(&self, partition: Partition, next: i64) {
        self.consumer.context().known().places.put(partition, next);
    }

    /// The next record, if one comes in this time. A record before the place its partition is at was
    /// taken already and is passed over.
    ///
    /// # Errors
    /// Nothing can be read on.
    pub fn next(&self, patience: Duration) -> Result<Option<Pulled>, Stop> {
        // Before anything is fetched: a record that is here already would be lost with the error.
        let troubles = std::mem::take(&mut self.consumer.context().known().troubles);
        for trouble in troubles {
            self.judge(trouble.code, trouble.what)?;
        }
        let pulled = match self.consumer.poll(patience) {
            None => return Ok(None),
            Some(Ok(message)) => pulled(&message),
            Some(Err(error)) => {
                // The same was told with its reason a moment ago.
                let code = error.rdkafka_error_code();
                let told = self.consumer.context().told(code);
                self.judge(code, told.unwrap_or_else(|| error.to_string()))?;
                return Ok(None);
            }
        };
        let partition = Partition::new(&pulled.topic, pulled.partition);
        let mut known = self.consumer.context().known();
        if known
            .places
            .get(&partition)
            .is_some_and(|next| pulled.offset < next)
        {
            return Ok(None);
        }
        known.places.put(partition, pulled.offset.saturating_add(1));
        Ok(Some(pulled))
    }

    /// What an error means for who reads.
    fn judge(&self, code: Option<RDKafkaErrorCode>, what: String) -> Result<(), Stop> {
        use RDKafkaErrorCode as Code;
        match code {
            Some(Code::AutoOffsetReset | Code::OffsetOutOfRange) => {
                Err(Stop::Mend(self.gone(&what)))
            }
            Some(Code::FencedInstanceId) => Err(Stop::Fenced(
                "another node has joined the group under the same `[node] name`".to_owned(),
            )),
            // Which one it was is told apart.
            Some(Code::Fatal) => match self.consumer.client().fatal_error() {
                Some((code, what)) if code != Code::Fatal => self.judge(Some(code), what),
                _ => Err(Stop::Mend(what)),
            },
            Some(
                Code::Authentication
                | Code::SSL
                | Code::TopicAuthorizationFailed
                | Code::GroupAuthorizationFailed,
            ) => Err(Stop::Later(what)),
            // The client finds its way back by itself.
            _ => Ok(()),
        }
    }

    /// Which places are not there any more.
    fn gone(&self, what: &str) -> String {
        let places: Vec<(Partition, i64)> = {
            let known = self.consumer.context().known();
            let assigned = known.assigned.keys();
            let place = |p: &Partition| Some((p.clone(), known.places.get(p)?));
            assigned.filter_map(place).collect()
        };
        for (partition, next) in places {
            let Partition { topic, number } = &partition;
            if let Ok((low, high)) = self.consumer.fetch_watermarks(topic, *number, PATIENCE)
                && !(low..=high).contains(&next)
            {
                return format!(
                    "{partition} is read up to {next} and holds {low} to {high}: records were deleted before they \
                     were read, or the topic was made anew. Restore it, or read it under another `[[source]] name`"
                );
            }
        }
        what.to_owned()
    }

    /// Stops fetching, or goes on. It stays a member.
    ///
    /// # Errors
    /// What the client says.
    pub fn pause(&self, paused: bool) -> Result<(), String> {
        let assigned = self
            .consumer
            .assignment()
            .map_err(|error| error.to_string())?;
        let done = if paused {
            self.consumer.pause(&assigned)
        } else {
            self.consumer.resume(&assigned)
        };
        done.map_err(|error| error.to_string())
    }

    /// Tells the group how far records are durable. It is for whoever looks at lag; nobody waits for it.
    pub fn tell(&self, places: &Places, wait: bool) {
        let mut told = TopicPartitionList::new();
        {
            let known = self.consumer.context().known();
            for (Partition { topic, number }, next) in places.all() {
                let partition = Partition::new(topic, *number);
                if known.assigned.contains_key(&partition) {
                    // A list has no bound that a partition could pass.
                    let _ = told.add_partition_offset(topic, *number, Offset::Offset(next));
                }
            }
        }
        if told.count() > 0 {
            let mode = if wait {
                CommitMode::Sync
            } else {
                CommitMode::Async
            };
            // The next one tells it again.
            let _ = self.consumer.commit(&told, mode);
        }
    }

    /// How far it is behind.
    #[must_use]
    pub fn lag(&self) -> Lag {
        let known = self.consumer.context().known();
        let behind = known.assigned.iter().filter_map(|(partition, end)| {
            let next = known.places.get(partition).unwrap_or(0);
            u64::try_from((*end)?.last.saturating_sub(next)).ok()
        });
        let ends = known.assigned.values().flatten();
        let unstable = ends.filter_map(|end| u64::try_from(end.last - end.stable).ok());
        Lag {
            records: behind.sum(),
            unstable: unstable.sum(),
            partitions: known.assigned.len(),
            rebalances: known.rebalances,
        }
    }
}

fn pulled(message: &BorrowedMessage<'_>) -> Pulled {
    let headers = message.headers().map(|headers| {
        let all = headers.iter();
        all.map(|one| (one.key.to_owned(), one.value.unwrap_or_default().to_vec()))
            .collect()
    });
    Pulled {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        at: message.timestamp().to_millis().unwrap_or(0),
        key: message.key().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
        value: message.payload().map(<[u8]>::to_vec),
    }
}

#[cfg(test)]
mod tests;
