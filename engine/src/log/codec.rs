//! The bytes of changes: a tag, a length, and the fields. Texts as they are, numbers in few bytes,
//! doubles as their bits, entity kinds and window tracks by their stable ids.
//!
//! What the log holds of a step are the entries of its journal; a change is a part of one.
//!
//! A tag is never used again for something else. A change that a reader does not know is told by its
//! tag and can be passed over by its length.

mod change;
mod contact;
mod entry;
#[cfg(test)]
mod tests;
mod value;

use super::bytes::{Cursor, put_varint};
use super::names::NameKind;
use super::writer::Log;
use hashbrown::HashMap;
use rules::value::EntityKind;

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
    /// A track without a stable id, or an id without a track in this plan.
    #[error("window track {0} is not of this catalogue")]
    Track(u32),
}

/// What a book calls by place, by its stable id in the log: in memory an entity kind is its place in
/// the catalogue and a track its place in the plan, and both move.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    kinds: Ids,
    tracks: Ids,
}

/// Ids by place, and places by id.
#[derive(Clone, Debug, Default)]
struct Ids {
    ids: Vec<u32>,
    places: HashMap<u32, usize>,
}

impl Ids {
    fn of(ids: impl IntoIterator<Item = u32>) -> Self {
        let ids: Vec<u32> = ids.into_iter().collect();
        let places = ids.iter().copied().zip(0..).collect();
        Self { ids, places }
    }
}

impl Dictionary {
    /// The entity kinds of a catalogue and the tracks of a plan, by names that stay theirs, in their
    /// order. New ones get their ids.
    pub fn define<'n>(
        log: &mut Log,
        kinds: impl IntoIterator<Item = &'n str>,
        tracks: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        let kinds = kinds
            .into_iter()
            .map(|name| log.define(NameKind::Entity, name));
        let kinds = Ids::of(kinds);
        let tracks = tracks
            .into_iter()
            .map(|name| log.define(NameKind::Track, name));
        let tracks = Ids::of(tracks);
        Self { kinds, tracks }
    }

    #[cfg(test)]
    fn of<const K: usize, const T: usize>(kinds: [u32; K], tracks: [u32; T]) -> Self {
        let (kinds, tracks) = (Ids::of(kinds), Ids::of(tracks));
        Self { kinds, tracks }
    }

    fn id(&self, kind: EntityKind) -> Result<u32, CodecError> {
        let id = self.kinds.ids.get(usize::from(kind.0)).copied();
        id.ok_or(CodecError::Kind(u32::from(kind.0)))
    }

    fn kind(&self, id: u64) -> Result<EntityKind, CodecError> {
        let id = u32::try_from(id).unwrap_or(u32::MAX);
        let place = self.kinds.places.get(&id).copied();
        let place = place.and_then(|place| u16::try_from(place).ok());
        place.map(EntityKind).ok_or(CodecError::Kind(id))
    }

    fn track_id(&self, track: usize) -> Result<u32, CodecError> {
        let id = self.tracks.ids.get(track).copied();
        id.ok_or(CodecError::Track(u32::try_from(track).unwrap_or(u32::MAX)))
    }

    fn track(&self, id: u64) -> Result<usize, CodecError> {
        let id = u32::try_from(id).unwrap_or(u32::MAX);
        self.tracks
            .places
            .get(&id)
            .copied()
            .ok_or(CodecError::Track(id))
    }
}

/// Something with bytes in the log.
pub trait Logged: Sized {
    /// Writes it behind what is there.
    ///
    /// # Errors
    /// When it cannot be written; then nothing was added.
    fn encode(&self, words: &Dictionary, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Reads one. After an error the cursor stands behind it, unless its length itself is unreadable.
    ///
    /// # Errors
    /// When the bytes are none.
    fn decode(words: &Dictionary, cursor: &mut Cursor<'_>) -> Result<Self, CodecError>;
}

/// Reads all up to the end.
///
/// # Errors
/// With the first that cannot be read.
pub fn decode_all<T: Logged>(words: &Dictionary, bytes: &[u8]) -> Result<Vec<T>, CodecError> {
    let mut cursor = Cursor::new(bytes);
    let mut all = Vec::new();
    while !cursor.is_empty() {
        all.push(T::decode(words, &mut cursor)?);
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
