//! The tracks of one key: a customer, an entity, or a customer with an entity.

mod located;

use crate::limits::ENTRIES_PER_TRACK_MAX;
use crate::plan::{FeaturePlan, Plan, TrackPlan};
use crate::window::reader::Reader;
use crate::window::track::{Cell, Order, Track};
use rules::catalogue::feature::Key;
use rules::value::Value;

/// The tracks of one key, and its newest event.
#[derive(Clone, Debug)]
pub struct Tracks {
    /// Time of the newest event these tracks took, ms.
    pub newest: i64,
    tracks: Vec<Track>,
}

impl Tracks {
    /// Tracks of a key that nobody has heard of.
    pub const NOTHING: Self = Self {
        newest: i64::MIN,
        tracks: Vec::new(),
    };

    /// Empty tracks.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self {
            newest: i64::MIN,
            tracks: vec![Track::default(); count],
        }
    }

    /// The newest event, and the tracks in the order of their places.
    pub(crate) fn into_parts(self) -> (i64, Vec<Track>) {
        (self.newest, self.tracks)
    }

    /// The same put together.
    pub(crate) fn of_parts(newest: i64, tracks: Vec<Track>) -> Self {
        Self { newest, tracks }
    }

    /// Takes an event into one track, and lets go of what no window can reach any more.
    pub fn insert(
        &mut self,
        plan: &Plan,
        track: &TrackPlan,
        order: Order,
        mask: u32,
        cells: impl IntoIterator<Item = Cell>,
    ) {
        self.newest = self.newest.max(order.time);
        let Some(kept) = self.tracks.get_mut(track.place) else {
            return;
        };
        let time = track.place_of(order, mask).time;
        let floor = plan.floor(track, kept.newest().max(time));
        if time > floor {
            track.put(kept, order, mask, cells);
        }
        kept.trim(&track.shape, floor);
        kept.shed(&track.shape, ENTRIES_PER_TRACK_MAX);
    }

    /// Lets go of what no reader from `now` ms on can reach, with its memory.
    pub fn trim(&mut self, plan: &Plan, key: Key, now: i64) {
        for track in plan.tracks.iter().filter(|track| track.key == key) {
            let Some(kept) = self.tracks.get_mut(track.place) else {
                continue;
            };
            kept.trim(&track.shape, plan.floor(track, now));
            if kept.is_empty() {
                // Gives back what it had room for.
                *kept = Track::EMPTY;
            }
        }
    }

    /// Looks at what the next events will need of these keys, and gives a word of it: first at the heads of all
    /// tracks, then at what they point to. So memory comes for many keys at once: nothing waits for the head of
    /// one track before it asks for that of the next.
    #[must_use]
    pub fn touch(ahead: &[&Self]) -> i64 {
        let tracks = || ahead.iter().flat_map(|tracks| &tracks.tracks);
        let heads = tracks().fold(0, |all, track| all ^ track.touch_head());
        tracks().fold(heads, |all, track| all ^ track.touch())
    }

    /// True when no track holds anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.tracks.iter().all(Track::is_empty)
    }

    /// What a feature says to its reader.
    #[must_use]
    pub fn read(&self, plan: &Plan, feature: &FeaturePlan, reader: &Reader<'_>) -> Value {
        if let Some(located) = &feature.located {
            return self.located(plan, feature, located, reader.order, reader.before);
        }
        let Some((track, kept, floor)) = self.found(plan, feature) else {
            return Value::Missing;
        };
        feature.window.read(&track.shape, kept, reader, floor)
    }

    /// True when the value that was read is not all there is.
    #[must_use]
    pub fn is_truncated(
        &self,
        plan: &Plan,
        feature: &FeaturePlan,
        reader: &Reader<'_>,
        value: &Value,
    ) -> bool {
        let found = self
            .found(plan, feature)
            .filter(|_| feature.located.is_none());
        found.is_some_and(|(track, kept, floor)| {
            let window = &feature.window;
            window.is_truncated(&track.shape, kept, reader, floor, value)
        })
    }

    /// True when an event of the window came behind a later one.
    #[must_use]
    pub fn is_corrected(&self, plan: &Plan, feature: &FeaturePlan, reader: &Reader<'_>) -> bool {
        let found = self
            .found(plan, feature)
            .filter(|_| feature.located.is_none());
        found.is_some_and(|(track, kept, floor)| {
            let window = &feature.window;
            window.is_corrected(&track.shape, kept, reader, floor)
        })
    }

    /// The track of a feature, and the instant up to which its events are out of reach.
    fn found<'p>(
        &self,
        plan: &'p Plan,
        feature: &FeaturePlan,
    ) -> Option<(&'p TrackPlan, &Track, i64)> {
        static EMPTY: Track = Track::EMPTY;
        let track = plan.tracks.get(feature.track)?;
        let kept = self.tracks.get(track.place).unwrap_or(&EMPTY);
        let window = &feature.window;
        let floor = floor(kept.newest(), plan.lateness_max, window.reach());
        Some((track, kept, floor))
    }

    /// Bytes it takes, itself not counted.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let own = self.tracks.capacity() * size_of::<Track>();
        own + self.tracks.iter().map(Track::bytes).sum::<usize>()
    }

    /// The track at a place.
    #[must_use]
    pub fn track(&self, place: usize) -> Option<&Track> {
        self.tracks.get(place)
    }

    /// The tracks with their plans, for the state hash.
    pub fn iter<'a>(
        &'a self,
        plans: impl Iterator<Item = &'a TrackPlan>,
    ) -> impl Iterator<Item = (&'a TrackPlan, &'a Track)> {
        plans.filter_map(|plan| Some((plan, self.tracks.get(plan.place)?)))
    }
}

impl Plan {
    /// Events of a track at or before this instant are out of reach: see [`floor`].
    pub(crate) fn floor(&self, track: &TrackPlan, newest: i64) -> i64 {
        floor(newest, self.lateness_max, track.reach)
    }
}

/// Events at or before this instant are out of reach: the stream's newest event of this key, less the
/// lateness that is waited for, less the window. Nobody within the lateness looks further back. Of an
/// entity, customers whose clocks are further apart than that share what is above it.
fn floor(newest: i64, lateness: i64, reach: i64) -> i64 {
    newest.saturating_sub(lateness).saturating_sub(reach)
}

/// A value as a cell of a track.
#[must_use]
pub fn cell(value: &Value) -> Cell {
    match value {
        Value::Missing | Value::Place(..) | Value::List(_) => Cell::Empty,
        Value::Bool(b) => Cell::Number(i64::from(*b)),
        Value::Int(n) | Value::Duration(n) | Value::Time(n) => Cell::Number(*n),
        Value::Money(m) => m.to_minor().map_or(Cell::Empty, Cell::Number),
        Value::Date(day) => Cell::Number(i64::from(day.0)),
        Value::Decimal(d) => Cell::Decimal(*d),
        Value::Text(t) => Cell::Text(t.clone()),
        Value::Ref(key) => Cell::Text(key.id.clone()),
    }
}

#[cfg(test)]
mod tests;
