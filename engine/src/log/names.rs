//! Stable ids of catalogue names. An id stays with its name for the life of the store and is never
//! given to another, whatever comes and goes in the catalogue.

use super::bytes::{Cursor, put_bytes, put_varint};
use hashbrown::HashMap;

/// What a name is the name of. Names of different kinds may be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A field of an event type, with its type: `transaction.transfer.amount money CNY`.
    Event,
    /// An entity kind.
    Entity,
    /// A tag with its type: `tier symbol`.
    Tag,
    /// A window or other feature with its type: `outflow_24h money CNY`.
    Feature,
    /// A rule.
    Rule,
    /// A timer.
    Timer,
    /// An offer.
    Offer,
    /// A channel.
    Channel,
    /// A policy's cap, suppression or budget.
    Policy,
    /// A track: a stream as it is kept by a key, told by all that gives its rows their meaning.
    Track,
    /// A book and from which number on it decides: see [`super::Era`].
    Book,
}

impl NameKind {
    const ALL: [Self; 11] = [
        Self::Event,
        Self::Entity,
        Self::Tag,
        Self::Feature,
        Self::Rule,
        Self::Timer,
        Self::Offer,
        Self::Channel,
        Self::Policy,
        Self::Track,
        Self::Book,
    ];

    fn code(self) -> u8 {
        match self {
            Self::Event => 1,
            Self::Entity => 2,
            Self::Tag => 3,
            Self::Feature => 4,
            Self::Rule => 5,
            Self::Timer => 6,
            Self::Offer => 7,
            Self::Channel => 8,
            Self::Policy => 9,
            Self::Track => 10,
            Self::Book => 11,
        }
    }

    fn of(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One name and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// What it is the name of.
    pub kind: NameKind,
    /// Its id: its place among all names ever defined, from 0.
    pub id: u32,
    /// The name.
    pub name: String,
}

/// All names ever defined in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    all: Vec<(NameKind, String)>,
    ids: HashMap<(NameKind, String), u32>,
    /// Bytes they take in the log, at most.
    bytes: usize,
}

impl Names {
    /// The id of a name, if it has one.
    #[must_use]
    pub fn id(&self, kind: NameKind, name: &str) -> Option<u32> {
        self.ids.get(&(kind, name.to_owned())).copied()
    }

    /// The name of an id.
    #[must_use]
    pub fn name(&self, id: u32) -> Option<(NameKind, &str)> {
        let (kind, name) = self.all.get(usize::try_from(id).ok()?)?;
        Some((*kind, name))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Bytes they take in the log, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All of them, by id.
    pub fn definitions(&self) -> impl Iterator<Item = Definition> {
        (0..).zip(&self.all).map(|(id, (kind, name))| Definition {
            kind: *kind,
            id,
            name: name.clone(),
        })
    }

    /// Gives a name the next id; its own when it has one already, and then it is no news.
    pub(crate) fn define(&mut self, kind: NameKind, name: &str) -> (Definition, bool) {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let id = *self.ids.entry((kind, name.to_owned())).or_insert(next);
        let new = id == next;
        if new {
            self.all.push((kind, name.to_owned()));
            // A kind, an id and a length stand before it.
            self.bytes += name.len() + 16;
        }
        let name = name.to_owned();
        (Definition { kind, id, name }, new)
    }

    /// Takes a definition of the log in; false when it contradicts one before it.
    pub(crate) fn take(&mut self, definition: &Definition) -> bool {
        let (known, _) = self.define(definition.kind, &definition.name);
        known.id == definition.id
    }
}

/// Writes one definition.
pub(crate) fn put_definition(definition: &Definition, out: &mut Vec<u8>) {
    out.push(definition.kind.code());
    put_varint(u64::from(definition.id), out);
    put_bytes(definition.name.as_bytes(), out);
}

/// Reads definitions up to the end; `None` when there is something else.
pub(crate) fn read_definitions(part: &[u8]) -> Option<Vec<Definition>> {
    let mut cursor = Cursor::new(part);
    let mut found = Vec::new();
    while !cursor.is_empty() {
        found.push(Definition {
            kind: NameKind::of(cursor.u8()?)?,
            id: u32::try_from(cursor.varint()?).ok()?,
            name: cursor.text()?.to_owned(),
        });
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_id_and_kinds_do_not_mix() {
        let mut names = Names::default();
        assert_eq!(names.define(NameKind::Tag, "vip").0.id, 0);
        assert_eq!(names.define(NameKind::Rule, "vip").0.id, 1);
        let (again, new) = names.define(NameKind::Tag, "vip");
        assert_eq!((again.id, new), (0, false));
        assert_eq!(names.id(NameKind::Rule, "vip"), Some(1));
        assert_eq!(names.name(1), Some((NameKind::Rule, "vip")));
    }

    #[test]
    fn names_come_back_from_bytes_and_a_contradiction_shows() {
        let mut names = Names::default();
        names.define(NameKind::Tag, "金卡");
        names.define(NameKind::Timer, "wait");
        let mut out = Vec::new();
        names
            .definitions()
            .for_each(|one| put_definition(&one, &mut out));
        let mut read = Names::default();
        let definitions = read_definitions(&out).unwrap();
        assert!(definitions.iter().all(|one| read.take(one)));
        assert_eq!(read, names);
        let wrong = Definition {
            kind: NameKind::Tag,
            id: 7,
            name: "金卡".to_owned(),
        };
        assert!(!read.take(&wrong));
        assert!(read_definitions(&[42]).is_none());
    }
}
