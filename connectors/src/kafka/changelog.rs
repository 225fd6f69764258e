//! A changelog: what the one who leads has committed, for those who follow. One partition, in order, read
//! committed; an entry that is too long for a record lies in several that follow each other.

use super::bearer::Quiet;
use super::producer::Out;
use super::settings::{Cluster, Settings};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A changelog lies on one partition: it has one order.
const PARTITION: i32 = 0;
/// Bytes of one record at most; brokers take a megabyte unless they are told otherwise.
const PIECE: usize = 512 * 1024;
/// Bytes of an entry at most, and so what who reads has room for.
const ENTRY_MAX: usize = 256 * 1024 * 1024;
/// How long a question to the brokers may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The header that says what an entry is, and the one that says which piece of it a record is.
const WHAT: &str = "deft_what";
const OF: &str = "deft_piece";

/// Who leads, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Its number: greater than all before.
    pub term: u64,
    /// The node's name.
    pub node: String,
    /// Where others reach it.
    pub address: String,
    /// The store whose changes follow.
    pub store: String,
    /// Whose customers it decides about, where they are divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<u16>,
    /// Where it listens to other nodes, `host:port`, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers: Option<String>,
}

/// A piece of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Whose state: the part's number.
    pub part: u16,
    /// Up to where it has taken everything in.
    pub seq: u64,
    /// Its place among the pieces, from 0.
    pub index: u32,
    /// It is the last.
    pub last: bool,
}

/// What stands in a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Somebody leads from here on.
    Term(Term),
    /// A batch of the log.
    Batch(Vec<u8>),
    /// The sources of a book, under its hash: before the first batch that is of it.
    Book(String, Vec<u8>),
    /// Where a copy may begin.
    Footing(Vec<u8>),
    /// A piece of a snapshot.
    Slice(Slice, Vec<u8>),
}

impl Entry {
    /// Its word, with what belongs to it, and its bytes.
    fn parts(&self) -> (String, Vec<u8>) {
        // Texts and numbers: there is nothing that JSON cannot say.
        let json = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
        match self {
            Self::Term(term) => (
                "term".to_owned(),
                json(serde_json::to_string(term)).into_bytes(),
            ),
            Self::Batch(bytes) => ("batch".to_owned(), bytes.clone()),
            Self::Book(hash, sources) => (format!("book {hash}"), sources.clone()),
            Self::Footing(bytes) => ("footing".to_owned(), bytes.clone()),
            Self::Slice(slice, bytes) => (
                format!("slice {}", json(serde_json::to_string(slice))),
                bytes.clone(),
            ),
        }
    }

    fn of(what: &str, bytes: Vec<u8>) -> Result<Self, String> {
        let wrong = |error: serde_json::Error| error.to_string();
        match what.split_once(' ').unwrap_or((what, "")) {
            ("term", _) => Ok(Self::Term(serde_json::from_slice(&bytes).map_err(wrong)?)),
            ("batch", _) => Ok(Self::Batch(bytes)),
            ("book", hash) => Ok(Self::Book(hash.to_owned(), bytes)),
            ("footing", _) => Ok(Self::Footing(bytes)),
            ("slice", slice) => Ok(Self::Slice(
                serde_json::from_str(slice).map_err(wrong)?,
                bytes,
            )),
            (other, _) => Err(format!(
                "`{other}` is no entry that this release knows: take the newer one"
            )),
        }
    }

    /// Its records.
    #[must_use]
    pub fn out(&self, topic: &str) -> Vec<Out> {
        let (what, bytes) = self.parts();
        let count = bytes.len().div_ceil(PIECE).max(1);
        let mut pieces: Vec<&[u8]> = bytes.chunks(PIECE).collect();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        let pieces = pieces.into_iter().enumerate();
        pieces
            .map(|(nth, piece)| Out {
                topic: topic.to_owned(),
                partition: Some(PARTITION),
                headers: vec![(WHAT, what.clone()), (OF, format!("{}/{count}", nth + 1))],
                value: Some(piece.to_vec()),
                ..Out::default()
            })
            .collect()
    }
}

/// Why a changelog cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// For now.
    Later(String),
    /// What was to be read was let go of: it is read from its beginning.
    Gone,
    /// It is damaged, or written by another release.
    Wrong(String),
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// An entry.
    Entry(Entry),
    /// All that can be read now is read.
    End,
    /// Nothing came in this time.
    Nothing,
}

/// Who reads a changelog.
pub struct Reader {
    consumer: BaseConsumer<Quiet>,
    /// Sees what is not settled yet.
    all: BaseConsumer<Quiet>,
    topic: String,
    /// Of the next record.
    next: i64,
    /// Where the next entry begins.
    entry: i64,
    /// The pieces of an entry that is not whole yet.
    pieces: Option<(String, usize, Vec<u8>)>,
}

impl Reader {
    /// Reads from this place on, or from the beginning.
    ///
    /// # Errors
    /// The client takes its settings for wrong, or the brokers do not answer.
    pub fn open(
        cluster: &Cluster,
        client: &str,
        topic: &str,
        from: Option<i64>,
    ) -> Result<Self, String> {
        let told = |error: KafkaError| format!("`{topic}` cannot be read: {error}");
        let open = |committed| -> Result<BaseConsumer<Quiet>, String> {
            let settings = Settings::reader(cluster, client, committed);
            settings.consumer(Quiet::new).map_err(told)
        };
        let (all, consumer) = (open(false)?, open(true)?);
        let next = match from {
            Some(next) => next,
            None => {
                all.fetch_watermarks(topic, PARTITION, PATIENCE)
                    .map_err(told)?
                    .0
            }
        };
        let mut reader = Self {
            consumer,
            all,
            topic: topic.to_owned(),
            next,
            entry: next,
            pieces: None,
        };
        reader.again()?;
        Ok(reader)
    }

