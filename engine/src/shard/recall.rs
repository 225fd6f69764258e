//! Pulling back: what a step silences is withdrawn in the same step, its lines behind its actions.

use super::Shard;
use crate::action::Action;
use crate::change::Change;
use crate::contacts::{Recall, Withdrawal};
use crate::decision::live::caps_of;
use crate::event::Event;
use crate::key::KeyGroup;
use crate::outcome::Settled;
use crate::state::customer::Customer;
use rules::book::Book;
use rules::draft::Verb;
use rules::value::Text;

impl Shard {
    /// Marks what is pulled back for these reasons; it counts no longer.
    pub(super) fn recall(
        &mut self,
        book: &Book,
        event: &Event,
        recalls: &[Recall],
    ) -> Vec<Withdrawal> {
        if recalls.is_empty() {
            return Vec::new();
        }
        let customer = self.customer(&event.customer);
        let withdrawals = customer.map_or_else(Vec::new, |customer| {
            customer.contacts.recalled(book, recalls, event.time)
        });
        let changes = withdrawals.iter().map(|w| w.change(event.time)).collect();
        self.apply(book, &event.customer, changes);
        withdrawals
    }

    /// Writes the lines of what was pulled back in this step, and of what its hold or block pulls back.
    pub(super) fn pull_back(
        &mut self,
        book: &Book,
        event: &Event,
        mut all: Vec<Withdrawal>,
        settled: &mut Settled,
    ) {
        let decision = settled.decision.as_ref();
        let held = decision.and_then(|decision| {
            let mut chosen = decision.chosen.iter();
            chosen.find(|c| matches!(c.draft.verb, Verb::Hold | Verb::Block))
        });
        let held = held.map(|chosen| Recall::Held {
            by: chosen.rule.clone(),
        });
        all.extend(self.recall(book, event, held.as_slice()));
        if all.is_empty() {
            return;
        }
        let group = self.state.group(KeyGroup::of(&event.customer));
        let Some(customer) = group.and_then(|g| g.customers.get(event.customer.as_str())) else {
            return;
        };
        let zone = self.zones.of(book, customer, event.time);
        let last = customer.contacts.last_number();
        for (withdrawal, number) in all.iter().zip(last.saturating_add(1)..) {
            let line = Action::withdrawn(book, event, &zone, number, withdrawal);
            settled.withdrawn.push(line);
        }
        let last = last.saturating_add(all.len() as u64);
        self.apply(book, &event.customer, vec![Change::Numbered { last }]);
    }

    /// The caps that count the action an outcome answered, as they stand now.
    pub(super) fn count_caps(&self, book: &Book, event: &Event, settled: &mut Settled) {
        let Some(answered) = &mut settled.answered else {
            return;
        };
        let contacts = self.customer(&event.customer).map(|c| &c.contacts);
        let caps = contacts.and_then(|contacts| {
            let action = contacts.reservation(&answered.action_id)?;
            Some(caps_of(&book.catalogue, contacts, action, event.time))
        });
        answered.caps = caps.unwrap_or_default();
    }

    /// The customer, where anybody has heard of it.
    pub(super) fn customer(&self, id: &Text) -> Option<&Customer> {
        let group = self.state.group(KeyGroup::of(id))?;
        group.customers.get(id.as_str())
    }
}
