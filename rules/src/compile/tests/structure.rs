//! Findings about declarations, constants and functions.

use super::rows::{always, hold, row, then, when};
use crate::language::codes::*;

fn head(line: &str) -> String {
    format!("{line}\n{}", when("true"))
}

#[test]
fn declarations_are_literal_and_once() {
    hold(&[
        row(head("clas(\"x\");"), UNKNOWN_DECLARATION, 1, 1),
        row(
            head("suppress(\"commercial\", \"30d\");"),
            UNKNOWN_DECLARATION,
            1,
            1,
        ),
        row(head("owner(\"a\"); owner(\"b\");"), DECLARED_TWICE, 1, 13),
        row(head("const A = 1; const A = 2;"), DECLARED_TWICE, 1, 20),
        row(head("owner(1);"), ARGUMENTS, 1, 7),
        row(head("rollout(110);"), ARGUMENTS, 1, 9),
        row(head("valid(\"2026-01-01\");"), ARGUMENTS, 1, 1),
        row(head("valid(\"2026-01-01\", \"soon\");"), VALIDITY, 1, 21),
        row(
            head("valid(\"2026-02-01\", \"2026-01-01\");"),
            VALIDITY,
            1,
            21,
        ),
        row(head("cooldown(\"soon\");"), DURATION, 1, 10),
        row(
            head("cooldown(\"1h\", \"termnal\");"),
            NOT_IN_CATALOGUE,
            1,
            16,
        ),
        row(head("cooldown(\"1h\", \"terminal\");"), ARGUMENTS, 1, 16),
        row(head("mode(\"alive\");"), UNKNOWN_WORD, 1, 6),
        row(head("on_error(\"refer\");"), UNKNOWN_WORD, 1, 10),
        row(head("lever(\"push\");"), NOT_IN_CATALOGUE, 1, 7),
        row(head("priority(100);"), NOT_FOR_CLASS, 1, 1),
        row(head("let a = 1;"), ORDER, 1, 1),
        row(head("if true { owner(\"a\"); }"), ORDER, 1, 1),
        row(format!("{}owner(\"a\");", when("true")), ORDER, 8, 1),
        row(head("const A = event.n;"), CONSTANT, 1, 11),
        row(head("const A = 5 / 2;"), CONSTANT, 1, 11),
        row(head("audience(\"city\", \"500/s\");"), AUDIENCE, 1, 1),
        row(head("audience(\"nowhere\", \"500/s\");"), AUDIENCE, 1, 10),
        row(head("audience(\"tier\", \"500/s\");"), AUDIENCE, 1, 10),
        row(head("audience(\"city\", \"500/h\");"), AUDIENCE, 1, 18),
    ]);
}

#[test]
fn what_is_required_is_asked_for() {
    let fraud = || then("step_up(\"face\").reason(\"WHY\")");
    hold(&[
        row(
            when("true").replace("title(\"t\", \"t\");", ""),
            MISSING_DECLARATION,
            1,
            1,
        ),
        row(
            when("true").replace("class(\"commercial\");", ""),
            MISSING_DECLARATION,
            1,
            1,
        ),
        row(
            when("true").replace("on(\"transaction.transfer\");", ""),
            MISSING_DECLARATION,
            1,
            1,
        ),
        row(
            when("true").replace("commercial", "comercial"),
            UNKNOWN_WORD,
            2,
            7,
        ),
        row(fraud().replace("on_error(\"hold\");", ""), ON_ERROR, 1, 1),
        row(fraud().replace("\"hold\"", "\"skip\""), ON_ERROR, 4, 1),
        row(
            when("true").replace("transfer", "transfr"),
            UNKNOWN_EVENT,
            1,
            4,
        ),
        row(
            when("true").replace("transaction.transfer", "pattern.left"),
            UNKNOWN_EVENT,
            1,
            4,
        ),
        row(
            when("true").replace("transaction.transfer", "timer.birthday"),
            UNKNOWN_EVENT,
            1,
            4,
        ),
        row(
            when("true").replace("transaction.transfer", "context.weather"),
            AUDIENCE,
            1,
            4,
        ),
    ]);
}

#[test]
fn functions_are_those_of_a_rule() {
    hold(&[
        row(
            when("true").replace("fn when(event, customer)", "fn when(event)"),
            PARAMETERS,
            4,
            4,
        ),
        row(
            format!("{}fn thne(e, c) {{ 1 }}", when("true")),
            UNUSED_FUNCTION,
            8,
            4,
        ),
        row(
            format!("{}fn when(e, c) {{ true }}", when("true")),
            FUNCTION_TWICE,
            8,
            1,
        ),
        row(
            when("true").replace("fn when", "fn eligible"),
            FUNCTION,
            1,
            1,
        ),
        row(
            when("a(1)").replace("fn then", "fn a(x) { a(x) }\nfn then"),
            RECURSION,
            7,
            11,
        ),
        row(
            when("a(1, 2)").replace("fn then", "fn a(x) { x > 1 }\nfn then"),
            PARAMETERS,
            5,
            1,
        ),
        row(
            when("a(event.own)").replace("fn then", "fn a(x) { x > 1 }\nfn then"),
            NOT_COMPARABLE,
            7,
            13,
        ),
        row(
            always("untag(\"tier\");") + "fn then(e, c) { 1 }",
            FUNCTION,
            8,
            4,
        ),
        row(
            when(&format!("{}event.own{}", "(".repeat(70), ")".repeat(70))),
            TOO_DEEP,
            5,
            31,
        ),
        row(when("try { true } catch { false }"), HOST_WORD, 5, 1),
        row(when("event.n >"), SYNTAX, 6, 1),
        row(when("event.n ? 1 : 2"), SYNTAX, 5, 9),
    ]);
}
