//! What a window takes of the events inside, by the definition of each take.

use std::collections::BTreeSet;

use rules::catalogue::feature::{Feature, Take};
use rules::value::{Type, Value as Is};

use super::clock::Clocks;
use super::made::Event;
use super::reference::{Answer, field};

/// A window as its reader sees it.
pub(super) struct Inside<'a> {
    pub(super) feature: &'a Feature,
    /// Sorted; the event being judged is among them unless it is left out.
    pub(super) events: Vec<&'a Event>,
    /// The event being judged, where it is of the stream.
    pub(super) judged: Option<&'a Event>,
    pub(super) time: i64,
    pub(super) zone: &'a str,
}

impl Inside<'_> {
    /// The value, its default where there is none.
    pub(super) fn answer(&self) -> Answer {
        self.taken().unwrap_or_else(|| default(self.feature))
    }

    fn value(&self, event: &Event) -> Option<Answer> {
        match &self.feature.of {
            Some(name) => field(name, event),
            None => Some(Answer::Number(1)),
        }
    }

    fn values(&self) -> Vec<Answer> {
        let values = self.events.iter().filter_map(|e| self.value(e));
        values.collect()
    }

    fn taken(&self) -> Option<Answer> {
        let feature = self.feature;
        let values = self.values();
        let count = values.len() as i64;
        if feature.min.is_some_and(|min| count < i64::from(min)) {
            return None;
        }
        let sum: i64 = values.iter().map(whole).sum();
        match feature.take {
            Take::Count => Some(Answer::Number(count)),
            Take::New => Some(Answer::Number(i64::from(self.is_new(&values)))),
            Take::Sum => Some(Answer::Number(sum)),
            Take::Avg if count == 0 => None,
            Take::Avg if feature.ty == Type::Decimal => {
                Some(Answer::Decimal(sum as f64 / count as f64))
            }
            Take::Avg => Some(Answer::Number(half_even(sum, count))),
            Take::Min => values.iter().min_by(ordered).cloned(),
            Take::Max => values.iter().max_by(ordered).cloned(),
            Take::Last => values.last().cloned(),
            Take::First => values.first().cloned(),
            Take::NthLast(nth) => values.iter().rev().nth(nth as usize - 1).cloned(),
            Take::Distinct => {
                let distinct: BTreeSet<String> = values.iter().map(|v| format!("{v:?}")).collect();
                Some(Answer::Number(distinct.len() as i64))
            }
            Take::StdDev => self.real(deviation(&values)?),
            Take::ZScore => {
                let judged = self.judged.and_then(|judged| self.value(judged))?;
                let deviation = deviation(&values).filter(|d| *d > 0.0)?;
                let mean = sum as f64 / count as f64;
                Some(Answer::Decimal((whole(&judged) as f64 - mean) / deviation))
            }
            Take::Quantile(millionths) => nearest_rank(self.newest(&values), millionths),
            Take::Decay(half_life) => self.faded(half_life),
            Take::HourShare => self.hour_share(),
            // No window: tests/place.rs rescans these.
            Take::Place(_) => None,
        }
    }

    /// Nobody before had the value.
    fn is_new(&self, values: &[Answer]) -> bool {
        if self.feature.of.is_none() {
            return values.is_empty();
        }
        let judged = self.judged.and_then(|judged| self.value(judged));
        judged.is_some_and(|judged| !values.contains(&judged))
    }

    fn most(&self) -> usize {
        self.feature.max.map_or(4_096, |max| max as usize)
    }

    fn newest<'v>(&self, values: &'v [Answer]) -> &'v [Answer] {
        last(values, self.most())
    }

    fn faded(&self, half_life: i64) -> Option<Answer> {
        let mut having: Vec<(&Event, Answer)> = Vec::new();
        for event in &self.events {
            having.extend(self.value(event).map(|value| (*event, value)));
        }
        let newest = last(&having, self.most());
        let faded = newest.iter().map(|(event, value)| {
            let lives = (self.time - event.time) as f64 / half_life as f64;
            real(value) * (-lives).exp2()
        });
        let sum = faded.sum();
        (!newest.is_empty()).then(|| self.real(sum)).flatten()
    }

    fn hour_share(&self) -> Option<Answer> {
        let events = last(&self.events, self.most());
        let hour = Clocks::hour(self.time, self.zone);
        let same = events
            .iter()
            .filter(|e| Clocks::hour(e.time, self.zone) == hour);
        let share = same.count() as f64 / events.len() as f64;
        (!events.is_empty()).then_some(Answer::Decimal(share))
    }

    fn real(&self, number: f64) -> Option<Answer> {
        Some(match self.feature.ty {
            Type::Money(_) => Answer::Number(number.round() as i64),
            _ => Answer::Decimal(number),
        })
    }
}

