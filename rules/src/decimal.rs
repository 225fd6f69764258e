//! Exact decimals: digits and a scale. What money is multiplied by, and what amounts are read from.

use std::cmp::Ordering;

/// An exact decimal: `units × 10^-scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// All digits as one integer.
    pub units: i128,
    /// How many of them stand behind the point.
    pub scale: u8,
}

/// The largest number of digits behind the point that is carried.
pub const SCALE_MAX: u8 = 18;

impl Decimal {
    /// Reads the digits of a JSON or script number: `-12`, `0.50`, `1e3`. `None` when it is no number
    /// or does not fit 38 digits with at most [`SCALE_MAX`] behind the point.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((m, e)) => (m, e.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut units = digits_of(whole, 0)?;
        units = digits_of(fraction, units)?;
        if negative {
            units = -units;
        }
        Self { units, scale: 0 }.shifted(i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?)
    }

    /// The shortest decimal that reads back as `number`, exactly as an author typed it.
    #[must_use]
    pub fn from_literal(number: f64) -> Option<Self> {
        if number.is_finite() {
            Self::parse(&format!("{number}"))
        } else {
            None
        }
    }

    fn shifted(mut self, scale: i32) -> Option<Self> {
        // Nought has no digits to shift: `0e-2147483647` is not worth two thousand million steps.
        if self.units == 0 {
            return Some(self);
        }
        if scale >= 0 {
            let mut scale = scale;
            while scale > 0 {
                let Some(tenth) = tenth(self.units) else {
                    break;
                };
                self.units = tenth;
                scale -= 1;
            }
            self.scale = u8::try_from(scale).ok().filter(|s| *s <= SCALE_MAX)?;
            return Some(self);
        }
        for _ in scale..0 {
            self.units = self.units.checked_mul(10)?;
        }
        Some(self)
    }

    /// The same value with `scale` digits behind the point, or `None` where that would lose a digit
    /// or overflow.
    #[must_use]
    pub fn rescaled(self, scale: u8) -> Option<i128> {
        match scale.cmp(&self.scale) {
            Ordering::Equal => Some(self.units),
            Ordering::Greater => self.units.checked_mul(pow10(scale - self.scale)?),
            Ordering::Less => {
                let divisor = pow10(self.scale - scale)?;
                (self.units % divisor == 0).then_some(self.units / divisor)
            }
        }
    }

    /// Compares two decimals of any scale. `None` on overflow.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let scale = self.scale.max(other.scale);
        Some(self.rescaled(scale)?.cmp(&other.rescaled(scale)?))
    }
}

/// Appends decimal digits to a number; `None` where one is no digit, or beyond 38 of them.
fn digits_of(digits: &str, before: i128) -> Option<i128> {
    // Eighteen digits fit 64 bits, and nearly every number has fewer.
    let (first, rest) = digits
        .as_bytes()
        .split_at_checked(18)
        .unwrap_or((digits.as_bytes(), &[]));
    let mut small: i64 = 0;
    for byte in first {
        if !byte.is_ascii_digit() {
            return None;
        }
        small = small * 10 + i64::from(byte - b'0');
    }
    let mut units = if before == 0 {
        i128::from(small)
    } else {
        before
            .checked_mul(pow10(u8::try_from(first.len()).ok()?)?)?
            .checked_add(i128::from(small))?
    };
    for byte in rest {
        if !byte.is_ascii_digit() {
            return None;
        }
        units = units
            .checked_mul(10)?
            .checked_add(i128::from(byte - b'0'))?;
    }
    Some(units)
}

/// A tenth of it, if that is whole. Division of 128 bits is slow, and hardly ever needed.
fn tenth(units: i128) -> Option<i128> {
    match i64::try_from(units) {
        Ok(small) => (small % 10 == 0).then(|| i128::from(small / 10)),
        Err(_) => (units % 10 == 0).then_some(units / 10),
    }
}

/// 10 to the `exponent`, or `None` beyond 38.
#[must_use]
pub fn pow10(exponent: u8) -> Option<i128> {
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated by the compiler, not when it runs"
    )]
    const POWERS: [i128; 39] = {
        let mut powers = [1i128; 39];
        let mut at = 1;
        while at < powers.len() {
            powers[at] = powers[at - 1] * 10;
            at += 1;
        }
        powers
    };
    POWERS.get(usize::from(exponent)).copied()
}

/// `units / 10^scale` rounded half-even (IEEE 754-2019 §4.3.1, roundTiesToEven). `None` beyond 38 digits.
#[must_use]
pub fn round_half_even(units: i128, scale: u8) -> Option<i128> {
    if scale == 0 {
        return Some(units);
    }
    let divisor = pow10(scale)?;
    let (quotient, rest) = (units.div_euclid(divisor), units.rem_euclid(divisor));
    let twice = rest.checked_mul(2)?;
    Some(match twice.cmp(&divisor) {
        Ordering::Less => quotient,
        Ordering::Greater => quotient + 1,
        Ordering::Equal => quotient + quotient.rem_euclid(2),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_are_read_exactly() {
        let d = |t: &str| Decimal::parse(t).map(|d| (d.units, d.scale));
        assert_eq!(d("8.88"), Some((888, 2)));
        assert_eq!(d("499.990"), Some((49999, 2)));
        assert_eq!(d("-0.10"), Some((-1, 1)));
        assert_eq!(d("1e3"), Some((1000, 0)));
        assert_eq!(d("12.5e-1"), Some((125, 2)));
        assert_eq!(d("1e-19"), None);
        assert_eq!(d(""), None);
        assert_eq!(d("."), None);
        assert_eq!(d("1.2.3"), None);
        assert_eq!(d("1e99999999999"), None);
        assert_eq!(d("0e2147483647"), Some((0, 0)));
        assert_eq!(d("0.00e-2147483645"), Some((0, 0)));
    }

    proptest! {
        #[test]
        fn any_number_of_digits_is_read_as_digit_by_digit(whole in "[0-9]{0,41}", fraction in "[0-9]{1,20}") {
            let text = format!("{whole}.{fraction}");
            let mut units = Some(0i128);
            for byte in text.bytes().filter(u8::is_ascii_digit) {
                units = units.and_then(|u| u.checked_mul(10)?.checked_add(i128::from(byte - b'0')));
            }
            let kept = fraction.trim_end_matches('0').len();
            let zeros = u32::try_from(fraction.len() - kept).unwrap();
            let expected = units
                .map(|u| u / 10i128.pow(zeros))
                .filter(|u| *u == 0 || kept <= usize::from(SCALE_MAX))
                .map(|u| (u, if u == 0 { 0 } else { u8::try_from(kept).unwrap() }));
            prop_assert_eq!(Decimal::parse(&text).map(|d| (d.units, d.scale)), expected);
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!(round_half_even(25, 1), Some(2));
        assert_eq!(round_half_even(35, 1), Some(4));
        assert_eq!(round_half_even(-25, 1), Some(-2));
        assert_eq!(round_half_even(-35, 1), Some(-4));
        assert_eq!(round_half_even(251, 2), Some(3));
    }
}
