//! The bytes of a message, field by field.

use super::piece::Piece;
use crate::json::{DEPTH_MAX, Wrong, wrong};

/// Bytes that are read from their beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire<'a> {
    rest: &'a [u8],
}

impl<'a> Wire<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Wrong> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return wrong("the bytes end before the value does");
        };
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        let taken = self.take(N)?;
        taken
            .try_into()
            .or_else(|_| wrong("the bytes end before the value does"))
    }

    /// Seven bits a byte, the lowest first.
    pub(super) fn varint(&mut self) -> Result<u64, Wrong> {
        let mut number: u64 = 0;
        for at in 0..10 {
            let [byte] = self.array()?;
            if at == 9 && byte > 1 {
                break;
            }
            number |= u64::from(byte & 0x7f) << (at * 7);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        wrong("a number has more than 64 bits")
    }

    pub(super) fn wide(&mut self) -> Result<u64, Wrong> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn narrow(&mut self) -> Result<u32, Wrong> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// The next field: its number, and what stands in it.
    pub(super) fn field(&mut self) -> Result<(u32, Piece<'a>), Wrong> {
        let (number, kind) = self.tag()?;
        Ok((number, self.piece(number, kind)?))
    }

    fn tag(&mut self) -> Result<(u32, u8), Wrong> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok();
        let number = number.filter(|number| (1..1 << 29).contains(number));
        let Some(number) = number else {
            return wrong(format!("{} is no number of a field", tag >> 3));
        };
        Ok((number, u8::try_from(tag & 7).unwrap_or_default()))
    }

    fn piece(&mut self, number: u32, kind: u8) -> Result<Piece<'a>, Wrong> {
        Ok(match kind {
            0 => Piece::Varint(self.varint()?),
            1 => Piece::Wide(self.wide()?),
            2 => {
                let count = self.varint()?;
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                Piece::Bytes(self.take(count)?)
            }
            3 => Piece::Group(self.group(number)?),
            5 => Piece::Narrow(self.narrow()?),
            4 => return wrong(format!("group {number} ends that did not begin")),
            other => {
                return wrong(format!(
                    "field {number} is of no kind that there is: {other}"
                ));
            }
        })
    }

    /// What stands before the end of the group of this number; groups in it have ends of their own.
    fn group(&mut self, number: u32) -> Result<&'a [u8], Wrong> {
        let whole = self.rest;
        let mut open = vec![number];
        loop {
            let before = self.rest.len();
            let (number, kind) = self.tag()?;
            match kind {
                3 if open.len() >= DEPTH_MAX => return Err(Wrong::Deep),
                3 => open.push(number),
                4 => {
                    if open.pop() != Some(number) {
                        return wrong(format!("group {number} ends that did not begin"));
                    }
                    if open.is_empty() {
                        let body = whole.get(..whole.len() - before);
                        return Ok(body.unwrap_or_default());
                    }
                }
                kind => _ = self.piece(number, kind)?,
            }
        }
    }
}
