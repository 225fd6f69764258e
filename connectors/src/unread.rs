//! Bytes of a value that are not read yet.

use crate::json::{Wrong, wrong};

/// Bytes that are read from their beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread<'a>(&'a [u8]);

impl<'a> Unread<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// All of them.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next bytes, so many of them.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Wrong> {
        let Some((taken, rest)) = self.0.split_at_checked(count) else {
            return wrong("the bytes end before the value does");
        };
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        let taken = self.take(N)?;
        taken
            .try_into()
            .or_else(|_| wrong("the bytes end before the value does"))
    }

    /// Seven bits a byte, the lowest first.
    pub(crate) fn varint(&mut self) -> Result<u64, Wrong> {
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
}
