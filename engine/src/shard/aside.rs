//! Deciding aside: what an event may touch is kept before it, and put back behind it.

use super::Shard;
use super::patterns::timer_name;
use crate::door::Input;
use crate::event::Event;
use crate::key::KeyGroup;
use crate::state::audience::referred;
use crate::state::customer::Customer;
use crate::state::tracks::Tracks;
use crate::tally::Tally;
use rules::value::{EntityKey, Text, Value};
use std::sync::Arc;

/// What events may touch, as it was before them.
#[derive(Debug)]
pub(super) struct Kept {
    /// `None` where nobody had heard of the customer.
    customers: Vec<(Text, Option<Customer>)>,
    entities: Vec<(KeyGroup, EntityKey, Option<Tracks>)>,
    /// Changes for all that were pending.
    pending: usize,
    earliest: i64,
    tally: Tally,
}

impl Shard {
    /// Keeps what this batch of events may touch.
    pub(super) fn keep(&mut self, batch: &[Input]) {
        let mut kept = Kept {
            customers: Vec::new(),
            entities: Vec::new(),
            pending: self.pending.len(),
            earliest: self.earliest,
            tally: self.tally.clone(),
        };
        for input in batch {
            if let Input::Event(taken) = input {
                self.keep_for(&taken.event, &mut kept);
            }
        }
        self.kept = Some(Box::new(kept));
    }

    fn keep_for(&self, event: &Event, kept: &mut Kept) {
        if self.owns(&event.customer) {
            let customer = self.customer(&event.customer).cloned();
            kept.customers.push((event.customer.clone(), customer));
        }
        for value in &event.fields {
            let Value::Ref(key) = value else {
                continue;
            };
            if let Some(group) = self.owned_entity(key) {
                let tracks = self.state.group(group).and_then(|g| g.entities.get(key));
                kept.entities.push((group, key.clone(), tracks.cloned()));
            }
        }
    }

    /// Puts back what was kept: nothing has happened.
    pub(super) fn put_back(&mut self) {
        let Some(kept) = self.kept.take() else {
            return;
        };
        for (id, customer) in kept.customers {
            self.put_back_customer(id, customer);
        }
        for (group, key, tracks) in kept.entities {
            let Some(group) = self.state.group_mut(group) else {
                continue;
            };
            match tracks {
                Some(tracks) => drop(group.entities.insert(&key, tracks)),
                None => drop(group.entities.remove(&key)),
            }
        }
        self.pending.truncate(kept.pending);
        self.earliest = kept.earliest;
        self.tally = kept.tally;
        self.journal.take();
    }

    fn put_back_customer(&mut self, id: Text, customer: Option<Customer>) {
        let plan = Arc::clone(&self.plan);
        let Some(group) = self.state.group_mut(KeyGroup::of(&id)) else {
            return;
        };
        let now = group.customers.remove(id.as_str());
        let refers = |customer: &Option<Customer>| {
            let customer = customer.as_ref();
            customer.map_or_else(Vec::new, |c| referred(c, &plan.audience_tags))
        };
        group
            .audience
            .replace(&id, &refers(&now), &refers(&customer));
        let timers = now.iter().flat_map(|customer| customer.timers.iter());
        for (name, timer) in timers {
            let entry = (timer.due, id.clone(), name.clone());
            group.timers.remove(&entry);
        }
        let name = |place: &usize| Some(timer_name(&plan.patterns.get(*place)?.name));
        let deadlines = now.iter().flat_map(|customer| &customer.deadlines);
        for (place, due) in deadlines {
            if let Some(name) = name(place) {
                group.timers.remove(&(*due, id.clone(), name));
            }
        }
        if let Some(customer) = customer {
            for (place, due) in &customer.deadlines {
                if let Some(name) = name(place) {
                    group.timers.insert((*due, id.clone(), name));
                }
            }
            for (name, timer) in customer.timers.iter() {
                let entry = (timer.due, id.clone(), name.clone());
                group.timers.insert(entry);
            }
            group.customers.insert(&id, customer);
        }
    }
}
