//! What goes out, and what is changed.

use super::kit::*;
use super::plan::*;
use crate::change::Change;
use rules::rule::Class;
use rules::value::Value;

const TRAVEL: &str = r#"{
        "specversion": "1.0",
        "id": "{action}",
        "type": "deft.action.next-best-offer",
        "source": "deft",
        "time": "2026-03-02T10:00:00.005+08:00",
        "subject": "customer:C7",
        "partitionkey": "C7",
        "sequence": "1",
        "data": {
            "schema": 1,
            "decision_id": "{decision}",
            "action_id": "{action}",
            "customer": "C7",
            "subject": { "kind": "customer", "id": "C7" },
            "kind": "next-best-offer",
            "class": "commercial",
            "verdict": null,
            "do": "offer",
            "offer": "travel",
            "group": "things",
            "channel": "app",
            "placement": null,
            "fallback": ["sms"],
            "attempt": 1,
            "team": null,
            "address": null,
            "language": "zh-CN",
            "template": "travel_app",
            "data": { "amount": "88.80 CNY" },
            "reasons": ["BURST", "TRAVELS"],
            "say": { "zh": "旅途平安", "en": "Have a safe trip" },
            "internal": false,
            "purpose": "marketing",
            "rule": "offers.x",
            "rule_version": "0123456789ab",
            "book": "book00000000",
            "event_id": "e1",
            "event_time": "2026-03-02T10:00:00.005+08:00",
            "decided_at": "2026-03-02T10:00:00.005+08:00",
            "not_before": null,
            "expires_at": "2026-03-02T22:00:00.005+08:00",
            "via": "push",
            "mode": "live",
            "withdraws": null
        }
    }"#;

#[test]
fn an_offer_goes_out_as_a_cloud_event_with_all_a_channel_needs() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "offers.x",
        Class::Commercial,
        r#"offer("travel").reason("BURST").reason("TRAVELS").expires("12h").data(#{ amount: event.amount })"#,
    ));
    let mut bank = plan.open();
    bank.agree(&["app", "sms"]);
    bank.tags.insert("phone", Value::Text("p7".into()));
    bank.tags.insert("language", Value::Text("zh-CN".into()));
    let step = bank.pay(NOW + 5, "88.8");
    let action = &step.enacted.actions[0];
    assert_eq!(action.topic(), "deft.actions.next-best-offer");
    let json: serde_json::Value = serde_json::from_str(&action.to_json()).unwrap();
    let decision = step.decision.as_ref().unwrap();
    let action_id = decision.chosen[0].action_id.as_str();
    let expected = TRAVEL
        .replace("{action}", action_id)
        .replace("{decision}", &decision.id);
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    assert_eq!(json, expected);
}

#[test]
fn actions_of_a_customer_are_numbered_and_verdicts_go_out_as_fraud_block() {
    let then =
        r#"[block(event.card).reason("BURST").lasts("6h"), notify("desk"), trigger("reissue")]"#;
    let mut plan = Plan::new();
    plan.rule(Spec::new("fraud.a", Class::Fraud, then));
    plan.rule(Spec::new(
        "fraud.b",
        Class::Fraud,
        r#"step_up("face").reason("BURST")"#,
    ));
    let mut bank = plan.open();
    let step = bank.pay(NOW, "1");
    let told: Vec<_> = step
        .enacted
        .actions
        .iter()
        .map(|a| {
            (
                a.sequence.as_str(),
                a.data.kind,
                a.data.verb,
                a.subject.as_str(),
            )
        })
        .collect();
    let kind = "fraud-block";
    assert_eq!(
        told,
        [
            ("1", kind, "block", "card:K1"),
            ("2", kind, "notify", "card:K1"),
            ("3", kind, "trigger", "card:K1"),
            ("4", kind, "step_up", "transaction:e1"),
        ]
    );
    let actions = &step.enacted.actions;
    assert!(
        actions
            .iter()
            .all(|a| a.data.internal && a.data.say.is_none())
    );
    assert_eq!(actions[0].data.verdict, Some("block"));
    assert_eq!(actions[1].data.team.as_deref(), Some("desk"));
    assert_eq!(actions[2].data.process.as_deref(), Some("reissue"));
    assert_eq!(actions[3].data.method.as_deref(), Some("face"));
    let five = Some("2026-03-02T10:05:00+08:00");
    assert_eq!(actions[3].data.expires_at.as_deref(), five);
    let ids: std::collections::BTreeSet<_> = actions.iter().map(|a| &a.id).collect();
    assert_eq!(ids.len(), 4);
    let next = bank.pay(NOW, "1");
    assert_eq!(next.enacted.actions[0].sequence, "5");
}

#[test]
fn a_block_reserves_holds_and_fires_what_it_should() {
    let mut plan = Plan::new();
    let header = plan.rule(Spec::new(
        "fraud.a",
        Class::Fraud,
        r#"block(event.card).reason("BURST")"#,
    ));
    header.brake = Some((9, HOUR));
    header.cooldown = Some(rules::rule::Cooldown {
        over: HOUR,
        per: Some(CARD),
    });
    let mut bank = plan.open();
    let step = bank.pay(NOW, "1");
    let names: Vec<&str> = step
        .enacted
        .changes
        .iter()
        .map(|change| match change {
            Change::Reserved(r) if r.offer.is_none() && r.channel.is_none() => "reserved",
            Change::HoldSet(h) if h.block && h.until == i64::MAX => "held until released",
            Change::Numbered { last: 1 } => "numbered",
            _ => "other",
        })
        .collect();
    assert_eq!(names, ["reserved", "held until released", "numbered"]);
    assert_eq!(step.enacted.shared.len(), 2);
    assert_eq!(step.enacted.actions[0].data.expires_at, None);
    assert_eq!(bank.contacts.hold(NOW + 999 * DAY).unwrap().rule, "fraud.a");
}

#[test]
fn the_same_event_gets_the_same_ids_and_bytes_on_every_run() {
    let run = || {
        let mut plan = Plan::new();
        plan.rule(Spec::new(
            "offers.x",
            Class::Commercial,
            r#"offer("travel")"#,
        ));
        let mut bank = plan.open();
        bank.agree(&["app"]);
        let step = bank.pay(NOW, "1");
        let actions: Vec<String> = step.enacted.actions.iter().map(|a| a.to_json()).collect();
        (step.record.unwrap().to_json(), actions)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_late_decision_says_so() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "service.x",
        Class::Service,
        r#"serve("callback")"#,
    ));
    let mut bank = plan.open();
    let mut event = bank.event(
        PAYMENT,
        NOW,
        vec![Value::Missing, Value::Missing, Value::Missing],
    );
    event.late = true;
    let step = bank.take(event);
    assert!(step.decision.unwrap().late);
    assert!(step.record.unwrap().event.late);
}
