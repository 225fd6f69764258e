//! Actions and marks.

use super::kit::{Bank, TERMINAL, text, yuan};
use crate::draft::{Draft, Mark, Verb};
use crate::money::Money;
use crate::value::{EntityKey, Value};

fn then(body: &str) -> Result<Vec<Draft>, String> {
    Bank::of(&format!("fn then(event, customer) {{ {body} }}"))
        .then()
        .map_err(|error| error.message)
}

fn always(body: &str) -> Result<Vec<Mark>, String> {
    Bank::of(&format!("fn always(event, customer) {{ {body} }}"))
        .always()
        .map_err(|error| error.message)
}

#[test]
fn an_action_carries_what_its_chain_says() {
    let drafts = then(
        "retain(\"vip_care_call\").channel(\"call_centre\", \"app\").to(\"vip_desk\")
            .reason(\"VIP_OUTFLOW\").reason(\"SECOND\").expires(\"8h\").not_before(5.minutes)
            .value(event.amount * 0.005).propensity(0.25)
            .data(#{ moved: event.amount * 0.005, who: event.terminal, n: 1, 名: \"x\" })",
    );
    let mut expected = Draft::new(Verb::Retain);
    expected.id = Some("vip_care_call".into());
    expected.channels = vec!["call_centre".into(), "app".into()];
    expected.team = Some("vip_desk".into());
    expected.reasons = vec!["VIP_OUTFLOW".into(), "SECOND".into()];
    expected.expires = Some(8 * 3_600_000);
    expected.not_before = Some(300_000);
    // 499.99 × 0.005 = 2.49995, half-even to the minor unit.
    expected.value = Some(Money::from_major("2.50", super::kit::cny()).unwrap());
    expected.propensity = Some(0.25);
    expected.data = [
        ("moved".to_owned(), yuan("2.50")),
        ("who".to_owned(), super::kit::terminal("T9")),
        ("n".to_owned(), Value::Int(1)),
        ("名".to_owned(), text("x")),
    ]
    .into();
    assert_eq!(then("offer(\"x\")").unwrap().len(), 1);
    assert_eq!(drafts, Ok(vec![expected]));
}

#[test]
fn verdicts_name_their_subject() {
    let drafts = then(
        "[ block(event.terminal).reason(\"BURST\").lasts(6.hours).final(),
           hold().reason(\"BURST\").lasts(\"1h30m\"), allow().reason(\"OK\"),
           step_up(\"face\").expires(\"5m\"), notify(\"desk\"), trigger(\"reissue\") ]",
    )
    .unwrap();
    let verbs: Vec<_> = drafts.iter().map(|d| d.verb.name()).collect();
    assert_eq!(
        verbs,
        ["block", "hold", "allow", "step_up", "notify", "trigger"]
    );
    let key = EntityKey {
        kind: TERMINAL,
        id: "T9".into(),
    };
    assert_eq!(drafts[0].subject, Some(key));
    assert!(drafts[0].last && !drafts[1].last);
    assert_eq!(drafts[0].lasts, Some(6 * 3_600_000));
    assert_eq!(drafts[1].lasts, Some(5_400_000));
    assert_eq!(drafts[1].subject, None);
    assert_eq!(drafts[3].id.as_deref(), Some("face"));
    assert_eq!(drafts[4].id.as_deref(), Some("desk"));
}

#[test]
fn one_to_eight_channels_keep_their_order() {
    for count in 1..=8usize {
        let names: Vec<String> = (0..count).map(|n| format!("c{n}")).collect();
        let list = names
            .iter()
            .map(|n| format!("\"{n}\""))
            .collect::<Vec<_>>()
            .join(", ");
        let drafts = then(&format!("offer(\"x\").channel({list})")).unwrap();
        let given: Vec<_> = drafts[0].channels.iter().map(ToString::to_string).collect();
        assert_eq!(given, names);
    }
    let message = then("offer(\"x\").channel(\"a\", 2)").unwrap_err();
    assert_eq!(
        message,
        "there is no `channel` that takes action, text, int"
    );
}

#[test]
fn what_is_no_action_is_refused_in_words() {
    for (body, message) in [
        ("42", "`then` gives int, not an action"),
        ("[]", "`then` gives an empty list, not an action"),
        ("[hold(), \"x\"]", "`then` gives text, not an action"),
        (
            "if event.online { () } else { hold() }",
            "`then` gives missing, not an action",
        ),
        ("offer(7)", "there is no `offer` that takes int"),
        (
            "hold(event.card)",
            "there is no `hold` that takes a missing value",
        ),
        (
            "block(event.country)",
            "there is no `block` that takes text",
        ),
        ("offer(\"x\").value(18)", "`value` takes money, not int"),
        (
            "offer(\"x\").expires(\"soon\")",
            "`soon` at `expires` is no duration",
        ),
        (
            "offer(\"x\").expires(5)",
            "`expires` takes a duration, not int",
        ),
        (
            "offer(\"x\").expires(-(1.hour))",
            "the duration at `expires` is negative",
        ),
        (
            "offer(\"x\").propensity(1.5)",
            "`propensity` takes a number from 0 to 1",
        ),
        (
            "offer(\"x\").data(#{ a: #{} })",
            "`data` cannot carry map in `a`",
        ),
        (
            "offer(\"x\").data(#{ a: hold() })",
            "`data` cannot carry action in `a`",
        ),
        (
            "offer(\"x\").data(#{ a: event })",
            "`data` cannot carry event in `a`",
        ),
        (
            "suppress(\"commercial\")",
            "there is no `suppress` that takes text",
        ),
        ("tag(\"a\", 1)", "`tag` belongs in `fn always`"),
    ] {
        assert_eq!(then(body), Err(message.to_owned()), "{body}");
    }
}

#[test]
fn a_copied_action_does_not_change_its_original() {
    let drafts = then("let a = hold(); let b = a.reason(\"B\"); [a, b]").unwrap();
    assert!(drafts[0].reasons.is_empty());
    assert_eq!(drafts[1].reasons.len(), 1);
}

#[test]
fn marks_come_in_the_order_they_were_written() {
    let marks = always(
        "tag(\"tier\", \"gold\", \"24h\"); tag(\"seen\", event.time);
         if event.online { untag(\"old\"); } remind(\"call\", 3.days); forget(\"other\");",
    );
    let expected = vec![
        Mark::Tag {
            name: "tier".into(),
            value: text("gold"),
            ttl: Some(86_400_000),
        },
        Mark::Tag {
            name: "seen".into(),
            value: Value::Time(super::kit::NOW),
            ttl: None,
        },
        Mark::Untag { name: "old".into() },
        Mark::Remind {
            name: "call".into(),
            after: 3 * 86_400_000,
        },
        Mark::Forget {
            name: "other".into(),
        },
    ];
    assert_eq!(marks, Ok(expected));
    let missing = always("tag(\"country\", customer.home_country);");
    assert_eq!(
        missing,
        Err("the value for tag `country` is missing".to_owned())
    );
}

#[test]
fn marks_of_a_call_that_raised_are_lost_with_it() {
    let source = "fn always(event, customer) { tag(\"a\", 1); nobody(); }";
    let mut bank = Bank::of(source);
    assert!(bank.always().is_err());
    let mut bank = Bank::of("fn always(event, customer) { tag(\"b\", 2); }");
    assert_eq!(bank.always().unwrap().len(), 1);
}
