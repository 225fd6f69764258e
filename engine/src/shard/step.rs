//! One step of a customer: observe, describe, decide, enact.

use super::entities::order_of;
use super::segments::{Cascade, is_marked};
use super::tags::{observe_entity_tags, observe_tags};
use super::{Shard, dated};
use crate::change::Change;
use crate::contacts::Withdrawal;
use crate::decision::enact::enact;
use crate::decision::live::Live;
use crate::decision::occasion::Occasion;
use crate::decision::record::DecisionRecord;
use crate::decision::shared::Shared;
use crate::decision::{Decision, decide};
use crate::describe::Base;
use crate::door::{Admission, Taken};
use crate::event::Event;
use crate::journal::{Entry, Owner};
use crate::key::{KeyGroup, is_keyless};
use crate::outcome::{Outcome, Place, Settled, What};
use crate::plan::Plan;
use crate::scene::Scene;
use crate::state::Group;
use crate::state::audience::referred;
use crate::state::customer::Customer;
use crate::state::timers::keep_in_step;
use crate::tally::Tally;
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::layout::Slot;
use rules::value::{Text, Value};
use std::collections::BTreeSet;
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
            Admission::Elsewhere => {
                self.observe_elsewhere(event);
                What::Elsewhere
            }
            Admission::Taken if is_keyless(&event.customer) => {
                What::Settled(self.settle_keyless(event))
            }
            Admission::Taken => {
                ordinal = self.fire_before(event.seq, &event.customer, (event.time, 0), outcomes);
                self.foresee(event);
                self.observe_windows(taken);
                self.observe_haunts(taken);
                self.matched = self.observe_patterns(taken);
                let matched = self.show.derived.then(|| self.matched.clone());
                let mut settled = self.decide(event);
                settled.derived = matched.unwrap_or_default();
                What::Settled(settled)
            }
        };
        let marked = is_marked(&what);
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
        if marked {
            self.cascade(event, Cascade::behind(ordinal), outcomes);
        }
    }

    /// Windows of the customer, alone and with entities.
    fn observe_windows(&mut self, taken: &Taken) {
        let plan = Arc::clone(&self.plan);
        let Some(event_plan) = plan.event(taken.event.kind) else {
            return;
        };
        let id = &taken.event.customer;
        let group = self.state.group_mut(KeyGroup::of(id));
        let Some(customer) = group.and_then(|g| g.customers.get_mut(id.as_str())) else {
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
            let entity = intake.entity.map(|field| taken.event.entity(field));
            let tracks = match entity {
                None => Some(&mut customer.windows),
                Some(key) => key.and_then(|key| customer.pair_mut(&plan, key)),
            };
            let Some(tracks) = tracks else {
                continue;
            };
            let (mask, cells) = intake.cells_of(taken);
            tracks.insert(&plan, track, order_of(taken), mask, cells);
            self.journal.note(|| {
                let owner = match entity.flatten() {
                    None => Owner::Customer(id.clone()),
                    Some(key) => Owner::Pair(id.clone(), key.clone()),
                };
                intake.entry(track, owner, taken)
            });
        }
    }

    /// Observe what is not a window, then describe and decide on frozen facts, and enact.
    pub(super) fn decide(&mut self, event: &Event) -> Settled {
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        let mut settled = Settled {
            late: event.late,
            ..Settled::default()
        };
        let withdrawn = self.observe(&book, &plan, event, &mut settled);
        let derived = self.derive(&book, &plan, event);
        let occasion = Occasion {
            event,
            derived: &derived,
        };
        self.speak(&book, &plan, occasion, &mut settled);
        self.pull_back(&book, event, withdrawn, &mut settled);
        settled
    }

    /// Decides on frozen facts, and enacts.
    pub(super) fn speak(
        &mut self,
        book: &Book,
        plan: &Plan,
        occasion: Occasion<'_>,
        settled: &mut Settled,
    ) {
        let event = occasion.event;
        let show = self.show.clone();
        let columns = plan.event(event.kind).map_or(&[][..], |p| &p.columns);
        let watch: Vec<Option<Slot>> = show.watch.iter().copied().map(Some).collect();
        let mut kinds = occasion.kinds();
        let speaks = kinds.any(|(_, kind)| !book.rules_on(kind).is_empty());
        if !speaks && watch.is_empty() && !show.columns {
            return;
        }
        let enacted = self.stage(book, plan, occasion, |stage| {
            let decision = speaks.then(|| stage.decide(occasion)).flatten();
            if show.columns {
                settled.row = values(&mut stage.scene, columns);
            }
            settled.watched = values(&mut stage.scene, &watch);
            decision.map(|decision| {
                if show.records && decision.has_candidates() {
                    let record = DecisionRecord::of(&mut stage.scene, occasion, &decision);
                    settled.record = Some(record.to_json());
                }
                let enacted = enact(book, event, &decision, &stage.customer.contacts);
                settled.decision = Some(Box::new(decision));
                enacted
            })
        });
        if let Some(enacted) = enacted.flatten() {
            settled.actions = enacted.actions;
            for change in &enacted.shared {
                self.share(change.clone());
            }
            settled.shared = enacted.shared;
            self.apply(book, &event.customer, enacted.changes);
        }
    }

    /// Takes in what the event says of tags and of being contacted, on facts from before it said so.
    /// Gives what is pulled back by that.
    pub(super) fn observe(
        &mut self,
        book: &Book,
        plan: &Plan,
        event: &Event,
        settled: &mut Settled,
    ) -> Vec<Withdrawal> {
        let Some(event_plan) = plan.event(event.kind) else {
            return Vec::new();
        };
        let silent = event_plan.tags.is_empty() && event_plan.entity_tags.is_empty();
        if silent && !event_plan.contacts {
            return Vec::new();
        }
        let mut changes = Vec::new();
        let mut recalls = Vec::new();
        let mut shared = Vec::new();
        self.stage(book, plan, Occasion::alone(event), |stage| {
            changes = observe_tags(&mut stage.scene, event, &event_plan.tags);
            shared = observe_entity_tags(&mut stage.scene, event, &event_plan.entity_tags);
            if event_plan.contacts {
                let heard = stage.customer.contacts.observe(&mut stage.scene, event);
                settled.unknown_action = heard.unknown_action;
                settled.answered = stage.customer.contacts.answered(&heard).map(Box::new);
                changes.extend(heard.changes);
                recalls = heard.recalls;
            }
        });
        for change in shared {
            self.share(change);
        }
        self.apply(book, &event.customer, changes);
        let withdrawn = self.recall(book, event, &recalls);
        self.count_caps(book, event, settled);
        withdrawn
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
            group.customers.or_insert_with(id, new);
        }
        self.apply(&book, id, changes.to_vec());
    }

    /// Runs `work` on the facts of an event, as its customer's state stands now.
    pub(super) fn stage<T>(
        &mut self,
        book: &Book,
        plan: &Plan,
        occasion: Occasion<'_>,
        work: impl FnOnce(&mut Stage<'_>) -> T,
    ) -> Option<T> {
        let event = occasion.event;
        let group = self.state.group(KeyGroup::of(&event.customer))?;
        let customer = group.customers.get(event.customer.as_str())?;
        let zone = self.zones.of(book, customer, event.time);
        self.facts.reset(event.kind);
        let mut base = Base {
            book,
            plan,
            event,
            occasion,
            customer: Some(customer),
            entities: self.shared.tags(),
            zone: &zone,
        };
        Some(work(&mut Stage {
            customer,
            zone: &zone,
            shared: &self.shared,
            listed: &self.listed,
            tally: &mut self.tally,
            scene: Scene {
                book,
                interpreter: &mut self.interpreter,
                facts: &mut self.facts,
                base: &mut base,
            },
        }))
    }

    /// Writes changes, and arms the dated timers that hang on them.
    pub(super) fn apply(&mut self, book: &Book, id: &Text, changes: Vec<Change>) {
        let written = dated::written(book, &self.zones, &changes);
        self.write(book, id, changes);
        if !written.is_empty() {
            self.arm(book, id, &written);
        }
    }

    /// Writes changes, and keeps the group's timers in step.
    pub(super) fn write(&mut self, book: &Book, id: &Text, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        let group = self.state.group_mut(KeyGroup::of(id));
        let Some(Group {
            customers,
            timers,
            audience,
            ..
        }) = group
        else {
            return;
        };
        let Some((id, customer)) = customers.find_mut(id.as_str()) else {
            return;
        };
        let goes_by = |tag: &Text| {
            let tag = book.catalogue.tag_named(tag);
            tag.is_some_and(|tag| self.plan.audience_tags.contains(&tag))
        };
        let refers_anew = !self.plan.audience_tags.is_empty()
            && changes.iter().any(|change| {
                matches!(change, Change::TagSet { tag, .. } | Change::TagUnset { tag, .. } if goes_by(tag))
            });
        let before = refers_anew.then(|| referred(customer, &self.plan.audience_tags));
        let mut moved = Vec::new();
        for change in changes {
            self.journal.note(|| Entry::Customer {
                customer: id.clone(),
                change: change.clone(),
            });
            customer.apply(&book.catalogue, change, &mut moved);
        }
        if let Some(before) = before {
            audience.replace(id, &before, &referred(customer, &self.plan.audience_tags));
        }
        // The newest event of the batch is known already, and its step is not made yet.
        customer.contacts.trim(&self.horizon, customer.stepped);
        if let Some(places) = &mut customer.places {
            places.trim(&book.catalogue, self.plan.lateness_max);
        }
        let first = keep_in_step(timers, id, moved);
        self.earliest = self.earliest.min(first);
    }
}

/// One event before the policy of its customer.
pub(super) struct Stage<'a> {
    pub(super) customer: &'a Customer,
    pub(super) zone: &'a TimeZone,
    shared: &'a Shared,
    listed: &'a BTreeSet<(Text, Text)>,
    tally: &'a mut Tally,
    pub(super) scene: Scene<'a>,
}

impl Stage<'_> {
    fn decide(&mut self, occasion: Occasion<'_>) -> Option<Decision> {
        let event = occasion.event;
        let mut policy = Live {
            contacts: &self.customer.contacts,
            shared: self.shared,
            listed: self.listed,
            customer: &event.customer,
            catalogue: &self.scene.book.catalogue,
            zone: self.zone,
            at: event.time,
        };
        decide(&mut self.scene, &mut policy, occasion, self.tally)
    }
}

/// The values of slots; missing where there is no slot.
fn values(scene: &mut Scene<'_>, slots: &[Option<Slot>]) -> Vec<Value> {
    let mut values = Vec::with_capacity(slots.len());
    for slot in slots {
        values.push(slot.map_or(Value::Missing, |slot| {
            scene.ensure(&[slot]);
            scene.facts.peek(slot).clone()
        }));
    }
    values
}
