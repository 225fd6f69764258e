//! The bytes of values.

use super::super::bytes::{Cursor, put_bytes, put_varint, put_zigzag};
use super::{CodecError, Dictionary};
use rules::money::{Currency, Money};
use rules::value::{Day, EntityKey, Text, Value};

/// Lists in lists. A catalogue has no deeper ones.
const DEPTH_MAX: usize = 8;

pub(super) fn put_text(text: &str, out: &mut Vec<u8>) {
    put_bytes(text.as_bytes(), out);
}

pub(super) fn put_some<T>(
    value: Option<&T>,
    out: &mut Vec<u8>,
    put: impl FnOnce(&T, &mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    out.push(u8::from(value.is_some()));
    value.map_or(Ok(()), |value| put(value, out))
}

pub(super) fn put_some_text(text: Option<&Text>, out: &mut Vec<u8>) {
    out.push(u8::from(text.is_some()));
    if let Some(text) = text {
        put_text(text, out);
    }
}

pub(super) fn put_key(
    key: &EntityKey,
    words: &Dictionary,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    put_varint(u64::from(words.id(key.kind)?), out);
    put_text(&key.id, out);
    Ok(())
}

pub(super) fn put_value(
    value: &Value,
    words: &Dictionary,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    match value {
        Value::Missing => out.push(0),
        Value::Bool(false) => out.push(1),
        Value::Bool(true) => out.push(2),
        Value::Int(number) => put_number(3, *number, out),
        Value::Decimal(number) => {
            out.push(4);
            out.extend(number.to_bits().to_le_bytes());
        }
        Value::Text(text) => {
            out.push(5);
            put_text(text, out);
        }
        Value::Money(money) => {
            let minor = money.to_minor().ok_or(CodecError::Fraction)?;
            if Money::minor(minor, money.currency()) != *money {
                return Err(CodecError::Fraction);
            }
            put_number(6, minor, out);
            put_text(money.currency().code(), out);
        }
        Value::Duration(ms) => put_number(7, *ms, out),
        Value::Time(ms) => put_number(8, *ms, out),
        Value::Date(day) => put_number(9, i64::from(day.0), out),
        Value::Place(lat, lon) => {
            out.push(10);
            out.extend(lat.to_bits().to_le_bytes());
            out.extend(lon.to_bits().to_le_bytes());
        }
        Value::Ref(key) => {
            out.push(11);
            put_key(key, words, out)?;
        }
        Value::List(items) => {
            out.push(12);
            put_varint(items.len() as u64, out);
            for item in items {
                put_value(item, words, out)?;
            }
        }
    }
    Ok(())
}

fn put_number(tag: u8, number: i64, out: &mut Vec<u8>) {
    out.push(tag);
    put_zigzag(number, out);
}

/// Reads fields one after the other.
pub(super) struct Fields<'b, 'k> {
    pub(super) cursor: Cursor<'b>,
    pub(super) words: &'k Dictionary,
}

impl Fields<'_, '_> {
    pub(super) fn text(&mut self) -> Result<Text, CodecError> {
        let text = self.cursor.text();
        text.map(Text::from).ok_or(CodecError::Unreadable("a text"))
    }

    pub(super) fn number(&mut self) -> Result<i64, CodecError> {
        let number = self.cursor.zigzag();
        number.ok_or(CodecError::Unreadable("a number"))
    }

    pub(super) fn count(&mut self) -> Result<u64, CodecError> {
        let number = self.cursor.varint();
        number.ok_or(CodecError::Unreadable("a number"))
    }

    pub(super) fn flag(&mut self) -> Result<bool, CodecError> {
        match self.cursor.u8() {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            _ => Err(CodecError::Unreadable("a yes or no")),
        }
    }

    pub(super) fn some<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, CodecError>,
    ) -> Result<Option<T>, CodecError> {
        self.flag()?.then(|| read(self)).transpose()
    }

    pub(super) fn key(&mut self) -> Result<EntityKey, CodecError> {
        let id = self.count()?;
        let kind = self.words.kind(id)?;
        let id = self.text()?;
        Ok(EntityKey { kind, id })
    }

    pub(super) fn value(&mut self) -> Result<Value, CodecError> {
        self.value_in(0)
    }

    fn value_in(&mut self, depth: usize) -> Result<Value, CodecError> {
        Ok(match self.cursor.u8() {
            Some(0) => Value::Missing,
            Some(1) => Value::Bool(false),
            Some(2) => Value::Bool(true),
            Some(3) => Value::Int(self.number()?),
            Some(4) => Value::Decimal(self.decimal()?),
            Some(5) => Value::Text(self.text()?),
            Some(6) => {
                let (minor, code) = (self.number()?, self.text()?);
                let currency = Currency::parse(&code);
                let currency = currency.ok_or(CodecError::Unreadable("a currency"))?;
                Value::Money(Money::minor(minor, currency))
            }
            Some(7) => Value::Duration(self.number()?),
            Some(8) => Value::Time(self.number()?),
            Some(9) => {
                let day = i32::try_from(self.number()?);
                Value::Date(Day(day.map_err(|_| CodecError::Unreadable("a day"))?))
            }
            Some(10) => Value::Place(self.decimal()?, self.decimal()?),
            Some(11) => Value::Ref(self.key()?),
            Some(12) if depth < DEPTH_MAX => {
                let count = self.count()?;
                // Every item takes a byte at least: no count makes room for more than there is.
                let room = usize::try_from(count).unwrap_or(usize::MAX);
                let mut items = Vec::with_capacity(room.min(self.cursor.rest().len()));
                for _ in 0..count {
                    items.push(self.value_in(depth + 1)?);
                }
                Value::List(items)
            }
            _ => return Err(CodecError::Unreadable("a value")),
        })
    }

    pub(super) fn decimal(&mut self) -> Result<f64, CodecError> {
        let bits = self.cursor.u64();
        bits.map(f64::from_bits)
            .ok_or(CodecError::Unreadable("a decimal"))
    }

    /// All fields are read: anything more is not of this change.
    pub(super) fn done<T>(&self, value: T) -> Result<T, CodecError> {
        if self.cursor.is_empty() {
            Ok(value)
        } else {
            Err(CodecError::Unreadable("what follows the last field"))
        }
    }
}
