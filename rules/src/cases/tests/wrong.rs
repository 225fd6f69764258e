//! One row for each thing that can be wrong: the good file, spoiled in one place.

use super::{CASES, loaded};
use crate::cases::codes;
use std::collections::BTreeSet;

/// Code, what is replaced, by what, the line, and a word of the cause or the fix.
type Spoiled = (&'static str, &'static str, &'static str, u32, &'static str);

const ROWS: &[Spoiled] = &[
    (codes::SYNTAX, "refuse = []", "refuse = [", 18, "not TOML"),
    (
        codes::UNKNOWN_KEY,
        "refuse = []",
        "refuze = []",
        17,
        "`refuse`",
    ),
    (
        codes::UNKNOWN_KEY,
        "customer = \"C1\"",
        "custumer = \"C1\"",
        2,
        "`customer`",
    ),
    (
        codes::UNKNOWN_KEY,
        "team = \"desk\"",
        "teem = \"desk\"",
        15,
        "`team`",
    ),
    (
        codes::MISSING_KEY,
        "at = \"9m\", action = \"notify\"",
        "action = \"notify\"",
        15,
        "`at",
    ),
    (
        codes::MISSING_KEY,
        "at = \"9m\", action = \"notify\",",
        "at = \"9m\",",
        15,
        "`action",
    ),
    (codes::MISSING_KEY, "start = ", "# ", 0, "`start"),
    (
        codes::WRONG_SHAPE,
        "refuse = []",
        "refuse = {}",
        17,
        "a list",
    ),
    (
        codes::WRONG_SHAPE,
        "team = \"desk\"",
        "team = 7",
        15,
        "a text",
    ),
    (codes::NOT_INSTANT, "+08:00", "", 1, "with a zone"),
    (
        codes::NOT_DURATION,
        "at = \"4m\", type",
        "at = \"4 minutes\", type",
        9,
        "`4 minutes`",
    ),
    (
        codes::NOT_DURATION,
        "lasts = \"24h\"",
        "lasts = \"1month\"",
        14,
        "months",
    ),
    (
        codes::UNKNOWN_EVENT,
        "\"0s\", type = \"transaction.cash_",
        "\"0s\", type = \"transaction.kash_",
        8,
        "did you mean",
    ),
    (
        codes::NOT_SENT,
        "\"0s\", type = \"transaction.cash_withdrawal\"",
        "\"0s\", type = \"outcome.released\"",
        8,
        "`outcomes`",
    ),
    (
        codes::UNKNOWN_FIELD,
        "amount = 500,",
        "amount = 500, wher = \"branch\",",
        10,
        "`where`",
    ),
    (
        codes::UNKNOWN_FIELD,
        "amount = 500,",
        "amount = 500, why = \"x\",",
        10,
        "`case`",
    ),
    (codes::MISSING_FIELD, "amount = 500, ", "", 10, "`amount`"),
    (
        codes::NOT_OF_TYPE,
        "amount = 500,",
        "amount = \"1.001\",",
        10,
        "at most 2 digits",
    ),
    (
        codes::NOT_OF_TYPE,
        "amount = 500,",
        "amount = 500, where = \"moon\",",
        10,
        "`branch`, `street`",
    ),
    (codes::NOT_OF_TYPE, "= 2,", "= \"two\",", 18, "an integer"),
    (
        codes::UNKNOWN_TAG,
        "traveller = false",
        "travellers = false",
        4,
        "`traveller`",
    ),
    (
        codes::UNKNOWN_TAG,
        "traveller = false",
        "rich = true",
        4,
        "no tag",
    ),
    (
        codes::UNKNOWN_CONSENT,
        "tags = { traveller = false }",
        "consent = { \"marketing/ap\" = true }",
        4,
        "`marketing/app`",
    ),
    (
        codes::UNKNOWN_LIST,
        "tags = { traveller = false }",
        "lists = { friend = [] }",
        4,
        "`friends`",
    ),
    (
        codes::UNKNOWN_VERB,
        "action = \"block\"",
        "action = \"blok\"",
        14,
        "`block`",
    ),
    (
        codes::UNKNOWN_NAME,
        "team = \"desk\"",
        "team = \"desc\"",
        15,
        "`desk`",
    ),
    (
        codes::UNKNOWN_NAME,
        "reason = \"BURST\"",
        "reason = \"BURTS\"",
        14,
        "`BURST`",
    ),
    (
        codes::UNKNOWN_CODE,
        "refuse = []",
        "refuse = [ { at = \"9m\", code = \"OUTRANK\" } ]",
        17,
        "`OUTRANKED`",
    ),
    (
        codes::UNKNOWN_RULE,
        "refuse = []",
        "with = [\"fraud.brust\"]",
        17,
        "`fraud.burst`",
    ),
    (
        codes::UNKNOWN_FACT,
        "customer.withdrawals_10m",
        "customer.withdrawals_10",
        18,
        "withdrawals_10m`",
    ),
    (
        codes::NAME_TWICE,
        "refuse = []",
        "[[case]]\nname = \"three in ten minutes\"\nevents = []",
        18,
        "two cases",
    ),
    (
        codes::AT_TWICE,
        "at = \"4m\", type",
        "at = \"0s\", type",
        9,
        "`n = 2`",
    ),
    (codes::OF_NOTHING, "of = 1", "of = 3", 12, "2 rows"),
    (codes::OF_NOTHING, "of = 1", "of = 0", 12, "2 rows"),
    (
        codes::UNKNOWN_OUTCOME,
        "\"released\"",
        "\"release\"",
        12,
        "`released`",
    ),
    (codes::NO_CUSTOMER, "customer = \"C1\"", "", 8, "whose"),
    (
        codes::NO_CUSTOMER,
        "\"0s\", type = \"transaction.cash_withdrawal\"",
        "\"0s\", customer = \"C1\", type = \"context.weather\"",
        8,
        "belongs to no customer",
    ),
    (
        codes::LOOSE_NAME,
        "amount = 500,",
        "amount = \"$much\",",
        10,
        "`$much`",
    ),
    (
        codes::LOOSE_NAME,
        "refuse = []",
        "table = [ { much = 1 } ]",
        17,
        "`$much`",
    ),
    (
        codes::NO_SUCH_EVENT,
        "at = \"4m\", \"customer",
        "at = \"5m\", \"customer",
        18,
        "nothing happens",
    ),
    (
        codes::EMPTY,
        "name = \"three in ten minutes\"",
        "zh = \"x\"",
        5,
        "`name",
    ),
    (codes::EMPTY, "refuse = []", "table = []", 17, "no rows"),
];

