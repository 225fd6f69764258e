//! A bank is the same again, in order, bounded, and has something for everyone.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn plan(seed: u64, customers: u32) -> Plan {
    Plan {
        seed,
        customers,
        start: 1_772_416_800_000,
        pace: Pace::of_life(customers),
    }
}

fn lines(plan: Plan, count: usize) -> Vec<String> {
    Bank::new(plan).take(count).map(|made| made.line).collect()
}

/// Of the bytes of a bank: what this machine gives, every machine gives.
#[test]
fn the_same_plan_gives_the_same_bytes_and_another_seed_another_bank() {
    let first = lines(plan(7, 40), 2_000);
    assert_eq!(first, lines(plan(7, 40), 2_000));
    assert_ne!(first, lines(plan(8, 40), 2_000));
    let hash = first.concat().bytes().fold(0u64, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    assert_eq!(hash, PINNED, "the bytes have changed: {hash}");
}

const PINNED: u64 = 18_233_999_523_567_278_533;

#[test]
fn it_tells_of_every_type_it_names_and_of_no_other() {
    let told = Bank::new(plan(1, 100)).take(60_000).map(|made| {
        let (_, behind) = made.line.split_once("\"type\":\"").unwrap();
        behind.split('"').next().unwrap().to_owned()
    });
    let told: BTreeSet<String> = told.collect();
    assert_eq!(told, TYPES.map(str::to_owned).into());
}

#[test]
fn events_come_in_the_order_of_their_time_under_ids_of_their_own() {
    let mut last = i64::MIN;
    let mut ids = BTreeSet::new();
    for made in Bank::new(plan(1, 60)).take(20_000) {
        assert!(made.time >= last, "{} stands behind a later one", made.line);
        assert!(ids.insert(made.id.clone()), "{} came twice", made.id);
        assert!(!made.line.contains('\n'));
        last = made.time;
    }
}

#[test]
fn the_week_before_is_within_seven_days_and_ends_before_the_first_day_is_looked_at() {
    let plan = plan(1, 60);
    let bank = Bank::new(plan);
    let week = usize::try_from(bank.week()).unwrap();
    let all: Vec<Made> = bank.take(week + 200).collect();
    assert!(all[0].time > plan.start - 7 * 86_400_000);
    assert!(all[..week].iter().all(|made| made.time < plan.start));
    assert!(all[week..].iter().all(|made| made.time >= plan.start));
}

#[test]
fn every_fraud_is_planted_and_every_label_names_an_event_of_its_incident() {
    let mut stories: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for made in Bank::new(plan(3, 300)).take(60_000) {
        if let Some(label) = made.label {
            stories
                .entry(label.story)
                .or_default()
                .insert(label.incident);
            let line = made.label_line().unwrap();
            assert!(
                line.contains(&format!("\"event\":\"{}\"", made.id)),
                "{line}"
            );
        }
    }
    let named: Vec<&str> = stories.keys().copied().collect();
    let all = [
        "card_trial",
        "copied_card",
        "mule",
        "stolen_card",
        "strangers_phone",
        "takeover",
        "two_places",
    ];
    assert_eq!(named, all);
    assert!(
        stories.values().all(|incidents| incidents.len() >= 5),
        "{stories:?}"
    );
}

#[test]
fn what_waits_is_bounded_by_two_days_of_stories() {
    let mut bank = Bank::new(plan(3, 300));
    let mut most = 0;
    for _ in 0..60_000 {
        bank.next();
        most = most.max(bank.stage.waiting());
    }
    // Two days of life: 6 days' scenes of 300 customers, each at most a few events.
    assert!(most < 2_000, "{most} events were waiting");
}

#[test]
fn an_action_is_answered_alike_again_and_in_order() {
    let sent = answers::Sent {
        action_id: "a-1",
        kind: "retention",
        verdict: None,
        channel: Some("app"),
        customer: "C000007",
        fraud: false,
    };
    let said = answers::answers(1, &sent, 1_000, 1);
    assert_eq!(said, answers::answers(1, &sent, 1_000, 1));
    assert!(said.windows(2).all(|pair| pair[0].time <= pair[1].time));
    assert!(said[0].time > 1_000);
}

#[test]
fn some_offers_are_taken_some_refused_and_most_neither() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for n in 0..2_000 {
        let (action_id, customer) = (format!("a-{n}"), format!("C{n:06}"));
        let sent = answers::Sent {
            action_id: &action_id,
            kind: "next-best-offer",
            verdict: None,
            channel: Some("app"),
            customer: &customer,
            fraud: false,
        };
        for said in answers::answers(1, &sent, 0, 1) {
            let word = said.line.split('"').nth(11).unwrap().to_owned();
            *counts.entry(word).or_default() += 1;
        }
    }
    let of = |word: &str| counts.get(word).copied().unwrap_or(0);
    assert!((1_900..2_000).contains(&of("delivered")), "{counts:?}");
    assert!((60..300).contains(&of("accepted")), "{counts:?}");
    assert!((40..250).contains(&of("refused")), "{counts:?}");
    assert!(
        of("converted") > 0 && of("converted") < of("accepted"),
        "{counts:?}"
    );
}
