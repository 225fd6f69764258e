//! Kinds of windows at their borders, and takes on numbers that are known.

use super::*;
use crate::window::spread::Sums;
use rules::catalogue::feature::Period;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// `shape` with the sums of a spread.
fn spreading() -> Shape {
    let mut shape = shape();
    for total in [Total::Bounded, Total::SquaresLow, Total::SquaresHigh] {
        shape.measures.push(Measure {
            cell: Some(NUMBER),
            total,
            mask: None,
        });
    }
    shape
}

fn taken(take: Take) -> Window {
    let mut window = window(take, 1_000, NUMBER, Type::Int);
    window.spread = Some(Sums {
        sum: 6,
        squares: (7, 8),
    });
    window.judged = take.leaves_out().then_some(NUMBER);
    if matches!(take, Take::StdDev | Take::ZScore | Take::Decay(_)) {
        window.ty = Type::Decimal;
    }
    window
}

fn numbered(values: impl IntoIterator<Item = i64>) -> Track {
    let mut track = Track::default();
    for (value, seq) in values.into_iter().zip(1u64..) {
        let cells = vec![Cell::Number(value), Cell::Empty];
        track.insert(&spreading(), at(seq as i64, seq), 0, cells);
    }
    track
}

/// The window behind all entries, or as the last of them sees it.
fn says(window: &Window, track: &Track) -> Value {
    let order = at(track.newest(), track.newest() as u64);
    super::read(window, &spreading(), track, order, i64::MIN, false)
}

