//! What a good case file says, and nothing that is wrong with it.

use super::{CASES, loaded};
use crate::cases::model::{CaseFile, With};
use crate::money::{Currency, Money};
use crate::value::Value;
use serde_json::json;

fn good(cases: &str) -> CaseFile {
    let (mut files, findings) = loaded(cases);
    let told: Vec<_> = findings.iter().map(|f| (f.code, &f.cause.en)).collect();
    assert_eq!(told, vec![]);
    files.pop().unwrap()
}

#[test]
fn a_case_is_read_whole_and_typed() {
    let file = good(CASES);
    assert_eq!(file.rule, "fraud.burst");
    assert_eq!(file.start, 1_772_413_200_000);
    let case = file.cases.first().unwrap();
    assert_eq!(case.with, With::Rules(vec![]));
    let run = case.runs.first().unwrap();
    let last = run.events.last().unwrap();
    assert_eq!((last.at, last.n, last.id.as_str()), (540_000, 1, "case-3"));
    assert_eq!(
        json!(last.data),
        json!({"amount": "500.00 CNY", "card": "K1"})
    );
    let row = run.expect.first().unwrap();
    assert_eq!(row.members.get("lasts"), Some(&json!(86_400_000)));
    let fact = &run.facts.first().unwrap().facts;
    let cny = Currency::parse("CNY").unwrap();
    let values: Vec<&Value> = fact.iter().map(|f| &f.value).collect();
    let drawn = Value::Money(Money::minor(120_000, cny));
    assert_eq!(values, vec![&Value::Int(2), &drawn]);
    assert_eq!(run.outcomes.first().unwrap().of, 0);
}

#[test]
fn a_row_of_the_table_sets_names_and_brings_its_own_claims() {
    let cases = CASES
        .replace("amount = 500", "amount = \"$much\"")
        .replace(
            "refuse = []",
            "table = [ { much = \"499.99\", expect = [], facts = [] }, { much = 500.5 } ]",
        )
        .replace(
            "outcomes = [ { at = \"10m\", of = 1, outcome = \"released\" } ]",
            "",
        );
    let file = good(&cases);
    let runs = &file.cases.first().unwrap().runs;
    let told: Vec<_> = runs
        .iter()
        .map(|run| {
            let data = &run.events.last().unwrap().data;
            (
                run.label.as_str(),
                data.get("amount").unwrap(),
                run.expect.len(),
                run.facts.len(),
            )
        })
        .collect();
    assert_eq!(
        told,
        vec![
            ("much = \"499.99\"", &json!("499.99 CNY"), 0, 0),
            ("much = 500.5", &json!("500.50 CNY"), 2, 1),
        ]
    );
}

#[test]
fn what_a_case_gives_lies_on_top_of_what_the_file_gives() {
    let cases = CASES.replace(
        "name = ",
        "given = { C1 = { tags = { assets = 7 }, consent = { \"marketing/app\" = true }, lists = { friends = [\"K9\"] } } }\nname = ",
    );
    let file = good(&cases);
    let given = file.cases[0].runs[0].given.get("C1").unwrap();
    let names: Vec<&str> = given.tags.keys().map(|k| k.as_str()).collect();
    assert_eq!(names, vec!["assets", "traveller"]);
    assert_eq!(given.consent.len(), 1);
    assert_eq!(given.lists.get("friends").unwrap().len(), 1);
}

#[test]
fn n_tells_two_events_of_one_instant_apart() {
    let cases = CASES
        .replace("at = \"4m\", type", "at = \"0s\", n = 2, type")
        .replace("at = \"4m\", \"customer", "at = \"0s\", n = 2, \"customer");
    let run = &good(&cases).cases[0].runs[0];
    let at: Vec<_> = run.events.iter().map(|e| (e.at, e.n)).collect();
    assert_eq!(at, vec![(0, 1), (0, 2), (540_000, 1)]);
    assert_eq!(run.facts[0].n, Some(2));
}

#[test]
fn events_are_sent_in_the_order_of_time_however_they_are_written() {
    let cases = CASES.replace("at = \"0s\", type", "at = \"8m\", type");
    let run = &good(&cases).cases[0].runs[0];
    let at: Vec<_> = run.events.iter().map(|e| e.at).collect();
    assert_eq!(at, vec![240_000, 480_000, 540_000]);
}

#[test]
fn dotted_keys_of_facts_are_the_same_as_quoted_ones() {
    let cases = CASES.replace(
        "\"customer.withdrawals_10m\" = 2",
        "customer.withdrawals_10m = 2",
    );
    assert_eq!(good(&cases).cases[0].runs[0].facts[0].facts.len(), 2);
}
