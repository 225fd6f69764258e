//! Findings about what conditions amount to. Only what is proved may be said.

use super::rows::{hold, pass, project, row, when};
use crate::compile::compile;
use crate::language::codes::*;

#[test]
fn a_condition_that_no_value_satisfies_is_told() {
    hold(&[
        row(when("event.own && event.hour > 23"), NOBODY, 5, 14),
        row(when("event.own\n&& event.weekday == 0"), NOBODY, 6, 4),
        row(when("event.n > 1 || customer.sent_24h < 0"), NOBODY, 5, 16),
        row(when("event.own && event.n in 5..3"), NOBODY, 5, 14),
        row(
            when("event.own && !(customer.sent_24h >= 0)"),
            NOBODY,
            5,
            14,
        ),
        row(
            when("event.own && late(event)")
                .replace("fn then", "fn late(e) { e.hour > 23 }\nfn then"),
            NOBODY,
            5,
            14,
        ),
        row(
            when("event.own && event.hour > LATE").replace("fn when", "const LATE = 24;fn when"),
            NOBODY,
            5,
            14,
        ),
    ]);
}

#[test]
fn a_condition_that_every_value_satisfies_is_told() {
    hold(&[
        row(when("event.own && event.hour >= 0"), ALWAYS, 5, 14),
        row(when("event.own && customer.sent_24h != -1"), ALWAYS, 5, 14),
        row(
            when("event.own && event.direction in [\"in\", \"out\"]"),
            ALWAYS,
            5,
            14,
        ),
        row(
            when("event.type == \"transaction.transfer\" && event.own"),
            ALWAYS,
            5,
            1,
        ),
    ]);
}

#[test]
fn conditions_that_exclude_each_other_are_told_at_the_last_of_them() {
    hold(&[
        row(
            when("event.n > 5 && event.own\n&& event.n < 3"),
            CONTRADICTION,
            6,
            4,
        ),
        row(
            when("event.direction == \"in\" && event.n > 1 && event.direction == \"out\""),
            CONTRADICTION,
            5,
            43,
        ),
        row(
            when("event.amount >= 100.5 && event.amount < 100.5"),
            CONTRADICTION,
            5,
            26,
        ),
        row(
            when("event.own && event.n > 3 && !event.own"),
            CONTRADICTION,
            5,
            29,
        ),
        row(
            when("(event.n > 5 || event.own) && event.n < 3 && !event.own"),
            CONTRADICTION,
            5,
            46,
        ),
    ]);
}

#[test]
fn what_may_be_true_is_left_alone() {
    pass(&[
        when("event.hour >= 22 || event.hour < 6"),
        when("event.n > 5 || event.n < 3"),
        when("event.n >= 3 && event.n <= 3"),
        when("customer.has(\"age\") && customer.age < 0"),
        when("(customer.age ?? 1) < 0"),
        when("event.direction != \"in\""),
        when("event.ratio > 0.1 && event.ratio < 0.2"),
        when("event.amount > 1 && event.n < 1"),
        when("event.type == \"channel.login\" || event.type == \"transaction.transfer\" && event.own")
            .replace("on(", "on(\"channel.login\", "),
        // Whoever writes so means it.
        when("true"),
        when("false"),
    ]);
}

/// What is said about the second of two rules.
fn second(first: &str, other: &str) -> Vec<(&'static str, String)> {
    let files = [("rules/fraud/a.rhai", first), ("rules/fraud/b.rhai", other)];
    let (book, findings) = compile(&project(&files));
    assert!(book.is_some(), "{findings:?}");
    let of_b = findings.iter().filter(|f| f.place.file.ends_with("b.rhai"));
    of_b.map(|f| (f.code, f.cause.en.clone())).collect()
}

#[test]
fn the_same_condition_twice_is_noted() {
    let one = when("event.n > LEAST && event.own").replace("fn when", "const LEAST = 3;\nfn when");
    let said = second(&one, &when("event.own && event.n > 3"));
    let wanted = "the condition is that of `fraud.a`".to_owned();
    assert_eq!(said, [(SAME_CONDITION, wanted)]);
    assert_eq!(second(&one, &when("event.own && event.n > 4")), []);
    let both = when("event.amount > 3").replace("on(", "on(\"transaction.card_payment\", ");
    assert_eq!(second(&when("event.amount > 3"), &both), []);
}

fn verdict(condition: &str, action: &str) -> String {
    format!(
        "on(\"transaction.transfer\");\nclass(\"fraud\");\ntitle(\"t\", \"t\");\npriority(5);\non_error(\"hold\");\nbrake(10, \"1h\");\nfn when(event, customer) {{ {condition} }}\nfn then(event, customer) {{ {action} }}\n"
    )
}

#[test]
fn a_verdict_that_a_stricter_one_always_beats_is_told() {
    let block = verdict("event.own", "block().reason(\"WHY\")");
    let hold = |more: &str| {
        verdict(
            &format!("event.n > 3 && event.own{more}"),
            "hold().reason(\"WHY\")",
        )
    };
    let said = second(&block, &hold(""));
    assert_eq!(
        said.iter().map(|(code, _)| *code).collect::<Vec<_>>(),
        [NEVER_WINS]
    );
    assert!(said[0].1.contains("`fraud.a`"), "{said:?}");
    // Not a stricter one, not on all of its events, not always there.
    assert_eq!(second(&hold(""), &block), []);
    assert_eq!(
        second(
            &verdict("event.own && event.n > 5", "block().reason(\"WHY\")"),
            &hold("")
        ),
        []
    );
    let cools = block.replace("priority(5);", "priority(5);\ncooldown(\"1h\");");
    assert_eq!(second(&cools, &hold("")), []);
    let entity = block.replace("block()", "block(event.account)");
    assert_eq!(second(&entity, &hold("")), []);
}

#[test]
fn a_rule_that_is_valid_when_its_offer_is_not_is_told() {
    let offers = "[offer.cover]\nkind = \"offer\"\npurpose = \"marketing\"\ntitle = { en = \"a\", zh = \"a\" }\nvalue = 1\ncurrency = \"CNY\"\npropensity = { prior = 0.1 }\nchannels = [\"app\"]\nexpires = \"1d\"\nvalid = [\"2026-01-01\", \"2026-03-31\"]\n";
    let rule = |from: &str| format!("valid(\"{from}\", \"2026-12-31\");\n{}", when("event.own"));
    let codes = |rule: &str| {
        let files = [
            ("catalog/offers.toml", offers),
            ("rules/offers/r.rhai", rule),
        ];
        let (_, findings) = compile(&project(&files));
        findings.iter().map(|f| f.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&rule("2026-04-01")), [NEVER_WINS]);
    assert_eq!(codes(&rule("2026-03-31")), [""; 0]);
}

#[test]
fn nothing_is_said_of_the_projects() {
    for name in [
        "rules/retail-bank",
        "tests/projects/language",
        "tests/projects/sparkov",
    ] {
        let (book, findings) = compile(&super::project(name));
        assert!(book.is_some());
        let said = findings.iter().filter(|f| f.code.starts_with("R11"));
        let said: Vec<String> = said
            .map(|f| format!("{} {} {}", f.place, f.code, f.cause.en))
            .collect();
        assert_eq!(said, [""; 0], "{name}");
    }
}
