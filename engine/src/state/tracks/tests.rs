//! How far back a feature sees depends on its own declaration and its own stream alone.

use super::*;
use crate::window::read::Window;
use crate::window::track::{Measure, Shape, Total};
use jiff::tz::TimeZone;
use rules::catalogue::feature::{Key, Span, Take};
use rules::value::{Text, Type};

const LATENESS: i64 = 5;

/// A plan of one track with a count over 10 ms; `reach` is that of the track's longest window.
fn plan(reach: i64) -> Plan {
    let counted = Measure {
        cell: None,
        total: Total::Count,
        mask: None,
    };
    let window = Window {
        take: Take::Count,
        count: 0,
        sum: 0,
        spread: None,
        cell: 0,
        judged: None,
        mask: None,
        summary: None,
        span: Span::Sliding,
        step: None,
        over: 10,
        edge: Some(0),
        delay: 0,
        current: true,
        min: None,
        default: Value::Missing,
        max: 1,
        ty: Type::Int,
    };
    let track = |place| TrackPlan {
        stream: Text::default(),
        key: Key::Customer,
        place,
        shape: Shape {
            cells: 0,
            measures: vec![counted],
            summaries: Vec::new(),
            lengths: vec![10],
        },
        fields: Vec::new(),
        masks: Vec::new(),
        step: None,
        reach,
    };
    Plan {
        tracks: vec![track(0), track(1)],
        features: vec![FeaturePlan {
            track: 0,
            window,
            located: None,
        }],
        lateness_max: LATENESS,
        ..Plan::default()
    }
}

fn insert(tracks: &mut Tracks, plan: &Plan, track: usize, time: i64, seq: u64) {
    let order = Order { time, seq };
    tracks.insert(plan, &plan.tracks[track], order, 0, Vec::new());
}

fn count(tracks: &Tracks, plan: &Plan, time: i64) -> Value {
    let reader = Reader {
        order: Order { time, seq: 99 },
        before: false,
        zone: &TimeZone::UTC,
    };
    tracks.read(plan, &plan.features[0], &reader)
}

#[test]
fn a_longer_window_on_the_stream_changes_no_shorter_one() {
    // A reader far behind the newest event: an entity's customers need not have one clock.
    let far_behind = |reach| {
        let plan = plan(reach);
        let mut tracks = Tracks::new(2);
        for (time, seq) in [(100, 1), (95, 2), (200, 3), (101, 4)] {
            insert(&mut tracks, &plan, 0, time, seq);
        }
        [100, 101, 185, 186, 195, 200].map(|time| count(&tracks, &plan, time))
    };
    assert_eq!(far_behind(10), far_behind(1_000));
}

#[test]
fn an_event_of_another_stream_hides_nothing() {
    let plan = plan(10);
    let mut tracks = Tracks::new(2);
    insert(&mut tracks, &plan, 0, 100, 1);
    insert(&mut tracks, &plan, 1, 10_000, 2);
    assert_eq!(count(&tracks, &plan, 100), Value::Int(1));
}

#[test]
fn what_comes_within_the_lateness_is_counted_in_full() {
    let plan = plan(10);
    let mut tracks = Tracks::new(2);
    for (time, seq) in [(86, 1), (91, 2), (100, 3), (95, 4)] {
        insert(&mut tracks, &plan, 0, time, seq);
    }
    // (85, 95]: 86, 91 and 95.
    assert_eq!(count(&tracks, &plan, 95), Value::Int(3));
}

#[test]
fn what_no_window_can_reach_is_let_go() {
    let plan = plan(10);
    let mut tracks = Tracks::new(2);
    for seq in 0..1_000u32 {
        insert(&mut tracks, &plan, 0, i64::from(seq), u64::from(seq));
    }
    let kept = tracks
        .iter(plan.tracks.iter())
        .map(|(_, track)| track.len());
    assert_eq!(kept.sum::<usize>(), 15);
}

#[test]
fn a_key_with_too_many_events_keeps_the_newest_and_says_so() {
    const MANY: u32 = 1 << 18;
    let mut plan = plan(10_000_000);
    plan.features[0].window.over = 10_000_000;
    let mut tracks = Tracks::new(2);
    let told = |tracks: &Tracks, time: i64| {
        let reader = Reader {
            order: Order { time, seq: 1 << 20 },
            before: false,
            zone: &TimeZone::UTC,
        };
        let value = tracks.read(&plan, &plan.features[0], &reader);
        let is_part = tracks.is_truncated(&plan, &plan.features[0], &reader, &value);
        (value, is_part)
    };
    for seq in 0..MANY - 1 {
        insert(&mut tracks, &plan, 0, i64::from(seq), u64::from(seq));
    }
    let most = i64::from(MANY);
    assert_eq!(told(&tracks, most), (Value::Int(most - 1), false));
    for seq in MANY - 1..MANY + 5 {
        insert(&mut tracks, &plan, 0, i64::from(seq), u64::from(seq));
    }
    assert_eq!(told(&tracks, most + 4), (Value::Int(most), true));
    // One that comes late, and is older than all that is kept, is not among the newest.
    insert(&mut tracks, &plan, 0, 0, 1 << 19);
    assert_eq!(told(&tracks, most + 4), (Value::Int(most), true));
    let kept = tracks
        .iter(plan.tracks.iter())
        .map(|(_, track)| track.len());
    assert_eq!(kept.sum::<usize>(), ENTRIES_PER_TRACK_MAX);
}

#[test]
fn what_nobody_can_ask_for_any_more_leaves_nothing() {
    let plan = plan(10);
    let mut tracks = Tracks::new(2);
    for (time, seq) in [(100, 1), (104, 2)] {
        insert(&mut tracks, &plan, 0, time, seq);
    }
    let kept = |tracks: &Tracks| {
        let mut tracks = tracks.iter(plan.tracks.iter());
        tracks.next().map(|(_, track)| track.len())
    };
    tracks.trim(&plan, Key::Customer, 114);
    assert_eq!(kept(&tracks), Some(2));
    tracks.trim(&plan, Key::Customer, 115);
    assert_eq!(kept(&tracks), Some(1));
    assert_eq!(count(&tracks, &plan, 110), Value::Int(1));
    tracks.trim(&plan, Key::Customer, 119);
    assert_eq!(kept(&tracks), Some(0));
    assert_eq!(count(&tracks, &plan, 114), Value::Int(0));
}
