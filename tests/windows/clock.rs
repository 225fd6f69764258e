//! Days and hours of a wall clock by trying instants, for the reference.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rules::catalogue::feature::Period;

const HOUR: i64 = 3_600_000;

/// The wall clocks of all zones, each day looked for once.
#[derive(Default)]
pub(super) struct Clocks {
    firsts: RefCell<BTreeMap<(String, Date), i64>>,
}

impl Clocks {
    /// The first instant of the period around `at` by the clock of `zone`.
    pub(super) fn first_of(&self, period: Period, at: i64, zone: &str) -> i64 {
        let clock = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let today = shown(at, &clock).date();
        let mut day = today;
        let belongs = |day: Date| match period {
            Period::Day => day == today,
            // Weeks begin with Monday.
            Period::Week => day.iso_week_date().week() == today.iso_week_date().week(),
            Period::Month => day.first_of_month() == today.first_of_month(),
            Period::Year => day.year() == today.year(),
        };
        while let Ok(yesterday) = day.yesterday()
            && belongs(yesterday)
        {
            day = yesterday;
        }
        let key = (zone.to_owned(), day);
        if let Some(first) = self.firsts.borrow().get(&key) {
            return *first;
        }
        let first = first_instant(day, &clock);
        self.firsts.borrow_mut().insert(key, first);
        first
    }

    /// The hour of the week that the clock of `zone` shows, and which weekday.
    pub(super) fn hour(at: i64, zone: &str) -> (i8, i8) {
        let clock = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let shown = shown(at, &clock);
        (shown.weekday().to_monday_one_offset(), shown.hour())
    }
}

fn shown(at: i64, clock: &TimeZone) -> jiff::civil::DateTime {
    clock.to_datetime(Timestamp::from_millisecond(at).unwrap_or_default())
}

/// The first instant whose date is `day` or later: the date of a clock never goes back here.
fn first_instant(day: Date, clock: &TimeZone) -> i64 {
    let midnight = day.to_datetime(jiff::civil::Time::midnight());
    let utc = midnight.to_zoned(TimeZone::UTC);
    let utc = utc.map_or(0, |utc| utc.timestamp().as_millisecond());
    let (mut before, mut reached) = (utc - 30 * HOUR, utc + 30 * HOUR);
    while reached - before > 1 {
        let middle = i64::midpoint(before, reached);
        if shown(middle, clock).date() >= day {
            reached = middle;
        } else {
            before = middle;
        }
    }
    reached
}
