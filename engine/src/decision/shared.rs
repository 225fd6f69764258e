//! What all customers share: entities that cool down, rules that are braked, and what operators turned
//! off. Written by decisions and orders, folded in at a tick, so every shard sees the same between two ticks.

use super::rounds::Rounds;
use crate::canonical::write_value;
use crate::change::SharedChange;
use crate::cover::Cover;
use crate::state::entity_tags::EntityTags;
use crate::switch::{Off, Standing, Switch};
use rules::book::Book;
use rules::rule::Rule;
use rules::value::{Text, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The shared part of contact state. Plain data: clone it to hand a snapshot to a shard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// By rule, entity kind and entity: when the rule last acted on it, ms.
    cooled: BTreeMap<(Text, Text, Text), i64>,
    /// By rule: when it fired, sorted, as far back as its brake looks.
    fired: BTreeMap<Text, Vec<i64>>,
    /// Rules their brake has paused, and since when.
    braked: BTreeMap<Text, i64>,
    /// What operators turned off.
    off: BTreeMap<Switch, Off>,
    /// Windows that may not know their whole length yet, by feature.
    covers: BTreeMap<Text, Cover>,
    /// Tags of entities.
    tags: EntityTags,
    /// Events of no customer that are being told.
    rounds: Rounds,
    /// When something was turned on last, ms: rounds do not make up for what they were halted.
    resumed: Option<i64>,
    /// No tick before this changes anything.
    wake: Wake,
}

/// An instant, ms. It follows from the rest, so that it makes no two of them differ.
#[derive(Clone, Copy, Debug)]
struct Wake(i64);

impl Wake {
    /// The next tick has to look.
    const NEXT: Self = Self(i64::MIN);
}

impl Default for Wake {
    fn default() -> Self {
        Self::NEXT
    }
}

impl PartialEq for Wake {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Shared {
    /// Nothing has happened.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Folds a change in. The order of changes does not matter: an order of an operator is the last of
    /// its own tick.
    pub fn apply(&mut self, change: &SharedChange) {
        self.wake = Wake::NEXT;
        match change {
            SharedChange::EntityCooldown { rule, kind, id, at } => {
                let key = (rule.clone(), kind.clone(), id.clone());
                let last = self.cooled.entry(key).or_insert(*at);
                *last = (*last).max(*at);
            }
            SharedChange::Fired { rule, at } => {
                let times = self.fired.entry(rule.clone()).or_default();
                let place = times.partition_point(|t| t <= at);
                times.insert(place, *at);
            }
            SharedChange::EntityTagged { key, value } => self.tags.set(key, value.clone()),
            SharedChange::RoundBegun(round) => self.rounds.begin(round),
            SharedChange::Switched {
                switch,
                on: true,
                at,
                ..
            } => {
                self.resumed = self.resumed.max(Some(*at));
                self.off.remove(switch);
                if let Switch::Rule(rule) = switch {
                    self.resume(rule);
                }
            }
            SharedChange::Switched {
                switch,
                at,
                why,
                by,
                ..
            } => {
                let off = Off {
                    since: *at,
                    why: why.clone(),
                    by: by.clone(),
                };
                self.off.insert(switch.clone(), off);
            }
        }
    }

    /// At a tick: pauses every rule that fired more than its brake allows in (now − per, now], and
    /// forgets what nobody can ask about any more. Returns the rules paused by this tick.
    ///
    /// A brake looks at the past of a tick. It releases nothing by itself: a person resumes a rule.
    pub fn tick(&mut self, book: &Book, now: i64) -> Vec<Text> {
        if now < self.wake.0 {
            return Vec::new();
        }
        self.forget(book, now);
        let mut paused = Vec::new();
        for (id, times) in &self.fired {
            let found = book.rule_named(id);
            let braked = found.and_then(|(ix, rule)| Some((ix, rule.header.brake?.0)));
            let Some((ix, most)) = braked.filter(|_| !self.braked.contains_key(id)) else {
                continue;
            };
            let firings = times.iter().filter(|t| **t <= now).count();
            if firings > usize::try_from(most).unwrap_or(usize::MAX) {
                paused.push((ix, id.clone()));
            }
        }
        paused.sort_unstable();
        let paused = paused.into_iter().map(|(_, id)| id);
        let paused: Vec<Text> = paused
            .inspect(|id| {
                self.braked.insert(id.clone(), now);
            })
            .collect();
        self.wake = Wake(self.next(book, now));
        paused
    }

