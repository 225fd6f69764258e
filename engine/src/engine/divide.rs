//! Customers divided among several engines: which events are another's.

use super::Engine;
use crate::door::{Admission, Input};

impl Engine {
    /// Marks events that another division decides about.
    pub(super) fn divide(&self, batch: &mut [Input]) {
        let Some(division) = self.division else {
            return;
        };
        for input in batch {
            if let Input::Event(taken) = input
                && !division.takes(&taken.event)
            {
                taken.admission = Admission::Elsewhere;
            }
        }
    }
}
