//! Joining: which partitions are read, and where each begins of which nothing is known.

use super::{PARTITIONS_MAX, PATIENCE, Source, Start, Stop, Topic, Topics};
use crate::kafka::places::{Partition, Places};
use crate::kafka::share::Share;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

impl Source {
    /// Joins, or joins for other topics when there are others now. Partitions of which nothing is known
    /// begin where `start` says, and that is told: it is known from then on. What comes later, in this life
    /// or between two, begins at its first record, or where the group is.
    ///
    /// # Errors
    /// The brokers cannot be asked, or a topic is absent.
    pub fn join(
        &mut self,
        topics: &Topics,
        except: &[String],
        start: Start,
        share: Share,
    ) -> Result<Places, Stop> {
        let later = |error: KafkaError| Stop::Later(format!("the brokers do not answer: {error}"));
        let metadata = self.consumer.fetch_metadata(None, PATIENCE);
        let metadata = metadata.map_err(|error| match self.reason() {
            Some(reason) => Stop::Later(format!("the brokers do not answer: {reason}")),
            None => later(error),
        })?;
        let found = found(&metadata, topics, except, share)?;
        let count: usize = found.iter().map(|(_, partitions)| partitions.len()).sum();
        if count > PARTITIONS_MAX {
            return Err(Stop::Mend(format!(
                "the topics have {count} partitions, and a source reads {PARTITIONS_MAX} at most"
            )));
        }
        // What a group gives out, it gives out anew by itself when there are more partitions.
        let is_known = |(one, known): (&Topic, &Topic)| {
            one.0 == known.0 && (!share.is_fixed() || one.1 == known.1)
        };
        let same = found.len() == self.joined.len();
        if found.is_empty() || (same && found.iter().zip(&self.joined).all(is_known)) {
            return Ok(Places::default());
        }
        // Who has read before reads from its beginning what was not there then.
        let is_first = self.consumer.context().known().places.is_empty();
        let start = match start {
            Start::Latest | Start::At(_) if !is_first => Start::Earliest,
            start => start,
        };
        let all = found.iter().flat_map(|(name, partitions)| {
            partitions
                .iter()
                .map(|number| Partition::new(name, *number))
        });
        let news = self.begin(all.collect(), start).map_err(later)?;
        let joined = if share.is_fixed() {
            self.take(&found)
        } else {
            let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
            self.consumer.subscribe(&names)
        };
        joined.map_err(|error| Stop::Later(error.to_string()))?;
        self.joined = found;
        Ok(news)
    }

    /// Reads these partitions, each from its place on, and no others.
    fn take(&self, found: &[Topic]) -> Result<(), KafkaError> {
        let mut from = TopicPartitionList::new();
        let mut known = self.consumer.context().known();
        known.assigned.clear();
        for (topic, numbers) in found {
            for number in numbers {
                let partition = Partition::new(topic, *number);
                let place = known.places.get(&partition);
                let place = place.map_or(Offset::Beginning, Offset::Offset);
                from.add_partition_offset(topic, *number, place)?;
                known.assigned.insert(partition, None);
            }
        }
        drop(known);
        self.consumer.assign(&from)
    }

    /// Where partitions begin of which nothing is known.
    fn begin(&self, all: Vec<Partition>, start: Start) -> Result<Places, KafkaError> {
        let unknown: Vec<Partition> = {
            let known = self.consumer.context().known();
            let is_new = |partition: &Partition| known.places.get(partition).is_none();
            all.into_iter().filter(is_new).collect()
        };
        let mut asked = TopicPartitionList::new();
        for Partition { topic, number } in &unknown {
            let offset = if let Start::At(at) = start {
                Offset::Offset(at)
            } else {
                Offset::Invalid
            };
            asked.add_partition_offset(topic, *number, offset)?;
        }
        let said = match start {
            Start::Committed if !unknown.is_empty() => {
                Some(self.consumer.committed_offsets(asked, PATIENCE)?)
            }
            Start::At(_) if !unknown.is_empty() => {
                Some(self.consumer.offsets_for_times(asked, PATIENCE)?)
            }
            _ => None,
        };
        let mut news = Places::default();
        for partition in unknown {
            let Partition { topic, number } = &partition;
            let said = said
                .as_ref()
                .and_then(|said| said.find_partition(topic, *number));
            let next = match (said.map(|said| said.offset()), start) {
                (Some(Offset::Offset(next)), _) => next,
                (said, _) => {
                    let (low, high) = self.consumer.fetch_watermarks(topic, *number, PATIENCE)?;
                    let behind = start == Start::Latest
                        || matches!((said, start), (Some(Offset::End), Start::At(_)));
                    if behind { high } else { low }
                }
            };
            news.put(partition, next);
        }
        let mut known = self.consumer.context().known();
        for (partition, next) in news.all() {
            known.places.put(partition.clone(), next);
        }
        Ok(news)
    }
}

/// Topics that are there, and which partitions of them are read.
fn found(
    metadata: &Metadata,
    topics: &Topics,
    except: &[String],
    share: Share,
) -> Result<Vec<Topic>, Stop> {
    let mut found: Vec<Topic> = Vec::new();
    for topic in metadata.topics() {
        let name = topic.name();
        let wanted = match topics {
            Topics::Named(names) => names.iter().any(|named| named == name),
            Topics::Like(like) => like.is_match(name) && !name.starts_with("__"),
        };
        let is_there = topic.error().is_none() && !topic.partitions().is_empty();
        if wanted && is_there && !except.iter().any(|own| own == name) {
            if let Some(what) = share.refuses(name, topic.partitions().len()) {
                return Err(Stop::Mend(what));
            }
            let numbers = topic.partitions().iter().map(|p| p.id());
            let numbers = numbers.filter(|number| share.has(*number)).collect();
            found.push((name.to_owned(), numbers));
        }
    }
    found.sort();
    if let Topics::Named(names) = topics
        && let Some(absent) = names.iter().find(|n| !found.iter().any(|(f, _)| f == *n))
    {
        return Err(Stop::Later(format!("there is no topic `{absent}`")));
    }
    Ok(found)
}
