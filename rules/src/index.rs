//! Which rules of an event can be true.
//!
//! The conditions of all rules on one event type are taken apart at their `&&`. What an operand says
//! of one slot and literals is an atom, and the index answers for it exactly: whoever fails one is out,
//! and whoever is left is asked only for what is no atom. Words of the event and the customer go first:
//! a row of bits per word says who is still possible, and rows are joined by AND. Each rule left is
//! looked at by itself: its flags as one mask, its numbers as stretches, cheap ones first. A slot is
//! read once, and only when a rule that is still possible asks for it. Rules without atoms are always
//! left.

pub(crate) mod atoms;
mod bits;
mod build;
mod literals;
mod measure;
pub(crate) mod reader;
mod words;

use crate::book::RuleIx;
use crate::catalogue::EventId;
use crate::facts::Facts;
use crate::layout::Slot;
use crate::value::Value;
use bits::Bits;
pub(crate) use build::Site;
use measure::{Measure, Seen};
use words::Words;

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
    /// The bits that are possible on this event type.
    start: Bits,
    /// Cheap ones first.
    words: Vec<Words>,
    /// By bit. Rules that ask for the same words stand together.
    checks: Vec<Check>,
    /// Truths of the event and the customer, by their bit in a mask.
    flags: Vec<Slot>,
    measures: Vec<Measure>,
    spans: Vec<Span>,
}

/// What is asked of a rule, in one way in which it can hold, when its words fit.
#[derive(Clone, Copy, Debug)]
struct Check {
    rule: RuleIx,
    /// The flags it asks for.
    flags: u64,
    /// Those of them that must be set.
    set: u64,
    /// Its spans, from and to.
    spans: (u32, u32),
}

/// A stretch of numbers in which a measure must lie.
#[derive(Clone, Copy, Debug)]
struct Span {
    measure: u16,
    /// So many spans behind this one are further stretches of the same.
    more: u16,
    /// It holds where there is no value.
    missing: bool,
    low: i64,
    high: i64,
}

/// The rules an event leaves, and room to find them. Kept from event to event.
#[derive(Clone, Debug, Default)]
pub struct Survivors {
    /// The rules, in rule order.
    pub rules: Vec<RuleIx>,
    live: Bits,
    /// Bits to be put back.
    kept: Vec<u32>,
    /// By place of a measure.
    seen: Vec<Seen>,
}

impl Index {
    /// Finds the rules on this event type that hold as far as the index can say. False where it cannot
    /// say anything, because a value is not of its declared type, or because the book has no index:
    /// then all rules are to be asked.
    pub fn candidates(&self, event: EventId, ask: &mut dyn Ask, found: &mut Survivors) -> bool {
        found.rules.clear();
        let Some(on) = self.events.get(usize::from(event.0)) else {
            return false;
        };
        found.live.copy(&on.start);
        for words in &on.words {
            if found.live.is_empty() {
                return true;
            }
            if found.live.meets(&words.mask) {
                let value = ask.ask(words.slot);
                if !words.narrow(value, &mut found.live, &mut found.kept) {
                    return false;
                }
            }
        }
        on.check(ask, found).is_some()
    }

    /// How many slots the index looks at on this event type, at most.
    #[must_use]
    pub fn slots(&self, event: EventId) -> usize {
        self.events
            .get(usize::from(event.0))
            .map_or(0, |on| on.words.len() + on.flags.len() + on.measures.len())
    }
}

impl OnEvent {
    /// Looks at each rule that is left; `None` for a value that cannot be there.
    fn check(&self, ask: &mut dyn Ask, found: &mut Survivors) -> Option<()> {
        found.seen.clear();
        found.seen.resize(self.measures.len(), Seen::Not);
        let mut look = Look {
            on: self,
            ask,
            known: 0,
            set: 0,
            seen: &mut found.seen,
        };
        for (word, checks) in found.live.words().iter().zip(self.checks.chunks(64)) {
            let mut word = *word;
            while word != 0 {
                let bit = usize::try_from(word.trailing_zeros()).unwrap_or(0);
                word &= word - 1;
                if let Some(check) = checks.get(bit)
                    && look.holds(check)?
                {
                    found.rules.push(check.rule);
                }
            }
        }
        found.rules.sort_unstable();
        found.rules.dedup();
        Some(())
    }
}

/// What is known of one event so far.
struct Look<'a> {
    on: &'a OnEvent,
    ask: &'a mut dyn Ask,
    /// The flags that were asked for.
    known: u64,
    /// Those of them that are set.
    set: u64,
    seen: &'a mut Vec<Seen>,
}

impl Look<'_> {
    fn holds(&mut self, check: &Check) -> Option<bool> {
        if check.flags & !self.known != 0 {
            self.learn(check.flags & !self.known)?;
        }
        if (self.set ^ check.set) & check.flags != 0 {
            return Some(false);
        }
        let (from, to) = check.spans;
        let mut spans = self.on.spans.get(place(from)..place(to))?;
        while let [span, rest @ ..] = spans {
            let (more, behind) = rest.split_at_checked(usize::from(span.more))?;
            spans = behind;
            let held = match self.see(span.measure)? {
                Seen::At(n) => span.has(n) || more.iter().any(|span| span.has(n)),
                Seen::Missing | Seen::Not => span.missing,
            };
            if !held {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Asks for flags.
    fn learn(&mut self, mut flags: u64) -> Option<()> {
        while flags != 0 {
            let bit = flags.trailing_zeros();
            flags &= flags - 1;
            let slot = self.on.flags.get(place(bit))?;
            match self.ask.ask(*slot) {
                Value::Bool(held) => self.set |= u64::from(*held) << bit,
                _ => return None,
            }
            self.known |= 1 << bit;
        }
        Some(())
    }

    fn see(&mut self, measure: u16) -> Option<Seen> {
        let at = usize::from(measure);
        let seen = self.seen.get_mut(at)?;
        if *seen == Seen::Not {
            let measure = self.on.measures.get(at)?;
            *seen = measure.see(self.ask.ask(measure.slot))?;
        }
        Some(*seen)
    }
}

impl Span {
    fn has(&self, number: i64) -> bool {
        self.low <= number && number <= self.high
    }
}

fn place(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
