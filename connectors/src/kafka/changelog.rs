//! A changelog: what the one who leads has committed, for those who follow. One partition, in order, read
//! committed; an entry that is too long for a record lies in several that follow each other.

mod entry;
mod pieces;

pub use entry::{Entry, Proposal, Slice, Term, Turn, Vote};

use super::bearer::Quiet;
use super::settings::{Cluster, Settings};
use entry::{OF, PARTITION, WHAT};
use pieces::{Piece, Pieces};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

/// How long a question to the brokers may take.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// Where the last entry began.
    began: i64,
    /// The pieces of entries that are not whole yet.
    pieces: Pieces,
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
            began: next,
            pieces: Pieces::default(),
        };
        reader.again()?;
        Ok(reader)
    }

    /// Where the next entry begins.
    #[must_use]
    pub fn place(&self) -> i64 {
        self.pieces.began().unwrap_or(self.next)
    }

    /// Where the last entry that came begins.
    #[must_use]
    pub fn began(&self) -> i64 {
        self.began
    }

    /// The next entry, if one comes in this time.
    ///
    /// # Errors
    /// It cannot be read on.
    pub fn next(&mut self, patience: Duration) -> Result<Next, Stop> {
        let piece = match self.consumer.poll(patience) {
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
        let at = piece.at;
        let whole = self.pieces.take(piece);
        let Some(whole) = whole.map_err(|what| self.wrong(at, what))? else {
            return Ok(Next::Nothing);
        };
        self.began = whole.began;
        let entry = Entry::of(&whole.what, whole.bytes);
        let entry = entry.map_err(|what| self.wrong(at, &what))?;
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
fn read(message: &BorrowedMessage<'_>) -> Option<Piece> {
    let headers = message.headers()?;
    let text = |key: &str| {
        let found = headers.iter().find(|one| one.key == key)?;
        std::str::from_utf8(found.value?).ok()
    };
    let (nth, count) = text(OF)?.split_once('/')?;
    Some(Piece {
        by: message.key().unwrap_or_default().to_vec(),
        what: text(WHAT)?.to_owned(),
        nth: nth.parse().ok()?,
        count: count.parse().ok()?,
        bytes: message.payload().unwrap_or_default().to_vec(),
        at: message.offset(),
    })
}
