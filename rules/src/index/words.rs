//! A slot of words as all rules see it: from a word to the rules that are still possible.

use super::atoms::Test;
use super::bits::Bits;
use super::place;
use crate::layout::Slot;
use crate::value::{Text, Value};
use hashbrown::HashMap;

/// A slot of words and what follows from each.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) slot: Slot,
    /// Who is possible where there is no value; `None`: there always is one.
    missing: Option<Bits>,
    /// Who is possible where it is none of the words anybody names.
    other: Bits,
    words: HashMap<Text, Row>,
}

/// What a word changes.
#[derive(Debug)]
enum Row {
    /// Who is possible.
    Whole(Bits),
    /// The same said by difference, where it is shorter.
    But {
        /// Rules that are possible with it and with no other.
        adds: Vec<u32>,
        /// Rules that are impossible with it.
        removes: Vec<u32>,
    },
}

impl Words {
    /// From what each rule asks of the slot, by its bit.
    pub(super) fn of(slot: Slot, optional: bool, asked: &[(usize, &Test)], count: usize) -> Self {
        let mut other = Bits::all(count);
        let mut missing = Bits::all(count);
        let mut rows: HashMap<Text, (Vec<u32>, Vec<u32>)> = HashMap::new();
        for (bit, test) in asked {
            if !test.holds(&super::atoms::Known::Missing) {
                missing.clear(*bit);
            }
            let otherwise = test.of_other_word();
            if !otherwise {
                other.clear(*bit);
            }
            let at = u32::try_from(*bit).unwrap_or(u32::MAX);
            for word in test.words() {
                let held = test.of_word(word);
                let (adds, removes) = rows.entry(word.clone()).or_default();
                if held && !otherwise {
                    adds.push(at);
                } else if !held && otherwise {
                    removes.push(at);
                }
            }
        }
        let row = |(word, (adds, removes)): (Text, (Vec<u32>, Vec<u32>))| {
            if adds.len() + removes.len() <= count.div_ceil(256) {
                return (word, Row::But { adds, removes });
            }
            let mut whole = other.clone();
            for bit in &adds {
                whole.set(place(*bit));
            }
            for bit in &removes {
                whole.clear(place(*bit));
            }
            (word, Row::Whole(whole))
        };
        Self {
            slot,
            missing: optional.then_some(missing),
            words: rows.into_iter().map(row).collect(),
            other,
        }
    }

    /// Takes from `live` whom the value rules out. `None` for a value that cannot be there.
    pub(super) fn narrow(&self, value: &Value, live: &mut Bits, kept: &mut Vec<u32>) -> Option<()> {
        let word = match value {
            Value::Text(word) => word.as_str(),
            Value::Ref(key) => key.id.as_str(),
            Value::Missing => {
                live.keep(self.missing.as_ref()?);
                return Some(());
            }
            _ => return None,
        };
        match self.words.get(word) {
            None => live.keep(&self.other),
            Some(Row::Whole(row)) => live.keep(row),
            Some(Row::But { adds, removes }) => {
                kept.clear();
                kept.extend(adds.iter().filter(|bit| live.has(place(**bit))));
                live.keep(&self.other);
                for bit in removes {
                    live.clear(place(*bit));
                }
                for bit in kept.iter() {
                    live.set(place(*bit));
                }
            }
        }
        Some(())
    }
}
