//! Which rules of an event can be true at all.
//!
//! The conditions of all rules on one event type are taken apart at their `&&`. What an operand says
//! of one slot and literals is an atom; all atoms of all rules on one slot are answered by one look at
//! its value: a row of bits, one per rule, that says who is still possible. Rows are joined by AND,
//! cheap slots first, and a slot that no rule still possible asks for is never read. What is left is
//! verified by the whole condition. Rules that have no atoms are always left.

pub(crate) mod atoms;
mod bits;
mod build;
mod probe;

use crate::book::RuleIx;
use crate::catalogue::EventId;
use crate::facts::Facts;
use crate::layout::Slot;
use crate::value::Value;
use bits::Bits;
use probe::Probe;

/// Whoever gives the values of slots, one by one, as they are asked for.
pub trait Ask {
    /// The value of the slot.
    fn ask(&mut self, slot: Slot) -> &Value;
}

impl Ask for Facts {
    /// Of facts that are computed already.
    fn ask(&mut self, slot: Slot) -> &Value {
        self.peek(slot)
    }
}

/// The index over the rules of a book, by event type.
#[derive(Debug, Default)]
pub struct Index {
    events: Vec<OnEvent>,
}

/// The index over the rules on one event type.
#[derive(Debug, Default)]
struct OnEvent {
    /// By bit: the rule. Rules that ask for the same words stand together.
    rules: Vec<RuleIx>,
    /// The rules that are possible on this event type.
    start: Bits,
    /// Cheap ones first.
    probes: Vec<Probe>,
}

/// The rules an event leaves, and room to find them. Kept from event to event.
#[derive(Clone, Debug, Default)]
pub struct Survivors {
    /// The rules, in rule order.
    pub rules: Vec<RuleIx>,
    words: Vec<u64>,
    /// Which of the words have a bit.
    live: Vec<u32>,
    /// Bits to be put back.
    kept: Vec<u32>,
}

impl Index {
    /// Finds the rules on this event type that can be true. False where the index cannot say, because
    /// a value is not of its declared type, or because the book has no index: then all rules are to be
    /// asked.
    pub fn candidates(&self, event: EventId, ask: &mut dyn Ask, found: &mut Survivors) -> bool {
        found.rules.clear();
        let Some(on) = self.events.get(usize::from(event.0)) else {
            return false;
        };
        found.begin(&on.start);
        for probe in &on.probes {
            if found.live.is_empty() {
                return true;
            }
            if !found.meets(&probe.mask) {
                continue;
            }
            let Some(row) = probe.row(ask.ask(probe.slot)) else {
                return false;
            };
            found.narrow(row);
        }
        found.list(&on.rules);
        true
    }

    /// How many slots the index looks at on this event type, at most.
    #[must_use]
    pub fn slots(&self, event: EventId) -> usize {
        self.events
            .get(usize::from(event.0))
            .map_or(0, |on| on.probes.len())
    }
}

impl Survivors {
    fn begin(&mut self, start: &Bits) {
        self.words.clear();
        self.words.extend_from_slice(start.words());
        self.live.clear();
        let live = (0u32..).zip(start.words()).filter(|(_, word)| **word != 0);
        self.live.extend(live.map(|(at, _)| at));
    }

    /// True when a rule of `mask` is still possible.
    fn meets(&self, mask: &Bits) -> bool {
        self.live.iter().any(|at| {
            let place = place(*at);
            let word = self.words.get(place).copied().unwrap_or(0);
            word & mask.word(place) != 0
        })
    }

    fn narrow(&mut self, row: probe::Row<'_>) {
        self.kept.clear();
        for bit in row.adds {
            let word = self.words.get(place(bit / 64)).copied().unwrap_or(0);
            if word & (1 << (bit % 64)) != 0 {
                self.kept.push(*bit);
            }
        }
        for at in &self.live {
            if let Some(word) = self.words.get_mut(place(*at)) {
                *word &= row.bits.word(place(*at));
            }
        }
        for bit in row.removes {
            if let Some(word) = self.words.get_mut(place(bit / 64)) {
                *word &= !(1 << (bit % 64));
            }
        }
        for bit in &self.kept {
            if let Some(word) = self.words.get_mut(place(bit / 64)) {
                *word |= 1 << (bit % 64);
            }
        }
        let words = &self.words;
        self.live
            .retain(|at| words.get(place(*at)).is_some_and(|word| *word != 0));
    }

    fn list(&mut self, rules: &[RuleIx]) {
        for at in &self.live {
            let mut word = self.words.get(place(*at)).copied().unwrap_or(0);
            while word != 0 {
                let bit = place(*at) * 64 + place(word.trailing_zeros());
                self.rules.extend(rules.get(bit));
                word &= word - 1;
            }
        }
        self.rules.sort_unstable();
    }
}

fn place(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
