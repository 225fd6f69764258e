//! Turns given out to key groups.

use super::*;
use crate::round::RoundKey;
use rules::catalogue::audience::Rate;

fn key() -> RoundKey {
    RoundKey {
        event: "context.weather".into(),
        tag: "home_city".into(),
        kind: "city".into(),
        id: "SH".into(),
    }
}

fn done(halted: bool, waiting: &[u64]) -> Done {
    running(Some(i64::MIN), halted, waiting)
}

fn running(since: Option<i64>, halted: bool, waiting: &[u64]) -> Done {
    let demands = (0u16..).zip(waiting).map(|(group, waiting)| Demand {
        key: key(),
        group,
        waiting: *waiting,
    });
    Done {
        demands: demands.collect(),
        running: vec![Running {
            key: key(),
            seq: 7,
            start: 1_000,
            rate: Rate {
                count: 10,
                per: 1_000,
            },
            halted,
            stale: false,
            since,
        }],
        ..Done::default()
    }
}

fn given(grants: &[Grant]) -> Vec<(u16, u64, u64)> {
    let turns = grants.iter().filter_map(|grant| match grant {
        Grant::Turns {
            group, turn, count, ..
        } => Some((*group, *turn, *count)),
        Grant::End { .. } => None,
    });
    turns.collect()
}

#[test]
fn turns_are_given_out_in_the_order_of_groups_and_never_twice() {
    let all = done(false, &[2, 100, 5]);
    assert_eq!(
        given(&grants(all, i64::MIN, 1_450)),
        [(0, 0, 2), (1, 2, 3)],
        "five instants have come: 1000, 1100 … 1400"
    );
    assert_eq!(given(&grants(done(false, &[5]), 1_450, 1_499)), []);
    assert_eq!(given(&grants(done(false, &[5]), 1_450, 1_500)), [(0, 5, 1)]);
}

#[test]
fn what_begins_with_a_tick_has_all_its_turns() {
    // The tick before it was at the very instant of the event.
    let fresh = running(None, false, &[5]);
    assert_eq!(given(&grants(fresh, 1_000, 1_100)), [(0, 0, 2)]);
    let known = running(Some(1_050), false, &[5]);
    assert_eq!(given(&grants(known, 1_000, 1_100)), [(0, 1, 1)]);
}

#[test]
fn a_tick_gives_no_more_than_its_bound() {
    let given = given(&grants(done(false, &[u64::MAX]), i64::MIN, i64::MAX / 2));
    assert_eq!(given, [(0, 0, TOLD_PER_TICK_MAX)]);
}

#[test]
fn a_round_ends_when_nobody_waits_and_waits_while_it_is_halted() {
    let (key, seq) = (key(), 7);
    assert_eq!(grants(done(false, &[]), 0, 0), [Grant::End { key, seq }]);
    assert_eq!(grants(done(true, &[]), 0, 9_000), []);
}

/// Rounds about these cities, in this order; in each so many wait in one group.
fn several(cities: &[(&str, u64)]) -> Done {
    let mut all = Done::default();
    for (city, waiting) in cities {
        let mut one = done(false, &[*waiting]);
        for key in one.demands.iter_mut().map(|demand| &mut demand.key) {
            key.id = (*city).into();
        }
        for running in &mut one.running {
            running.key.id = (*city).into();
        }
        all.demands.append(&mut one.demands);
        all.running.append(&mut one.running);
    }
    all
}

#[test]
fn rounds_share_a_tick_whatever_their_names() {
    let all = several(&[("A", u64::MAX), ("B", 10), ("C", u64::MAX), ("D", u64::MAX)]);
    let given = given(&grants(all, i64::MIN, i64::MAX / 2));
    let mut counts: Vec<u64> = given.iter().map(|(_, _, count)| *count).collect();
    counts.sort_unstable();
    assert_eq!(counts.iter().sum::<u64>(), TOLD_PER_TICK_MAX);
    // The one that needs little has all of it, and what it leaves is for all others.
    assert_eq!(counts[0], 10);
    assert!(counts[3] - counts[1] <= 1, "{counts:?}");
}

#[test]
fn a_halted_round_ends_once_nobody_could_hear_of_it() {
    let mut all = done(true, &[]);
    all.running[0].stale = true;
    let (key, seq) = (key(), 7);
    assert_eq!(grants(all, 0, 9_000), [Grant::End { key, seq }]);
    // While a rule listens it goes on telling whom it has to, however old.
    let mut all = done(false, &[1]);
    all.running[0].stale = true;
    assert_eq!(given(&grants(all, 0, 9_000)), [(0, 0, 1)]);
}
