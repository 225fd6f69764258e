//! What an event type does to entities' tags, and whom it is told.

use super::{EntityTagSet, EventPlan};
use rules::catalogue::{Catalogue, EventId, EventType};
use rules::value::{EntityKind, Type};

impl EventPlan {
    pub(super) fn lay_traits(&mut self, catalogue: &Catalogue, id: EventId, event: &EventType) {
        for (kind, entity) in (0u16..).map(EntityKind).zip(&catalogue.entities) {
            let refers = |f: &rules::catalogue::Field| f.ty == Type::Ref(kind);
            let Some(field) = event.fields.iter().position(refers) else {
                continue;
            };
            for (tag, declared) in entity.tags.iter().enumerate() {
                let setters = declared.set.iter().filter(|set| set.on == id);
                self.entity_tags.extend(setters.map(|set| EntityTagSet {
                    field,
                    tag,
                    from: set.from.id,
                }));
            }
        }
        let audiences = catalogue.audiences.iter().enumerate();
        let own = audiences.filter(|(_, audience)| audience.event == id);
        self.audiences = own.map(|(at, _)| at).collect();
    }
}
