//! The values that a slot can have.

use crate::catalogue::Catalogue;
use crate::catalogue::feature::Take;
use crate::finding::Words;
use crate::index::atoms::{Known, Test};
use crate::layout::{Layout, Slot, Source};
use crate::value::{Text, Type};

/// The values of a slot.
pub(super) struct Domain<'a> {
    values: Values<'a>,
    /// There may be none.
    optional: bool,
}

enum Values<'a> {
    /// Nobody knows.
    Any,
    Bool,
    /// From, to; of days, ms and minor units too.
    Numbers(i64, i64),
    /// One of these.
    Words(&'a [Text]),
    /// Whatever somebody writes.
    Text,
}

impl<'a> Domain<'a> {
    pub(super) fn of(catalogue: &Catalogue, layout: &'a Layout, slot: Slot) -> Self {
        let Some(spec) = layout.slot(slot) else {
            return Self {
                values: Values::Any,
                optional: true,
            };
        };
        let take = match &spec.source {
            Source::CustomerFeature(at) | Source::Before(at) | Source::PairFeature(at) => Some(*at),
            Source::EntityFeature { feature, .. } => Some(*feature),
            _ => None,
        };
        let take = take.and_then(|at| Some(catalogue.features.get(usize::from(at))?.take));
        let values = match (&spec.ty, &spec.source, take) {
            (Type::Bool, ..) => Values::Bool,
            (_, Source::EventHour, _) => Values::Numbers(0, 23),
            (_, Source::EventWeekday, _) => Values::Numbers(1, 7),
            (Type::Int, _, Some(Take::Count | Take::Distinct)) => Values::Numbers(0, i64::MAX),
            (Type::Int | Type::Decimal | Type::Money(_), ..)
            | (Type::Duration | Type::Time | Type::Date, ..) => Values::Numbers(i64::MIN, i64::MAX),
            (Type::Symbol(words), ..) if !words.is_empty() => Values::Words(words),
            (Type::Text | Type::Symbol(_) | Type::Ref(_), ..) => Values::Text,
            (Type::Place | Type::List(_), ..) => Values::Any,
        };
        Self {
            values,
            optional: spec.optional,
        }
    }

    /// Whether the test can hold, and whether it can fail.
    pub(super) fn answers(&self, test: &Test) -> (bool, bool) {
        if let Test::Const(held) = test {
            return (*held, !held);
        }
        let (mut can_hold, mut can_fail) = match &self.values {
            Values::Any => (true, true),
            Values::Bool => of_all([true, false].map(|truth| test.holds(&Known::Bool(truth)))),
            Values::Numbers(low, high) => {
                let stretches = test.stretches();
                let meets = |(from, to): &(i64, i64)| from <= high && low <= to;
                let covers = |(from, to): &(i64, i64)| from <= low && high <= to;
                (stretches.iter().any(meets), !stretches.iter().any(covers))
            }
            Values::Words(words) => of_all(words.iter().map(|word| test.of_word(word))),
            Values::Text => {
                let named = test.words();
                let named = named.iter().map(|word| test.of_word(word));
                of_all(named.chain([test.of_other_word()]))
            }
        };
        if self.optional {
            let held = test.holds(&Known::Missing);
            can_hold |= held;
            can_fail |= !held;
        }
        (can_hold, can_fail)
    }

    /// For people, where there is something to tell.
    pub(super) fn words(&self) -> Option<Words> {
        Some(match &self.values {
            Values::Numbers(low, i64::MAX) if *low > i64::MIN => {
                Words::new(format!("{low} or more"), format!("不小于 {low} 的数"))
            }
            Values::Numbers(low, high) if *low > i64::MIN => Words::new(
                format!("a number from {low} to {high}"),
                format!("{low} 到 {high} 的数"),
            ),
            Values::Words(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                Words::new(
                    format!("one of {}", words.join(", ")),
                    format!("{}之一", words.join("、")),
                )
            }
            _ => return None,
        })
    }
}

fn of_all(answers: impl IntoIterator<Item = bool>) -> (bool, bool) {
    answers
        .into_iter()
        .fold((false, false), |(can_hold, can_fail), held| {
            (can_hold | held, can_fail | !held)
        })
}
