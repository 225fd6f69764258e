//! What a window says: an aggregate over a range of a track.

use super::comparable::Comparable;
use super::plain::Plain;
use super::reader::Reader;
use super::sketch::Sketch;
use super::span::first_of;
use super::spread::{Spread, Sums};
use super::summary::{Summarised, Summary};
use super::track::{Cell, Range, Shape, Track};
use super::whole::{divide_half_even, narrow};
use crate::limits::{ENTRIES_PER_TRACK_MAX, LATE_LOOKED_MAX};
use rules::catalogue::feature::{Panes, Span, Take};
use rules::money::Money;
use rules::value::{Day, EntityKey, Type, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;

pub use super::scanned::SCANNED_MAX_DEFAULT;

/// Distinct values are exact up to here unless the feature says otherwise; above they are estimated.
pub const DISTINCT_MAX_DEFAULT: u32 = 1_024;

/// One window, resolved against its track.
#[derive(Clone, Debug)]
pub struct Window {
    /// What it computes.
    pub take: Take,
    /// The measure that counts its events (those that have the field, where there is one).
    pub count: usize,
    /// The measure that sums its field.
    pub sum: usize,
    /// The measures of its spread.
    pub spread: Option<Sums>,
    /// The cell of its field.
    pub cell: usize,
    /// The same, where the event being judged is held against its past by it.
    pub judged: Option<usize>,
    /// The bit of its own condition.
    pub mask: Option<u32>,
    /// The summary of the track that knows its value, for takes that no total gives.
    pub summary: Option<usize>,
    /// Where it begins.
    pub span: Span,
    /// Length, ms.
    pub over: i64,
    /// What it counts by, where that is not events.
    pub step: Option<Panes>,
    /// The place of its length among those of the track.
    pub edge: Option<usize>,
    /// How long ago it ended, ms.
    pub delay: i64,
    /// False: the event being judged is left out.
    pub current: bool,
    /// Fewer than so many: missing.
    pub min: Option<u32>,
    /// The value instead of missing.
    pub default: Value,
    /// Distinct is exact up to here; scanned takes look at so many.
    pub max: u32,
    /// The type of its value.
    pub ty: Type,
}

/// What a reader sees of a track.
pub(super) struct Seen<'a> {
    pub(super) shape: &'a Shape,
    pub(super) track: &'a Track,
    /// Every entry of `range` is later than this, and no other entry before the end of `range`.
    pub(super) after: i64,
    pub(super) range: Range,
}

impl Seen<'_> {
    /// A cell of the event being judged, if it is of the stream.
    pub(super) fn judged(&self, reader: &Reader<'_>, cell: usize) -> Option<Cell> {
        let at = self.track.at(reader.order);
        self.track.cells(self.shape, at, cell, None).next()
    }
}

impl Window {
    /// The window's value for its reader; events with time ≤ `floor` are out of reach.
    #[must_use]
    pub fn read(&self, shape: &Shape, track: &Track, reader: &Reader<'_>, floor: i64) -> Value {
        match self.plain(track, reader, floor) {
            Some(Plain::Count(count)) => Value::Int(count),
            Some(Plain::Sum(sum)) => self.whole(sum),
            Some(Plain::Average(sum, count)) => self.average(i128::from(sum), i128::from(count)),
            Some(Plain::Best(Cell::Number(n))) => self.whole(n),
            Some(Plain::Best(best)) => self.value(&best),
            Some(Plain::Nothing) => self.default.clone(),
            None => self.any(shape, track, reader, floor),
        }
    }

    /// The same of a window that is not plain. By itself: what it needs room for would be in the way of those
    /// that are.
    #[inline(never)]
    fn any(&self, shape: &Shape, track: &Track, reader: &Reader<'_>, floor: i64) -> Value {
        let seen = self.seen(shape, track, reader, floor);
        match self.aggregate(&seen, reader) {
            Value::Missing => self.default.clone(),
            value => value,
        }
    }

    /// How far back it looks at most, ms.
    #[must_use]
    pub fn reach(&self) -> i64 {
        let step = self.step.map_or(0, |panes| panes.length);
        self.over.saturating_add(self.delay).saturating_add(step)
    }

