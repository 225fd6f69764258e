//! Base values of slots: what an event and the state say, before any declared expression.

use crate::dated::Wall;
use crate::decision::occasion::Occasion;
use crate::event::Event;
use crate::place::haunts;
use crate::place::measure::kilometres;
use crate::plan::{Origin, Plan};
use crate::state::customer::Customer;
use crate::state::entity_tags::EntityTags;
use crate::state::tracks::Tracks;
use crate::time::Local;
use crate::window::reader::Reader;
use crate::window::track::Order;
use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::catalogue::feature::{Feature, Key, Take};
use rules::catalogue::place::{FenceId, PlaceTake};
use rules::catalogue::{Tag, TagId};
use rules::facts::{Facts, Fill};
use rules::layout::{Slot, Source};
use rules::place::Point;
use rules::value::{EntityKey, EntityKind, Text, Value};

/// The tag that names a customer's time zone.
pub const ZONE_TAG: &str = "tz";

/// Base values for one event of one customer.
pub struct Base<'a> {
    /// The book.
    pub book: &'a Book,
    /// Its plan.
    pub plan: &'a Plan,
    /// The event of the facts.
    pub event: &'a Event,
    /// The step it belongs to.
    pub occasion: Occasion<'a>,
    /// The customer; `None` while only the raw event may be read.
    pub customer: Option<&'a Customer>,
    /// Tags of entities, as of the last tick.
    pub entities: &'a EntityTags,
    /// The zone of the clock on the wall.
    pub zone: &'a TimeZone,
}

