//! What a track with few values knows of them: which entry had each last, and which could still be the least or the
//! greatest. An entry is told by its place, so a sighting is one number: those of one summary stand together, the
//! one seen last at their end. How many there are within a window is then how many are not before its first place.
//!
//! A sighting takes entries in any order: one that comes late finds its place among those that are known.

use super::rows::Rows;
use super::summary::{Kind, Summarised};
use std::cmp::Ordering;

/// Bits of a place. Behind them stands the summary, by its place.
const PLACE: u32 = 20;

/// Of so many summaries it is known where theirs stand; of others it is looked for.
const KNOWN: usize = 4;

/// Sightings of the summaries of a track, as of its newest entry: by summary, then by place.
#[derive(Clone, Debug)]
pub(super) struct Sightings {
    all: Vec<u32>,
    /// By summary: where its sightings end.
    ends: [u16; KNOWN],
}

impl Sightings {
    pub(super) const NONE: Self = Self {
        all: Vec::new(),
        ends: [0; KNOWN],
    };

    /// True where so many rows, and so many summaries, can be told.
    pub(super) fn can_tell(rows: usize, summaries: usize) -> bool {
        rows < 1 << PLACE && summaries < 1 << (u32::BITS - PLACE)
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() * size_of::<u32>()
    }

    /// See [`super::track::Track::touch`].
    pub(super) fn touch(&self) -> i64 {
        let lines = self.all.iter().step_by(16);
        i64::from(lines.fold(0, |all, sighting| all ^ sighting))
    }

    /// Takes what the row at `at` says of a summary.
    pub(super) fn note(&mut self, of: usize, summary: &Summarised, rows: &Rows, at: usize) {
        match summary.kind {
            Kind::Distinct => self.note_value(of, summary.cell, rows, at),
            Kind::Extreme(side) => self.note_extreme(of, summary.cell, side, rows, at),
        }
    }

    fn note_value(&mut self, of: usize, cell: usize, rows: &Rows, at: usize) {
        let (from, to) = self.stand(of);
        let own = self.all.get(from..to).unwrap_or(&[]);
        let known = rows.last_same(cell, own.iter().map(|known| place(*known)), at);
        let Some(known) = known.map(|known| from + known) else {
            self.put(of, at);
            return;
        };
        let later = self.all.get_mut(known..to).unwrap_or_default();
        if later.first().is_some_and(|known| place(*known) < at) {
            // To its new place: nearly always the last.
            let behind = later.iter().rev().take_while(|other| place(**other) > at);
            let end = later.len() - behind.count();
            let moved = later.get_mut(..end).unwrap_or_default();
            moved.rotate_left(1);
            if let Some(last) = moved.last_mut() {
                *last = key(of, at);
            }
        }
    }

    fn note_extreme(&mut self, of: usize, cell: usize, side: Ordering, rows: &Rows, at: usize) {
        // A row that is sighted has a value.
        let compared = |one, other| rows.compare(cell, one, other).unwrap_or(Ordering::Equal);
        let outdone = |known: &u32| compared(place(*known), at) != side;
        let (from, to) = self.stand(of);
        let own = self.all.get(from..to).unwrap_or(&[]);
        let later = own
            .iter()
            .rev()
            .take_while(|other| place(**other) > at)
            .count();
        let (before, later) = own.split_at(own.len() - later);
        // One that is as extreme and later stands for both; the first of those later is the most extreme.
        let is_less = |later: &u32| compared(at, place(*later)) == side;
        if !later.first().is_none_or(is_less) {
            return;
        }
        let gone = before
            .iter()
            .rev()
            .take_while(|known| outdone(known))
            .count();
        let end = from + before.len();
        let first = end - gone;
        // In the place of the first that goes: hardly ever goes none.
        match self.all.get_mut(first).filter(|_| gone > 0) {
            Some(outdone) => {
                *outdone = key(of, at);
                self.all.drain(first + 1..end);
                self.end_earlier(of, gone - 1);
            }
            None => self.put(of, at),
        }
    }

    /// Where the sightings of a summary stand: from and to.
    #[inline]
    fn stand(&self, of: usize) -> (usize, usize) {
        let end = |of: usize| match self.ends.get(of) {
            Some(end) => usize::from(*end),
            None => self.before(key(of + 1, 0)),
        };
        (of.checked_sub(1).map_or(0, end), end(of))
    }

    /// How many stand before one.
    fn before(&self, key: u32) -> usize {
        self.all.partition_point(|sighting| *sighting < key)
    }

    /// Puts one at its place.
    fn put(&mut self, of: usize, at: usize) {
        if self.all.len() == self.all.capacity() {
            self.all.reserve_exact((self.all.len() / 2).max(4));
        }
        let sighting = key(of, at);
        self.all.insert(self.before(sighting), sighting);
        for end in self.ends.iter_mut().skip(of) {
            *end = end.saturating_add(1);
        }
    }

    /// So many of one summary are no more.
    fn end_earlier(&mut self, of: usize, gone: usize) {
        let gone = u16::try_from(gone).unwrap_or(u16::MAX);
        for end in self.ends.iter_mut().skip(of) {
            *end = end.saturating_sub(gone);
        }
    }

    /// A row has been put in at this place: those from there on are one further.
    pub(super) fn make_way(&mut self, at: usize) {
        for sighting in &mut self.all {
            *sighting += u32::from(place(*sighting) >= at);
        }
    }

    /// Lets go of rows before `start`. Until then they are in nobody's way: no window begins before it.
    pub(super) fn let_go(&mut self, start: usize) {
        self.all.retain(|sighting| place(*sighting) >= start);
        let end = |of| self.before(key(of + 1, 0));
        self.ends = std::array::from_fn(|of| u16::try_from(end(of)).unwrap_or(u16::MAX));
    }

    /// The first `gone` rows are no more.
    pub(super) fn move_up(&mut self, gone: usize) {
        self.let_go(gone);
        for sighting in &mut self.all {
            *sighting = sighting.saturating_sub(key(0, gone));
        }
    }

    /// Those of one summary whose places are not before `from`.
    #[inline]
    fn later(&self, of: usize, from: usize) -> &[u32] {
        let (first, end) = self.stand(of);
        let own = self.all.get(first..end).unwrap_or(&[]);
        let from = key(of, from);
        if own.first().is_none_or(|first| *first >= from) {
            return own;
        }
        let later = own.iter().rev().take_while(|sighting| **sighting >= from);
        own.get(own.len() - later.count()..).unwrap_or(&[])
    }

    /// How many values the entries from `from` on have.
    #[inline]
    pub(super) fn count(&self, of: usize, from: usize) -> usize {
        self.later(of, from).len()
    }

    /// Of each value of entries from `from` on the last place.
    pub(super) fn since(&self, of: usize, from: usize) -> impl Iterator<Item = usize> + '_ {
        self.later(of, from).iter().map(|known| place(*known))
    }

    /// Where the most extreme value of entries from `from` on is: all that came later are less so.
    #[inline]
    pub(super) fn best(&self, of: usize, from: usize) -> Option<usize> {
        self.later(of, from).first().map(|known| place(*known))
    }
}

#[inline]
fn key(of: usize, at: usize) -> u32 {
    let narrow = |place: usize| u32::try_from(place).unwrap_or(0);
    narrow(of) << PLACE | narrow(at)
}

fn place(sighting: u32) -> usize {
    usize::try_from(sighting & ((1 << PLACE) - 1)).unwrap_or(0)
}
