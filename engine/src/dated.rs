//! When a dated timer is due: the calendar of one customer. A pure function of a date, a zone and what
//! has fired.
//!
//! The hour is one of the wall clock. An hour that the zone skips that day is as far behind the gap as
//! it would have been behind its beginning; an hour that it has twice is the first of them.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use rules::catalogue::dated::{DatedTimer, Every};
use rules::value::Day;

/// Occurrences that are looked at: those around an instant, whatever zone and spread.
const LOOKS: i32 = 6;

/// The zone of a customer, as far as is known.
#[derive(Clone, Debug)]
pub struct Wall {
    /// The zone now.
    pub zone: TimeZone,
    /// When the tag that says so no longer holds, ms …
    pub ends: Option<i64>,
    /// … and the zone from then on.
    pub then: TimeZone,
}

/// A dated timer of one customer.
#[derive(Clone, Debug)]
pub struct Dated<'a> {
    /// Its declaration.
    pub timer: &'a DatedTimer,
    /// The date in the tag.
    pub date: Day,
    /// When the tag no longer holds, ms.
    pub ends: Option<i64>,
    /// How far behind the hour this customer's turn is, ms.
    pub turn: i64,
    /// The customer's zone.
    pub wall: &'a Wall,
}

/// What has come of it so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// What is due at this instant or before has passed, ms.
    pub since: i64,
    /// The last day it fired for.
    pub done: Option<Day>,
    /// The day it pends for.
    pub pending: Option<Day>,
}

/// What it pends for from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Armed {
    /// The day.
    pub day: Day,
    /// The instant, ms.
    pub due: i64,
}

impl Dated<'_> {
    /// What is due next. A day that pends and has not fired stays owed, be it that another zone puts
    /// its hour into the past: then it is due at once.
    #[must_use]
    pub fn next(&self, past: Past) -> Option<Armed> {
        let is_open = |day: Day| past.done.is_none_or(|done| day > done);
        let owed = past
            .pending
            .filter(|day| is_open(*day) && self.falls_on(*day));
        let owed = owed.and_then(|day| {
            let due = self.due(day)?.max(past.since);
            Some(Armed { day, due })
        });
        let coming = self.coming(past, is_open);
        let next = match (owed, coming) {
            (Some(owed), Some(coming)) if coming.day < owed.day => Some(coming),
            (Some(owed), _) => Some(owed),
            (None, coming) => coming,
        };
        next.filter(|armed| self.ends.is_none_or(|end| armed.due < end))
    }

    /// The first open day whose hour is still ahead.
    fn coming(&self, past: Past, is_open: impl Fn(Day) -> bool) -> Option<Armed> {
        let today = past.since.div_euclid(crate::time::DAY_MS);
        let around = i32::try_from(today).ok()?.checked_add(self.timer.before)?;
        let around = past.done.map_or(around, |done| around.max(done.0));
        let first = self.place(Day(around))?.saturating_sub(1).max(0);
        (first..first.saturating_add(LOOKS)).find_map(|place| {
            let day = self.occurrence(place)?;
            let due = self.due(day)?;
            (is_open(day) && due > past.since).then_some(Armed { day, due })
        })
    }

    /// The day of the date itself (0), the next one (1) and so on.
    fn occurrence(&self, place: i32) -> Option<Day> {
        let date = self.date.to_civil()?;
        let span = match self.timer.every {
            None if place == 0 => return Some(self.date),
            None => return None,
            Some(Every::Year) => Span::new().try_years(place),
            Some(Every::Month) => Span::new().try_months(place),
            Some(Every::Week) => Span::new().try_weeks(place),
        };
        let day = date.checked_add(span.ok()?).ok()?;
        Some(Day::from_civil(day))
    }

    /// The occurrence of the period in which a day lies; negative before the first.
    fn place(&self, day: Day) -> Option<i32> {
        let (date, to) = (self.date.to_civil()?, day.to_civil()?);
        let years = i32::from(to.year()) - i32::from(date.year());
        Some(match self.timer.every {
            None => 0,
            Some(Every::Year) => years,
            Some(Every::Month) => years * 12 + i32::from(to.month()) - i32::from(date.month()),
            Some(Every::Week) => day.0.checked_sub(self.date.0)?.div_euclid(7),
        })
    }

    fn falls_on(&self, day: Day) -> bool {
        let place = self.place(day).filter(|place| *place >= 0);
        place.and_then(|place| self.occurrence(place)) == Some(day)
    }

    /// The instant for a day, in the zone that holds then, ms.
    fn due(&self, day: Day) -> Option<i64> {
        let day = Day(day.0.checked_sub(self.timer.before)?).to_civil()?;
        let due = self.instant(day, &self.wall.zone)?;
        match self.wall.ends.filter(|end| due >= *end) {
            // The zone changes before: the hour there, unless it has passed already when that is so.
            Some(end) => Some(self.instant(day, &self.wall.then)?.max(end)),
            None => Some(due),
        }
    }

    fn instant(&self, day: Date, zone: &TimeZone) -> Option<i64> {
        let hour = SignedDuration::from_millis(self.timer.at);
        let hour = Time::midnight().checked_add(hour).ok()?;
        let at = zone.to_ambiguous_timestamp(day.to_datetime(hour));
        let at = at.compatible().ok()?.as_millisecond();
        Some(at.saturating_add(self.turn))
    }
}

#[cfg(test)]
mod tests;
