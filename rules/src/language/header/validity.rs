//! `valid(from, to)`: whole days of the bank's zone, both included, or two instants, half-open.

use super::arguments::Arguments;
use crate::language::codes;
use crate::value::{Day, Text};
use jiff::tz::TimeZone;

pub(super) fn read(args: &Arguments<'_>, zone: &TimeZone) -> Option<(i64, i64)> {
    let (from, to) = args.two_texts("(\"2026-01-01\", \"2026-12-31\")")?;
    let start = instant(args, 0, &from, zone, 0)?;
    let end = instant(args, 1, &to, zone, 1)?;
    if start >= end {
        args.page.push(
            args.page
                .error(
                    codes::VALIDITY,
                    args.place(1),
                    format!("`{to}` lies before `{from}`"),
                    format!("`{to}` 早于 `{from}`"),
                )
                .fix("swap them", "请对调"),
        );
        return None;
    }
    Some((start, end))
}

/// A day gives its first instant, `later` days on; an instant gives itself.
fn instant(
    args: &Arguments<'_>,
    n: usize,
    text: &Text,
    zone: &TimeZone,
    later: i32,
) -> Option<i64> {
    let day = Day::parse(text).and_then(|day| Day(day.0.checked_add(later)?).to_civil());
    let found = match day {
        Some(date) => date
            .to_zoned(zone.clone())
            .ok()
            .map(|zoned| zoned.timestamp().as_millisecond()),
        None => text
            .parse::<jiff::Timestamp>()
            .ok()
            .map(jiff::Timestamp::as_millisecond),
    };
    if found.is_none() {
        args.page.push(
            args.page
                .error(
                    codes::VALIDITY,
                    args.place(n),
                    format!("`{text}` is neither a day nor an instant"),
                    format!("`{text}` 既不是日期也不是时刻"),
                )
                .fix(
                    "write `2026-12-31` for a whole day, or an instant like `2026-12-31T18:00:00+08:00`",
                    "整天请写 `2026-12-31`，时刻请写如 `2026-12-31T18:00:00+08:00`",
                ),
        );
    }
    found
}
