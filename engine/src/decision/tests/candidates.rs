//! From rules to candidates: the stages rule, fit, budget and rollout, errors, shadow and marks.

use super::kit::*;
use super::plan::*;
use crate::change::Change;
use crate::decision::loss::Fate;
use crate::refusal::Refusal;
use rules::draft::Verb;
use rules::rule::{Class, Mode, OnError};
use rules::value::{Type, Value};

fn travel(id: &'static str) -> Spec {
    Spec::new(
        id,
        Class::Commercial,
        r#"offer("travel").reason("TRAVELS")"#,
    )
}

fn opened(plan: Plan) -> Bank {
    let mut bank = plan.open();
    bank.agree(&["app", "sms"]);
    bank
}

#[test]
fn a_false_condition_is_no_candidate_and_no_decision() {
    let mut plan = Plan::new();
    plan.rule(Spec {
        when: "event.amount > 500 && event.risk > 0.2",
        ..travel("offers.x")
    });
    let mut bank = opened(plan);
    assert!(bank.pay(NOW, "500").decision.is_none());
    assert_eq!(bank.pay(NOW, "500.01").fates(), ["offers.x travel → app"]);
}

#[test]
fn a_rule_acts_from_its_first_instant_to_before_its_last() {
    let mut plan = Plan::new();
    plan.rule(travel("offers.x")).valid = Some((NOW, NOW + DAY));
    let mut bank = opened(plan);
    let refused = ["offers.x ! OUT_OF_VALIDITY"];
    assert_eq!(bank.pay(NOW - 1, "1").fates(), refused);
    assert_eq!(bank.pay(NOW, "1").fates(), ["offers.x travel → app"]);
    assert_eq!(bank.pay(NOW + DAY, "1").fates(), refused);
}

#[test]
fn a_class_that_is_switched_off_pauses_its_rules() {
    let mut plan = Plan::new();
    plan.rule(Spec {
        always: r#"tag("age", 7)"#,
        ..travel("offers.x")
    });
    plan.catalogue.classes_off.push(Class::Commercial);
    let step = opened(plan).pay(NOW, "1");
    assert_eq!(step.fates(), ["offers.x ! RULE_PAUSED"]);
    assert!(step.enacted.changes.is_empty());
}

#[test]
fn fit_is_asked_of_the_rule_first_and_of_the_offer_then() {
    let mut plan = Plan::new();
    plan.rule(Spec {
        more: "fn suitable(event, customer) { event.amount < 1000 }",
        ..travel("offers.x")
    });
    let eligible = plan.expression("(customer.age ?? 0) >= 18", Type::Bool);
    let suitable = plan.expression("event.amount < 10", Type::Bool);
    plan.offer_mut("travel").eligible = Some(eligible);
    plan.offer_mut("travel").suitable = Some(suitable);
    let mut bank = opened(plan);
    assert_eq!(bank.pay(NOW, "1000").fates(), ["offers.x ! NOT_SUITABLE"]);
    let step = bank.pay(NOW, "999");
    assert_eq!(step.fates(), ["offers.x ! NOT_ELIGIBLE"]);
    let by = &step.decision.unwrap().refused[0].loss.by;
    assert_eq!(by.as_deref(), Some("offer.travel"));
    bank.tags.insert("age", Value::Int(18));
    assert_eq!(bank.pay(NOW, "999").fates(), ["offers.x ! NOT_SUITABLE"]);
    assert_eq!(bank.pay(NOW, "9").fates(), ["offers.x travel → app"]);
}

#[test]
fn an_offer_outside_its_days_is_expired_and_that_comes_after_contact_policy() {
    let mut plan = Plan::new();
    plan.rule(travel("offers.x")).cooldown = Some(rules::rule::Cooldown {
        over: DAY,
        per: None,
    });
    plan.offer_mut("travel").valid = Some((NOW, NOW + HOUR));
    let mut bank = opened(plan);
    assert_eq!(bank.pay(NOW - 1, "1").fates(), ["offers.x ! OFFER_EXPIRED"]);
    assert_eq!(bank.pay(NOW, "1").fates(), ["offers.x travel → app"]);
    let late = bank.pay(NOW + 2 * HOUR, "1");
    assert_eq!(late.fates(), ["offers.x ! SUPPRESSED_COOLDOWN"]);
}

#[test]
fn a_rollout_keeps_its_first_customers_when_it_grows() {
    let chosen = |percent: u8| -> Vec<usize> {
        let mut plan = Plan::new();
        plan.rule(travel("offers.x")).rollout = Some(percent);
        let mut bank = opened(plan);
        (0..400)
            .filter(|n| {
                bank.customer = format!("C{n}").into();
                bank.contacts = crate::contacts::Contacts::new();
                bank.agree(&["app"]);
                match bank.pay(NOW, "1").fates()[0].as_str() {
                    "offers.x ! NOT_IN_ROLLOUT" => false,
                    "offers.x travel → app" => true,
                    other => panic!("{other}"),
                }
            })
            .collect()
    };
    let (ten, quarter) = (chosen(10), chosen(25));
    assert!(ten.iter().all(|n| quarter.contains(n)));
    assert!((20..=60).contains(&ten.len()), "{}", ten.len());
    assert!((70..=130).contains(&quarter.len()), "{}", quarter.len());
    assert!(chosen(0).is_empty());
    assert_eq!(chosen(100).len(), 400);
}

