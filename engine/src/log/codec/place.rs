//! The bytes of changes that say where a customer is.

use super::super::bytes::{put_varint, put_zigzag};
use super::CodecError;
use super::value::{Fields, put_text};
use crate::change::Change;
use crate::place::Fix;
use crate::place::whereabouts::Turn;
use crate::window::track::Order;
use rules::place::cell::Cell;

/// A change of tag 40 to 42.
pub(super) fn put_placed(change: &Change, out: &mut Vec<u8>) {
    match change {
        Change::Located(fix) => {
            put_order(fix.order, out);
            for number in [fix.point.lat(), fix.point.lon(), fix.accuracy] {
                out.extend(number.to_bits().to_le_bytes());
            }
        }
        Change::FenceTurned { fence, from, turns } => {
            put_text(fence, out);
            put_order(*from, out);
            put_varint(turns.len() as u64, out);
            for turn in turns {
                put_order(turn.order, out);
                out.push(u8::from(turn.inside));
            }
        }
        Change::HauntSeen {
            feature,
            hour,
            cell,
        } => {
            put_text(feature, out);
            put_zigzag(*hour, out);
            out.extend(cell.number().to_le_bytes());
        }
        _ => {}
    }
}

fn put_order(order: Order, out: &mut Vec<u8>) {
    put_zigzag(order.time, out);
    put_varint(order.seq, out);
}

impl Fields<'_, '_> {
    /// A change of tag 40 to 42.
    pub(super) fn placed(&mut self, tag: u8) -> Result<Change, CodecError> {
        Ok(match tag {
            40 => {
                let order = self.order()?;
                let (lat, lon, accuracy) = (self.double()?, self.double()?, self.double()?);
                let fix = Fix::of(order, lat, lon, Some(accuracy));
                Change::Located(fix.ok_or(CodecError::Unreadable("a point"))?)
            }
            41 => {
                let (fence, from) = (self.text()?, self.order()?);
                let count = usize::try_from(self.count()?).unwrap_or(usize::MAX);
                // Every turn takes three bytes at least: no count makes room for more than there is.
                let mut turns = Vec::with_capacity(count.min(self.cursor.rest().len() / 3));
                for _ in 0..count {
                    turns.push(Turn {
                        order: self.order()?,
                        inside: self.flag()?,
                    });
                }
                Change::FenceTurned { fence, from, turns }
            }
            _ => Change::HauntSeen {
                feature: self.text()?,
                hour: self.number()?,
                cell: (self.cursor.u64())
                    .and_then(Cell::of_number)
                    .ok_or(CodecError::Unreadable("a cell of the earth"))?,
            },
        })
    }

    fn double(&mut self) -> Result<f64, CodecError> {
        let bits = self.cursor.u64();
        bits.map(f64::from_bits)
            .ok_or(CodecError::Unreadable("a number"))
    }
}
