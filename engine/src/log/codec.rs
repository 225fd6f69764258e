//! The bytes of changes: a tag, a length, and the fields. Texts as they are, numbers in few bytes,
//! doubles as their bits, entity kinds by their stable ids.
//!
//! A tag is never used again for something else. A change that a reader does not know is told by its
//! tag and can be passed over by its length.

mod change;
mod contact;
mod entry;
mod pattern;
mod place;
mod shared;
#[cfg(test)]
mod tests;
mod tracks;
mod value;

use super::bytes::{Cursor, put_varint};
use super::names::{NameKind, Names};
use super::writer::Log;
use crate::plan::Plan;
use hashbrown::HashMap;
use rules::book::Book;
use rules::value::EntityKind;
use tracks::Tracks;

/// Why a change cannot be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// A change of a kind that this release does not know; its bytes were passed over.
    #[error("a change has tag {0}, which this release does not know")]
    Unknown(u8),
    /// Bytes that are no change.
    #[error("{0} cannot be read")]
    Unreadable(&'static str),
    /// An amount that is no whole number of minor units: state holds none.
    #[error("an amount with a part of a minor unit cannot be written")]
    Fraction,
    /// An entity kind without a stable id, or an id without a kind in this catalogue.
    #[error("entity kind {0} is not of this catalogue")]
    Kind(u32),
    /// A track that the plan does not have.
    #[error("track {0} is not of this plan")]
    Track(usize),
}

/// What is called by a stable id: entity kinds and tracks. In memory both are places, which move.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    /// By place.
    ids: Vec<u32>,
    kinds: HashMap<u32, EntityKind>,
    tracks: Tracks,
}

impl Kinds {
    /// The kinds and tracks of a book; and what the rows of tracks that other books had mean to it.
    pub fn of_book(log: &mut Log, book: &Book, plan: &Plan) -> Self {
        let names = book.catalogue.entities.iter().map(|e| e.name.as_str());
        let mut kinds = Self::define(log, names);
        kinds.tracks = Tracks::define(log, book, plan);
        kinds
    }

    /// The kinds of a catalogue, by their names in its order. New ones get their ids.
    pub fn define<'n>(log: &mut Log, kinds: impl IntoIterator<Item = &'n str>) -> Self {
        Self::of(
            kinds
                .into_iter()
                .map(|name| log.define(NameKind::Entity, name)),
        )
    }

    /// The same where all are known: `None` when one is not.
    pub fn known<'n>(names: &Names, kinds: impl IntoIterator<Item = &'n str>) -> Option<Self> {
        let ids = kinds
            .into_iter()
            .map(|name| names.id(NameKind::Entity, name));
        Some(Self::of(ids.collect::<Option<Vec<u32>>>()?))
    }

    fn of(ids: impl IntoIterator<Item = u32>) -> Self {
        let ids: Vec<u32> = ids.into_iter().collect();
        let kinds = (0..).map(EntityKind);
        let kinds = ids.iter().copied().zip(kinds).collect();
        let tracks = Tracks::default();
        Self { ids, kinds, tracks }
    }

    fn id(&self, kind: EntityKind) -> Result<u32, CodecError> {
        let id = self.ids.get(usize::from(kind.0)).copied();
        id.ok_or(CodecError::Kind(u32::from(kind.0)))
    }

    fn kind(&self, id: u64) -> Result<EntityKind, CodecError> {
        let id = u32::try_from(id).unwrap_or(u32::MAX);
        self.kinds.get(&id).copied().ok_or(CodecError::Kind(id))
    }
}

/// Something with bytes in the log.
pub trait Logged: Sized {
    /// Writes it behind what is there.
    ///
    /// # Errors
    /// When it cannot be written; then nothing was added.
    fn encode(&self, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Reads one. After an error the cursor stands behind it, unless its length itself is unreadable.
    ///
    /// # Errors
    /// When the bytes are none.
    fn decode(kinds: &Kinds, cursor: &mut Cursor<'_>) -> Result<Self, CodecError>;
}

/// Reads all up to the end.
///
/// # Errors
/// With the first that cannot be read.
pub fn decode_all<T: Logged>(kinds: &Kinds, bytes: &[u8]) -> Result<Vec<T>, CodecError> {
    let mut cursor = Cursor::new(bytes);
    let mut all = Vec::new();
    while !cursor.is_empty() {
        all.push(T::decode(kinds, &mut cursor)?);
    }
    Ok(all)
}

/// Writes a tag, the length of the fields, and the fields.
fn put_tagged(
    tag: u8,
    out: &mut Vec<u8>,
    fields: impl FnOnce(&mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    // The fields go to their place at once; their length, mostly one byte, is put before them after.
    let start = out.len();
    out.push(tag);
    if let Err(error) = fields(out) {
        out.truncate(start);
        return Err(error);
    }
    let mut length = Vec::with_capacity(2);
    put_varint((out.len() - start - 1) as u64, &mut length);
    out.splice(start + 1..start + 1, length);
    Ok(())
}

/// Reads a tag and the cursor over its fields.
fn take_tagged<'b>(cursor: &mut Cursor<'b>) -> Result<(u8, Cursor<'b>), CodecError> {
    let unreadable = CodecError::Unreadable("a change's head");
    let tag = cursor.u8().ok_or(unreadable)?;
    let fields = cursor.bytes().ok_or(unreadable)?;
    Ok((tag, Cursor::new(fields)))
}
