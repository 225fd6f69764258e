//! Duplicate suppression: the events of a customer that were taken, for a horizon and to a bound.

use crate::limits::SEEN_PER_CUSTOMER_MAX;
use hashbrown::HashMap;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// What an event is to those taken before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It is the first of its id.
    First,
    /// It came before, with the same content.
    Duplicate,
    /// Its id came before, with other content.
    Mismatch,
}

/// The first 128 bits of the SHA-256 of source and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u128);

/// The events of one customer that were taken.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    by_id: HashMap<Fingerprint, (u64, i64)>,
    /// In the order taken, for forgetting.
    order: VecDeque<(i64, Fingerprint)>,
}

impl Seen {
    /// Looks an event up. Ids older than `horizon` ms before `now` (event time) do not count.
    #[must_use]
    pub fn look(&self, print: Fingerprint, digest: u64, now: i64, horizon: i64) -> Repeat {
        match self.by_id.get(&print) {
            Some((_, time)) if *time <= now.saturating_sub(horizon) => Repeat::First,
            Some((old, _)) if *old == digest => Repeat::Duplicate,
            Some(_) => Repeat::Mismatch,
            None => Repeat::First,
        }
    }

    /// Remembers an event; forgets those beyond the horizon of `newest`, and the oldest beyond the
    /// bound.
    pub fn take(&mut self, print: Fingerprint, digest: u64, time: i64, newest: i64, horizon: i64) {
        self.by_id.insert(print, (digest, time));
        self.order.push_back((time, print));
        self.trim(newest, horizon);
    }

    /// Forgets events beyond the horizon of `newest`, and the oldest beyond the bound.
    pub fn trim(&mut self, newest: i64, horizon: i64) {
        while let Some((old, print)) = self.order.front().copied() {
            let expired = old <= newest.saturating_sub(horizon);
            if !expired && self.order.len() <= SEEN_PER_CUSTOMER_MAX {
                break;
            }
            self.order.pop_front();
            if self.by_id.get(&print).is_some_and(|(_, time)| *time == old) {
                self.by_id.remove(&print);
            }
        }
        if self.order.is_empty() {
            // Gives back what it had room for.
            self.order = VecDeque::new();
        }
    }

    /// Bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // A sorted map is two thirds full in the mean.
        self.by_id.len() * size_of::<(Fingerprint, (u64, i64))>() * 3 / 2
            + self.order.capacity() * size_of::<(i64, Fingerprint)>()
    }

    /// Every id that is remembered, in the order taken: fingerprint, digest, time.
    pub fn iter(&self) -> impl Iterator<Item = (u128, u64, i64)> {
        self.order.iter().filter_map(|(time, print)| {
            let (digest, latest) = self.by_id.get(print)?;
            (latest == time).then_some((print.0, *digest, *time))
        })
    }

    /// Ids within the horizon at `now`, in no order: fingerprint, digest, time.
    pub fn live(&self, now: i64, horizon: i64) -> impl Iterator<Item = (u128, u64, i64)> {
        let live = self
            .by_id
            .iter()
            .filter(move |(_, (_, time))| *time > now.saturating_sub(horizon));
        live.map(|(print, (digest, time))| (print.0, *digest, *time))
    }
}

impl Fingerprint {
    /// The fingerprint of an event's name.
    #[must_use]
    pub fn of(source: &str, id: &str) -> Self {
        // As `canonical::Digest` writes texts, without its memory: this is on the way of every event.
        let mut hash = Sha256::new();
        for text in [source, id] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        let hash = hash.finalize();
        let first = hash.iter().take(16);
        Self(first.fold(0, |print, byte| (print << 8) | u128::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_that_of_the_canonical_texts() {
        let mut digest = crate::canonical::Digest::new();
        digest.text("app");
        digest.text("e-1");
        let bytes: [u8; 16] = digest.finish()[..16].try_into().unwrap();
        assert_eq!(Fingerprint::of("app", "e-1").0, u128::from_be_bytes(bytes));
        assert_ne!(Fingerprint::of("ap", "pe-1"), Fingerprint::of("app", "e-1"));
    }
}
