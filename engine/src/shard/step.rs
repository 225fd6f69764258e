//! One step of a customer: observe, describe, decide, enact.

use super::Shard;
use super::entities::order_of;
use crate::change::Change;
use crate::describe::Base;
use crate::door::{Admission, Taken};
use crate::event::Event;
use crate::key::KeyGroup;
use crate::outcome::{Outcome, Place, Settled, What};
use crate::plan::Plan;
use crate::scene::Scene;
use crate::state::Group;
use crate::state::customer::Customer;
use crate::time::Local;
use rules::book::Book;
use rules::layout::Slot;
use rules::value::{Text, Value};
use std::sync::Arc;

impl Shard {
    /// The step of one event, after the steps of the timers due before it.
    pub(super) fn step(&mut self, taken: &Taken, outcomes: &mut Vec<Outcome>) {
        let event = &taken.event;
        let mut ordinal = 0;
        let what = match taken.admission {
            Admission::Duplicate => What::Duplicate,
            Admission::Mismatch => What::Mismatch,
            Admission::TooLate => What::TooLate,
            Admission::Taken => {
                ordinal = self.fire_before(event.seq, &event.customer, event.time, outcomes);
                self.observe_windows(taken);
                What::Settled(self.decide(event))
            }
        };
        outcomes.push(Outcome {
            place: Place {
                seq: event.seq,
                deadline: event.time,
                key: event.customer.clone(),
                ordinal,
            },
            line: Some(taken.line),
            event_id: event.id.clone(),
            what,
        });
    }

    /// Windows of the customer, alone and with entities.
    fn observe_windows(&mut self, taken: &Taken) {
        let plan = Arc::clone(&self.plan);
        let Some(event_plan) = plan.event(taken.event.kind) else {
            return;
        };
        let Some(customer) = self.customer_mut(&taken.event.customer) else {
            return;
        };
        for intake in event_plan.customer.iter().chain(&event_plan.pair) {
            let Some(track) = plan
                .tracks
                .get(intake.track)
                .filter(|_| intake.wants(taken.conditions))
            else {
                continue;
            };
            let (mask, cells) = intake.cells_of(taken);
            let tracks = match intake.entity {
                None => Some(&mut customer.windows),
                Some(field) => taken
                    .event
                    .entity(field)
                    .and_then(|key| customer.pair_mut(&plan, key)),
            };
            if let Some(tracks) = tracks {
                tracks.insert(&plan, track, order_of(taken), mask, cells);
            }
        }
    }

    /// Observe what is not a window, then describe and decide on frozen facts.
    pub(super) fn decide(&mut self, event: &Event) -> Settled {
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        let changes = self.observe_tags(&book, &plan, event);
        self.apply(&book, &event.customer, changes);
        let mut settled = Settled {
            late: event.late,
            ..Settled::default()
        };
        if self.show.columns {
            let columns = plan.event(event.kind).map_or(&[][..], |p| &p.columns);
            settled.row = self.values(&book, &plan, event, columns);
        }
        if !self.show.watch.is_empty() {
            let watch: Vec<Option<Slot>> = self.show.watch.iter().copied().map(Some).collect();
            settled.watched = self.values(&book, &plan, event, &watch);
        }
        settled
    }

    /// The tags this event sets.
    fn observe_tags(&mut self, book: &Book, plan: &Plan, event: &Event) -> Vec<Change> {
        let setters = plan.event(event.kind).map_or(&[][..], |p| &p.tags);
        if setters.is_empty() {
            return Vec::new();
        }
        let by = book
            .catalogue
            .event(event.kind)
            .map_or_else(Text::default, |e| e.name.clone());
        let mut changes = Vec::new();
        self.scene(book, plan, event, |scene| {
            for (id, expression) in setters {
                let Some(tag) = book.catalogue.tag(*id) else {
                    continue;
                };
                // A missing value leaves the tag as it is.
                let value = scene.expression(*expression).unwrap_or_default();
                if !value.is_missing() {
                    changes.push(Change::TagSet {
                        tag: tag.name.clone(),
                        value,
                        at: event.time,
                        seq: event.seq,
                        expires: tag.ttl.map(|ttl| event.time.saturating_add(ttl)),
                        by: by.clone(),
                    });
                }
            }
        });
        changes
    }

    /// These slots as this event sees them.
    fn values(
        &mut self,
        book: &Book,
        plan: &Plan,
        event: &Event,
        slots: &[Option<Slot>],
    ) -> Vec<Value> {
        let mut values = Vec::with_capacity(slots.len());
        self.scene(book, plan, event, |scene| {
            for slot in slots {
                values.push(slot.map_or(Value::Missing, |slot| {
                    scene.ensure(&[slot]);
                    scene.facts.peek(slot).clone()
                }));
            }
        });
        values
    }

    /// Writes what a case says was so before the first event.
    pub(super) fn given(&mut self, id: &Text, changes: &[Change]) {
        let group = KeyGroup::of(id);
        if !self.owns_group(group) {
            return;
        }
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        if let Some(group) = self.state.group_mut(group) {
            let new = || Customer::new(&plan);
            group.customers.entry(id.clone()).or_insert_with(new);
        }
        self.apply(&book, id, changes.to_vec());
    }

    /// Runs `work` on the facts of an event, as its customer's state stands now.
    fn scene<T>(
        &mut self,
        book: &Book,
        plan: &Plan,
        event: &Event,
        work: impl FnOnce(&mut Scene<'_>) -> T,
    ) -> Option<T> {
        let group = self.state.group(KeyGroup::of(&event.customer))?;
        let customer = group.customers.get(event.customer.as_str())?;
        let zone = self.zones.of(book, customer, event.time);
        self.facts.reset(event.kind);
        let mut base = Base {
            book,
            plan,
            event,
            customer: Some(customer),
            local: Local::at(event.time, &zone),
        };
        Some(work(&mut Scene {
            book,
            interpreter: &mut self.interpreter,
            facts: &mut self.facts,
            base: &mut base,
        }))
    }

    /// Writes changes, and keeps the group's timers in step.
    fn apply(&mut self, book: &Book, id: &Text, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        let group = self.state.group_mut(KeyGroup::of(id));
        let Some(Group {
            customers, timers, ..
        }) = group
        else {
            return;
        };
        let Some(customer) = customers.get_mut(id.as_str()) else {
            return;
        };
        let mut moved = Vec::new();
        for change in changes {
            customer.apply(&book.catalogue, change, &mut moved);
        }
        for (due, name, starts) in moved {
            let entry = (due, id.clone(), name);
            if starts {
                timers.insert(entry);
            } else {
                timers.remove(&entry);
            }
        }
    }

    fn customer_mut(&mut self, customer: &str) -> Option<&mut Customer> {
        self.state
            .group_mut(KeyGroup::of(customer))?
            .customers
            .get_mut(customer)
    }
}
