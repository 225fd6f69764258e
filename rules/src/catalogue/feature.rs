//! Streams, windows over them, and derived expressions.

use super::place::PlaceTake;
use super::{EventId, Expression};
use crate::finding::{Place, Words};
use crate::value::{EntityKind, Text, Type, Value};

/// A named filter over events. It is kept once per key, however many windows look at it.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its name.
    pub name: Text,
    /// The event types it takes.
    pub on: Vec<EventId>,
    /// Which of them.
    pub filter: Option<Expression>,
    /// Where it is declared.
    pub place: Place,
}

/// What a window is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The customer: read as `customer.<feature>`.
    Customer,
    /// An entity: read as `event.<field>.<feature>` through a field that refers to this kind.
    Entity(EntityKind),
    /// A customer and an entity: read as `event.<feature>`; the event must have exactly one field
    /// that refers to this kind.
    Pair(EntityKind),
}

/// What a window computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Take {
    /// How many.
    Count,
    /// Exact sum of an int or money field.
    Sum,
    /// Sum ÷ count; missing when empty. Money is rounded half-even to the minor unit.
    Avg,
    /// Least; missing when empty.
    Min,
    /// Greatest; missing when empty.
    Max,
    /// How many different values.
    Distinct,
    /// The newest value; missing when empty.
    Last,
    /// True when there is no earlier event in the window; the current event is never counted.
    New,
    /// Something computed of places; see [`super::place::Located`].
    Place(PlaceTake),
}

impl Take {
    /// The word in `take = "…"` and in inline windows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Distinct => "distinct",
            Self::Last => "last",
            Self::New => "new",
            Self::Place(take) => take.name(),
        }
    }

    /// The take called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Count,
            Self::Sum,
            Self::Avg,
            Self::Min,
            Self::Max,
            Self::Distinct,
            Self::Last,
            Self::New,
        ]
        .into_iter()
        .find(|t| t.name() == name)
    }

    /// True when it needs `of = "<field>"`.
    #[must_use]
    pub fn needs_field(self) -> bool {
        !matches!(self, Self::Count | Self::New | Self::Place(_))
    }
}

/// A window over a stream: at time `t` it covers (t − delay − over, t − delay].
#[derive(Clone, Debug)]
pub struct Feature {
    /// Its name; an inline window is called `withdrawals.count.10m` (with the field where there is one).
    pub name: Text,
    /// What it was called before: its state is kept.
    pub was: Option<Text>,
    /// What people call it.
    pub title: Words,
    /// The stream, by place in [`super::Catalogue::streams`].
    pub stream: u16,
    /// A further condition on the stream's events.
    pub filter: Option<Expression>,
    /// What it is kept by.
    pub key: Key,
    /// What it computes.
    pub take: Take,
    /// The field it is computed of, by name; every event type of the stream has it with one type.
    pub of: Option<Text>,
    /// Length, ms.
    pub over: i64,
    /// How long ago it ended, ms.
    pub delay: i64,
    /// False: the event being judged is left out.
    pub current: bool,
    /// Fewer than so many events in the window: missing.
    pub min: Option<u32>,
    /// The value instead of missing.
    pub default: Value,
    /// Exact up to here (distinct), then truncated.
    pub max: Option<u32>,
    /// The type of its value.
    pub ty: Type,
    /// True when it may be missing.
    pub optional: bool,
    /// Where it is declared.
    pub place: Place,
}

/// A declared pure expression.
#[derive(Clone, Debug)]
pub struct Derived {
    /// Its name: read as `event.<name>` when `on` names event types, else as `customer.<name>`.
    pub name: Text,
    /// What people call it.
    pub title: Words,
    /// The event types it belongs to; empty: it reads only `customer`.
    pub on: Vec<EventId>,
    /// The expression.
    pub value: Expression,
    /// The type of its value, found by the type check (`Type::Bool` until then).
    pub ty: Type,
    /// Where it is declared.
    pub place: Place,
}