#[test]
fn an_error_is_refused_for_its_rule_alone_and_the_others_go_on() {
    let mut plan = Plan::new();
    plan.rule(Spec {
        when: "loop { }",
        ..travel("offers.bad")
    });
    plan.rule(travel("offers.good"));
    let step = opened(plan).pay(NOW, "1");
    assert_eq!(
        step.fates(),
        ["offers.good travel → app", "offers.bad ! RULE_ERROR"]
    );
    let decision = step.decision.unwrap();
    assert_eq!(decision.faults[0].rule, "offers.bad");
    assert!(!decision.faults[0].message.is_empty());
}

#[test]
fn an_error_of_a_fraud_rule_asks_for_what_its_on_error_says() {
    for (on_error, verb) in [
        (OnError::StepUp, "face"),
        (OnError::Hold, "hold"),
        (OnError::Block, "block"),
    ] {
        let mut plan = Plan::new();
        plan.rule(Spec {
            when: "loop { }",
            ..Spec::new("fraud.bad", Class::Fraud, "block()")
        })
        .on_error = on_error;
        let step = opened(plan).pay(NOW, "1");
        let expected = [
            format!("fraud.bad {verb} → -"),
            "fraud.bad ! RULE_ERROR".to_owned(),
        ];
        assert_eq!(step.fates(), expected);
        let chosen = &step.decision.unwrap().chosen[0];
        assert!(chosen.by_error);
        assert_eq!(chosen.draft.reasons, ["RULE_ERROR"]);
    }
}

#[test]
fn a_shadow_rule_is_judged_beside_the_live_ones_and_never_acts() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "offers.live",
        Class::Commercial,
        r#"offer("dinner")"#,
    ));
    plan.rule(travel("offers.better")).mode = Mode::Shadow;
    plan.rule(Spec {
        always: r#"tag("age", 9)"#,
        ..Spec::new(
            "offers.worse",
            Class::Commercial,
            r#"offer("dinner").propensity(0.01)"#,
        )
    })
    .mode = Mode::Shadow;
    plan.rule(travel("offers.off")).mode = Mode::Off;
    let step = opened(plan).pay(NOW, "1");
    assert_eq!(step.fates(), ["offers.live dinner → app"]);
    let decision = step.decision.unwrap();
    assert!(decision.marks.is_empty());
    let would: Vec<_> = decision
        .shadow
        .iter()
        .map(|s| match &s.would {
            Fate::Chosen(_) => (s.rule.as_str(), None),
            Fate::Refused(loss) => (s.rule.as_str(), Some(loss.code)),
        })
        .collect();
    assert_eq!(
        would,
        [
            ("offers.better", None),
            ("offers.worse", Some(Refusal::Outranked))
        ]
    );
    assert_eq!(step.enacted.actions.len(), 1);
    let record = step.record.unwrap();
    assert_eq!(record.shadow[0].code, "SHADOW_ONLY");
    assert_eq!(record.shadow[0].would, "CHOSEN");
}

#[test]
fn marks_happen_win_or_lose_and_the_first_writer_of_a_name_wins() {
    let mut plan = Plan::new();
    plan.rule(Spec {
        then: r#"offer("travel")"#,
        always: r#"tag("age", 1, "2h"); remind("age", "1h");"#,
        ..Spec::new("offers.a", Class::Commercial, "")
    });
    plan.rule(Spec {
        always: r#"untag("age"); tag("phone", "p", "1h"); forget("age");"#,
        ..Spec::new("profile.b", Class::Profile, "")
    });
    let step = plan.open().pay(NOW, "1");
    assert_eq!(step.fates(), ["offers.a ! NO_CONSENT"]);
    let changes = step.enacted.changes;
    assert!(matches!(
        &changes[0],
        Change::TagSet { tag, value: Value::Int(1), expires: Some(e), by, .. }
            if tag == "age" && *e == NOW + 2 * HOUR && by == "offers.a"
    ));
    assert!(matches!(
        &changes[1],
        Change::TimerSet { name, due, .. } if name == "age" && *due == NOW + HOUR
    ));
    assert!(matches!(&changes[2], Change::TagSet { tag, .. } if tag == "phone"));
    assert_eq!(changes.len(), 3);
}

#[test]
fn only_marks_make_a_decision_that_is_not_recorded() {
    let mut plan = Plan::new();
    plan.rule(Spec {
        always: r#"tag("age", 1)"#,
        ..Spec::new("profile.b", Class::Profile, "")
    });
    let step = plan.open().pay(NOW, "1");
    assert!(!step.decision.unwrap().has_candidates());
    assert!(step.record.is_none());
    assert_eq!(step.enacted.changes.len(), 1);
}

#[test]
fn a_rider_happens_only_with_its_candidate() {
    let then = r#"[hold().reason("BURST"), notify("desk").data(#{ amount: event.amount })]"#;
    let mut plan = Plan::new();
    plan.rule(Spec::new("fraud.a", Class::Fraud, then));
    plan.rule(Spec {
        when: "event.amount > 100",
        ..Spec::new("fraud.b", Class::Fraud, r#"block().reason("BURST")"#)
    });
    let mut bank = plan.open();
    let verbs = |step: &Step| -> Vec<&'static str> {
        let actions = step.enacted.actions.iter();
        actions.map(|action| action.data.verb).collect()
    };
    assert_eq!(verbs(&bank.pay(NOW, "100")), [Verb::Hold.name(), "notify"]);
    assert_eq!(verbs(&bank.pay(NOW, "101")), ["block"]);
}
