//! The bytes of journal entries.

use super::super::bytes::{Cursor, put_varint, put_zigzag};
use super::shared::put_round_key;
use super::value::{Fields, put_key, put_text};
use super::{CodecError, Kinds, Logged, put_tagged, take_tagged};
use crate::change::{Change, SharedChange};
use crate::cover::Cover;
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
        Entry::Covered { .. } => 9,
        Entry::Reached { .. } => 10,
        Entry::RoundEnded { .. } => 11,
    }
}

impl Logged for Entry {
    fn encode(&self, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
        put_tagged(tag(self), out, |out| put_fields(self, kinds, out))
    }

    /// Rows of a track that the book no longer has stand at the place `usize::MAX`.
    fn decode(kinds: &Kinds, cursor: &mut Cursor<'_>) -> Result<Self, CodecError> {
        let (tag, cursor) = take_tagged(cursor)?;
        let mut fields = Fields { cursor, kinds };
        let entry = fields.entry(tag)?;
        fields.done(entry)
    }
}

fn put_fields(entry: &Entry, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
    match entry {
        Entry::Customer { customer, change } => {
            put_text(customer, out);
            change.encode(kinds, out)?;
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
            put_owner(owner, kinds, out)?;
            let id = kinds.tracks.ids.get(*track);
            put_varint(u64::from(*id.ok_or(CodecError::Track(*track))?), out);
            put_zigzag(order.time, out);
            put_varint(order.seq, out);
            put_varint(u64::from(*mask), out);
            put_varint(cells.len() as u64, out);
            cells.iter().for_each(|cell| put_cell(cell, out));
        }
        Entry::Pending(change) => change.encode(kinds, out)?,
        Entry::Published => {}
        Entry::Braked { rule, at } => {
            put_text(rule, out);
            put_zigzag(*at, out);
        }
        Entry::Reached { .. } | Entry::RoundEnded { .. } => put_round(entry, out),
        Entry::Covered { feature, cover } => {
            put_text(feature, out);
            put_zigzag(cover.since, out);
            put_zigzag(cover.reach, out);
        }
    }
    Ok(())
}

/// Where a round is.
fn put_round(entry: &Entry, out: &mut Vec<u8>) {
    match entry {
        Entry::Reached {
            customer,
            round,
            seq,
            told,
        } => {
            put_text(customer, out);
            put_round_key(round, out);
            put_varint(*seq, out);
            put_varint(*told, out);
        }
        Entry::RoundEnded { round, seq } => {
            put_round_key(round, out);
            put_varint(*seq, out);
        }
        _ => {}
    }
}

fn put_owner(owner: &Owner, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
    match owner {
        Owner::Customer(customer) => {
            out.push(0);
            put_text(customer, out);
        }
        Owner::Entity(key) => {
            out.push(1);
            put_key(key, kinds, out)?;
        }
        Owner::Pair(customer, key) => {
            out.push(2);
            put_text(customer, out);
            put_key(key, kinds, out)?;
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
        let kinds = self.kinds;
        Ok(match tag {
            1 => Entry::Customer {
                customer: self.text()?,
                change: Change::decode(kinds, &mut self.cursor)?,
            },
            2 => Entry::Known {
                customer: self.text()?,
                newest: self.number()?,
            },
            3 => Entry::Taken {
                customer: self.text()?,
                print: self.print()?,
                digest: self.whole()?,
                time: self.number()?,
            },
            4 => Entry::Fired {
                customer: self.text()?,
                name: self.text()?,
                due: self.number()?,
            },
            5 => self.appended()?,
            6 => Entry::Pending(SharedChange::decode(kinds, &mut self.cursor)?),
            7 => Entry::Published,
            8 => Entry::Braked {
                rule: self.text()?,
                at: self.number()?,
            },
            9 => Entry::Covered {
                feature: self.text()?,
                cover: Cover {
                    since: self.number()?,
                    reach: self.number()?,
                },
            },
            10 => Entry::Reached {
                customer: self.text()?,
                round: self.round_key()?,
                seq: self.count()?,
                told: self.count()?,
            },
            11 => Entry::RoundEnded {
                round: self.round_key()?,
                seq: self.count()?,
            },
            unknown => return Err(CodecError::Unknown(unknown)),
        })
    }

    fn appended(&mut self) -> Result<Entry, CodecError> {
        let owner = self.owner()?;
        let id = self.small()?;
        let order = Order {
            time: self.number()?,
            seq: self.count()?,
        };
        let mask = self.small()?;
        let count = usize::try_from(self.count()?).unwrap_or(usize::MAX);
        // Every cell takes a byte at least: no count makes room for more than there is.
        let mut cells = Vec::with_capacity(count.min(self.cursor.rest().len()));
        for _ in 0..count {
            cells.push(self.cell()?);
        }
        let (track, (mask, cells)) = match self.kinds.tracks.readings.get(&id) {
            Some(reading) => (reading.track, reading.row(mask, &cells)),
            None => (usize::MAX, (mask, cells)),
        };
        Ok(Entry::Appended {
            owner,
            track,
            order,
            mask,
            cells,
        })
    }

    fn owner(&mut self) -> Result<Owner, CodecError> {
        Ok(match self.cursor.u8() {
            Some(0) => Owner::Customer(self.text()?),
            Some(1) => Owner::Entity(self.key()?),
            Some(2) => Owner::Pair(self.text()?, self.key()?),
            _ => return Err(CodecError::Unreadable("whose a row is")),
        })
    }

    fn cell(&mut self) -> Result<Cell, CodecError> {
        Ok(match self.cursor.u8() {
            Some(0) => Cell::Empty,
            Some(1) => Cell::Number(self.number()?),
            Some(2) => Cell::Decimal(f64::from_bits(self.whole()?)),
            Some(3) => Cell::Text(self.text()?),
            _ => return Err(CodecError::Unreadable("a cell")),
        })
    }

    fn small(&mut self) -> Result<u32, CodecError> {
        let number = u32::try_from(self.count()?);
        number.map_err(|_| CodecError::Unreadable("a small number"))
    }

    fn whole(&mut self) -> Result<u64, CodecError> {
        let number = self.cursor.u64();
        number.ok_or(CodecError::Unreadable("a number"))
    }

    fn print(&mut self) -> Result<u128, CodecError> {
        let bytes = self.cursor.sixteen();
        let bytes = bytes.ok_or(CodecError::Unreadable("a fingerprint"))?;
        Ok(u128::from_le_bytes(bytes))
    }
}
