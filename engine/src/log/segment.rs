//! The head of a segment: whose it is, and where it begins.

use super::bytes::Cursor;
use super::error::Error;
use super::files::{File, Files, Open, read_full};
use super::store::{FORMAT, StoreId};
use crate::limits::KEY_GROUPS;
use std::path::{Path, PathBuf};

/// Bytes of a segment's head.
pub(crate) const SEGMENT_HEADER: usize = 128;
const MAGIC: [u8; 8] = *b"deft.log";
/// Bytes kept for the version of the tz database.
const TZ_BYTES: usize = 16;

/// The head of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) id: StoreId,
    pub(crate) first_seq: u64,
    /// The length of the file: all its room is taken from the beginning.
    pub(crate) length: u64,
    /// The checksum of the head of the last frame before it.
    pub(crate) previous: u32,
    /// The version of the tz database.
    pub(crate) tz: String,
}

impl SegmentHeader {
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(SEGMENT_HEADER);
        out.extend(MAGIC);
        out.extend(FORMAT.to_le_bytes());
        out.extend(KEY_GROUPS.to_le_bytes());
        out.extend(self.previous.to_le_bytes());
        out.extend(self.id.0);
        out.extend(self.first_seq.to_le_bytes());
        out.extend(self.length.to_le_bytes());
        out.extend(self.tz.bytes().take(TZ_BYTES));
        out.resize(SEGMENT_HEADER - 4, 0);
        out.extend(crc32c::crc32c(&out).to_le_bytes());
        out
    }

    /// Reads a head. The first twelve bytes and the place of the checksum stay in every format, so that
    /// another format is told from damage.
    pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let damaged = |what| Error::damaged(path, 0, what);
        let mut cursor = Cursor::new(bytes);
        if cursor.take(MAGIC.len()) != Some(&MAGIC) {
            return Err(damaged("it does not begin as a segment does"));
        }
        let format = cursor.u16().unwrap_or(0);
        let intact = bytes.get(..SEGMENT_HEADER).and_then(|head| {
            let (covered, sum) = head.split_last_chunk::<4>()?;
            (crc32c::crc32c(covered) == u32::from_le_bytes(*sum)).then_some(())
        });
        refuse_other_format(path, format, intact.is_some())?;
        if intact.is_none() {
            return Err(damaged("its head differs from its checksum"));
        }
        Self::read_rest(path, &mut cursor)?.ok_or_else(|| damaged("its head cannot be read"))
    }

    fn read_rest(path: &Path, cursor: &mut Cursor<'_>) -> Result<Option<Self>, Error> {
        if cursor.u16() != Some(KEY_GROUPS) {
            return Err(Error::Foreign {
                path: path.to_owned(),
                what: "it has another number of key groups",
            });
        }
        let mut read = || {
            let previous = cursor.u32()?;
            let id = StoreId(cursor.sixteen()?);
            let (first_seq, length) = (cursor.u64()?, cursor.u64()?);
            let tz = std::str::from_utf8(cursor.take(TZ_BYTES)?).ok()?;
            let tz = tz.trim_end_matches('\0').to_owned();
            Some(Self {
                id,
                first_seq,
                length,
                previous,
                tz,
            })
        };
        Ok(read())
    }
}

/// Refuses another format. Only a head that agrees with its checksum is believed.
pub(crate) fn refuse_other_format(path: &Path, found: u16, intact: bool) -> Result<(), Error> {
    let path = path.to_owned();
    let known = FORMAT;
    if !intact {
        return Ok(());
    }
    match found.cmp(&known) {
        std::cmp::Ordering::Greater => Err(Error::Newer { path, found, known }),
        std::cmp::Ordering::Less => Err(Error::Older { path, found, known }),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

/// One segment of a store.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) header: SegmentHeader,
}

impl Segment {
    /// Opens a segment and reads its head. The name, the head and the length must agree.
    pub(crate) fn open(
        files: &dyn Files,
        path: &Path,
        named: u64,
        how: Open,
    ) -> Result<(Self, Box<dyn File>), Error> {
        let file = files.open(path, how).map_err(Error::io("open", path))?;
        let mut bytes = [0; SEGMENT_HEADER];
        read_full(&*file, &mut bytes, 0).map_err(Error::io("read", path))?;
        let header = SegmentHeader::read(path, &bytes)?;
        let length = file.length().map_err(Error::io("read", path))?;
        if header.length != length {
            return Err(Error::damaged(
                path,
                length,
                "it is not as long as its head says",
            ));
        }
        if header.first_seq != named {
            return Err(Error::damaged(path, 0, "its head and its name differ"));
        }
        let path = path.to_owned();
        Ok((Self { path, header }, file))
    }
}
