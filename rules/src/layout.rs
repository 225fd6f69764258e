//! The slots of a book: every path a rule can write, resolved to one number.
//!
//! A field that several event types have under one name and one type shares one slot, so a rule on
//! two event types reads one place.

mod entities;

use crate::catalogue::feature::Key;
use crate::catalogue::pattern::{Pattern, Word};
use crate::catalogue::place::FenceId;
use crate::catalogue::{Catalogue, EventId, Family, SegmentId, Tag, TagId};
use crate::value::{EntityKind, Text, Type};
use hashbrown::HashMap;

/// A slot, by its place in [`Layout::slots`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u16);

/// Where a slot's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// `event.id`
    EventId,
    /// `event.type`
    EventType,
    /// `event.time`
    EventTime,
    /// `event.date`, in the customer's zone.
    EventDate,
    /// `event.hour`, in the customer's zone.
    EventHour,
    /// `event.weekday`, in the customer's zone; Monday = 1.
    EventWeekday,
    /// A data member; [`Layout::fields`] says which one by event type.
    Field,
    /// A derived expression of the event.
    EventDerived(u16),
    /// A feature of the entity that the field refers to.
    EntityFeature {
        /// The field.
        field: Text,
        /// The feature.
        feature: u16,
    },
    /// A tag of the entity that the field refers to.
    EntityTag {
        /// The field.
        field: Text,
        /// What it refers to.
        kind: EntityKind,
        /// The tag, by place.
        tag: u16,
    },
    /// A tag of the entity that a tag of the customer refers to.
    TagBehind {
        /// The customer's tag.
        through: TagId,
        /// What it refers to.
        kind: EntityKind,
        /// The entity's tag, by place.
        tag: u16,
    },
    /// A feature of the customer together with the entity of that kind in the event.
    PairFeature(u16),
    /// A tag.
    Tag(TagId),
    /// What a tag was so many ms ago.
    TagAgo(TagId, i64),
    /// What a tag was just before this event.
    TagBefore(TagId),
    /// How sure the value of a tag is.
    TagConfidence(TagId),
    /// A segment.
    Segment(SegmentId),
    /// A window of the customer.
    CustomerFeature(u16),
    /// The same just before this event.
    Before(u16),
    /// A derived expression of the customer.
    CustomerDerived(u16),
    /// Whether the customer is within a fence.
    Fence(FenceId),
    /// The grade of the fence the customer is in.
    District,
    /// An event that a step of a pattern has taken: read by the conditions of that pattern alone.
    Step {
        /// The pattern.
        pattern: u16,
        /// The step.
        step: u16,
        /// What of it.
        word: Word,
    },
}

/// One slot.
#[derive(Clone, Debug)]
pub struct SlotSpec {
    /// As an author writes it: `event.terminal.cards_5m`.
    pub path: String,
    /// Its type.
    pub ty: Type,
    /// True when it may be missing.
    pub optional: bool,
    /// Where its value comes from.
    pub source: Source,
}

/// What can be read on one event type.
#[derive(Clone, Debug, Default)]
pub struct EventPaths {
    /// `event.<name>`: envelope, fields, derived, pair features.
    pub names: HashMap<Text, Slot>,
    /// `event.<ref>.<name>`, and `event.<step>.<name>` on the events of patterns.
    pub refs: HashMap<Text, HashMap<Text, Slot>>,
}

/// The slots of a book.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// All slots.
    pub slots: Vec<SlotSpec>,
    /// By event type: what `event.` can read.
    pub events: Vec<EventPaths>,
    /// By event type and field place: the slot of that field.
    pub fields: Vec<Vec<Slot>>,
    /// `customer.<name>`: tags, features, segments, derived.
    pub customer: HashMap<Text, Slot>,
    /// `customer.before.<name>`.
    pub before: HashMap<Text, Slot>,
    /// `customer.<tag>.<name>`: tags of the entity that the tag refers to.
    pub behind: HashMap<Text, HashMap<Text, Slot>>,
    /// `customer.at("<fence>")`
    pub fences: HashMap<Text, Slot>,
}

