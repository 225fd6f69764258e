//! What a track with few values knows of them without looking at its entries: when each was last seen, and
//! which could still be the least or the greatest. Of all its summaries in one list, as it is short.
//!
//! A sighting takes entries in any order: one that comes late finds its place among those that are known.

use super::comparable::Comparable;
use super::summary::Kind;
use std::cmp::Ordering;

/// One value of one summary.
#[derive(Clone, Debug)]
struct Sighting {
    value: Comparable,
    /// Time of the newest entry that has it.
    time: i64,
    /// Equal values have equal prints: few values are looked at closely.
    print: u32,
    /// Of which summary, by place.
    of: u32,
}

/// Sightings of the summaries of a track, as of its newest entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Sightings(Vec<Sighting>);

impl Sightings {
    pub(super) const NONE: Self = Self(Vec::new());

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Sighting>()
    }

    /// Takes what an entry says of a summary. Gives the same value as it is kept already, so that a word
    /// that comes again and again is kept once.
    pub(super) fn note(
        &mut self,
        of: usize,
        kind: Kind,
        value: Comparable,
        time: i64,
    ) -> Option<&Comparable> {
        let of = place(of);
        match kind {
            Kind::Distinct => {
                let print = value.print();
                let is_same = |sighting: &Sighting| {
                    sighting.of == of && sighting.print == print && sighting.value == value
                };
                if let Some(at) = self.0.iter().position(is_same) {
                    let sighting = self.0.get_mut(at)?;
                    sighting.time = sighting.time.max(time);
                    return Some(&sighting.value);
                }
                self.push(value, time, print, of);
            }
            Kind::Extreme(side) => {
                // One that is as extreme and not older stands for both.
                let outdoes = |sighting: &Sighting| {
                    sighting.of == of && sighting.time >= time && value.cmp(&sighting.value) != side
                };
                if !self.0.iter().any(outdoes) {
                    let stays = |sighting: &Sighting| {
                        sighting.of != of
                            || sighting.time > time
                            || sighting.value.cmp(&value) == side
                    };
                    self.0.retain(stays);
                    self.push(value, time, 0, of);
                }
            }
        }
        None
    }

    fn push(&mut self, value: Comparable, time: i64, print: u32, of: u32) {
        if self.0.len() == self.0.capacity() {
            self.0.reserve_exact((self.0.len() / 2).max(2));
        }
        self.0.push(Sighting {
            value,
            time,
            print,
            of,
        });
    }

    /// Lets go of entries with time ≤ `until`.
    pub(super) fn trim(&mut self, until: i64) {
        self.0.retain(|sighting| sighting.time > until);
    }

    /// Values of entries with time > `after`, each with the time of its newest entry.
    pub(super) fn since(&self, of: usize, after: i64) -> impl Iterator<Item = (&Comparable, i64)> {
        let of = place(of);
        let of_it = self.0.iter();
        of_it
            .filter(move |sighting| sighting.of == of && sighting.time > after)
            .map(|sighting| (&sighting.value, sighting.time))
    }

    /// The most extreme value of entries with time > `after`, and when it came last.
    pub(super) fn best(&self, of: usize, after: i64, side: Ordering) -> Option<(&Comparable, i64)> {
        let known = self.since(of, after);
        known.reduce(|a, b| if b.0.cmp(a.0) == side { b } else { a })
    }
}

fn place(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
