//! A row is compared in the members it names; the list is whole for the rule under test alone.

use crate::cases::compare::{Line, Seen, answers, compare};
use crate::cases::model::Row;
use crate::finding::Place;
use serde_json::{Value as Json, json};

const OWN: &str = "offers.travel";

fn members(json: Json) -> std::collections::BTreeMap<String, Json> {
    let Json::Object(map) = json else {
        panic!("an object")
    };
    map.into_iter().collect()
}

fn row(at: i64, rule: &str, named: Json) -> Row {
    Row {
        place: Place::file("x"),
        at,
        n: None,
        customer: None,
        rule: rule.into(),
        members: members(named),
    }
}

fn seen(at: i64, rule: &str, is: Json) -> Seen {
    Seen {
        at,
        n: Some(1),
        customer: "C1".into(),
        rule: rule.into(),
        action_id: Some(format!("a-{at}-{rule}").into()),
        members: members(is),
        until: None,
    }
}

fn is_same(rows: &[Row], all: &[Seen]) -> bool {
    compare(OWN, rows, all).iter().all(Line::is_same)
}

fn offer() -> Json {
    json!({"action": "offer", "channel": "app", "reason": ["A", "B"], "data": {"amount": "8.50 CNY", "n": 3}})
}

#[test]
fn only_named_members_are_compared() {
    let all = [seen(5, OWN, offer())];
    for good in [
        json!({"action": "offer"}),
        json!({"reason": "B"}),
        json!({"reason": ["A", "B"]}),
        json!({"data": {"amount": "8.5"}}),
        json!({"data": {"amount": 8.5}}),
        json!({"data": {"amount": "8.50 CNY", "n": 3.0}}),
    ] {
        assert!(is_same(&[row(5, OWN, good.clone())], &all), "{good}");
    }
    for bad in [
        json!({"action": "retain"}),
        json!({"reason": "C"}),
        json!({"reason": ["A"]}),
        json!({"data": {"amount": "8.51"}}),
        json!({"data": {"amount": "8.50 USD"}}),
        json!({"data": {"m": 3}}),
        json!({"team": "desk"}),
    ] {
        assert!(!is_same(&[row(5, OWN, bad.clone())], &all), "{bad}");
    }
}

#[test]
fn another_instant_customer_or_tie_is_another_action() {
    let all = [seen(5, OWN, offer())];
    let good = row(5, OWN, json!({}));
    assert!(is_same(std::slice::from_ref(&good), &all));
    assert!(is_same(
        &[Row {
            n: Some(1),
            ..good.clone()
        }],
        &all
    ));
    assert!(!is_same(
        &[Row {
            n: Some(2),
            ..good.clone()
        }],
        &all
    ));
    assert!(!is_same(
        &[Row {
            at: 6,
            ..good.clone()
        }],
        &all
    ));
    let other = Some("C2".into());
    assert!(!is_same(
        &[Row {
            customer: other,
            ..good
        }],
        &all
    ));
}

#[test]
fn what_the_rule_did_and_no_row_names_is_a_difference() {
    let all = [seen(5, OWN, offer()), seen(9, OWN, offer())];
    let rows = [row(5, OWN, json!({"action": "offer"}))];
    let lines = compare(OWN, &rows, &all);
    assert!(matches!(lines.as_slice(), [Line::Same { .. }, Line::Extra { seen }] if seen.at == 9));
}

#[test]
fn what_other_rules_did_beside_it_is_none() {
    let all = [seen(5, "fraud.x", offer()), seen(5, OWN, offer())];
    assert!(is_same(&[row(5, OWN, json!({}))], &all));
    let named = [row(5, "fraud.x", json!({})), row(5, OWN, json!({}))];
    assert!(is_same(&named, &all));
}

#[test]
fn the_order_of_rows_is_the_order_of_actions() {
    let all = [
        seen(5, OWN, json!({"action": "block"})),
        seen(5, OWN, json!({"action": "notify"})),
    ];
    let rows = |first: &str, second: &str| {
        [
            row(5, OWN, json!({"action": first})),
            row(5, OWN, json!({"action": second})),
        ]
    };
    assert!(is_same(&rows("block", "notify"), &all));
    assert!(!is_same(&rows("notify", "block"), &all));
}

#[test]
fn one_missing_row_does_not_make_the_rest_wrong() {
    let all = [seen(5, OWN, offer()), seen(7, OWN, offer())];
    let rows = [3, 5, 7].map(|at| row(at, OWN, json!({"action": "offer"})));
    let lines = compare(OWN, &rows, &all);
    let same = lines.iter().filter(|line| line.is_same()).count();
    assert_eq!(same, 2);
    assert!(matches!(lines.first(), Some(Line::Missing { row }) if row.at == 3));
}

#[test]
fn something_else_at_that_instant_stands_beside_what_was_expected() {
    let all = [seen(5, OWN, offer())];
    let rows = [row(5, OWN, json!({"action": "offer", "channel": "sms"}))];
    assert!(matches!(
        compare(OWN, &rows, &all).as_slice(),
        [Line::Differs { .. }]
    ));
}

#[test]
fn an_outcome_answers_the_action_its_row_stands_for() {
    let rows = [
        row(5, "fraud.x", json!({"action": "hold"})),
        row(5, OWN, json!({"action": "offer"})),
        row(9, OWN, json!({"action": "offer"})),
    ];
    let all = [
        seen(5, "fraud.x", json!({"action": "notify"})),
        seen(5, "fraud.x", json!({"action": "hold"})),
        seen(5, OWN, offer()),
    ];
    let at = |of: usize| answers(&rows, of, &all).map(|s| s.rule.to_string());
    assert_eq!(at(0).as_deref(), Some("fraud.x"));
    assert_eq!(at(1).as_deref(), Some(OWN));
    assert_eq!(at(2), None, "it has not happened yet");
}
