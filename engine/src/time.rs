//! Time as text and numbers. Inside, an instant is ms since the epoch.

use jiff::tz::TimeZone;
use rules::value::Day;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Reads a JSON time: RFC 3339 text with a zone, or whole milliseconds since the epoch.
#[must_use]
pub fn read(raw: &str) -> Option<i64> {
    match raw.strip_prefix('"') {
        Some(rest) => {
            let text = rest.strip_suffix('"')?;
            utc_seconds(text)
                .or_else(|| Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()))
        }
        None => raw.parse().ok(),
    }
}

/// The common form `YYYY-MM-DDTHH:MM:SSZ`, read without the general parser.
fn utc_seconds(text: &str) -> Option<i64> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let [
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b'Z',
    ] = *bytes
    else {
        return None;
    };
    let two = |a: u8, b: u8| {
        (a.is_ascii_digit() && b.is_ascii_digit())
            .then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'))
    };
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let (month, day) = (two(m0, m1)?, two(d0, d1)?);
    let (hour, minute, second) = (two(h0, h1)?, two(n0, n1)?, two(s0, s1)?);
    let length = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1_000)
}

/// Days since 1970-01-01 of a proleptic Gregorian date (Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// A wall clock that a jump back does not put back: from then on it goes by the time that has passed,
/// until the wall is ahead of it again.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    wall: i64,
    moment: i64,
}

impl Steady {
    /// A clock that stands at `wall` ms when the time that has passed is `moment` ms.
    #[must_use]
    pub fn at(wall: i64, moment: i64) -> Self {
        Self { wall, moment }
    }

    /// What it shows when the wall shows `wall` ms and so many ms have passed.
    pub fn read(&mut self, wall: i64, moment: i64) -> i64 {
        let passed = self.wall.saturating_add(moment.saturating_sub(self.moment));
        if wall > passed {
            *self = Self::at(wall, moment);
        }
        passed.max(wall)
    }
}

/// An instant as a clock on the wall shows it in some zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// Ms since the epoch of that wall clock.
    wall: i64,
}

impl Local {
    /// What the wall clock of `zone` shows at `time` (ms since the epoch).
    #[must_use]
    pub fn at(time: i64, zone: &TimeZone) -> Self {
        let offset = jiff::Timestamp::from_millisecond(time)
            .map_or(0, |t| i64::from(zone.to_offset(t).seconds()));
        Self {
            wall: time.saturating_add(offset * 1_000),
        }
    }

    /// The day.
    #[must_use]
    pub fn date(self) -> Day {
        Day(i32::try_from(self.wall.div_euclid(DAY_MS)).unwrap_or(i32::MAX))
    }

    /// 0…23.
    #[must_use]
    pub fn hour(self) -> i64 {
        self.day_ms() / 3_600_000
    }

    /// Ms since local midnight by the wall clock.
    #[must_use]
    pub fn day_ms(self) -> i64 {
        self.wall.rem_euclid(DAY_MS)
    }

    /// Monday = 1 … Sunday = 7 (ISO 8601).
    #[must_use]
    pub fn weekday(self) -> i64 {
        (self.wall.div_euclid(DAY_MS) + 3).rem_euclid(7) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_equals_the_general_parser() {
        let mut at = -62_135_596_800i64;
        while at < 253_402_300_800 {
            let text = jiff::Timestamp::from_second(at).unwrap().to_string();
            assert_eq!(utc_seconds(&text), Some(at * 1_000), "{text}");
            at += 86_399 * 977;
        }
        for bad in [
            "2019-02-29T00:00:00Z",
            "2019-13-01T00:00:00Z",
            "2019-01-01T24:00:00Z",
            "2019-01-01 00:00:00Z",
        ] {
            assert_eq!(utc_seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_steady_clock_follows_ahead_and_never_back() {
        let mut steady = Steady::at(1_000, 0);
        for (wall, moment, shows) in [
            (1_100, 100, 1_100),
            (600, 200, 1_200),
            (700, 300, 1_300),
            (5_000, 400, 5_000),
            (5_050, 500, 5_100),
            (900, 600, 5_200),
        ] {
            assert_eq!(steady.read(wall, moment), shows, "{wall} {moment}");
        }
    }

    #[test]
    fn the_wall_clock_knows_zones() {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        // 2026-03-01T16:30:00Z is Monday 00:30 in Shanghai.
        let local = Local::at(1_772_382_600_000, &shanghai);
        assert_eq!((local.weekday(), local.hour()), (1, 0));
        assert_eq!(Local::at(1_772_382_600_000, &TimeZone::UTC).weekday(), 7);
    }
}