impl Base<'_> {
    fn order(&self) -> Order {
        Order {
            time: self.event.time,
            seq: self.event.seq,
        }
    }

    fn reader(&self, before: bool) -> Reader<'_> {
        Reader {
            order: self.order(),
            before,
            zone: self.zone,
        }
    }

    /// What the clock on the wall shows at the event: few rules ask for it.
    fn local(&self) -> Local {
        Local::at(self.event.time, self.zone)
    }

    fn field(&self, slot: Slot) -> Value {
        let fields = self.plan.event(self.event.kind).map(|p| &p.fields);
        let at = fields.and_then(|f| f.get(usize::from(slot.0)).copied().flatten());
        at.and_then(|at| self.event.fields.get(usize::from(at)))
            .cloned()
            .unwrap_or_default()
    }

    /// A member of the event by its name.
    fn member(&self, name: &Text) -> Value {
        let kind = self.book.catalogue.event(self.event.kind);
        let at = kind.and_then(|kind| kind.fields.iter().position(|field| field.name == *name));
        let value = at.and_then(|at| self.event.fields.get(at));
        value.cloned().unwrap_or_default()
    }

    /// A tag of the entity that a value refers to: its default where it refers to none.
    fn entity_tag(&self, refers: &Value, kind: EntityKind, tag: u16) -> Value {
        let Some(entity) = self.book.catalogue.entity(kind) else {
            return Value::Missing;
        };
        let Some(tag) = entity.tags.get(usize::from(tag)) else {
            return Value::Missing;
        };
        match refers {
            Value::Ref(key) => self
                .entities
                .read(&entity.name, &key.id, tag, self.event.time),
            _ => tag.default.clone(),
        }
    }

    fn past(&self, id: TagId, read: impl Fn(&Customer, &Tag) -> Value) -> Value {
        match (self.book.catalogue.tag(id), self.customer) {
            (Some(tag), Some(customer)) => read(customer, tag),
            _ => Value::Missing,
        }
    }

    fn window(&self, feature: u16, before: bool) -> Value {
        let tracks = self.customer.map(|c| &c.windows);
        self.read(tracks, feature, before)
    }

    fn read(&self, tracks: Option<&Tracks>, feature: u16, before: bool) -> Value {
        static NOTHING: Tracks = Tracks::NOTHING;
        let Some(plan) = self.plan.features.get(usize::from(feature)) else {
            return Value::Missing;
        };
        if let Some(value) = self.at_haunt(feature, tracks, before) {
            return if value.is_missing() {
                plan.window.default.clone()
            } else {
                value
            };
        }
        let tracks = tracks.unwrap_or(&NOTHING);
        tracks.read(self.plan, plan, &self.reader(before))
    }

    /// True while the customer is within a fence.
    fn within(&self, id: FenceId) -> bool {
        let fence = self.book.catalogue.fence(id);
        let known = fence.zip(self.customer);
        known.is_some_and(|(fence, customer)| {
            let places = customer.whereabouts();
            places.inside(&fence.name, self.order()).is_some()
        })
    }

    /// The grade of the first fence that the customer is within and that has one.
    fn district(&self) -> Value {
        let fences = (0u16..).zip(&self.book.catalogue.places.fences);
        let graded = fences.filter_map(|(at, fence)| Some((FenceId(at), fence.grade.as_ref()?)));
        let mut within = graded.filter(|(id, _)| self.within(*id));
        within
            .next()
            .map_or(Value::Missing, |(_, grade)| Value::Text(grade.clone()))
    }

    /// What a haunt says, or how far the newest fix is from one; `None` for every other feature.
    fn at_haunt(&self, feature: u16, tracks: Option<&Tracks>, before: bool) -> Option<Value> {
        let plan = self.plan.features.get(usize::from(feature))?;
        let located = plan.located.as_ref()?;
        if located.take == PlaceTake::Haunt {
            let feature = self.book.catalogue.features.get(usize::from(feature))?;
            let haunt = self.haunt(feature);
            return Some(haunt.map_or(Value::Missing, |p| Value::Place(p.lat(), p.lon())));
        }
        let Some(Origin::Haunt(at)) = located.from else {
            return None;
        };
        let haunt = self.haunt(self.book.catalogue.features.get(at)?);
        let here = tracks.and_then(|t| t.newest_fix(self.plan, plan, self.order(), before));
        let far = haunt.zip(here);
        Some(far.map_or(Value::Missing, |(haunt, fix)| {
            Value::Decimal(kilometres(haunt, fix.point))
        }))
    }

    fn haunt(&self, feature: &Feature) -> Option<Point> {
        let hours = self.customer?.whereabouts().hours(&feature.name)?;
        let at = self.event.time;
        let after = haunts::floor(at, feature.over);
        hours.most(after, at.div_euclid(haunts::HOUR), feature.min.unwrap_or(1))
    }

    fn pair(&self, feature: u16) -> Value {
        let key = self.pair_key(feature);
        if key.is_none() && self.is_new(feature) {
            // An event without a payee has no new payee.
            return Value::Bool(false);
        }
        self.read(self.pair_tracks(feature), feature, false)
    }

    fn pair_tracks(&self, feature: u16) -> Option<&Tracks> {
        let key = self.pair_key(feature)?;
        self.customer?.pairs.get(key)
    }

    fn is_part(&self, tracks: Option<&Tracks>, feature: u16, before: bool, value: &Value) -> bool {
        let plan = self.plan.features.get(usize::from(feature));
        tracks.zip(plan).is_some_and(|(tracks, plan)| {
            tracks.is_truncated(self.plan, plan, &self.reader(before), value)
        })
    }

    fn is_new(&self, feature: u16) -> bool {
        let feature = self.plan.features.get(usize::from(feature));
        feature.is_some_and(|f| f.window.take == Take::New)
    }

    /// The entity of the event that a pair feature is kept with.
    fn pair_key(&self, feature: u16) -> Option<&EntityKey> {
        let feature = self.book.catalogue.features.get(usize::from(feature))?;
        let Key::Pair(kind) = feature.key else {
            return None;
        };
        let mut refs = self.event.fields.iter().filter_map(|v| match v {
            Value::Ref(key) => Some(key),
            _ => None,
        });
        refs.find(|key| key.kind == kind)
    }

    /// The value the entity's own shard read when it took the event.
    fn entity(&self, slot: Slot) -> Value {
        let at = self.entity_read(slot);
        at.and_then(|at| self.event.entity_values.get(at))
            .cloned()
            .unwrap_or_default()
    }

    fn entity_read(&self, slot: Slot) -> Option<usize> {
        let reads = &self.plan.event(self.event.kind)?.entity_reads;
        reads.iter().position(|read| read.slot == slot)
    }
}

