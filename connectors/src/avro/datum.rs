//! One value, read from its bytes and written as JSON.

use super::schema::{Schema, Shape};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// How deep a value may be nested: a type may hold itself, and bytes say how often.
const DEPTH_MAX: usize = 64;
/// Bytes of the JSON of one value: a few bytes can stand for very many values.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of the digits of a decimal.
const DECIMAL_BYTES_MAX: usize = 16;

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

fn wrong<T>(what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::Bytes(what.into()))
}

impl Schema {
    /// The JSON of a value.
    ///
    /// # Errors
    /// The bytes are no value of this schema, or are more than one.
    pub fn json(&self, bytes: &[u8]) -> Result<String, Wrong> {
        let mut datum = Datum {
            schema: self,
            rest: bytes,
            out: String::new(),
        };
        datum.value(&self.root, 0)?;
        match datum.rest.len() {
            0 => Ok(datum.out),
            more => wrong(format!(
                "{more} bytes follow the value: it was written by another schema"
            )),
        }
    }
}

struct Datum<'a> {
    schema: &'a Schema,
    rest: &'a [u8],
    out: String,
}

impl<'a> Datum<'a> {
    fn value(&mut self, shape: &'a Shape, depth: usize) -> Result<(), Wrong> {
        if depth > DEPTH_MAX {
            return Err(Wrong::Deep);
        }
        if self.out.len() > TEXT_BYTES_MAX {
            return Err(Wrong::Large);
        }
        match shape {
            Shape::Null => self.out.push_str("null"),
            Shape::Bool => self.boolean()?,
            Shape::Whole => {
                let number = self.whole()?;
                self.put(format_args!("{number}"));
            }
            Shape::Float => {
                let number = f32::from_le_bytes(self.array()?);
                self.number(number.is_finite(), &number)?;
            }
            Shape::Double => {
                let number = f64::from_le_bytes(self.array()?);
                self.number(number.is_finite(), &number)?;
            }
            Shape::Bytes | Shape::Fixed(_) => {
                let bytes = self.bytes(shape)?;
                self.put(format_args!("\"{}\"", STANDARD.encode(bytes)));
            }
            Shape::Text => self.text()?,
            Shape::Symbol(symbols) => {
                let symbol = self.one_of(symbols, "symbol")?;
                self.quoted(symbol);
            }
            Shape::Array(of) => self.array_of(of, depth)?,
            Shape::Map(of) => self.map_of(of, depth)?,
            Shape::Union(shapes) => {
                let shape = self.one_of(shapes, "branch")?;
                self.value(shape, depth + 1)?;
            }
            Shape::Record(fields) => self.record(fields, depth)?,
            Shape::Named(at) => match self.schema.named.get(*at) {
                Some(shape) => self.value(shape, depth + 1)?,
                None => return wrong("a type has no name"),
            },
            Shape::Decimal(scale, of) => {
                let bytes = self.bytes(of)?;
                self.decimal(bytes, *scale)?;
            }
            Shape::Date => {
                let days = self.whole()?;
                self.date(days)?;
            }
            Shape::Moment(to_ms) => {
                let at = self.whole()?.div_euclid(*to_ms);
                self.put(format_args!("{at}"));
            }
        }
        Ok(())
    }

    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        // Text grows without a failure.
        let _ = self.out.write_fmt(what);
    }

    fn quoted(&mut self, text: &str) {
        self.put(format_args!("{}", serde_json::Value::from(text)));
    }

    /// The next bytes, so many of them.
    fn take(&mut self, count: usize) -> Result<&'a [u8], Wrong> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return wrong("the bytes end before the value does");
        };
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        let taken = self.take(N)?;
        taken
            .try_into()
            .or_else(|_| wrong("the bytes end before the value does"))
    }

    /// Seven bits a byte, the lowest first, the sign in the last of them.
    fn whole(&mut self) -> Result<i64, Wrong> {
        let mut number: u64 = 0;
        for at in 0..10 {
            let [byte] = self.array()?;
            if at == 9 && byte > 1 {
                break;
            }
            number |= u64::from(byte & 0x7f) << (at * 7);
            if byte & 0x80 == 0 {
                return Ok((number >> 1).cast_signed() ^ -((number & 1).cast_signed()));
            }
        }
        wrong("a number has more than 64 bits")
    }

    fn length(&mut self) -> Result<usize, Wrong> {
        let length = self.whole()?;
        usize::try_from(length).or_else(|_| wrong(format!("a length of {length} is none")))
    }

    fn boolean(&mut self) -> Result<(), Wrong> {
        let word = match self.array()? {
            [0] => "false",
            [1] => "true",
            [other] => return wrong(format!("{other} is neither true nor false")),
        };
        self.out.push_str(word);
        Ok(())
    }

    fn number(&mut self, is_finite: bool, number: &impl serde::Serialize) -> Result<(), Wrong> {
        match serde_json::to_string(number) {
            Ok(text) if is_finite => {
                self.out.push_str(&text);
                Ok(())
            }
            _ => wrong("a number is infinite or none at all: JSON has no word for it"),
        }
    }

    fn bytes(&mut self, shape: &Shape) -> Result<&'a [u8], Wrong> {
        let count = match shape {
            Shape::Fixed(size) => *size,
            _ => self.length()?,
        };
        self.take(count)
    }

    fn utf8(&mut self) -> Result<&'a str, Wrong> {
        let count = self.length()?;
        std::str::from_utf8(self.take(count)?).or_else(|_| wrong("a text is not UTF-8"))
    }

    fn text(&mut self) -> Result<(), Wrong> {
        let text = self.utf8()?;
        self.quoted(text);
        Ok(())
    }

    fn one_of<T>(&mut self, all: &'a [T], what: &str) -> Result<&'a T, Wrong> {
        let at = self.whole()?;
        let one = usize::try_from(at).ok().and_then(|at| all.get(at));
        match one {
            Some(one) => Ok(one),
            None => wrong(format!("there is no {what} {at}")),
        }
    }

    fn record(&mut self, fields: &'a [(String, Shape)], depth: usize) -> Result<(), Wrong> {
        self.out.push('{');
        for (at, (name, shape)) in fields.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.quoted(name);
            self.out.push(':');
            self.value(shape, depth + 1)?;
        }
        self.out.push('}');
        Ok(())
    }

    /// Items of a block; none: it was the last. A block may say its bytes as well.
    fn block(&mut self) -> Result<u64, Wrong> {
        let count = self.whole()?;
        if count < 0 {
            self.whole()?;
        }
        Ok(count.unsigned_abs())
    }

    /// Blocks of items until an empty one; `item` writes one of them.
    fn items(&mut self, item: impl Fn(&mut Self) -> Result<(), Wrong>) -> Result<(), Wrong> {
        let mut first = true;
        loop {
            let count = self.block()?;
            if count == 0 {
                return Ok(());
            }
            for _ in 0..count {
                if !std::mem::take(&mut first) {
                    self.out.push(',');
                }
                item(self)?;
            }
        }
    }

    fn array_of(&mut self, of: &'a Shape, depth: usize) -> Result<(), Wrong> {
        self.out.push('[');
        self.items(|datum| datum.value(of, depth + 1))?;
        self.out.push(']');
        Ok(())
    }

    fn map_of(&mut self, of: &'a Shape, depth: usize) -> Result<(), Wrong> {
        self.out.push('{');
        self.items(|datum| {
            datum.text()?;
            datum.out.push(':');
            datum.value(of, depth + 1)
        })?;
        self.out.push('}');
        Ok(())
    }

    /// Two's complement, the highest byte first; a JSON number with all its digits.
    fn decimal(&mut self, bytes: &[u8], scale: u32) -> Result<(), Wrong> {
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

    fn date(&mut self, days: i64) -> Result<(), Wrong> {
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
}
