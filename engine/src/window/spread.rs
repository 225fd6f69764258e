//! How far values lie from their mean: from exact sums, with one root at the end.

use super::track::{Range, Shape, Track};

/// Bits of half a square.
const HALF: u32 = 44;

/// Values beyond this count as this: then a window of any kept length has exact sums. In minor units it
/// is more money than anybody has.
pub const SPREAD_VALUE_MAX: i64 = 1 << HALF;

/// A value as sums of squares take it.
#[must_use]
pub fn bounded(value: i64) -> i64 {
    value.clamp(-SPREAD_VALUE_MAX, SPREAD_VALUE_MAX)
}

/// The square of a bounded value, in two halves: the lower and the upper.
pub(super) fn halves(value: i64) -> (i64, i64) {
    let square = i128::from(bounded(value)).pow(2);
    let half = |half: i128| i64::try_from(half).unwrap_or(i64::MAX);
    (half(square & ((1 << HALF) - 1)), half(square >> HALF))
}

/// The measures of a track that a spread is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// The sum of the values, each [`bounded`].
    pub sum: usize,
    /// The sums of the halves of their squares: the lower and the upper.
    pub squares: (usize, usize),
}

/// Count, sum and sum of squares of some values.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    count: i128,
    sum: i128,
    squares: i128,
}

impl Spread {
    /// Of the values of a range.
    #[must_use]
    pub fn of(shape: &Shape, track: &Track, range: Range, count: i128, sums: Sums) -> Self {
        let (low, high) = sums.squares;
        let (low, high) = (
            track.total(shape, range, low),
            track.total(shape, range, high),
        );
        Self {
            count,
            sum: track.total(shape, range, sums.sum),
            squares: low + (high << HALF),
        }
    }

    /// The standard deviation of a sample, n − 1 below the line; `None` of fewer than two values.
    #[must_use]
    pub fn deviation(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        // About a whole number near the mean the squares are exact, and small.
        let (near, rest) = (
            self.sum.div_euclid(self.count),
            self.sum.rem_euclid(self.count),
        );
        let about = self.squares - 2 * near * self.sum + near * near * self.count;
        let (whole, part) = (rest * rest / self.count, rest * rest % self.count);
        let squared = real(about - whole) - real(part) / real(self.count);
        Some((squared.max(0.0) / real(self.count - 1)).sqrt())
    }

    /// How many standard deviations `value` lies above the mean; `None` where there is no deviation.
    #[must_use]
    pub fn score(&self, value: i64) -> Option<f64> {
        let deviation = self.deviation().filter(|deviation| *deviation > 0.0)?;
        let above = i128::from(bounded(value)) * self.count - self.sum;
        Some(real(above) / real(self.count) / deviation)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the nearest double of an exact number, once each"
)]
fn real(number: i128) -> f64 {
    number as f64
}
