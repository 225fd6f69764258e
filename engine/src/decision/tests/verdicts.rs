//! Verdicts against each other, overrides, and the silence a hold brings.

use super::kit::*;
use super::plan::*;
use rules::draft::Verb;
use rules::rule::{Class, Cooldown};

fn fraud(id: &'static str, then: &'static str) -> Spec {
    Spec::new(id, Class::Fraud, then)
}

#[test]
fn the_strictest_verdict_wins_and_the_rest_are_told_so() {
    let mut plan = Plan::new();
    plan.rule(fraud("fraud.a", r#"allow().reason("BURST")"#));
    plan.rule(fraud("fraud.b", r#"step_up("face").reason("BURST")"#))
        .priority = 1000;
    plan.rule(fraud("fraud.c", r#"block().reason("BURST")"#));
    plan.rule(fraud("fraud.d", r#"hold().reason("BURST")"#));
    let expected = [
        "fraud.c block → -",
        "fraud.a ! STRICTER_VERDICT",
        "fraud.b ! STRICTER_VERDICT",
        "fraud.d ! STRICTER_VERDICT",
    ];
    assert_eq!(plan.open().pay(NOW, "1").fates(), expected);
}

#[test]
fn of_equal_verdicts_the_higher_priority_acts_with_the_reasons_of_all() {
    let mut plan = Plan::new();
    plan.rule(fraud("fraud.a", r#"hold().reason("ONE").lasts("1h")"#))
        .priority = 5;
    plan.rule(fraud("fraud.b", r#"hold().reason("TWO").lasts("2h")"#))
        .priority = 6;
    plan.rule(fraud("fraud.c", r#"hold().reason("ONE")"#))
        .priority = 5;
    plan.rule(fraud("fraud.d", r#"allow().reason("NO")"#));
    let step = plan.open().pay(NOW, "1");
    let expected = [
        "fraud.b hold → -",
        "fraud.a ! OUTRANKED",
        "fraud.c ! OUTRANKED",
        "fraud.d ! STRICTER_VERDICT",
    ];
    assert_eq!(step.fates(), expected);
    let chosen = &step.decision.unwrap().chosen[0];
    assert_eq!(chosen.draft.reasons, ["TWO", "ONE"]);
    assert_eq!(chosen.expires, Some(NOW + 2 * HOUR));
}

#[test]
fn a_verdict_on_an_entity_and_one_on_the_payment_are_two_matters() {
    let then = r#"[block(event.card).reason("BURST").lasts("6h"), block().reason("BURST")]"#;
    let mut plan = Plan::new();
    plan.rule(fraud("fraud.a", then)).cooldown = Some(Cooldown {
        over: HOUR,
        per: Some(CARD),
    });
    let mut bank = plan.open();
    let first = bank.pay(NOW, "1").fates();
    assert_eq!(first, ["fraud.a block → K1", "fraud.a block → -"]);
    // The card cools down; the payment is declined all the same.
    let second = bank.pay(NOW + 1, "1").fates();
    assert_eq!(
        second,
        ["fraud.a block → -", "fraud.a ! SUPPRESSED_COOLDOWN"]
    );
    let again = bank.pay(NOW + HOUR, "1").fates();
    assert_eq!(again, ["fraud.a block → K1", "fraud.a block → -"]);
}

#[test]
fn an_override_lifts_verdicts_until_one_that_it_does_not_lift() {
    let plan = |lifts: &[Verb], then: &'static str| {
        let mut plan = Plan::new();
        plan.rule(fraud("fraud.a", then));
        plan.rule(fraud("fraud.b", r#"hold().reason("BURST")"#));
        plan.rule(fraud("fraud.c", r#"step_up("face").reason("BURST")"#));
        plan.overrides(lifts);
        let mut bank = plan.open();
        bank.customer = "C9".into();
        bank
    };
    let block = r#"block().reason("BURST")"#;
    assert_eq!(
        plan(&[Verb::Block], block).pay(NOW, "1").fates(),
        [
            "fraud.b hold → -",
            "fraud.a ! OVERRIDDEN",
            "fraud.c ! STRICTER_VERDICT"
        ]
    );
    let all = [Verb::Block, Verb::Hold, Verb::StepUp];
    assert_eq!(
        plan(&all, block).pay(NOW, "1").fates(),
        [
            "fraud.a ! OVERRIDDEN",
            "fraud.b ! OVERRIDDEN",
            "fraud.c ! OVERRIDDEN"
        ]
    );
    let last = r#"block().reason("BURST").final()"#;
    assert_eq!(
        plan(&all, last).pay(NOW, "1").fates(),
        [
            "fraud.a block → -",
            "fraud.b ! STRICTER_VERDICT",
            "fraud.c ! STRICTER_VERDICT"
        ]
    );
    let mut stranger = plan(&all, block);
    stranger.customer = "C7".into();
    assert_eq!(stranger.pay(NOW, "1").fates()[0], "fraud.a block → -");
    stranger.listed.insert(("trusted".into(), "C7".into()));
    assert_eq!(stranger.pay(NOW, "1").fates()[0], "fraud.a ! OVERRIDDEN");
}

#[test]
fn a_hold_silences_selling_and_keeping_but_not_service_until_it_is_released() {
    let mut plan = Plan::new();
    plan.rule(Spec {
        when: "event.amount > 100",
        ..fraud("fraud.a", r#"hold().reason("BURST").lasts("24h")"#)
    });
    plan.rule(Spec::new(
        "offers.b",
        Class::Commercial,
        r#"offer("travel")"#,
    ));
    plan.rule(Spec::new(
        "retention.c",
        Class::Retention,
        r#"retain("care").channel("sms")"#,
    ));
    plan.rule(Spec::new(
        "service.d",
        Class::Service,
        r#"serve("callback").to("team")"#,
    ));
    plan.channel("branch", 3, None, None);
    plan.offer_mut("callback").channels = vec!["branch".into()];
    let mut bank = plan.open();
    bank.agree(&["app", "sms"]);
    bank.tags
        .insert("phone", rules::value::Value::Text("p7".into()));
    let free = [
        "offers.b travel → app",
        "retention.c care → sms",
        "service.d callback → branch",
    ];
    assert_eq!(bank.pay(NOW, "1").fates(), free);
    let held = bank.pay(NOW + 1, "101");
    let silent = [
        "service.d callback → branch",
        "offers.b ! SUPPRESSED_FRAUD_HOLD",
        "retention.c ! SUPPRESSED_FRAUD_HOLD",
    ];
    assert_eq!(held.fates()[0], "fraud.a hold → -");
    assert_eq!(held.fates()[1..], silent);
    assert_eq!(bank.pay(NOW + 2, "1").fates(), silent);
    assert_eq!(bank.pay(NOW + DAY, "1").fates(), silent);
    let id = held.decision.unwrap().chosen[0].action_id.clone();
    let mut other = std::mem::take(&mut bank.contacts);
    bank.contacts = other.clone();
    assert_eq!(bank.pay(NOW + DAY + 1, "1").fates(), free);
    std::mem::swap(&mut bank.contacts, &mut other);
    bank.outcome("released", &id, NOW + HOUR);
    assert_eq!(bank.pay(NOW + HOUR, "1").fates(), free);
}

#[test]
fn a_verdict_that_its_own_later_stages_refuse_beats_nobody_and_silences_nobody() {
    let mut plan = Plan::new();
    plan.rule(fraud("fraud.a", r#"block().reason("BURST")"#))
        .rollout = Some(0);
    plan.rule(fraud("fraud.b", r#"step_up("face").reason("BURST")"#));
    plan.rule(Spec::new(
        "offers.c",
        Class::Commercial,
        r#"offer("travel")"#,
    ));
    let mut bank = plan.open();
    bank.agree(&["app"]);
    let expected = [
        "fraud.b face → -",
        "offers.c travel → app",
        "fraud.a ! NOT_IN_ROLLOUT",
    ];
    assert_eq!(bank.pay(NOW, "1").fates(), expected);
}
