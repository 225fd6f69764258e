//! Scripts that mean harm: each ends within its bounds, alone, with the facts intact.

use super::kit::{Bank, rule};
use crate::book::RuleIx;
use crate::interpreter::{Interpreter, STACK_BYTES};
use crate::rule::Function;

/// Bodies of `when` that must end in an error, whatever it is.
pub(super) const BODIES: &[&str] = &[
    // Time.
    "loop {}",
    "while true {}",
    "do { } while true",
    "for i in 0..9223372036854775807 {} true",
    "let n = 0; while n < 1000000 { n += 1 } true",
    "for a in 0..1000 { for b in 0..1000 { for c in 0..1000 {} } } true",
    "let n = 0; for i in 0..100 { for j in 0..1000 { n += i * j } } n > 0",
    // Recursion.
    "when(event, customer)",
    "deep(0) > 0",
    "left(0) > 0",
    "twice(60) > 0",
    // Memory.
    "let s = \"x\"; loop { s += s }",
    "let s = \"x\"; loop { s = s + s }",
    "let s = \"xxxxxxxxxxxxxxxx\"; for i in 0..12 { s = `${s}${s}` } s.len() > 0",
    "let s = \"a\"; for i in 0..30 { s = s.replace(\"a\", s) } true",
    "let a = []; loop { a += 1 }",
    "let a = []; loop { a.push(a) }",
    "let a = [1]; for i in 0..30 { a = [a, a] } true",
    "let a = [1, 2]; for i in 0..30 { a = a + a } true",
    "let a = [0]; for i in 0..3000 { let b = [0]; b[0] = a; a = b; } true",
    "let a = #{}; for i in 0..30000 { a = #{x: a} } true",
    "let a = []; for i in 0..30000 { a = [a] } true",
    "let m = #{}; for i in 0..1000 { m[i.to_string()] = i } true",
    "let m = #{ a: 1 }; m.b = 2; true",
    "let s = \"abc\"; s[0] = 'x'; true",
    "let s = \"\"; s.pad(1000000000, \"x\"); true",
    "let a = []; a.pad(1000000000, 0); true",
    "blob(1000000000).len() > 0",
    "let r = range(0, 1000000000, 1); true",
    // Text as code, functions as values.
    "eval(\"true\")",
    "Fn(\"deep\").call(1) > 0",
    "let f = Fn(\"deep\"); loop { f = f.curry(f) }",
    "call(\"deep\", 1)",
    "[1, 2].map(|x| x)",
    "[3, 1].sort(|a, b| a - b)",
    "let f = deep; f.call(1)",
    "let f = deep; [1, 2].map(f)",
    "let f = || true; f.call()",
    "type_of(event) == \"x\"",
    "is_def_fn(\"deep\", 1)",
    "is_def_var(\"x\")",
    // The world outside.
    "sleep(5); true",
    "sleep(5.0); true",
    "print(\"x\"); true",
    "debug(\"x\"); true",
    "timestamp() > 0",
    "rand() > 0",
    "exit(true)",
    "parse_json(\"{}\")",
    "import \"x\" as x; true",
    "global::X > 0",
    // Changing what is not its own.
    "event.amount = 5; true",
    "event = 5; event",
    "customer.travel_notice = true; true",
    "this.x = 1; true",
    "throw \"x\"",
    "try { loop {} } catch { } true",
    "tag(\"a\", 1); true",
    // Nonsense.
    "nobody(1)",
    "event.nobody",
    "customer.nobody == 1",
    "customer.before.nobody == 1",
    "event.terminal.nobody == 1",
    "event.nobody()",
    "unknown_variable",
    "event[0]",
    "event[\"amount\"][0]",
    "[1, 2][7] == 1",
    "#{ a: 1 }.b == 1",
    "1",
    "\"true\"",
    "()",
    "[]",
    "event",
    "-9223372036854775807 - 2 == 0",
    "1 / 0 == 0",
    "1 << 1000 == 0",
    "5 & 3 == 1",
    "'a' == \"a\"",
    "event.amount > \"5\"",
    "for c in \"text\" {} true",
    "for x in 5 {} true",
    "switch event { 1 => true }",
    "event.country.starts_with(1)",
    "1.share_of(\"x\") > 0",
    "event.since(5) > 1.hour",
    "event.days_until(5) > 1",
    "in_list(5, 5)",
    "\"x\".len().nobody",
];

const HELPERS: &str = "fn deep(n) { deep(n + 1) + 1 } fn left(n) { right(n) } fn right(n) { left(n) } \
    fn twice(n) { if n < 2 { 1 } else { twice(n - 1) + twice(n - 2) } }";

pub(super) fn source(body: &str) -> String {
    format!("fn when(event, customer) {{ {body} }}\n{HELPERS}")
}

/// Runs on a thread with exactly the stack the shards have.
fn on_a_shard_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    thread.spawn(work).unwrap().join().unwrap();
}

#[test]
fn hostile_rules_err_alone() {
    on_a_shard_stack(|| {
        assert!(BODIES.len() >= 40);
        let mut rules: Vec<_> = BODIES
            .iter()
            .map(|body| rule(&source(body), Vec::new()))
            .collect();
        let good = "fn when(event, customer) { event.amount < 500 }";
        rules.push(rule(good, Vec::new()));
        let last = RuleIx(u16::try_from(BODIES.len()).unwrap());
        let mut bank = Bank::new(rules, Vec::new());
        let before = format!("{:?}", bank.facts.clone());
        let values = |text: &str| text.split("read:").next().unwrap().to_owned();
        for (at, body) in (0u16..).zip(BODIES) {
            let Bank {
                interpreter, facts, ..
            } = &mut bank;
            let result = interpreter.condition(RuleIx(at), Function::When, facts);
            let error = result.expect_err(body);
            assert_author_words(body, &error.message);
            assert_eq!(values(&format!("{facts:?}")), values(&before), "{body}");
            let next = interpreter.condition(last, Function::When, facts);
            assert_eq!(next, Ok(true), "after {body}");
        }
    });
}

