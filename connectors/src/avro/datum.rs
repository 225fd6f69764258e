//! One value, read from its bytes and written as JSON.

use super::schema::{Schema, Shape};
use crate::json::{Json, Wrong, wrong};
use crate::unread::Unread;

impl Schema {
    /// The JSON of a value.
    ///
    /// # Errors
    /// The bytes are no value of this schema, or are more than one.
    pub fn json(&self, bytes: &[u8]) -> Result<String, Wrong> {
        let mut datum = Datum {
            schema: self,
            unread: Unread::new(bytes),
            out: Json::default(),
        };
        datum.value(&self.root, 0)?;
        match datum.unread.rest().len() {
            0 => Ok(datum.out.text()),
            more => wrong(format!(
                "{more} bytes follow the value: it was written by another schema"
            )),
        }
    }
}

struct Datum<'a> {
    schema: &'a Schema,
    unread: Unread<'a>,
    out: Json,
}

impl<'a> Datum<'a> {
    fn value(&mut self, shape: &'a Shape, depth: usize) -> Result<(), Wrong> {
        self.out.room(depth)?;
        match shape {
            Shape::Null => self.out.word("null"),
            Shape::Bool => self.boolean()?,
            Shape::Whole => {
                let number = self.whole()?;
                self.out.whole(number);
            }
            Shape::Float => {
                let number = f32::from_le_bytes(self.unread.array()?);
                self.out.number(number.is_finite(), &number)?;
            }
            Shape::Double => {
                let number = f64::from_le_bytes(self.unread.array()?);
                self.out.number(number.is_finite(), &number)?;
            }
            Shape::Bytes | Shape::Fixed(_) => {
                let bytes = self.bytes(shape)?;
                self.out.bytes(bytes);
            }
            Shape::Text => self.text()?,
            Shape::Symbol(symbols) => {
                let symbol = self.one_of(symbols, "symbol")?;
                self.out.quoted(symbol);
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
                self.out.decimal(bytes, *scale)?;
            }
            Shape::Date => {
                let days = self.whole()?;
                self.out.date(days)?;
            }
            Shape::Moment(to_ms) => {
                let at = self.whole()?.div_euclid(*to_ms);
                self.out.whole(at);
            }
        }
        Ok(())
    }

    /// Seven bits a byte, the lowest first, the sign in the last of them.
    fn whole(&mut self) -> Result<i64, Wrong> {
        let number = self.unread.varint()?;
        Ok((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }

    fn length(&mut self) -> Result<usize, Wrong> {
        let length = self.whole()?;
        usize::try_from(length).or_else(|_| wrong(format!("a length of {length} is none")))
    }

    fn boolean(&mut self) -> Result<(), Wrong> {
        let word = match self.unread.array()? {
            [0] => "false",
            [1] => "true",
            [other] => return wrong(format!("{other} is neither true nor false")),
        };
        self.out.word(word);
        Ok(())
    }

    fn bytes(&mut self, shape: &Shape) -> Result<&'a [u8], Wrong> {
        let count = match shape {
            Shape::Fixed(size) => *size,
            _ => self.length()?,
        };
        self.unread.take(count)
    }

    fn utf8(&mut self) -> Result<&'a str, Wrong> {
        let count = self.length()?;
        std::str::from_utf8(self.unread.take(count)?).or_else(|_| wrong("a text is not UTF-8"))
    }

    fn text(&mut self) -> Result<(), Wrong> {
        let text = self.utf8()?;
        self.out.quoted(text);
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
        self.out.word("{");
        for (at, (name, shape)) in fields.iter().enumerate() {
            if at > 0 {
                self.out.word(",");
            }
            self.out.quoted(name);
            self.out.word(":");
            self.value(shape, depth + 1)?;
        }
        self.out.word("}");
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
                    self.out.word(",");
                }
                item(self)?;
            }
        }
    }

    fn array_of(&mut self, of: &'a Shape, depth: usize) -> Result<(), Wrong> {
        self.out.word("[");
        self.items(|datum| datum.value(of, depth + 1))?;
        self.out.word("]");
        Ok(())
    }

    fn map_of(&mut self, of: &'a Shape, depth: usize) -> Result<(), Wrong> {
        self.out.word("{");
        self.items(|datum| {
            datum.text()?;
            datum.out.word(":");
            datum.value(of, depth + 1)
        })?;
        self.out.word("}");
        Ok(())
    }
}
