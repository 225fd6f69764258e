//! Looking at a customer: everything is read, nothing is written.

use super::Shard;
use crate::decision::occasion::Occasion;
use crate::describe::Base;
use crate::event::Event;
use crate::portrait::{Moment, Portrait, slots};
use crate::scene::Scene;
use rules::catalogue::EventId;
use rules::value::Text;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Shard {
    /// The customer at `at` ms; `None` when it is another shard's, or nobody has heard of it.
    pub(super) fn look(&mut self, id: &Text, at: i64) -> Option<Portrait> {
        if !self.owns(id) {
            return None;
        }
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        let group = self.state.group(crate::key::KeyGroup::of(id))?;
        let customer = group.customers.get(id.as_str())?;
        let zone = self.zones.of(&book, customer, at);
        // No event: windows are read as one behind all others would see them.
        let event = Event {
            seq: u64::MAX,
            ordinal: 0,
            kind: EventId(0),
            id: Text::default(),
            source: Text::default(),
            customer: id.clone(),
            time: at,
            door: at,
            fields: Vec::new(),
            digest: 0,
            late: false,
            asked: None,
            trace: None,
            entity_values: Vec::new(),
            entity_truncated: Vec::new(),
        };
        self.facts.reset(event.kind);
        let mut base = Base {
            book: &book,
            plan: &plan,
            event: &event,
            occasion: Occasion::alone(&event),
            customer: Some(customer),
            entities: self.shared.tags(),
            zone: &zone,
        };
        let mut scene = Scene {
            book: &book,
            interpreter: &mut self.interpreter,
            facts: &mut self.facts,
            base: &mut base,
        };
        let mut values = BTreeMap::new();
        for (name, slot) in slots(&book) {
            scene.ensure(&[slot]);
            values.insert(name.clone(), scene.facts.peek(slot).clone());
        }
        let name = zone.iana_name().unwrap_or(&book.catalogue.time.zone_name);
        let moment = Moment {
            book: &book,
            zone_name: name.to_owned(),
            zone: zone.clone(),
            at,
            values,
            cold: self.shared.standing().cold,
        };
        Some(Portrait::of(id, customer, moment))
    }
}
