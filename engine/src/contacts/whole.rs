//! Contact history as the changes that make it: what a snapshot keeps.

use super::{Contacts, Reservation};
use crate::change::Change;

impl Contacts {
    /// Changes that make this history of an empty one, in order.
    pub fn changes(&self, sink: &mut dyn FnMut(Change)) {
        for reservation in &self.reservations {
            sink(Change::Reserved(Reservation {
                withdrawn: false,
                ..reservation.clone()
            }));
            if reservation.withdrawn {
                sink(Change::Withdrawn {
                    action_id: reservation.action_id.clone(),
                    at: reservation.at,
                });
            }
        }
        for hold in &self.holds {
            sink(Change::HoldSet(hold.clone()));
        }
        for ((purpose, channel), said) in &self.consents {
            sink(Change::ConsentSet {
                purpose: purpose.clone(),
                channel: channel.clone(),
                given: said.given,
                at: said.at,
                seq: said.seq,
            });
        }
        for (name, silence) in &self.silences {
            silence.changes(name, sink);
        }
        for note in &self.notes {
            sink(Change::OutcomeNoted {
                outcome: note.outcome.clone(),
                action_id: note.action_id.clone(),
                at: note.at,
                offer: note.offer.clone(),
                group: note.group.clone(),
                channel: note.channel.clone(),
            });
        }
        if self.numbered > 0 {
            sink(Change::Numbered {
                last: self.numbered,
            });
        }
    }
}