impl Layout {
    /// Lays out every path the catalogue makes possible.
    #[must_use]
    pub fn build(catalogue: &Catalogue) -> Self {
        let mut layout = Self::default();
        let mut made: HashMap<(String, String), Slot> = HashMap::new();
        layout.lay_customer(catalogue);
        for (at, event) in catalogue.events.iter().enumerate() {
            let id = EventId(u16::try_from(at).unwrap_or(u16::MAX));
            let mut paths = EventPaths::default();
            for (name, ty, source) in envelope() {
                let slot = layout.shared(&mut made, format!("event.{name}"), ty, false, source);
                paths.names.insert(name.into(), slot);
            }
            let mut fields = Vec::with_capacity(event.fields.len());
            for field in &event.fields {
                let path = format!("event.{}", field.name);
                let slot = layout.shared(
                    &mut made,
                    path,
                    field.ty.clone(),
                    field.optional,
                    Source::Field,
                );
                fields.push(slot);
                paths.names.insert(field.name.clone(), slot);
                if let Some((step, name)) = field.name.rsplit_once('.') {
                    // A step of a pattern: what hangs below it is the event that it took.
                    let below = paths.refs.entry(step.into()).or_default();
                    below.insert(name.into(), slot);
                    continue;
                }
                if let Type::Ref(kind) = field.ty {
                    let mut below = HashMap::new();
                    // Windows of entities are read when an event comes in, and this one comes of another.
                    if event.family != Family::Told {
                        below = layout.lay_entity(catalogue, &mut made, &field.name, kind);
                    }
                    layout.lay_traits(catalogue, &mut made, (&field.name, kind), &mut below);
                    paths.refs.insert(field.name.clone(), below);
                }
            }
            layout.lay_event(catalogue, &mut made, id, &mut paths);
            layout.lay_steps(catalogue, id, &mut paths);
            layout.events.push(paths);
            layout.fields.push(fields);
        }
        layout
    }

    /// The slot.
    #[must_use]
    pub fn slot(&self, slot: Slot) -> Option<&SlotSpec> {
        self.slots.get(usize::from(slot.0))
    }

    /// The slot of `event.<name>` on this event type.
    #[must_use]
    pub fn event(&self, event: EventId, name: &str) -> Option<Slot> {
        self.events
            .get(usize::from(event.0))?
            .names
            .get(name)
            .copied()
    }

    /// The slot of `event.<field>.<name>` on this event type.
    #[must_use]
    pub fn event_ref(&self, event: EventId, field: &str, name: &str) -> Option<Slot> {
        let paths = self.events.get(usize::from(event.0))?;
        paths.refs.get(field)?.get(name).copied()
    }

    /// The slot of `customer.<tag>.<name>`.
    #[must_use]
    pub fn behind(&self, tag: &str, name: &str) -> Option<Slot> {
        self.behind.get(tag)?.get(name).copied()
    }

    fn add(&mut self, path: String, ty: Type, optional: bool, source: Source) -> Slot {
        let slot = Slot(u16::try_from(self.slots.len()).unwrap_or(u16::MAX));
        self.slots.push(SlotSpec {
            path,
            ty,
            optional,
            source,
        });
        slot
    }

    fn shared(
        &mut self,
        made: &mut HashMap<(String, String), Slot>,
        path: String,
        ty: Type,
        optional: bool,
        source: Source,
    ) -> Slot {
        let key = (path.clone(), format!("{ty:?} {optional} {source:?}"));
        if let Some(slot) = made.get(&key) {
            return *slot;
        }
        let slot = self.add(path, ty, optional, source);
        made.insert(key, slot);
        slot
    }

    fn lay_customer(&mut self, catalogue: &Catalogue) {
        for (at, tag) in (0u16..).zip(&catalogue.tags) {
            let path = format!("customer.{}", tag.name);
            let slot = self.add(path, tag.ty.clone(), tag.optional, Source::Tag(TagId(at)));
            self.customer.insert(tag.name.clone(), slot);
            self.lay_past(TagId(at), tag);
            self.lay_behind(catalogue, TagId(at), tag);
        }
        for (at, segment) in (0u16..).zip(&catalogue.segments) {
            let path = format!("customer.{}", segment.name);
            let slot = self.add(path, Type::Bool, false, Source::Segment(SegmentId(at)));
            self.customer.insert(segment.name.clone(), slot);
        }
        for (at, feature) in (0u16..).zip(&catalogue.features) {
            if feature.key != Key::Customer {
                continue;
            }
            let (ty, optional) = (feature.ty.clone(), feature.optional);
            let path = format!("customer.{}", feature.name);
            let slot = self.add(path, ty.clone(), optional, Source::CustomerFeature(at));
            self.customer.insert(feature.name.clone(), slot);
            if !feature.take.leaves_out() && feature.step.is_none() {
                let path = format!("customer.before.{}", feature.name);
                let slot = self.add(path, ty, optional, Source::Before(at));
                self.before.insert(feature.name.clone(), slot);
            }
        }
        self.lay_fences(catalogue);
        for (at, derived) in (0u16..).zip(&catalogue.derived) {
            if derived.on.is_empty() {
                let path = format!("customer.{}", derived.name);
                let slot = self.add(path, derived.ty.clone(), false, Source::CustomerDerived(at));
                self.customer.insert(derived.name.clone(), slot);
            }
        }
    }

