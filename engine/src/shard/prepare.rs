//! Prepare: records to events, with the conditions of their streams. Pure, so any shard may do it.

use super::Shard;
use crate::decision::occasion::Occasion;
use crate::decode::decode;
use crate::describe::Base;
use crate::door::{Admission, Prepared, Refused, Taken};
use crate::event::Event;
use crate::plan::Plan;
use crate::scene::Scene;
use crate::state::entity_tags::EntityTags;
use rules::book::Book;
use rules::value::Value;
use std::sync::Arc;

/// A record as it came: one line of a file.
#[derive(Clone, Debug)]
pub struct Record {
    /// The line, from 1.
    pub line: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Shard {
    /// Decodes records, in order.
    pub fn prepare(&mut self, records: &[Record]) -> Vec<Result<Prepared, Refused>> {
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        let mut prepared = Vec::with_capacity(records.len());
        for record in records {
            let line = record.line;
            let decoded = decode(&record.bytes, &book.catalogue);
            prepared.push(match decoded {
                Ok(event) => Ok(Box::new(Taken {
                    line,
                    conditions: self.conditions(&book, &plan, &event),
                    admission: Admission::Taken,
                    event,
                })),
                Err(reject) => Err(Refused { line, reject }),
            });
        }
        prepared
    }

    /// One bit per condition of the event type. Streams see the raw event only, its clock in the
    /// bank's zone: what an entity counts may not depend on a customer's tags.
    fn conditions(&mut self, book: &Book, plan: &Plan, event: &Event) -> u128 {
        let Some(wanted) = plan.event(event.kind).map(|p| &p.conditions) else {
            return 0;
        };
        if wanted.is_empty() {
            return 0;
        }
        self.facts.reset(event.kind);
        let mut base = Base {
            book,
            plan,
            event,
            occasion: Occasion::alone(event),
            customer: None,
            entities: &EntityTags::NOTHING,
            zone: self.zones.bank(),
        };
        let mut scene = Scene {
            book,
            interpreter: &mut self.interpreter,
            facts: &mut self.facts,
            base: &mut base,
        };
        let mut bits = 0;
        for (at, id) in wanted.iter().enumerate() {
            // An expression over its bounds is a condition that is not met.
            if matches!(scene.expression(*id), Ok(Value::Bool(true))) {
                bits |= 1u128 << at;
            }
        }
        bits
    }
}
