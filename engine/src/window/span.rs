//! Where windows of the calendar begin, and in which hour of the week an instant stands.

use crate::time::{DAY_MS, Local};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rules::catalogue::feature::Period;

const HOUR_MS: i64 = 3_600_000;

/// The first instant of the stretch of the calendar that `at` stands in, ms. `None` outside the years of
/// the calendar.
#[must_use]
pub fn first_of(period: Period, at: i64, zone: &TimeZone) -> Option<i64> {
    let date = zone
        .to_datetime(Timestamp::from_millisecond(at).ok()?)
        .date();
    let first: Date = match period {
        Period::Day => date,
        Period::Week => {
            let days = i64::from(date.weekday().to_monday_zero_offset());
            date.checked_sub(jiff::Span::new().days(days)).ok()?
        }
        Period::Month => date.first_of_month(),
        Period::Year => date.first_of_year(),
    };
    // Midnight may come twice or not at all: the day begins with its first instant.
    let midnight = first.to_zoned(zone.clone()).ok()?;
    Some(midnight.start_of_day().ok()?.timestamp().as_millisecond())
}

/// The hour of the week that the wall clock of `zone` shows: from 0, Monday's first.
#[must_use]
pub fn hour_of_week(at: i64, zone: &TimeZone) -> i64 {
    let local = Local::at(at, zone);
    (local.weekday() - 1) * (DAY_MS / HOUR_MS) + local.hour()
}
