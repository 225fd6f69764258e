//! A batch as it is built: what one frame will hold.

use super::bytes::{pad_to_eight, put_bytes, short};
use super::frame::checksum;
use super::header::{HEADER, Header, Kind};
use super::names::{Definition, put_definition};
use super::offsets::Offsets;
use super::section::{DEFINITIONS, OFFSETS, Section, Table, put_entry};
use crate::key::KeyGroup;

/// What one frame will hold. Either all of it survives or nothing.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    first_seq: u64,
    last_seq: u64,
    door: i64,
    items: [Items; Section::ALL.len()],
    last_input: Option<u64>,
    offsets: Vec<u8>,
    read: Offsets,
    wrong: Option<&'static str>,
}

#[derive(Clone, Debug, Default)]
struct Items {
    count: usize,
    entries: Vec<u8>,
    payloads: Vec<u8>,
}

impl Batch {
    /// An empty batch of the inputs from `first_seq` to `last_seq`, both included, at this door time.
    #[must_use]
    pub fn new(first_seq: u64, last_seq: u64, door: i64) -> Self {
        let mut batch = Self::default();
        batch.begin(first_seq, last_seq, door);
        batch
    }

    /// Empties it for other inputs; its memory is used again.
    pub fn begin(&mut self, first_seq: u64, last_seq: u64, door: i64) {
        (self.first_seq, self.last_seq, self.door) = (first_seq, last_seq, door);
        for items in &mut self.items {
            items.count = 0;
            items.entries.clear();
            items.payloads.clear();
        }
        self.last_input = None;
        self.offsets.clear();
        self.read = Offsets::default();
        let numbers = last_seq.checked_sub(first_seq);
        self.wrong = match numbers {
            None => Some("it has no number"),
            Some(numbers) if u32::try_from(numbers).is_err() => Some("it has too many numbers"),
            Some(_) if last_seq == u64::MAX => Some("it has no number"),
            Some(_) => None,
        };
    }

    /// The door's number of its first input.
    #[must_use]
    pub fn first_seq(&self) -> u64 {
        self.first_seq
    }

    /// The door's number of its last input.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// Bytes its frame takes, names not told before apart.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.length(&[]) as u64
    }

    /// Adds what crossed the door. Inputs come in the order of their numbers.
    pub fn input(&mut self, seq: u64, group: Option<KeyGroup>, payload: &[u8]) {
        if self.last_input.is_some_and(|last| last >= seq) {
            self.wrong = Some("its inputs are out of order");
        }
        self.last_input = Some(seq);
        self.add(Section::Inputs, seq, group, payload);
    }

    /// Adds changes of keyed state of one group. As many bytes as are erased together: one customer's
    /// step, not many customers'.
    pub fn change(&mut self, seq: u64, group: KeyGroup, payload: &[u8]) {
        self.add(Section::Changes, seq, Some(group), payload);
    }

    /// Adds changes of what all share.
    pub fn shared(&mut self, seq: u64, payload: &[u8]) {
        self.add(Section::Shared, seq, None, payload);
    }

    /// Adds a decision record, written by `write`.
    pub fn decision(
        &mut self,
        seq: u64,
        group: Option<KeyGroup>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        self.add_written(Section::Decisions, seq, group, write);
    }

    /// Adds an action to deliver, written by `write`.
    pub fn action(&mut self, seq: u64, group: Option<KeyGroup>, write: impl FnOnce(&mut Vec<u8>)) {
        self.add_written(Section::Actions, seq, group, write);
    }

    /// Adds what an operator ordered, or an activation.
    pub fn command(&mut self, seq: u64, payload: &[u8]) {
        self.add(Section::Commands, seq, None, payload);
    }

    /// Adds a record that another division decides about.
    pub fn moved(&mut self, seq: u64, record: &[u8]) {
        self.add(Section::Moved, seq, None, record);
    }

    /// Says that other divisions are told an input, or this instead, where it says anything.
    pub fn told(&mut self, seq: u64, event: &[u8]) {
        self.add(Section::Told, seq, None, event);
    }

    /// Adds a record of a source that is no event, written by `write`.
    pub fn reject(&mut self, seq: u64, write: impl FnOnce(&mut Vec<u8>)) {
        self.add_written(Section::Rejects, seq, None, write);
    }

    /// Says how far a source was read.
    pub fn offset(&mut self, source: &str, offset: &[u8]) {
        put_bytes(source.as_bytes(), &mut self.offsets);
        put_bytes(offset, &mut self.offsets);
        self.read.put(source, offset);
    }

    /// How far sources were read with it.
    pub(crate) fn read(&self) -> &Offsets {
        &self.read
    }

    fn add(&mut self, section: Section, seq: u64, group: Option<KeyGroup>, payload: &[u8]) {
        self.add_written(section, seq, group, |out| out.extend_from_slice(payload));
    }

    /// What is written is written where it stays until the frame is made.
    fn add_written(
        &mut self,
        section: Section,
        seq: u64,
        group: Option<KeyGroup>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let delta = seq.checked_sub(self.first_seq).map(u32::try_from);
        let (Some(Ok(delta)), true) = (delta, seq <= self.last_seq) else {
            self.wrong = Some("an item has a number that is not of its batch");
            return;
        };
        if let Some(items) = self.items.get_mut(section.place()) {
            items.count += 1;
            let start = items.payloads.len();
            write(&mut items.payloads);
            let payload = items.payloads.get(start..).unwrap_or_default();
            put_entry(delta, group, payload, &mut items.entries);
        }
    }

    /// What is wrong with it, if anything.
    pub(crate) fn wrong(&self) -> Option<&'static str> {
        self.wrong
    }

    /// Bytes its frame takes, with these definitions.
    pub(crate) fn length(&self, definitions: &[u8]) -> usize {
        let whole = |length: usize| {
            if length == 0 {
                0
            } else {
                8 + length.next_multiple_of(8)
            }
        };
        let items = self.items.iter().filter(|items| items.count > 0);
        let items = items.map(|items| whole(Table::places(items.count).1 + items.payloads.len()));
        HEADER + items.sum::<usize>() + whole(self.offsets.len()) + whole(definitions.len())
    }

    /// Writes its frame; gives the checksum of its head, which the next frame names.
    pub(crate) fn write(&self, definitions: &[u8], place: Place, out: &mut Vec<u8>) -> u32 {
        let numbers = (self.first_seq, self.last_seq, self.door);
        out.reserve(self.length(definitions));
        put_frame(Kind::Batch, numbers, place, out, |out| {
            let items = || Section::ALL.iter().zip(&self.items);
            let told = items().filter(|(_, items)| items.count > 0);
            // Sections stand in the order of their codes.
            let (before, behind): (Vec<_>, Vec<_>) = told.partition(|(s, _)| s.code() < OFFSETS);
            for (section, items) in before {
                items.write(section.code(), out);
            }
            put_section(OFFSETS, &self.offsets, out);
            put_section(DEFINITIONS, definitions, out);
            for (section, items) in behind {
                items.write(section.code(), out);
            }
        })
    }
}

