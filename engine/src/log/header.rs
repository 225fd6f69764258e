//! The fixed head of a frame: what it is, which numbers it carries, and what stood before it.

use super::bytes::Cursor;
use super::store::FORMAT;

/// Bytes of a frame's head.
pub(crate) const HEADER: usize = 64;
/// Every frame begins with these.
pub(crate) const MAGIC: [u8; 4] = *b"dfRm";

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One atomic batch.
    Batch,
    /// All names defined so far: the first frame of each segment.
    Names,
    /// The store was closed in good order: what stands before it is complete.
    Closed,
}

impl Kind {
    fn code(self) -> u16 {
        match self {
            Self::Batch => 1,
            Self::Names => 2,
            Self::Closed => 3,
        }
    }

    fn of(code: u16) -> Option<Self> {
        let all = [Self::Batch, Self::Names, Self::Closed];
        all.into_iter().find(|kind| kind.code() == code)
    }
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    /// Bytes of the frame with its head; a multiple of eight.
    pub(crate) length: u32,
    /// Where in the segment the write began that this frame was a part of. All before it was durable
    /// when it was written: this tells a torn tail from damage.
    pub(crate) base: u32,
    pub(crate) first_seq: u64,
    /// One below `first_seq` in a frame that is no batch.
    pub(crate) last_seq: u64,
    /// Door time, ms.
    pub(crate) door: i64,
    /// The checksum of the head before: a frame fits only behind the one it was written behind.
    pub(crate) previous: u32,
    /// Over the body, without marks and payloads, which have their own.
    pub(crate) body: u32,
}

impl Header {
    /// The head as bytes; its last four are its checksum, which the next frame names.
    pub(crate) fn write(&self, seed: u32, out: &mut Vec<u8>) -> u32 {
        let start = out.len();
        out.extend(MAGIC);
        out.extend(FORMAT.to_le_bytes());
        out.extend(self.kind.code().to_le_bytes());
        out.extend(self.length.to_le_bytes());
        out.extend(self.base.to_le_bytes());
        out.extend(self.first_seq.to_le_bytes());
        out.extend(self.last_seq.to_le_bytes());
        out.extend(self.door.to_le_bytes());
        out.extend(self.previous.to_le_bytes());
        out.extend(self.body.to_le_bytes());
        out.resize(start + HEADER - 4, 0);
        let sum = crc32c::crc32c_append(seed, out.get(start..).unwrap_or_default());
        out.extend(sum.to_le_bytes());
        sum
    }

    /// Reads a head with its checksum; `None` when it is none of this store.
    pub(crate) fn read(bytes: &[u8], seed: u32) -> Option<(Self, u32)> {
        let (covered, sum) = bytes.get(..HEADER)?.split_last_chunk::<4>()?;
        let sum = u32::from_le_bytes(*sum);
        if !covered.starts_with(&MAGIC) || crc32c::crc32c_append(seed, covered) != sum {
            return None;
        }
        let mut cursor = Cursor::new(covered.get(MAGIC.len()..)?);
        if cursor.u16()? != FORMAT {
            return None;
        }
        let header = Self {
            kind: Kind::of(cursor.u16()?)?,
            length: cursor.u32()?,
            base: cursor.u32()?,
            first_seq: cursor.u64()?,
            last_seq: cursor.u64()?,
            door: cursor.i64()?,
            previous: cursor.u32()?,
            body: cursor.u32()?,
        };
        let sound = header.length as usize >= HEADER && header.length.is_multiple_of(8);
        sound.then_some((header, sum))
    }
}
