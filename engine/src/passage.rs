//! The passage of state from one book to the next: what of the former is what of the new one. Things
//! are told by their names, and tracks by all that gives their rows their meaning.

mod places;

use crate::pattern::carry::PatternWay;
use crate::plan::{Plan, TrackPlan};
use crate::tally::Heirs;
use rules::book::{Book, ExpressionId};
use rules::catalogue::feature::{Key, Stream};
use rules::catalogue::{Catalogue, EventId, History, TagId};
use rules::value::{EntityKey, EntityKind, Text, Value};

/// What of a former book is what of a new one.
#[derive(Clone, Debug, Default)]
pub struct Passage {
    /// By former tag.
    tags: Vec<Option<TagId>>,
    /// By new tag: how much of its past is kept.
    histories: Vec<Option<History>>,
    /// By former entity kind.
    kinds: Vec<Option<EntityKind>>,
    /// By new track.
    ways: Vec<Option<Way>>,
    /// The same by what a track is kept by, in the order of their places.
    customer: Vec<Option<Way>>,
    entity: Vec<Vec<Option<Way>>>,
    pair: Vec<Vec<Option<Way>>>,
    places: places::Ways,
    /// By former pattern.
    patterns: Vec<Option<PatternWay>>,
    /// By new rule.
    rules: Heirs,
    /// How far back the contacts of a customer and the ids of events have to reach is the same.
    is_same: bool,
}

/// How a track goes on.
#[derive(Clone, Debug)]
pub struct Way {
    /// The former track, by place in its plan.
    pub from: usize,
    /// Its place among the tracks of its key.
    pub(crate) place: usize,
    /// By new cell: the former one.
    pub cells: Vec<Option<usize>>,
    /// By new mask bit: the former one.
    masks: Vec<Option<usize>>,
    /// Rows stay as they are.
    pub(crate) as_is: bool,
}

impl Way {
    /// The former mask of a new one; both are one bit.
    #[must_use]
    pub fn mask(&self, bit: u32) -> Option<u32> {
        let at = usize::try_from(bit.trailing_zeros()).ok()?;
        let old = self.masks.get(at).copied().flatten()?;
        1u32.checked_shl(u32::try_from(old).ok()?)
    }

    /// A former mask of a row as the new track has it.
    pub(crate) fn masked(&self, mask: u32) -> u32 {
        let bit = |(at, from): (usize, &Option<usize>)| {
            let set = from.is_some_and(|from| mask & (1 << from) != 0);
            u32::from(set) << at
        };
        self.masks.iter().enumerate().map(bit).sum()
    }
}

impl Passage {
    /// From a book with its plan to another.
    #[must_use]
    pub fn of(old: (&Book, &Plan), new: (&Book, &Plan)) -> Self {
        let (was, is) = (&old.0.catalogue, &new.0.catalogue);
        let kinds = was.entities.iter().map(|kind| is.entity_named(&kind.name));
        let mut passage = Self {
            tags: was.tags.iter().map(|tag| heir(is, &tag.name)).collect(),
            histories: is.tags.iter().map(|tag| tag.history).collect(),
            kinds: kinds.collect(),
            entity: vec![Vec::new(); is.entities.len()],
            pair: vec![Vec::new(); is.entities.len()],
            patterns: PatternWay::all(old.1, new.1),
            rules: Heirs::of(old.0, new.0),
            ..Self::default()
        };
        for track in &new.1.tracks {
            let way = passage.find(old, new, track);
            // What two lay claim to goes to the first.
            let is_free = |way: &Way| passage.ways.iter().flatten().all(|w| w.from != way.from);
            let way = way.filter(is_free);
            passage.ways.push(way.clone());
            let place = match track.key {
                Key::Customer => Some(&mut passage.customer),
                Key::Entity(kind) => passage.entity.get_mut(usize::from(kind.0)),
                Key::Pair(kind) => passage.pair.get_mut(usize::from(kind.0)),
            };
            if let Some(ways) = place {
                ways.push(way);
            }
        }
        passage.places = places::Ways::of(old.0, new.0);
        passage.is_same = passage.stays(old, new);
        passage
    }