impl Fill for Base<'_> {
    fn turn(&mut self, at: usize, facts: &mut Facts) {
        self.event = self.occasion.trigger(at);
        facts.reset(self.event.kind);
    }

    fn fill(&mut self, slot: Slot) -> Value {
        let Some(spec) = self.book.layout.slot(slot) else {
            return Value::Missing;
        };
        match &spec.source {
            Source::EventId => Value::Text(self.event.id.clone()),
            Source::EventType => {
                let event = self.book.catalogue.event(self.event.kind);
                event.map_or(Value::Missing, |e| Value::Text(e.name.clone()))
            }
            Source::EventTime => Value::Time(self.event.time),
            Source::EventDate => Value::Date(self.local().date()),
            Source::EventHour => Value::Int(self.local().hour()),
            Source::EventWeekday => Value::Int(self.local().weekday()),
            Source::Field => self.field(slot),
            Source::EntityFeature { .. } => self.entity(slot),
            Source::PairFeature(feature) => self.pair(*feature),
            Source::Tag(id) => match (self.book.catalogue.tag(*id), self.customer) {
                (Some(tag), Some(customer)) => customer.tags.read(*id, tag, self.event.time),
                _ => Value::Missing,
            },
            Source::Fence(id) => Value::Bool(self.within(*id)),
            Source::District => self.district(),
            Source::TagAgo(id, ms) => self.past(*id, |customer, tag| {
                let then = self.event.time.saturating_sub(*ms);
                customer.tags.read_as_of(*id, tag, then)
            }),
            Source::TagBefore(id) => self.past(*id, |customer, tag| {
                let event = (self.event.time, self.event.seq);
                customer.tags.read_before(*id, tag, event)
            }),
            Source::TagConfidence(id) => self.past(*id, |customer, _| {
                customer.tags.confidence(*id, self.event.time)
            }),
            Source::CustomerFeature(feature) => self.window(*feature, false),
            Source::Before(feature) => self.window(*feature, true),
            Source::EntityTag { field, kind, tag } => {
                self.entity_tag(&self.member(field), *kind, *tag)
            }
            Source::TagBehind { through, kind, tag } => {
                let refers = self.past(*through, |customer, tag| {
                    customer.tags.read(*through, tag, self.event.time)
                });
                self.entity_tag(&refers, *kind, *tag)
            }
            // Declared expressions are evaluated by the scene, on top of these.
            Source::Segment(_) | Source::EventDerived(_) | Source::CustomerDerived(_) => {
                Value::Missing
            }
            // The conditions of patterns are asked beside an instance, not here.
            Source::Step { .. } => Value::Missing,
        }
    }

    fn is_truncated(&self, slot: Slot, value: &Value) -> bool {
        let Some(spec) = self.book.layout.slot(slot) else {
            return false;
        };
        let own = self.customer.map(|customer| &customer.windows);
        match &spec.source {
            Source::CustomerFeature(feature) => self.is_part(own, *feature, false, value),
            Source::Before(feature) => self.is_part(own, *feature, true, value),
            Source::PairFeature(feature) => {
                self.is_part(self.pair_tracks(*feature), *feature, false, value)
            }
            Source::EntityFeature { .. } => self
                .entity_read(slot)
                .is_some_and(|read| self.event.entity_truncated.contains(&read)),
            _ => false,
        }
    }
}

/// Time zones by name, looked up once each.
#[derive(Debug)]
pub struct Zones {
    bank: TimeZone,
    tag: Option<TagId>,
    known: HashMap<Text, TimeZone>,
}

impl Zones {
    /// Names a customer may have put in a tag are bounded: the tz database has some 600.
    const MAX: usize = 1_000;

    /// Zones of a book's bank.
    #[must_use]
    pub fn new(book: &Book) -> Self {
        Self {
            bank: book.catalogue.time.zone.clone(),
            tag: book.catalogue.tag_named(ZONE_TAG),
            known: HashMap::new(),
        }
    }

    /// The bank's own.
    #[must_use]
    pub fn bank(&self) -> &TimeZone {
        &self.bank
    }

    /// The tag that names a customer's zone.
    #[must_use]
    pub fn tag(&self) -> Option<TagId> {
        self.tag
    }

    /// The zone of a customer from `time` on, as far as is known then.
    pub fn wall(&mut self, book: &Book, customer: &Customer, time: i64) -> Wall {
        let zone = self.of(book, customer, time);
        let held = self.tag.and_then(|id| customer.tags.held(id));
        let ends = held
            .filter(|held| held.holds(time))
            .and_then(|held| held.expires);
        let tag = self.tag.and_then(|id| book.catalogue.tag(id));
        let then = match tag.map(|tag| &tag.default) {
            Some(Value::Text(name)) => self.named(name),
            _ => self.bank.clone(),
        };
        Wall { zone, ends, then }
    }

    /// The zone of a customer at `time`: the `tz` tag where it names a zone, else the bank's.
    pub fn of(&mut self, book: &Book, customer: &Customer, time: i64) -> TimeZone {
        let tag = self.tag.and_then(|id| Some((id, book.catalogue.tag(id)?)));
        let Some(Value::Text(name)) = tag.map(|(id, tag)| customer.tags.read(id, tag, time)) else {
            return self.bank.clone();
        };
        self.named(&name)
    }

    fn named(&mut self, name: &Text) -> TimeZone {
        if let Some(zone) = self.known.get(name) {
            return zone.clone();
        }
        let zone = TimeZone::get(name).unwrap_or_else(|_| self.bank.clone());
        if self.known.len() < Self::MAX {
            self.known.insert(name.clone(), zone.clone());
        }
        zone
    }
}
