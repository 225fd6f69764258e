//! Counters by real rules.

use super::*;
use crate::decision::tests::kit::*;
use crate::decision::tests::plan::*;
use rules::rule::Class;

fn bank(depth: Depth) -> Bank {
    let mut plan = Plan::new();
    plan.rule(Spec {
        when: "event.amount > 100 && event.risk > 0.2",
        ..Spec::new("offers.x", Class::Commercial, r#"offer("travel")"#)
    });
    plan.rule(Spec {
        when: "loop { }",
        ..Spec::new("offers.y", Class::Commercial, r#"offer("travel")"#)
    });
    let mut bank = plan.open();
    bank.tally = Tally::new(&bank.book, depth);
    bank
}

fn run(depth: Depth) -> Bank {
    let mut bank = bank(depth);
    for amount in ["1", "100", "101"] {
        bank.pay(NOW, amount);
    }
    bank.agree(&["app"]);
    bank.pay(NOW, "500");
    bank
}

#[test]
fn a_rule_is_counted_from_reached_to_chosen() {
    let bank = run(Depth::Whole);
    let x = &bank.tally.rules[0];
    assert_eq!((x.reached, x.held, x.failed, x.errors), (4, 2, 2, 0));
    assert_eq!(x.chosen, 1);
    assert_eq!(x.refused.get(&Refusal::NoConsent), Some(&1));
    assert!(x.operands.iter().all(|o| o.evaluated() == 0));
    let y = &bank.tally.rules[1];
    assert_eq!((y.reached, y.errors, y.held + y.failed), (4, 4, 0));
    assert_eq!(y.refused.get(&Refusal::RuleError), Some(&4));
}

#[test]
fn operands_are_counted_up_to_the_first_false_one_or_each() {
    let operands = |depth| run(depth).tally.rules[0].operands.clone();
    let counted = |held, failed| OperandTally { held, failed };
    assert_eq!(operands(Depth::FirstFalse), [counted(2, 2), counted(2, 0)]);
    assert_eq!(operands(Depth::Each), [counted(2, 2), counted(4, 0)]);
}

#[test]
fn shards_add_up_and_the_sentence_names_what_stood_in_the_way() {
    let bank = run(Depth::FirstFalse);
    let mut sum = Tally::default();
    sum.merge(bank.tally.clone());
    sum.merge(bank.tally.clone());
    let words = sum.why_not(&bank.book);
    assert_eq!(
        words[0].en,
        "offers.x: reached by 8 events, true 4, chosen 2; \
         most often false: `event.amount > 100` (4); most often refused: NO_CONSENT (2)"
    );
    assert!(words[0].zh.contains("最常不成立"));
    assert!(words[1].en.contains("errors 8"));
}

#[test]
fn counters_go_on_under_another_book_and_operands_where_the_rule_reads_as_it_did() {
    let mut bank = run(Depth::FirstFalse);
    (0..5).for_each(|_| bank.tally.found(PAYMENT, &[]));
    let other = |ids: &[&'static str], changed: &str| {
        let mut plan = Plan::new();
        for id in ids {
            plan.rule(Spec::new(id, Class::Commercial, r#"offer("travel")"#));
        }
        let Bank {
            book, interpreter, ..
        } = plan.open();
        drop(interpreter);
        let mut book = std::sync::Arc::into_inner(book).unwrap();
        for rule in book.rules.iter_mut().filter(|rule| rule.id == changed) {
            rule.version = "ba9876543210".into();
        }
        book
    };
    let under = |book: &Book| {
        let heirs = Heirs::of(&bank.book, book);
        let former = (&*bank.book, &Heard::of(&bank.book));
        bank.tally.clone().succeed(former, book, &heirs)
    };
    let settled = bank.tally.settled(&Heard::of(&bank.book));
    let stayed = under(&other(&["offers.x", "offers.y"], ""));
    assert_eq!(stayed.rules, settled.rules);
    // What the index left out is counted: five events, of which no rule was found.
    assert_eq!(stayed.rules[0].reached, 4 + 5);
    let turned = under(&other(&["offers.a", "offers.x", "offers.z"], "offers.x"));
    let fresh = RuleTally::default();
    let anew = RuleTally {
        operands: Vec::new(),
        ..settled.rules[0].clone()
    };
    assert_ne!(settled.rules[0].operands, []);
    assert_eq!(turned.rules, [fresh.clone(), anew, fresh]);
    let fewer = under(&other(&["offers.x"], ""));
    assert_eq!(fewer.rules, settled.rules[..1]);
}
