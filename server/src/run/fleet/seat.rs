//! The seat of who leads: it is heard all the time whether it is still ours. A node that lost it stops at
//! once; what it had open the brokers have thrown away already.

use super::super::hand::{Hand, is_over};
use super::super::node::Node;
use super::leaders::leaves;
use super::spread::Spread;
use connectors::kafka::candidate::Candidate;
use std::sync::Arc;
use std::time::Duration;

/// How long the group is listened to at a time.
const LOOK: Duration = Duration::from_millis(20);

/// Holds the seat of a node that leads; when this ends, another node may have it.
pub(crate) fn hold(node: &Arc<Node>, candidate: Candidate) -> std::io::Result<Hand> {
    let node = Arc::clone(node);
    Hand::begin("seat".to_owned(), move |stopped| {
        let mut spread = Spread::begin();
        while !is_over(stopped, Duration::ZERO) {
            if !candidate.leads(LOOK) {
                node.fail("another node leads the fleet".to_owned());
                break;
            }
            if let Some(machine) = spread.look(&node, &candidate) {
                hand_over(&node, machine);
            }
        }
        // It leaves the group, so that nobody waits for its session to end.
        drop(candidate);
    })
}

/// It is said before it is done: what does not get out is tried again in the next turn.
fn hand_over(node: &Node, machine: String) {
    let term = node.fleet.as_ref().and_then(|seen| seen.state().leader);
    match term.map(|term| leaves(&node.config, &term)) {
        Some(Ok(())) => {
            tracing::warn!(machine, "the lead is handed over");
            node.hand_over(machine);
        }
        Some(Err(what)) => tracing::warn!(%what, "the lead is not handed over"),
        None => {}
    }
}
