//! How far back a feature sees depends on its own declaration and its own stream alone.

use super::*;
use crate::window::read::Window;
use crate::window::track::{Measure, Shape};
use rules::catalogue::feature::{Key, Take};
use rules::value::{Text, Type};

const LATENESS: i64 = 5;

/// A plan of one track with a count over 10 ms; `reach` is that of the track's longest window.
fn plan(reach: i64) -> Plan {
    let counted = Measure {
        cell: None,
        sum: false,
        mask: None,
    };
    let window = Window {
        take: Take::Count,
        count: 0,
        sum: 0,
        cell: 0,
        mask: None,
        summary: None,
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
    let order = Order { time, seq: 99 };
    tracks.read(plan, &plan.features[0], order, false)
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
