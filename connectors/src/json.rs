//! The JSON that a value of another form stands for, written straight as text and within bounds: amounts
//! keep their digits, and no record can cost more than a bound.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// How deep a value may be nested: a type may hold itself, and bytes say how often.
pub(crate) const DEPTH_MAX: usize = 64;
/// Bytes of the JSON of one value: a few bytes can stand for very many values.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of the digits of a decimal.
const DECIMAL_BYTES_MAX: usize = 16;
/// Digits behind the point of a decimal.
pub(crate) const SCALE_MAX: u32 = 38;

/// Why bytes are no value of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// They are no value of it.
    Bytes(String),
    /// It is nested too deep.
    Deep,
    /// It is too large.
    Large,
}

pub(crate) fn wrong<T>(what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::Bytes(what.into()))
}

/// The text of a value, as far as it is written.
#[derive(Default)]
pub(crate) struct Json(String);

impl Json {
    /// The whole text.
    pub(crate) fn text(self) -> String {
        self.0
    }

    /// A value may begin so deep within others.
    pub(crate) fn room(&self, depth: usize) -> Result<(), Wrong> {
        if depth > DEPTH_MAX {
            return Err(Wrong::Deep);
        }
        if self.0.len() > TEXT_BYTES_MAX {
            return Err(Wrong::Large);
        }
        Ok(())
    }

    /// A word or a sign as it is.
    pub(crate) fn word(&mut self, word: &str) {
        self.0.push_str(word);
    }

    pub(crate) fn whole(&mut self, number: impl std::fmt::Display) {
        self.put(format_args!("{number}"));
    }

    pub(crate) fn quoted(&mut self, text: &str) {
        self.put(format_args!("{}", serde_json::Value::from(text)));
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.put(format_args!("\"{}\"", STANDARD.encode(bytes)));
    }

    /// A number with a point; `is_finite`: JSON has a word for it.
    pub(crate) fn number(
        &mut self,
        is_finite: bool,
        number: &impl serde::Serialize,
    ) -> Result<(), Wrong> {
        match serde_json::to_string(number) {
            Ok(text) if is_finite => {
                self.0.push_str(&text);
                Ok(())
            }
            _ => wrong("a number is infinite or none at all: JSON has no word for it"),
        }
    }

    /// Two's complement, the highest byte first; a JSON number with all its digits.
    pub(crate) fn decimal(&mut self, bytes: &[u8], scale: u32) -> Result<(), Wrong> {
        if bytes.is_empty() || bytes.len() > DECIMAL_BYTES_MAX {
            return wrong(format!("a decimal has 1 to {DECIMAL_BYTES_MAX} bytes"));
        }
        let first = bytes.first().copied().unwrap_or_default().cast_signed();
        let digits = bytes
            .iter()
            .fold(if first < 0 { -1i128 } else { 0 }, |sum, byte| {
                (sum << 8) | i128::from(*byte)
            });
        let sign = if digits < 0 { "-" } else { "" };
        let (digits, scale) = (digits.unsigned_abs(), usize::try_from(scale).unwrap_or(0));
        let text = format!("{digits:0>width$}", width = scale + 1);
        let (whole, part) = text
            .split_at_checked(text.len() - scale)
            .unwrap_or((&text, ""));
        let point = if part.is_empty() { "" } else { "." };
        self.put(format_args!("{sign}{whole}{point}{part}"));
        Ok(())
    }

    /// A day, so many of them since 1970.
    pub(crate) fn date(&mut self, days: i64) -> Result<(), Wrong> {
        let ms = days.checked_mul(86_400_000);
        let text = ms.map(rules::value::time_text).unwrap_or_default();
        let Some(day) = text
            .get(..10)
            .filter(|_| (-719_162..2_932_896).contains(&days))
        else {
            return wrong(format!("{days} days from 1970 are no date"));
        };
        self.put(format_args!("\"{day}\""));
        Ok(())
    }

    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        // Text grows without a failure.
        let _ = self.0.write_fmt(what);
    }
}
