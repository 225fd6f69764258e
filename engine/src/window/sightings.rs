//! What a track with few values knows of them without looking at its entries: when each was last seen, and
//! which could still be the least or the greatest. Of all its summaries in one list, as it is short: those of
//! one summary stand together, the one seen last at their end. So a short window looks at a few behind, a
//! long one at the first, and what comes again and again is found at once.
//!
//! A sighting takes entries in any order: one that comes late finds its place among those that are known.

use super::comparable::Comparable;
use super::summary::Kind;
use super::track::Cell;
use rules::value::Text;
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

/// Of so many summaries it is known where theirs stand; of others it is looked for.
const PLACES: usize = 8;

/// Sightings of the summaries of a track, as of its newest entry: by summary, then by time.
#[derive(Clone, Debug)]
pub(super) struct Sightings {
    all: Vec<Sighting>,
    /// By summary: where its sightings end.
    ends: [u16; PLACES],
    /// None is older, ms.
    oldest: i64,
}

impl Sightings {
    pub(super) const NONE: Self = Self {
        all: Vec::new(),
        ends: [0; PLACES],
        oldest: i64::MAX,
    };

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() * size_of::<Sighting>()
    }

    /// See [`super::track::Track::touch`].
    pub(super) fn touch(&self) -> i64 {
        let lines = self.all.iter().step_by(2);
        lines.fold(0, |all, sighting| all ^ sighting.time)
    }

    /// Takes what the cell of an entry says of a summary. Gives the same word as it is kept already, so that
    /// one that comes again and again is kept once.
    pub(super) fn note(&mut self, of: usize, kind: Kind, cell: &Cell, time: i64) -> Option<Text> {
        match kind {
            Kind::Distinct => self.note_value(of, cell, time),
            Kind::Extreme(side) => {
                self.note_extreme(of, side, Comparable::of(cell)?, time);
                None
            }
        }
    }

    fn note_value(&mut self, of: usize, cell: &Cell, time: i64) -> Option<Text> {
        let print = Comparable::print_of(cell)?;
        let (from, to) = self.stand(of);
        let own = self.all.get_mut(from..to)?;
        let is_same = |sighting: &Sighting| sighting.print == print && sighting.value.is(cell);
        let Some(at) = own.iter().rposition(is_same) else {
            let value = Comparable::of(cell)?;
            self.put(of, Sighting::of(value, time, print, of));
            return None;
        };
        let behind = own.get_mut(at..)?;
        let known = behind.first_mut()?;
        let word = known.value.other_text(cell);
        if known.time < time {
            known.time = time;
            // To the place of its time: nearly always the last.
            let later = behind.iter().rev().take_while(|other| other.time > time);
            let end = behind.len() - later.count();
            behind.get_mut(..end)?.rotate_left(1);
        }
        word
    }

    fn note_extreme(&mut self, of: usize, side: Ordering, value: Comparable, time: i64) {
        let (from, to) = self.stand(of);
        let own = self.all.get(from..to).unwrap_or(&[]);
        let later = own.iter().rev().take_while(|other| other.time >= time);
        let later = later.count();
        // One that is as extreme and not older stands for both; the first of those later is the most extreme.
        let first = own.get(own.len() - later);
        if first.is_some_and(|first| value.cmp(&first.value) != side) {
            return;
        }
        let mut outdone = 0;
        while let Some(before) = (own.len() - later).checked_sub(outdone + 1)
            && own
                .get(before)
                .is_some_and(|before| before.value.cmp(&value) != side)
        {
            outdone += 1;
        }
        // Of one time there is one: it is not the first of those later that was outdone.
        let same = first.is_some_and(|first| first.time == time);
        let end = to - later + usize::from(same);
        let gone = outdone + usize::from(same);
        let sighting = Sighting::of(value, time, 0, of);
        // In the place of the first that goes: hardly ever goes none.
        let Some(place) = self.all.get_mut(end - gone).filter(|_| gone > 0) else {
            return self.put(of, sighting);
        };
        *place = sighting;
        self.oldest = self.oldest.min(time);
        self.take_out(end - gone + 1, end);
    }

    /// Where the sightings of a summary stand: from and to.
    fn stand(&self, of: usize) -> (usize, usize) {
        let end = |of: usize| match self.ends.get(of) {
            Some(end) => usize::from(*end),
            None => self.all.partition_point(|s| place(of) >= s.of),
        };
        (of.checked_sub(1).map_or(0, end), end(of))
    }

    /// Puts one at the place of its time.
    fn put(&mut self, of: usize, sighting: Sighting) {
        if self.all.len() == self.all.capacity() {
            self.all.reserve_exact((self.all.len() / 2).max(2));
        }
        let (from, to) = self.stand(of);
        let own = self.all.get(from..to).unwrap_or(&[]);
        let later = own.iter().rev().take_while(|s| s.time > sighting.time);
        let at = to - later.count();
        self.oldest = self.oldest.min(sighting.time);
        self.all.insert(at, sighting);
        for end in self.ends.iter_mut().skip(of) {
            *end = end.saturating_add(1);
        }
    }

    /// Takes out some of one summary.
    fn take_out(&mut self, from: usize, to: usize) {
        let Some(first) = self.all.get(from).filter(|_| from < to) else {
            return;
        };
        let of = usize::try_from(first.of).unwrap_or(usize::MAX);
        self.all.drain(from..to);
        let gone = u16::try_from(to - from).unwrap_or(u16::MAX);
        for end in self.ends.iter_mut().skip(of) {
            *end = end.saturating_sub(gone);
        }
    }

    /// Lets go of entries with time ≤ `until`.
    pub(super) fn trim(&mut self, until: i64) {
        if until < self.oldest {
            return;
        }
        self.all.retain(|sighting| sighting.time > until);
        for (of, end) in (0u32..).zip(&mut self.ends) {
            let behind = self.all.partition_point(|sighting| sighting.of <= of);
            *end = u16::try_from(behind).unwrap_or(u16::MAX);
        }
        let times = self.all.iter().map(|sighting| sighting.time);
        self.oldest = times.fold(i64::MAX, i64::min);
    }

    /// Those of entries with time > `after`, in the order of their times.
    fn later(&self, of: usize, after: i64) -> &[Sighting] {
        let (from, to) = self.stand(of);
        let own = self.all.get(from..to).unwrap_or(&[]);
        if own.first().is_none_or(|first| first.time > after) {
            return own;
        }
        let later = own.iter().rev().take_while(|other| other.time > after);
        own.get(own.len() - later.count()..).unwrap_or(&[])
    }

    /// How many values entries with time > `after` have.
    pub(super) fn count(&self, of: usize, after: i64) -> usize {
        self.later(of, after).len()
    }

    /// Values of entries with time > `after`.
    pub(super) fn since(&self, of: usize, after: i64) -> impl Iterator<Item = &Comparable> {
        self.later(of, after).iter().map(|sighting| &sighting.value)
    }

    /// The most extreme value of entries with time > `after`, and when it came last: all that came later are
    /// less so.
    pub(super) fn best(&self, of: usize, after: i64) -> Option<(&Comparable, i64)> {
        let first = self.later(of, after).first()?;
        Some((&first.value, first.time))
    }
}

impl Sighting {
    fn of(value: Comparable, time: i64, print: u32, of: usize) -> Self {
        Self {
            value,
            time,
            print,
            of: place(of),
        }
    }
}

fn place(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
