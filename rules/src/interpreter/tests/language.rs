//! What LANGUAGE promises an author at run time.

use super::kit::{Bank, expression, holds, rule, text, value, yuan};
use crate::book::{ExpressionId, RuleIx};
use crate::rule::Function;
use crate::value::{Type, Value};

#[test]
fn slots_are_read_by_name() {
    for body in [
        "event.type == \"transaction.payment\"",
        "event.amount < 500 && event.amount >= 499.99 && event.amount == 499.99",
        "event.country in [\"FR\", \"DE\"]",
        "!(event.country in [\"CN\"])",
        "event.country !in [\"CN\"]",
        "event.tries in 3..4 && event.tries in 0..=3 && !(event.tries in 0..3)",
        "event.hour in 9..18 && event.weekday == 1",
        "event.online && !customer.travel_notice",
        "customer.withdrawals_10m >= 3 && customer.before.withdrawals_10m == 2",
        "event.terminal.cards_5m >= 8",
        "event.new_terminal",
        "event.terminal == \"T9\" && event.terminal == event.terminal",
        "event.金额 == 8.88 && customer.年龄 >= 18",
        "\"A\" in event.codes && event.codes.len() == 2 && event.codes.len == 2",
        "event.risk > 0.2 && event.risk * 4 == 1.0",
        "event.wait == 90.seconds && event.wait < 2.minutes",
    ] {
        assert_eq!(holds(body), Ok(true), "{body}");
    }
}

#[test]
fn parameters_are_positional_and_may_be_chinese() {
    let mut bank = Bank::of("fn when(事件, 客户) { 事件.金额 >= 8 && 客户.年龄 == 30 }");
    assert_eq!(bank.condition(), Ok(true));
}

#[test]
fn missing_is_seen_by_has_and_replaced_by_a_default() {
    for body in [
        "!customer.has(\"home_country\")",
        "customer.has(\"policy_ends\")",
        "!event.has(\"card\") && event.has(\"terminal\")",
        "(customer.home_country ?? \"CN\") == \"CN\"",
        "customer.home_country ?? \"CN\" == \"CN\"",
        "(event.memo ?? \"\").len() == 0",
    ] {
        assert_eq!(holds(body), Ok(true), "{body}");
    }
}

#[test]
fn missing_never_takes_part_in_a_comparison() {
    for body in [
        "event.country != customer.home_country",
        "customer.home_country == ()",
        "event.amount >= customer.avg(\"payments\", \"amount\", \"24h\")",
        "customer.home_country in [\"CN\"]",
        "!customer.home_country",
        "-event.memo == 1",
    ] {
        let message = holds(body).unwrap_err();
        assert!(message.contains("is missing"), "{body}: {message}");
    }
}

#[test]
fn a_missing_condition_is_an_error_and_not_false() {
    let error = Bank::when("event.online &&\n customer.home_country").condition();
    let error = error.unwrap_err();
    assert_eq!(error.line, 2);
    assert_eq!(
        error.message,
        "true or false is needed here, not a missing value"
    );
    let error = Bank::when("customer.home_country").condition().unwrap_err();
    assert_eq!(error.message, "`when` gives missing, not true or false");
    assert_eq!(error.line, 1);
}

#[test]
fn inline_windows_are_read_by_their_name() {
    for body in [
        "customer.count(\"withdrawals\", \"10m\") == 3",
        "customer.count(\"withdrawals\", \"600s\") == 3",
        "customer.count(\"withdrawals\", 10.minutes) == 3",
        "customer.sum(\"payments\", \"amount\", \"24h\") == 700",
        "event.terminal.count(\"payments\", \"5m\") == 12",
        "(customer.avg(\"payments\", \"amount\", \"24h\") ?? event.amount) == 499.99",
    ] {
        assert_eq!(holds(body), Ok(true), "{body}");
    }
    let message = holds("customer.count(\"withdrawals\", \"11m\") == 3").unwrap_err();
    assert_eq!(
        message,
        "there is no window `count` over `withdrawals` of `11m` here"
    );
}

