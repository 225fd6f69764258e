//! A parcel: the items of one body, opened when it is its turn and there is room for them.

use super::call::Call;
use super::intake::crowded;
use super::node::Node;
use connectors::http::envelopes::{self, Envelopes, Item};
use connectors::http::problem::Problem;
use tokio::sync::SemaphorePermit;

/// An open parcel.
pub(crate) struct Parcel<'a> {
    pub(crate) items: Vec<Item>,
    /// It was one event, not a list of one.
    pub(crate) alone: bool,
    /// Bytes of its body.
    pub(crate) bytes: usize,
    /// Held until its items are read.
    pub(crate) turn: Option<SemaphorePermit<'a>>,
}

impl<'a> Parcel<'a> {
    /// Takes the body of a call, and opens it.
    ///
    /// # Errors
    /// The body does not come, is too large or is not what it says; or there is no room for what is in it.
    pub(crate) async fn open(node: &'a Node, call: &mut Call) -> Result<Self, Problem> {
        let limits = node.config.limits;
        let body = call.body(limits.body).await?;
        let turn = node.turns.take(body.len()).await;
        let (items, alone) = match envelopes::read(&call.headers, &body, limits.batch)? {
            Envelopes::One(item) => (vec![item], true),
            Envelopes::Several(items) => (items, false),
        };
        crowded(node, &items)?;
        Ok(Self {
            items,
            alone,
            bytes: body.len(),
            turn,
        })
    }
}
