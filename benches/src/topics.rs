//! From topic to topic, beside two floors of the same run on the same broker: a client that writes what it
//! reads, and one that does so in transactions.
//!
//! [`events`] are drawn, [`load`] writes them at a rate that does not wait and notes how long each took to be
//! read behind whoever is in between; [`echo`] is the floor.

pub mod echo;
pub mod events;
pub mod load;
pub mod node;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

/// What every client of the bench has.
fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    config
}

/// Writes at once what it is given, as the product's own producer does.
fn producer(brokers: &str) -> ClientConfig {
    let mut config = client(brokers);
    config
        .set("enable.idempotence", "true")
        .set("partitioner", "murmur2_random")
        .set("compression.type", "lz4")
        .set("linger.ms", "1");
    config
}

/// Reads what is committed, from the end or the beginning of all partitions.
fn consumer(brokers: &str, group: &str) -> ClientConfig {
    let mut config = client(brokers);
    config
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("fetch.wait.max.ms", "100");
    config
}

fn said(error: KafkaError) -> String {
    format!("the broker: {error}")
}
