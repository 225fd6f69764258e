//! The plan: a book's windows laid out as tracks, and what each event type does to them. Built once
//! per book; the hot path only follows it.

mod audiences;
mod build;
mod laying;
mod located;

use crate::pattern::plan::{PatternIntake, PatternPlan};
use crate::place::fences::Bands;
use crate::place::measure::Fixes;
use crate::tally::Heard;
use crate::window::read::Window;
use crate::window::track::Shape;
use crate::window::track::{Cell, Order, Track};
use rules::book::ExpressionId;
use rules::catalogue::feature::{Key, Panes};
use rules::catalogue::place::{Part, PlaceTake, Whereabouts};
use rules::catalogue::{EventId, TagId};
use rules::layout::Slot;
use rules::value::{EntityKind, Text};

/// Conditions one event type may have: bits of [`crate::door::Taken::conditions`].
pub const CONDITIONS_MAX: usize = 128;

/// Every track, window and per-type step of a book.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Every track, in the order its first feature is declared.
    pub tracks: Vec<TrackPlan>,
    /// By feature place: its track and window.
    pub features: Vec<FeaturePlan>,
    /// Every pattern.
    pub patterns: Vec<PatternPlan>,
    /// By event type.
    pub events: Vec<EventPlan>,
    /// How many tracks a customer has, and each entity kind, and each kind in a pair.
    pub customer_tracks: usize,
    /// By entity kind: tracks kept per entity.
    pub entity_tracks: Vec<usize>,
    /// By entity kind: tracks kept per customer and entity.
    pub pair_tracks: Vec<usize>,
    /// The segments that some rule is told the changes of.
    pub segments: Vec<SegmentPlan>,
    /// The greatest lateness of any event type, ms: how far behind a key's newest event reads reach.
    pub lateness_max: i64,
    /// The tags that some audience goes by, sorted.
    pub audience_tags: Vec<TagId>,
    /// Fences by the degrees they touch.
    pub bands: Bands,
    /// The event types that each rule is on.
    pub heard: Heard,
}

/// A segment that some rule is told the changes of.
#[derive(Clone, Debug)]
pub struct SegmentPlan {
    /// Its name.
    pub name: Text,
    /// Where it is read.
    pub slot: Slot,
    /// The event of coming in, where some rule is on it.
    pub entered: Option<EventId>,
    /// The event of going out, where some rule is on it.
    pub left: Option<EventId>,
}

/// One track: a stream kept by a key.
#[derive(Clone, Debug)]
pub struct TrackPlan {
    /// The stream's name.
    pub stream: Text,
    /// What it is kept by.
    pub key: Key,
    /// Its place among the tracks of that key.
    pub place: usize,
    /// What it keeps per event.
    pub shape: Shape,
    /// The fields of its cells.
    pub fields: Vec<Text>,
    /// Its features' own conditions, by mask bit.
    pub masks: Vec<ExpressionId>,
    /// Whole panes are kept, not events: each entry stands at the first instant of its pane, and adds up
    /// the events of one mask.
    pub step: Option<Panes>,
    /// The longest reach of a window into the past, ms.
    pub reach: i64,
}

impl TrackPlan {
    /// Puts an event, or a pane, where it belongs.
    pub fn put(
        &self,
        track: &mut Track,
        order: Order,
        mask: u32,
        cells: impl IntoIterator<Item = Cell>,
    ) {
        match self.step {
            None => track.insert(&self.shape, order, mask, cells),
            Some(_) => track.merge(&self.shape, self.place_of(order, mask), mask, cells),
        }
    }

    /// Where it belongs.
    #[must_use]
    pub fn place_of(&self, order: Order, mask: u32) -> Order {
        self.step.map_or(order, |panes| Order {
            time: panes.first(order.time),
            seq: u64::from(mask),
        })
    }
}

/// One feature: where its events are, and what it takes of them.
#[derive(Clone, Debug)]
pub struct FeaturePlan {
    /// By place in [`Plan::tracks`].
    pub track: usize,
    /// The window.
    pub window: Window,
    /// What it says of places, where it does.
    pub located: Option<LocatedPlan>,
}

/// What a feature of places is computed of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocatedPlan {
    /// What it computes.
    pub take: PlaceTake,
    /// Its fixes on its own track; of a haunt, which has no track, only the gate.
    pub fixes: Fixes,
    /// What a distance is measured from.
    pub from: Option<Origin>,
}

/// What a distance is measured from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Origin {
    /// The newest fix of another track of the customer.
    Track(usize, Fixes),
    /// A haunt, by the place of its feature.
    Haunt(usize),
}

