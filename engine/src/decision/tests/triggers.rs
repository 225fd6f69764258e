//! Several triggers, one decision: what an event completes is heard with it.

use super::kit::*;
use super::plan::*;
use crate::event::Event;
use rules::rule::Class;
use rules::value::Value;

/// A payment that completes another event; consent stands for any type with fields of its own.
fn payment_and_more(bank: &mut Bank) -> (Event, Vec<Event>) {
    let card = rules::value::EntityKey {
        kind: CARD,
        id: "K1".into(),
    };
    let fields = vec![
        Value::Money(yuan("10")),
        Value::Ref(card),
        Value::Decimal(0.5),
    ];
    let event = bank.event(PAYMENT, NOW, fields);
    let more = Event {
        kind: CONSENT,
        id: "derived".into(),
        fields: vec![
            Value::Text("marketing".into()),
            Value::Text("app".into()),
            Value::Bool(true),
        ],
        ..event.clone()
    };
    (event, vec![more])
}

#[test]
fn each_rule_sees_its_own_trigger_and_one_choice_is_made_among_all() {
    let mut plan = Plan::new();
    plan.rule(Spec {
        when: "event.amount >= 10",
        ..Spec::new("offers.a", Class::Commercial, r#"offer("travel")"#)
    });
    plan.rule(Spec {
        when: r#"event.channel == "app" && event.id == "derived""#,
        ..Spec::new("fraud.b", Class::Fraud, r#"hold().reason("BURST")"#)
    })
    .on = vec![CONSENT];
    let mut bank = plan.open();
    bank.agree(&["app"]);
    let (event, more) = payment_and_more(&mut bank);
    let id = event.id.clone();
    // Taking a step also decides its record again and compares.
    let step = bank.take_all(event, &more);
    assert_eq!(
        step.fates(),
        ["fraud.b hold → -", "offers.a ! SUPPRESSED_FRAUD_HOLD"]
    );
    let record = step.record.unwrap();
    assert_eq!(record.event.id, id);
    assert_eq!(record.triggers.len(), 1);
    let trigger = &record.triggers[0];
    assert_eq!(trigger.ty, "profile.consent");
    assert_eq!(trigger.facts["event.channel"].get(), "\"app\"");
    assert!(!trigger.facts.contains_key("customer.age"), "known already");
    assert!(!record.facts.contains_key("event.channel"));
    let action = &step.enacted.actions[0].data;
    assert_eq!(action.event_id, id, "the transaction is what is held");
    assert_eq!(action.subject.kind, "transaction");
}

#[test]
fn a_rule_on_several_triggers_has_its_say_once_on_the_first_that_is_true() {
    let mut plan = Plan::new();
    plan.rule(Spec {
        when: r#"event.id == "derived""#,
        always: r#"tag("phone", event.id)"#,
        ..Spec::new(
            "service.x",
            Class::Service,
            r#"serve("callback").data(#{ on: event.id })"#,
        )
    })
    .on = vec![PAYMENT, CONSENT];
    plan.rule(Spec {
        always: r#"tag("phone", "never")"#,
        ..Spec::new(
            "service.y",
            Class::Service,
            r#"serve("callback").data(#{ on: event.id })"#,
        )
    })
    .on = vec![PAYMENT, CONSENT];
    let mut bank = plan.open();
    let (event, more) = payment_and_more(&mut bank);
    let id = event.id.to_string();
    let step = bank.take_all(event, &more);
    let decision = step.decision.unwrap();
    let of = |rule: &str| {
        let known = decision
            .chosen
            .iter()
            .map(|c| (&c.rule, Some(&c.draft.data)));
        let lost = decision.refused.iter().map(|r| (&r.rule, None));
        known.chain(lost).filter(|(r, _)| **r == rule).count()
    };
    assert_eq!((of("service.x"), of("service.y")), (1, 1));
    // Marks come in rule order, each on the facts of the trigger that its rule was true of.
    let marks: Vec<String> = decision
        .marks
        .iter()
        .map(|m| format!("{:?}", m.mark))
        .collect();
    assert_eq!(marks.len(), 1);
    assert!(
        marks[0].contains("derived") && !marks[0].contains(&id),
        "{marks:?}"
    );
}

#[test]
fn a_trigger_alone_may_speak_and_its_decision_is_the_events() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "service.x",
        Class::Service,
        r#"serve("callback")"#,
    ))
    .on = vec![CONSENT];
    let mut bank = plan.open();
    let (event, more) = payment_and_more(&mut bank);
    let with = bank.take_all(event.clone(), &more).decision.unwrap();
    assert_eq!(with.trigger, "transaction.payment");
    assert_eq!(with.chosen.len(), 1);
    assert!(bank.take_all(event, &[]).decision.is_none());
}
