//! Timers: what fires, when, and as which event.
//!
//! A timer with deadline D fires before its customer's next event with time ≥ D, or on the first tick
//! at or past D + lateness, whichever comes first; its event carries time D. So an absence is seen
//! with no further traffic, and a replay sees it at the same place.

use super::Shard;
use super::patterns::MARK;
use crate::canonical::Digest;
use crate::event::Event;
use crate::journal::Entry;
use crate::key::KeyGroup;
use crate::limits::{KEY_GROUPS, TIMERS_PER_TICK_MAX};
use crate::outcome::{Outcome, Place, What};
use rules::value::Text;

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
            for fired in 0..TIMERS_PER_TICK_MAX {
                let first = self.state.group(group).and_then(|g| g.timers.first());
                let Some((due, customer, name)) = first.cloned().filter(|(due, ..)| *due <= until)
                else {
                    break;
                };
                let ordinal = u32::try_from(fired).unwrap_or(u32::MAX);
                self.fire(seq, ordinal, due, &customer, &name, outcomes);
            }
        }
        self.earliest = self.first_deadline().unwrap_or(i64::MAX);
    }

    /// Fires the timers of a customer that are due at `time` or before. Gives how many.
    pub(super) fn fire_before(
        &mut self,
        seq: u64,
        customer: &Text,
        time: i64,
        outcomes: &mut Vec<Outcome>,
    ) -> u32 {
        let mut ordinal = 0;
        if time < self.earliest {
            return ordinal;
        }
        loop {
            let group = self.state.group(KeyGroup::of(customer));
            let known = group.and_then(|g| g.customers.get(customer.as_str()));
            let timers = known.map(|c| &c.timers);
            let due = timers.into_iter().flatten().filter(|(_, t)| t.due <= time);
            let first = due.map(|(name, t)| (t.due, name.clone())).min();
            let pattern = known.and_then(|customer| self.pattern_due(customer));
            let pattern = pattern.filter(|(due, _)| *due <= time);
            let first = first.into_iter().chain(pattern).min();
            // A timer that sets itself again at once would never end; a customer's bound does.
            let Some((due, name)) = first.filter(|_| (ordinal as usize) < TIMERS_PER_TICK_MAX)
            else {
                return ordinal;
            };
            let before = outcomes.len();
            self.fire(seq, ordinal, due, customer, &name, outcomes);
            // A deadline of a pattern may tell of several, or of nothing.
            let told = u32::try_from(outcomes.len() - before).unwrap_or(u32::MAX);
            ordinal = ordinal.saturating_add(told.max(1));
        }
    }

    /// A timer pends no longer.
    pub(super) fn forget_timer(&mut self, customer: &Text, name: &Text, due: i64) {
        if let Some(group) = self.state.group_mut(KeyGroup::of(customer)) {
            group.timers.remove(&(due, customer.clone(), name.clone()));
            if let Some(customer) = group.customers.get_mut(customer.as_str()) {
                customer.timers.remove(name);
            }
        }
    }

    /// The door time of the tick that fires the next pending timer, ms.
    pub(super) fn next_timer(&self) -> Option<i64> {
        let due = self.first_deadline()?;
        Some(due.saturating_add(self.plan.lateness_max))
    }

    pub(super) fn first_deadline(&self) -> Option<i64> {
        let firsts = self
            .state
            .groups()
            .filter_map(|g| Some(g.timers.first()?.0));
        firsts.min()
    }

    fn fire(
        &mut self,
        seq: u64,
        ordinal: u32,
        due: i64,
        customer: &Text,
        name: &Text,
        outcomes: &mut Vec<Outcome>,
    ) {
        if let Some(pattern) = name.strip_prefix(MARK) {
            // A deadline that nobody keeps any more would be the first for ever.
            if let Some(group) = self.state.group_mut(KeyGroup::of(customer)) {
                group.timers.remove(&(due, customer.clone(), name.clone()));
            }
            for event in self.pass_pattern(customer, pattern, seq, ordinal, due) {
                self.tell(event, outcomes);
            }
            return;
        }
        self.journal.note(|| Entry::Fired {
            customer: customer.clone(),
            name: name.clone(),
            due,
        });
        self.forget_timer(customer, name, due);
        // A book without this timer any more: nobody listens.
        let Some(kind) = self.book.catalogue.event_named(&format!("timer.{name}")) else {
            return;
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
            fields: Vec::new(),
            digest: 0,
            late: false,
            asked: None,
            entity_values: Vec::new(),
            entity_truncated: Vec::new(),
        };
        self.tell(event, outcomes);
    }

    /// Decides on what happens at a deadline, a step of its own.
    fn tell(&mut self, event: Event, outcomes: &mut Vec<Outcome>) {
        let mut settled = self.decide(&event);
        if self.show.derived {
            settled.derived.push(event.clone());
        }
        outcomes.push(Outcome {
            place: Place {
                seq: event.seq,
                deadline: event.time,
                key: event.customer.clone(),
                ordinal: event.ordinal,
            },
            line: None,
            event_id: event.id,
            what: What::Settled(settled),
        });
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