    /// True when the value that was read is not all there is: older events were let go because the key
    /// has too many, not all values were looked at, or distinct ones were estimated.
    #[must_use]
    pub fn is_truncated(
        &self,
        shape: &Shape,
        track: &Track,
        reader: &Reader<'_>,
        floor: i64,
        value: &Value,
    ) -> bool {
        let is_full = track.len() >= ENTRIES_PER_TRACK_MAX;
        let is_estimated = self.take == Take::Distinct
            && matches!(value, Value::Int(n) if *n > i64::from(self.max));
        if !is_full && !self.take.is_scanned() {
            return is_estimated;
        }
        let seen = self.seen(shape, track, reader, floor);
        let count = track.total(shape, seen.range, self.count);
        let scanned = self.take.is_scanned() && count > i128::from(self.max);
        is_estimated || scanned || (is_full && seen.after < track.oldest())
    }

    /// True when an event that it covers came behind a later one of its own, as far as the newest
    /// [`LATE_LOOKED_MAX`] events of the stream in its span tell. Whole panes do not tell.
    #[must_use]
    pub fn is_corrected(
        &self,
        shape: &Shape,
        track: &Track,
        reader: &Reader<'_>,
        floor: i64,
    ) -> bool {
        if self.step.is_some() {
            return false;
        }
        let seen = self.seen(shape, track, reader, floor);
        let mut behind = u64::MAX;
        let newest = seen.range.newest(LATE_LOOKED_MAX);
        for entry in track.newest_first(newest, self.mask) {
            if entry.order.seq > behind {
                return true;
            }
            behind = entry.order.seq;
        }
        false
    }

