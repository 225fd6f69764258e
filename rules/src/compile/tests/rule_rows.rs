//! Findings about names, types, actions and marks.

use super::rows::{always, hold, pass, row, selling, then, when};
use crate::language::codes::*;

#[test]
fn unknown_names_are_told_with_the_nearest() {
    hold(&[
        row(when("evnt.n > 1"), UNKNOWN_NAME, 5, 1),
        row(when("event.amuont > 1"), UNKNOWN_PATH, 5, 7),
        row(when("customer.teir == \"gold\""), UNKNOWN_PATH, 5, 10),
        row(when("customer.n > 1"), UNKNOWN_PATH, 5, 10),
        row(when("event.sent_24h > 1"), UNKNOWN_PATH, 5, 7),
        row(
            when("customer.before.tier == \"gold\""),
            UNKNOWN_PATH,
            5,
            17,
        ),
        row(when("event.amount.x > 1"), UNKNOWN_METHOD, 5, 14),
        row(when("event.sent > 10.minuts"), UNKNOWN_METHOD, 5, 17),
        row(when("event.note_contains(\"x\")"), UNKNOWN_METHOD, 5, 7),
        row(when("customer.at(\"home\")"), NOT_IN_CATALOGUE, 5, 13),
        row(when("customer.at(event.note)"), ARGUMENT_TYPE, 5, 10),
        row(when("customer.city.storm == \"red\""), UNKNOWN_PATH, 5, 15),
        row(when("event.payee.account > 1"), UNKNOWN_PATH, 5, 13),
        row(when("event.payee.account.x > 1"), TWO_HOPS, 5, 21),
        row(
            when("in_lst(\"good\", event.payee)"),
            UNKNOWN_FUNCTION,
            5,
            1,
        ),
        row(when("print(\"x\"); true"), UNKNOWN_FUNCTION, 5, 1),
        row(
            when("suppress(\"commercial\", \"30d\")"),
            UNKNOWN_FUNCTION,
            5,
            1,
        ),
        row(
            when("in_list(\"bad\", event.payee)"),
            NOT_IN_CATALOGUE,
            5,
            9,
        ),
        row(when("in_list(\"good\", event.n)"), ARGUMENT_TYPE, 5, 17),
        row(when("event.direction == \"outt\""), UNKNOWN_SYMBOL, 5, 20),
        row(
            when("event.direction in [\"out\", \"ni\"]"),
            UNKNOWN_SYMBOL,
            5,
            28,
        ),
        row(
            when("event.type == \"transaction.card_payment\""),
            UNKNOWN_SYMBOL,
            5,
            15,
        ),
        row(when("event.list[0] == 1"), HOST_WORD, 5, 1),
        row(when("|a| a"), SYNTAX, 5, 1),
    ]);
}

