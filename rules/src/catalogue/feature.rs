//! Streams, windows over them, and derived expressions.

mod span;

pub use span::{Panes, Period, Span};

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
    /// True when there is no earlier event in the window, or none with the same value of the field; the
    /// current event is never counted.
    New,
    /// Standard deviation of a sample; missing of fewer than two. Money is rounded to the minor unit.
    StdDev,
    /// How many standard deviations this event's value lies above the mean of those before it.
    ZScore,
    /// The oldest value; missing when empty.
    First,
    /// The newest value but so many: of 1 the newest, of 2 the one before it.
    NthLast(u32),
    /// The least value that so many millionths of the values do not exceed: nearest rank.
    Quantile(u32),
    /// The sum of values, each halved whenever so many ms have passed since.
    Decay(i64),
    /// Which share of the events before this one stands in the same hour of the week.
    HourShare,
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
            Self::StdDev => "stddev",
            Self::ZScore => "zscore",
            Self::First => "first",
            Self::NthLast(_) => "nth_last",
            Self::Quantile(_) => "quantile",
            Self::Decay(_) => "decay",
            Self::HourShare => "hour_share",
            Self::Place(take) => take.name(),
        }
    }

    /// Those that a rule may write inline: `customer.count("stream", "10m")`.
    pub const INLINE: [Self; 7] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::Distinct,
        Self::Last,
    ];

    /// The take that `name` is inline.
    #[must_use]
    pub fn inline(name: &str) -> Option<Self> {
        Self::INLINE.into_iter().find(|t| t.name() == name)
    }

    /// True when it needs `of = "<field>"`.
    #[must_use]
    pub fn needs_field(self) -> bool {
        !matches!(
            self,
            Self::Count | Self::New | Self::HourShare | Self::Place(_)
        )
    }

    /// True when it may be computed of a field.
    #[must_use]
    pub fn takes_field(self) -> bool {
        self.needs_field() || self == Self::New
    }

    /// True when the event being judged is never among those it looks at.
    #[must_use]
    pub fn leaves_out(self) -> bool {
        matches!(self, Self::New | Self::ZScore | Self::HourShare)
    }

    /// True when it looks at each event, so that there is a bound on how many: the newest.
    #[must_use]
    pub fn is_scanned(self) -> bool {
        matches!(self, Self::Quantile(_) | Self::Decay(_) | Self::HourShare)
    }

    /// True when an empty window has no value.
    #[must_use]
    pub fn may_miss(self) -> bool {
        !matches!(self, Self::Count | Self::Sum | Self::Distinct | Self::New)
    }
}

/// A window over a stream: at time `t` a sliding one covers (t − delay − over, t − delay]; the others
/// begin where their [`Span`] says.
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
    /// Where it begins.
    pub span: Span,
    /// Length, ms; of one that has no fixed length the greatest.
    pub over: i64,
    /// What it counts by, where it says a `step`: whole panes, not events.
    pub step: Option<Panes>,
    /// How long ago it ended, ms.
    pub delay: i64,
    /// False: the event being judged is left out.
    pub current: bool,
    /// Fewer than so many events in the window: missing.
    pub min: Option<u32>,
    /// The value instead of missing.
    pub default: Value,
    /// Exact up to here (distinct), or so many of the newest values are looked at, then truncated.
    pub max: Option<u32>,
    /// The type of its value.
    pub ty: Type,
    /// True when it may be missing.
    pub optional: bool,
    /// Where it is declared.
    pub place: Place,
}

impl Feature {
    /// True when it looks at a bounded number of values, so that a rule may ask whether those were all.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let declared = !self.name.contains('.');
        declared && (self.take == Take::Distinct || self.take.is_scanned())
    }

    /// The name that is read by.
    #[must_use]
    pub fn cut_name(&self) -> Text {
        format!("{}_truncated", self.name).into()
    }
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