#[test]
fn time_is_counted_in_durations_and_days() {
    for body in [
        "event.since(customer.last_seen) == 24.hours",
        "event.since(customer.last_seen) >= 1.day",
        "event.days_until(customer.policy_ends) in 0..=30",
        "event.time - customer.last_seen == 1.days",
        "customer.last_seen + 24.hours == event.time && event.time - 1.day == customer.last_seen",
        "event.date < customer.policy_ends",
        "1.week == 7.days && 2.hours == 1.hour * 2 && 1.second == 1000.milliseconds",
        "10.minutes - 1.minute == 9.minutes && -(1.hour) < 0.hours",
    ] {
        assert_eq!(holds(body), Ok(true), "{body}");
    }
}

#[test]
fn lists_are_asked_by_name_and_can_be_extended() {
    assert_eq!(holds("in_list(\"trusted\", \"P1\")"), Ok(true));
    assert_eq!(holds("in_list(\"trusted\", event.terminal)"), Ok(true));
    assert_eq!(holds("in_list(\"trusted\", event.country)"), Ok(false));
    let mut bank = Bank::when("in_list(\"trusted\", event.country)");
    assert_eq!(bank.condition(), Ok(false));
    bank.interpreter.extend_list("trusted", "FR");
    assert_eq!(bank.condition(), Ok(true));
    let message = holds("in_list(\"nobody\", event.country)").unwrap_err();
    assert_eq!(message, "there is no list `nobody`");
}

#[test]
fn functions_on_numbers_and_text() {
    for body in [
        "abs(-3) == 3 && abs(-0.5) == 0.5 && abs(event.amount - 600) == 100.01",
        "min(1, 2) == 1 && max(1.5, 2) == 2.0 && max(event.amount, event.金额) == 499.99",
        "round(2.5) == 2.0 && round(3.5) == 4.0 && round(event.amount * 0.001) == 0.50",
        "event.country.starts_with(\"F\") && event.country.ends_with(\"R\")",
        "event.country.contains(\"FR\") && \"R\" in event.country && event.country.len() == 2",
        "\"金卡\".len() == 2",
        "event.金额.share_of(event.金额) == 1.0 && 1.share_of(4) == 0.25",
        "event.金额.share_of(event.金额 - event.金额) == 0.0 && 3.share_of(0) == 0.0",
        "money(\"8.88 CNY\") == event.金额",
    ] {
        let result = holds(body);
        if body.contains("600") {
            let message = result.unwrap_err();
            assert_eq!(message, "`-` does not go between money and int");
        } else {
            assert_eq!(result, Ok(true), "{body}");
        }
    }
}

#[test]
fn constants_reach_every_function_and_give_way_to_variables() {
    let source = "const LARGE = 20_000;\nconst 名单 = [\"FR\"];\n\
        fn helper(event) { event.amount < LARGE }\n\
        fn shadow(LARGE) { LARGE == 1 }\n\
        fn when(event, customer) {\n  helper(event) && event.country in 名单 && shadow(1) && LARGE == 20000\n}";
    let constants = vec![
        ("LARGE".into(), Value::Int(20_000)),
        ("名单".into(), Value::List(vec![text("FR")])),
    ];
    let mut bank = Bank::new(
        vec![rule(source, constants)],
        vec![expression("helper(event)", Type::Bool, Some(RuleIx(0)))],
    );
    assert_eq!(bank.condition(), Ok(true));
    let operand = bank
        .interpreter
        .expression(ExpressionId(0), &mut bank.facts);
    assert_eq!(operand, Ok(Value::Bool(true)));
}

