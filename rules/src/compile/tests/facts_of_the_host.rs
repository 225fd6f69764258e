//! Every fact of the host language that shapes ours has a finding.

use super::rows::{hold, row, selling, when};
use crate::language::codes::*;

#[test]
fn what_cannot_be_seen_is_said_with_the_line_as_it_should_read() {
    hold(&[
        row(when("event.n > 1；"), FULL_WIDTH, 5, 12).corrected("event.n > 1;"),
        row(when("event.n ＞ 1"), FULL_WIDTH, 5, 9).corrected("event.n > 1"),
        row(when("(event.n > 1）"), FULL_WIDTH, 5, 13).corrected("(event.n > 1)"),
        row(when("event.direction == “out”"), FULL_WIDTH, 5, 20)
            .corrected("event.direction == \"out\""),
        row(when("event.n ≥ 1，"), FULL_WIDTH, 5, 9).corrected("event.n >= 1,"),
        row(when("event.n > 1 € 2"), FULL_WIDTH, 5, 13),
        row(when("ｅvent.n > 1"), NAME_FORM, 5, 1).corrected("event.n > 1"),
        row(when("event.n > 1 && еvent.own"), NAME_FORM, 5, 16),
        row(when("event.direction == 'out'"), CHARACTER, 5, 20)
            .corrected("event.direction == \"out\""),
        row(when("event.direction == '金'"), CHARACTER, 5, 20)
            .corrected("event.direction == \"金\""),
    ]);
}

#[test]
fn reserved_words_are_named() {
    hold(&[
        row(selling("offer(\"cover\").with(#{ a: 1 })"), WITH, 6, 16)
            .corrected("offer(\"cover\").data(#{ a: 1 })"),
        row(when("event.case == \"x\""), RESERVED, 5, 7),
        row(when("customer.in(\"vip\")"), RESERVED, 5, 10),
        row(when("event.type_of == 1"), RESERVED, 5, 7),
        row(when("let with = 1; with > 0"), RESERVED, 5, 5),
    ]);
}

#[test]
fn a_missing_semicolon_is_said_where_it_belongs() {
    hold(&[
        row(
            "on(\"transaction.transfer\")\nclass(\"commercial\");".into(),
            MISSING_SEMICOLON,
            1,
            27,
        )
        .corrected("on(\"transaction.transfer\");"),
        row(
            "on(\"transaction.transfer\");\nconst A = 1\nclass(\"x\");".into(),
            MISSING_SEMICOLON,
            2,
            12,
        )
        .corrected("const A = 1;"),
        row(when("let a = event.n\na > 1"), MISSING_SEMICOLON, 5, 16).corrected("let a = event.n;"),
    ]);
}

#[test]
fn what_parses_and_is_wrong_is_a_finding() {
    hold(&[
        row(when("1 < event.n < 10"), CHAINED, 5, 3),
        row(when("event.n = 5;\ntrue"), ASSIGNMENT, 5, 1).corrected("event.n == 5;"),
        row(when("event.own & true"), BITS, 5, 11).corrected("event.own && true"),
        row(when("event.n & 1 == 1"), BITS, 5, 9),
        row(when("1 << event.n > 3"), BITS, 5, 3),
        row(when("event.n / 2 > 3"), DIVISION, 5, 9).corrected("event.n / 2.0 > 3"),
        row(when("event.n / event.n > 3"), DIVISION, 5, 9),
        row(when("0.1 + 0.2 == 0.3"), DECIMAL_EQUALITY, 5, 11),
        row(when("event.ratio != 0.3"), DECIMAL_EQUALITY, 5, 13),
        row(when("0.1 + 0.2 == event.ratio"), DECIMAL_EQUALITY, 5, 11),
    ]);
}

#[test]
fn a_value_that_may_be_missing_is_guarded() {
    hold(&[
        row(when("customer.home != \"CN\""), MAYBE_MISSING, 5, 10)
            .corrected("customer.has(\"home\") && customer.home != \"CN\""),
        row(
            when("event.own && customer.home != \"CN\""),
            MAYBE_MISSING,
            5,
            23,
        )
        .corrected("event.own && customer.has(\"home\") && customer.home != \"CN\""),
        row(
            when("event.own\n&& event.note == \"x\""),
            MAYBE_MISSING,
            6,
            10,
        )
        .corrected("&& event.has(\"note\") && event.note == \"x\""),
        row(when("!customer.maybe"), MAYBE_MISSING, 5, 11),
        row(when("customer.usual > 1"), MAYBE_MISSING, 5, 10),
        row(
            when("customer.has(\"home\") || customer.home == \"CN\""),
            MAYBE_MISSING,
            5,
            34,
        ),
        row(when("customer.before.usual > 1"), MAYBE_MISSING, 5, 17),
        row(
            when("customer.avg(\"transfers\", \"amount\", \"1h\") > 1"),
            MAYBE_MISSING,
            5,
            10,
        ),
        row(when("customer.has(\"notice\")"), HAS, 5, 10).corrected("customer.notice"),
        row(when("!customer.has(\"notice\")"), HAS, 5, 11).corrected("!customer.notice"),
        row(when("!customer.has(\"maybe\")"), HAS, 5, 11).corrected("!customer.maybe"),
        row(when("let a = \"home\"; customer.has(a)"), HAS, 5, 26),
        row(when("customer.has(\"tier\")"), NEVER_MISSING, 5, 10),
        row(
            when("(customer.tier ?? \"basic\") == \"gold\""),
            NEVER_MISSING,
            5,
            2,
        ),
    ]);
}

#[test]
fn a_fallback_is_a_literal_that_makes_the_condition_false() {
    hold(&[
        row(
            when("(customer.home ?? event.note) == \"a\""),
            FALLBACK,
            5,
            19,
        ),
        row(
            when("(customer.home ?? \"CN\") == \"CN\""),
            FALLBACK_TRUE,
            5,
            2,
        ),
        row(
            when("event.own && (customer.home ?? \"\") != \"CN\""),
            FALLBACK_TRUE,
            5,
            15,
        ),
        row(
            when("event.own && (customer.age ?? 20) in 18..=30"),
            FALLBACK_TRUE,
            5,
            15,
        ),
        row(
            when("(customer.maybe ?? true) && event.own"),
            FALLBACK_TRUE,
            5,
            2,
        ),
        row(when("(customer.age ?? \"x\") > 3"), NOT_COMPARABLE, 5, 18),
    ]);
}
