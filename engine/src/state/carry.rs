//! State of one book made state of the next.

use super::customer::Customer;
use super::{Group, State};
use crate::contacts::Horizon;
use crate::passage::{Passage, Way};
use crate::pattern::carry::carried;
use crate::plan::{Plan, TrackPlan};
use crate::shard::patterns::{MARK, timer_name};
use crate::state::tracks::Tracks;
use crate::window::track::{Cell, Track};
use rules::catalogue::feature::Key;

/// What state is carried over by.
pub(crate) struct Carry<'a> {
    pub(crate) passage: &'a Passage,
    /// The new one.
    pub(crate) plan: &'a Plan,
    /// How far back contact history has to reach now.
    pub(crate) horizon: &'a Horizon,
    /// The horizon of duplicate suppression now, ms.
    pub(crate) duplicates: i64,
}

impl State {
    /// Everything that the new book knows stays, where it has its place now.
    pub(crate) fn carry(&mut self, carry: &Carry<'_>) {
        for group in &mut self.groups {
            group.carry(carry);
        }
    }
}

impl Group {
    fn carry(&mut self, carry: &Carry<'_>) {
        for customer in self.customers.values_mut() {
            customer.carry(carry);
        }
        let entities = std::mem::take(&mut self.entities);
        let entities = entities.into_all().filter_map(|(key, tracks)| {
            let key = carry.passage.key(key)?;
            let (ways, of) = (carry.passage.entity(key.kind), Key::Entity(key.kind));
            let tracks = carry.tracks(tracks, of, ways)?;
            Some((key, tracks))
        });
        self.entities = entities.collect();
        self.carry_deadlines(carry.plan);
    }
}

impl Group {
    /// Deadlines of patterns under the names they have now.
    fn carry_deadlines(&mut self, plan: &Plan) {
        self.timers.retain(|(_, _, name)| !name.starts_with(MARK));
        for (id, customer) in self.customers.iter() {
            for (place, due) in &customer.deadlines {
                if let Some(pattern) = plan.patterns.get(*place) {
                    let name = timer_name(&pattern.name);
                    self.timers.insert((*due, id.clone(), name));
                }
            }
        }
    }
}

impl Customer {
    fn carry(&mut self, carry: &Carry<'_>) {
        let newest = self.newest;
        let passage = carry.passage;
        self.tags.carry(passage);
        let windows = std::mem::replace(&mut self.windows, Tracks::NOTHING);
        let windows = carry.tracks(windows, Key::Customer, passage.customer());
        self.windows = windows.unwrap_or_else(|| Tracks::new(carry.plan.customer_tracks));
        let pairs = std::mem::take(&mut self.pairs);
        let pairs = pairs.into_iter().filter_map(|(key, tracks)| {
            let key = passage.key(key)?;
            let (ways, of) = (passage.pair(key.kind), Key::Pair(key.kind));
            let tracks = carry.tracks(tracks, of, ways)?;
            Some((key, tracks))
        });
        self.pairs = pairs.collect();
        let standings = std::mem::take(&mut self.patterns);
        let value = |value| passage.value(value);
        self.patterns = carried(standings, passage.patterns(), &value);
        self.deadlines.clear();
        for (place, standing) in &self.patterns {
            let pattern = carry.plan.patterns.get(*place);
            if let Some(due) = pattern.and_then(|pattern| standing.due(pattern)) {
                self.deadlines.insert(*place, due);
            }
        }
        self.contacts.carry(passage);
        self.contacts.trim(carry.horizon, newest);
        self.seen.trim(newest, carry.duplicates);
        if let Some(places) = &mut self.places {
            places.keep(
                |fence| passage.fence(fence),
                |haunt| passage.haunt(haunt).cloned(),
            );
        }
    }
}

impl Carry<'_> {
    /// Tracks as the new plan lays them out, without what no window of it can reach; `None` when
    /// nothing is left.
    fn tracks(&self, tracks: Tracks, key: Key, ways: &[Option<Way>]) -> Option<Tracks> {
        let (newest, mut former) = tracks.into_parts();
        let plans = self.plan.tracks.iter().filter(|track| track.key == key);
        let mut carried = Vec::with_capacity(ways.len());
        for (way, plan) in ways.iter().zip(plans) {
            let found = way.as_ref().and_then(|way| {
                let track = std::mem::take(former.get_mut(way.place)?);
                Some(moved(track, way, plan))
            });
            let mut track = found.unwrap_or_default();
            track.trim(&plan.shape, self.plan.floor(plan, track.newest()));
            carried.push(track);
        }
        let is_empty = carried.iter().all(Track::is_empty);
        (!is_empty).then(|| Tracks::of_parts(newest, carried))
    }
}

/// A track with its cells and masks where the new plan has them.
fn moved(track: Track, way: &Way, plan: &TrackPlan) -> Track {
    if way.as_is {
        return track;
    }
    let mut anew = Track::default();
    for (order, mask, cells) in track.iter() {
        let cell = |from: &Option<usize>| -> Cell {
            let cell = from.and_then(|from| cells.get(from));
            cell.cloned().unwrap_or_default()
        };
        let cells = way.cells.iter().map(cell);
        plan.put(&mut anew, order, way.masked(mask), cells);
    }
    anew
}
