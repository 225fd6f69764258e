//! Money: an exact amount in one currency.

use crate::decimal::{Decimal, pow10, round_half_even};
use std::cmp::Ordering;
use std::fmt;

/// An ISO 4217 currency code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads three capital letters.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(bytes))
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits behind the point of the major unit (ISO 4217 minor unit; 2 where the list has no other).
    #[must_use]
    pub fn digits(self) -> u8 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An exact amount: `units × 10^-scale` minor units of `currency`. State and facts hold scale 0; a
/// product with a decimal literal keeps its extra digits until it leaves a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    units: Units,
    scale: u8,
    currency: Currency,
}

/// 128 bits in two words: aligned to 8 bytes, so that a value of a fact takes 32 and not 48.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Units {
    high: i64,
    low: u64,
}

impl Units {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the two halves of the number"
    )]
    const fn of(units: i128) -> Self {
        Self {
            high: (units >> 64) as i64,
            low: units as u64,
        }
    }

    const fn get(self) -> i128 {
        ((self.high as i128) << 64) | self.low as i128
    }
}

impl fmt::Debug for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl Money {
    /// Whole minor units (cents, fen).
    #[must_use]
    pub fn minor(units: i64, currency: Currency) -> Self {
        Self {
            units: Units::of(i128::from(units)),
            scale: 0,
            currency,
        }
    }

    /// Reads major units from digits: `"8.88"` USD is 888 cents. `None` when there are more digits
    /// than the currency has, or it does not fit 64 bits.
    #[must_use]
    pub fn from_major(text: &str, currency: Currency) -> Option<Self> {
        Self::from_decimal(Decimal::parse(text)?, currency)
    }

    /// The same from a decimal.
    #[must_use]
    pub fn from_decimal(major: Decimal, currency: Currency) -> Option<Self> {
        let units = major.rescaled(currency.digits())?;
        Some(Self::minor(i64::try_from(units).ok()?, currency))
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whole minor units, rounded half-even. `None` when it does not fit 64 bits.
    #[must_use]
    pub fn to_minor(self) -> Option<i64> {
        i64::try_from(round_half_even(self.units.get(), self.scale)?).ok()
    }

    /// Its minor units where it has whole ones that fit 64 bits, as all facts do.
    pub(crate) fn whole(self) -> Option<i64> {
        if self.scale == 0 {
            i64::try_from(self.units.get()).ok()
        } else {
            None
        }
    }

    /// Sum; `None` on overflow or two currencies.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self {
            units: Units::of(a.checked_add(b)?),
            scale,
            ..self
        })
    }

    /// Difference; `None` on overflow or two currencies.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.times_int(-1)?)
    }

    /// Exact product with an integer; `None` on overflow.
    #[must_use]
    pub fn times_int(self, factor: i64) -> Option<Self> {
        Some(Self {
            units: Units::of(self.units.get().checked_mul(i128::from(factor))?),
            ..self
        })
    }

    /// Exact product with a decimal; `None` on overflow.
    #[must_use]
    pub fn times(self, factor: Decimal) -> Option<Self> {
        Some(Self {
            units: Units::of(self.units.get().checked_mul(factor.units)?),
            scale: self.scale.checked_add(factor.scale)?,
            ..self
        })
    }

    /// Compares with money of the same currency; `None` on overflow or two currencies.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let (a, b, _) = self.aligned(other)?;
        Some(a.cmp(&b))
    }

    /// Compares with a literal in major units; `None` on overflow.
    #[must_use]
    pub fn compare_major(self, major: Decimal) -> Option<Ordering> {
        Decimal {
            units: self.units.get(),
            scale: self.scale.checked_add(self.currency.digits())?,
        }
        .compare(major)
    }

    /// This as a fraction of `whole`: 0.25 of it. `None` when `whole` is zero or in another currency.
    /// Correctly rounded where both amounts fit 53 bits; otherwise within 2 units in the last place.
    #[must_use]
    pub fn share_of(self, whole: Self) -> Option<f64> {
        let (a, b, _) = self.aligned(whole)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share is a ratio; its error is stated above"
        )]
        (b != 0).then(|| a as f64 / b as f64)
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u8)> {
        if self.currency != other.currency {
            return None;
        }
        if self.scale == other.scale {
            return Some((self.units.get(), other.units.get(), self.scale));
        }
        let scale = self.scale.max(other.scale);
        let a = self.units.get().checked_mul(pow10(scale - self.scale)?)?;
        let b = other.units.get().checked_mul(pow10(scale - other.scale)?)?;
        Some((a, b, scale))
    }
}

impl fmt::Display for Money {
    /// Major units with all digits of the currency: `8.88 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minor = round_half_even(self.units.get(), self.scale).unwrap_or(self.units.get());
        let digits = self.currency.digits();
        let unit = pow10(digits).unwrap_or(1);
        let sign = if minor < 0 { "-" } else { "" };
        let (whole, part) = (
            minor.unsigned_abs() / unit.unsigned_abs(),
            minor.unsigned_abs() % unit.unsigned_abs(),
        );
        if digits == 0 {
            write!(f, "{sign}{whole} {}", self.currency.code())
        } else {
            write!(
                f,
                "{sign}{whole}.{part:0width$} {}",
                self.currency.code(),
                width = usize::from(digits)
            )
        }
    }
}
