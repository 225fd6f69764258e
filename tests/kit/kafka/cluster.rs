//! Three nodes of Kafka that keep each other's copies: one may be away.

use libtest_mimic::Failed;

use super::{Kafka, own, ports};
use crate::claim::Claimed;
use crate::place::temp_dir;

/// Nodes, each broker and controller.
const NODES: u16 = 3;

/// Nodes that are one cluster.
pub struct Cluster {
    nodes: Vec<Kafka>,
}

impl Cluster {
    /// Three nodes with empty logs.
    pub fn start() -> Result<Self, Failed> {
        let [first, second, third, more @ ..] = ports::<6>()?;
        let (clients, controllers) = ([first, second, third], more);
        let voters: Vec<String> = (1..)
            .zip(controllers)
            .map(|(id, port)| format!("{id}@{}", own(port)))
            .collect();
        let brokers: Vec<String> = clients.into_iter().map(own).collect();
        let mut nodes = Vec::new();
        for (id, (port, controller)) in (1..).zip(clients.into_iter().zip(controllers)) {
            let properties = properties(id, controller, &voters.join(","));
            let mut node = Kafka::made(temp_dir("kafka")?, port, &properties, &[])?;
            node.brokers = brokers.join(",");
            node.copies = NODES;
            nodes.push(node);
        }
        // None of them serves before two are there.
        for node in &nodes {
            node.launch()?;
        }
        for node in &nodes {
            node.awake()?;
        }
        Ok(Self { nodes })
    }

    /// One of them, to ask all.
    pub fn any(&self) -> Result<&Kafka, Failed> {
        Ok(self.nodes.first().ok_or("no node")?)
    }

    /// Whoever leads a partition goes away, in good order or not, and comes back when another leads it.
    pub fn depose(&self, topic: &str, partition: i32, gently: bool) -> Claimed {
        let asked = self.any()?;
        let leader = asked
            .leader(topic, partition)?
            .ok_or("nobody leads the partition")?;
        let node = usize::try_from(leader)
            .ok()
            .and_then(|id| self.nodes.get(id.checked_sub(1)?))
            .ok_or_else(|| format!("no node {leader}"))?;
        if gently {
            node.end()?;
        } else {
            node.kill()?;
        }
        asked.led(topic, partition, leader)?;
        node.begin()
    }
}

/// The properties of a node.
fn properties(id: u16, controller: u16, voters: &str) -> String {
    include_str!("../../kafka/server.properties")
        .replace("node.id=1", &format!("node.id={id}"))
        .replace(
            "controller.quorum.bootstrap.servers=127.0.0.1:VOTES",
            &format!("controller.quorum.voters={voters}"),
        )
        .replace("VOTES", &controller.to_string())
        .replace("replication.factor=1", "replication.factor=3")
        .replace("min.isr=1", "min.isr=2")
        // A leader that is dead is noticed soon.
        + "broker.session.timeout.ms=3000\nbroker.heartbeat.interval.ms=500\nmin.insync.replicas=2\n"
}
