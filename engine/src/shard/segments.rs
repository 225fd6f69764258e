//! Segments that rules are told the changes of. What a customer was in is remembered from step to step;
//! what a step changes of it is an event of that step, and what its marks change makes a step more.

use super::Shard;
use crate::change::Change;
use crate::decision::occasion::Occasion;
use crate::event::Event;
use crate::ids;
use crate::limits::{CASCADE_DEPTH_MAX, CASCADE_STEPS_MAX};
use crate::outcome::{Outcome, Place, What};
use crate::plan::{Plan, SegmentPlan};
use rules::book::Book;
use rules::catalogue::EventId;
use rules::value::{Text, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far the steps that marks make have come.
pub(super) struct Cascade {
    /// How many steps lie between this one and the input.
    pub(super) depth: u32,
    /// Steps made of this input so far.
    pub(super) made: u32,
    /// The place of the next step among those of its input.
    pub(super) ordinal: u32,
}

impl Cascade {
    /// Nothing has come of the input but its own step, which stands at this place.
    pub(super) fn behind(ordinal: u32) -> Self {
        Self {
            depth: 0,
            made: 0,
            ordinal: ordinal.saturating_add(1),
        }
    }
}

impl Shard {
    /// A customer who was never looked at is looked at before the event is observed: so the first change
    /// is told as well, and what was so before is no change.
    pub(super) fn foresee(&mut self, event: &Event) {
        if self.plan.segments.is_empty() || event.late {
            return;
        }
        let Some(customer) = self.customer(&event.customer) else {
            return;
        };
        let is_known = |watched: &SegmentPlan| customer.segments.of(&watched.name).is_some();
        if self.plan.segments.iter().all(is_known) {
            return;
        }
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        let looked = self.look_at_segments(&book, &plan, event);
        let known = |name: &Text| {
            let customer = self.customer(&event.customer);
            customer.is_some_and(|customer| customer.segments.of(name).is_some())
        };
        let first = looked.into_iter().filter(|(name, ..)| !known(name));
        let changes = first.map(|(name, inside, _)| Change::SegmentSet { name, inside });
        let changes = changes.collect();
        self.write(&book, &event.customer, changes);
    }

    /// The changes of segments since the last step, as events. A late event tells of none: it is seen as
    /// of its own time, and the next step tells what is so.
    pub(super) fn segments(&mut self, book: &Book, plan: &Plan, event: &Event) -> Vec<Event> {
        if plan.segments.is_empty() || event.late {
            return Vec::new();
        }
        let looked = self.look_at_segments(book, plan, event);
        let mut changes = Vec::new();
        let mut events = Vec::new();
        for (name, inside, kind) in looked {
            let was = self
                .customer(&event.customer)
                .and_then(|c| c.segments.of(&name));
            if was == Some(inside) {
                continue;
            }
            if let Some(kind) = kind {
                events.push(derived(book, event, kind));
            }
            changes.push(Change::SegmentSet { name, inside });
        }
        self.write(book, &event.customer, changes);
        events
    }

    /// Another book takes over: what was known of segments that it does not watch, or by another
    /// condition, is let go. The next step of a customer looks anew, and that is no change.
    pub(super) fn unwatch(&mut self, book: &Book, plan: &Plan) {
        let gone: BTreeSet<&Text> = (self.plan.segments.iter())
            .map(|watched| &watched.name)
            .filter(|name| {
                let stays = plan.segments.iter().any(|watched| watched.name == **name);
                !stays || condition(&self.book, name) != condition(book, name)
            })
            .collect();
        if gone.is_empty() {
            return;
        }
        for group in self.state.groups_mut() {
            for customer in group.customers.values_mut() {
                customer.segments.retain(|name| !gone.contains(name));
            }
        }
    }

    /// Every watched segment: in or out, and the event of having come so.
    fn look_at_segments(
        &mut self,
        book: &Book,
        plan: &Plan,
        event: &Event,
    ) -> Vec<(Text, bool, Option<EventId>)> {
        let looked = self.stage(book, plan, Occasion::alone(event), |stage| {
            let all = plan.segments.iter().map(|watched| {
                stage.scene.ensure(&[watched.slot]);
                let inside = *stage.scene.facts.peek(watched.slot) == Value::Bool(true);
                let kind = if inside {
                    watched.entered
                } else {
                    watched.left
                };
                (watched.name.clone(), inside, kind)
            });
            all.collect()
        });
        looked.unwrap_or_default()
    }

    /// The marks of a step may have changed segments: each change is a step of its own, and so on.
    pub(super) fn cascade(
        &mut self,
        event: &Event,
        mut cascade: Cascade,
        outcomes: &mut Vec<Outcome>,
    ) -> Cascade {
        if self.plan.segments.is_empty() {
            return cascade;
        }
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        for change in self.segments(&book, &plan, event) {
            if cascade.depth >= CASCADE_DEPTH_MAX || cascade.made >= CASCADE_STEPS_MAX {
                self.tally.cascades_cut += 1;
                continue;
            }
            let what = What::Settled(self.decide(&change));
            let marked = is_marked(&what);
            outcomes.push(Outcome {
                place: Place {
                    seq: event.seq,
                    deadline: event.time,
                    key: event.customer.clone(),
                    ordinal: cascade.ordinal,
                },
                line: None,
                event_id: change.id.clone(),
                what,
            });
            cascade.made += 1;
            cascade.ordinal += 1;
            if marked {
                cascade.depth += 1;
                cascade = self.cascade(&change, cascade, outcomes);
                cascade.depth -= 1;
            }
        }
        cascade
    }
}

/// A step left marks, which may have changed segments.
pub(super) fn is_marked(what: &What) -> bool {
    match what {
        What::Settled(settled) => {
            let decision = settled.decision.as_ref();
            decision.is_some_and(|decision| !decision.marks.is_empty())
        }
        What::Duplicate | What::Mismatch | What::TooLate | What::Elsewhere => false,
    }
}

/// The condition of a segment as it is written.
fn condition<'b>(book: &'b Book, segment: &str) -> Option<&'b str> {
    let mut segments = book.catalogue.segments.iter();
    let found = segments.find(|known| known.name == segment)?;
    Some(&found.when.text)
}

/// The event of a change that this one brought about.
fn derived(book: &Book, cause: &Event, kind: EventId) -> Event {
    let name = book.catalogue.event(kind).map_or("", |e| e.name.as_str());
    Event {
        kind,
        id: ids::derived_id(name, &cause.customer, &[&cause.source, &cause.id]),
        source: Text::from("deft"),
        fields: Vec::new(),
        digest: 0,
        asked: None,
        trace: None,
        entity_values: Vec::new(),
        entity_truncated: Vec::new(),
        ..cause.clone()
    }
}
