//! Slots as whole numbers: whatever a slot holds, what rules ask of it is asked of one number.

use crate::layout::Slot;
use crate::money::Currency;
use crate::value::{Text, Value};
use hashbrown::HashMap;

/// A slot, and how its values become numbers.
#[derive(Debug)]
pub(super) struct Measure {
    pub(super) slot: Slot,
    /// There may be no value.
    pub(super) optional: bool,
    pub(super) scale: Scale,
}

/// How values become numbers.
#[derive(Debug)]
pub(super) enum Scale {
    /// In their own order.
    Number(Number),
    /// 0 and 1.
    Bool,
    /// The place of the word among those that rules name, else [`OTHER`].
    Words(HashMap<Text, i64>),
    /// Only whether there is one is asked: 0.
    Presence,
}

/// A word that no rule names.
pub(super) const OTHER: i64 = -1;

/// How a number is ordered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int,
    Decimal,
    Money(Currency),
    Duration,
    Time,
    Date,
}

/// What is known of a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Seen {
    /// Nothing yet.
    #[default]
    Not,
    /// There is no value.
    Missing,
    /// It has this one.
    At(i64),
}

impl Measure {
    /// The value as a number; `None` for a value that cannot be there.
    pub(super) fn see(&self, value: &Value) -> Option<Seen> {
        if value.is_missing() {
            return self.optional.then_some(Seen::Missing);
        }
        Some(Seen::At(match (&self.scale, value) {
            (Scale::Number(of), value) => of.key(value)?,
            (Scale::Bool, Value::Bool(held)) => i64::from(*held),
            (Scale::Words(words), Value::Text(word)) => place(words, word),
            (Scale::Words(words), Value::Ref(key)) => place(words, &key.id),
            (Scale::Presence, _) => 0,
            _ => return None,
        }))
    }
}

fn place(words: &HashMap<Text, i64>, word: &str) -> i64 {
    words.get(word).copied().unwrap_or(OTHER)
}

impl Number {
    /// The value as a whole number of the same order; `None` when it is not one of these.
    pub(super) fn key(self, value: &Value) -> Option<i64> {
        match (self, value) {
            (Self::Int, Value::Int(n))
            | (Self::Duration, Value::Duration(n))
            | (Self::Time, Value::Time(n)) => Some(*n),
            (Self::Date, Value::Date(day)) => Some(i64::from(day.0)),
            (Self::Decimal, Value::Decimal(d)) => ordered(*d),
            (Self::Money(currency), Value::Money(money)) if money.currency() == currency => {
                money.whole()
            }
            _ => None,
        }
    }
}

/// Doubles in their order as whole numbers; both noughts are one. `None` for what is no number.
pub(super) fn ordered(d: f64) -> Option<i64> {
    if d.is_nan() {
        return None;
    }
    let bits = (d + 0.0).to_bits().cast_signed();
    Some(if bits < 0 {
        i64::MIN.wrapping_sub(bits)
    } else {
        bits
    })
}
