//! Dated timers against a walk over every minute, and the hours that a zone skips or has twice.

use super::*;
use proptest::prelude::*;
use rules::catalogue::TagId;
use rules::finding::Place;

const MINUTE: i64 = 60_000;

fn timer(every: Option<Every>, before: i32, hour: i64) -> DatedTimer {
    DatedTimer {
        name: "t".into(),
        tag: TagId(0),
        every,
        before,
        at: hour * 60 * MINUTE,
        spread: 0,
        place: Place::file("catalog/timers.toml"),
    }
}

fn wall(zone: &str) -> Wall {
    let zone = TimeZone::get(zone).unwrap();
    Wall {
        zone: zone.clone(),
        ends: None,
        then: zone,
    }
}

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

const NEW: Past = Past {
    since: 0,
    done: None,
    pending: None,
};

/// The next three instants, each armed when the one before has fired.
fn fires(timer: &DatedTimer, date: &str, wall: &Wall, from: &str) -> Vec<String> {
    let dated = Dated {
        timer,
        date: day(date),
        ends: None,
        turn: 0,
        wall,
    };
    let mut past = Past {
        since: ms(from),
        ..NEW
    };
    let mut all = Vec::new();
    while let Some(armed) = dated.next(past).filter(|_| all.len() < 3) {
        all.push(rules::value::time_text(armed.due));
        past = Past {
            since: armed.due,
            done: Some(armed.day),
            pending: None,
        };
    }
    all
}

#[test]
fn a_leap_day_is_the_28th_in_common_years() {
    let timer = timer(Some(Every::Year), 3, 9);
    let told = fires(
        &timer,
        "1996-02-29",
        &wall("Asia/Shanghai"),
        "2026-01-01T00:00:00Z",
    );
    assert_eq!(
        told,
        [
            "2026-02-25T01:00:00.000Z",
            "2027-02-25T01:00:00.000Z",
            "2028-02-26T01:00:00.000Z"
        ]
    );
}

#[test]
fn the_31st_is_the_last_of_a_shorter_month() {
    let timer = timer(Some(Every::Month), 0, 0);
    let told = fires(&timer, "2025-12-31", &wall("UTC"), "2026-01-31T00:00:00Z");
    let months = ["2026-02-28", "2026-03-31", "2026-04-30"];
    assert_eq!(told, months.map(|day| format!("{day}T00:00:00.000Z")));
}

#[test]
fn a_date_without_every_comes_once_and_none_comes_before_it() {
    let once = timer(None, 30, 10);
    let told = fires(&once, "2026-07-01", &wall("UTC"), "2026-01-01T00:00:00Z");
    assert_eq!(told, ["2026-06-01T10:00:00.000Z"]);
    assert!(fires(&once, "2026-07-01", &wall("UTC"), "2026-06-01T10:00:00Z").is_empty());
    let yearly = timer(Some(Every::Year), 0, 0);
    let told = fires(&yearly, "2030-05-05", &wall("UTC"), "2026-01-01T00:00:00Z");
    assert_eq!(told.first().unwrap(), "2030-05-05T00:00:00.000Z");
}

/// In Paris 02:30 of 29 March 2026 is not there, and 02:30 of 25 October 2026 is there twice.
#[test]
fn an_hour_that_is_skipped_is_behind_the_gap_and_one_that_comes_twice_is_the_first() {
    let mut timer = timer(Some(Every::Month), 0, 0);
    timer.at = 150 * MINUTE;
    let paris = wall("Europe/Paris");
    let told = fires(&timer, "2026-03-29", &paris, "2026-03-28T00:00:00Z");
    // 02:30 at UTC+1 is 03:30 at UTC+2.
    assert_eq!(told.first().unwrap(), "2026-03-29T01:30:00.000Z");
    let told = fires(&timer, "2026-10-25", &paris, "2026-10-24T00:00:00Z");
    assert_eq!(told.first().unwrap(), "2026-10-25T00:30:00.000Z");
    // Summer and winter have one hour on the wall.
    timer.at = 540 * MINUTE;
    let told = fires(&timer, "2026-03-15", &paris, "2026-03-14T00:00:00Z");
    let walls = ["2026-03-15T08", "2026-04-15T07", "2026-05-15T07"];
    assert_eq!(told, walls.map(|hour| format!("{hour}:00:00.000Z")));
}

#[test]
fn a_day_that_pends_is_owed_when_another_zone_puts_it_into_the_past() {
    let timer = timer(Some(Every::Year), 0, 9);
    let past = Past {
        since: ms("2026-03-05T10:00:00Z"),
        done: Some(day("2025-03-05")),
        pending: Some(day("2026-03-05")),
    };
    let dated = |wall| Dated {
        timer: &timer,
        date: day("1990-03-05"),
        ends: None,
        turn: 0,
        wall,
    };
    // New York has 05:00; Shanghai had nine o'clock hours ago.
    let (west, east) = (wall("America/New_York"), wall("Asia/Shanghai"));
    let due = |wall| dated(wall).next(past).unwrap().due;
    assert_eq!(due(&west), ms("2026-03-05T14:00:00Z"));
    assert_eq!(due(&east), past.since);
    // What has fired in the east does not fire again in the west.
    let fired = Past {
        done: Some(day("2026-03-05")),
        pending: None,
        ..past
    };
    assert_eq!(dated(&west).next(fired).unwrap().day, day("2027-03-05"));
}