#[test]
fn types_that_cannot_meet_are_told() {
    hold(&[
        row(when("event.amount >= 499.999"), MONEY_DIGITS, 5, 17),
        row(when("event.amount >= event.n"), NOT_COMPARABLE, 5, 17),
        row(when("event.amount >= \"500\""), NOT_COMPARABLE, 5, 14)
            .corrected("event.amount >= 500"),
        row(when("event.amount > event.fee"), CURRENCIES, 5, 14),
        row(when("event.amount > money(\"5 USD\")"), CURRENCIES, 5, 14),
        row(
            when("event.fee > money(\"5.005 USD\")"),
            MONEY_DIGITS,
            5,
            19,
        ),
        row(when("event.amount + event.fee > 1"), CURRENCIES, 5, 14),
        row(when("event.amount + 5 > event.amount"), ARITHMETIC, 5, 16),
        row(when("event.ratio / 0 > 5"), DIVISION, 5, 13),
        row(when("event.amount / 2 > 5"), MONEY_DIVISION, 5, 14),
        row(when("event.amount * event.ratio > 5"), ARITHMETIC, 5, 16),
        row(
            when("switch event.amount { 5 => true, _ => false }"),
            NOT_COMPARABLE,
            5,
            8,
        ),
        row(when("event.own > 1"), NOT_COMPARABLE, 5, 11),
        row(when("event.own + 1 > 1"), ARITHMETIC, 5, 11),
        row(when("event.sent > \"2026-01-01\""), NOT_COMPARABLE, 5, 12),
        row(when("event.date == \"2026-01-01\""), NOT_COMPARABLE, 5, 12),
        row(
            when("event.since(event.sent) < \"24h\""),
            NOT_COMPARABLE,
            5,
            25,
        )
        .corrected("event.since(event.sent) < 1.days"),
        row(when("event.since(event.n) < 1.hours"), ARGUMENT_TYPE, 5, 13),
        row(when("event.direction > \"in\""), NOT_COMPARABLE, 5, 17),
        row(when("event.payee == event.account"), NOT_COMPARABLE, 5, 13),
        row(when("event.ratio in 0..5"), NOT_COMPARABLE, 5, 1),
        row(when("event.n in 0.5..5"), NOT_COMPARABLE, 5, 12),
        row(when("event.direction in \"out\""), NOT_COMPARABLE, 5, 20),
        row(when("event.n"), NOT_BOOL, 5, 1),
        row(when("event.own && event.n"), NOT_BOOL, 5, 14),
        row(when("event.own;\nevent.n > 1"), DISCARDED, 5, 1),
        row(when("min(event.n, event.own) > 1"), ARGUMENT_TYPE, 5, 1),
        row(when("if event.own { true }"), NO_ELSE, 5, 1),
        row(when("let a = 1;"), NOT_BOOL, 5, 1),
    ]);
}

#[test]
fn inline_windows_take_literals_that_exist() {
    hold(&[
        row(when("customer.count(\"transfers\") > 1"), WINDOW, 5, 10),
        row(
            when("customer.count(\"transfer\", \"1h\") > 1"),
            NOT_IN_CATALOGUE,
            5,
            16,
        ),
        row(
            when("customer.count(\"transfers\", \"1x\") > 1"),
            DURATION,
            5,
            29,
        ),
        row(
            when("customer.sum(\"transfers\", \"amuont\", \"1h\") > 1"),
            WINDOW,
            5,
            27,
        ),
        row(
            when("customer.sum(\"transfers\", \"direction\", \"1h\") > 1"),
            WINDOW,
            5,
            27,
        ),
        row(when("event.count(\"transfers\", \"1h\") > 1"), WINDOW, 5, 7),
        row(
            when("event.payee.count(\"payments\", \"1h\") > 1"),
            WINDOW,
            5,
            13,
        ),
    ]);
}

