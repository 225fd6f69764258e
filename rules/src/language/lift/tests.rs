use super::*;
use crate::language::print::{Constants, print};
use crate::language::tokens::scan;

fn printed(text: &str) -> String {
    match expression(text, &scan(text)) {
        Ok(expr) => print(&expr, &Constants::new()),
        Err(syntax) => panic!("{syntax:?}"),
    }
}

#[test]
fn an_expression_prints_as_it_was_written() {
    for text in [
        "event.a.b(1, \"x\").c >= 20000",
        "(a || b) && !c && d",
        "a - (b - c) + d * (e + f)",
        "(x ?? \"a\") == \"a\"",
        "event.n in 9..18 && y !in [\"a\", \"b\"]",
        "10.minutes > x",
        "-y + -5 - -2.5",
        "f(#{ \"a\": 1, \"b\": [2, 3] })",
        "`a ${x + 1} b`",
        "contains(a, \"b\")",
        "!(a in 0..=3)",
    ] {
        assert_eq!(printed(text), text);
    }
    assert_eq!(printed("x ?? \"a\" == \"a\""), "(x ?? \"a\") == \"a\"");
    assert_eq!(printed("q in 0 ..= 30"), "q in 0..=30");
}

#[test]
fn a_script_keeps_its_functions_in_order_and_their_bodies() {
    let text = "on(\"x\");\nconst A = 1;\nfn zed(e, c) { let a = 1; a }\nfn abc(e, c) {\n  switch e.k { \"a\" | \"b\" if c => 1, 3 => { 2 } 4..6 => 3, _ => 4 }\n}\n";
    let script = script(text, &scan(text)).unwrap();
    assert_eq!(script.statements.len(), 2);
    let names: Vec<&str> = script.functions.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["zed", "abc"]);
    assert_eq!(script.functions[0].body.len(), 2);
    assert_eq!(script.functions[1].at, At { line: 4, column: 4 });
    let StmtKind::Switch { arms, .. } = &script.functions[1].body[0].kind else {
        panic!("no switch");
    };
    let labels: Vec<usize> = arms.iter().map(|a| a.labels.len()).collect();
    assert_eq!(labels, [2, 1, 2, 0]);
    assert!(arms[0].guard.is_some() && arms[1].guard.is_none());
}

#[test]
fn a_missing_semicolon_is_told_where_it_belongs() {
    let text = "on(\"x\")\nclass(\"y\");";
    let syntax = script(text, &scan(text)).unwrap_err();
    assert_eq!(syntax.at, At { line: 1, column: 8 });
    assert_eq!(syntax.cause.en, "`;` is missing after `on(…)`");
}
