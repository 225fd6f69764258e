//! What a connection that does not come about says, so that whoever is called at night knows what to mend.

use super::bearer::Bearer;
use super::settings::{Cluster, Settings};
use rdkafka::ClientContext;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::{NoCustomPartitioner, Producer as _, ProducerContext};
use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a connection is waited for that will not come about.
const PATIENCE: Duration = Duration::from_secs(3);
/// What it said is taken note of in this many looks at most.
const LOOKS_MAX: u32 = 64;

/// What an end of a connection gives as its reason, and what that means for whoever runs a node.
const MEANINGS: [(&str, &str); 9] = [
    (
        "certificate verify failed",
        "its certificate is not trusted: `ssl.ca.location` names nobody who signed it, or it is for another host",
    ),
    ("certificate required", ASKS),
    ("bad certificate", ASKS),
    ("bad_certificate", ASKS),
    ("client SSL authentication might be required", ASKS),
    (
        "invalid credentials",
        "it does not know `sasl.username` with this `sasl.password`",
    ),
    (
        "invalid_token",
        "it does not take the token that `sasl.oauthbearer.…` gives",
    ),
    (
        "insufficient_scope",
        "`sasl.oauthbearer.scope` asks for another scope than it wants",
    ),
    (
        "unknown ca",
        "it does not trust who signed `ssl.certificate.location`",
    ),
];

/// What the client says before the reason why there is no token.
const NO_TOKEN: &str = "Failed to acquire SASL OAUTHBEARER token: ";

const ASKS: &str =
    "it asks for a certificate: `ssl.certificate.location` names one, `ssl.key.location` its key";

/// A reason with what it means before it. Times in it would make each one a new one.
pub(super) fn plain(reason: &str) -> String {
    let reason = reason.split(" (after ").next().unwrap_or(reason).trim();
    // Whoever could not give a token has said why.
    let reason = reason.split_once(NO_TOKEN).map_or(reason, |(_, why)| why);
    let is_meant = |(words, _): &&(&str, &str)| reason.contains(words);
    match MEANINGS.iter().find(is_meant) {
        Some((_, meaning)) => format!("{meaning} ({reason})"),
        None => reason.to_owned(),
    }
}

/// Keeps the last reason that was given.
struct Hearsay {
    said: Mutex<Option<String>>,
    bearer: Bearer,
}

impl ClientContext for Hearsay {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.bearer.token()
    }

    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, reason: &str) {
        // That all are away says nothing of why.
        if !reason.ends_with("brokers are down") {
            *self.said.lock().unwrap_or_else(PoisonError::into_inner) = Some(plain(reason));
        }
    }
}

impl ProducerContext<NoCustomPartitioner> for Hearsay {
    type DeliveryOpaque = ();
    fn delivery(&self, _: &rdkafka::message::DeliveryResult<'_>, (): ()) {}
}

/// Why brokers do not answer, as far as they say: whoever only asks is told nothing but that time is over.
pub(super) fn why(cluster: &Cluster) -> Option<String> {
    let settings = Settings::admin(cluster, "deft-why");
    let asks = settings.producer_of(|bearer| Hearsay {
        said: Mutex::default(),
        bearer,
    });
    let asks = asks.ok()?;
    // Only what is said on the way matters.
    let _ = asks.client().fetch_metadata(None, PATIENCE);
    for _ in 0..LOOKS_MAX {
        asks.poll(Duration::ZERO);
    }
    let said = asks.context().said.lock();
    said.unwrap_or_else(PoisonError::into_inner).take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_what_to_mend_and_when_is_left_out() {
        let said = plain(
            "ssl://k1:9093/1: SSL handshake failed: certificate verify failed (after 5ms in state SSL)",
        );
        assert!(said.starts_with("its certificate is not trusted"), "{said}");
        assert!(said.contains("ssl://k1:9093/1"), "{said}");
        assert!(!said.contains("5ms"), "{said}");
        assert_eq!(plain("k1:9092: Connect failed"), "k1:9092: Connect failed");
    }

    #[test]
    fn nobody_at_all_is_said_too() {
        let cluster = Cluster {
            brokers: "127.0.0.1:9".to_owned(),
            ..Cluster::default()
        };
        let said = why(&cluster).unwrap();
        assert!(said.contains("127.0.0.1:9"), "{said}");
    }
}
