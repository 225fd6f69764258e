//! Consent and contact policy: channels narrowed, suppressions, cool-downs, caps, quiet hours.

use super::kit::*;
use super::plan::*;
use rules::catalogue::policy::{CapScope, SuppressCause, SuppressScope, Suppression};
use rules::rule::{Class, Cooldown};
use rules::value::{Text, Value};

fn bank(plan: Plan) -> Bank {
    let mut bank = plan.open();
    bank.tags.insert("phone", Value::Text("p7".into()));
    bank.agree(&["app", "sms"]);
    bank
}

fn offering(then: &'static str) -> Plan {
    let mut plan = Plan::new();
    plan.rule(Spec::new("offers.x", Class::Commercial, then));
    plan
}

const TRAVEL: &str = r#"offer("travel")"#;
const BY_SMS: &str = r#"offer("travel").channel("sms")"#;

#[test]
fn consent_is_asked_channel_by_channel_and_the_first_choice_names_the_cause() {
    let mut bank = offering(TRAVEL).open();
    assert_eq!(bank.pay(NOW, "1").fates(), ["offers.x ! NO_CONSENT"]);
    bank.agree(&["app"]);
    assert_eq!(bank.pay(NOW, "1").fates(), ["offers.x travel → app"]);
    let said = |given: bool| {
        vec![
            Value::Text("marketing".into()),
            Value::Text("app".into()),
            Value::Bool(given),
        ]
    };
    let mut plan = offering(TRAVEL);
    let [purpose, channel] = ["event.purpose", "event.channel"]
        .map(|text| plan.expression(text, rules::value::Type::Text));
    let given = plan.expression("event.given", rules::value::Type::Bool);
    plan.catalogue.consent = Some(rules::catalogue::policy::Consent {
        on: CONSENT,
        purpose,
        channel,
        given,
    });
    let mut bank = plan.open();
    bank.tags.insert("phone", Value::Text("p7".into()));
    bank.agree(&["sms"]);
    let event = bank.event(CONSENT, NOW, said(true));
    bank.take(event);
    assert_eq!(bank.pay(NOW, "1").fates(), ["offers.x travel → app"]);
    let event = bank.event(CONSENT, NOW + 1, said(false));
    bank.take(event);
    assert_eq!(bank.pay(NOW + 1, "1").fates(), ["offers.x travel → sms"]);
    bank.contacts.apply(&crate::change::Change::ConsentSet {
        purpose: "marketing".into(),
        channel: "sms".into(),
        given: false,
        at: NOW,
        seq: 9,
    });
    assert_eq!(bank.pay(NOW + 2, "1").fates(), ["offers.x ! OPTED_OUT"]);
}

#[test]
fn an_older_word_never_overrides_a_newer_one() {
    let mut bank = offering(TRAVEL).open();
    let say = |given: bool, at: i64| crate::change::Change::ConsentSet {
        purpose: "marketing".into(),
        channel: "app".into(),
        given,
        at,
        seq: 1,
    };
    bank.contacts.apply(&say(false, 10));
    bank.contacts.apply(&say(true, 9));
    assert_eq!(bank.pay(NOW, "1").fates(), ["offers.x ! OPTED_OUT"]);
}

