//! Which inputs other divisions are told: what this one's customers did with cards, devices and merchants,
//! and what belongs to no customer.

use super::super::commit::{Applied, Open};
use crate::config::fleet::TOLD;
use engine::log::Batch;
use engine::outcome::What;
use engine::plan::Plan;
use rules::book::Book;
use rules::catalogue::Family;
use rules::value::Text;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What other divisions want to know.
pub(super) struct Told {
    /// The event types.
    types: BTreeSet<Text>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

impl Told {
    /// Of a book.
    pub(super) fn of(book: &Book, plan: &Plan) -> Self {
        let types = book.catalogue.events.iter().zip(&plan.events);
        let told = types.filter(|(kind, plan)| {
            kind.family == Family::Context
                || !plan.entity.is_empty()
                || !plan.entity_tags.is_empty()
        });
        Self {
            types: told.map(|(kind, _)| kind.name.clone()).collect(),
        }
    }

    /// Says in a batch which of its inputs are told. What was taken is, once: neither what came before nor
    /// what another division told.
    pub(super) fn write(&self, batch: &mut Batch, applied: &Applied) {
        let heard = |ask: &Open| matches!(&ask.taken, Some(taken) if &*taken.source == TOLD);
        let mut told: Vec<u64> = Vec::new();
        for outcome in &applied.output.outcomes {
            let at = outcome
                .line
                .and_then(|n| usize::try_from(n).ok()?.checked_sub(1));
            let Some(at) = at.filter(|_| matches!(outcome.what, What::Settled(_))) else {
                continue;
            };
            let mut asks = applied.asks.iter();
            let ask = asks.find(|ask| (ask.from..ask.from + ask.count).contains(&at));
            if ask.is_some_and(heard) {
                continue;
            }
            let record = applied.records.get(at);
            let kind = record.and_then(|record| serde_json::from_slice::<Kind<'_>>(record).ok());
            if kind.is_some_and(|kind| self.types.contains(kind.kind.as_ref())) {
                told.push(outcome.place.seq);
            }
        }
        told.sort_unstable();
        told.into_iter().for_each(|seq| batch.told(seq));
    }
}
