//! The door: numbers, ticks, bounds and order are functions of the records alone.

use super::*;
use proptest::prelude::*;
use rules::catalogue::EventId;
use rules::catalogue::load::load;
use rules::project::Project;

const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;
/// 2026-03-02T00:00:00Z
const START: i64 = 1_772_409_600_000;

fn door(order: OrderBy) -> Door {
    let time = "[time]\nlateness = \"10m\"\nmax_future = \"5m\"\nmax_past = \"7d\"\n";
    let (catalogue, findings) = load(&Project::from_files([("catalog/events.toml", time)]));
    assert!(!findings.has_errors(), "{findings:?}");
    Door::new(&catalogue, order)
}

fn record(line: u64, time: i64) -> Prepared {
    Box::new(Taken {
        line,
        conditions: 0,
        admission: Admission::Taken,
        event: Event {
            kind: EventId(0),
            id: "e".into(),
            source: "s".into(),
            customer: "c".into(),
            time,
            fields: Vec::new(),
            digest: 0,
            seq: 0,
            ordinal: 0,
            door: time,
            late: false,
            asked: None,
            trace: None,
            entity_values: Vec::new(),
            entity_truncated: Vec::new(),
        },
    })
}

/// What went through and what did not, told short.
#[derive(Debug, Default, PartialEq)]
struct Told {
    /// Line and time of events, in order.
    events: Vec<(u64, i64)>,
    /// Number and time of ticks, and the number of the event each stands before.
    ticks: Vec<(u64, i64)>,
    /// Numbers of all inputs.
    seqs: Vec<u64>,
    /// Door times of events.
    doors: Vec<i64>,
    refused: Vec<u64>,
}

/// Times relative to [`START`], received so many at once.
fn tell(order: OrderBy, times: &[i64], at_once: usize) -> Told {
    let records: Vec<Prepared> = (1..)
        .zip(times)
        .map(|(line, t)| record(line, START.saturating_add(*t)))
        .collect();
    let mut door = door(order);
    let (mut inputs, mut refused, mut told) = (Vec::new(), Vec::new(), Told::default());
    for some in records.chunks(at_once) {
        door.receive(some.to_vec(), &mut inputs, &mut refused);
    }
    door.finish(&mut inputs, &mut refused);
    for input in inputs {
        match input {
            Input::Event(taken) => {
                told.events.push((taken.line, taken.event.time - START));
                told.seqs.push(taken.event.seq);
                told.doors.push(taken.event.door - START);
            }
            Input::Tick { seq, door } => {
                told.ticks.push((seq, door - START));
                told.seqs.push(seq);
            }
        }
    }
    told.refused = refused.iter().map(|r| r.line).collect();
    told
}

fn arrival(times: &[i64]) -> Told {
    tell(OrderBy::Arrival, times, 3)
}

fn some_times(from: i64, step: i64, n: i64) -> Vec<i64> {
    (0..n).map(|i| from + i * step).collect()
}

#[test]
fn a_tick_stands_before_the_first_record_past_each_whole_second() {
    let told = arrival(&[500, 900, 999, 1_000, 1_001, 900, 5_700, 5_600]);
    assert_eq!(told.ticks, [(4, 1_000), (8, 5_000)]);
    assert_eq!(told.seqs, (1..=10).collect::<Vec<u64>>());
    assert_eq!(
        told.doors,
        [500, 900, 999, 1_000, 1_001, 1_001, 5_700, 5_700]
    );
}

#[test]
fn one_wild_time_moves_nobody_wherever_it_stands() {
    let calm = some_times(0, 1_000, 30);
    for wild in [DAY, 400 * DAY, -8 * DAY, i64::MAX, i64::MIN, 30_000 * DAY] {
        // At the very end nothing behind it can tell, and nobody is left to be moved.
        for place in 0..calm.len() {
            // A first record has nothing to be behind of.
            if place == 0 && wild < 0 {
                continue;
            }
            let mut times = calm.clone();
            times.insert(place, wild);
            let told = arrival(&times);
            let line = u64::try_from(place + 1).unwrap();
            assert_eq!(told.refused, [line], "{wild} at {place}");
            assert_eq!(told.events.len(), calm.len());
        }
    }
}

#[test]
fn a_few_wild_times_together_move_nobody_either() {
    for wild in [[DAY, 2 * DAY, DAY + 1], [DAY, DAY, DAY]] {
        let mut times = some_times(0, 1_000, 30);
        for (n, time) in wild.into_iter().enumerate() {
            times.insert(10 + n, time);
        }
        let told = arrival(&times);
        assert_eq!(told.refused, [11, 12, 13], "{wild:?}");
    }
}

