//! How a client of each kind begins. One that proves itself by a token has it before it asks anything:
//! the library asks for one only while it is listened to, and whoever waits for brokers does not listen.

use super::bearer::{Bearer, Quiet, Renewal, hand};
use super::settings::Settings;
use rdkafka::admin::AdminClient;
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, ProducerContext};
use std::time::Duration;

/// Looks until a token was asked for; it is the first thing that a client asks for.
const LOOKS_MAX: u32 = 16;

impl Settings {
    /// One that reads.
    pub(super) fn consumer<C: ConsumerContext>(
        &self,
        context: impl FnOnce(Bearer) -> C,
    ) -> Result<BaseConsumer<C>, KafkaError> {
        let bearer = Bearer::of(self.secret());
        let config = self.config();
        let consumer: BaseConsumer<C> = config.create_with_context(context(bearer.clone()))?;
        listen(&bearer, || drop(consumer.poll(Duration::ZERO)));
        Ok(consumer)
    }

    /// One that writes.
    pub(super) fn producer_of<C: ProducerContext>(
        &self,
        context: impl FnOnce(Bearer) -> C,
    ) -> Result<BaseProducer<C>, KafkaError> {
        let bearer = Bearer::of(self.secret());
        let config = self.config();
        let producer: BaseProducer<C> = config.create_with_context(context(bearer.clone()))?;
        listen(&bearer, || producer.poll(Duration::ZERO));
        Ok(producer)
    }

    /// One that makes topics and looks at them, and is not kept.
    pub(super) fn admin_of(&self, brokers: &str) -> Result<AdminClient<Quiet>, String> {
        let told = |what: String| format!("the brokers `{brokers}` cannot be asked: {what}");
        let bearer = Bearer::of(self.secret());
        let config = self.config();
        let admin = config.create_with_context(Quiet::new(bearer.clone()));
        let admin: AdminClient<Quiet> = admin.map_err(|error| told(error.to_string()))?;
        if bearer.is_asked() {
            let token = bearer.fresh().map_err(told)?;
            hand(&admin, token).map_err(told)?;
        }
        Ok(admin)
    }

    /// Whoever writes listens while it writes: this listens the rest of the time.
    pub(super) fn renewal(&self, listen: impl Fn() + Send + 'static) -> Option<Renewal> {
        Bearer::of(self.secret())
            .is_asked()
            .then(|| Renewal::begin(listen))
    }
}

/// Listens until the client has asked for its token, and was given one or told why not.
fn listen(bearer: &Bearer, look: impl Fn()) {
    for _ in 0..LOOKS_MAX {
        if !bearer.is_asked() || bearer.has_answered() {
            return;
        }
        look();
    }
}
