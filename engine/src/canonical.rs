//! One way to write a value as bytes, for digests and the state hash. Every part is tagged and
//! length-prefixed, so that two different values never write the same bytes.

use rules::value::Value;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of canonical parts.
#[derive(Clone, Debug)]
pub struct Digest {
    /// All parts: hashing once is cheaper than feeding the hash word by word.
    parts: Vec<u8>,
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Digest {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            parts: Vec::with_capacity(256),
        }
    }

    /// A text part.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A byte part.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.parts.extend((bytes.len() as u64).to_be_bytes());
        self.parts.extend(bytes);
    }

    /// A number part.
    pub fn number(&mut self, number: i64) {
        self.parts.extend(number.to_be_bytes());
    }

    /// A value part.
    pub fn value(&mut self, value: &Value) {
        write_value(value, &mut self.parts);
    }

    /// All 32 bytes.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        Sha256::digest(&self.parts).into()
    }

    /// A hash of 64 bits that tells equal content from other content, and resists nobody: XXH3
    /// (Collet, xxHash specification 0.2).
    #[must_use]
    pub fn short(self) -> u64 {
        xxhash_rust::xxh3::xxh3_64(&self.parts)
    }
}

/// Writes a value: a tag byte, then its content. Money is written in minor units; −0.0 as 0.0.
pub fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Missing => out.push(0),
        Value::Bool(b) => out.extend([1, u8::from(*b)]),
        Value::Int(n) => number(2, *n, out),
        Value::Decimal(d) => number(3, (*d + 0.0).to_bits().cast_signed(), out),
        Value::Text(t) => text(4, t, out),
        Value::Money(m) => {
            number(5, m.to_minor().unwrap_or(i64::MAX), out);
            text(5, m.currency().code(), out);
        }
        Value::Duration(ms) => number(6, *ms, out),
        Value::Time(ms) => number(7, *ms, out),
        Value::Date(day) => number(8, i64::from(day.0), out),
        Value::Place(lat, lon) => {
            number(9, (*lat + 0.0).to_bits().cast_signed(), out);
            number(9, (*lon + 0.0).to_bits().cast_signed(), out);
        }
        Value::Ref(key) => text(10, &key.id, out),
        Value::List(items) => {
            number(11, i64::try_from(items.len()).unwrap_or(i64::MAX), out);
            for item in items {
                write_value(item, out);
            }
        }
    }
}

fn number(tag: u8, number: i64, out: &mut Vec<u8>) {
    out.push(tag);
    out.extend(number.to_be_bytes());
}

fn text(tag: u8, text: &str, out: &mut Vec<u8>) {
    number(tag, i64::try_from(text.len()).unwrap_or(i64::MAX), out);
    out.extend(text.as_bytes());
}
