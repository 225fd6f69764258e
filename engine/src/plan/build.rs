//! From a book to its plan.

use super::laying::{COUNTED, place_of};
use super::{
    CONDITIONS_MAX, CellOf, EntityRead, EventPlan, FeaturePlan, Intake, Plan, PlanError,
    SegmentPlan, TagSet, TrackPlan,
};
use crate::pattern::PatternPlan;
use crate::place::fences::Bands;
use crate::tally::Heard;
use crate::window::track::Shape;
use rules::book::{Book, ExpressionId};
use rules::catalogue::feature::{Feature, Key, Panes, Take};
use rules::catalogue::policy::{SuppressCause, Suppression};
use rules::catalogue::{Catalogue, Column, EventId, EventType, Family, TagId};
use rules::layout::{Slot, Source};
use rules::value::{Text, Type};
use std::collections::BTreeSet;

impl Plan {
    /// Lays out a book. `columns`: also read every declared feature, for `--features`.
    ///
    /// # Errors
    /// The book has more conditions than a plan can hold.
    pub fn build(book: &Book, columns: bool) -> Result<Self, PlanError> {
        let catalogue = &book.catalogue;
        let mut plan = Self {
            entity_tracks: vec![0; catalogue.entities.len()],
            pair_tracks: vec![0; catalogue.entities.len()],
            ..Self::default()
        };
        plan.lateness_max = catalogue.lateness_max();
        plan.audience_tags = catalogue.audiences.iter().map(|a| a.tag).collect();
        plan.audience_tags.sort_unstable();
        plan.audience_tags.dedup();
        plan.bands = Bands::of(&catalogue.places);
        plan.heard = Heard::of(book);
        for feature in &catalogue.features {
            let feature_plan = if let Take::Place(take) = feature.take {
                plan.lay_located(book, feature, take)?
            } else {
                let track = plan.track_for(book, feature.stream, feature.key, feature.step);
                plan.lay_feature(track, feature)?
            };
            plan.features.push(feature_plan);
        }
        plan.segments = (catalogue.segments.iter())
            .filter_map(|segment| {
                let (entered, left) = (segment.entered, segment.left);
                let slot = *book.layout.customer.get(&segment.name)?;
                (entered.is_some() || left.is_some()).then(|| SegmentPlan {
                    name: segment.name.clone(),
                    slot,
                    entered,
                    left,
                })
            })
            .collect();
        plan.patterns = PatternPlan::build(book, columns);
        for (at, event) in (0u16..).zip(&catalogue.events) {
            let event_plan = plan.lay_event(book, EventId(at), event, columns)?;
            plan.events.push(event_plan);
        }
        Ok(plan)
    }

    /// The track of a stream and key, in whole panes or event by event, made if it is new.
    pub(super) fn track_for(
        &mut self,
        book: &Book,
        stream: u16,
        key: Key,
        step: Option<Panes>,
    ) -> usize {
        let stream = book.catalogue.streams.get(usize::from(stream));
        let name = stream.map_or_else(Text::default, |s| s.name.clone());
        let same = |t: &TrackPlan| (&t.stream, t.key, t.step) == (&name, key, step);
        if let Some(at) = self.tracks.iter().position(same) {
            return at;
        }
        let counter = match key {
            Key::Customer => Some(&mut self.customer_tracks),
            Key::Entity(kind) => self.entity_tracks.get_mut(usize::from(kind.0)),
            Key::Pair(kind) => self.pair_tracks.get_mut(usize::from(kind.0)),
        };
        let place = counter.map_or(0, |n| {
            *n += 1;
            *n - 1
        });
        self.tracks.push(TrackPlan {
            stream: name,
            key,
            place,
            shape: Shape::default(),
            fields: Vec::new(),
            masks: Vec::new(),
            step,
            reach: 0,
        });
        self.tracks.len() - 1
    }

