//! One customer: newest event, windows, tags, contact history, timers, patterns.

use super::seen::{Fingerprint, Seen};
use super::tags::{TagValue, Tags};
use super::tracks::Tracks;
use crate::change::Change;
use crate::contacts::Contacts;
use crate::limits::{PAIRS_PER_CUSTOMER_MAX, TIMERS_PER_CUSTOMER_MAX};
use crate::pattern::Standing;
use crate::plan::Plan;
use rules::catalogue::Catalogue;
use rules::value::{EntityKey, Text, Value};
use std::collections::BTreeMap;

/// A pending timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Its deadline, ms.
    pub due: i64,
    /// The rule that asked for it.
    pub by: Text,
}

/// Everything known of one customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Time of the newest event taken, ms.
    pub newest: i64,
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
    /// Pending timers by name.
    pub timers: BTreeMap<Text, Timer>,
    /// What stands of patterns, by place in [`Plan::patterns`].
    pub patterns: BTreeMap<usize, Standing>,
    /// The earliest deadline of each pattern that has one, ms.
    pub deadlines: BTreeMap<usize, i64>,
}

impl Customer {
    /// A customer nobody has heard of.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            newest: i64::MIN,
            tags: Tags::default(),
            windows: Tracks::new(plan.customer_tracks),
            pairs: BTreeMap::new(),
            contacts: Contacts::default(),
            seen: Seen::default(),
            timers: BTreeMap::new(),
            patterns: BTreeMap::new(),
            deadlines: BTreeMap::new(),
        }
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
            } => {
                if let Some(id) = catalogue.tag_named(&tag) {
                    self.tags.set(
                        id,
                        TagValue {
                            value,
                            at,
                            seq,
                            expires,
                            by,
                        },
                    );
                }
            }
            Change::TagUnset { tag, at, seq } => {
                if let Some(id) = catalogue.tag_named(&tag) {
                    let value = Value::Missing;
                    let by = Text::default();
                    self.tags.set(
                        id,
                        TagValue {
                            value,
                            at,
                            seq,
                            expires: None,
                            by,
                        },
                    );
                }
            }
            Change::TimerSet { name, due, by } => {
                if let Some(old) = self.timers.remove(&name) {
                    timers.push((old.due, name.clone(), false));
                }
                if self.timers.len() < TIMERS_PER_CUSTOMER_MAX {
                    timers.push((due, name.clone(), true));
                    self.timers.insert(name, Timer { due, by });
                }
            }
            Change::TimerForgotten { name } => {
                if let Some(old) = self.timers.remove(&name) {
                    timers.push((old.due, name, false));
                }
            }
            // Whoever knows the plan puts it to its place.
            Change::PatternKept(_) => {}
            contact => self.contacts.apply(&contact),
        }
    }
}