/// A haunt that an event type may be seen at.
#[derive(Clone, Debug)]
pub struct HauntPlan {
    /// Its name.
    pub feature: Text,
    /// Conditions of its stream and its own, by place in [`EventPlan::conditions`].
    pub conditions: Vec<usize>,
    /// The hours it counts.
    pub part: Part,
    /// A fix worse than this is none, m.
    pub gate: Option<f64>,
    /// The resolution of its cells.
    pub resolution: u8,
}

/// An event type's way into one track.
#[derive(Clone, Debug)]
pub struct Intake {
    /// By place in [`Plan::tracks`].
    pub track: usize,
    /// The condition of the stream, by place in [`EventPlan::conditions`].
    pub filter: Option<usize>,
    /// The conditions of its masks, by place in [`EventPlan::conditions`], in bit order.
    pub masks: Vec<usize>,
    /// The field that refers to the entity, for tracks kept by one.
    pub entity: Option<usize>,
    /// By cell: what it is taken from.
    pub cells: Vec<CellOf>,
}

/// What a cell is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellOf {
    /// A field; `None` where the event type has none.
    Field(Option<usize>),
    /// One for each event.
    Event,
    /// One for each event that has the field.
    Having(Option<usize>),
}

/// A value of an entity that an event of this type is asked for.
#[derive(Clone, Debug)]
pub struct EntityRead {
    /// The field that refers to the entity.
    pub field: usize,
    /// The feature, by place.
    pub feature: usize,
    /// Where the value goes.
    pub slot: Slot,
}

/// A tag that an event type sets.
#[derive(Clone, Copy, Debug)]
pub struct TagSet {
    /// The tag.
    pub tag: TagId,
    /// From what.
    pub from: ExpressionId,
    /// How sure it is.
    pub confidence: Option<ExpressionId>,
}

/// A tag of an entity that an event type sets.
#[derive(Clone, Copy, Debug)]
pub struct EntityTagSet {
    /// The field that refers to the entity.
    pub field: usize,
    /// The tag, by place among those of its kind.
    pub tag: usize,
    /// From what.
    pub from: ExpressionId,
}

/// What an event type does.
#[derive(Clone, Debug, Default)]
pub struct EventPlan {
    /// Conditions of streams and masks, each evaluated once per event.
    pub conditions: Vec<ExpressionId>,
    /// Tracks of the customer.
    pub customer: Vec<Intake>,
    /// Tracks of entities.
    pub entity: Vec<Intake>,
    /// Tracks of customer and entity.
    pub pair: Vec<Intake>,
    /// Patterns that ask for it.
    pub patterns: Vec<PatternIntake>,
    /// Entity features somebody reads on this type.
    pub entity_reads: Vec<EntityRead>,
    /// Tags it sets.
    pub tags: Vec<TagSet>,
    /// Tags of entities that it sets.
    pub entity_tags: Vec<EntityTagSet>,
    /// The audiences it is told, by place in the catalogue.
    pub audiences: Vec<usize>,
    /// It may say something about being contacted: consent, an outcome, a suppression.
    pub contacts: bool,
    /// Every slot of its decision record.
    pub record: Vec<Slot>,
    /// The slots of the `--features` columns; `None` where the type has no such feature.
    pub columns: Vec<Option<Slot>>,
    /// Where its members say it happened, if somebody keeps that: a fence or a haunt.
    pub whereabouts: Option<Whereabouts>,
    /// It moves its customer in and out of fences.
    pub fenced: bool,
    /// The haunts it counts for.
    pub haunts: Vec<HauntPlan>,
    /// How far behind its customer's newest event it still counts, ms; `None`: its sender says so.
    pub lateness: Option<i64>,
    /// By slot: the place of the field it shows.
    pub fields: Vec<Option<u16>>,
}

impl EventPlan {
    /// The place of a condition among those of the type, put there if it is new.
    pub(crate) fn condition(&mut self, id: ExpressionId) -> usize {
        let found = self.conditions.iter().position(|known| *known == id);
        found.unwrap_or_else(|| {
            self.conditions.push(id);
            self.conditions.len() - 1
        })
    }
}

impl Plan {
    /// The plan of an event type.
    #[must_use]
    pub fn event(&self, kind: rules::catalogue::EventId) -> Option<&EventPlan> {
        self.events.get(usize::from(kind.0))
    }

    /// How many tracks an entity of this kind has.
    #[must_use]
    pub fn entity_tracks(&self, kind: EntityKind) -> usize {
        self.entity_tracks
            .get(usize::from(kind.0))
            .copied()
            .unwrap_or(0)
    }

    /// How many tracks a customer keeps per entity of this kind.
    #[must_use]
    pub fn pair_tracks(&self, kind: EntityKind) -> usize {
        self.pair_tracks
            .get(usize::from(kind.0))
            .copied()
            .unwrap_or(0)
    }
}

/// A book that asks for more than a plan can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlanError(pub String);
