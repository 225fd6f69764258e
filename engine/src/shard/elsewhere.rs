//! An event that another division decides about: what it says of the entities it refers to.

use super::Shard;
use super::tags::observe_entity_tags;
use crate::decision::occasion::Occasion;
use crate::describe::Base;
use crate::event::Event;
use crate::scene::Scene;
use std::sync::Arc;

impl Shard {
    /// Takes in what the event says of tags of entities; its customer is not here, and is not read.
    pub(super) fn observe_elsewhere(&mut self, event: &Event) {
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        let Some(event_plan) = plan.event(event.kind) else {
            return;
        };
        if event_plan.entity_tags.is_empty() {
            return;
        }
        self.facts.reset(event.kind);
        let mut base = Base {
            book: &book,
            plan: &plan,
            event,
            occasion: Occasion::alone(event),
            customer: None,
            entities: self.shared.tags(),
            zone: self.zones.bank(),
        };
        let mut scene = Scene {
            book: &book,
            interpreter: &mut self.interpreter,
            facts: &mut self.facts,
            base: &mut base,
        };
        for change in observe_entity_tags(&mut scene, event, &event_plan.entity_tags) {
            self.share(change);
        }
    }
}
