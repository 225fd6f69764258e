//! Where a customer is: what a located event changes, and the events that fences make of it.

use super::Shard;
use crate::canonical::Digest;
use crate::change::Change;
use crate::door::Taken;
use crate::event::Event;
use crate::key::KeyGroup;
use crate::place::fences::{Crossing, Moved, moved};
use crate::place::{Fix, haunts};
use crate::plan::{EventPlan, Plan};
use crate::time::Local;
use crate::window::track::Order;
use rules::book::Book;
use rules::catalogue::EventId;
use rules::catalogue::place::{Fence, FenceId};
use rules::place::cell::Cell;
use rules::value::{Text, Value};
use std::sync::Arc;

impl Shard {
    /// Takes in where an event says its customer is, for haunts.
    pub(super) fn observe_haunts(&mut self, taken: &Taken) {
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        let event = &taken.event;
        let event_plan = plan.event(event.kind);
        let Some(event_plan) = event_plan.filter(|plan| !plan.haunts.is_empty()) else {
            return;
        };
        if let Some(fix) = fix_of(event_plan, event) {
            let changes = self.haunted(&book, event_plan, taken, fix);
            self.apply(&book, &event.customer, changes);
        }
    }

    /// Takes in where an event says its customer is, for fences. Gives who entered and left, as events.
    pub(super) fn fences(&mut self, book: &Book, plan: &Plan, event: &Event) -> Vec<Event> {
        let event_plan = plan.event(event.kind).filter(|plan| plan.fenced);
        let Some(fix) = event_plan.and_then(|plan| fix_of(plan, event)) else {
            return Vec::new();
        };
        let group = self.state.group(KeyGroup::of(&event.customer));
        let customer = group.and_then(|g| g.customers.get(event.customer.as_str()));
        let Some(customer) = customer else {
            return Vec::new();
        };
        let places = &book.catalogue.places;
        let moved = moved(places, &plan.bands, customer.whereabouts(), fix);
        let pends = |name: &Text| customer.timers.get(name).is_some();
        let mut changes = dwells(book, &moved, pends);
        let told = moved.crossings.iter();
        let events = told.filter_map(|crossing| told_of(book, event, crossing));
        let events = events.collect();
        changes.extend(moved.changes);
        self.apply(book, &event.customer, changes);
        events
    }

    /// The hours that an event adds to haunts.
    fn haunted(&mut self, book: &Book, plan: &EventPlan, taken: &Taken, fix: Fix) -> Vec<Change> {
        let group = self.state.group(KeyGroup::of(&taken.event.customer));
        let customer = group.and_then(|g| g.customers.get(taken.event.customer.as_str()));
        let Some(customer) = customer else {
            return Vec::new();
        };
        let zone = self.zones.of(book, customer, fix.order.time);
        let local = Local::at(fix.order.time, &zone);
        let hour = fix.order.time.div_euclid(haunts::HOUR);
        let met = |at: &usize| taken.conditions & (1 << at) != 0;
        let mut changes = Vec::new();
        for haunt in &plan.haunts {
            let good = haunt.gate.is_none_or(|gate| fix.accuracy <= gate);
            if !good
                || !haunt.part.has(local.hour(), local.weekday())
                || !haunt.conditions.iter().all(met)
            {
                continue;
            }
            let Some(cell) = Cell::of(fix.point, haunt.resolution) else {
                continue;
            };
            let hours = customer.whereabouts().hours(&haunt.feature);
            if !hours.is_some_and(|hours| hours.knows(hour, cell)) {
                changes.push(Change::HauntSeen {
                    feature: haunt.feature.clone(),
                    hour,
                    cell,
                });
            }
        }
        changes
    }

    /// The event of a stay that has been long enough, if a timer of that name says so and the customer
    /// is still there; `None` for a timer that is not a fence's.
    pub(super) fn dwelt(
        &self,
        customer: &Text,
        name: &Text,
        due: i64,
    ) -> Option<(EventId, Vec<Value>)> {
        let places = &self.book.catalogue.places;
        let mut fences = places.fences.iter();
        let fence = fences.find(|fence| timer_of(fence) == *name)?;
        let group = self.state.group(KeyGroup::of(customer))?;
        let known = group.customers.get(customer.as_str())?.whereabouts();
        let latest = Order {
            time: due,
            seq: u64::MAX,
        };
        let since = known.inside(&fence.name, latest)?.time;
        let long = since.saturating_add(fence.dwell?) <= due;
        let fields = vec![Value::Text(fence.name.clone()), Value::Time(since)];
        fence.dwelt.filter(|_| long).map(|kind| (kind, fields))
    }
}

/// Where an event says it happened.
fn fix_of(plan: &EventPlan, event: &Event) -> Option<Fix> {
    let order = Order {
        time: event.time,
        seq: event.seq,
    };
    Fix::of_fields(order, &event.fields, plan.whereabouts?)
}

/// The name of the timer of a fence's stays; no rule can name one so.
fn timer_of(fence: &Fence) -> Text {
    format!("fence.{}.dwelt", fence.name).into()
}

/// Timers of stays: they begin, end, or began at another time than was thought.
fn dwells(book: &Book, moved: &Moved, pends: impl Fn(&Text) -> bool) -> Vec<Change> {
    let due = |id: FenceId, since: i64| {
        let fence = book.catalogue.fence(id)?;
        let due = since.saturating_add(fence.dwell?);
        Some((timer_of(fence), due, format!("fence.{}", fence.name)))
    };
    let set = |(name, due, by): (Text, i64, String)| Change::TimerSet {
        name,
        due,
        by: by.into(),
    };
    let crossings = moved.crossings.iter().filter_map(|crossing| {
        let timer = due(crossing.fence, crossing.since)?;
        Some(match crossing.inside {
            true => set(timer),
            false => Change::TimerForgotten { name: timer.0 },
        })
    });
    // One that was told already is not told again.
    let restarted = moved.restarted.iter().filter_map(|(id, since)| {
        let timer = due(*id, *since)?;
        pends(&timer.0).then(|| set(timer))
    });
    crossings.chain(restarted).collect()
}

/// A crossing as the event that rules hear.
fn told_of(book: &Book, event: &Event, crossing: &Crossing) -> Option<Event> {
    let fence = book.catalogue.fence(crossing.fence)?;
    let mut fields = vec![Value::Text(fence.name.clone()), Value::Time(crossing.since)];
    let kind = if crossing.inside {
        fence.entered
    } else {
        let stayed = crossing.at.saturating_sub(crossing.since);
        fields.push(Value::Duration(stayed.max(0)));
        fence.left
    };
    let name = &book.catalogue.event(kind)?.name;
    Some(Event {
        kind,
        id: id_of(name, &event.customer, &event.source, &event.id),
        source: Text::from("deft"),
        fields,
        digest: 0,
        asked: None,
        trace: None,
        entity_values: Vec::new(),
        ..event.clone()
    })
}

/// H(definition, key, matched event).
fn id_of(name: &str, customer: &str, source: &str, id: &str) -> Text {
    let mut digest = Digest::new();
    for part in [name, customer, source, id] {
        digest.text(part);
    }
    let hash = digest.finish();
    let hex: String = hash.iter().take(12).map(|b| format!("{b:02x}")).collect();
    Text::from(format!("e-{hex}"))
}
