//! Timers: what fires, when, and as which event.
//!
//! A timer with deadline D fires before its customer's next event with time ≥ D, or on the first tick
//! at or past D + lateness, whichever comes first; its event carries time D. So an absence is seen
//! with no further traffic, and a replay sees it at the same place.

use super::Shard;
use super::patterns::MARK;
use super::segments::{Cascade, is_marked};
use crate::canonical::Digest;
use crate::event::Event;
use crate::journal::Entry;
use crate::key::KeyGroup;
use crate::limits::{KEY_GROUPS, TIMERS_PER_EVENT_MAX, TIMERS_PER_TICK_MAX};
use crate::outcome::{Outcome, Place, What};
use crate::state::timers::Timers;
use rules::value::Text;
use std::sync::Arc;

impl Shard {
    /// Fires what is due on a tick at `door` ms: oldest first, a bounded number per key group.
    pub(super) fn tick(&mut self, seq: u64, door: i64, outcomes: &mut Vec<Outcome>) {
        let until = door.saturating_sub(self.plan.lateness_max);
        if until < self.earliest {
            return;
        }
        for group in (0..KEY_GROUPS).map(KeyGroup) {
            if !self.owns_group(group) {
                continue;
            }
            let mut ordinal = 0;
            for _ in 0..TIMERS_PER_TICK_MAX {
                let first = self.state.group(group).and_then(|g| g.timers.first());
                let Some((due, customer, name)) = first.cloned().filter(|(due, ..)| *due <= until)
                else {
                    break;
                };
                ordinal = self.fire(seq, ordinal, due, &customer, &name, outcomes);
            }
        }
        self.earliest = self.first_deadline().unwrap_or(i64::MAX);
    }

    /// Fires the timers of a customer that are due at `time` or before. Gives how many.
    pub(super) fn fire_before(
        &mut self,
        seq: u64,
        customer: &Text,
        (time, mut ordinal): (i64, u32),
        outcomes: &mut Vec<Outcome>,
    ) -> u32 {
        if time < self.earliest {
            return ordinal;
        }
        loop {
            let group = self.state.group(KeyGroup::of(customer));
            let known = group.and_then(|g| g.customers.get(customer.as_str()));
            let timers = known.map(|c| &c.timers);
            let due = timers
                .into_iter()
                .flat_map(Timers::iter)
                .filter(|(_, t)| t.due <= time);
            let first = due.map(|(name, t)| (t.due, name.clone())).min();
            let pattern = known.and_then(|customer| self.pattern_due(customer));
            let pattern = pattern.filter(|(due, _)| *due <= time);
            let first = first.into_iter().chain(pattern).min();
            // A timer that sets itself again at once would never end; a customer's bound does.
            let Some((due, name)) = first.filter(|_| (ordinal as usize) < TIMERS_PER_EVENT_MAX)
            else {
                return ordinal;
            };
            ordinal = self.fire(seq, ordinal, due, customer, &name, outcomes);
        }
    }

    /// A timer has fired, and pends no longer.
    pub(super) fn forget_timer(&mut self, customer: &Text, name: &Text, due: i64) {
        if let Some(group) = self.state.group_mut(KeyGroup::of(customer)) {
            group.timers.remove(&(due, customer.clone(), name.clone()));
            if let Some(customer) = group.customers.get_mut(customer.as_str()) {
                customer.fired(name);
            }
        }
    }

    /// The door time of the tick that fires the next pending timer, ms.
    pub(super) fn next_timer(&self) -> Option<i64> {
        let due = self.first_deadline();
        let due = due.map(|due| due.saturating_add(self.plan.lateness_max));
        due.into_iter().chain(self.next_round()).min()
    }

    /// The same for the next timer that a rule has set.
    pub(super) fn next_reminder(&self) -> Option<i64> {
        let catalogue = &self.book.catalogue;
        let firsts = self.state.groups().filter_map(|group| {
            let is_set = |(_, _, name): &&(i64, Text, Text)| catalogue.dated_named(name).is_none();
            Some(group.timers.iter().find(is_set)?.0)
        });
        let first = firsts.min();
        let due = first.map(|due| due.saturating_add(self.plan.lateness_max));
        due.into_iter().chain(self.next_round()).min()
    }

    pub(super) fn first_deadline(&self) -> Option<i64> {
        let firsts = self
            .state
            .groups()
            .filter_map(|g| Some(g.timers.first()?.0));
        firsts.min()
    }

    /// One timer, and what its marks bring about. Gives the place of the next step.
    fn fire(
        &mut self,
        seq: u64,
        ordinal: u32,
        due: i64,
        customer: &Text,
        name: &Text,
        outcomes: &mut Vec<Outcome>,
    ) -> u32 {
        if let Some(pattern) = name.strip_prefix(MARK) {
            // A deadline that nobody keeps any more would be the first for ever.
            if let Some(group) = self.state.group_mut(KeyGroup::of(customer)) {
                group.timers.remove(&(due, customer.clone(), name.clone()));
            }
            let mut next = ordinal;
            // It may tell of several, or of nothing.
            for mut event in self.pass_pattern(customer, pattern, seq, ordinal, due) {
                event.ordinal = next;
                next = self.tell(event, outcomes);
            }
            return next.max(ordinal.saturating_add(1));
        }
        self.journal.note(|| Entry::Fired {
            customer: customer.clone(),
            name: name.clone(),
            due,
        });
        self.forget_timer(customer, name, due);
        let book = Arc::clone(&self.book);
        if let Some(timer) = book.catalogue.dated_named(name) {
            self.arm_one(&book, customer, timer, due);
        }
        // A book without this timer any more: nobody listens.
        let timer = book.catalogue.event_named(&format!("timer.{name}"));
        let timer = timer.map(|kind| (kind, Vec::new()));
        let Some((kind, fields)) = timer.or_else(|| self.dwelt(customer, name, due)) else {
            return ordinal;
        };
        let event = Event {
            seq,
            ordinal,
            kind,
            id: derived_id(name, customer, due),
            source: Text::from("deft"),
            customer: customer.clone(),
            time: due,
            door: due,
            fields,
            digest: 0,
            late: false,
            asked: None,
            trace: None,
            entity_values: Vec::new(),
            entity_truncated: Vec::new(),
        };
        self.tell(event, outcomes)
    }

    /// Decides on what happens at a deadline, a step of its own, and on what its marks bring about.
    /// Gives the place of the next step.
    pub(super) fn tell(&mut self, event: Event, outcomes: &mut Vec<Outcome>) -> u32 {
        self.foresee(&event);
        let mut settled = self.decide(&event);
        if self.show.derived {
            settled.derived.push(event.clone());
        }
        let what = What::Settled(settled);
        let marked = is_marked(&what);
        outcomes.push(Outcome {
            place: Place {
                seq: event.seq,
                deadline: event.time,
                key: event.customer.clone(),
                ordinal: event.ordinal,
            },
            line: None,
            event_id: event.id.clone(),
            what,
        });
        let cascade = Cascade::behind(event.ordinal);
        if marked {
            return self.cascade(&event, cascade, outcomes).ordinal;
        }
        cascade.ordinal
    }
}

/// The id of a derived event: H(definition, key, deadline).
fn derived_id(name: &str, customer: &str, due: i64) -> Text {
    let mut digest = Digest::new();
    digest.text("timer");
    digest.text(name);
    digest.text(customer);
    digest.number(due);
    let hex: String = digest
        .finish()
        .iter()
        .take(12)
        .map(|b| format!("{b:02x}"))
        .collect();
    Text::from(format!("e-{hex}"))
}