/// True for the answer that is wanted: what is made of roots and powers to the last digits of a double,
/// and what is estimated within the error it states.
pub(super) fn same(feature: &Feature, got: &Answer, want: &Answer) -> bool {
    let max = feature.max.map_or(1_024, i64::from);
    match (feature.take, got, want) {
        (Take::Distinct, Answer::Number(got), Answer::Number(want)) if *want > max => {
            *got > max && (got - want).abs() <= 1 + want / 14
        }
        (
            Take::StdDev | Take::ZScore | Take::Decay(_),
            Answer::Decimal(got),
            Answer::Decimal(want),
        ) => (got - want).abs() <= 1e-9 * want.abs().max(1.0),
        (Take::StdDev | Take::Decay(_), Answer::Number(got), Answer::Number(want)) => {
            (got - want).abs() <= 1
        }
        _ => got == want,
    }
}

fn last<T>(all: &[T], most: usize) -> &[T] {
    all.get(all.len().saturating_sub(most)..).unwrap_or(&[])
}

fn ordered(a: &&Answer, b: &&Answer) -> std::cmp::Ordering {
    a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal)
}

fn whole(answer: &Answer) -> i64 {
    match answer {
        Answer::Number(n) => *n,
        _ => 0,
    }
}

fn real(answer: &Answer) -> f64 {
    match answer {
        Answer::Number(n) => *n as f64,
        Answer::Decimal(d) => *d,
        _ => 0.0,
    }
}

/// In two passes, n − 1 below the line.
fn deviation(values: &[Answer]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().map(real).sum::<f64>() / count;
    let squares: f64 = values.iter().map(|v| (real(v) - mean).powi(2)).sum();
    // All are the same: their mean is not, to the last digit.
    let differ = values.iter().any(|v| Some(v) != values.first());
    let squares = if differ { squares } else { 0.0 };
    (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt())
}

/// The least value that at least this share of all does not exceed.
fn nearest_rank(values: &[Answer], millionths: u32) -> Option<Answer> {
    let enough = |value: &&Answer| {
        let below = values.iter().filter(|v| *v <= *value).count() as u64;
        below * 1_000_000 >= values.len() as u64 * u64::from(millionths)
    };
    values.iter().filter(enough).min_by(ordered).cloned()
}

/// The whole number nearest to `sum ÷ count`; of two, the even one.
fn half_even(sum: i64, count: i64) -> i64 {
    let below = sum.div_euclid(count);
    let near = |n: &i64| ((n * count - sum).abs(), n % 2 != 0);
    [below, below + 1]
        .into_iter()
        .min_by_key(near)
        .unwrap_or(below)
}

/// Defaults are written as in the catalogue.
fn default(feature: &Feature) -> Answer {
    match &feature.default {
        Is::Int(n) => Answer::Number(*n),
        Is::Decimal(d) => Answer::Decimal(*d),
        Is::Money(m) => m.to_minor().map_or(Answer::Missing, Answer::Number),
        Is::Text(t) => Answer::Text(t.to_string()),
        _ => Answer::Missing,
    }
}
