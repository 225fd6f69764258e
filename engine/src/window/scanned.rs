//! Takes that look at values one by one, so at no more than so many.

use super::comparable::Comparable;
use super::decay::left_of_one;
use super::read::{Seen, Window};
use super::reader::Reader;
use super::track::Cell;
use rules::value::{Type, Value};

/// So many of the newest values are looked at unless the feature says otherwise.
pub const SCANNED_MAX_DEFAULT: u32 = 4_096;

impl Window {
    /// The oldest value.
    pub(super) fn first(&self, seen: &Seen<'_>) -> Value {
        let cells = seen
            .track
            .cells(seen.shape, seen.range, self.cell, self.mask);
        let mut filled = cells.filter(|cell| *cell != Cell::Empty);
        filled
            .next()
            .map_or(Value::Missing, |cell| self.value(&cell))
    }

    /// The newest value but `nth` − 1.
    pub(super) fn nth_last(&self, seen: &Seen<'_>, nth: u32) -> Value {
        let cells = seen
            .track
            .cells(seen.shape, seen.range, self.cell, self.mask);
        let mut filled = cells.rev().filter(|cell| *cell != Cell::Empty);
        let behind = usize::try_from(nth.saturating_sub(1)).unwrap_or(usize::MAX);
        let found = filled.nth(behind);
        found.map_or(Value::Missing, |cell| self.value(&cell))
    }

    /// The least value that so many millionths of the newest values do not exceed.
    pub(super) fn quantile(&self, seen: &Seen<'_>, millionths: u32) -> Value {
        let cells = seen
            .track
            .cells(seen.shape, seen.range, self.cell, self.mask);
        let newest = cells.rev().filter_map(|cell| Comparable::of(&cell));
        let newest = newest.take(self.most());
        let mut values: Vec<Comparable> = newest.collect();
        let rank = (values.len() as u128 * u128::from(millionths)).div_ceil(1_000_000);
        let at = usize::try_from(rank)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        if at >= values.len() {
            return Value::Missing;
        }
        let (_, found, _) = values.select_nth_unstable(at);
        self.value(&found.cell())
    }

    /// The sum of the newest values, the newest first, each faded by its age when the window is read.
    pub(super) fn decayed(&self, seen: &Seen<'_>, reader: &Reader<'_>, half_life: i64) -> Value {
        let times = seen.track.times(seen.range, self.mask).rev();
        let cells = seen
            .track
            .cells(seen.shape, seen.range, self.cell, self.mask)
            .rev();
        let values = times.zip(cells).filter_map(|(time, cell)| match cell {
            Cell::Number(n) => Some((time, real(n))),
            Cell::Decimal(d) => Some((time, d)),
            Cell::Empty | Cell::Text(_) => None,
        });
        let mut sum = None;
        for (time, value) in values.take(self.most()) {
            let age = reader.order.time.saturating_sub(time);
            sum = Some(sum.unwrap_or(0.0) + value * left_of_one(age, half_life));
        }
        sum.map_or(Value::Missing, |sum| self.real(sum))
    }

    /// A double as a value: an amount is rounded half-even to its minor unit.
    pub(super) fn real(&self, number: f64) -> Value {
        match self.ty {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number; what is beyond 64 bits stays at their end"
            )]
            Type::Money(_) => self.number(number.round_ties_even() as i128),
            _ => Value::Decimal(number),
        }
    }

    /// How many values are looked at.
    pub(super) fn most(&self) -> usize {
        usize::try_from(self.max).unwrap_or(usize::MAX)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the nearest double; exact below 2⁵³"
)]
fn real(number: i64) -> f64 {
    number as f64
}
