//! Conditions of patterns, and rules on what patterns complete.

use super::rows::{hold_catalogue, project};
use crate::compile::compile;
use crate::finding::Severity;
use crate::language::codes::*;

const FILE: &str = "catalog/patterns.toml";

/// A pattern of a transfer, two payments and a login.
fn pattern(transfer: &str, payment: &str, rest: &str) -> String {
    let filter = |text: &str| match text {
        "" => String::new(),
        text => format!(", where = \"{text}\""),
    };
    format!(
        "[pattern.spree]\nkey = \"customer\"\nwithin = \"1h\"\nsteps = [\n  {{ name = \"sent\", on = \"transaction.transfer\"{} }},\n  \
         {{ name = \"paid\", on = \"transaction.card_payment\", times = 2{} }},\n  \
         {{ name = \"left\", on = \"channel.login\" }},\n]\n{rest}",
        filter(transfer),
        filter(payment)
    )
}

#[test]
fn what_a_condition_cannot_read_is_told_at_its_place() {
    for (text, code, line, inside) in [
        (
            pattern("event.amuont > 1", "", ""),
            UNKNOWN_PATH,
            "amuont",
            "amuont",
        ),
        (
            pattern("", "sent.amuont > event.amount", ""),
            UNKNOWN_PATH,
            "amuont",
            "amuont",
        ),
        (
            pattern("left.device == \\\"x\\\"", "", ""),
            LATER_STEP,
            "left.device",
            "left.device",
        ),
        (
            pattern("sent.amount > 1", "", ""),
            LATER_STEP,
            "sent.amount",
            "sent.amount",
        ),
        (
            pattern("", "sent == 1", ""),
            UNKNOWN_NAME,
            "sent ==",
            "sent ==",
        ),
        (
            pattern("", "snet.amount > 1", ""),
            UNKNOWN_NAME,
            "snet",
            "snet",
        ),
        (
            pattern("", "sent.note == \\\"x\\\"", ""),
            MAYBE_MISSING,
            "sent.note",
            "note ==",
        ),
        (
            pattern("", "paid.amount < event.amount", ""),
            MAYBE_MISSING,
            "paid.amount",
            "amount <",
        ),
        (
            pattern("", "customer.tier == \\\"gold\\\"", ""),
            UNKNOWN_NAME,
            "customer.tier",
            "customer.tier",
        ),
        (
            pattern("", "sent.direction == \\\"ou\\\"", ""),
            UNKNOWN_SYMBOL,
            "sent.direction",
            "\\\"ou",
        ),
        (
            pattern("", "event.amount", ""),
            EXPRESSION_TYPE,
            "where = \"event.amount",
            "event.amount",
        ),
    ] {
        hold_catalogue(FILE, &text, code, line, inside);
    }
}

#[test]
fn conditions_and_rules_read_what_steps_took() {
    let pattern = pattern(
        "event.amount >= 100",
        "event.amount <= sent.amount && event.since(sent.time) < 30.minutes && event.amount > (paid.amount ?? 0)",
        "never = [ { after = \"sent\", on = \"profile.updated\", where = \"event.tier == sent.direction\" } ]\n",
    );
    let rule = r#"on("pattern.spree");
class("commercial");
title("a", "a");

fn when(event, customer) {
    event.sent.amount >= 100 && event.paid.count >= 2 && event.paid.first.amount < event.paid.amount
    && event.since(event.sent.time) < 2.hours && event.left.device == "x"
    && event.has("sent.note") && event.sent.note == "rent" && event.left.type == "channel.login"
}

fn then(event, customer) {
    offer("cover").data(#{ id: event.sent.id, account: event.sent.account, first: event.paid.first.time })
}
"#;
    let files = [(FILE, pattern.as_str()), ("rules/offers/r.rhai", rule)];
    let (book, findings) = compile(&project(&files));
    let said: Vec<_> = findings
        .iter()
        .filter(|f| f.severity != Severity::Note)
        .collect();
    assert!(said.is_empty(), "{said:?}");
    let book = book.unwrap();
    let pattern = &book.catalogue.patterns[0];
    let slots = book.record[usize::from(pattern.completed.0)].iter();
    let mut read: Vec<&str> = slots
        .filter_map(|slot| book.layout.slot(*slot))
        .map(|spec| spec.path.as_str())
        .filter(|path| path.matches('.').count() > 1)
        .collect();
    read.sort_unstable();
    assert_eq!(
        read,
        [
            "event.left.device",
            "event.left.type",
            "event.paid.amount",
            "event.paid.count",
            "event.paid.first.amount",
            "event.paid.first.time",
            "event.sent.account",
            "event.sent.amount",
            "event.sent.id",
            "event.sent.note",
            "event.sent.time",
        ]
    );
}

#[test]
fn a_rule_on_what_was_left_unfinished_guards_the_later_steps() {
    let text = pattern("", "", "");
    let rule = |condition: &str| {
        format!(
            "on(\"pattern.spree.timed_out\");\nclass(\"commercial\");\ntitle(\"a\", \"a\");\n\
             fn when(event, customer) {{\n    {condition}\n}}\nfn then(event, customer) {{ offer(\"cover\") }}\n"
        )
    };
    for (condition, code) in [
        ("event.reached == \"paid\" && event.sent.amount > 1", None),
        ("event.has(\"paid.amount\") && event.paid.amount > 1", None),
        ("(event.paid.count ?? 0) > 1", None),
        ("event.paid.amount > 1", Some(MAYBE_MISSING)),
        ("event.reached == \"payed\"", Some(UNKNOWN_SYMBOL)),
        ("event.sent.account.cards == 1", Some(TWO_HOPS)),
    ] {
        let rule = rule(condition);
        let (_, findings) = compile(&project(&[
            (FILE, text.as_str()),
            ("rules/offers/r.rhai", rule.as_str()),
        ]));
        let said: Vec<&str> = findings
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .map(|f| f.code)
            .collect();
        assert_eq!(said, code.into_iter().collect::<Vec<_>>(), "{condition}");
    }
}
