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
        let mut units: i128 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return None;
            }
            units = units
                .checked_mul(10)?
                .checked_add(i128::from(byte - b'0'))?;
        }
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
            while scale > 0 && self.units % 10 == 0 {
                self.units /= 10;
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

/// 10 to the `exponent`, or `None` beyond 38.
#[must_use]
pub fn pow10(exponent: u8) -> Option<i128> {
    10i128.checked_pow(u32::from(exponent))
}

/// `units / 10^scale` rounded half-even (IEEE 754-2019 §4.3.1, roundTiesToEven). `None` beyond 38 digits.
#[must_use]
pub fn round_half_even(units: i128, scale: u8) -> Option<i128> {
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

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!(round_half_even(25, 1), Some(2));
        assert_eq!(round_half_even(35, 1), Some(4));
        assert_eq!(round_half_even(-25, 1), Some(-2));
        assert_eq!(round_half_even(-35, 1), Some(-4));
        assert_eq!(round_half_even(251, 2), Some(3));
    }
}
