//! Triggers: what an observed event completes in the same step. One decision hears the rules of all.

use super::Shard;
use crate::event::Event;
use crate::plan::Plan;
use rules::book::Book;

impl Shard {
    /// The events that this one completes, of types that some rule is on. Called when the event is
    /// observed, before the facts freeze.
    pub(super) fn derive(&mut self, book: &Book, plan: &Plan, event: &Event) -> Vec<Event> {
        let mut derived = std::mem::take(&mut self.matched);
        derived.extend(self.fences(book, plan, event));
        derived.extend(self.segments(book, plan, event));
        derived.retain(|event| !book.rules_on(event.kind).is_empty());
        derived
    }
}
