//! What one decision is about.

use crate::event::Event;
use rules::catalogue::EventId;

/// The event of a step, and what it completed in the same step. The rules of all of them are heard,
/// each on facts of its own event, and one choice is made among all candidates.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The event itself: the decision is about it and carries its id.
    pub event: &'a Event,
    /// Derived events of the same instant and number, in the order they were completed.
    pub derived: &'a [Event],
}

impl<'a> Occasion<'a> {
    /// An event that completes nothing.
    #[must_use]
    pub fn alone(event: &'a Event) -> Self {
        Self {
            event,
            derived: &[],
        }
    }

    /// The trigger at this place: 0 is the event itself.
    #[must_use]
    pub fn trigger(&self, at: usize) -> &'a Event {
        let derived = at.checked_sub(1).and_then(|at| self.derived.get(at));
        derived.unwrap_or(self.event)
    }

    /// The types of all triggers, each with its place.
    pub fn kinds(&self) -> impl Iterator<Item = (usize, EventId)> + 'a {
        let derived = self.derived.iter().map(|event| event.kind);
        std::iter::once(self.event.kind).chain(derived).enumerate()
    }
}
