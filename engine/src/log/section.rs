//! The body of a frame: sections of items, of source offsets and of names.
//!
//! An item's payload stands apart from the table that tells of it, and the frame's checksum covers the
//! table alone, which holds the payload's own. So a payload can be blanked where it lies.

use super::bytes::{Cursor, short};
use crate::key::KeyGroup;
use crate::limits::KEY_GROUPS;
use std::ops::Range;

/// Bytes of one entry of a table.
const ENTRY: usize = 16;
/// The group of what belongs to no key.
const NO_GROUP: u16 = u16::MAX;

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// What crossed the door.
    Inputs,
    /// Changes of keyed state, by key group.
    Changes,
    /// Changes of what all share.
    Shared,
    /// Decision records.
    Decisions,
    /// Actions to deliver.
    Actions,
    /// What an operator ordered, and activations of rule books.
    Commands,
    /// Records of a source that are no events: where they came from, why, and what they said.
    Rejects,
    /// Records of a source that another division decides about, on their way there.
    Moved,
    /// What other divisions are told: of the inputs some, by their numbers, and events that say what rules left
    /// for all.
    Told,
}

impl Section {
    /// All sections of items, in the order they are written.
    pub const ALL: [Self; 9] = [
        Self::Inputs,
        Self::Changes,
        Self::Shared,
        Self::Decisions,
        Self::Actions,
        Self::Commands,
        Self::Rejects,
        Self::Moved,
        Self::Told,
    ];

    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Inputs => 1,
            Self::Changes => 2,
            Self::Shared => 3,
            Self::Decisions => 4,
            Self::Actions => 5,
            Self::Commands => 6,
            Self::Rejects => 9,
            Self::Moved => 10,
            Self::Told => 11,
        }
    }

    /// Its place in [`Section::ALL`].
    pub(crate) fn place(self) -> usize {
        match self {
            Self::Rejects => 6,
            Self::Moved => 7,
            Self::Told => 8,
            other => usize::from(other.code()) - 1,
        }
    }

    /// Whether a section of this code holds items.
    pub(crate) fn is_of_items(code: u16) -> bool {
        code < OFFSETS || (Self::Rejects.code()..=Self::Told.code()).contains(&code)
    }
}

/// The section of source offsets.
pub(crate) const OFFSETS: u16 = 7;
/// The section of names.
pub(crate) const DEFINITIONS: u16 = 8;
/// Sections a frame may have.
pub(crate) const SECTIONS: usize = 11;

/// One thing in a frame: an input, a change, a decision, an action or a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'f> {
    /// The door's number it belongs to.
    pub seq: u64,
    /// The key group it belongs to, if any.
    pub group: Option<KeyGroup>,
    /// What it says; `None`: it was erased.
    pub payload: Option<&'f [u8]>,
}

/// The parts of one section of items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'f> {
    pub(crate) count: usize,
    entries: &'f [u8],
    marks: &'f [u8],
    payloads: &'f [u8],
}

/// One entry of a table, and where its payload lies.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    delta: u32,
    group: u16,
    sum: u32,
    /// What its mark is once it is blanked.
    pub(crate) blank: u32,
    /// In the payloads.
    pub(crate) place: Range<usize>,
}

impl<'f> Table<'f> {
    /// Parts the body of a section; `None` when its lengths contradict each other.
    pub(crate) fn read(body: &'f [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(body);
        let count = cursor.u32()? as usize;
        if cursor.u32()? != 0 {
            return None;
        }
        Some(Self {
            count,
            entries: cursor.take(count.checked_mul(ENTRY)?)?,
            marks: cursor.take(count.checked_mul(4)?)?,
            payloads: cursor.rest(),
        })
    }

    /// Where in the body its marks and its payloads begin.
    pub(crate) fn places(count: usize) -> (usize, usize) {
        let marks = 8 + count * ENTRY;
        (marks, marks + count * 4)
    }