    fn lay_fences(&mut self, catalogue: &Catalogue) {
        for (at, fence) in (0u16..).zip(&catalogue.places.fences) {
            let path = format!("customer.at(\"{}\")", fence.name);
            let slot = self.add(path, Type::Bool, false, Source::Fence(FenceId(at)));
            self.fences.insert(fence.name.clone(), slot);
        }
        if !catalogue.places.grades.is_empty() {
            let grades = Type::Symbol(catalogue.places.grades.clone());
            let slot = self.add(
                "customer.district".to_owned(),
                grades,
                true,
                Source::District,
            );
            self.customer.insert("district".into(), slot);
        }
    }

    /// What is read of a tag's past, and of how sure it is.
    fn lay_past(&mut self, id: TagId, tag: &Tag) {
        for (name, ms) in &tag.ago {
            let source = Source::TagAgo(id, *ms);
            let path = format!("customer.{name}");
            let slot = self.add(path, tag.ty.clone(), tag.optional, source);
            self.customer.insert(name.clone(), slot);
        }
        if tag.history.is_some() {
            let path = format!("customer.before.{}", tag.name);
            let slot = self.add(path, tag.ty.clone(), tag.optional, Source::TagBefore(id));
            self.before.insert(tag.name.clone(), slot);
        }
        if tag.has_confidence() {
            let name = tag.confidence_name();
            let path = format!("customer.{name}");
            let slot = self.add(path, Type::Decimal, true, Source::TagConfidence(id));
            self.customer.insert(name, slot);
        }
    }

    fn lay_event(
        &mut self,
        catalogue: &Catalogue,
        made: &mut HashMap<(String, String), Slot>,
        id: EventId,
        paths: &mut EventPaths,
    ) {
        let event = catalogue.event(id);
        for (at, feature) in (0u16..).zip(&catalogue.features) {
            let Key::Pair(kind) = feature.key else {
                continue;
            };
            let refers =
                |f: &&crate::catalogue::Field| f.ty == Type::Ref(kind) && !f.name.contains('.');
            if event.is_some_and(|e| e.fields.iter().filter(refers).count() == 1) {
                let path = format!("event.{}", feature.name);
                let (ty, source) = (feature.ty.clone(), Source::PairFeature(at));
                let slot = self.shared(made, path, ty, feature.optional, source);
                paths.names.insert(feature.name.clone(), slot);
            }
        }
        for (at, derived) in (0u16..).zip(&catalogue.derived) {
            if derived.on.contains(&id) {
                let path = format!("event.{}", derived.name);
                let source = Source::EventDerived(at);
                let slot = self.shared(made, path, derived.ty.clone(), false, source);
                paths.names.insert(derived.name.clone(), slot);
            }
        }
    }
}

impl Layout {
    /// What the conditions of patterns on this event type read of earlier steps.
    fn lay_steps(&mut self, catalogue: &Catalogue, id: EventId, paths: &mut EventPaths) {
        for (at, pattern) in (0u16..).zip(&catalogue.patterns) {
            let asked = pattern.conditions().filter(|c| c.on.contains(&id));
            for condition in asked.filter(|c| c.filter.is_some()) {
                for (step, unsure) in pattern.readable(condition.site) {
                    let Some(declared) = pattern.steps.get(step) else {
                        continue;
                    };
                    let hidden = pattern.hidden(condition.site, &declared.name);
                    let mut below = HashMap::new();
                    for (word, ty, optional) in Pattern::words(catalogue, declared) {
                        let path = format!("{}.{}", declared.name, word.name());
                        let name = Text::from(word.name());
                        let step = u16::try_from(step).unwrap_or(u16::MAX);
                        let source = Source::Step {
                            pattern: at,
                            step,
                            word,
                        };
                        below.insert(name, self.add(path, ty, optional || unsure, source));
                    }
                    paths.refs.insert(hidden.into(), below);
                }
            }
        }
    }
}

fn envelope() -> [(&'static str, Type, Source); 6] {
    [
        ("id", Type::Text, Source::EventId),
        ("type", Type::Text, Source::EventType),
        ("time", Type::Time, Source::EventTime),
        ("date", Type::Date, Source::EventDate),
        ("hour", Type::Int, Source::EventHour),
        ("weekday", Type::Int, Source::EventWeekday),
    ]
}