    /// How a track of the new plan, by its place there, goes on; `None`: it begins empty.
    #[must_use]
    pub fn way(&self, track: usize) -> Option<&Way> {
        self.ways.get(track)?.as_ref()
    }

    /// State stays as it is, place by place.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.is_same
    }

    pub(crate) fn rules(&self) -> &Heirs {
        &self.rules
    }

    pub(crate) fn customer(&self) -> &[Option<Way>] {
        &self.customer
    }

    pub(crate) fn entity(&self, kind: EntityKind) -> &[Option<Way>] {
        self.entity
            .get(usize::from(kind.0))
            .map_or(&[], Vec::as_slice)
    }

    pub(crate) fn pair(&self, kind: EntityKind) -> &[Option<Way>] {
        self.pair
            .get(usize::from(kind.0))
            .map_or(&[], Vec::as_slice)
    }

    /// Who is within a fence of that name still is.
    pub(crate) fn fence(&self, name: &str) -> bool {
        self.places.fence(name)
    }

    /// What a former haunt is called now, if it goes on.
    pub(crate) fn haunt(&self, name: &str) -> Option<&Text> {
        self.places.haunt(name)
    }

    pub(crate) fn patterns(&self) -> &[Option<PatternWay>] {
        &self.patterns
    }

    pub(crate) fn tag(&self, tag: TagId) -> Option<TagId> {
        self.tags.get(usize::from(tag.0)).copied().flatten()
    }

    /// How much of the past of a tag of the new book is kept.
    pub(crate) fn history(&self, tag: TagId) -> Option<History> {
        self.histories.get(usize::from(tag.0)).copied().flatten()
    }

    /// An entity as the new book knows it; `None` where it has no such kind.
    pub(crate) fn key(&self, key: EntityKey) -> Option<EntityKey> {
        let kind = self.kinds.get(usize::from(key.kind.0)).copied().flatten()?;
        Some(EntityKey { kind, id: key.id })
    }

    /// A value with its entities; `None` where the new book has no such kind.
    pub(crate) fn value(&self, value: Value) -> Option<Value> {
        match value {
            Value::Ref(key) => self.key(key).map(Value::Ref),
            Value::List(items) => {
                let items = items.into_iter().map(|item| self.value(item));
                items.collect::<Option<_>>().map(Value::List)
            }
            other => Some(other),
        }
    }

    /// The former track that has the same rows. One whose stream has another name is found by a window
    /// that says what it was called.
    fn find(&self, old: (&Book, &Plan), new: (&Book, &Plan), track: &TrackPlan) -> Option<Way> {
        let own = Told::of(new.0, track)?;
        let claims =
            |told: &Told<'_>, at: usize| told.stream == own.stream || renamed(old, new, at, track);
        let (from, told) = old.1.tracks.iter().enumerate().find_map(|(at, former)| {
            let told = Told::of(old.0, former)?;
            let key = match former.key {
                Key::Customer => Some(Key::Customer),
                Key::Entity(kind) => self.kind(kind).map(Key::Entity),
                Key::Pair(kind) => self.kind(kind).map(Key::Pair),
            };
            let same = key == Some(track.key)
                && former.step == track.step
                && (&told.on, told.only) == (&own.on, own.only);
            (same && claims(&told, at)).then_some((at, told))
        })?;
        let former = old.1.tracks.get(from)?;
        let cells: Vec<Option<usize>> = (track.fields.iter())
            .map(|field| former.fields.iter().position(|f| f == field))
            .collect();
        let masks: Vec<Option<usize>> = (own.masks.iter())
            .map(|mask| told.masks.iter().position(|m| m == mask))
            .collect();
        let as_is =
            former.shape == track.shape && former.fields == track.fields && told.masks == own.masks;
        Some(Way {
            from,
            place: former.place,
            cells,
            masks,
            as_is,
        })
    }

    fn kind(&self, kind: EntityKind) -> Option<EntityKind> {
        self.kinds.get(usize::from(kind.0)).copied().flatten()
    }

    /// Nothing moves, nothing is dropped, and nothing is kept for a shorter time.
    fn stays(&self, old: (&Book, &Plan), new: (&Book, &Plan)) -> bool {
        let tags = (0u16..).map(TagId).zip(&self.tags);
        let kinds = (0u16..).map(EntityKind).zip(&self.kinds);
        let ways = self.ways.iter().enumerate();
        let tracks = old.1.tracks.iter().zip(&new.1.tracks);
        let (was, is) = (&old.0.catalogue, &new.0.catalogue);
        tags.into_iter().all(|(at, to)| *to == Some(at))
            && (was.tags.iter().zip(&is.tags)).all(|(old, new)| old.history == new.history)
            && kinds.into_iter().all(|(at, to)| *to == Some(at))
            && was.entities.len() == is.entities.len()
            && old.1.tracks.len() == new.1.tracks.len()
            && ways
                .into_iter()
                .all(|(at, way)| way.as_ref().is_some_and(|way| way.as_is && way.from == at))
            && tracks
                .into_iter()
                .all(|(old, new)| old.place == new.place && old.reach == new.reach)
            && PatternWay::stays(&self.patterns, old.1, new.1)
            && old.1.lateness_max == new.1.lateness_max
            && self.places.stays()
            && was.time.duplicates == is.time.duplicates
            && was.time.max_past == is.time.max_past
            && crate::contacts::Horizon::of(old.0) == crate::contacts::Horizon::of(new.0)
    }
}