    /// The entries, up to the first that cannot be.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + use<'f> {
        let mut at = 0usize;
        self.entries.chunks_exact(ENTRY).map_while(move |bytes| {
            let mut cursor = Cursor::new(bytes);
            let (delta, group) = (cursor.u32()?, cursor.u16()?);
            let _unused = cursor.u16()?;
            let (length, sum) = (cursor.u32()?, cursor.u32()?);
            let start = at;
            at = at.checked_add(length as usize)?;
            let blank = blank_mark(bytes);
            let place = start..at;
            Some(Entry {
                delta,
                group,
                sum,
                blank,
                place,
            })
        })
    }

    fn marks(&self) -> impl Iterator<Item = u32> + use<'f> {
        self.marks
            .chunks_exact(4)
            .map(|mark| Cursor::new(mark).u32().unwrap_or(0))
    }

    /// The items of a table that was checked.
    pub(crate) fn items(self, first_seq: u64) -> impl Iterator<Item = Item<'f>> {
        self.entries().zip(self.marks()).map(move |(entry, mark)| {
            let known = entry.group < KEY_GROUPS;
            let payload = self.payloads.get(entry.place).unwrap_or_default();
            Item {
                seq: first_seq + u64::from(entry.delta),
                group: known.then_some(KeyGroup(entry.group)),
                payload: (mark != entry.blank).then_some(payload),
            }
        })
    }

    /// What is wrong with it, if anything: lengths, groups, numbers, marks, payloads.
    pub(crate) fn wrong(&self, numbers: u64) -> Option<&'static str> {
        let mut end = 0;
        let mut seen = 0;
        for (entry, mark) in self.entries().zip(self.marks()) {
            (end, seen) = (entry.place.end, seen + 1);
            let Some(payload) = self.payloads.get(entry.place) else {
                return Some("a payload reaches beyond its section");
            };
            if entry.group >= KEY_GROUPS && entry.group != NO_GROUP {
                return Some("an item has a key group that does not exist");
            }
            if u64::from(entry.delta) >= numbers {
                return Some("an item has a number that is not of its frame");
            }
            // A mark that was half written erases nothing yet.
            if mark != entry.blank && crc32c::crc32c(payload) != entry.sum {
                return Some("a payload differs from its checksum");
            }
        }
        let complete = seen == self.count && end == self.payloads.len();
        (!complete).then_some("a section does not end where its items end")
    }

    /// True when an item is marked as erased and its bytes are still there, or is marked by halves.
    pub(crate) fn half_erased(&self) -> bool {
        let mut items = self.entries().zip(self.marks());
        items.any(|(entry, mark)| {
            let payload = self.payloads.get(entry.place).unwrap_or_default();
            let there = payload.iter().any(|byte| *byte != 0);
            mark != 0 && (mark != entry.blank || there)
        })
    }
}

/// The mark of an erased item: of this entry alone, and never zero.
fn blank_mark(entry: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(b"erased"), entry).max(1)
}

/// Writes one entry.
pub(crate) fn put_entry(delta: u32, group: Option<KeyGroup>, payload: &[u8], out: &mut Vec<u8>) {
    out.extend(delta.to_le_bytes());
    out.extend(group.map_or(NO_GROUP, |group| group.0).to_le_bytes());
    out.extend([0; 2]);
    out.extend(short(payload.len()).to_le_bytes());
    out.extend(crc32c::crc32c(payload).to_le_bytes());
}

/// Every section of a body with its code and where its own body lies; `None` where one cannot be read.
pub(crate) fn sections(body: &[u8]) -> impl Iterator<Item = Option<(u16, Range<usize>)>> {
    let mut at = 0usize;
    std::iter::from_fn(move || {
        if at >= body.len() {
            return None;
        }
        let found = body.get(at..).and_then(|rest| {
            let mut cursor = Cursor::new(rest);
            let (code, unused, length) = (cursor.u16()?, cursor.u16()?, cursor.u32()? as usize);
            let inside = cursor.take(length.checked_next_multiple_of(8)?)?;
            let padding = inside.get(length..)?;
            let clean = unused == 0 && padding.iter().all(|byte| *byte == 0);
            clean.then_some((code, at + 8..at + 8 + length))
        });
        at = match &found {
            Some((_, place)) => place.end.next_multiple_of(8),
            None => body.len(),
        };
        Some(found)
    })
}
