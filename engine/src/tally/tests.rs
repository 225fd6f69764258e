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
    sum.merge(&bank.tally);
    sum.merge(&bank.tally);
    let words = sum.why_not(&bank.book);
    assert_eq!(
        words[0].en,
        "offers.x: reached by 8 events, true 4, chosen 2; \
         most often false: `event.amount > 100` (4); most often refused: NO_CONSENT (2)"
    );
    assert!(words[0].zh.contains("最常不成立"));
    assert!(words[1].en.contains("errors 8"));
}
