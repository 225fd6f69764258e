//! Places in the catalogue: which events say where a customer is, the fences, and the features that
//! are computed of places.

use super::{Catalogue, EventId, EventType};
use crate::finding::{Place as Declared, Words};
use crate::place::area::Outline;
use crate::value::{Text, Type};
use std::collections::BTreeMap;

/// The member that says how far north an event happened, in degrees.
pub const LAT: &str = "lat";
/// The member that says how far east, in degrees.
pub const LON: &str = "lon";
/// The member that says by how much both may be wrong, m.
pub const ACCURACY: &str = "accuracy";

/// A fence, by its place in [`Places::fences`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FenceId(pub u16);

/// What the catalogue says of places.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Points are kept as the middles of cells of this H3 resolution; nothing finer passes the door.
    pub coarse: Option<u8>,
    /// How far a point may lie from the middle of its cell then, m.
    pub blur: f64,
    /// Event types that say where their customer is, for fences.
    pub on: Vec<EventId>,
    /// Fences, in declared order.
    pub fences: Vec<Fence>,
    /// Grades of fences, each once.
    pub grades: Vec<Text>,
    /// What features of places have beside other features, by name.
    pub features: BTreeMap<Text, Located>,
}

/// A named area that customers enter and leave.
#[derive(Clone, Debug)]
pub struct Fence {
    /// Its name.
    pub name: Text,
    /// What people call it.
    pub title: Words,
    /// What it goes around.
    pub outline: Outline,
    /// Left only by who is farther outside than this, m.
    pub margin: f64,
    /// A fix worse than this says nothing, m.
    pub accuracy: f64,
    /// `fence.<name>.dwelt` after this long within, ms.
    pub dwell: Option<i64>,
    /// The grade of the district.
    pub grade: Option<Text>,
    /// `fence.<name>.entered`
    pub entered: EventId,
    /// `fence.<name>.left`
    pub left: EventId,
    /// `fence.<name>.dwelt`
    pub dwelt: Option<EventId>,
    /// Where it is declared.
    pub place: Declared,
}

impl Fence {
    /// True when both tell inside from outside alike, and dwell alike.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.outline == other.outline
            && (self.margin, self.accuracy) == (other.margin, other.accuracy)
            && self.dwell == other.dwell
    }
}

/// What a feature of places computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceTake {
    /// km/h between the two newest fixes.
    Speed,
    /// km between the two newest fixes.
    Distance,
    /// km from the newest fix to another place.
    DistanceFrom,
    /// Where the customer mostly is at some hours.
    Haunt,
}

impl PlaceTake {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Speed, Self::Distance, Self::DistanceFrom, Self::Haunt];

    /// The word in `take = "…"`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Speed => "speed",
            Self::Distance => "distance",
            Self::DistanceFrom => "distance_from",
            Self::Haunt => "haunt",
        }
    }
}

/// What a feature of places has beside other features.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// A fix worse than this is none, m.
    pub accuracy: Option<f64>,
    /// From where: of [`PlaceTake::DistanceFrom`] alone.
    pub from: Option<From>,
    /// At what hours: of [`PlaceTake::Haunt`] alone.
    pub part: Option<Part>,
    /// The resolution of its cells: of [`PlaceTake::Haunt`] alone.
    pub resolution: u8,
}

/// What a distance is measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The newest fix of a stream of the same customer.
    Stream(u16),
    /// A haunt, by its place in [`Catalogue::features`].
    Haunt(u16),
}

/// Hours of a customer's day, in the customer's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// 22:00 to 06:00.
    Night,
    /// 09:00 to 18:00, Monday to Friday.
    Day,
}

impl Part {
    /// True for an hour of this part; Monday is 1.
    #[must_use]
    pub fn has(self, hour: i64, weekday: i64) -> bool {
        match self {
            Self::Night => !(6..22).contains(&hour),
            Self::Day => (9..18).contains(&hour) && weekday <= 5,
        }
    }
}

/// The members of an event type that say where it happened, by place in its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// [`LAT`]
    pub lat: usize,
    /// [`LON`]
    pub lon: usize,
    /// [`ACCURACY`], where it has it.
    pub accuracy: Option<usize>,
}

impl EventType {
    /// The members that say where it happened; `None` for an event type without a place.
    #[must_use]
    pub fn whereabouts(&self) -> Option<Whereabouts> {
        let at = |name: &str| {
            let number = |f: &super::Field| f.name == name && f.ty == Type::Decimal;
            self.fields.iter().position(number)
        };
        Some(Whereabouts {
            lat: at(LAT)?,
            lon: at(LON)?,
            accuracy: at(ACCURACY),
        })
    }
}

impl Catalogue {
    /// The fence called `name`.
    #[must_use]
    pub fn fence_named(&self, name: &str) -> Option<FenceId> {
        let at = self.places.fences.iter().position(|f| f.name == name)?;
        u16::try_from(at).ok().map(FenceId)
    }

    /// The fence.
    #[must_use]
    pub fn fence(&self, id: FenceId) -> Option<&Fence> {
        self.places.fences.get(usize::from(id.0))
    }
}
