//! One slot as all rules see it: from its value to the rules that are still possible.

use super::bits::Bits;
use crate::layout::Slot;
use crate::money::Currency;
use crate::value::{Text, Value};
use hashbrown::HashMap;

/// A slot and what follows from its value.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) slot: Slot,
    /// The rules that ask for this slot.
    pub(super) mask: Bits,
    /// Who is possible where there is no value; `None`: there always is one.
    pub(super) missing: Option<Bits>,
    pub(super) rows: Rows,
}

/// The rows of a probe, by the type of its slot.
#[derive(Debug)]
pub(super) enum Rows {
    /// Where it is true, where it is false.
    Bool { yes: Bits, no: Bits },
    /// Where it is none of the words anybody names, and the rules for which each word differs.
    Words {
        other: Bits,
        words: HashMap<Text, WordRow>,
    },
    /// Cuts in ascending order; the rows before the first, at it, behind it, at the second …
    Numbers {
        of: Number,
        cuts: Vec<i64>,
        rows: Vec<Bits>,
    },
    /// Only whether it is there is asked.
    Presence { there: Bits },
}

/// What a word changes.
#[derive(Debug, Default)]
pub(super) struct WordRow {
    /// The whole row, where the lists would be longer.
    pub(super) whole: Option<Bits>,
    /// Rules that are possible with it and with no other.
    pub(super) adds: Vec<u32>,
    /// Rules that are impossible with it.
    pub(super) removes: Vec<u32>,
}

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

/// Who is possible: `bits` without `removes`, and of those possible before also `adds`.
pub(super) struct Row<'a> {
    pub(super) bits: &'a Bits,
    pub(super) adds: &'a [u32],
    pub(super) removes: &'a [u32],
}

impl<'a> From<&'a Bits> for Row<'a> {
    fn from(bits: &'a Bits) -> Self {
        Self {
            bits,
            adds: &[],
            removes: &[],
        }
    }
}

impl Probe {
    /// The row of a value; `None` for a value that cannot be there.
    pub(super) fn row(&self, value: &Value) -> Option<Row<'_>> {
        if value.is_missing() {
            return self.missing.as_ref().map(Row::from);
        }
        Some(match (&self.rows, value) {
            (Rows::Bool { yes, no }, Value::Bool(held)) => Row::from(if *held { yes } else { no }),
            (Rows::Words { other, words }, Value::Text(word)) => of_word(other, words, word),
            (Rows::Words { other, words }, Value::Ref(key)) => of_word(other, words, &key.id),
            (Rows::Numbers { of, cuts, rows }, value) => {
                let number = of.key(value)?;
                // The row of a cut stands between those of the gaps on its sides.
                let at = match cuts.binary_search(&number) {
                    Ok(at) => at * 2 + 1,
                    Err(at) => at * 2,
                };
                Row::from(rows.get(at)?)
            }
            (Rows::Presence { there }, _) => Row::from(there),
            _ => return None,
        })
    }
}

fn of_word<'a>(other: &'a Bits, words: &'a HashMap<Text, WordRow>, word: &str) -> Row<'a> {
    match words.get(word) {
        None => Row::from(other),
        Some(WordRow {
            whole: Some(whole), ..
        }) => Row::from(whole),
        Some(row) => Row {
            bits: other,
            adds: &row.adds,
            removes: &row.removes,
        },
    }
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