    fn seen<'a>(
        &self,
        shape: &'a Shape,
        track: &'a Track,
        reader: &Reader<'_>,
        floor: i64,
    ) -> Seen<'a> {
        let until = reader.order.time.saturating_sub(self.delay);
        let after = self.begin(until, reader).max(floor);
        let range = if self.delay > 0 || self.step.is_some() {
            track.between(after, until)
        } else if reader.before || !self.current || self.take.leaves_out() {
            track.before(after, reader.order)
        } else {
            track.up_to_from(after, reader.order, self.edge)
        };
        let seen = Seen {
            shape,
            track,
            after,
            range,
        };
        match self.span {
            Span::Session(gap) => seen.session(until, gap),
            _ => seen,
        }
    }

    /// No event at or before this instant is inside, ms.
    fn begin(&self, until: i64, reader: &Reader<'_>) -> i64 {
        let far = until.saturating_sub(self.over);
        if let Some(panes) = self.step {
            return panes.first(far.saturating_add(1)).saturating_sub(1);
        }
        match self.span {
            Span::Sliding | Span::Session(_) => far,
            Span::Tumbling(origin) => {
                let passed = until.saturating_sub(origin).rem_euclid(self.over.max(1));
                until.saturating_sub(passed).saturating_sub(1)
            }
            Span::Calendar(period) => {
                let first = first_of(period, until, reader.zone);
                first.map_or(far, |first| far.max(first.saturating_sub(1)))
            }
        }
    }

    fn aggregate(&self, seen: &Seen<'_>, reader: &Reader<'_>) -> Value {
        let &Seen {
            shape,
            track,
            range,
            ..
        } = seen;
        let count = track.total(shape, range, self.count);
        if self.min.is_some_and(|min| count < i128::from(min)) {
            return Value::Missing;
        }
        match self.take {
            Take::Count => Value::Int(narrow(count)),
            Take::New => self.is_new(seen, reader, count),
            Take::Sum => self.number(track.total(shape, range, self.sum)),
            Take::Avg => self.average(track.total(shape, range, self.sum), count),
            Take::Distinct => self.distinct(seen),
            Take::Last => self.last(shape, track, range),
            Take::Min => self.extreme(seen, Ordering::Less),
            Take::Max => self.extreme(seen, Ordering::Greater),
            Take::StdDev => self.deviation(seen, count),
            Take::ZScore => self.score(seen, reader, count),
            Take::First => self.first(seen),
            Take::NthLast(nth) => self.nth_last(seen, nth),
            Take::Quantile(millionths) => self.quantile(seen, millionths),
            Take::Decay(half_life) => self.decayed(seen, reader, half_life),
            Take::HourShare => self.hour_share(seen, reader),
            // Read by `Tracks::located`, which knows where the fixes are.
            Take::Place(_) => Value::Missing,
        }
    }

    fn deviation(&self, seen: &Seen<'_>, count: i128) -> Value {
        let spread = self
            .spread
            .map(|sums| Spread::of(seen.shape, seen.track, seen.range, count, sums));
        let deviation = spread.and_then(|spread| spread.deviation());
        deviation.map_or(Value::Missing, |deviation| self.real(deviation))
    }

    pub(super) fn average(&self, sum: i128, count: i128) -> Value {
        if count == 0 {
            return Value::Missing;
        }
        if let Type::Money(_) = self.ty {
            return self.number(divide_half_even(sum, count));
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "one division of exact numbers, rounded once each"
        )]
        let average = sum as f64 / count as f64;
        Value::Decimal(average)
    }

    fn distinct(&self, seen: &Seen<'_>) -> Value {
        let &Seen {
            shape,
            track,
            after,
            range,
        } = seen;
        let most = self.most();
        let cells = || {
            let cells = track.cells(shape, range, self.cell, self.mask);
            cells.filter_map(|cell| Comparable::of(&cell))
        };
        let of = self.summarised(shape);
        if let Some(count) = of.and_then(|of| track.distinct(of, shape, range)) {
            if count > most {
                return self.estimated(cells());
            }
            return Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let known = self.summary.and_then(|at| track.summary(at, range));
        if let Some((Summary::Distinct(recency), end)) = known {
            let count = recency.count(after, end, most.saturating_add(1));
            if count > most {
                return self.estimated(recency.values(after, end).cloned());
            }
            return Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let mut values: BTreeSet<Comparable> = BTreeSet::new();
        for value in cells() {
            values.insert(value);
            if values.len() > most {
                return self.estimated(cells());
            }
        }
        Value::Int(i64::try_from(values.len()).unwrap_or(i64::MAX))
    }

    /// The summary that knows its value, with its place.
    fn summarised<'a>(&self, shape: &'a Shape) -> Option<(usize, &'a Summarised)> {
        let at = self.summary?;
        Some((at, shape.summaries.get(at)?))
    }

    /// More different values than are counted exactly: about how many.
    fn estimated(&self, values: impl Iterator<Item = Comparable>) -> Value {
        let mut sketch = Sketch::default();
        values.for_each(|value| sketch.insert(&value));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "no track has so many entries"
        )]
        let about = sketch.estimate().round() as i64;
        Value::Int(about.max(i64::from(self.max).saturating_add(1)))
    }

    fn last(&self, shape: &Shape, track: &Track, range: Range) -> Value {
        let newest = track.cells(shape, range, self.cell, self.mask);
        let mut filled = newest.rev().filter(|c| *c != Cell::Empty);
        filled
            .next()
            .map_or(Value::Missing, |cell| self.value(&cell))
    }

    fn extreme(&self, seen: &Seen<'_>, side: Ordering) -> Value {
        let &Seen {
            shape,
            track,
            after,
            range,
        } = seen;
        let of = self.summarised(shape);
        if let Some(best) = of.and_then(|of| track.extreme(of, range)) {
            return self.value(&best);
        }
        let known = self.summary.and_then(|at| track.summary(at, range));
        if let Some((Summary::Extreme(ladder), end)) = known {
            let best = ladder.best(after, end);
            return best.map_or(Value::Missing, |cell| self.value(&cell));
        }
        let mut best: Option<(Cell, Comparable)> = None;
        for cell in track.cells(shape, range, self.cell, self.mask) {
            if let Some(value) = Comparable::of(&cell)
                && best.as_ref().is_none_or(|(_, b)| value.cmp(b) == side)
            {
                best = Some((cell, value));
            }
        }
        best.map_or(Value::Missing, |(cell, _)| self.value(&cell))
    }

    pub(super) fn value(&self, cell: &Cell) -> Value {
        match (cell, &self.ty) {
            (Cell::Empty, _) => Value::Missing,
            (Cell::Number(n), _) => self.number(i128::from(*n)),
            (Cell::Decimal(d), _) => Value::Decimal(*d),
            (Cell::Text(id), Type::Ref(kind)) => Value::Ref(EntityKey {
                kind: *kind,
                id: id.clone(),
            }),
            (Cell::Text(t), _) => Value::Text(t.clone()),
        }
    }

    pub(super) fn number(&self, number: i128) -> Value {
        self.whole(narrow(number))
    }

    fn whole(&self, n: i64) -> Value {
        match &self.ty {
            Type::Money(currency) => Value::Money(Money::minor(n, *currency)),
            Type::Bool => Value::Bool(n != 0),
            Type::Duration => Value::Duration(n),
            Type::Time => Value::Time(n),
            Type::Date => Value::Date(Day(i32::try_from(n).unwrap_or(i32::MAX))),
            _ => Value::Int(n),
        }
    }
}

impl Seen<'_> {
    /// The session that has not ended at `until`: the newest events without a gap.
    fn session(self, until: i64, gap: i64) -> Self {
        let range = self.track.session(self.range, until, gap);
        let oldest = self.track.times(range, None).next();
        Self {
            range,
            after: oldest.map_or(until, |oldest| oldest.saturating_sub(1)),
            ..self
        }
    }
}