#[test]
fn a_night_without_events_is_no_wild_time() {
    let mut times = some_times(0, 1_000, 20);
    times.extend(some_times(DAY / 2, 1_000, 20));
    times.extend(some_times(3 * DAY, DAY, 20));
    assert!(arrival(&times).refused.is_empty());
}

#[test]
fn after_a_gap_the_newest_of_some_records_may_come_first() {
    // All within the lateness of each other, the newest far in front of the rest.
    let mut times = some_times(0, 1_000, 20);
    times.push(DAY + 9 * MINUTE);
    times.extend(some_times(DAY, 1_000, 20));
    assert!(arrival(&times).refused.is_empty());
}

#[test]
fn what_is_long_past_is_refused() {
    let told = arrival(&[8 * DAY, 8 * DAY, DAY, DAY - 1, 8 * DAY]);
    assert_eq!(told.refused, [4]);
}

#[test]
fn held_records_come_out_sorted_and_only_once_the_watermark_has_passed() {
    let mut door = door(OrderBy::EventTime);
    let (mut inputs, mut refused) = (Vec::new(), Vec::new());
    let times = [5 * MINUTE, 0, 5 * MINUTE, 3 * MINUTE];
    let late = [16 * MINUTE, MINUTE];
    let records = (1..)
        .zip(times.iter().chain(&late))
        .map(|(l, t)| record(l, START + t));
    // Records behind them, so that none of these waits for what follows.
    let behind = (7..15).map(|line| record(line, START + 16 * MINUTE));
    door.receive(records.chain(behind).collect(), &mut inputs, &mut refused);
    let lines = |inputs: &[Input]| {
        let events = inputs.iter().filter_map(|i| match i {
            Input::Event(taken) => Some(taken.line),
            Input::Tick { .. } => None,
        });
        events.collect::<Vec<u64>>()
    };
    // The watermark is 16 min − 10 min: equal times in their order, then the one that came too late.
    assert_eq!(lines(&inputs), [2, 4, 1, 3, 6]);
    door.finish(&mut inputs, &mut refused);
    assert_eq!(
        lines(&inputs),
        [2, 4, 1, 3, 6, 5, 7, 8, 9, 10, 11, 12, 13, 14]
    );
}

proptest! {
    #[test]
    fn how_many_records_come_at_once_changes_nothing(
        times in prop::collection::vec(
            prop_oneof![8 => 0..30 * MINUTE, 1 => -9 * DAY..9 * DAY, 1 => Just(400 * DAY)], 0..60),
        at_once in 1usize..20,
    ) {
        for order in [OrderBy::Arrival, OrderBy::EventTime] {
            let one = tell(order, &times, 1);
            prop_assert_eq!(&tell(order, &times, at_once), &one);
            prop_assert_eq!(one.events.len() + one.refused.len(), times.len());
            prop_assert!(one.seqs.iter().zip(1..).all(|(seq, n)| *seq == n));
            prop_assert!(one.doors.is_sorted());
            prop_assert!(one.ticks.iter().all(|(_, at)| at % 1_000 == 0));
        }
    }
}

/// Lines of the events let in with their door times, and lines refused.
fn live(door: &mut Door, now: i64, times: &[i64]) -> (Vec<(u64, i64)>, Vec<u64>) {
    let records = (1..).zip(times).map(|(line, t)| record(line, START + t));
    let (mut inputs, mut refused) = (Vec::new(), Vec::new());
    door.receive_live(records.collect(), START + now, &mut inputs, &mut refused);
    let taken = inputs.iter().map(|input| match input {
        Input::Event(taken) => (taken.line, taken.event.door - START),
        Input::Tick { .. } => panic!("nobody asked for a tick"),
    });
    (taken.collect(), refused.iter().map(|r| r.line).collect())
}

#[test]
fn a_live_door_lets_in_what_is_within_its_bounds_of_the_clock() {
    let mut door = door(OrderBy::Arrival);
    let (future, past) = (5 * MINUTE, -7 * DAY);
    let times = [0, future, future + 1, past, past - 1, -i64::MAX / 2];
    let (taken, refused) = live(&mut door, 0, &times);
    assert_eq!(taken, [(1, 0), (2, 0), (4, 0)]);
    assert_eq!(refused, [3, 5, 6]);
    assert_eq!(door.stand().seq, 3);
}

#[test]
fn a_clock_that_is_set_back_is_not_followed() {
    let mut door = door(OrderBy::Arrival);
    assert_eq!(live(&mut door, MINUTE, &[0]).0, [(1, MINUTE)]);
    assert_eq!(live(&mut door, 0, &[0]).0, [(1, MINUTE)]);
    assert!(door.tick(START + MINUTE).is_some());
    assert!(door.tick(START).is_none());
    assert_eq!(live(&mut door, 2 * MINUTE, &[0]).0, [(1, 2 * MINUTE)]);
}