fn counted(span: Span, over: i64, zone: &str, times: &[i64], now: i64) -> i64 {
    let entries: Vec<(i64, u64, i64)> = times.iter().map(|time| (*time, 1, 1)).collect();
    let mut count = window(Take::Count, over, NUMBER, Type::Int);
    count.span = span;
    let reader = Reader {
        order: at(now, 9),
        before: false,
        zone: &TimeZone::get(zone).unwrap(),
    };
    match count.read(&shape(), &numbers(&entries), &reader, i64::MIN) {
        Value::Int(n) => n,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_session_ends_when_its_gap_has_passed() {
    let session = |now| {
        counted(
            Span::Session(100),
            1_000,
            "UTC",
            &[0, 99, 199, 298, 397],
            now,
        )
    };
    assert_eq!(session(0), 1);
    assert_eq!(session(99), 2);
    // Of events a whole gap apart the first is in another session.
    assert_eq!(session(198), 2);
    assert_eq!(session(199), 1);
    assert_eq!(session(397), 3);
    assert_eq!(session(496), 3);
    assert_eq!(session(497), 0);
}

#[test]
fn a_session_is_followed_back_no_further_than_it_says() {
    let times: Vec<i64> = (0..50).map(|n| n * 10).collect();
    let session = |over| counted(Span::Session(20), over, "UTC", &times, 490);
    assert_eq!(session(1_000), 50);
    assert_eq!(session(100), 10);
    assert_eq!(session(101), 11);
}

#[test]
fn a_pane_begins_with_its_first_instant() {
    let pane = |now| {
        counted(
            Span::Tumbling(-3),
            100,
            "UTC",
            &[96, 97, 150, 196, 197],
            now,
        )
    };
    assert_eq!(pane(96), 1);
    assert_eq!(pane(97), 1);
    assert_eq!(pane(196), 3);
    assert_eq!(pane(197), 1);
    assert_eq!(pane(1_000), 0);
    assert_eq!(
        counted(Span::Tumbling(0), 100, "UTC", &[-101, -100, -1], -1),
        2
    );
}

#[test]
fn a_calendar_window_begins_with_the_first_instant_of_its_period() {
    // 2026-03-08T05:00Z is midnight in New York; that day has 23 hours.
    let midnight = 1_772_946_000_000;
    let day = |at, now| {
        let span = Span::Calendar(Period::Day);
        counted(span, Period::Day.longest(), "America/New_York", &[at], now)
    };
    let last = midnight + 23 * HOUR - 1;
    assert_eq!(day(midnight, last), 1);
    assert_eq!(day(midnight - 1, last), 0);
    assert_eq!(day(midnight, last + 1), 0);
    // Clocks go from midnight to one in Beirut on 2026-03-29: the day begins at 2026-03-28T22:00Z.
    let beirut = 1_774_735_200_000;
    let span = Span::Calendar(Period::Day);
    let begins = |at, now| counted(span, 2 * DAY, "Asia/Beirut", &[at], now);
    assert_eq!(begins(beirut, beirut + 23 * HOUR - 1), 1);
    assert_eq!(begins(beirut - 1, beirut), 0);
    // 2026-11-02T00:00 in Shanghai is a Monday; the first was a Sunday.
    let monday = 1_793_548_800_000;
    let since = |period: Period, at, now| {
        let span = Span::Calendar(period);
        counted(span, period.longest(), "Asia/Shanghai", &[at], now)
    };
    assert_eq!(since(Period::Week, monday, monday + 7 * DAY - 1), 1);
    assert_eq!(since(Period::Week, monday - 1, monday), 0);
    assert_eq!(since(Period::Week, monday, monday + 7 * DAY), 0);
    assert_eq!(since(Period::Month, monday - DAY, monday + 29 * DAY - 1), 1);
    assert_eq!(since(Period::Month, monday - DAY - 1, monday), 0);
    let year = 1_767_196_800_000;
    assert_eq!(since(Period::Year, year, year + 365 * DAY - 1), 1);
    assert_eq!(since(Period::Year, year - 1, year + 300 * DAY), 0);
    assert_eq!(since(Period::Year, year, year + 365 * DAY), 0);
}

#[test]
fn a_deviation_is_that_of_a_sample_and_exact_however_far_from_nought() {
    let known = [2i64, 4, 4, 4, 5, 5, 7, 9];
    for shift in [0, -7, 1 << 40, -(1 << 43)] {
        let track = numbered(known.map(|n| n + shift));
        let want = Value::Decimal((32.0f64 / 7.0).sqrt());
        assert_eq!(says(&taken(Take::StdDev), &track), want, "{shift}");
    }
    assert_eq!(says(&taken(Take::StdDev), &numbered([5])), Value::Missing);
    assert_eq!(
        says(&taken(Take::StdDev), &numbered([5, 5, 5])),
        Value::Decimal(0.0)
    );
    let mut money = taken(Take::StdDev);
    let cny = rules::money::Currency::parse("CNY").unwrap();
    money.ty = Type::Money(cny);
    let minor = |n| Value::Money(rules::money::Money::minor(n, cny));
    assert_eq!(says(&money, &numbered(known)), minor(2));
    // 2 and 5: the root of 4.5 is 2.12; 1 and 6: of 12.5, 3.54.
    assert_eq!(says(&money, &numbered([1, 6])), minor(4));
}

#[test]
fn values_beyond_their_bound_count_as_it_and_nothing_overflows() {
    let track = numbered((0..2_000).map(|n| if n % 2 == 0 { i64::MAX } else { i64::MIN }));
    let mut deviation = taken(Take::StdDev);
    deviation.over = 10_000;
    let bound = (1i64 << 44) as f64;
    let want = (bound * bound * 2_000.0 / 1_999.0).sqrt();
    let Value::Decimal(got) = says(&deviation, &track) else {
        unreachable!("no deviation");
    };
    assert!((got / want - 1.0).abs() < 1e-12, "{got} {want}");
}

#[test]
fn a_score_leaves_the_judged_value_out() {
    // Before 9 stand 2 and 4: mean 3, deviation √2.
    let score = says(&taken(Take::ZScore), &numbered([2, 4, 9]));
    assert_eq!(score, Value::Decimal(6.0 / 2.0f64.sqrt()));
    for few in [&[1][..], &[1, 2], &[4, 4, 9]] {
        let score = says(&taken(Take::ZScore), &numbered(few.iter().copied()));
        assert_eq!(score, Value::Missing, "{few:?}");
    }
    // Nobody is judged behind them all.
    let shape = spreading();
    let behind = super::read(
        &taken(Take::ZScore),
        &shape,
        &numbered([2, 4, 9]),
        at(3, 99),
        0,
        false,
    );
    assert_eq!(behind, Value::Missing);
}

#[test]
fn a_quantile_is_a_value_that_occurred() {
    let track = numbered([10, 3, 7, 1, 9, 2, 8, 4, 6, 5]);
    let quantile = |millionths| says(&taken(Take::Quantile(millionths)), &track);
    for (millionths, want) in [
        (1, 1),
        (100_000, 1),
        (100_001, 2),
        (500_000, 5),
        (900_000, 9),
    ] {
        assert_eq!(quantile(millionths), Value::Int(want), "{millionths}");
    }
    assert_eq!(quantile(1_000_000), Value::Int(10));
    let mut newest = taken(Take::Quantile(1_000_000));
    newest.max = 3;
    assert_eq!(says(&newest, &track), Value::Int(6));
}

#[test]
fn first_and_nth_last_count_values_from_both_ends() {
    let track = numbered([4, 5, 6]);
    assert_eq!(says(&taken(Take::First), &track), Value::Int(4));
    for (nth, want) in [(1, Value::Int(6)), (3, Value::Int(4)), (4, Value::Missing)] {
        assert_eq!(says(&taken(Take::NthLast(nth)), &track), want, "{nth}");
    }
}

#[test]
fn a_faded_sum_halves_with_every_half_life() {
    // Values 8, 4 and 2 of ages 2, 1 and 0.
    let faded = says(&taken(Take::Decay(1)), &numbered([8, 4, 2]));
    assert_eq!(faded, Value::Decimal(2.0 + 2.0 + 2.0));
    assert_eq!(says(&taken(Take::Decay(1)), &Track::EMPTY), Value::Missing);
}

#[test]
fn a_value_is_new_until_it_has_been_seen() {
    let is_new = |values: &[i64]| says(&taken(Take::New), &numbered(values.iter().copied()));
    assert_eq!(is_new(&[1]), Value::Bool(true));
    assert_eq!(is_new(&[1, 2, 3]), Value::Bool(true));
    assert_eq!(is_new(&[3, 1, 2, 3]), Value::Bool(false));
    let mut soon = taken(Take::New);
    soon.over = 2;
    assert_eq!(says(&soon, &numbered([3, 1, 2, 3])), Value::Bool(true));
}
