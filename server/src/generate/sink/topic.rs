//! Events as records of a topic: `kafka://host:port,host:port/topic`.

use anyhow::{Context as _, bail};
use connectors::kafka::producer::{Out, Producer};
use connectors::kafka::secret::Secret;
use connectors::kafka::settings::{Cluster, Settings, Timing};
use serde::Deserialize;
use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

/// How long a record may be on its way.
const PATIENCE: Duration = Duration::from_secs(60);

/// A topic that is written to.
pub(crate) struct Topic {
    name: String,
    topic: String,
    producer: Producer,
}

/// Whose event it is.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default)]
    customer: Option<Cow<'a, str>>,
}

impl Topic {
    /// Reads `host:port,…/topic`; `secret`: a file that says who we are.
    pub(super) fn open(name: &str, rest: &str, secret: Option<&Path>) -> anyhow::Result<Self> {
        let Some((brokers, topic)) = rest
            .split_once('/')
            .filter(|(b, t)| !b.is_empty() && !t.is_empty())
        else {
            bail!("`{name}` names no topic: write `kafka://127.0.0.1:9092/bank.events`");
        };
        let secret = secret.map(Secret::of_file).transpose();
        let secret = secret.map_err(anyhow::Error::msg);
        let secret = secret
            .context("the secret cannot be used")?
            .unwrap_or_default();
        let cluster = Cluster {
            brokers: brokers.to_owned(),
            secret,
        };
        let settings = Settings::producer(&cluster, "deft-gen", Timing::of(PATIENCE));
        Ok(Self {
            name: name.to_owned(),
            topic: topic.to_owned(),
            producer: Producer::open(&settings, PATIENCE)?,
        })
    }

    /// One event; its key is its customer, so that a customer's events keep their order.
    pub(super) fn put(&mut self, line: &str) -> anyhow::Result<()> {
        let head: Option<Head<'_>> = serde_json::from_str(line).ok();
        let customer = head.and_then(|head| head.customer);
        let out = Out {
            topic: self.topic.clone(),
            key: customer.map(|customer| customer.as_bytes().to_vec()),
            value: Some(line.as_bytes().to_vec()),
            ..Out::default()
        };
        let sent = self.producer.put(&out);
        sent.with_context(|| format!("cannot send to `{}`", self.name))
    }

    /// Everything that was put is acknowledged.
    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        let sent = self.producer.drain();
        sent.with_context(|| {
            format!(
                "cannot send to `{}`: are there brokers, and has it this topic?",
                self.name
            )
        })
    }
}