    /// Where the next entry begins.
    #[must_use]
    pub fn place(&self) -> i64 {
        self.entry
    }

    /// The next entry, if one comes in this time.
    ///
    /// # Errors
    /// It cannot be read on.
    pub fn next(&mut self, patience: Duration) -> Result<Next, Stop> {
        let (what, piece, count, bytes) = match self.consumer.poll(patience) {
            None => return Ok(Next::Nothing),
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(Next::End),
            Some(Err(error)) => return Err(self.judge(&error)),
            Some(Ok(message)) => {
                let offset = message.offset();
                let read = read(&message);
                self.next = offset.saturating_add(1);
                let read = read.ok_or_else(|| self.wrong(offset, "it is no record of a changelog"));
                read?
            }
        };
        self.gather(what, piece, count, &bytes)
    }

    fn gather(
        &mut self,
        what: String,
        piece: usize,
        count: usize,
        bytes: &[u8],
    ) -> Result<Next, Stop> {
        let at = self.next.saturating_sub(1);
        let (known, have, mut all) = match self.pieces.take() {
            Some(open) if piece > 1 => open,
            // What was begun and not ended came of a producer that was put out.
            _ => (what.clone(), 0, Vec::new()),
        };
        if known != what || piece != have + 1 || all.len() > ENTRY_MAX {
            return Err(self.wrong(at, "a piece of an entry is missing"));
        }
        all.extend_from_slice(bytes);
        if piece < count {
            self.pieces = Some((known, piece, all));
            return Ok(Next::Nothing);
        }
        self.entry = self.next;
        let entry = Entry::of(&what, all).map_err(|what| self.wrong(at, &what))?;
        Ok(Next::Entry(entry))
    }

    fn wrong(&self, at: i64, what: &str) -> Stop {
        Stop::Wrong(format!("`{}` at {at}: {what}", self.topic))
    }

    fn judge(&self, error: &KafkaError) -> Stop {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset) => {
                Stop::Gone
            }
            _ => Stop::Later(format!("`{}` cannot be read: {error}", self.topic)),
        }
    }

    /// Its two ends: where it begins, and behind its last record, settled or not.
    ///
    /// # Errors
    /// The brokers do not answer.
    pub fn ends(&self) -> Result<(i64, i64), String> {
        let told = |error: KafkaError| format!("`{}` cannot be read: {error}", self.topic);
        self.all
            .fetch_watermarks(&self.topic, PARTITION, PATIENCE)
            .map_err(told)
    }

    /// Whether all up to there is settled: nothing can come before it any more.
    ///
    /// # Errors
    /// The brokers do not answer.
    pub fn is_settled(&self, end: i64) -> Result<bool, String> {
        let told = |error: KafkaError| format!("`{}` cannot be read: {error}", self.topic);
        let ends = self
            .consumer
            .fetch_watermarks(&self.topic, PARTITION, PATIENCE);
        Ok(ends.map_err(told)?.1 >= end)
    }

    /// Reads on where it is; that its end is reached is told once more.
    ///
    /// # Errors
    /// The client refuses.
    pub fn again(&mut self) -> Result<(), String> {
        let told = |error: KafkaError| format!("`{}` cannot be read: {error}", self.topic);
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(&self.topic, PARTITION, Offset::Offset(self.next))
            .map_err(told)?;
        self.consumer.assign(&from).map_err(told)
    }
}

/// What a record says it is, which piece of how many, and its bytes.
fn read(message: &BorrowedMessage<'_>) -> Option<(String, usize, usize, Vec<u8>)> {
    let headers = message.headers()?;
    let text = |key: &str| {
        let found = headers.iter().find(|one| one.key == key)?;
        std::str::from_utf8(found.value?).ok()
    };
    let (piece, count) = text(OF)?.split_once('/')?;
    let bytes = message.payload().unwrap_or_default().to_vec();
    Some((
        text(WHAT)?.to_owned(),
        piece.parse().ok()?,
        count.parse().ok()?,
        bytes,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the records of an entry say, put together again as who reads does it.
    fn back(entry: &Entry) -> Entry {
        let out = entry.out("log");
        let what = |one: &Out| one.headers[0].1.clone();
        let all = out.iter().flat_map(|one| one.value.clone().unwrap());
        Entry::of(&what(&out[0]), all.collect()).unwrap()
    }

    #[test]
    fn an_entry_comes_back_from_its_records() {
        let term = Term {
            term: 7,
            node: "a".to_owned(),
            address: "http://a:1".to_owned(),
            store: "00".to_owned(),
            division: Some(1),
            peers: Some("a:2".to_owned()),
        };
        let slice = Slice {
            part: 3,
            seq: 9,
            index: 0,
            last: true,
        };
        let long: Vec<u8> = (0..PIECE * 2 + 1).map(|n| (n % 251) as u8).collect();
        for entry in [
            Entry::Term(term),
            Entry::Batch(long.clone()),
            Entry::Book("abc".to_owned(), b"{}".to_vec()),
            Entry::Footing(Vec::new()),
            Entry::Slice(slice, long),
        ] {
            assert_eq!(back(&entry), entry);
        }
        assert_eq!(Entry::Batch(vec![0; PIECE]).out("log").len(), 1);
        assert_eq!(Entry::Batch(vec![0; PIECE + 1]).out("log").len(), 2);
        assert!(Entry::of("later", Vec::new()).is_err());
    }
}