#[test]
fn actions_fit_their_class_and_name_what_exists() {
    hold(&[
        row(selling("offer(\"covr\")"), NOT_IN_CATALOGUE, 6, 7),
        row(selling("offer(\"care\")"), OFFER_KIND, 6, 7),
        row(selling("block().reason(\"WHY\")"), WRONG_CLASS, 6, 1),
        row(
            selling("offer(\"cover\").channel(\"fax\")"),
            NOT_IN_CATALOGUE,
            6,
            24,
        ),
        row(
            selling("offer(\"cover\").to(\"dsk\")"),
            NOT_IN_CATALOGUE,
            6,
            19,
        ),
        row(
            selling("offer(\"cover\").reason(\"WHI\")"),
            NOT_IN_CATALOGUE,
            6,
            23,
        ),
        row(
            selling("offer(\"cover\").expires(\"1 day\")"),
            DURATION,
            6,
            24,
        ),
        row(
            selling("offer(\"cover\").lasts(\"1d\")"),
            NOT_ON_VERB,
            6,
            16,
        )
        .corrected("offer(\"cover\").expires(\"1d\")"),
        row(selling("offer(\"cover\").value(3)"), ARGUMENT_TYPE, 6, 22),
        row(
            selling("offer(\"cover\").propensity(1.5)"),
            ARGUMENT_TYPE,
            6,
            27,
        ),
        row(
            selling("offer(\"cover\").reson(\"WHY\")"),
            UNKNOWN_METHOD,
            6,
            16,
        ),
        row(selling("offer(\"cover\").data(1)"), ARGUMENT_TYPE, 6, 16),
        row(
            selling("[offer(\"cover\"), offer(\"cover\")]"),
            RIDER,
            6,
            18,
        ),
        row(selling("[notify(\"desk\"), offer(\"cover\")]"), RIDER, 6, 2),
        row(selling("notify(\"desk\")"), RIDER, 6, 1),
        row(
            selling("offer(\"cover\");\noffer(\"cover\")"),
            DISCARDED,
            6,
            1,
        ),
        row(selling("if event.own { offer(\"cover\") }"), NO_ELSE, 6, 1),
        row(selling("let a = 1;"), NO_ACTION, 6, 1),
        row(selling("true"), NO_ACTION, 6, 1),
        row(then("block()"), NO_REASON, 8, 1),
        row(
            then("block(event.amount).reason(\"WHY\")"),
            ARGUMENT_TYPE,
            8,
            7,
        ),
        row(
            then("block(\"card\", event.card).reason(\"WHY\")"),
            ARGUMENT_TYPE,
            8,
            7,
        ),
        row(
            then("hold().reason(\"WHY\").expires(\"1h\")"),
            NOT_ON_VERB,
            8,
            22,
        )
        .corrected("hold().reason(\"WHY\").lasts(\"1h\")"),
        row(
            then("step_up(\"fase\").reason(\"WHY\")"),
            NOT_IN_CATALOGUE,
            8,
            9,
        ),
        row(then("refer().reason(\"WHY\")"), UNKNOWN_FUNCTION, 8, 1),
        row(
            then("hold().reason(\"WHY\")").replace("brake(10, \"1h\");\n", "\n"),
            BRAKE,
            8,
            1,
        ),
        row(when("offer(\"cover\")"), MISPLACED, 5, 1),
        row(when("tag(\"notice\", true); true"), MISPLACED, 5, 1),
    ]);
}

#[test]
fn marks_fit_their_tags() {
    hold(&[
        row(always("tag(\"tear\", \"gold\");"), NOT_IN_CATALOGUE, 6, 5),
        row(always("tag(\"tier\", \"silver\");"), UNKNOWN_SYMBOL, 6, 13),
        row(always("tag(\"tier\", 1);"), TAG_VALUE, 6, 13),
        row(always("tag(\"assets\", 1.005);"), MONEY_DIGITS, 6, 15),
        row(always("tag(\"notice\", true);"), WRITER, 6, 5),
        row(always("tag(\"home\", \"CN\", \"soon\");"), DURATION, 6, 19),
        row(always("remind(\"x\");"), ARGUMENT_TYPE, 6, 1),
        row(always("remind(\"yearly\", \"6h\");"), DATED, 6, 8),
        row(always("forget(\"yearly\");"), DATED, 6, 8),
        row(always("offer(\"cover\")"), MISPLACED, 6, 1),
        row(always("event.own"), MISPLACED, 6, 1),
    ]);
}

/// A rule that is told of a segment and writes a tag that the segment reads, itself or by another.
#[test]
fn a_rule_that_starts_itself_needs_a_cooldown() {
    let on = |event: &str, mark: &str| always(mark).replace("transaction.transfer", event);
    let tag = "tag(\"tier\", \"basic\");";
    hold(&[
        row(on("segment.golden.left", tag), CIRCLE, 6, 5),
        row(on("segment.rich.entered", "untag(\"tier\");"), CIRCLE, 6, 7),
        row(on("segment.poor.entered", tag), UNKNOWN_EVENT, 1, 4),
        row(on("segment.rich.became", tag), UNKNOWN_EVENT, 1, 4),
    ]);
    pass(&[
        format!("cooldown(\"1d\");\n{}", on("segment.golden.left", tag)),
        on("segment.rich.entered", "tag(\"home\", \"CN\");"),
    ]);
}

