//! Whole numbers of 64 bits out of wider ones.

use std::cmp::Ordering;

/// A total as 64 bits. Saturates: 2⁶³ minor units are more money than there is.
pub(super) fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// `sum ÷ count`, rounded half-even; `count` > 0.
pub(super) fn divide_half_even(sum: i128, count: i128) -> i128 {
    if let (Ok(sum), Ok(count)) = (i64::try_from(sum), i32::try_from(count)) {
        // Nearly all are this short, and divided in a tenth of the time.
        let count = i64::from(count);
        let (quotient, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
        let up = match (rest * 2).cmp(&count) {
            Ordering::Less => 0,
            Ordering::Greater => 1,
            Ordering::Equal => quotient & 1,
        };
        return i128::from(quotient) + i128::from(up);
    }
    let (quotient, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
    match (rest * 2).cmp(&count) {
        Ordering::Less => quotient,
        Ordering::Greater => quotient + 1,
        Ordering::Equal => quotient + quotient.rem_euclid(2),
    }
}
