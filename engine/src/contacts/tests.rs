//! Contact history: late words, repeated outcomes, forgetting, and items of the state hash.

use super::*;
use crate::decision::tests::kit::*;
use crate::decision::tests::plan::*;
use rules::catalogue::policy::{SuppressCause, SuppressScope, Suppression};

fn reservation(id: &str, at: i64) -> Reservation {
    Reservation {
        action_id: id.into(),
        rule: "offers.x".into(),
        class: Class::Commercial,
        offer: Some("travel".into()),
        group: Some("things".into()),
        channel: Some("app".into()),
        subject: None,
        at,
        seq: 0,
        expires: at + DAY,
        confirmed: false,
        freed: false,
        withdrawn: false,
        decision: "d1".into(),
    }
}

fn ignoring(times: u32) -> Plan {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "offers.x",
        Class::Commercial,
        r#"offer("travel")"#,
    ));
    plan.suppression(Suppression {
        name: "ignores".into(),
        cause: SuppressCause::Outcome {
            outcome: "ignored".into(),
            times,
            within: 10 * DAY,
        },
        scope: SuppressScope::Channel,
        classes: Vec::new(),
        over: 5 * DAY,
        until: Some(CLOSED),
    });
    plan
}

#[test]
fn a_late_outcome_completes_a_count_that_was_short_at_a_later_one() {
    let told = |order: [(usize, i64); 2]| {
        let mut bank = ignoring(2).open();
        for id in ["a0", "a1"] {
            bank.contacts.apply(&Change::Reserved(reservation(id, NOW)));
        }
        for (action, at) in order {
            bank.outcome("ignored", &format!("a{action}").into(), at);
        }
        let (name, app) = ("ignores".into(), "app".into());
        [NOW + DAY, NOW + 2 * DAY, NOW + 6 * DAY]
            .map(|at| bank.contacts.suppressed(&name, Some(&app), at))
    };
    let sorted = told([(0, NOW + DAY), (1, NOW + 2 * DAY)]);
    assert_eq!(sorted, [None, Some(NOW + 7 * DAY), Some(NOW + 7 * DAY)]);
    assert_eq!(told([(1, NOW + 2 * DAY), (0, NOW + DAY)]), sorted);
    // Exactly `within` apart is outside.
    let apart = told([(0, NOW - 8 * DAY), (1, NOW + 2 * DAY)]);
    assert_eq!(apart, [None, None, None]);
    let inside = told([(0, NOW - 8 * DAY + 1), (1, NOW + 2 * DAY)]);
    assert_eq!(inside[1], Some(NOW + 7 * DAY));
}

#[test]
fn an_end_that_arrives_before_its_start_ends_it_all_the_same() {
    let mut contacts = Contacts::new();
    contacts.apply(&Change::SuppressionEnded {
        name: "s".into(),
        at: NOW + HOUR,
    });
    contacts.apply(&Change::SuppressionSet {
        name: "s".into(),
        scope: None,
        at: NOW,
        until: NOW + DAY,
    });
    let name = "s".into();
    assert_eq!(contacts.suppressed(&name, None, NOW - 1), None);
    assert_eq!(contacts.suppressed(&name, None, NOW), Some(NOW + HOUR));
    assert_eq!(contacts.suppressed(&name, None, NOW + HOUR), None);
}

#[test]
fn an_outcome_of_an_unknown_action_is_told_and_changes_nothing_of_actions() {
    let bank = &mut ignoring(1).open();
    let name = "outcome.delivered";
    let kind = bank.book.catalogue.event_named(name).unwrap();
    let fields = vec![
        rules::value::Value::Text("a-none".into()),
        rules::value::Value::Missing,
    ];
    let event = bank.event(kind, NOW, fields);
    let heard = bank.hear(&event);
    assert!(heard.unknown_action);
    assert!(heard.changes.is_empty());
    bank.contacts
        .apply(&Change::Reserved(reservation("a-none", NOW)));
    let heard = bank.hear(&event);
    assert!(!heard.unknown_action);
    assert!(matches!(heard.changes[0], Change::Confirmed { .. }));
}