#[test]
fn a_tag_that_ends_before_takes_its_timer_along() {
    let (timer, wall) = (timer(None, 0, 9), wall("UTC"));
    let due = ms("2026-03-05T09:00:00Z");
    for (ends, armed) in [(due, false), (due + 1, true)] {
        let dated = Dated {
            timer: &timer,
            date: day("2026-03-05"),
            ends: Some(ends),
            turn: 0,
            wall: &wall,
        };
        assert_eq!(dated.next(NEW).is_some(), armed);
    }
}

#[test]
fn a_zone_that_ends_before_gives_way_to_the_next() {
    let timer = timer(None, 0, 9);
    let mut wall = wall("Asia/Shanghai");
    wall.then = TimeZone::get("America/New_York").unwrap();
    for (ends, due) in [
        // Not before the deadline in Shanghai; before it; before it, and behind nine in New York.
        ("2026-03-05T02:00:00Z", "2026-03-05T01:00:00Z"),
        ("2026-03-05T00:00:00Z", "2026-03-05T14:00:00Z"),
    ] {
        wall.ends = Some(ms(ends));
        let dated = Dated {
            timer: &timer,
            date: day("2026-03-05"),
            ends: None,
            turn: 0,
            wall: &wall,
        };
        assert_eq!(dated.next(NEW).unwrap().due, ms(due));
    }
    wall.zone = TimeZone::get("America/New_York").unwrap();
    wall.then = TimeZone::get("Asia/Shanghai").unwrap();
    wall.ends = Some(ms("2026-03-05T12:00:00Z"));
    let dated = Dated {
        timer: &timer,
        date: day("2026-03-05"),
        ends: None,
        turn: 0,
        wall: &wall,
    };
    assert_eq!(dated.next(NEW).unwrap().due, ms("2026-03-05T12:00:00Z"));
}

const ZONES: [&str; 6] = [
    "Asia/Shanghai",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
];

/// True when the wall clock of a zone first shows this hour of an occurrence's day: found by walking.
fn walked(dated: &Dated<'_>, since: i64, done: Option<Day>) -> Option<i64> {
    let zone = &dated.wall.zone;
    let (timer, date) = (dated.timer, dated.date.to_civil()?);
    // Every day of five years around, by its calendar alone.
    let from = Day(i32::try_from(since.div_euclid(crate::time::DAY_MS)).ok()? - 3);
    for at in 0..1_900 {
        let fire = Day(from.0 + at);
        let day = Day(fire.0 + timer.before);
        let civil = day.to_civil()?;
        let last = civil.last_of_month().day();
        let same_day = civil.day() == date.day().min(last);
        let falls = match timer.every {
            None => day == dated.date,
            Some(Every::Week) => (day.0 - dated.date.0) % 7 == 0,
            Some(Every::Month) => same_day,
            Some(Every::Year) => same_day && civil.month() == date.month(),
        };
        if !falls || day < dated.date || done.is_some_and(|done| day <= done) {
            continue;
        }
        // The first minute of the day, and a little behind, that shows the hour or is past it.
        let midnight = fire.to_civil()?.to_datetime(Time::midnight());
        let utc = midnight
            .to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_millisecond();
        let wanted = utc + timer.at;
        let shows = |ms: i64| {
            let stamp = jiff::Timestamp::from_millisecond(ms).unwrap();
            ms + i64::from(zone.to_offset(stamp).seconds()) * 1_000
        };
        let mut ms = utc - 16 * 3_600_000;
        while shows(ms) < wanted {
            ms += 30 * MINUTE;
        }
        // In a gap the hour is read by the clock as it was before.
        if shows(ms) != wanted {
            let before = ms - 30 * MINUTE;
            ms = wanted - (shows(before) - before);
        }
        if ms + dated.turn > since {
            return Some(ms + dated.turn);
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn the_calendar_says_what_a_walk_over_all_days_says(
        zone in prop::sample::select(ZONES.to_vec()),
        every in prop::sample::select(vec![None, Some(Every::Year), Some(Every::Month), Some(Every::Week)]),
        before in 0i32..40,
        half_hours in 0i64..48,
        date in 16_000i32..21_500,
        since in 1_700_000_000_000i64..1_780_000_000_000,
        turn in 0i64..3_600_000,
        fired in prop::option::of(0i32..60),
    ) {
        let mut timer = timer(every, before, 0);
        timer.at = half_hours * 30 * MINUTE;
        let wall = wall(zone);
        let dated = Dated { timer: &timer, date: Day(date), ends: None, turn, wall: &wall };
        let today = i32::try_from(since / crate::time::DAY_MS).unwrap();
        let done = fired.map(|ago| Day(today + before - ago));
        let next = dated.next(Past { since, done, pending: None });
        prop_assert_eq!(next.map(|n| n.due), walked(&dated, since, done));
    }
}
