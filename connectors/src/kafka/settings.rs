//! What the client library is told. Its own defaults lose and double records: each that matters is
//! named here, and a test pins all of them.

use super::secret::{Secret, TLS};
use rdkafka::ClientConfig;
use std::collections::BTreeMap;
use std::time::Duration;

/// Between two heartbeats of those who may lead, at most.
const HEARTBEAT: Duration = Duration::from_millis(50);

/// The brokers, and who one is to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// `host:port`, commas between.
    pub brokers: String,
    /// Who one is.
    pub secret: Secret,
}

/// How long what may take. Each bound must end before the next one, or a record is given up while it
/// may still be written, or a transaction outlives the member it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Until a record that was sent is given up.
    pub message: Duration,
    /// Until the broker aborts a transaction.
    pub transaction: Duration,
}

impl Timing {
    /// The times that go with a transaction of this length.
    #[must_use]
    pub fn of(transaction: Duration) -> Self {
        Self {
            message: transaction / 2,
            transaction,
        }
    }
}

/// The client's keys and what each is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings(BTreeMap<&'static str, String>, Secret);

impl Settings {
    /// Of all clients of a node.
    fn of(cluster: &Cluster, client: &str) -> Self {
        let mut settings = Self(BTreeMap::new(), cluster.secret.clone());
        settings.put("bootstrap.servers", &cluster.brokers);
        settings.put("client.id", client);
        settings.put("socket.keepalive.enable", "true");
        settings.put("reconnect.backoff.ms", "50");
        settings.put("reconnect.backoff.max.ms", "1000");
        settings
    }

    fn put(&mut self, key: &'static str, value: &str) {
        self.0.insert(key, value.to_owned());
    }

    /// A member of a group. Where it reads from, it is told at each assignment: the broker's own word
    /// for that is never taken.
    #[must_use]
    pub fn member(cluster: &Cluster, client: &str, group: &str, session: Duration) -> Self {
        let mut settings = Self::of(cluster, client);
        settings.put("group.id", group);
        // A node that comes back in time has its partitions still: nothing is moved for a restart. Two sources
        // of a node are two members.
        settings.put("group.instance.id", client);
        settings.put("partition.assignment.strategy", "cooperative-sticky");
        settings.put("session.timeout.ms", &ms(session));
        settings.put("heartbeat.interval.ms", &ms(session / 10));
        settings.put(
            "max.poll.interval.ms",
            &ms(session.max(Duration::from_secs(300))),
        );
        settings.put("enable.auto.commit", "false");
        settings.put("enable.auto.offset.store", "false");
        // A place that is gone is told, never passed over.
        settings.put("auto.offset.reset", "error");
        settings.put("isolation.level", "read_committed");
        settings.put("check.crcs", "true");
        settings.put("allow.auto.create.topics", "false");
        settings.put("fetch.wait.max.ms", "100");
        settings.put("fetch.error.backoff.ms", "100");
        settings.put("fetch.queue.backoff.ms", "20");
        settings.put("queued.max.messages.kbytes", "32768");
        settings.put("statistics.interval.ms", "1000");
        settings
    }

    /// One of those who may lead. It has no name of its own in the group: who goes makes room at once.
    #[must_use]
    pub fn candidate(cluster: &Cluster, client: &str, group: &str, session: Duration) -> Self {
        let mut settings = Self::of(cluster, client);
        settings.put("group.id", group);
        // Who leads keeps the lead when another comes.
        settings.put("partition.assignment.strategy", "cooperative-sticky");
        settings.put("session.timeout.ms", &ms(session));
        // That another has gone is heard with a heartbeat's answer.
        settings.put("heartbeat.interval.ms", &ms((session / 40).min(HEARTBEAT)));
        settings.put(
            "max.poll.interval.ms",
            &ms(session.max(Duration::from_secs(300))),
        );
        settings.put("enable.auto.commit", "false");
        settings.put("enable.auto.offset.store", "false");
        settings.put("auto.offset.reset", "latest");
        settings.put("allow.auto.create.topics", "false");
        settings
    }

    /// Who reads one partition from its beginning to its end, in no group.
    #[must_use]
    pub fn reader(cluster: &Cluster, client: &str, committed: bool) -> Self {
        let mut settings = Self::of(cluster, client);
        settings.put("group.id", client);
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "error");
        let level = if committed {
            "read_committed"
        } else {
            "read_uncommitted"
        };
        settings.put("isolation.level", level);
        settings.put("check.crcs", "true");
        settings.put("allow.auto.create.topics", "false");
        settings.put("enable.partition.eof", "true");
        settings.put("fetch.wait.max.ms", "20");
        settings
    }

    /// A producer that sends each record once per attempt of ours.
    #[must_use]
    pub fn producer(cluster: &Cluster, client: &str, timing: Timing) -> Self {
        let mut settings = Self::of(cluster, client);
        settings.put("enable.idempotence", "true");
        settings.put("acks", "all");
        // As the Java client places keys; the library's own default places them elsewhere.
        settings.put("partitioner", "murmur2_random");
        settings.put("compression.type", "lz4");
        settings.put("linger.ms", "1");
        settings.put("message.timeout.ms", &ms(timing.message));
        settings.put("request.timeout.ms", &ms(timing.message));
        settings.put("statistics.interval.ms", "0");
        settings
    }

    /// A producer of transactions. Whoever begins under the same id fences the one before.
    #[must_use]
    pub fn transactional(cluster: &Cluster, client: &str, id: &str, timing: Timing) -> Self {
        let mut settings = Self::producer(cluster, client, timing);
        settings.put("transactional.id", id);
        settings.put("transaction.timeout.ms", &ms(timing.transaction));
        settings
    }

    /// One that only asks.
    #[must_use]
    pub fn admin(cluster: &Cluster, client: &str) -> Self {
        Self::of(cluster, client)
    }

    /// Every key with its value, secrets left out.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = self.0.iter();
        all.map(|(key, value)| (*key, value.as_str()))
    }

    /// Who the client is.
    pub(super) fn secret(&self) -> &Secret {
        &self.1
    }

    /// As the library takes them.
    pub(super) fn config(&self) -> ClientConfig {
        // Before any client has its library of TLS begin: begun so, it stays whole while the process ends, for
        // threads that still speak by it. Begun by a client, it is taken down under them.
        #[cfg(feature = "kafka-tls")]
        openssl::init();
        let mut config = ClientConfig::new();
        for (key, value) in self.all() {
            config.set(key, value);
        }
        for (key, value) in self.1.all() {
            config.set(key, value);
        }
        // Last, so that nothing can say otherwise: who shows a certificate must be who was asked for.
        if TLS {
            config.set("enable.ssl.certificate.verification", "true");
            config.set("ssl.endpoint.identification.algorithm", "https");
        }
        config.set_log_level(rdkafka::config::RDKafkaLogLevel::Critical);
        config
    }
}

fn ms(time: Duration) -> String {
    time.as_millis().to_string()
}

#[cfg(test)]
mod tests;