/// The tag that has this name, or had it before.
fn heir(catalogue: &Catalogue, name: &Text) -> Option<TagId> {
    let renamed = || {
        let mut tags = (0u16..).zip(&catalogue.tags);
        let found = tags.find(|(_, tag)| tag.was.as_ref() == Some(name));
        found.map(|(at, _)| TagId(at))
    };
    catalogue.tag_named(name).or_else(renamed)
}

/// True when a window of the new track was a window of the former one.
fn renamed(old: (&Book, &Plan), new: (&Book, &Plan), former: usize, track: &TrackPlan) -> bool {
    let (was, is) = (&old.0.catalogue, &new.0.catalogue);
    let old_stream_stays = old
        .1
        .tracks
        .get(former)
        .is_some_and(|former| is.streams.iter().any(|stream| stream.name == former.stream));
    let on_track = |laid: &crate::plan::FeaturePlan| {
        let on = new.1.tracks.get(laid.track);
        on.is_some_and(|on| on.key == track.key && on.place == track.place)
    };
    let claims = |name: &Text| {
        let mut features = was.features.iter().zip(&old.1.features);
        features.any(|(feature, laid)| feature.name == *name && laid.track == former)
    };
    let mut features = is.features.iter().zip(&new.1.features);
    !old_stream_stays
        && features
            .any(|(feature, laid)| on_track(laid) && feature.was.as_ref().is_some_and(claims))
}

/// What gives the rows of a track their meaning.
struct Told<'b> {
    stream: &'b Text,
    /// Its event types by name, sorted.
    on: Vec<&'b Text>,
    only: Option<&'b str>,
    masks: Vec<&'b str>,
}

impl<'b> Told<'b> {
    fn of(book: &'b Book, track: &TrackPlan) -> Option<Self> {
        let text = |id: ExpressionId| book.expression(id).map(|e| e.text.as_str());
        let mut streams = book.catalogue.streams.iter();
        let stream: &Stream = streams.find(|stream| stream.name == track.stream)?;
        let name = |id: &EventId| book.catalogue.event(*id).map(|event| &event.name);
        let mut on: Vec<&Text> = stream.on.iter().filter_map(name).collect();
        on.sort_unstable();
        Some(Self {
            stream: &stream.name,
            on,
            only: stream.filter.as_ref().and_then(|filter| text(filter.id)),
            masks: track.masks.iter().filter_map(|id| text(*id)).collect(),
        })
    }
}
