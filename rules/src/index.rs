//! Which rules of an event can be true.
//!
//! The conditions of all rules on one event type are taken apart at their `&&`. What an operand says
//! of one slot and literals is an atom, and the index answers for it exactly: whoever fails one is out,
//! and whoever is left is asked only for what is no atom. A row of bits per word, and per stretch of
//! numbers, says who is still possible, and rows are joined by AND: what the event says goes first, then
//! words of the customer, then windows, as long as many rules are left. Each of the few that are left
//! then is looked at by itself, as stretches of numbers, cheap ones first. A slot is read once, and only
//! when a rule that is still possible asks for it. Rules without atoms are always left.

pub(crate) mod atoms;
mod bits;
mod build;
mod literals;
mod measure;
pub(crate) mod reader;
mod rows;
mod words;

use crate::book::RuleIx;
use crate::catalogue::EventId;
use crate::facts::Facts;
use crate::layout::Slot;
use crate::value::Value;
use bits::Bits;
pub(crate) use build::Site;
use measure::{Measure, Seen};
use rows::{Ladder, Truths};
use words::Words;

/// So few rules are looked at one by one rather than by rows of all: of so few hardly any asks for the slot that a
/// row costs the reading of. Books of tests have few rules, and are to see rows as well.
const FEW: u32 = if cfg!(test) { 1 } else { 4 };

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
    rows: Vec<Rows>,
    /// By bit. Rules that ask for the same words stand together.
    checks: Vec<Check>,
    measures: Vec<Measure>,
    spans: Vec<Span>,
}

/// A slot as all rules see it: who is still possible, by its value.
#[derive(Debug)]
struct Rows {
    /// The rules that ask for this slot.
    mask: Bits,
    /// Nobody looks at this slot again: it may not be left out.
    is_last: bool,
    by: By,
}

#[derive(Debug)]
enum By {
    Words(Words),
    Truths(Truths),
    Ladder(Ladder),
}

/// What is asked of a rule, in one way in which it can hold, when rows leave it: its spans, from and to.
#[derive(Clone, Copy, Debug)]
struct Check {
    rule: RuleIx,
    from: u32,
    to: u32,
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
        let on = self.events.get(usize::from(event.0));
        on.is_some_and(|on| on.find(ask, found).is_some())
    }

    /// How many slots the index looks at on this event type, at most.
    #[must_use]
    pub fn slots(&self, event: EventId) -> usize {
        self.events.get(usize::from(event.0)).map_or(0, |on| {
            let last = on.rows.iter().filter(|rows| rows.is_last);
            last.count() + on.measures.len()
        })
    }
}

impl OnEvent {
    /// `None` for a value that cannot be there.
    fn find(&self, ask: &mut dyn Ask, found: &mut Survivors) -> Option<()> {
        let live = &mut found.live;
        live.copy(&self.start);
        found.seen.clear();
        found.seen.resize(self.measures.len(), Seen::Not);
        let mut look = Look {
            on: self,
            ask,
            seen: &mut found.seen,
        };
        let mut few = false;
        for rows in &self.rows {
            few = few || live.are_at_most(FEW);
            if (few && !rows.is_last) || !live.meets(&rows.mask) {
                continue;
            }
            match &rows.by {
                By::Words(words) => {
                    let value = look.ask.ask(words.slot);
                    words.narrow(value, live, &mut found.kept)?;
                }
                By::Truths(truths) => live.keep(truths.row(look.ask.ask(truths.slot))?),
                By::Ladder(ladder) => live.keep(ladder.row(look.see(ladder.measure)?)?),
            }
        }
        for (word, checks) in live.words().iter().zip(self.checks.chunks(64)) {
            let mut word = *word;
            while word != 0 {
                let bit = place(word.trailing_zeros());
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
    /// By place of a measure.
    seen: &'a mut Vec<Seen>,
}

impl Look<'_> {
    fn holds(&mut self, check: &Check) -> Option<bool> {
        let mut spans = self.on.spans.get(place(check.from)..place(check.to))?;
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
