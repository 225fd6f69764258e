//! The bounds at their edges: what is just inside works.

use super::kit::{Bank, holds, text};
use crate::interpreter::harden::{CALL_LEVELS, LIST_MEMBERS, MAP_MEMBERS, OPERATIONS};
use crate::interpreter::operators::TEXT_BYTES;
use crate::value::Value;

#[test]
fn steps_are_counted_anew_for_every_call() {
    let mut bank = Bank::when("let n = 0; for i in 0..500 { n += i } n > 0");
    for _ in 0..50 {
        assert_eq!(bank.condition(), Ok(true));
    }
    let turns = OPERATIONS;
    let error = holds(&format!("for i in 0..{turns} {{}} true"));
    assert_eq!(error, Err("the rule takes too many steps".to_owned()));
}

#[test]
fn functions_may_call_each_other_to_a_depth() {
    let helper = "fn down(n) { if n == 0 { 0 } else { down(n - 1) + 1 } }";
    let ask = |depth: usize| {
        let source = format!("fn when(event, customer) {{ down({depth}) == {depth} }}\n{helper}");
        Bank::of(&source).condition().map_err(|e| e.message)
    };
    assert_eq!(ask(5), Ok(true));
    let message = "functions call each other too deeply".to_owned();
    assert_eq!(ask(CALL_LEVELS + 1), Err(message));
}

#[test]
fn texts_grow_to_their_bound() {
    let half = "x".repeat(TEXT_BYTES / 2);
    assert_eq!(
        holds(&format!("(\"{half}\" + \"{half}\").len() == {TEXT_BYTES}")),
        Ok(true)
    );
    let message = format!("a text in a rule has at most {TEXT_BYTES} bytes");
    assert_eq!(
        holds(&format!("(\"{half}\" + \"{half}x\").len() > 0")),
        Err(message)
    );
}

#[test]
fn the_longest_facts_can_be_read() {
    let mut bank = Bank::when(
        "event.memo.ends_with(\"x\") && event.memo.len() == 4096 && event.codes.len() == 256
            && !(\"b\" in event.codes) && event.memo == event.memo",
    );
    bank.set("memo", text(&"x".repeat(4096)));
    bank.set("codes", Value::List(vec![text(&"c".repeat(60)); 256]));
    assert_eq!(bank.condition(), Ok(true));
}

#[test]
fn texts_written_into_each_other_stay_bounded() {
    let body = "let s = \"xxxxxxxx\"; for i in 0..20 { s = `${s}${s}`; } true";
    assert_eq!(
        holds(body),
        Err("a text in the rule is too long".to_owned())
    );
}

#[test]
fn lists_and_maps_are_bounded_with_everything_in_them() {
    let list = |n: usize| format!("[{}].len() == {n}", vec!["1"; n].join(","));
    // A list written out stops one short of the bound: that is rhai's parser.
    assert_eq!(holds(&list(LIST_MEMBERS - 1)), Ok(true));
    assert!(holds(&list(LIST_MEMBERS)).is_err());
    let map = |n: usize| {
        let members: Vec<_> = (0..n).map(|n| format!("a{n}: 1")).collect();
        format!("let m = #{{ {} }}; true", members.join(","))
    };
    assert_eq!(holds(&map(MAP_MEMBERS)), Ok(true));
    assert!(holds(&map(MAP_MEMBERS + 1)).is_err());
    let nested = |depth: usize| format!("let a = [1]; for i in 0..{depth} {{ a = [a] }} true");
    assert_eq!(holds(&nested(200)), Ok(true));
    let message = "a list or map in the rule is too large".to_owned();
    assert_eq!(holds(&nested(300)), Err(message));
}

#[test]
fn host_functions_account_for_what_they_look_at() {
    let list = vec!["\"a\""; LIST_MEMBERS - 1].join(",");
    let source = format!(
        "fn when(event, customer) {{ let l = [{list}]; let n = 0; \
         while n < 1100 {{ n += 1; \"b\" in l; }} true }}"
    );
    let error = Bank::of(&source).condition().unwrap_err();
    assert_eq!(error.message, "the rule does too much work");
}

#[test]
fn a_fraud_rule_of_fifty_conditions_is_ordinary() {
    let spine = vec!["event.amount >= 1"; 50].join(" && ");
    assert_eq!(holds(&spine), Ok(true));
    let chain = vec!["(event.tries + 1)"; 40].join(" + ");
    assert_eq!(holds(&format!("{chain} == 160")), Ok(true));
}

#[test]
fn a_rule_makes_a_bounded_number_of_marks() {
    let body = "for i in 0..100 { untag(\"a\") }";
    let mut bank = Bank::of(&format!("fn always(event, customer) {{ {body} }}"));
    assert_eq!(
        bank.always().unwrap_err().message,
        "a rule makes at most 64 marks"
    );
}
