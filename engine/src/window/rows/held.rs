//! A cell as it stands in a row.

use super::{long, put_long};
use crate::window::layout::Kind;
use crate::window::texts::Texts;
use crate::window::track::Cell;

/// A cell: a text by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::window) enum Held {
    Empty,
    Number(i64),
    /// The bits of a double.
    Decimal(u64),
    Text(u32),
}

/// Before what is of any kind: which it is.
const NUMBER: u32 = 1;
const DECIMAL: u32 = 2;
const TEXT: u32 = 3;

/// What says that a cell of one word is empty.
const NO_NUMBER: i32 = i32::MIN;
const NO_TEXT: u32 = u32::MAX;

impl Held {
    pub(super) fn of(cell: &Cell, texts: &mut Texts) -> Self {
        match cell {
            Cell::Empty => Self::Empty,
            Cell::Number(number) => Self::Number(*number),
            Cell::Decimal(number) => Self::Decimal(number.to_bits()),
            Cell::Text(text) => Self::Text(texts.place(text)),
        }
    }

    /// The least kind of column that has room for it.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Empty => Kind::None,
            Self::Number(number) => match i32::try_from(number) {
                Ok(number) if number != NO_NUMBER => Kind::Short,
                _ => Kind::Long,
            },
            Self::Decimal(_) => Kind::Long,
            Self::Text(_) => Kind::Text,
        }
    }

    /// Reads it from the words of its column on.
    #[inline]
    pub(super) fn read(kind: Kind, words: &[u32]) -> Self {
        match (kind, words) {
            (Kind::Short, [word, ..]) if word.cast_signed() != NO_NUMBER => {
                Self::Number(i64::from(word.cast_signed()))
            }
            (Kind::Text, [word, ..]) if *word != NO_TEXT => Self::Text(*word),
            (Kind::Long, [kind, words @ ..]) => match *kind {
                NUMBER => Self::Number(long(words).cast_signed()),
                DECIMAL => Self::Decimal(long(words)),
                TEXT => Self::Text(words.first().copied().unwrap_or(NO_TEXT)),
                _ => Self::Empty,
            },
            _ => Self::Empty,
        }
    }

    /// Writes it there; `None`: there is no room for it.
    #[inline]
    pub(super) fn write(self, kind: Kind, words: &mut [u32]) -> Option<()> {
        match (kind, self) {
            (Kind::None, Self::Empty) => {}
            (Kind::Short, Self::Empty) => *words.first_mut()? = NO_NUMBER.cast_unsigned(),
            (Kind::Short, Self::Number(number)) => {
                let number = i32::try_from(number).ok().filter(|n| *n != NO_NUMBER)?;
                *words.first_mut()? = number.cast_unsigned();
            }
            (Kind::Text, Self::Empty) => *words.first_mut()? = NO_TEXT,
            (Kind::Text, Self::Text(place)) => *words.first_mut()? = place,
            (Kind::Long, held) => {
                let (kind, bits) = match held {
                    Self::Empty => (0, 0),
                    Self::Number(number) => (NUMBER, number.cast_unsigned()),
                    Self::Decimal(bits) => (DECIMAL, bits),
                    Self::Text(place) => (TEXT, u64::from(place)),
                };
                *words.first_mut()? = kind;
                put_long(words, 1, bits)?;
            }
            _ => return None,
        }
        Some(())
    }
}
