//! The event being judged, against those before it.

use super::comparable::Comparable;
use super::read::{Seen, Window};
use super::reader::Reader;
use super::span::hour_of_week;
use super::spread::Spread;
use super::summary::Summary;
use super::track::Cell;
use rules::value::Value;

impl Window {
    /// True when no event of the window has the value of the one being judged. One that is not of the
    /// stream, or has no such field, brings nothing new.
    pub(super) fn is_new(&self, seen: &Seen<'_>, reader: &Reader<'_>, count: i128) -> Value {
        let Some(cell) = self.judged else {
            return Value::Bool(count == 0);
        };
        let Some(value) = seen
            .judged(reader, cell)
            .and_then(|cell| Comparable::of(&cell))
        else {
            return Value::Bool(false);
        };
        let known = self
            .summary
            .and_then(|at| seen.track.summary(at, seen.range));
        if let Some((Summary::Distinct(recency), behind)) = known {
            let newest = recency.newest(&value, behind);
            return Value::Bool(newest.is_none_or(|newest| newest.time <= seen.after));
        }
        let cells = seen.track.cells(seen.shape, seen.range, cell, self.mask);
        let mut earlier = cells.rev().filter_map(|cell| Comparable::of(&cell));
        Value::Bool(earlier.all(|earlier| earlier != value))
    }

    /// How many standard deviations the value of the event being judged lies above the mean of the
    /// window.
    pub(super) fn score(&self, seen: &Seen<'_>, reader: &Reader<'_>, count: i128) -> Value {
        let judged = self.judged.and_then(|cell| seen.judged(reader, cell));
        let (Some(Cell::Number(value)), Some(sums)) = (judged, self.spread) else {
            return Value::Missing;
        };
        let spread = Spread::of(seen.shape, seen.track, seen.range, count, sums);
        spread.score(value).map_or(Value::Missing, Value::Decimal)
    }

    /// Which share of the newest events stands in the hour of the week that is judged.
    pub(super) fn hour_share(&self, seen: &Seen<'_>, reader: &Reader<'_>) -> Value {
        let hour = hour_of_week(reader.order.time, reader.zone);
        let times = seen.track.times(seen.range, self.mask).rev();
        let (mut same, mut all) = (0u32, 0u32);
        for time in times.take(self.most()) {
            all += 1;
            same += u32::from(hour_of_week(time, reader.zone) == hour);
        }
        if all == 0 {
            return Value::Missing;
        }
        Value::Decimal(f64::from(same) / f64::from(all))
    }
}
