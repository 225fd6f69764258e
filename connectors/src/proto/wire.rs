//! The bytes of a message, field by field.

use super::piece::Piece;
use crate::json::{DEPTH_MAX, Wrong, wrong};
use crate::unread::Unread;

/// Fields that are read one behind the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire<'a>(Unread<'a>);

impl<'a> Wire<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(Unread::new(bytes))
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0.rest()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn varint(&mut self) -> Result<u64, Wrong> {
        self.0.varint()
    }

    pub(super) fn wide(&mut self) -> Result<u64, Wrong> {
        Ok(u64::from_le_bytes(self.0.array()?))
    }

    pub(super) fn narrow(&mut self) -> Result<u32, Wrong> {
        Ok(u32::from_le_bytes(self.0.array()?))
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
                Piece::Bytes(self.0.take(count)?)
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
        let whole = self.rest();
        let mut open = vec![number];
        loop {
            let before = self.rest().len();
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