    pub(super) fn lay_feature(
        &mut self,
        at: usize,
        feature: &Feature,
    ) -> Result<FeaturePlan, PlanError> {
        let Some(track) = self.tracks.get_mut(at) else {
            return Err(PlanError(format!("`{}` has no track", feature.name)));
        };
        let window = track.lay(feature)?;
        track.reach = track.reach.max(window.reach());
        Ok(FeaturePlan {
            track: at,
            window,
            located: None,
        })
    }

    fn lay_event(
        &self,
        book: &Book,
        id: EventId,
        event: &EventType,
        columns: bool,
    ) -> Result<EventPlan, PlanError> {
        let catalogue = &book.catalogue;
        let mut plan = EventPlan {
            lateness: match (event.lateness, event.family) {
                (Some(own), _) => Some(own),
                // An answer may take its time: what it changes does not hang on the order.
                (None, Family::Outcome) => Some(catalogue.time.max_past),
                (None, _) => None,
            },
            record: book
                .record
                .get(usize::from(id.0))
                .cloned()
                .unwrap_or_default(),
            columns: columns_of(book, id),
            contacts: speaks_of_contact(&book.catalogue, id, event),
            fields: fields_by_slot(book, id),
            ..EventPlan::default()
        };
        for (at, track) in self.tracks.iter().enumerate() {
            let stream = catalogue.streams.iter().find(|s| s.name == track.stream);
            if let Some(stream) = stream.filter(|s| s.on.contains(&id)) {
                let filter = stream.filter.as_ref().map(|f| f.id);
                plan.lay_intakes(at, track, filter, event);
            }
        }
        plan.lay_places(book, id, event);
        self.lay_patterns(book, id, &mut plan);
        for (tag, at) in catalogue.tags.iter().zip(0u16..) {
            let setters = tag.set.iter().filter(|s| s.on == id);
            plan.tags.extend(setters.map(|s| TagSet {
                tag: TagId(at),
                from: s.from.id,
                confidence: s.confidence.as_ref().map(|sure| sure.id),
            }));
        }
        plan.lay_traits(catalogue, id, event);
        plan.entity_reads = entity_reads(book, id, event, &plan, columns);
        if plan.conditions.len() > CONDITIONS_MAX {
            let (name, most) = (&event.name, CONDITIONS_MAX);
            return Err(PlanError(format!(
                "`{name}` is in streams and patterns with more than {most} different conditions"
            )));
        }
        Ok(plan)
    }
}

impl EventPlan {
    /// One intake per way into the track: once for the customer, once per field that refers to the
    /// entity kind.
    fn lay_intakes(
        &mut self,
        at: usize,
        track: &TrackPlan,
        filter: Option<ExpressionId>,
        event: &EventType,
    ) {
        let filter = filter.map(|id| place_of(&mut self.conditions, &id));
        let masks: Vec<usize> = track
            .masks
            .iter()
            .map(|id| place_of(&mut self.conditions, id))
            .collect();
        let field = |name: &str| event.fields.iter().position(|f| f.name == name);
        let cells = |name: &Text| match name.strip_prefix(COUNTED) {
            None => CellOf::Field(field(name)),
            Some("") => CellOf::Event,
            Some(name) => CellOf::Having(field(name)),
        };
        let intake = |entity| Intake {
            track: at,
            filter,
            masks: masks.clone(),
            entity,
            cells: track.fields.iter().map(cells).collect(),
        };
        let (kind, list) = match track.key {
            Key::Customer => {
                self.customer.push(intake(None));
                return;
            }
            Key::Entity(kind) => (kind, &mut self.entity),
            Key::Pair(kind) => (kind, &mut self.pair),
        };
        let refers = event
            .fields
            .iter()
            .enumerate()
            .filter(|(_, f)| f.ty == Type::Ref(kind));
        list.extend(refers.map(|(field, _)| intake(Some(field))));
    }
}

