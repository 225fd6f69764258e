//! Rounds: an event of no customer on its way through an audience, one customer after the other.
//!
//! That a round has begun is shared state. How far it has come in a key group belongs to that group: so a
//! customer is told once, whatever dies in between.

use rules::book::Book;
use rules::catalogue::EventId;
use rules::catalogue::audience::{Audience, Rate};
use rules::rule::Mode;
use rules::value::{EntityKey, Text, Type, Value};
use std::fmt;

/// What a round is about. A newer event about the same ends the round of the older one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoundKey {
    /// The event type.
    pub event: Text,
    /// The tag by which customers are reached.
    pub tag: Text,
    /// The kind of the entity.
    pub kind: Text,
    /// The entity's id.
    pub id: Text,
}

impl fmt::Display for RoundKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            event,
            tag,
            kind,
            id,
        } = self;
        write!(f, "{event}@{tag} {kind}:{id}")
    }
}

/// An event of no customer that is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// What it is about.
    pub key: RoundKey,
    /// The door's number of the event.
    pub seq: u64,
    /// Event time, ms.
    pub at: i64,
    /// When the first customer's turn is, ms: the event's time, or that of the door where it was late.
    pub start: i64,
    /// The sender's id.
    pub id: Text,
    /// The sender.
    pub source: Text,
    /// The event's members by name.
    pub fields: Vec<(Text, Value)>,
    /// Nobody is told of it any more.
    pub ended: bool,
}

impl Round {
    /// True when it is the newer of two about the same.
    #[must_use]
    pub fn is_newer(&self, other: &Self) -> bool {
        (self.at, self.seq) > (other.at, other.seq)
    }

    /// How the book in force tells it.
    #[must_use]
    pub fn audience<'b>(&self, book: &'b Book) -> Option<&'b Audience> {
        let catalogue = &book.catalogue;
        let mut all = catalogue.audiences.iter();
        all.find(|audience| {
            let event = catalogue.event(audience.event);
            let tag = catalogue.tag(audience.tag);
            event.is_some_and(|event| event.name == self.key.event)
                && tag.is_some_and(|tag| tag.name == self.key.tag)
        })
    }

    /// The entity, as the book knows it.
    #[must_use]
    pub fn entity(&self, book: &Book) -> Option<EntityKey> {
        let kind = book.catalogue.entity_named(&self.key.kind)?;
        let id = self.key.id.clone();
        Some(EntityKey { kind, id })
    }

    /// The members of an event type, in its order; `None` where one is missing that it needs.
    #[must_use]
    pub fn members(&self, book: &Book, kind: EventId) -> Option<Vec<Value>> {
        let fields = &book.catalogue.event(kind)?.fields;
        let member = |field: &rules::catalogue::Field| {
            let found = self.fields.iter().find(|(name, _)| *name == field.name);
            let value = found.map_or(&field.default, |(_, value)| value).clone();
            let is_there = field.optional || !value.is_missing();
            is_there.then_some(value)
        };
        fields.iter().map(member).collect()
    }

    /// The same as another book has it, if it can go on telling it; `value` gives a value as that has it.
    #[must_use]
    pub fn carried(mut self, book: &Book, value: &dyn Fn(Value) -> Option<Value>) -> Option<Self> {
        let fields = std::mem::take(&mut self.fields).into_iter();
        let fields = fields.map(|(name, held)| Some((name, value(held)?)));
        self.fields = fields.collect::<Option<Vec<_>>>()?;
        self.goes_on(book).then_some(self)
    }

    /// True when the book in force can go on telling it.
    #[must_use]
    pub fn goes_on(&self, book: &Book) -> bool {
        let Some(audience) = self.audience(book) else {
            return false;
        };
        let entity = self.entity(book);
        let tag = book.catalogue.tag(audience.tag).map(|tag| &tag.ty);
        let about = entity.is_some_and(|key| tag == Some(&Type::Ref(key.kind)));
        about && self.members(book, audience.told).is_some()
    }
}

/// How far a round has come in a key group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The door's number of the round's event.
    pub seq: u64,
    /// The customer looked at last; those behind it have still to be.
    pub last: Text,
    /// Customers told.
    pub told: u64,
}

/// A running round, as the tick that moves it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// What it is about.
    pub key: RoundKey,
    /// The door's number of its event.
    pub seq: u64,
    /// When its first turn is, ms.
    pub start: i64,
    /// How fast it goes.
    pub rate: Rate,
    /// Every rule that listens has been turned off: it waits.
    pub halted: bool,
    /// No rule is there to listen, or it began so long ago that an event as old is not taken in any more.
    pub stale: bool,
    /// Turns before this instant are not made up for, ms; `None`: it begins with this tick, and none of its
    /// turns was given.
    pub since: Option<i64>,
}

/// What a key group has still to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Of which round.
    pub key: RoundKey,
    /// The group.
    pub group: u16,
    /// About how many customers wait, at least one.
    pub waiting: u64,
}

/// What a tick lets a key group do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Tell so many customers, from this turn of the round on.
    Turns {
        /// Of which round.
        key: RoundKey,
        /// The group.
        group: u16,
        /// The first turn.
        turn: u64,
        /// How many.
        count: u64,
    },
    /// Nobody is left: the round is over.
    End {
        /// The round.
        key: RoundKey,
        /// The door's number of its event.
        seq: u64,
    },
}

/// A round as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it is about.
    pub key: RoundKey,
    /// Since when, ms.
    pub since: i64,
    /// How fast it goes.
    pub rate: Rate,
    /// Every rule that listens has been turned off.
    pub halted: bool,
    /// Customers told so far.
    pub told: u64,
    /// About how many wait.
    pub waiting: u64,
}

impl Standing {
    /// Adds what another shard says of it.
    pub fn add(&mut self, other: &Self) {
        self.told += other.told;
        self.waiting += other.waiting;
    }
}

/// The rules that a customer who is told can meet.
pub(crate) fn listeners(book: &Book, told: EventId) -> impl Iterator<Item = &rules::rule::Rule> {
    let rules = book.rules_on(told).iter();
    let rules = rules.filter_map(|ix| book.rule(*ix));
    rules.filter(|rule| rule.header.mode != Mode::Off)
}
