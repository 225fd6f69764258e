//! What is read of entities: behind a field of the event, and behind a tag of the customer.

use super::{Layout, Slot, Source};
use crate::catalogue::feature::Key;
use crate::catalogue::{Catalogue, Tag, TagId};
use crate::value::{EntityKind, Text, Type};
use hashbrown::HashMap;

impl Layout {
    /// What the entity says of itself that a tag refers to.
    pub(super) fn lay_behind(&mut self, catalogue: &Catalogue, through: TagId, tag: &Tag) {
        let Type::Ref(kind) = tag.ty else {
            return;
        };
        let own = catalogue
            .entity(kind)
            .map_or(&[][..], |entity| &entity.tags);
        let mut below = HashMap::new();
        for (at, own) in (0u16..).zip(own) {
            let path = format!("customer.{}.{}", tag.name, own.name);
            let source = Source::TagBehind {
                through,
                kind,
                tag: at,
            };
            let slot = self.add(path, own.ty.clone(), own.optional, source);
            below.insert(own.name.clone(), slot);
        }
        if !below.is_empty() {
            self.behind.insert(tag.name.clone(), below);
        }
    }

    /// The windows of the entity that a field refers to.
    pub(super) fn lay_entity(
        &mut self,
        catalogue: &Catalogue,
        made: &mut HashMap<(String, String), Slot>,
        field: &Text,
        kind: EntityKind,
    ) -> HashMap<Text, Slot> {
        let mut below = HashMap::new();
        for (at, feature) in (0u16..).zip(&catalogue.features) {
            if feature.key == Key::Entity(kind) {
                let slot = self.shared(
                    made,
                    format!("event.{field}.{}", feature.name),
                    feature.ty.clone(),
                    feature.optional,
                    Source::EntityFeature {
                        field: field.clone(),
                        feature: at,
                    },
                );
                below.insert(feature.name.clone(), slot);
            }
        }
        below
    }

    /// The tags of the entity that a field refers to.
    pub(super) fn lay_traits(
        &mut self,
        catalogue: &Catalogue,
        made: &mut HashMap<(String, String), Slot>,
        (field, kind): (&Text, EntityKind),
        below: &mut HashMap<Text, Slot>,
    ) {
        let own = catalogue
            .entity(kind)
            .map_or(&[][..], |entity| &entity.tags);
        for (at, own) in (0u16..).zip(own) {
            let source = Source::EntityTag {
                field: field.clone(),
                kind,
                tag: at,
            };
            let path = format!("event.{field}.{}", own.name);
            let slot = self.shared(made, path, own.ty.clone(), own.optional, source);
            below.insert(own.name.clone(), slot);
        }
    }
}
