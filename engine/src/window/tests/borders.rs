//! Windows at their borders, on a handful of events.

use super::*;

#[test]
fn an_event_of_age_w_is_outside_and_one_a_millisecond_younger_inside() {
    let track = numbers(&[(1_000, 1, 1), (1_001, 2, 10), (1_002, 3, 100)]);
    let count = window(Take::Count, 1_000, NUMBER, Type::Int);
    let read = |time| self::read(&count, &shape(), &track, at(time, 9), i64::MIN, false);
    assert_eq!(read(1_999), Value::Int(3));
    assert_eq!(read(2_000), Value::Int(2));
    assert_eq!(read(2_001), Value::Int(1));
    assert_eq!(read(2_002), Value::Int(0));
}

#[test]
fn a_delayed_window_ends_with_the_instant_of_the_delay() {
    let track = numbers(&[(1_000, 1, 1), (1_500, 2, 1), (2_000, 3, 1)]);
    let mut count = window(Take::Count, 1_000, NUMBER, Type::Int);
    count.delay = 500;
    let read = |time| self::read(&count, &shape(), &track, at(time, 9), i64::MIN, false);
    assert_eq!(read(1_499), Value::Int(0));
    assert_eq!(read(1_500), Value::Int(1));
    assert_eq!(read(2_000), Value::Int(2));
    assert_eq!(read(2_499), Value::Int(2));
    assert_eq!(read(2_500), Value::Int(2));
    assert_eq!(read(3_000), Value::Int(1));
}

#[test]
fn of_equal_times_only_those_numbered_before_are_seen() {
    let track = numbers(&[(5, 1, 1), (5, 2, 10), (5, 3, 100)]);
    let mut sum = window(Take::Sum, 1, NUMBER, Type::Int);
    let read =
        |w: &Window, seq, before| self::read(w, &shape(), &track, at(5, seq), i64::MIN, before);
    assert_eq!(read(&sum, 2, false), Value::Int(11));
    assert_eq!(read(&sum, 2, true), Value::Int(1));
    sum.current = false;
    assert_eq!(read(&sum, 3, false), Value::Int(11));
    let new = window(Take::New, 1, NUMBER, Type::Bool);
    assert_eq!(read(&new, 1, false), Value::Bool(true));
    assert_eq!(read(&new, 2, false), Value::Bool(false));
}

#[test]
fn too_few_events_are_missing_and_missing_is_the_default() {
    let track = numbers(&[(1, 1, 4), (2, 2, 6)]);
    let mut average = window(Take::Avg, 10, NUMBER, Type::Decimal);
    average.min = Some(2);
    let read = |w: &Window, time| self::read(w, &shape(), &track, at(time, 9), i64::MIN, false);
    assert_eq!(read(&average, 1), Value::Missing);
    assert_eq!(read(&average, 2), Value::Decimal(5.0));
    average.default = Value::Decimal(-1.0);
    assert_eq!(read(&average, 1), Value::Decimal(-1.0));
}

#[test]
fn a_sum_beyond_64_bits_stays_at_its_end() {
    let track = numbers(&[(1, 1, i64::MAX), (2, 2, i64::MAX), (3, 3, i64::MIN)]);
    let sum = window(Take::Sum, 10, NUMBER, Type::Int);
    let read = |time| self::read(&sum, &shape(), &track, at(time, 9), i64::MIN, false);
    assert_eq!(read(2), Value::Int(i64::MAX));
    assert_eq!(read(3), Value::Int(i64::MAX - 1));
}

#[test]
fn distinct_is_exact_up_to_its_bound_and_estimated_above_it() {
    let list: Vec<(i64, u64, i64)> = (0..20).map(|n: i64| (n, n.unsigned_abs(), n % 7)).collect();
    let mut distinct = window(Take::Distinct, 100, NUMBER, Type::Int);
    let read = |w: &Window| self::read(w, &shape(), &numbers(&list), at(99, 99), i64::MIN, false);
    assert_eq!(read(&distinct), Value::Int(7));
    distinct.max = 7;
    assert_eq!(read(&distinct), Value::Int(7));
    // Of few values an estimate is the count, and never what would be exact.
    distinct.max = 6;
    assert_eq!(read(&distinct), Value::Int(7));
    distinct.max = 4;
    assert_eq!(read(&distinct), Value::Int(7));
}

#[test]
fn nothing_kept_reads_as_nothing() {
    let empty = Track::EMPTY;
    let read = |take, ty| {
        let w = window(take, 10, NUMBER, ty);
        read(&w, &shape(), &empty, at(5, 1), i64::MIN, false)
    };
    assert_eq!(read(Take::Count, Type::Int), Value::Int(0));
    assert_eq!(read(Take::Sum, Type::Int), Value::Int(0));
    assert_eq!(read(Take::Distinct, Type::Int), Value::Int(0));
    assert_eq!(read(Take::New, Type::Bool), Value::Bool(true));
    for take in [Take::Avg, Take::Min, Take::Max, Take::Last] {
        assert_eq!(read(take, Type::Int), Value::Missing, "{}", take.name());
    }
}
