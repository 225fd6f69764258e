//! Admit: duplicate, too late, or taken — before anybody's state is touched.

use super::Shard;
use crate::door::{Admission, Input, Taken};
use crate::event::Event;
use crate::journal::Entry;
use crate::key::KeyGroup;
use crate::state::customer::Customer;
use crate::state::seen::{Fingerprint, Repeat};

/// A customer's word to the event at a place of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The place in the batch.
    pub at: usize,
    /// The word.
    pub admission: Admission,
    /// It came after a newer event of its customer.
    pub late: bool,
}

impl Shard {
    /// The word of each owned customer to each of its events, in door order.
    pub fn admit(&mut self, batch: &[Input]) -> Vec<Admitted> {
        let mut words = Vec::new();
        for (at, input) in batch.iter().enumerate() {
            if let Input::Event(taken) = input
                && taken.admission != Admission::Elsewhere
            {
                let group = KeyGroup::of(&taken.event.customer);
                if self.owns_group(group) {
                    words.push(self.admit_one(at, group, taken));
                }
            }
        }
        words
    }

    fn admit_one(&mut self, at: usize, group: KeyGroup, taken: &Taken) -> Admitted {
        let event = &taken.event;
        let print = Fingerprint::of(&event.source, &event.id);
        let horizon = self.book.catalogue.time.duplicates;
        let own = self.plan.event(event.kind).and_then(|p| p.lateness);
        let time = &self.book.catalogue.time;
        let lateness = own.unwrap_or_else(|| time.lateness_of(&event.source));
        let word = |admission, late| Admitted {
            at,
            admission,
            late,
        };
        let Some(group) = self.state.group_mut(group) else {
            return word(Admission::TooLate, false);
        };
        let Some(customer) = group.customers.get_mut(event.customer.as_str()) else {
            let mut customer = Customer::new(&self.plan);
            customer.take(print, event.digest, event.time, horizon);
            group.customers.insert(&event.customer, customer);
            self.note_taken(event, print);
            return word(Admission::Taken, false);
        };
        let newest = customer.newest.max(event.time);
        match customer.seen.look(print, event.digest, newest, horizon) {
            Repeat::Duplicate => return word(Admission::Duplicate, false),
            Repeat::Mismatch => return word(Admission::Mismatch, false),
            Repeat::First => {}
        }
        if newest.saturating_sub(event.time) > lateness {
            return word(Admission::TooLate, false);
        }
        let late = event.time < customer.newest;
        customer.take(print, event.digest, event.time, horizon);
        self.note_taken(event, print);
        word(Admission::Taken, late)
    }

    fn note_taken(&mut self, event: &Event, print: Fingerprint) {
        self.journal.note(|| Entry::Taken {
            customer: event.customer.clone(),
            print: print.0,
            digest: event.digest,
            time: event.time,
        });
    }
}
