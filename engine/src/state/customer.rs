//! One customer: newest event, windows, tags, contact history, timers, patterns.

use super::membership::Membership;
use super::seen::{Fingerprint, Seen};
use super::tags::{TagValue, Tags};
use super::timers::{Cause, Timer, Timers};
use super::tracks::Tracks;
use crate::change::Change;
use crate::contacts::Contacts;
use crate::limits::{PAIRS_PER_CUSTOMER_MAX, TIMERS_PER_CUSTOMER_MAX};
use crate::pattern::Standing;
use crate::place::whereabouts::Whereabouts;
use crate::plan::Plan;
use rules::catalogue::Catalogue;
use rules::value::{Day, EntityKey, Text, Value};
use std::collections::BTreeMap;

/// Everything known of one customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Time of the newest event taken, ms.
    pub newest: i64,
    /// The same of events whose step was made: a batch is taken before its steps are.
    pub stepped: i64,
    /// Tags.
    pub tags: Tags,
    /// Windows of the customer.
    pub windows: Tracks,
    /// Windows of the customer with an entity.
    pub pairs: BTreeMap<EntityKey, Tracks>,
    /// What was said, and what was answered.
    pub contacts: Contacts,
    /// Events taken, for duplicate suppression.
    pub seen: Seen,
    /// The segments that rules are told the changes of.
    pub segments: Membership,
    /// Pending timers.
    pub timers: Timers,
    /// What stands of patterns, by place in [`Plan::patterns`].
    pub patterns: BTreeMap<usize, Standing>,
    /// The earliest deadline of each pattern that has one, ms.
    pub deadlines: BTreeMap<usize, i64>,
    /// Where it is, for fences and haunts.
    pub places: Option<Box<Whereabouts>>,
}

impl Customer {
    /// A customer nobody has heard of.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            newest: i64::MIN,
            stepped: i64::MIN,
            tags: Tags::default(),
            windows: Tracks::new(plan.customer_tracks),
            pairs: BTreeMap::new(),
            contacts: Contacts::default(),
            seen: Seen::default(),
            segments: Membership::default(),
            timers: Timers::default(),
            patterns: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            places: None,
        }
    }

    /// Where it is, for fences and haunts.
    #[must_use]
    pub fn whereabouts(&self) -> &Whereabouts {
        static NOTHING: Whereabouts = Whereabouts::NOTHING;
        self.places.as_deref().unwrap_or(&NOTHING)
    }

    /// The windows with an entity, made if there is room.
    pub fn pair_mut(&mut self, plan: &Plan, key: &EntityKey) -> Option<&mut Tracks> {
        if !self.pairs.contains_key(key) && self.pairs.len() >= PAIRS_PER_CUSTOMER_MAX {
            let oldest = self
                .pairs
                .iter()
                .min_by_key(|(_, t)| t.newest)
                .map(|(k, _)| k.clone());
            self.pairs.remove(&oldest?);
        }
        let tracks = self.pairs.entry(key.clone());
        Some(tracks.or_insert_with(|| Tracks::new(plan.pair_tracks(key.kind))))
    }

    /// Forgets what of patterns no event at `from` or later can change.
    pub fn trim_patterns(&mut self, plan: &Plan, from: i64) {
        self.patterns.retain(|place, standing| {
            if let Some(pattern) = plan.patterns.get(*place) {
                standing.trim(pattern, from);
            }
            !standing.is_empty()
        });
    }

    /// Takes an event: no other of its name is taken within the horizon.
    pub fn take(&mut self, print: Fingerprint, digest: u64, time: i64, horizon: i64) {
        self.newest = self.newest.max(time);
        self.seen.take(print, digest, time, self.newest, horizon);
    }

    fn set_tag(&mut self, catalogue: &Catalogue, tag: &Text, value: TagValue) {
        if let Some(id) = catalogue.tag_named(tag) {
            let history = catalogue.tag(id).and_then(|tag| tag.history);
            self.tags.set(id, value, history);
        }
    }

    /// A dated timer pends for a day, and whatever pended under its name no longer does.
    fn arm(&mut self, name: Text, day: Day, due: i64, timers: &mut Vec<(i64, Text, bool)>) {
        let cause = Cause::Date(day);
        if let Some(old) = self.timers.insert(name.clone(), Timer { due, cause }) {
            timers.push((old.due, name.clone(), false));
        }
        timers.push((due, name, true));
    }

    /// A timer has fired, and pends no longer.
    pub fn fired(&mut self, name: &Text) {
        if let Some(Timer {
            cause: Cause::Date(day),
            ..
        }) = self.timers.remove(name)
        {
            self.timers.note_done(name.clone(), day);
        }
    }

    /// Writes a change. Timers that start and end are told to `timers`: (due, name, starts).
    pub fn apply(
        &mut self,
        catalogue: &Catalogue,
        change: Change,
        timers: &mut Vec<(i64, Text, bool)>,
    ) {
        match change {
            Change::TagSet {
                tag,
                value,
                at,
                seq,
                expires,
                by,
                confidence,
            } => {
                let value = TagValue {
                    value,
                    at,
                    seq,
                    expires,
                    by,
                    confidence,
                };
                self.set_tag(catalogue, &tag, value);
            }
            Change::TagUnset { tag, at, seq } => {
                let value = TagValue {
                    value: Value::Missing,
                    at,
                    seq,
                    expires: None,
                    by: Text::default(),
                    confidence: None,
                };
                self.set_tag(catalogue, &tag, value);
            }
            Change::TimerSet { name, due, by } => {
                if let Some(old) = self.timers.remove(&name) {
                    timers.push((old.due, name.clone(), false));
                }
                if self.timers.len() < TIMERS_PER_CUSTOMER_MAX {
                    timers.push((due, name.clone(), true));
                    let cause = Cause::Rule(by);
                    self.timers.insert(name, Timer { due, cause });
                }
            }
            Change::TimerForgotten { name } => {
                if let Some(old) = self.timers.remove(&name) {
                    timers.push((old.due, name, false));
                }
            }
            Change::Located(_) | Change::FenceTurned { .. } | Change::HauntSeen { .. } => {
                self.places.get_or_insert_default().apply(change);
            }
            Change::TimerArmed { name, day, due } => {
                // The catalogue's own text where it has it: a million customers share it.
                let known = catalogue.dated_named(&name).map(|timer| timer.name.clone());
                self.arm(known.unwrap_or(name), day, due, timers);
            }
            Change::TimerDone { name, day } => self.timers.note_done(name, day),
            Change::SegmentSet { name, inside } => {
                let mut segments = catalogue.segments.iter();
                let known = segments.find(|segment| segment.name == name);
                let name = known.map_or(name, |segment| segment.name.clone());
                self.segments.set(name, inside);
            }
            // Whoever knows the plan puts it to its place.
            Change::PatternKept(_) => {}
            contact => self.contacts.apply(&contact),
        }
    }
}
