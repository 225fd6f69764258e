//! What other divisions are told: what this one's customers did with cards, devices and merchants, what belongs
//! to no customer, and what rules left for all.

use super::super::commit::{Applied, Open};
use crate::config::fleet::TOLD;
use engine::change::SharedChange;
use engine::division::Division;
use engine::log::Batch;
use engine::outcome::What;
use engine::plan::Plan;
use rules::book::Book;
use rules::catalogue::Family;
use rules::catalogue::load::events::ELSEWHERE;
use rules::value::Text;
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What other divisions want to know.
pub(super) struct Told {
    division: Division,
    /// The event types.
    types: BTreeSet<Text>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

impl Told {
    /// Of a book, by this division.
    pub(super) fn of(book: &Book, plan: &Plan, division: Division) -> Self {
        let types = book.catalogue.events.iter().zip(&plan.events);
        let told = types.filter(|(kind, plan)| {
            kind.family == Family::Context
                || !plan.entity.is_empty()
                || !plan.entity_tags.is_empty()
        });
        Self {
            division,
            types: told.map(|(kind, _)| kind.name.clone()).collect(),
        }
    }

    /// The same of another book.
    pub(super) fn taken_up(&self, book: &Book, plan: &Plan) -> Self {
        Self::of(book, plan, self.division)
    }

    /// Says in a batch what is told of it. What was taken is, once: neither what came before nor what another
    /// division told.
    pub(super) fn write(&self, batch: &mut Batch, applied: &Applied) {
        let mut told: Vec<(u64, Vec<u8>)> = Vec::new();
        for outcome in &applied.output.outcomes {
            let What::Settled(settled) = &outcome.what else {
                continue;
            };
            let seq = outcome.place.seq;
            let line = outcome.line.and_then(|line| usize::try_from(line).ok());
            let at = line.and_then(|line| line.checked_sub(1));
            if at.and_then(|at| ask_of(applied, at)).is_some_and(is_heard) {
                continue;
            }
            for change in &settled.shared {
                told.extend(self.left(change, seq, told.len()).map(|event| (seq, event)));
            }
            let record = at.and_then(|at| applied.records.get(at));
            let kind = record.and_then(|record| serde_json::from_slice::<Kind<'_>>(record).ok());
            if kind.is_some_and(|kind| self.types.contains(kind.kind.as_ref())) {
                told.push((seq, Vec::new()));
            }
        }
        told.sort_by_key(|(seq, _)| *seq);
        for (seq, event) in &told {
            batch.told(*seq, event);
        }
    }

    /// The event that says what a rule left for all; its id is that of no other.
    fn left(&self, change: &SharedChange, seq: u64, nth: usize) -> Option<Vec<u8>> {
        let (at, data) = match change {
            SharedChange::Fired { rule, at } => (at, json!({ "rule": rule.as_str() })),
            SharedChange::EntityCooldown { rule, kind, id, at } => {
                let (rule, kind, id) = (rule.as_str(), kind.as_str(), id.as_str());
                (at, json!({ "rule": rule, "kind": kind, "entity": id }))
            }
            // They come of events, which are told themselves, or of an operator's order.
            _ => return None,
        };
        let event = json!({
            "id": format!("{seq}-{nth}-{at}"),
            "type": ELSEWHERE,
            "source": format!("division/{}", self.division.number()),
            "time": at,
            "data": data,
        });
        Some(event.to_string().into_bytes())
    }
}

/// The ask that a line is of: they stand in the order of their lines.
fn ask_of(applied: &Applied, line: usize) -> Option<&Open> {
    let behind = applied.asks.partition_point(|ask| ask.from <= line);
    applied.asks.get(behind.checked_sub(1)?)
}

/// Another division told it.
fn is_heard(ask: &Open) -> bool {
    ask.taken
        .as_ref()
        .is_some_and(|taken| &*taken.source == TOLD)
}
