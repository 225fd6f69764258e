//! How long something is valid: two days, both included, in the bank's zone, or two instants.

use crate::value::Day;
use jiff::tz::TimeZone;

/// First instant (included) and last (excluded), ms. Two days `YYYY-MM-DD` cover both whole days in
/// `zone`; two RFC 3339 instants are half-open. `None` when they are neither, or out of order.
#[must_use]
pub fn span(from: &str, to: &str, zone: &TimeZone) -> Option<(i64, i64)> {
    let (start, end) = match (Day::parse(from), Day::parse(to)) {
        (Some(first), Some(last)) => (
            midnight(first, zone)?,
            midnight(Day(last.0.checked_add(1)?), zone)?,
        ),
        (None, None) => (instant(from)?, instant(to)?),
        _ => return None,
    };
    (start < end).then_some((start, end))
}

fn instant(text: &str) -> Option<i64> {
    Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

/// The first instant of a day; where a zone skips midnight, the first one that exists.
fn midnight(day: Day, zone: &TimeZone) -> Option<i64> {
    let zoned = day.to_civil()?.to_zoned(zone.clone()).ok()?;
    Some(zoned.start_of_day().ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_days_are_whole_in_the_banks_zone() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let (from, to) = span("2026-01-01", "2026-12-31", &zone).unwrap();
        assert_eq!(crate::value::time_text(from), "2025-12-31T16:00:00.000Z");
        assert_eq!(crate::value::time_text(to), "2026-12-31T16:00:00.000Z");
        assert_eq!(
            span("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", &zone),
            Some((1_767_225_600_000, 1_767_225_601_000))
        );
        assert_eq!(span("2026-01-02", "2026-01-01", &zone), None);
        assert_eq!(span("2026-01-02", "2026-01-03T00:00:00Z", &zone), None);
        assert_eq!(span("2026-02-30", "2026-03-01", &zone), None);
    }
}