#[test]
fn service_needs_no_consent_and_a_team_needs_no_channel() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "service.a",
        Class::Service,
        r#"serve("callback")"#,
    ));
    plan.rule(Spec::new(
        "service.b",
        Class::Service,
        r#"serve("letter").to("team")"#,
    ));
    plan.rule(Spec::new("service.c", Class::Service, r#"serve("letter")"#));
    let (kind, purpose) = (
        rules::catalogue::policy::OfferKind::Serve,
        rules::catalogue::policy::Purpose::Service,
    );
    plan.offer("letter", kind, purpose, "0", 0.0);
    plan.offer_mut("letter").channels.clear();
    let expected = [
        "service.a callback → app",
        "service.b letter → -",
        "service.c ! NO_CHANNEL",
    ];
    assert_eq!(plan.open().pay(NOW, "1").fates(), expected);
}

#[test]
fn a_channel_without_address_does_not_reach_the_customer() {
    let mut bank = offering(BY_SMS).open();
    bank.agree(&["sms"]);
    assert_eq!(bank.pay(NOW, "1").fates(), ["offers.x ! NO_CHANNEL"]);
    bank.tags.insert("phone", Value::Text("p7".into()));
    let step = bank.pay(NOW, "1");
    assert_eq!(step.fates(), ["offers.x travel → sms"]);
    let chosen = &step.decision.unwrap().chosen[0];
    assert_eq!(chosen.address.as_deref(), Some("p7"));
}

#[test]
fn quiet_hours_are_from_included_to_excluded_over_midnight_on_the_customers_clock() {
    let mut bank = bank(offering(BY_SMS));
    // 10:00 is NOW; 21:00 is eleven hours on, 08:00 is twenty-two.
    let quiet = ["offers.x ! SUPPRESSED_QUIET_HOURS"];
    let open = ["offers.x travel → sms"];
    assert_eq!(bank.pay(NOW + 11 * HOUR - 1, "1").fates(), open);
    let step = bank.pay(NOW + 11 * HOUR, "1");
    assert_eq!(step.fates(), quiet);
    let until = step.decision.unwrap().refused[0].loss.until;
    assert_eq!(until, Some(NOW + 22 * HOUR));
    assert_eq!(bank.pay(NOW + 22 * HOUR - 1, "1").fates(), quiet);
    assert_eq!(bank.pay(NOW + 22 * HOUR, "1").fates(), open);
}

#[test]
fn quiet_hours_narrow_to_the_next_channel() {
    let mut bank = bank(offering(r#"offer("travel").channel("sms", "app")"#));
    assert_eq!(bank.pay(NOW, "1").fates(), ["offers.x travel → sms"]);
    let night = bank.pay(NOW + 12 * HOUR, "1").fates();
    assert_eq!(night, ["offers.x travel → app"]);
}

#[test]
fn a_cooldown_is_silent_for_exactly_its_length_from_what_was_enacted() {
    let mut plan = offering(TRAVEL);
    plan.rules[0].header.cooldown = Some(Cooldown {
        over: DAY,
        per: None,
    });
    let mut bank = bank(plan);
    let first = bank.pay(NOW, "1");
    assert_eq!(first.fates(), ["offers.x travel → app"]);
    let cool = ["offers.x ! SUPPRESSED_COOLDOWN"];
    assert_eq!(bank.pay(NOW, "1").fates(), cool);
    // A failed delivery frees the cap, not the cool-down.
    let id = first.decision.unwrap().chosen[0].action_id.clone();
    bank.outcome("failed", &id, NOW + 1);
    let step = bank.pay(NOW + DAY - 1, "1");
    assert_eq!(step.fates(), cool);
    let until = step.decision.unwrap().refused[0].loss.until;
    assert_eq!(until, Some(NOW + DAY));
    assert_eq!(bank.pay(NOW + DAY, "1").fates(), ["offers.x travel → app"]);
}

#[test]
fn a_cap_counts_reserved_and_confirmed_over_its_sliding_window() {
    let mut plan = offering(TRAVEL);
    plan.cap("two_a_week", CapScope::Channel("app".into()), 2, 7 * DAY);
    plan.offer_mut("travel").channels = vec!["app".into()];
    plan.offer_mut("travel").expires = Some(30 * DAY);
    let mut bank = bank(plan);
    let (open, full) = (
        ["offers.x travel → app"],
        ["offers.x ! SUPPRESSED_CONTACT_LIMIT"],
    );
    assert_eq!(bank.pay(NOW, "1").fates(), open);
    assert_eq!(bank.pay(NOW + DAY, "1").fates(), open);
    let step = bank.pay(NOW + 7 * DAY - 1, "1");
    assert_eq!(step.fates(), full);
    let loss = &step.decision.unwrap().refused[0].loss;
    assert_eq!(loss.by.as_deref(), Some("policy.two_a_week"));
    assert_eq!(loss.until, Some(NOW + 7 * DAY));
    assert_eq!(bank.pay(NOW + 7 * DAY, "1").fates(), open);
    assert_eq!(bank.pay(NOW + 7 * DAY + 1, "1").fates(), full);
}

#[test]
fn an_action_spends_its_caps_when_enacted_and_only_a_failure_gives_back() {
    let plan = || {
        let mut plan = offering(TRAVEL);
        plan.cap("once", CapScope::All, 1, 7 * DAY);
        bank(plan)
    };
    let open = ["offers.x travel → app"];
    let full = ["offers.x ! SUPPRESSED_CONTACT_LIMIT"];
    let sent = |bank: &mut Bank| -> Text {
        let step = bank.pay(NOW, "1");
        step.decision.unwrap().chosen[0].action_id.clone()
    };
    // Nobody reports on it: it stands for 24 hours and counts for the whole week.
    let mut bank = plan();
    sent(&mut bank);
    assert_eq!(bank.pay(NOW + 7 * DAY - 1, "1").fates(), full);
    assert_eq!(bank.pay(NOW + 7 * DAY, "1").fates(), open);
    let mut bank = plan();
    let id = sent(&mut bank);
    bank.outcome("delivered", &id, NOW + 1);
    assert_eq!(bank.pay(NOW + DAY, "1").fates(), full);
    assert_eq!(bank.pay(NOW + 7 * DAY, "1").fates(), open);
    let mut bank = plan();
    let id = sent(&mut bank);
    bank.outcome("failed", &id, NOW + 1);
    assert_eq!(bank.pay(NOW + 1, "1").fates(), open);
}

#[test]
fn a_complaint_silences_its_classes_until_it_is_closed_or_over() {
    let plan = || {
        let mut plan = offering(TRAVEL);
        plan.suppression(Suppression {
            name: "after_complaint".into(),
            cause: SuppressCause::Event(COMPLAINT),
            scope: SuppressScope::Class,
            classes: vec![Class::Commercial, Class::Retention],
            over: 30 * DAY,
            until: Some(CLOSED),
        });
        bank(plan)
    };
    let (open, silent) = (
        ["offers.x travel → app"],
        ["offers.x ! SUPPRESSED_COMPLAINT"],
    );
    let mut bank = plan();
    let event = bank.event(COMPLAINT, NOW, Vec::new());
    bank.take(event);
    let step = bank.pay(NOW, "1");
    assert_eq!(step.fates(), silent);
    let loss = &step.decision.unwrap().refused[0].loss;
    assert_eq!(loss.by.as_deref(), Some("policy.after_complaint"));
    assert_eq!(loss.until, Some(NOW + 30 * DAY));
    assert_eq!(bank.pay(NOW + 30 * DAY - 1, "1").fates(), silent);
    assert_eq!(bank.pay(NOW + 30 * DAY, "1").fates(), open);
    let mut bank = plan();
    for (kind, at) in [(COMPLAINT, NOW), (CLOSED, NOW + HOUR)] {
        let event = bank.event(kind, at, Vec::new());
        bank.take(event);
    }
    assert_eq!(bank.pay(NOW + HOUR - 1, "1").fates(), silent);
    assert_eq!(bank.pay(NOW + HOUR, "1").fates(), open);
}

#[test]
fn two_ignored_messages_silence_their_group() {
    let mut plan = offering(TRAVEL);
    plan.rule(Spec::new(
        "retention.y",
        Class::Retention,
        r#"retain("care").channel("sms")"#,
    ));
    plan.offer_mut("care").group = Some("care".into());
    plan.suppression(Suppression {
        name: "after_two_ignores".into(),
        cause: SuppressCause::Outcome {
            outcome: "ignored".into(),
            times: 2,
            within: 30 * DAY,
        },
        scope: SuppressScope::Group,
        classes: Vec::new(),
        over: 60 * DAY,
        until: None,
    });
    let mut bank = bank(plan);
    for day in [0, 8] {
        let step = bank.pay(NOW + day * DAY, "1");
        let chosen = &step.decision.as_ref().unwrap().chosen;
        let id = chosen.iter().find(|c| c.rule == "offers.x").unwrap();
        let id = id.action_id.clone();
        bank.outcome("ignored", &id, NOW + day * DAY + HOUR);
        // Said twice about one action, it counts once.
        bank.outcome("ignored", &id, NOW + day * DAY + HOUR + 1);
    }
    let expected = ["retention.y care → sms", "offers.x ! SUPPRESSED_IGNORED"];
    assert_eq!(bank.pay(NOW + 9 * DAY, "1").fates(), expected);
    let over = NOW + 68 * DAY + HOUR;
    assert_eq!(bank.pay(over - 1, "1").fates(), expected);
    assert_eq!(bank.pay(over + 1, "1").fates()[0], "offers.x travel → app");
}

#[test]
fn opting_out_withdraws_consent_on_the_actions_channel() {
    let mut bank = bank(offering(TRAVEL));
    let step = bank.pay(NOW, "1");
    let id = step.decision.unwrap().chosen[0].action_id.clone();
    bank.outcome("opted_out", &id, NOW + 1);
    assert_eq!(bank.pay(NOW + 1, "1").fates(), ["offers.x travel → sms"]);
    assert_eq!(
        bank.contacts.consent("marketing", &"app".into()),
        Some(false)
    );
}
