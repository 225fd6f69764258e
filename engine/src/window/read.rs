//! What a window says: an aggregate over a range of a track.

use super::comparable::Comparable;
use super::summary::Summary;
use super::track::{Cell, Order, Range, Shape, Track};
use rules::catalogue::feature::Take;
use rules::money::Money;
use rules::value::{Day, EntityKey, Type, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Distinct values are exact up to here unless the feature says otherwise; above, the count stays.
pub const DISTINCT_MAX_DEFAULT: u32 = 1_024;

/// One window, resolved against its track.
#[derive(Clone, Debug)]
pub struct Window {
    /// What it computes.
    pub take: Take,
    /// The measure that counts its events (those that have the field, where there is one).
    pub count: usize,
    /// The measure that sums its field.
    pub sum: usize,
    /// The cell of its field.
    pub cell: usize,
    /// The bit of its own condition.
    pub mask: Option<u32>,
    /// The summary of the track that knows its value, for takes that no total gives.
    pub summary: Option<usize>,
    /// Length, ms.
    pub over: i64,
    /// The place of its length among those of the track.
    pub edge: Option<usize>,
    /// How long ago it ended, ms.
    pub delay: i64,
    /// False: the event being judged is left out.
    pub current: bool,
    /// Fewer than so many: missing.
    pub min: Option<u32>,
    /// The value instead of missing.
    pub default: Value,
    /// Distinct is exact up to here.
    pub max: u32,
    /// The type of its value.
    pub ty: Type,
}

impl Window {
    /// The window's value for the event at `order`; events with time ≤ `floor` are out of reach.
    /// `before`: as it was just before that event.
    #[must_use]
    pub fn read(
        &self,
        shape: &Shape,
        track: &Track,
        order: Order,
        floor: i64,
        before: bool,
    ) -> Value {
        let until = order.time.saturating_sub(self.delay);
        let after = until.saturating_sub(self.over).max(floor);
        let range = if self.delay > 0 {
            track.between(after, until)
        } else if before || !self.current || self.take == Take::New {
            track.before(after, order)
        } else {
            track.up_to_from(after, order, self.edge)
        };
        let value = self.aggregate(shape, track, after, range);
        if value.is_missing() {
            self.default.clone()
        } else {
            value
        }
    }

    fn aggregate(&self, shape: &Shape, track: &Track, after: i64, range: Range) -> Value {
        let count = track.total(shape, range, self.count);
        if self.min.is_some_and(|min| count < i128::from(min)) {
            return Value::Missing;
        }
        match self.take {
            Take::Count => Value::Int(narrow(count)),
            Take::New => Value::Bool(count == 0),
            Take::Sum => self.number(track.total(shape, range, self.sum)),
            Take::Avg => self.average(track.total(shape, range, self.sum), count),
            Take::Distinct => self.distinct(shape, track, after, range),
            Take::Last => self.last(shape, track, range),
            Take::Min => self.extreme(shape, track, after, range, Ordering::Less),
            Take::Max => self.extreme(shape, track, after, range, Ordering::Greater),
            // Read by `Tracks::located`, which knows where the fixes are.
            Take::Place(_) => Value::Missing,
        }
    }

    fn average(&self, sum: i128, count: i128) -> Value {
        if count == 0 {
            return Value::Missing;
        }
        if let Type::Money(_) = self.ty {
            return self.number(divide_half_even(sum, count));
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "one division of exact numbers, rounded once each"
        )]
        let average = sum as f64 / count as f64;
        Value::Decimal(average)
    }

    fn distinct(&self, shape: &Shape, track: &Track, after: i64, range: Range) -> Value {
        let most = usize::try_from(self.max).unwrap_or(usize::MAX);
        let of = self
            .summary
            .and_then(|at| Some((at, shape.summaries.get(at)?)));
        if let Some(count) = of.and_then(|of| track.distinct(of, shape, after, range)) {
            return Value::Int(i64::try_from(count.min(most)).unwrap_or(i64::MAX));
        }
        let known = self.summary.and_then(|at| track.summary(at, range));
        if let Some((Summary::Distinct(recency), end)) = known {
            let count = recency.count(after, end, most);
            return Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let mut seen: BTreeSet<Comparable> = BTreeSet::new();
        for cell in track.cells(shape, range, self.cell, self.mask) {
            if let Some(value) = Comparable::of(cell) {
                seen.insert(value);
                if seen.len() >= most {
                    break;
                }
            }
        }
        Value::Int(i64::try_from(seen.len()).unwrap_or(i64::MAX))
    }

    fn last(&self, shape: &Shape, track: &Track, range: Range) -> Value {
        let newest = track.cells(shape, range, self.cell, self.mask);
        let mut filled = newest.rev().filter(|c| **c != Cell::Empty);
        filled
            .next()
            .map_or(Value::Missing, |cell| self.value(cell))
    }

    fn extreme(
        &self,
        shape: &Shape,
        track: &Track,
        after: i64,
        range: Range,
        side: Ordering,
    ) -> Value {
        if let Some(best) = self
            .summary
            .and_then(|at| track.extreme(at, after, range, side))
        {
            return self.value(&best);
        }
        let known = self.summary.and_then(|at| track.summary(at, range));
        if let Some((Summary::Extreme(ladder), end)) = known {
            let best = ladder.best(after, end);
            return best.map_or(Value::Missing, |cell| self.value(&cell));
        }
        let mut best: Option<(&Cell, Comparable)> = None;
        for cell in track.cells(shape, range, self.cell, self.mask) {
            if let Some(value) = Comparable::of(cell)
                && best.as_ref().is_none_or(|(_, b)| value.cmp(b) == side)
            {
                best = Some((cell, value));
            }
        }
        best.map_or(Value::Missing, |(cell, _)| self.value(cell))
    }

    fn value(&self, cell: &Cell) -> Value {
        match (cell, &self.ty) {
            (Cell::Empty, _) => Value::Missing,
            (Cell::Number(n), _) => self.number(i128::from(*n)),
            (Cell::Decimal(d), _) => Value::Decimal(*d),
            (Cell::Text(id), Type::Ref(kind)) => Value::Ref(EntityKey {
                kind: *kind,
                id: id.clone(),
            }),
            (Cell::Text(t), _) => Value::Text(t.clone()),
        }
    }

    fn number(&self, number: i128) -> Value {
        let n = narrow(number);
        match &self.ty {
            Type::Money(currency) => Value::Money(Money::minor(n, *currency)),
            Type::Bool => Value::Bool(n != 0),
            Type::Duration => Value::Duration(n),
            Type::Time => Value::Time(n),
            Type::Date => Value::Date(Day(i32::try_from(n).unwrap_or(i32::MAX))),
            _ => Value::Int(n),
        }
    }
}

/// A total as 64 bits. Saturates: 2⁶³ minor units are more money than there is.
fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// `sum ÷ count`, rounded half-even; `count` > 0.
fn divide_half_even(sum: i128, count: i128) -> i128 {
    let (quotient, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
    match (rest * 2).cmp(&count) {
        Ordering::Less => quotient,
        Ordering::Greater => quotient + 1,
        Ordering::Equal => quotient + quotient.rem_euclid(2),
    }
}
