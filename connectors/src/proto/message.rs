//! One message, read from its bytes and written as JSON.

use super::piece::{
    Piece, bytes, fits, integer, is_number, is_unknown, low, number, unpacked, utf8,
};
use super::schema::{Field, Meaning, Message, Often, Schema, Shape};
use super::wire::Wire;
use crate::json::{DEPTH_MAX, Json, SCALE_MAX, Wrong, wrong};
use std::collections::BTreeMap;

/// Fields that are looked at for one value: a message of two bytes can have very many that are absent.
const LOOKS_MAX: usize = 4 * 1024 * 1024;
/// The times that there are, in seconds: the years 1 to 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

impl Schema {
    /// The JSON of a message, with its place in the schema before it.
    ///
    /// # Errors
    /// The bytes are no message of this schema.
    pub fn json(&self, bytes: &[u8]) -> Result<String, Wrong> {
        let mut wire = Wire::new(bytes);
        let place = place(&mut wire)?;
        let Some(at) = self.places.get(&place) else {
            return wrong(format!("there is no message {place:?} in it"));
        };
        let mut reading = Reading {
            schema: self,
            out: Json::default(),
            looks: 0,
        };
        reading.message(*at, &[wire.rest()], 0)?;
        Ok(reading.out.text())
    }
}

/// Which message it is: how many numbers follow, and these; a lone zero is the first.
fn place(wire: &mut Wire<'_>) -> Result<Vec<u32>, Wrong> {
    let mut number = || -> Result<u32, Wrong> {
        let number = wire.varint()?;
        // The sign stands in the lowest bit, and nothing before the first is a message.
        let plain = u32::try_from(number >> 1).ok();
        let plain = plain.filter(|_| number & 1 == 0);
        plain.map_or_else(
            || wrong("no place of a message stands before it"),
            Ok::<u32, Wrong>,
        )
    };
    match number()? {
        0 => Ok(vec![0]),
        count if usize::try_from(count).is_ok_and(|count| count <= DEPTH_MAX) => {
            (0..count).map(|_| number()).collect()
        }
        _ => wrong("no place of a message stands before it"),
    }
}

/// What was found of each field of a message.
type Found<'a> = Vec<Vec<Piece<'a>>>;

struct Reading<'a> {
    schema: &'a Schema,
    out: Json,
    looks: usize,
}