impl Items {
    fn write(&self, code: u16, out: &mut Vec<u8>) {
        let length = Table::places(self.count).1 + self.payloads.len();
        put_section_head(code, length, out);
        let start = out.len();
        out.extend(short(self.count).to_le_bytes());
        out.extend([0; 4]);
        out.extend_from_slice(&self.entries);
        out.resize(out.len() + self.count * 4, 0);
        out.extend_from_slice(&self.payloads);
        pad_to_eight(out, start);
    }
}

/// Where a frame will stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Where in the segment the write begins that it is a part of.
    pub(crate) base: u64,
    /// The checksum of the head before it.
    pub(crate) previous: u32,
    /// Of the store.
    pub(crate) seed: u32,
}

/// A frame that is no batch: all names and offsets, or the mark of a close in good order. It stands
/// before `seq`.
pub(crate) fn put_mark<'d>(
    kind: Kind,
    seq: u64,
    names: impl Iterator<Item = Definition> + 'd,
    offsets: &Offsets,
    place: Place,
    out: &mut Vec<u8>,
) -> u32 {
    let (mut definitions, mut read) = (Vec::new(), Vec::new());
    names.for_each(|name| put_definition(&name, &mut definitions));
    for (source, offset) in offsets.all() {
        put_bytes(source.as_bytes(), &mut read);
        put_bytes(offset, &mut read);
    }
    let numbers = (seq, seq.saturating_sub(1), 0);
    put_frame(kind, numbers, place, out, |out| {
        put_section(OFFSETS, &read, out);
        put_section(DEFINITIONS, &definitions, out);
    })
}

/// The body is written where it stays; its head, which tells of it, is put before it last.
pub(crate) fn put_frame(
    kind: Kind,
    (first_seq, last_seq, door): (u64, u64, i64),
    place: Place,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>),
) -> u32 {
    let start = out.len();
    out.resize(start + HEADER, 0);
    write(out);
    let body = out.get(start + HEADER..).unwrap_or_default();
    let header = Header {
        kind,
        length: short(HEADER + body.len()),
        base: u32::try_from(place.base).unwrap_or(u32::MAX),
        first_seq,
        last_seq,
        door,
        previous: place.previous,
        body: checksum(body).unwrap_or(0),
    };
    let mut head = Vec::with_capacity(HEADER);
    let sum = header.write(place.seed, &mut head);
    if let Some(room) = out.get_mut(start..start + HEADER) {
        room.copy_from_slice(&head);
    }
    sum
}

fn put_section(code: u16, body: &[u8], out: &mut Vec<u8>) {
    if !body.is_empty() {
        put_section_head(code, body.len(), out);
        let start = out.len();
        out.extend_from_slice(body);
        pad_to_eight(out, start);
    }
}

fn put_section_head(code: u16, length: usize, out: &mut Vec<u8>) {
    out.extend(code.to_le_bytes());
    out.extend([0; 2]);
    out.extend(short(length).to_le_bytes());
}