/// No type name of Rust or rhai in a message.
fn assert_author_words(body: &str, message: &str) {
    for word in [
        "i64",
        "f64",
        "&str",
        "String",
        "Dynamic",
        "rhai",
        "View",
        "Sketch",
        "Span",
        "()",
        "FnPtr",
        "ImmutableString",
        "::",
        "Option",
        "Entity",
        "Moment",
    ] {
        let names_a_call = word == "()" && message.contains("there is no `");
        assert!(names_a_call || !message.contains(word), "{body}: {message}");
    }
    assert!(!message.is_empty(), "{body}");
}

#[test]
fn an_error_leaves_nothing_behind_in_its_own_rule() {
    let body = "if event.terminal.cards_5m == 9 { let x = 1; deep(0) > x } else { down(5) == 5 }";
    let down = "fn down(n) { if n == 0 { 0 } else { down(n - 1) + 1 } }";
    let mut bank = Bank::of(&format!("{}\n{down}", source(body)));
    for _ in 0..50 {
        bank.only_cards(9);
        assert!(bank.condition().is_err());
        bank.only_cards(8);
        assert_eq!(bank.condition(), Ok(true));
    }
}

#[test]
fn the_same_error_comes_every_time() {
    let first: Vec<_> = errors();
    assert_eq!(first, errors());
}

fn errors() -> Vec<String> {
    BODIES
        .iter()
        .map(|body| Bank::of(&source(body)).condition().unwrap_err().to_string())
        .collect()
}

#[test]
fn texts_that_are_no_rule_are_errors_of_that_rule() {
    let deep_brackets = format!(
        "fn when(event, customer) {{ {}1{} }}",
        "(".repeat(5000),
        ")".repeat(5000)
    );
    let deep_lists = format!(
        "fn when(event, customer) {{ {}{} }}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let deep_blocks = format!(
        "fn when(event, customer) {{ {}{} }}",
        "{".repeat(5000),
        "}".repeat(5000)
    );
    let deep_ifs = format!(
        "fn when(event, customer) {{ {}{} }}",
        "if true {".repeat(2000),
        "}".repeat(2000)
    );
    let nots = format!("fn when(event, customer) {{ {}true }}", "!".repeat(5000));
    let dots = format!(
        "fn when(event, customer) {{ event{} }}",
        ".a".repeat(10_000)
    );
    let sums = format!(
        "fn when(event, customer) {{ 1{} == 1 }}",
        " + 1".repeat(5000)
    );
    let cases: String = (0..20_000).map(|n| format!("{n}=>1,")).collect();
    let cases = format!("fn when(event, customer) {{ switch 1 {{ {cases} }} }}");
    let pieces = format!(
        "fn when(event, customer) {{ `{}` }}",
        "${x}".repeat(100_000)
    );
    let functions: String = (0..1000).map(|n| format!("fn f{n}() {{ 1 }}\n")).collect();
    let texts = [
        deep_brackets,
        deep_lists,
        deep_blocks,
        deep_ifs,
        nots,
        dots,
        sums,
        cases,
        pieces,
        functions,
        "fn when(event, customer) {".to_owned(),
        "fn when(event, customer) { true".to_owned(),
        "\u{0}\u{1}\u{feff}".to_owned(),
        "fn when(event) { true }".to_owned(),
        "fn when(a, b, c) { true }".to_owned(),
        "fn when(event, customer) { true }\nfn when(event, customer) { false }".to_owned(),
        "let when = 1;".to_owned(),
        String::new(),
        "#!/bin/sh".to_owned(),
        "/*".repeat(10_000),
        "\"".repeat(10_001),
    ];
    on_a_shard_stack(move || {
        let rules: Vec<_> = texts.iter().map(|text| rule(text, Vec::new())).collect();
        let mut bank = Bank::new(rules, Vec::new());
        for (at, text) in (0u16..).zip(&texts) {
            let result = bank
                .interpreter
                .condition(RuleIx(at), Function::When, &mut bank.facts);
            let text: String = text.chars().take(60).collect();
            assert_author_words(&text, &result.expect_err(&text).message);
        }
    });
}

#[test]
fn a_longer_script_than_allowed_is_refused_before_it_is_read() {
    let long = format!(
        "// {}\nfn when(event, customer) {{ true }}",
        "x".repeat(33_000)
    );
    let error = Bank::of(&long).condition().unwrap_err();
    assert_eq!(error.message, "the rule is longer than 32768 bytes");
}

#[test]
fn a_panic_is_the_outcome_of_its_rule() {
    let mut bank = Bank::when("event.amount < 500 && panics()");
    bank.interpreter
        .engine
        .register_fn("panics", || -> bool { panic!("on purpose") });
    let error = bank.condition().unwrap_err();
    assert_eq!(error.message, "the rule could not be evaluated");
    assert_eq!(bank.read(), ["event.amount"]);
    assert!(bank.condition().is_err());
    bank.interpreter.engine.register_fn("panics", || true);
    assert_eq!(bank.condition(), Ok(true));
}

#[test]
fn an_interpreter_can_be_moved_into_its_shard() {
    fn is_send<T: Send>() {}
    is_send::<Interpreter>();
}
