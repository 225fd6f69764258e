//! Typed facts of one event as a hand-written program would keep them.

use crate::fields::{FLAGS, Kind, NUMBERS_COUNT, Number, WORDS_COUNT, Word, flag_name};
use rules::layout::{Layout, Slot};
use rules::value::Value;

/// The facts of one event in plain fields. Money is in minor units; what an event does not have is 0.
#[derive(Clone, Debug)]
pub struct Plain {
    /// The kind of event.
    pub kind: Kind,
    /// By place of [`Number`].
    pub numbers: [i64; NUMBERS_COUNT],
    /// By place of [`Word`]: the place of its value.
    pub words: [u8; WORDS_COUNT],
    /// Bit n: flag n.
    pub flags: u32,
}

impl Plain {
    /// A number.
    #[must_use]
    pub fn number(&self, number: Number) -> i64 {
        self.numbers
            .get(usize::from(number.0))
            .copied()
            .unwrap_or(0)
    }

    /// A word.
    #[must_use]
    pub fn word(&self, word: Word) -> u8 {
        self.words.get(usize::from(word.0)).copied().unwrap_or(0)
    }

    /// A flag.
    #[must_use]
    pub fn flag(&self, flag: u8) -> bool {
        self.flags >> flag & 1 == 1
    }

    /// From the values of the slots of [`slots`].
    #[must_use]
    pub fn of(kind: Kind, values: &[Value]) -> Self {
        let mut plain = Self {
            kind,
            numbers: [0; NUMBERS_COUNT],
            words: [0; WORDS_COUNT],
            flags: 0,
        };
        let mut values = values.iter();
        for (number, value) in plain.numbers.iter_mut().zip(&mut values) {
            *number = match value {
                Value::Int(n) => *n,
                Value::Money(money) => money.to_minor().unwrap_or(0),
                _ => 0,
            };
        }
        for ((said, word), value) in plain.words.iter_mut().zip(Word::all()).zip(&mut values) {
            if let Value::Text(text) = value {
                let at = word.values().iter().position(|v| text == v);
                *said = at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
            }
        }
        for (flag, value) in (0..FLAGS).zip(&mut values) {
            plain.flags |= u32::from(*value == Value::Bool(true)) << flag;
        }
        plain
    }
}

/// The paths of all numbers, then of all words, then of all flags.
#[must_use]
pub fn paths() -> Vec<String> {
    let numbers = Number::all().map(|n| n.path().to_owned());
    let words = Word::all().map(|w| w.path().to_owned());
    let flags = (0..FLAGS).map(|f| format!("customer.{}", flag_name(f)));
    numbers.chain(words).chain(flags).collect()
}

/// The slots of [`paths`]; `None` when the layout lacks one.
#[must_use]
pub fn slots(layout: &Layout) -> Option<Vec<Slot>> {
    let find = |path: &String| {
        let at = layout.slots.iter().position(|spec| spec.path == *path)?;
        Some(Slot(u16::try_from(at).ok()?))
    };
    paths().iter().map(find).collect()
}
