//! The rules written by hand: plain predicates over plain facts, tried one after the other. Nothing of
//! the product's own evaluation is used here.

use crate::condition::{Condition, RuleSpec};
use crate::fields::{Number, Word};
use crate::plain::Plain;

/// One rule: its event types and its predicates.
#[derive(Clone, Debug)]
pub struct NativeRule {
    kinds: u8,
    predicates: Box<[Predicate]>,
}

/// One predicate, without a pointer wherever it can do without.
#[derive(Clone, Debug)]
enum Predicate {
    Is(Word, u8),
    IsOneOf(Word, u32),
    Abroad,
    Flag(u32, u32),
    AtLeast(Number, i64),
    AtMost(Number, i64),
    Share(Number, Number, i64, i64),
    Means([Number; 4], i64),
    Night,
    Steps(Number, i64, i64),
    Either(Box<(Predicate, Predicate)>),
}

impl NativeRule {
    /// The rule of a description.
    #[must_use]
    pub fn of(spec: &RuleSpec) -> Self {
        Self {
            kinds: spec.kinds,
            predicates: spec.conditions.iter().map(Predicate::of).collect(),
        }
    }

    /// True when all its predicates hold.
    #[must_use]
    pub fn holds(&self, facts: &Plain) -> bool {
        self.kinds >> facts.kind.0 & 1 == 1 && self.predicates.iter().all(|p| p.holds(facts))
    }
}

/// The places of the rules that hold, in order.
pub fn matches(rules: &[NativeRule], facts: &Plain, fired: &mut Vec<u16>) {
    for (at, rule) in (0u16..).zip(rules) {
        if rule.holds(facts) {
            fired.push(at);
        }
    }
}

/// The rules of a description, parted by event type: on an event only its own are tried.
#[derive(Clone, Debug, Default)]
pub struct NativeBook {
    by_kind: [Vec<(u16, NativeRule)>; 3],
}

impl NativeBook {
    /// The rules of these descriptions.
    #[must_use]
    pub fn of(specs: &[RuleSpec]) -> Self {
        let mut book = Self::default();
        for (kind, rules) in book.by_kind.iter_mut().enumerate() {
            for (at, spec) in (0u16..).zip(specs) {
                if spec.kinds >> kind & 1 == 1 {
                    rules.push((at, NativeRule::of(spec)));
                }
            }
        }
        book
    }

    /// The places of the rules that hold, in order.
    pub fn matches(&self, facts: &Plain, fired: &mut Vec<u16>) {
        let rules = self.by_kind.get(usize::from(facts.kind.0));
        for (at, rule) in rules.into_iter().flatten() {
            if rule.predicates.iter().all(|p| p.holds(facts)) {
                fired.push(*at);
            }
        }
    }
}

/// True when one condition holds.
#[must_use]
pub fn holds(condition: &Condition, facts: &Plain) -> bool {
    Predicate::of(condition).holds(facts)
}

impl Predicate {
    fn of(condition: &Condition) -> Self {
        match condition {
            Condition::Is(word, value) => Self::Is(*word, *value),
            Condition::IsOneOf(word, values) => Self::IsOneOf(
                *word,
                values.iter().fold(0, |bits, value| bits | 1u32 << value),
            ),
            Condition::Abroad => Self::Abroad,
            Condition::Flag(flag, set) => Self::Flag(1 << flag, u32::from(*set) << flag),
            Condition::AtLeast(number, least) => Self::AtLeast(*number, *least),
            Condition::AtMost(number, most) => Self::AtMost(*number, *most),
            Condition::Share(a, p, b, q) => Self::Share(*a, *b, *p, *q),
            Condition::Means {
                sum,
                count_long,
                sum_long,
                count,
                times,
            } => Self::Means([*sum, *count_long, *sum_long, *count], *times),
            Condition::Night => Self::Night,
            Condition::Steps(number, step, hits) => Self::Steps(*number, *step, *hits),
            Condition::Either(a, b) => Self::Either(Box::new((Self::of(a), Self::of(b)))),
        }
    }

    fn holds(&self, facts: &Plain) -> bool {
        match self {
            Self::Is(word, value) => facts.word(*word) == *value,
            Self::IsOneOf(word, bits) => {
                let value = facts.word(*word);
                value < 32 && bits >> value & 1 == 1
            }
            Self::Abroad => facts.word(Word::COUNTRY) != facts.word(Word::HOME),
            Self::Flag(bit, want) => facts.flags & bit == *want,
            Self::AtLeast(number, least) => facts.number(*number) >= *least,
            Self::AtMost(number, most) => facts.number(*number) <= *most,
            Self::Share(a, b, p, q) => facts.number(*a) * p >= facts.number(*b) * q,
            Self::Means([sum, count_long, sum_long, count], times) => {
                facts.number(*sum) * facts.number(*count_long)
                    >= facts.number(*sum_long) * facts.number(*count) * times
            }
            Self::Night => {
                let hour = facts.number(Number::HOUR);
                !(6..22).contains(&hour)
            }
            Self::Steps(number, step, hits) => {
                let value = facts.number(*number);
                let reached = (1..=3).filter(|n| value >= n * step).count();
                i64::try_from(reached).is_ok_and(|reached| reached >= *hits)
            }
            Self::Either(both) => both.0.holds(facts) || both.1.holds(facts),
        }
    }
}
