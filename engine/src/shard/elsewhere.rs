//! What other divisions tell: events that they decide about, for the entities those refer to, and what their
//! rules left for all.

use super::Shard;
use super::tags::observe_entity_tags;
use crate::change::SharedChange;
use crate::decision::occasion::Occasion;
use crate::describe::Base;
use crate::event::Event;
use crate::scene::Scene;
use rules::book::Book;
use rules::catalogue::load::events::ELSEWHERE;
use rules::value::{Text, Value};
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

/// What a rule of another division left for all, where the event says so.
pub(super) fn left_elsewhere(book: &Book, event: &Event) -> Option<SharedChange> {
    let kind = book.catalogue.event(event.kind)?;
    if kind.name != ELSEWHERE {
        return None;
    }
    let text = |name: &str| -> Option<Text> {
        let at = kind.fields.iter().position(|field| field.name == name)?;
        match event.fields.get(at)? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    };
    let (rule, at) = (text("rule")?, event.time);
    Some(match (text("kind"), text("entity")) {
        (Some(kind), Some(id)) => SharedChange::EntityCooldown { rule, kind, id, at },
        _ => SharedChange::Fired { rule, at },
    })
}