/// True when an event of this type can give consent, answer an action, or start or end a suppression.
fn speaks_of_contact(catalogue: &Catalogue, id: EventId, event: &EventType) -> bool {
    let suppresses = |s: &Suppression| s.cause == SuppressCause::Event(id) || s.until == Some(id);
    event.family == Family::Outcome
        || catalogue.consent.as_ref().is_some_and(|c| c.on == id)
        || catalogue.suppressions.iter().any(suppresses)
}

fn fields_by_slot(book: &Book, id: EventId) -> Vec<Option<u16>> {
    let mut places = vec![None; book.layout.slots.len()];
    let slots = book.layout.fields.get(usize::from(id.0));
    for (slot, at) in slots.into_iter().flatten().zip(0u16..) {
        if let Some(place) = places.get_mut(usize::from(slot.0)) {
            *place = Some(at);
        }
    }
    places
}

fn columns_of(book: &Book, id: EventId) -> Vec<Option<Slot>> {
    let (catalogue, layout) = (&book.catalogue, &book.layout);
    let on_event = |wanted: &dyn Fn(&Source) -> bool| {
        let paths = layout.events.get(usize::from(id.0))?;
        let refs = paths.refs.values().flat_map(|below| below.values());
        let mut slots: Vec<Slot> = paths.names.values().chain(refs).copied().collect();
        slots.sort_unstable();
        slots
            .into_iter()
            .find(|s| layout.slot(*s).is_some_and(|spec| wanted(&spec.source)))
    };
    let column = |column: &Column| match column {
        Column::Derived(at) => {
            let derived = catalogue.derived.get(usize::from(*at))?;
            if derived.on.is_empty() {
                return layout.customer.get(&derived.name).copied();
            }
            on_event(&|s| *s == Source::EventDerived(*at))
        }
        Column::Feature(at) => {
            let feature = catalogue.features.get(usize::from(*at))?;
            match feature.key {
                Key::Customer => layout.customer.get(&feature.name).copied(),
                Key::Pair(_) => on_event(&|s| *s == Source::PairFeature(*at)),
                Key::Entity(_) => on_event(
                    &|s| matches!(s, Source::EntityFeature { feature, .. } if feature == at),
                ),
            }
        }
    };
    catalogue.columns.iter().map(column).collect()
}

/// The entity features that a rule, an expression or a column reads on this event type.
fn entity_reads(
    book: &Book,
    id: EventId,
    event: &EventType,
    plan: &EventPlan,
    columns: bool,
) -> Vec<EntityRead> {
    let mut wanted: BTreeSet<Slot> = plan.record.iter().copied().collect();
    if columns {
        wanted.extend(plan.columns.iter().flatten());
    }
    for rule in book.rules_on(id).iter().filter_map(|ix| book.rule(*ix)) {
        wanted.extend(rule.bodies.iter().flat_map(|b| &b.reads));
        let operands = rule
            .operands
            .iter()
            .filter_map(|o| book.expression(o.expression));
        wanted.extend(operands.flat_map(|e| &e.reads));
    }
    for derived in book.catalogue.derived.iter().filter(|d| d.on.contains(&id)) {
        if let Some(expression) = book.expression(derived.value.id) {
            wanted.extend(&expression.reads);
        }
    }
    // Whether a window is cut is asked of the window.
    let behind = wanted
        .iter()
        .filter_map(|slot| match book.layout.slot(*slot)?.source {
            Source::Truncated(of) => Some(of),
            _ => None,
        });
    let behind: Vec<Slot> = behind.collect();
    wanted.extend(behind);
    let read = |slot: &Slot| match &book.layout.slot(*slot)?.source {
        Source::EntityFeature { field, feature } => Some(EntityRead {
            field: event.fields.iter().position(|f| f.name == *field)?,
            feature: usize::from(*feature),
            slot: *slot,
        }),
        _ => None,
    };
    wanted.iter().filter_map(read).collect()
}
