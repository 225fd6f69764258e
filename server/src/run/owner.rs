//! Whose customer it is, where customers are divided among several fleets.

use super::intake::{Known, peek};
use super::node::Node;
use connectors::http::problem::{self, Problem};
use connectors::kafka::changelog::Term;
use rules::catalogue::Family;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::Arc;

/// Another division, which decides about a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Its number.
    division: u16,
    /// Who leads it, as far as is known.
    leader: Option<Term>,
}

/// After so many seconds one may try again.
const AGAIN_S: u32 = 1;

/// Whose a record is; `None`: it belongs to no customer and is everybody's, as all is where nothing is divided.
pub(crate) fn customer_of<'r>(node: &Node, record: &'r [u8], known: Known) -> Option<Cow<'r, str>> {
    node.config.division()?;
    let book = node.shelf.book();
    let kind = known.and_then(|(at, _)| book.catalogue.events.get(at))?;
    if kind.family == Family::Context {
        return None;
    }
    Some(peek(record)?.customer)
}

impl Owner {
    /// The division that decides about a customer; `None`: this one.
    pub(crate) fn of(node: &Node, customer: &str) -> Option<Arc<Self>> {
        let own = node.config.division()?;
        let division = own.number_of(customer);
        if division == own.number() {
            return None;
        }
        let leader = node.fleet.as_ref();
        let leader = leader.and_then(|fleet| fleet.leader_of(division));
        Some(Arc::new(Self { division, leader }))
    }

    /// Who it is, in a sentence.
    pub(crate) fn words(&self) -> String {
        let division = self.division;
        match &self.leader {
            Some(Term { node, address, .. }) => {
                format!(
                    "division {division} decides about this customer: node {node} leads it, at {address}"
                )
            }
            None => format!(
                "division {division} decides about this customer, and nobody is known to lead it"
            ),
        }
    }

    /// The answer to who asked this node: the way there, with the path that was asked.
    pub(crate) fn problem(&self, target: &str) -> Problem {
        match &self.leader {
            Some(leader) => {
                let to = format!("{}{target}", leader.address);
                Problem::new(problem::NOT_OWNER, self.words())
                    .location(to)
                    .peer(self.peer())
            }
            None => Problem::new(problem::STARTING, self.words()).retry_after(AGAIN_S),
        }
    }

    /// Where another node may ask it, as far as is known.
    pub(crate) fn peer(&self) -> Option<&str> {
        self.leader.as_ref()?.peers.as_deref()
    }

    /// The same of one event among several.
    pub(crate) fn told(&self) -> Map<String, Value> {
        let told = json!({
            "result": "rejected",
            "code": problem::NOT_OWNER.code,
            "detail": self.words(),
            "division": self.division,
            "location": self.leader.as_ref().map(|leader| &leader.address),
        });
        match told {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }
}
