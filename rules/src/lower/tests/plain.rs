//! Single texts, where a made rule would rarely go.

use super::*;
use super::{bank, made};
use crate::catalogue::EventId;
use crate::value::Value;

fn of(body: &str) -> Book {
    let rule = made::of_body(body, "");
    let (book, findings) = compile(&bank::project(&[("rules/offers/r.rhai".into(), rule)]));
    let said: Vec<&str> = findings.iter().map(|f| f.cause.en.as_str()).collect();
    book.unwrap_or_else(|| panic!("{body}: {said:?}"))
}

#[test]
fn a_member_that_a_case_adds_is_in_the_list() {
    let book = Arc::new(of("in_list(\"good\", event.title)"));
    let mut native = Interpreter::new(Arc::clone(&book));
    let mut facts = Facts::new(book.layout.slots.len());
    Maker::new(1).facts(&book, EventId(0), &mut facts);
    let slot = book.layout.event(EventId(0), "title").unwrap();
    facts.set(slot, Value::Text("P77".into()));
    let mut ask = |native: &mut Interpreter| {
        assert!(native.is_native(RuleIx(0), &mut facts));
        native.condition(RuleIx(0), Function::When, &mut facts)
    };
    assert_eq!(ask(&mut native), Ok(false));
    native.extend_list("good", "P77");
    assert_eq!(ask(&mut native), Ok(true));
}

#[test]
fn an_error_is_the_interpreters_own_with_its_line() {
    let book = Arc::new(of("event.n > 0 &&\nevent.n * 9223372036854775807 > 1"));
    let mut native = Interpreter::new(Arc::clone(&book));
    let mut facts = Facts::new(book.layout.slots.len());
    Maker::new(1).facts(&book, EventId(0), &mut facts);
    let slot = book.layout.event(EventId(0), "n").unwrap();
    facts.set(slot, Value::Int(2));
    let error = native.condition(RuleIx(0), Function::When, &mut facts);
    let error = error.unwrap_err();
    assert_eq!(
        (error.message.as_str(), error.line),
        ("the result of `*` is too large", 6)
    );
    facts.set(slot, Value::Int(1));
    assert_eq!(
        native.condition(RuleIx(0), Function::When, &mut facts),
        Ok(true)
    );
}

#[test]
fn a_loop_behind_a_false_operand_is_never_reached() {
    let book = Arc::new(of(
        "event.own && { let n = 0; for x in [1, 2] { n += x; } n > event.n }",
    ));
    let mut native = Interpreter::new(Arc::clone(&book));
    let mut facts = Facts::new(book.layout.slots.len());
    Maker::new(1).facts(&book, EventId(0), &mut facts);
    let own = book.layout.event(EventId(0), "own").unwrap();
    facts.set(own, Value::Bool(false));
    assert!(native.is_native(RuleIx(0), &mut facts));
    facts.set(own, Value::Bool(true));
    assert!(!native.is_native(RuleIx(0), &mut facts));
    let mut found = Survivors::default();
    facts.set(own, Value::Bool(false));
    assert!(
        book.native
            .index()
            .candidates(EventId(0), &mut facts, &mut found)
    );
    assert!(found.rules.is_empty());
}

#[test]
fn a_part_of_a_book_keeps_its_native_code() {
    let rules: Vec<(String, String)> = ["event.n > 5", "event.n > 2", "event.own"]
        .iter()
        .enumerate()
        .map(|(n, body)| (format!("rules/offers/r{n}.rhai"), made::of_body(body, "")))
        .collect();
    let (book, _) = compile(&bank::project(&rules));
    let book = Arc::new(book.unwrap().only(&["offers.r1".into()]));
    let mut native = Interpreter::new(Arc::clone(&book));
    let mut facts = Facts::new(book.layout.slots.len());
    Maker::new(1).facts(&book, EventId(0), &mut facts);
    let slot = book.layout.event(EventId(0), "n").unwrap();
    let mut found = Survivors::default();
    for (n, holds) in [(2, false), (3, true)] {
        facts.set(slot, Value::Int(n));
        assert!(native.is_native(RuleIx(0), &mut facts));
        assert_eq!(
            native.condition(RuleIx(0), Function::When, &mut facts),
            Ok(holds)
        );
        assert!(
            book.native
                .index()
                .candidates(EventId(0), &mut facts, &mut found)
        );
        assert_eq!(!found.rules.is_empty(), holds);
    }
}