#[test]
fn fields_of_some_events_need_the_type_first() {
    let two = |condition: &str| {
        when(condition).replace(
            "on(\"transaction.transfer\")",
            "on(\"transaction.transfer\", \"transaction.card_payment\")",
        )
    };
    hold(&[
        row(two("event.own"), NOT_ON_ALL, 5, 7)
            .corrected("event.type == \"transaction.transfer\" && event.own"),
        row(two("event.ratio > 1"), NOT_ON_ALL, 5, 7),
        row(two("event.terminal.cards_5m > 1"), NOT_ON_ALL, 5, 16),
    ]);
    pass(&[
        two("event.amount > 1"),
        two("event.type == \"transaction.transfer\" && event.own"),
        two("event.type != \"transaction.transfer\" && event.terminal.cards_5m > 1"),
        two("event.type == \"transaction.card_payment\" || event.own"),
        two("event.type in [\"transaction.transfer\"] && event.ratio > 0.5"),
    ]);
}

#[test]
fn what_is_right_passes_in_silence() {
    pass(&[
        when("customer.has(\"home\") && customer.home != \"CN\""),
        when("customer.has(\"home\") && (event.own || customer.home != \"CN\")"),
        when("!customer.has(\"home\") || customer.home == \"CN\""),
        when("(customer.home ?? \"\") == \"CN\" && (customer.age ?? 0) in 18..=30"),
        when("(customer.maybe ?? false) && event.own"),
        when("event.amount >= 499.99 && event.amount * 0.3 < customer.assets"),
        when("event.amount.share_of(customer.assets) >= 0.5"),
        when("event.since(event.sent) < 10.minutes && event.hour in 9..18"),
        when("customer.has(\"birthday\") && event.days_until(customer.birthday) in 0..=3"),
        when("in_list(\"good\", event.payee) && event.payee == \"p1\""),
        when("customer.count(\"transfers\", \"10m\") >= 3 && customer.before.sent_24h == 0"),
        when("(customer.avg(\"transfers\", \"amount\", \"1h\") ?? 0) > 5"),
        when("event.direction.starts_with(\"o\") && event.direction.len() > 1"),
        when("let high = event.n > 3; if high { event.own } else { !event.own }"),
        when("if event.own { return false; }\nevent.n > 1"),
        when("switch event.direction { \"in\" => true, _ => false }"),
        when("busy(customer) && far(event.n, 3)").replace(
            "fn then",
            "fn busy(c) { c.sent_24h > 3 }\nfn far(a, b) { a * 2 > b }\nfn then",
        ),
        when("事件.n > 1").replace("fn when(event, customer)", "fn when(事件, 客户)"),
        then(
            "if event.terminal.cards_5m > 3 { block(event.terminal).reason(\"WHY\").lasts(\"1h\") } else { [hold().reason(\"WHY\"), notify(\"desk\")] }",
        ),
        then("[block(event.terminal).reason(\"WHY\"), block().reason(\"WHY\").final()]"),
        then("let t = event.terminal; block(t).reason(\"WHY\")"),
        when("let t = event.terminal; t.cards_5m > 1 && t.count(\"payments\", \"1h\") > 1")
            .replace("transaction.transfer", "transaction.card_payment"),
        when(
            "event.time - event.sent < 1.hour && min(event.n, 1.5) > 1 && round(event.amount) > 1",
        ),
        when("let n = event.note ?? \"\"; n.len > 1"),
        selling(
            "offer(\"cover\").value(event.amount * 0.2).data(#{ note: event.note, n: [1, 2] })",
        ),
        always(
            "if event.own { tag(\"tier\", \"gold\", \"30d\"); }\nremind(\"again\", \"6h\"); untag(\"home\");",
        ),
    ]);
}

#[test]
fn a_window_of_an_entity_is_noted() {
    hold(&[row(
        then(
            "if event.terminal.cards_5m > 3 { block().reason(\"WHY\") } else { hold().reason(\"WHY\") }",
        ),
        ENTITY_WINDOW,
        8,
        19,
    )]);
}

#[test]
fn what_the_interpreter_runs_is_noted_from_where_it_stands() {
    hold(&[
        row(
            when("event.own && { let n = 0; for x in [1, 2] { n += x; } n > event.n }"),
            INTERPRETED,
            5,
            27,
        ),
        row(when("let n = 1; n += event.n; n > 3"), INTERPRETED, 5, 12),
        row(
            when("event.own && `a${event.n}` == \"a1\""),
            INTERPRETED,
            5,
            14,
        ),
    ]);
}