impl<'a> Reading<'a> {
    /// A message whose bytes stand in one or several pieces: those that come later add to it.
    fn message(&mut self, at: usize, pieces: &[&'a [u8]], depth: usize) -> Result<(), Wrong> {
        self.out.room(depth)?;
        let Some(message) = self.schema.messages.get(at) else {
            return wrong("a message has no type");
        };
        let found = self.found(message, pieces)?;
        match message.meaning {
            Meaning::Fields => self.fields(message, &found, depth),
            Meaning::Wrapper => self.nth(message, &found, depth),
            Meaning::Moment => self.moment(message, &found),
            Meaning::Decimal => self.decimal(message, &found),
            Meaning::Date => self.date(message, &found),
        }
    }

    /// What stands in each field of a message. What is of no field is passed over.
    fn found(&mut self, message: &'a Message, pieces: &[&'a [u8]]) -> Result<Found<'a>, Wrong> {
        self.looks += 1 + message.fields.len();
        if self.looks > LOOKS_MAX {
            return Err(Wrong::Large);
        }
        let mut found: Found<'a> = vec![Vec::new(); message.fields.len()];
        let mut chosen = vec![None; message.choices];
        for bytes in pieces {
            let mut wire = Wire::new(bytes);
            while !wire.is_empty() {
                let (number, piece) = wire.field()?;
                let at = message.numbers.get(&number).copied();
                let Some((at, field)) = at.and_then(|at| Some((at, message.fields.get(at)?)))
                else {
                    continue;
                };
                let is_many = matches!(field.often, Often::Many | Often::Map);
                if !fits(&field.shape, piece, is_many) {
                    let (name, of) = (&field.name, &message.name);
                    return wrong(format!("`{name}` of `{of}` is written by another schema"));
                }
                if is_unknown(&field.shape, piece) {
                    continue;
                }
                // Of a choice the last one holds.
                if let Some(place) = field.choice.and_then(|choice| chosen.get_mut(choice))
                    && let Some(other) = place.replace(at).filter(|one| *one != at)
                    && let Some(other) = found.get_mut(other)
                {
                    other.clear();
                }
                let is_message = matches!(field.shape, Shape::Message(_) | Shape::Group(_));
                if let Some(slot) = found.get_mut(at) {
                    if !is_many && !is_message {
                        slot.clear();
                    }
                    slot.push(piece);
                }
            }
        }
        Ok(found)
    }

    fn fields(
        &mut self,
        message: &'a Message,
        found: &Found<'a>,
        depth: usize,
    ) -> Result<(), Wrong> {
        self.out.word("{");
        let mut is_first = true;
        for (field, pieces) in message.fields.iter().zip(found) {
            match field.often {
                Often::Perhaps if pieces.is_empty() => continue,
                Often::Required if pieces.is_empty() => {
                    let (name, of) = (&field.name, &message.name);
                    return wrong(format!("`{name}` of `{of}` is not there"));
                }
                _ => {}
            }
            if !std::mem::take(&mut is_first) {
                self.out.word(",");
            }
            self.out.quoted(&field.name);
            self.out.word(":");
            match field.often {
                Often::Many => self.list(&field.shape, pieces, depth)?,
                Often::Map => self.map(&field.shape, pieces, depth)?,
                Often::Always | Often::Perhaps | Often::Required => {
                    self.one(&field.shape, pieces, depth)?;
                }
            }
        }
        self.out.word("}");
        Ok(())
    }

    /// One value; without a piece it is zero or empty.
    fn one(&mut self, shape: &'a Shape, pieces: &[Piece<'a>], depth: usize) -> Result<(), Wrong> {
        let (Shape::Message(at) | Shape::Group(at)) = shape else {
            return self.scalar(shape, pieces.last().copied(), depth);
        };
        let bytes: Vec<&[u8]> = pieces.iter().map(|piece| bytes(Some(*piece))).collect();
        self.message(*at, &bytes, depth + 1)
    }

    fn scalar(
        &mut self,
        shape: &Shape,
        piece: Option<Piece<'a>>,
        depth: usize,
    ) -> Result<(), Wrong> {
        self.out.room(depth)?;
        let number = number(piece);
        match shape {
            Shape::Bool => self.out.word(if number == 0 { "false" } else { "true" }),
            Shape::Float => {
                let number = f32::from_bits(low(number));
                self.out.number(number.is_finite(), &number)?;
            }
            Shape::Double => {
                let number = f64::from_bits(number);
                self.out.number(number.is_finite(), &number)?;
            }
            Shape::Text => self.out.quoted(utf8(bytes(piece))?),
            Shape::Bytes => self.out.bytes(bytes(piece)),
            Shape::Symbol(symbols) => match symbols.names.get(&low(number).cast_signed()) {
                Some(name) => self.out.quoted(name),
                None => self.out.whole(low(number).cast_signed()),
            },
            Shape::Message(_) | Shape::Group(_) => return wrong("a message is no number"),
            whole => self.out.whole(integer(whole, number)),
        }
        Ok(())
    }

    /// Values one after the other; numbers may stand together in one piece.
    fn list(&mut self, shape: &'a Shape, pieces: &[Piece<'a>], depth: usize) -> Result<(), Wrong> {
        self.out.word("[");
        let mut is_first = true;
        for piece in pieces {
            match (piece, is_number(shape)) {
                (Piece::Bytes(packed), true) => {
                    let mut wire = Wire::new(packed);
                    while !wire.is_empty() {
                        let piece = unpacked(shape, &mut wire)?;
                        if !is_unknown(shape, piece) {
                            self.comma(&mut is_first);
                            self.scalar(shape, Some(piece), depth + 1)?;
                        }
                    }
                }
                (piece, _) => {
                    self.comma(&mut is_first);
                    self.one(shape, &[*piece], depth + 1)?;
                }
            }
        }
        self.out.word("]");
        Ok(())
    }

    fn comma(&mut self, is_first: &mut bool) {
        if !std::mem::take(is_first) {
            self.out.word(",");
        }
    }

    /// Entries by their keys: the order they were written in is nobody's. Of a key the last one holds.
    fn map(&mut self, shape: &'a Shape, pieces: &[Piece<'a>], depth: usize) -> Result<(), Wrong> {
        let entry = match shape {
            Shape::Message(at) => self.schema.messages.get(*at),
            _ => None,
        };
        let fields = entry.and_then(|entry| Some((entry, field(entry, 1)?, field(entry, 2)?)));
        let Some((entry, (key_at, key), (value_at, value))) = fields else {
            return wrong("a map has no key");
        };
        let mut entries = BTreeMap::new();
        for piece in pieces {
            let mut found = self.found(entry, &[bytes(Some(*piece))])?;
            let at = found.get(key_at).and_then(|pieces| pieces.last().copied());
            let at = match key.shape {
                Shape::Text => utf8(bytes(at))?.to_owned(),
                Shape::Bool => (number(at) != 0).to_string(),
                ref whole => integer(whole, number(at)).to_string(),
            };
            let value = found.get_mut(value_at).map(std::mem::take);
            entries.insert(at, value.unwrap_or_default());
        }
        self.out.word("{");
        let mut is_first = true;
        for (at, pieces) in entries {
            self.comma(&mut is_first);
            self.out.quoted(&at);
            self.out.word(":");
            self.one(&value.shape, &pieces, depth + 1)?;
        }
        self.out.word("}");
        Ok(())
    }

    /// The first field, in place of the message.
    fn nth(&mut self, message: &'a Message, found: &Found<'a>, depth: usize) -> Result<(), Wrong> {
        match field(message, 1) {
            Some((_, field)) => self.scalar(&field.shape, last(message, found, 1), depth),
            None => wrong("a value is in no field"),
        }
    }

    fn moment(&mut self, message: &Message, found: &Found<'a>) -> Result<(), Wrong> {
        let seconds = number(last(message, found, 1)).cast_signed();
        let nanos = low(number(last(message, found, 2))).cast_signed();
        if !SECONDS.contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
            return wrong(format!("{seconds} s and {nanos} ns from 1970 are no time"));
        }
        self.out
            .whole(seconds * 1_000 + i64::from(nanos / 1_000_000));
        Ok(())
    }

    fn decimal(&mut self, message: &Message, found: &Found<'a>) -> Result<(), Wrong> {
        let scale = low(number(last(message, found, 3)));
        if scale > SCALE_MAX {
            return wrong(format!("a decimal has a `scale` of 0 to {SCALE_MAX}"));
        }
        self.out.decimal(bytes(last(message, found, 1)), scale)
    }

    fn date(&mut self, message: &Message, found: &Found<'a>) -> Result<(), Wrong> {
        let part = |at| low(number(last(message, found, at))).cast_signed();
        let (year, month, day) = (part(1), part(2), part(3));
        match days(year, month, day) {
            Some(days) => self.out.date(days),
            None => wrong(format!(
                "year {year}, month {month} and day {day} are no date"
            )),
        }
    }
}

/// Days of the calendar since 1970; none: there is no such day.
fn days(year: i32, month: i32, day: i32) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the odd day is the last one.
    let (year, month) = if month > 2 {
        (i64::from(year), i64::from(month) - 3)
    } else {
        (i64::from(year) - 1, i64::from(month) + 9)
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + (153 * month + 2) / 5 + i64::from(day) - 719_469)
}

/// A field of a message by its number, and where it stands.
fn field(message: &Message, number: u32) -> Option<(usize, &Field)> {
    let at = *message.numbers.get(&number)?;
    Some((at, message.fields.get(at)?))
}

fn last<'a>(message: &Message, found: &Found<'a>, number: u32) -> Option<Piece<'a>> {
    let at = message.numbers.get(&number)?;
    found.get(*at)?.last().copied()
}
