//! A producer. One thread has it, and whatever blocks in it blocks that thread alone.

use super::bearer::{Bearer, Renewal};
use super::settings::Settings;
use super::triage::{Call, Class, Failure};
use rdkafka::ClientContext;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long it is rested between two looks at what is on its way.
const REST: Duration = Duration::from_micros(100);
/// Looks until a queue that stays full is given up: the client gives records up long before.
const LOOKS_MAX: u32 = 600_000;

/// A record on its way out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Out {
    /// Where to.
    pub topic: String,
    /// Which partition; `None`: as the key says.
    pub partition: Option<i32>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// More headers, as they came.
    pub came: Vec<(String, Vec<u8>)>,
    /// What it says.
    pub value: Option<Vec<u8>>,
}

/// What became of records.
#[derive(Debug)]
struct Deliveries {
    worst: Mutex<Option<Failure>>,
    bearer: Bearer,
}

impl ClientContext for Deliveries {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.bearer.token()
    }

    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}
    fn error(&self, error: KafkaError, reason: &str) {
        // What matters of it comes back with a call; that one is fenced may come by itself.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) {
            self.failed(Failure {
                class: Class::Fatal,
                call: Call::Deliver,
                what: reason.to_owned(),
            });
        }
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.failed(Failure::of(Call::Deliver, error));
        }
    }
}

impl Deliveries {
    fn new(bearer: Bearer) -> Self {
        Self {
            worst: Mutex::default(),
            bearer,
        }
    }

    /// The worst of all is kept.
    fn failed(&self, failure: Failure) {
        let mut worst = self.worst.lock().unwrap_or_else(PoisonError::into_inner);
        if worst
            .as_ref()
            .is_none_or(|worst| worst.class < failure.class)
        {
            *worst = Some(failure);
        }
    }

    fn take(&self) -> Result<(), Failure> {
        let mut worst = self.worst.lock().unwrap_or_else(PoisonError::into_inner);
        worst.take().map_or(Ok(()), Err)
    }
}

/// A producer.
pub struct Producer {
    /// Goes before what it renews for.
    _renewal: Option<Renewal>,
    inner: Arc<BaseProducer<Deliveries>>,
    /// How long a call may block.
    patience: Duration,
}

impl Producer {
    /// A producer that has not asked anybody yet.
    ///
    /// # Errors
    /// The client takes its settings for wrong.
    pub fn open(settings: &Settings, patience: Duration) -> Result<Self, Failure> {
        let inner = settings.producer_of(Deliveries::new);
        let inner = Arc::new(inner.map_err(|error| Failure::of(Call::Open, &error))?);
        let kept = Arc::clone(&inner);
        Ok(Self {
            _renewal: settings.renewal(move || kept.poll(Duration::ZERO)),
            inner,
            patience,
        })
    }

    /// Fences whoever had the same transactional id, and has what that one left open settled.
    ///
    /// # Errors
    /// What the brokers say.
    pub fn fence(&self) -> Result<(), Failure> {
        let done = self.inner.init_transactions(self.patience);
        done.map_err(|error| Failure::of(Call::Init, &error))
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// What the client says.
    pub fn begin(&self) -> Result<(), Failure> {
        let done = self.inner.begin_transaction();
        done.map_err(|error| Failure::of(Call::Begin, &error))
    }

    /// Takes a record; it is on its way when this returns.
    ///
    /// # Errors
    /// What the client says, of this record or of one before it.
    pub fn put(&self, out: &Out) -> Result<(), Failure> {
        for _ in 0..LOOKS_MAX {
            match self.inner.send(record(out)) {
                Ok(()) => return self.inner.context().take(),
                Err((error, _)) => {
                    let failure = Failure::of(Call::Send, &error);
                    if failure.class != Class::Again {
                        return Err(failure);
                    }
                }
            }
            self.look();
        }
        Err(Failure {
            class: Class::Unknown,
            call: Call::Send,
            what: "the client's queue stays full".to_owned(),
        })
    }

    /// Waits until every record that was put is acknowledged, or given up. Each has its own bound of
    /// time. A commit with records on their way would wait for a tenth of a second.
    ///
    /// # Errors
    /// The worst of what became of them.
    pub fn drain(&self) -> Result<(), Failure> {
        while self.inner.in_flight_count() > 0 {
            self.look();
        }
        self.inner.context().take()
    }

    /// Commits the transaction. Nothing may be on its way.
    ///
    /// # Errors
    /// What the brokers say. Whoever cannot know what became of it throws the producer away.
    pub fn commit(&self) -> Result<(), Failure> {
        let done = self.inner.commit_transaction(self.patience);
        done.map_err(|error| Failure::of(Call::Commit, &error))
    }

    /// Behind the last record of a topic's first partition.
    ///
    /// # Errors
    /// The brokers do not answer.
    pub fn end(&self, topic: &str) -> Result<i64, Failure> {
        let client = self.inner.client();
        let ends = client.fetch_watermarks(topic, 0, self.patience);
        let (_, end) = ends.map_err(|error| Failure::of(Call::Open, &error))?;
        Ok(end)
    }

    /// Serves what the client has to tell.
    fn look(&self) {
        self.inner.poll(Duration::ZERO);
        if self.inner.in_flight_count() > 0 {
            std::thread::sleep(REST);
        }
    }
}

fn record(out: &Out) -> BaseRecord<'_, [u8], [u8]> {
    let count = out.headers.len() + out.came.len();
    let mut headers = OwnedHeaders::new_with_capacity(count);
    for (key, value) in &out.headers {
        let value = Some(value.as_bytes());
        headers = headers.insert(Header { key, value });
    }
    for (key, value) in &out.came {
        let value = Some(value.as_slice());
        headers = headers.insert(Header { key, value });
    }
    let mut record = BaseRecord::to(&out.topic).headers(headers);
    record.partition = out.partition;
    record.key = out.key.as_deref();
    record.payload = out.value.as_deref();
    record
}

#[cfg(test)]
mod tests;
