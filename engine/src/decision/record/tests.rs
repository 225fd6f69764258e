//! Records: whole, bounded, and read back to the same bytes.

use super::*;
use crate::decision::tests::kit::*;
use crate::decision::tests::plan::*;
use rules::rule::Class;
use rules::value::Value;

fn bank() -> Bank {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "service.x",
        Class::Service,
        r#"serve("callback").reason("TRAVELS").data(#{ risk: event.risk })"#,
    ));
    plan.rule(Spec::new(
        "offers.y",
        Class::Commercial,
        r#"offer("travel")"#,
    ));
    plan.open()
}

#[test]
fn a_record_holds_facts_answers_and_versions_and_reads_back_to_its_own_bytes() {
    let mut bank = bank();
    bank.tags.insert("age", Value::Int(30));
    let record = bank.pay(NOW, "88.80").record.unwrap();
    let line = record.to_json();
    assert!(!line.contains('\n'));
    assert_eq!(record.facts["event.amount"].get(), "\"88.80 CNY\"");
    assert_eq!(record.facts["event.risk"].get(), "0.30000000000000004");
    assert_eq!(record.facts["customer.age"].get(), "30");
    assert_eq!(record.facts["customer.phone"].get(), "null");
    assert_eq!(record.views["consent marketing/app"], "none");
    assert_eq!(record.rules.len(), 2);
    assert_eq!(record.refused[0].code, "NO_CONSENT");
    assert_eq!(record.refused[0].stage, "consent");
    let read = DecisionRecord::parse(&line).unwrap();
    assert_eq!(read.to_json(), line);
    let event = read.event(&bank.book).unwrap();
    let facts = read.facts(&bank.book, &event).unwrap();
    let slot = bank.book.layout.event(PAYMENT, "risk").unwrap();
    assert_eq!(facts.peek(slot), &Value::Decimal(0.1 + 0.2));
}

#[test]
fn facts_that_do_not_fit_are_dropped_and_the_record_says_so() {
    let mut bank = bank();
    let long = "x".repeat(FACTS_BYTES_MAX);
    bank.tags.insert("phone", Value::Text(long.into()));
    let record = bank.pay(NOW, "1").record.unwrap();
    assert!(record.truncated);
    assert!(!record.facts.contains_key("customer.phone"));
    assert!(record.facts.contains_key("customer.age"));
    let bytes: usize = record
        .facts
        .iter()
        .map(|(path, value)| path.len() + value.get().len() + 4)
        .sum();
    assert!(bytes <= FACTS_BYTES_MAX);
}

#[test]
fn what_is_no_record_is_told_in_words() {
    let mut bank = bank();
    let line = bank.pay(NOW, "1").record.unwrap().to_json();
    assert!(DecisionRecord::parse("{}").is_err());
    assert!(DecisionRecord::parse("not json").is_err());
    let other = line.replace("transaction.payment", "transaction.gone");
    let record = DecisionRecord::parse(&other).unwrap();
    let error = record.event(&bank.book).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the rule book has no event type `transaction.gone`"
    );
    let wrong = line.replace("\"1.00 CNY\"", "true");
    let record = DecisionRecord::parse(&wrong).unwrap();
    let event = record.event(&bank.book).unwrap();
    let error = record.facts(&bank.book, &event).unwrap_err();
    assert_eq!(error, RecordError::WrongFact("event.amount".to_owned()));
}