#[test]
fn everything_that_is_wrong_is_found_where_it_stands() {
    for (code, old, new, line, word) in ROWS {
        assert!(CASES.contains(old), "{old}");
        let spoiled = CASES.replacen(old, new, 1);
        let (_, findings) = loaded(&spoiled);
        let told: Vec<String> = findings
            .iter()
            .map(|f| {
                let fix = f.fix.as_ref().map_or("", |w| &w.en);
                format!("{} {} {} {fix}", f.code, f.place.line, f.cause.en)
            })
            .collect();
        let found = told
            .iter()
            .find(|t| t.starts_with(&format!("{code} {line} ")));
        let found = found.unwrap_or_else(|| panic!("{code} for `{new}`: {told:#?}"));
        assert!(found.contains(word), "`{word}` for `{new}`: {found}");
    }
}

#[test]
fn every_code_has_its_row() {
    let rows: BTreeSet<&str> = ROWS.iter().map(|(code, ..)| *code).collect();
    let all: BTreeSet<&str> = codes::ALL.into_iter().collect();
    // Bounds have a test of their own.
    let left: Vec<&&str> = all.difference(&rows).collect();
    assert_eq!(left, vec![&codes::TOO_MANY]);
}

#[test]
fn both_languages_say_it() {
    for (code, old, new, ..) in ROWS {
        let (_, findings) = loaded(&CASES.replacen(old, new, 1));
        for finding in &findings {
            assert!(!finding.cause.en.is_empty(), "{code}");
            let is_zh = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            assert!(
                finding.cause.zh.chars().any(is_zh),
                "{code}: {}",
                finding.cause.zh
            );
        }
    }
}

#[test]
fn a_misspelt_name_comes_with_its_line_as_it_should_read() {
    let spoiled = CASES.replace("action = \"block\"", "action = \"blok\"");
    let (_, findings) = loaded(&spoiled);
    let line = findings.iter().find_map(|f| f.corrected.clone()).unwrap();
    assert_eq!(line, CASES.lines().nth(13).unwrap(),);
}

#[test]
fn a_case_has_at_most_ten_thousand_events() {
    let one = "  { at = \"1s\", type = \"channel.login\" },\n";
    let cases = |n: usize| {
        let mut events = String::new();
        for at in 0..n {
            events.push_str(&one.replace("1s", &format!("{at}s")));
        }
        format!(
            "start = \"2026-03-02T09:00:00Z\"\ncustomer = \"C1\"\n[[case]]\nname = \"x\"\nevents = [\n{events}]\n"
        )
    };
    let codes = |n| {
        let (files, findings) = loaded_long(&cases(n));
        let told: Vec<&str> = findings.iter().map(|f| f.code).collect();
        (files[0].cases[0].runs[0].events.len(), told)
    };
    assert_eq!(codes(10_000), (10_000, vec![]));
    assert_eq!(codes(10_001), (10_000, vec![codes::TOO_MANY]));
}

/// Past the bound of a file's length, which is the project's business.
fn loaded_long(cases: &str) -> (Vec<crate::cases::model::CaseFile>, crate::finding::Findings) {
    let mut project = super::project(CASES);
    let book = super::book(&project);
    for file in &mut project.cases {
        file.text = cases.into();
    }
    crate::cases::load(&project, &book, &[])
}
