//! The state hash: one number for all live logical state, whatever the shards, the order of arrival
//! or what memory still holds.
//!
//! Sum modulo 2²⁵⁶ of SHA-256(kind, key, name, canonical value) over every item that is live at a
//! stated instant. A sum does not depend on the order of its items, so shards add up.

use super::State;
use crate::canonical::{Digest, write_value};
use crate::contacts::Horizon;
use crate::plan::Plan;
use crate::state::tags::{TagValue, Tags};
use crate::state::timers::{Cause, Timers};
use crate::state::tracks::Tracks;
use crate::window::track::Cell;
use rules::book::Book;
use rules::catalogue::feature::Key;
use std::fmt;

/// A sum of item hashes, modulo 2²⁵⁶.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct StateHash {
    /// Least significant word first.
    words: [u64; 4],
}

impl StateHash {
    /// Adds one item.
    pub fn item(&mut self, kind: &str, key: &str, name: &str, value: &[u8]) {
        let mut digest = Digest::new();
        for part in [kind, key, name] {
            digest.text(part);
        }
        digest.bytes(value);
        let mut words = [0u64; 4];
        for (word, bytes) in words.iter_mut().rev().zip(digest.finish().chunks_exact(8)) {
            *word = bytes.iter().fold(0, |w, b| (w << 8) | u64::from(*b));
        }
        self.add(&Self { words });
    }

    /// Adds the items of another sum.
    pub fn add(&mut self, other: &Self) {
        let mut carry = false;
        for (word, more) in self.words.iter_mut().zip(other.words) {
            let (sum, first) = word.overflowing_add(more);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            *word = sum;
            carry = first || second;
        }
    }
}

impl fmt::Display for StateHash {
    /// 64 hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words
            .iter()
            .rev()
            .try_for_each(|word| write!(f, "{word:016x}"))
    }
}

impl State {
    /// The hash of everything live at `now` (ms of logical time).
    #[must_use]
    pub fn hash(&self, book: &Book, plan: &Plan, now: i64) -> StateHash {
        let mut hash = StateHash::default();
        let horizon = Horizon::of(book);
        for group in self.groups() {
            for (id, customer) in group.customers.iter() {
                let tracks = || plan.tracks.iter().filter(|t| t.key == Key::Customer);
                hash_tracks(&mut hash, "window", id, &customer.windows, tracks(), now);
                for (key, pair) in &customer.pairs {
                    let kind = book
                        .catalogue
                        .entity(key.kind)
                        .map_or("", |k| k.name.as_str());
                    let name = format!("{id}\u{0}{kind}:{}", key.id);
                    let tracks = plan.tracks.iter().filter(|t| t.key == Key::Pair(key.kind));
                    hash_tracks(&mut hash, "pair", &name, pair, tracks, now);
                }
                hash_tags(&mut hash, id, &customer.tags, book, now);
                for (print, digest, time) in customer.seen.live(now, book.catalogue.time.duplicates)
                {
                    let bytes = [digest.to_be_bytes(), time.to_be_bytes()].concat();
                    hash.item("seen", id, &format!("{print:032x}"), &bytes);
                }
                customer
                    .contacts
                    .items(&horizon, now, &mut |kind, name, bytes| {
                        hash.item(kind, id, name, bytes);
                    });
                customer
                    .whereabouts()
                    .items(&book.catalogue, now, &mut |kind, name, bytes| {
                        hash.item(kind, id, name, bytes);
                    });
                hash_timers(&mut hash, id, &customer.timers);
                for (name, inside) in customer.segments.iter() {
                    hash.item("segment", id, name, &[u8::from(inside)]);
                }
                for (place, standing) in &customer.patterns {
                    if let Some(pattern) = plan.patterns.get(*place) {
                        let newest = customer.newest.saturating_sub(plan.lateness_max);
                        let bytes = standing.canonical(pattern, now, newest);
                        if !bytes.is_empty() {
                            hash.item("pattern", id, &pattern.name, &bytes);
                        }
                    }
                }
            }
            for (key, entity) in group.entities.iter() {
                let kind = book.catalogue.entity(key.kind);
                let name = format!("{}:{}", kind.map_or("", |k| k.name.as_str()), key.id);
                let tracks = plan
                    .tracks
                    .iter()
                    .filter(|t| t.key == Key::Entity(key.kind));
                hash_tracks(&mut hash, "entity", &name, entity, tracks, now);
            }
        }
        hash
    }
}

/// The values that hold, and the past where one is kept.
fn hash_tags(hash: &mut StateHash, id: &str, tags: &Tags, book: &Book, now: i64) {
    let name = |tag| book.catalogue.tag(tag).map_or("", |t| t.name.as_str());
    let bytes = |held: &TagValue| {
        let mut bytes = held.at.to_be_bytes().to_vec();
        write_value(&held.value, &mut bytes);
        bytes.extend(held.confidence.map(u16::to_be_bytes).into_iter().flatten());
        bytes
    };
    for (tag, held) in tags.live(now) {
        hash.item("tag", id, name(tag), &bytes(held));
    }
    for (tag, held) in tags.past() {
        hash.item("past", id, name(tag), &bytes(held));
    }
}

/// What pends, and the last day that each dated timer fired for.
fn hash_timers(hash: &mut StateHash, id: &str, timers: &Timers) {
    for (name, timer) in timers.iter() {
        let mut bytes = timer.due.to_be_bytes().to_vec();
        if let Cause::Date(day) = timer.cause {
            bytes.extend(day.0.to_be_bytes());
        }
        hash.item("timer", id, name, &bytes);
    }
    for (name, day) in timers.all_done() {
        hash.item("done", id, name, &day.0.to_be_bytes());
    }
}

/// Events of windows that some window can still reach at `now`.
fn hash_tracks<'a>(
    hash: &mut StateHash,
    kind: &str,
    key: &str,
    tracks: &'a Tracks,
    plans: impl Iterator<Item = &'a crate::plan::TrackPlan>,
    now: i64,
) {
    for (plan, track) in tracks.iter(plans) {
        let floor = now.saturating_sub(plan.reach);
        for (order, mask, cells) in track.iter() {
            if order.time <= floor {
                continue;
            }
            let mut bytes = order.time.to_be_bytes().to_vec();
            bytes.extend(mask.to_be_bytes());
            for cell in &cells {
                write_cell(cell, &mut bytes);
            }
            hash.item(kind, key, &plan.stream, &bytes);
        }
    }
}

fn write_cell(cell: &Cell, out: &mut Vec<u8>) {
    match cell {
        Cell::Empty => out.push(0),
        Cell::Number(n) => {
            out.push(1);
            out.extend(n.to_be_bytes());
        }
        Cell::Decimal(d) => {
            out.push(2);
            out.extend((*d + 0.0).to_bits().to_be_bytes());
        }
        Cell::Text(t) => {
            out.push(3);
            out.extend((t.len() as u64).to_be_bytes());
            out.extend(t.as_bytes());
        }
    }
}
