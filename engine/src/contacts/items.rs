//! Contact history as items of the state hash: live logical state as of an instant, whatever has
//! been trimmed.

use super::{Contacts, Hold, Horizon, Reservation};
use rules::value::{EntityKey, Text};

impl Contacts {
    /// Kind, name and canonical bytes of each live item. What has run out by `now` is left out.
    pub fn items(&self, horizon: &Horizon, now: i64, sink: &mut dyn FnMut(&str, &str, &[u8])) {
        for r in &self.reservations {
            if r.at.saturating_add(horizon.actions) > now || r.expires > now {
                sink("reservation", &r.action_id, &reservation(r));
                if r.withdrawn {
                    sink("withdrawn", &r.action_id, &[]);
                }
            }
        }
        for h in self.holds.iter().filter(|h| h.until > now) {
            sink("hold", &h.action_id, &hold(h));
        }
        for ((purpose, channel), said) in &self.consents {
            let mut bytes = Bytes::default();
            bytes.flag(said.given).number(said.at);
            sink("consent", &format!("{purpose}/{channel}"), &bytes.0);
        }
        for (name, silence) in &self.silences {
            for (start, until) in silence.alive(now) {
                let mut bytes = Bytes::default();
                bytes
                    .optional(start.scope.as_ref())
                    .number(start.at)
                    .number(until);
                sink("silence", name, &bytes.0);
            }
        }
        for note in &self.notes {
            if note.at.saturating_add(horizon.outcomes) > now {
                let mut bytes = Bytes::default();
                bytes
                    .text(&note.outcome)
                    .number(note.at)
                    .optional(note.offer.as_ref())
                    .optional(note.group.as_ref())
                    .optional(note.channel.as_ref());
                sink("outcome", &note.action_id, &bytes.0);
            }
        }
        if self.numbered > 0 {
            sink("numbered", "", &self.numbered.to_le_bytes());
        }
    }
}

fn reservation(r: &Reservation) -> Vec<u8> {
    let mut bytes = Bytes::default();
    bytes
        .text(&r.rule)
        .text(r.class.name())
        .optional(r.offer.as_ref())
        .optional(r.group.as_ref())
        .optional(r.channel.as_ref())
        .entity(r.subject.as_ref())
        .number(r.at)
        .number(r.expires)
        .flag(r.confirmed)
        .flag(r.freed);
    bytes.0
}

fn hold(h: &Hold) -> Vec<u8> {
    let mut bytes = Bytes::default();
    bytes
        .text(&h.rule)
        .flag(h.block)
        .entity(h.subject.as_ref())
        .number(h.at)
        .number(h.until);
    bytes.0
}

/// Canonical bytes: texts with their length, numbers little-endian, a byte for what may be absent.
/// The door's number is left out: it says how inputs were interleaved, not what is true.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(&(text.len() as u64).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn flag(&mut self, flag: bool) -> &mut Self {
        self.0.push(u8::from(flag));
        self
    }

    fn optional(&mut self, text: Option<&Text>) -> &mut Self {
        match text {
            Some(text) => self.flag(true).text(text),
            None => self.flag(false),
        }
    }

    fn entity(&mut self, key: Option<&EntityKey>) -> &mut Self {
        match key {
            Some(key) => self.flag(true).number(i64::from(key.kind.0)).text(&key.id),
            None => self.flag(false),
        }
    }
}
