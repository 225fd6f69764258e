//! The rounds that all shards know of.

use crate::limits::{ROUNDS_KEPT_MAX, ROUNDS_MAX};
use crate::round::{Round, RoundKey};
use rules::book::Book;
use rules::value::Value;
use std::collections::BTreeMap;

/// Rounds by what they are about: the newest of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rounds {
    all: BTreeMap<RoundKey, Round>,
}

impl Rounds {
    /// Takes a round in; a newer one about the same stands.
    pub fn begin(&mut self, round: &Round) {
        let known = self.all.get(&round.key);
        if known.is_some_and(|known| !round.is_newer(known)) {
            return;
        }
        self.all.insert(round.key.clone(), round.clone());
        while self.all.len() > ROUNDS_KEPT_MAX {
            let ended = self.all.values().filter(|round| round.ended);
            let oldest = ended.min_by_key(|round| (round.at, round.seq));
            let Some(key) = oldest.map(|round| round.key.clone()) else {
                return;
            };
            self.all.remove(&key);
        }
    }

    /// The round of this event is over.
    pub fn end(&mut self, key: &RoundKey, seq: u64) {
        if let Some(round) = self.all.get_mut(key).filter(|round| round.seq == seq) {
            round.ended = true;
        }
    }

    /// The running round about this.
    #[must_use]
    pub fn running(&self, key: &RoundKey) -> Option<&Round> {
        self.all.get(key).filter(|round| !round.ended)
    }

    /// All that run, by what they are about.
    pub fn all_running(&self) -> impl Iterator<Item = &Round> {
        self.all.values().filter(|round| !round.ended)
    }

    /// All that are remembered.
    pub fn iter(&self) -> impl Iterator<Item = &Round> {
        self.all.values()
    }

    /// Those that are one too many: what began last.
    #[must_use]
    pub fn excess(&self) -> Vec<(RoundKey, u64)> {
        let mut running: Vec<&Round> = self.all_running().collect();
        if running.len() <= ROUNDS_MAX {
            return Vec::new();
        }
        running.sort_unstable_by_key(|round| round.seq);
        let excess = running.split_off(ROUNDS_MAX);
        let told = excess.iter().map(|round| (round.key.clone(), round.seq));
        told.collect()
    }

    /// Forgets what ended so long ago that nothing older gets in any more.
    pub fn forget(&mut self, max_past: i64, now: i64) {
        self.all
            .retain(|_, round| !round.ended || round.at.saturating_add(max_past) >= now);
    }

    /// What another book can go on telling; `value` gives a value as that has it.
    #[must_use]
    pub fn carried(self, book: &Book, value: &dyn Fn(Value) -> Option<Value>) -> Self {
        let rounds = self.all.into_iter();
        let rounds = rounds.filter_map(|(key, round)| Some((key, round.carried(book, value)?)));
        Self {
            all: rounds.collect(),
        }
    }

    /// The live logical state as of `now`.
    pub fn items(&self, max_past: i64, now: i64, sink: &mut dyn FnMut(&str, &str, &[u8])) {
        for (key, round) in &self.all {
            if round.ended && round.at.saturating_add(max_past) < now {
                continue;
            }
            let mut bytes = round.at.to_be_bytes().to_vec();
            bytes.extend(round.seq.to_be_bytes());
            bytes.push(u8::from(round.ended));
            sink("round", &key.to_string(), &bytes);
        }
    }
}
