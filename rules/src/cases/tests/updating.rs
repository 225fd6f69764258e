//! What happened is written into the file, and the rest of it stays as it is.

use super::{CASES, loaded};
use crate::cases::compare::Seen;
use crate::cases::update::{Happened, updated};
use serde_json::{Value as Json, json};

fn seen(at: i64, is: Json) -> Seen {
    let Json::Object(map) = is else {
        panic!("an object")
    };
    Seen {
        at,
        n: Some(1),
        customer: "C1".into(),
        rule: "fraud.burst".into(),
        action_id: None,
        members: map.into_iter().collect(),
        until: None,
    }
}

fn block(at: i64) -> Seen {
    seen(
        at,
        json!({"action": "block", "subject": "card:K1", "reason": ["BURST"], "lasts": 86_400_000, "expires": 86_400_000}),
    )
}

fn notify(at: i64) -> Seen {
    seen(
        at,
        json!({"action": "notify", "team": "desk", "reason": ["BURST"], "subject": "card:K1"}),
    )
}

fn after(cases: &str, actions: &[Seen], refusals: &[Seen]) -> String {
    let (files, _) = loaded(cases);
    let file = files.first().unwrap();
    let case = file.cases.first().unwrap();
    let all: Vec<Happened<'_>> = case
        .runs
        .iter()
        .map(|run| Happened {
            case,
            run,
            actions,
            refusals,
        })
        .collect();
    updated(cases, file, &all).unwrap()
}

#[test]
fn what_is_as_claimed_is_not_touched() {
    assert_eq!(after(CASES, &[block(540_000), notify(540_000)], &[]), CASES);
}

#[test]
fn a_row_that_differs_keeps_the_members_it_names() {
    let got = after(
        CASES,
        &[
            block(540_000),
            seen(540_000, json!({"action": "trigger", "process": "x"})),
        ],
        &[],
    );
    assert!(
        got.contains("{ at = \"9m\", action = \"trigger\" },\n]"),
        "{got}"
    );
    assert!(
        got.contains("lasts = \"24h\""),
        "the first row stays as it is written: {got}"
    );
    let rest = |text: &str| text.split("expect").next().unwrap().to_owned();
    assert_eq!(rest(&got), rest(CASES));
}

#[test]
fn new_rows_say_what_an_author_would() {
    let refused = seen(
        0,
        json!({"action": "block", "code": "OUTRANKED", "by": "policy.x"}),
    );
    let got = after(CASES, &[block(0)], &[refused]);
    assert!(got.contains(
        "expect = [ { at = \"0s\", action = \"block\", subject = \"card:K1\", reason = \"BURST\", lasts = \"1d\" } ]"
    ), "{got}");
    assert!(got.contains(
        "refuse = [ { at = \"0s\", action = \"block\", code = \"OUTRANKED\", by = \"policy.x\" } ]"
    ), "{got}");
}

#[test]
fn what_did_not_happen_is_taken_out() {
    let got = after(CASES, &[], &[]);
    assert!(got.contains("\nexpect = []\nrefuse = []\n"), "{got}");
}

#[test]
fn a_row_of_a_table_gets_its_own_list() {
    let cases = CASES
        .replace("amount = 500", "amount = \"$much\"")
        .replace("refuse = []", "table = [\n  { much = \"1.00\" },\n]");
    let got = after(&cases, &[], &[]);
    assert!(got.contains("{ much = \"1.00\", expect = [] },"), "{got}");
}
