//! What an event says of tags: of its customer, and of the entities it refers to.

use crate::change::{Change, SharedChange};
use crate::event::Event;
use crate::plan::{EntityTagSet, TagSet};
use crate::scene::Scene;
use crate::state::entity_tags::{EntityTagKey, EntityTagValue};
use rules::value::{Text, Value};

/// The tags an event sets. A missing value leaves the tag as it is.
pub(super) fn observe_tags(
    scene: &mut Scene<'_>,
    event: &Event,
    setters: &[TagSet],
) -> Vec<Change> {
    let book = scene.book;
    let by = book
        .catalogue
        .event(event.kind)
        .map_or_else(Text::default, |e| e.name.clone());
    let mut changes = Vec::new();
    for set in setters {
        let value = scene.expression(set.from).unwrap_or_default();
        let Some(tag) = book.catalogue.tag(set.tag).filter(|_| !value.is_missing()) else {
            continue;
        };
        let sure = set.confidence.and_then(|sure| scene.expression(sure).ok());
        changes.push(Change::TagSet {
            tag: tag.name.clone(),
            value,
            at: event.time,
            seq: event.seq,
            expires: tag.ttl.map(|ttl| event.time.saturating_add(ttl)),
            by: by.clone(),
            confidence: sure.as_ref().and_then(ten_thousandths),
        });
    }
    changes
}

/// A number of 0 to 1, rounded; what lies outside is the border.
fn ten_thousandths(share: &Value) -> Option<u16> {
    let share = match share {
        Value::Decimal(share) => *share,
        Value::Int(0) => 0.0,
        Value::Int(_) => 1.0,
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between 0 and 10,000"
    )]
    let rounded = (share.clamp(0.0, 1.0) * 10_000.0).round_ties_even() as u16;
    Some(rounded)
}

/// The tags of entities that an event sets.
pub(super) fn observe_entity_tags(
    scene: &mut Scene<'_>,
    event: &Event,
    setters: &[EntityTagSet],
) -> Vec<SharedChange> {
    let book = scene.book;
    let mut changes = Vec::new();
    for set in setters {
        let Some(key) = event.entity(set.field) else {
            continue;
        };
        let value = scene.expression(set.from).unwrap_or_default();
        let entity = book.catalogue.entity(key.kind);
        let tag = entity.and_then(|entity| entity.tags.get(set.tag));
        let Some((entity, tag)) = entity.zip(tag).filter(|_| !value.is_missing()) else {
            continue;
        };
        changes.push(SharedChange::EntityTagged {
            key: EntityTagKey {
                kind: entity.name.clone(),
                id: key.id.clone(),
                tag: tag.name.clone(),
            },
            value: EntityTagValue {
                value,
                at: event.time,
                seq: event.seq,
                expires: tag.ttl.map(|ttl| event.time.saturating_add(ttl)),
            },
        });
    }
    changes
}