    /// When there is next something to forget, or a firing that is dated ahead to be counted.
    fn next(&self, book: &Book, now: i64) -> i64 {
        let fired = self.fired.iter().flat_map(|(id, times)| {
            let brake = book.rule_named(id).and_then(|(_, rule)| rule.header.brake);
            let per = brake.map_or(0, |(_, per)| per);
            let ahead = times.iter().copied().find(|t| *t > now);
            let oldest = times.first().map(|t| t.saturating_add(per));
            ahead.into_iter().chain(oldest)
        });
        let cooled = self.cooled.iter().map(|((rule, ..), at)| {
            let over = cooldown_of(book, rule).unwrap_or(0);
            at.saturating_add(over)
        });
        fired.chain(cooled).fold(i64::MAX, i64::min)
    }

    /// Forgets what no brake and no cool-down of this book can ask about any more.
    pub fn forget(&mut self, book: &Book, now: i64) {
        self.wake = Wake::NEXT;
        for (id, times) in &mut self.fired {
            let rule = book.rule_named(id);
            let per = rule.and_then(|(_, rule)| rule.header.brake);
            // What has no brake now is nobody's to ask about: a rule that gets one begins anew.
            let after = per.map_or(now, |(_, per)| now.saturating_sub(per));
            times.retain(|t| *t > after);
        }
        self.fired.retain(|_, times| !times.is_empty());
        self.cooled.retain(|(rule, _, _), at| {
            cooldown_of(book, rule).is_some_and(|over| at.saturating_add(over) > now)
        });
    }

    /// The brake of a rule has paused it.
    pub fn brake(&mut self, rule: &Text, at: i64) {
        self.wake = Wake::NEXT;
        self.braked.entry(rule.clone()).or_insert(at);
    }

    /// The changes that make this of nothing.
    pub fn changes(&self, sink: &mut dyn FnMut(SharedChange)) {
        for ((rule, kind, id), at) in &self.cooled {
            sink(SharedChange::EntityCooldown {
                rule: rule.clone(),
                kind: kind.clone(),
                id: id.clone(),
                at: *at,
            });
        }
        for (rule, times) in &self.fired {
            for at in times {
                sink(SharedChange::Fired {
                    rule: rule.clone(),
                    at: *at,
                });
            }
        }
        for (key, value) in self.tags.iter() {
            let (key, value) = (key.clone(), value.clone());
            sink(SharedChange::EntityTagged { key, value });
        }
        for round in self.rounds.iter() {
            sink(SharedChange::RoundBegun(Box::new(round.clone())));
        }
        for (switch, off) in &self.off {
            sink(SharedChange::Switched {
                switch: switch.clone(),
                on: false,
                at: off.since,
                why: off.why.clone(),
                by: off.by.clone(),
            });
        }
    }

    /// Tags of entities.
    #[must_use]
    pub fn tags(&self) -> &EntityTags {
        &self.tags
    }

    /// Tags of entities and rounds as another book has them; `value` gives a value as that has it.
    pub fn carry(&mut self, book: &Book, value: &dyn Fn(Value) -> Option<Value>) {
        self.wake = Wake::NEXT;
        self.tags = std::mem::take(&mut self.tags).carried(&book.catalogue, value);
        self.rounds = std::mem::take(&mut self.rounds).carried(book, value);
    }

    /// Events of no customer that are being told.
    #[must_use]
    pub fn rounds(&self) -> &Rounds {
        &self.rounds
    }

    /// The same, to end them and to forget them.
    pub fn rounds_mut(&mut self) -> &mut Rounds {
        &mut self.rounds
    }

    /// When something was turned on last, ms.
    #[must_use]
    pub fn resumed(&self) -> Option<i64> {
        self.resumed
    }

    /// True while none of these rules may act.
    pub fn are_off<'r>(&self, mut rules: impl Iterator<Item = &'r Rule>) -> bool {
        rules.all(|rule| {
            self.is_off(&Switch::All)
                || self.is_off(&Switch::Class(rule.header.class))
                || self.is_off(&Switch::Rule(rule.id.clone()))
                || self.is_braked(&rule.id)
        })
    }

