//! The bytes of the journal's entries: whose state changed, and how.

use super::super::bytes::{Cursor, put_varint, put_zigzag};
use super::value::{Fields, put_key, put_text};
use super::{CodecError, Dictionary, Logged, put_tagged, take_tagged};
use crate::change::{Change, SharedChange};
use crate::journal::{Entry, Owner};
use crate::window::track::{Cell, Order};

fn tag(entry: &Entry) -> u8 {
    match entry {
        Entry::Customer { .. } => 1,
        Entry::Known { .. } => 2,
        Entry::Taken { .. } => 3,
        Entry::Fired { .. } => 4,
        Entry::Appended { .. } => 5,
        Entry::Pending(_) => 6,
        Entry::Published => 7,
        Entry::Braked { .. } => 8,
    }
}

impl Logged for Entry {
    fn encode(&self, words: &Dictionary, out: &mut Vec<u8>) -> Result<(), CodecError> {
        put_tagged(tag(self), out, |out| put_fields(self, words, out))
    }

    fn decode(words: &Dictionary, cursor: &mut Cursor<'_>) -> Result<Self, CodecError> {
        let (tag, cursor) = take_tagged(cursor)?;
        let mut fields = Fields { cursor, words };
        let entry = fields.entry(tag)?;
        fields.done(entry)
    }
}

fn put_fields(entry: &Entry, words: &Dictionary, out: &mut Vec<u8>) -> Result<(), CodecError> {
    match entry {
        Entry::Customer { customer, change } => {
            put_text(customer, out);
            change.encode(words, out)?;
        }
        Entry::Known { customer, newest } => {
            put_text(customer, out);
            put_zigzag(*newest, out);
        }
        Entry::Taken {
            customer,
            print,
            digest,
            time,
        } => {
            put_text(customer, out);
            out.extend(print.to_le_bytes());
            out.extend(digest.to_le_bytes());
            put_zigzag(*time, out);
        }
        Entry::Fired {
            customer,
            name,
            due,
        } => {
            put_text(customer, out);
            put_text(name, out);
            put_zigzag(*due, out);
        }
        Entry::Appended {
            owner,
            track,
            order,
            mask,
            cells,
        } => {
            put_owner(owner, words, out)?;
            put_varint(u64::from(words.track_id(*track)?), out);
            put_zigzag(order.time, out);
            put_varint(order.seq, out);
            put_varint(u64::from(*mask), out);
            cells.iter().for_each(|cell| put_cell(cell, out));
        }
        Entry::Pending(change) => change.encode(words, out)?,
        Entry::Published => {}
        Entry::Braked { rule, at } => {
            put_text(rule, out);
            put_zigzag(*at, out);
        }
    }
    Ok(())
}

fn put_owner(owner: &Owner, words: &Dictionary, out: &mut Vec<u8>) -> Result<(), CodecError> {
    match owner {
        Owner::Customer(customer) => {
            out.push(1);
            put_text(customer, out);
        }
        Owner::Entity(key) => {
            out.push(2);
            put_key(key, words, out)?;
        }
        Owner::Pair(customer, key) => {
            out.push(3);
            put_text(customer, out);
            put_key(key, words, out)?;
        }
    }
    Ok(())
}

fn put_cell(cell: &Cell, out: &mut Vec<u8>) {
    match cell {
        Cell::Empty => out.push(0),
        Cell::Number(number) => {
            out.push(1);
            put_zigzag(*number, out);
        }
        Cell::Decimal(number) => {
            out.push(2);
            out.extend(number.to_bits().to_le_bytes());
        }
        Cell::Text(text) => {
            out.push(3);
            put_text(text, out);
        }
    }
}

impl Fields<'_, '_> {
    fn entry(&mut self, tag: u8) -> Result<Entry, CodecError> {
        Ok(match tag {
            1 => Entry::Customer {
                customer: self.text()?,
                change: Change::decode(self.words, &mut self.cursor)?,
            },
            2 => Entry::Known {
                customer: self.text()?,
                newest: self.number()?,
            },
            3 => Entry::Taken {
                customer: self.text()?,
                print: self.print()?,
                digest: self
                    .cursor
                    .u64()
                    .ok_or(CodecError::Unreadable("a digest"))?,
                time: self.number()?,
            },
            4 => Entry::Fired {
                customer: self.text()?,
                name: self.text()?,
                due: self.number()?,
            },
            5 => self.appended()?,
            6 => Entry::Pending(SharedChange::decode(self.words, &mut self.cursor)?),
            7 => Entry::Published,
            8 => Entry::Braked {
                rule: self.text()?,
                at: self.number()?,
            },
            unknown => return Err(CodecError::Unknown(unknown)),
        })
    }

    fn print(&mut self) -> Result<u128, CodecError> {
        let print = self.cursor.sixteen().map(u128::from_le_bytes);
        print.ok_or(CodecError::Unreadable("a fingerprint"))
    }

    fn appended(&mut self) -> Result<Entry, CodecError> {
        let owner = match self.cursor.u8() {
            Some(1) => Owner::Customer(self.text()?),
            Some(2) => Owner::Entity(self.key()?),
            Some(3) => Owner::Pair(self.text()?, self.key()?),
            _ => return Err(CodecError::Unreadable("whose track it is")),
        };
        let track = self.count()?;
        let track = self.words.track(track)?;
        let (time, seq) = (self.number()?, self.count()?);
        let mask = u32::try_from(self.count()?);
        let mask = mask.map_err(|_| CodecError::Unreadable("a mask"))?;
        let mut cells = Vec::new();
        while !self.cursor.is_empty() {
            cells.push(self.cell()?);
        }
        let order = Order { time, seq };
        Ok(Entry::Appended {
            owner,
            track,
            order,
            mask,
            cells,
        })
    }

    fn cell(&mut self) -> Result<Cell, CodecError> {
        Ok(match self.cursor.u8() {
            Some(0) => Cell::Empty,
            Some(1) => Cell::Number(self.number()?),
            Some(2) => Cell::Decimal(self.decimal()?),
            Some(3) => Cell::Text(self.text()?),
            _ => return Err(CodecError::Unreadable("a cell")),
        })
    }
}
