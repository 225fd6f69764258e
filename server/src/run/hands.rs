//! Whoever works beside the listeners: sources that pull, and the delivery of what they led to.

use super::deliver;
use super::fleet::{Lead, hear_orders, hold};
use super::hand::Hand;
use super::node::Node;
use super::pull;
use engine::log::Offsets;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it is looked whether all is out.
const LOOK: Duration = Duration::from_millis(5);

/// The threads of sources, of the sink, of orders for all divisions, and of the seat of a fleet's leader.
#[derive(Default)]
pub(crate) struct Hands {
    sources: Vec<JoinHandle<()>>,
    delivery: Option<Hand>,
    orders: Option<Hand>,
    seat: Option<Hand>,
}

impl Hands {
    /// Starts them; sources go on where the log says.
    pub(crate) fn begin(
        node: &Arc<Node>,
        offsets: &Offsets,
        lead: Option<Lead>,
    ) -> anyhow::Result<Self> {
        let (seat, begun) = match lead {
            Some(lead) => (
                Some(hold(node, lead.candidate)?),
                Some((lead.producer, lead.seq)),
            ),
            None => (None, None),
        };
        Ok(Self {
            orders: hear_orders(node)?,
            seat,
            delivery: deliver::start(node, begun)?,
            sources: pull::start(node, offsets)?,
        })
    }

    /// Waits until what is committed is out, at most so long: brokers that are away hold nobody up.
    pub(crate) async fn send(&self, node: &Node, patience: Duration) {
        let Some(outbox) = &node.outbox else { return };
        let looks = patience.as_millis() / LOOK.as_millis();
        for _ in 0..looks {
            if outbox.lag() == 0 {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Ends them, in at most so long. Where all is out, the seat is free at once: whoever leads next need not
    /// wait until the others have said good-bye to their brokers.
    pub(crate) async fn end(mut self, is_out: bool, patience: Duration) {
        if let Some(seat) = self.seat.as_mut().filter(|_| is_out) {
            seat.tell();
        }
        let ended = tokio::task::spawn_blocking(move || {
            if let Some(orders) = self.orders {
                orders.end(patience);
            }
            if let Some(delivery) = self.delivery {
                delivery.end(patience);
            }
            for source in self.sources {
                let _ = source.join();
            }
            // Else last: whoever leads next finds out what could be sent.
            if let Some(seat) = self.seat {
                seat.end(patience);
            }
        });
        // One that hangs on its brokers goes with the process; all it knows is in the log.
        let _ = tokio::time::timeout(patience, ended).await;
    }
}