#[test]
fn statements_run() {
    let body = "let total = 0; for n in 1..=4 { total += n; }
        let kind = switch event.country { \"FR\" => 1, _ => 2 };
        if total == 10 { kind == 1 } else { false }";
    assert_eq!(holds(body), Ok(true));
}

#[test]
fn every_function_of_a_rule_is_its_own_condition() {
    let source = "fn eligible(event, customer) { true }\nfn suitable(event, customer) { false }";
    let mut bank = Bank::of(source);
    let facts = &mut bank.facts;
    let mut ask = |f| bank.interpreter.condition(RuleIx(0), f, facts);
    assert_eq!(ask(Function::Eligible), Ok(true));
    assert_eq!(ask(Function::Suitable), Ok(false));
    assert!(ask(Function::Applicable).is_err());
}

#[test]
fn expressions_give_values_of_their_type() {
    let money = Type::Money(super::kit::cny());
    assert_eq!(
        value("event.amount * 0.005", money.clone()),
        Ok(yuan("2.50"))
    );
    assert_eq!(value("event.tries", Type::Decimal), Ok(Value::Decimal(3.0)));
    assert_eq!(
        value("customer.home_country", Type::Text),
        Ok(Value::Missing)
    );
    assert_eq!(
        value("event.hour >= 22 || event.hour < 6", Type::Bool),
        Ok(Value::Bool(false))
    );
    assert_eq!(
        value("event.amount // all of it", money),
        Ok(yuan("499.99"))
    );
    let error = value("\nevent.country", Type::Int).unwrap_err();
    assert_eq!(error.message, "the expression gives text, not int");
    assert!(value("true } fn more(event, customer) { true", Type::Bool).is_err());
}

#[test]
fn what_was_read_is_noted_and_nothing_else() {
    let mut bank = Bank::when("event.amount > 1000 && event.online");
    assert_eq!(bank.condition(), Ok(false));
    assert_eq!(bank.read(), ["event.amount"]);
    let mut bank = Bank::when("customer.has(\"home_country\") || event.terminal.cards_5m > 1");
    assert_eq!(bank.condition(), Ok(true));
    let mut read = bank.read();
    read.sort();
    assert_eq!(
        read,
        [
            "customer.home_country",
            "event.terminal",
            "event.terminal.cards_5m"
        ]
    );
}

#[test]
fn a_name_of_another_event_type_is_an_error_with_both_names() {
    let mut bank = Bank::when("event.type == \"channel.login\" || event.amount > 1");
    bank.login();
    assert_eq!(bank.condition(), Ok(true));
    let mut bank = Bank::when("event.amount > 1");
    bank.login();
    let error = bank.condition().unwrap_err();
    assert_eq!(
        error.message,
        "`event.amount` does not exist on `channel.login`"
    );
    let mut bank = Bank::when("event.has(\"amount\")");
    bank.login();
    assert_eq!(bank.condition(), Ok(false));
}

#[test]
fn features_of_an_entity_are_read_although_its_id_is_not_computed() {
    let mut bank = Bank::when("event.terminal.cards_5m >= 8");
    bank.only_cards(8);
    assert_eq!(bank.condition(), Ok(true));
    assert_eq!(bank.read(), ["event.terminal.cards_5m"]);
    let mut bank = Bank::when("event.terminal == \"T9\"");
    bank.only_cards(8);
    assert!(bank.condition().is_err());
}

#[test]
fn values_inside_a_text_are_written_as_on_a_screen() {
    for body in [
        "`${event.amount} ${event.wait} ${event.tries} ${event.risk} ${event.online}`
            == \"499.99 CNY 1m30s 3 0.25 true\"",
        "`${event.terminal} ${event.country}` == \"T9 FR\"",
        "`${event.time} ${event.date}` == \"2026-03-02T01:00:00.000Z 2026-03-02\"",
        "`<${customer.home_country}>` == \"<>\"",
        "`${event} ${hold()} ${event.codes} ${customer}` == \"event action list customer\"",
        "event.tries.to_string() == \"3\"",
    ] {
        let body = body.replace("\\\n", "");
        assert_eq!(holds(&body), Ok(true), "{body}");
    }
}

#[test]
fn declarations_are_not_executed() {
    let source = "on(\"transaction.payment\");\nclass(\"fraud\");\ntitle(\"Large\", \"大额\");\n\
        brake(200, \"10m\");\nconst LARGE = 400;\n\
        fn when(event, customer) {\n    event.amount >= LARGE && nobody()\n}";
    let constants = vec![("LARGE".into(), Value::Int(400))];
    let mut bank = Bank::new(vec![rule(source, constants)], Vec::new());
    let error = bank.condition().unwrap_err();
    assert_eq!(error.to_string(), "there is no `nobody()` (line 7)");
}