#[test]
fn a_released_hold_ends_at_once_and_was_in_force_before() {
    let mut contacts = Contacts::new();
    contacts.apply(&Change::HoldSet(Hold {
        action_id: "a1".into(),
        rule: "fraud.x".into(),
        block: false,
        subject: None,
        at: NOW,
        until: i64::MAX,
    }));
    contacts.apply(&Change::HoldEnded {
        action_id: "a1".into(),
        at: NOW + HOUR,
    });
    assert!(contacts.hold(NOW - 1).is_none());
    assert!(contacts.hold(NOW + HOUR - 1).is_some());
    assert!(contacts.hold(NOW + HOUR).is_none());
}

#[test]
fn items_leave_out_what_has_run_out_whether_or_not_it_was_trimmed() {
    let mut bank = ignoring(1).open();
    for day in 0..50 {
        let id: Text = format!("a{day}").into();
        bank.contacts
            .apply(&Change::Reserved(reservation(&id, NOW + day * DAY)));
        bank.outcome("ignored", &id, NOW + day * DAY + HOUR);
        let event = bank.event(CLOSED, NOW + day * DAY + 2 * HOUR, Vec::new());
        bank.take(event);
    }
    let horizon = Horizon::of(&bank.book);
    for now in [
        NOW + 31 * DAY,
        NOW + 50 * DAY,
        NOW + 53 * DAY,
        NOW + 99 * DAY,
    ] {
        let untouched = bank.items(now);
        let mut trimmed = bank.contacts.clone();
        trimmed.trim(&horizon, now);
        assert!(trimmed.reservations.len() < bank.contacts.reservations.len());
        std::mem::swap(&mut trimmed, &mut bank.contacts);
        assert_eq!(bank.items(now), untouched);
        std::mem::swap(&mut trimmed, &mut bank.contacts);
    }
    assert!(bank.items(NOW + 99 * DAY).is_empty());
    assert!(!bank.items(NOW + 53 * DAY).is_empty());
    let mut all = bank.contacts.clone();
    all.trim(&horizon, NOW + 999 * DAY);
    assert!(all.is_empty());
}

#[test]
fn each_part_of_contact_history_is_an_item() {
    let mut bank = ignoring(1).open();
    let changes = [
        Change::Reserved(reservation("a1", NOW)),
        Change::Confirmed {
            action_id: "a1".into(),
            at: NOW,
        },
        Change::Freed {
            action_id: "a1".into(),
            at: NOW,
        },
        Change::Withdrawn {
            action_id: "a1".into(),
            at: NOW,
        },
        Change::HoldSet(Hold {
            action_id: "a1".into(),
            rule: "fraud.x".into(),
            block: true,
            subject: None,
            at: NOW,
            until: NOW + DAY,
        }),
        Change::HoldEnded {
            action_id: "a1".into(),
            at: NOW + HOUR,
        },
        Change::ConsentSet {
            purpose: "marketing".into(),
            channel: "app".into(),
            given: true,
            at: NOW,
            seq: 1,
        },
        Change::SuppressionSet {
            name: "s".into(),
            scope: None,
            at: NOW,
            until: NOW + DAY,
        },
        Change::SuppressionEnded {
            name: "s".into(),
            at: NOW + HOUR,
        },
        Change::OutcomeNoted {
            outcome: "ignored".into(),
            action_id: "a1".into(),
            at: NOW,
            offer: None,
            group: None,
            channel: None,
        },
        Change::Numbered { last: 1 },
    ];
    let mut before = bank.items(NOW);
    for change in changes {
        bank.contacts.apply(&change);
        let after = bank.items(NOW);
        assert_ne!(before, after, "{change:?}");
        before = after;
    }
}
