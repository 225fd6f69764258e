//! A frame as it is read: one atomic batch.

use super::bytes::{Cursor, short};
use super::header::{HEADER, Header};
use super::names::{Definition, read_definitions};
use super::section::{DEFINITIONS, Item, OFFSETS, SECTIONS, Section, Table, sections};
use std::ops::Range;

/// One atomic batch, as it was committed.
#[derive(Clone, Debug)]
pub struct Frame {
    header: Header,
    body: Vec<u8>,
    /// Where in the body each section's own body lies, by its code less one.
    places: [Range<u32>; SECTIONS],
}

impl Frame {
    /// Reads a frame's body, which follows its head, and checks all of it.
    pub(crate) fn read(header: Header, body: Vec<u8>) -> Result<Self, &'static str> {
        if body.len() + HEADER != header.length as usize {
            return Err("a frame ends too soon");
        }
        let mut places: [Range<u32>; SECTIONS] = std::array::from_fn(|_| 0..0);
        let mut before = 0;
        for section in sections(&body) {
            let (code, place) = section.ok_or("a section cannot be read")?;
            let slot = usize::from(code).checked_sub(1);
            let slot = slot.and_then(|slot| places.get_mut(slot));
            // A frame's length is told in four bytes.
            *slot.ok_or("a section is of no known kind")? = short(place.start)..short(place.end);
            if code <= before {
                return Err("sections are out of order");
            }
            before = code;
        }
        let frame = Self {
            header,
            body,
            places,
        };
        if checksum(&frame.body) != Some(header.body) {
            return Err("a frame differs from its checksum");
        }
        match frame.wrong() {
            Some(what) => Err(what),
            None => Ok(frame),
        }
    }

    fn wrong(&self) -> Option<&'static str> {
        let numbers = (self.header.last_seq + 1).checked_sub(self.header.first_seq);
        let numbers = numbers.unwrap_or(0);
        let tables = Section::ALL
            .iter()
            .filter_map(|section| self.table(*section));
        let mut tables = tables.filter_map(|table| match table {
            Some(table) => table.wrong(numbers),
            None => Some("a table does not fit its section"),
        });
        tables
            .next()
            .or_else(|| {
                read_offsets(self.part(OFFSETS))
                    .is_none()
                    .then_some("an offset cannot be read")
            })
            .or_else(|| {
                let named = read_definitions(self.part(DEFINITIONS));
                named.is_none().then_some("a name cannot be read")
            })
    }

    fn part(&self, code: u16) -> &[u8] {
        self.body.get(self.place(code)).unwrap_or_default()
    }

    /// Where in the body a section's own body lies; nowhere, where it has none.
    fn place(&self, code: u16) -> Range<usize> {
        let slot = usize::from(code).checked_sub(1);
        let place = slot.and_then(|slot| self.places.get(slot));
        place.map_or(0..0, |place| place.start as usize..place.end as usize)
    }

    /// The table of a section that is there; inside, `None` when it cannot be read.
    fn table(&self, section: Section) -> Option<Option<Table<'_>>> {
        let part = self.part(section.code());
        (!part.is_empty()).then(|| Table::read(part))
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// The door's number of its first input.
    #[must_use]
    pub fn first_seq(&self) -> u64 {
        self.header.first_seq
    }

    /// The door's number of its last input.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.header.last_seq
    }

    /// Door time, ms.
    #[must_use]
    pub fn door(&self) -> i64 {
        self.header.door
    }

    /// Bytes it takes in the log.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        u64::from(self.header.length)
    }

    /// The items of a section, in the order they were added.
    pub fn items(&self, section: Section) -> impl Iterator<Item = Item<'_>> {
        let table = self.table(section).flatten();
        let items = table.map(|table| table.items(self.header.first_seq));
        items.into_iter().flatten()
    }

    /// What crossed the door.
    pub fn inputs(&self) -> impl Iterator<Item = Item<'_>> {
        self.items(Section::Inputs)
    }

    /// How far each source was read, by the source's name.
    pub fn offsets(&self) -> impl Iterator<Item = (&str, &[u8])> {
        read_offsets(self.part(OFFSETS))
            .unwrap_or_default()
            .into_iter()
    }

    /// Names it defines.
    pub fn definitions(&self) -> impl Iterator<Item = Definition> {
        read_definitions(self.part(DEFINITIONS))
            .unwrap_or_default()
            .into_iter()
    }

    /// True when an erased item's bytes are still there: the erasure was interrupted.
    pub(crate) fn half_erased(&self) -> bool {
        let mut tables = Section::ALL
            .iter()
            .filter_map(|section| self.table(*section));
        tables.any(|table| table.is_some_and(|table| table.half_erased()))
    }

    /// For each item of a section: where in the frame its mark and its payload lie, and what the mark
    /// is once it is erased.
    pub(crate) fn addresses(&self, section: Section) -> Vec<(usize, Range<usize>, u32)> {
        let place = self.place(section.code());
        let Some(table) = self.table(section).flatten() else {
            return Vec::new();
        };
        let (marks, payloads) = Table::places(table.count);
        let start = HEADER + place.start;
        let entries = table.entries().enumerate();
        entries
            .map(|(index, entry)| {
                let payload =
                    entry.place.start + start + payloads..entry.place.end + start + payloads;
                (start + marks + index * 4, payload, entry.blank)
            })
            .collect()
    }
}

/// The checksum of a body: all of it but marks and payloads. `None` when it cannot be parted.
pub(crate) fn checksum(body: &[u8]) -> Option<u32> {
    let mut sum = 0;
    for section in sections(body) {
        let (code, place) = section?;
        let head = body.get(place.start.checked_sub(8)?..place.start)?;
        sum = crc32c::crc32c_append(sum, head);
        let inside = body.get(place)?;
        let covered = if Section::is_of_items(code) {
            Table::places(Table::read(inside)?.count).0
        } else {
            inside.len()
        };
        sum = crc32c::crc32c_append(sum, inside.get(..covered)?);
    }
    Some(sum)
}

/// Offsets: a name and bytes, each behind its length.
fn read_offsets(part: &[u8]) -> Option<Vec<(&str, &[u8])>> {
    let mut cursor = Cursor::new(part);
    let mut found = Vec::new();
    while !cursor.is_empty() {
        found.push((cursor.text()?, cursor.bytes()?));
    }
    Some(found)
}