    /// Windows that may not know their whole length yet, by feature.
    #[must_use]
    pub fn covers(&self) -> &BTreeMap<Text, Cover> {
        &self.covers
    }

    /// Another book has other windows.
    pub fn set_covers(&mut self, covers: BTreeMap<Text, Cover>) {
        self.covers = covers;
    }

    /// One window, as a snapshot tells of it.
    pub fn cover(&mut self, feature: &Text, cover: Cover) {
        self.covers.insert(feature.clone(), cover);
    }

    /// From when on the window knows its whole length, ms; `None`: it does.
    #[must_use]
    pub fn cold_until(&self, feature: &str) -> Option<i64> {
        self.covers.get(feature).map(|cover| cover.warm())
    }

    /// True while an operator has it turned off.
    #[must_use]
    pub fn is_off(&self, switch: &Switch) -> bool {
        !self.off.is_empty() && self.off.contains_key(switch)
    }

    /// What does not act now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            off: self.off.clone(),
            braked: self.braked.clone(),
            cold: (self.covers.iter())
                .map(|(feature, cover)| (feature.clone(), cover.warm()))
                .collect(),
        }
    }

    /// Rules their brake has paused, and since when.
    pub fn brakes(&self) -> impl Iterator<Item = (&Text, i64)> {
        self.braked.iter().map(|(rule, at)| (rule, *at))
    }

    /// Lets a braked rule act again.
    pub fn resume(&mut self, rule: &str) {
        self.wake = Wake::NEXT;
        self.braked.retain(|braked, _| braked != rule);
        self.fired.retain(|fired, _| fired != rule);
    }

    /// True while the rule is paused by its brake.
    #[must_use]
    pub fn is_braked(&self, rule: &str) -> bool {
        self.braked.keys().any(|braked| braked == rule)
    }

    /// The rules paused by their brake.
    #[must_use]
    pub fn braked(&self) -> BTreeSet<Text> {
        self.braked.keys().cloned().collect()
    }

    /// When the rule last acted on the entity, ms.
    #[must_use]
    pub fn last_acted(&self, rule: &Text, kind: &Text, id: &Text) -> Option<i64> {
        self.cooled
            .get(&(rule.clone(), kind.clone(), id.clone()))
            .copied()
    }

    /// The live logical state as of `now`: kind, name and canonical bytes of each item. What has
    /// run out by `now` is left out whether or not a tick has forgotten it.
    pub fn items(&self, book: &Book, now: i64, sink: &mut dyn FnMut(&str, &str, &[u8])) {
        for ((rule, kind, id), at) in &self.cooled {
            let over = book
                .rule_named(rule)
                .and_then(|(_, rule)| rule.header.cooldown)
                .map_or(0, |cooldown| cooldown.over);
            if at.saturating_add(over) > now {
                sink("cooled", &format!("{rule} {kind} {id}"), &at.to_le_bytes());
            }
        }
        for (rule, times) in &self.fired {
            let per = book
                .rule_named(rule)
                .and_then(|(_, rule)| rule.header.brake)
                .map_or(0, |(_, per)| per);
            let mut bytes = Vec::new();
            for at in times.iter().filter(|at| at.saturating_add(per) > now) {
                bytes.extend_from_slice(&at.to_le_bytes());
            }
            if !bytes.is_empty() {
                sink("fired", rule, &bytes);
            }
        }
        for (rule, since) in &self.braked {
            sink("braked", rule, &since.to_le_bytes());
        }
        for (switch, off) in &self.off {
            let name = switch.to_string();
            sink("off", &name, &off.since.to_le_bytes());
        }
        for (key, held) in self.tags.live(now) {
            let name = format!("{} {} {}", key.kind, key.id, key.tag);
            let mut bytes = held.at.to_be_bytes().to_vec();
            write_value(&held.value, &mut bytes);
            sink("entity tag", &name, &bytes);
        }
        let max_past = book.catalogue.time.max_past;
        self.rounds.items(max_past, now, sink);
        for (feature, cover) in &self.covers {
            if cover.warm() > now {
                sink("cold", feature, &cover.since.to_le_bytes());
            }
        }
    }
}

/// How long a rule stays silent for an entity after it acted on it, ms.
fn cooldown_of(book: &Book, rule: &str) -> Option<i64> {
    let (_, rule) = book.rule_named(rule)?;
    Some(rule.header.cooldown?.over)
}
