//! Entities: their windows take each event and are read as that event saw them, in door order.

use super::Shard;
use crate::door::{Admission, Input, Taken};
use crate::journal::{Entry, Owner};
use crate::key::KeyGroup;
use crate::plan::{CellOf, EventPlan, Intake, Plan, TrackPlan};
use crate::state::tracks::{Tracks, cell};
use crate::window::reader::Reader;
use crate::window::track::{Cell, Order};
use rules::value::{EntityKey, Value};
use std::sync::Arc;

/// A value of an entity for the event at a place of the batch.
#[derive(Clone, Debug)]
pub struct EntityValue {
    /// The place in the batch.
    pub at: usize,
    /// The place in [`EventPlan::entity_reads`].
    pub read: usize,
    /// The value.
    pub value: Value,
    /// It is not all there is: see [`crate::window::read::Window::is_truncated`].
    pub truncated: bool,
}

impl Shard {
    /// Updates the owned entities of a batch, and reads what its events are asked for.
    pub fn entities(&mut self, batch: &[Input]) -> Vec<EntityValue> {
        let plan = Arc::clone(&self.plan);
        let mut values = Vec::new();
        for (at, input) in batch.iter().enumerate() {
            let taken = match input {
                Input::Event(taken) => taken,
                Input::Tick { door, .. } => {
                    self.sweep_entities(*door);
                    continue;
                }
            };
            if !matches!(taken.admission, Admission::Taken | Admission::Elsewhere) {
                continue;
            }
            if let Some(event_plan) = plan.event(taken.event.kind) {
                self.take_entities(&plan, event_plan, taken);
                if taken.admission == Admission::Taken {
                    self.read_entities(&plan, event_plan, at, taken, &mut values);
                }
            }
        }
        values
    }

    fn take_entities(&mut self, plan: &Plan, event_plan: &EventPlan, taken: &Taken) {
        // Ways in through one field stand together: its entity is looked up once.
        let mut found: Option<(usize, Option<KeyGroup>)> = None;
        for intake in &event_plan.entity {
            let Some((field, key)) = intake
                .entity
                .and_then(|field| Some((field, taken.event.entity(field)?)))
            else {
                continue;
            };
            if !intake.wants(taken.conditions) {
                continue;
            }
            let group = match found {
                Some((known, group)) if known == field => group,
                _ => self.owned_entity(key),
            };
            found = Some((field, group));
            let (Some(track), Some(group)) = (
                plan.tracks.get(intake.track),
                group.and_then(|group| self.state.group_mut(group)),
            ) else {
                continue;
            };
            let order = order_of(taken);
            let (mask, cells) = intake.cells_of(taken);
            let tracks = group.entity_mut(plan, key);
            tracks.insert(plan, track, order, mask, cells);
            self.journal.note(|| {
                let owner = Owner::Entity(key.clone());
                intake.entry(track, owner, taken)
            });
        }
    }

    fn read_entities(
        &self,
        plan: &Plan,
        event_plan: &EventPlan,
        at: usize,
        taken: &Taken,
        values: &mut Vec<EntityValue>,
    ) {
        // Reads of one field stand together: its entity is looked up once.
        let mut found: Option<(usize, Option<&Tracks>)> = None;
        for (read, wanted) in event_plan.entity_reads.iter().enumerate() {
            let Some(feature) = plan.features.get(wanted.feature) else {
                continue;
            };
            let tracks = match found {
                Some((field, tracks)) if field == wanted.field => tracks,
                _ => self.kept(taken, wanted.field),
            };
            found = Some((wanted.field, tracks));
            if let Some(tracks) = tracks {
                // An entity has no zone of its own: its days are the bank's.
                let reader = Reader {
                    order: order_of(taken),
                    before: false,
                    zone: self.zones.bank(),
                };
                let value = tracks.read(plan, feature, &reader);
                values.push(EntityValue {
                    at,
                    read,
                    truncated: tracks.is_truncated(plan, feature, &reader, &value),
                    value,
                });
            }
        }
    }

    /// The tracks of the entity in a field, if it is this shard's to answer for.
    fn kept(&self, taken: &Taken, field: usize) -> Option<&Tracks> {
        static NOTHING: Tracks = Tracks::NOTHING;
        let key = taken.event.entity(field)?;
        let group = self.state.group(self.owned_entity(key)?)?;
        Some(group.entities.get(key).unwrap_or(&NOTHING))
    }

    pub(super) fn owned_entity(&self, key: &EntityKey) -> Option<KeyGroup> {
        let entity = self.book.catalogue.entity(key.kind)?;
        let group = KeyGroup::of_entity(&entity.name, &key.id);
        self.owns_group(group).then_some(group)
    }
}

pub(super) fn order_of(taken: &Taken) -> Order {
    Order {
        time: taken.event.time,
        seq: taken.event.seq,
    }
}

impl Intake {
    /// The entry of an event that a track took.
    pub(super) fn entry(&self, track: &TrackPlan, owner: Owner, taken: &Taken) -> Entry {
        let (mask, cells) = self.cells_of(taken);
        Entry::Appended {
            owner,
            track: self.track,
            order: track.place_of(order_of(taken), mask),
            mask,
            cells: cells.collect(),
        }
    }

    /// True when the condition of the stream is met.
    pub(super) fn wants(&self, conditions: u128) -> bool {
        self.filter.is_none_or(|at| conditions & (1 << at) != 0)
    }

    /// The mask bits and cells of an event.
    pub(super) fn cells_of<'a>(
        &'a self,
        taken: &'a Taken,
    ) -> (u32, impl Iterator<Item = Cell> + 'a) {
        let bits = self
            .masks
            .iter()
            .enumerate()
            .filter(|(_, at)| taken.conditions & (1 << **at) != 0);
        let mask = bits.fold(0, |mask, (bit, _)| mask | (1u32 << bit));
        let field = move |at: Option<usize>| {
            at.and_then(|at| taken.event.fields.get(at))
                .map_or(Cell::Empty, cell)
        };
        let from = move |from: &CellOf| match *from {
            CellOf::Field(at) => field(at),
            CellOf::Event => Cell::Number(1),
            CellOf::Having(at) => match field(at) {
                Cell::Empty => Cell::Empty,
                _ => Cell::Number(1),
            },
        };
        (mask, self.cells.iter().map(from))
    }
}
