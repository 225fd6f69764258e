use super::*;
use crate::finding::Lang;
use std::path::Path;

fn told(findings: &Findings) -> String {
    let line = |f: &crate::finding::Finding| {
        let fix = f.fix.as_ref().map_or("", |f| f.get(Lang::En));
        format!(
            "{} {} {}\n    {fix}\n    {:?}\n",
            f.place, f.code, f.cause.en, f.corrected
        )
    };
    findings.iter().map(line).collect()
}

fn project(name: &str) -> Project {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Project::read(&root.join(name)).unwrap()
}

#[test]
fn the_rules_of_the_language_page_compile() {
    for name in [
        "tests/projects/language",
        "rules/retail-bank",
        "tests/projects/sparkov",
    ] {
        let (book, findings) = compile(&project(name));
        assert!(book.is_some(), "{name}\n{}", told(&findings));
    }
}

mod catalogue_rows;
mod facts_of_the_host;
mod patterns;
mod rows;
mod rule_rows;
mod sense;
mod structure;

#[test]
fn every_code_has_a_row() {
    let rows = [
        include_str!("tests/catalogue_rows.rs"),
        include_str!("tests/facts_of_the_host.rs"),
        include_str!("tests/patterns.rs"),
        include_str!("tests/rule_rows.rs"),
        include_str!("tests/sense.rs"),
        include_str!("tests/structure.rs"),
    ]
    .concat();
    let codes = include_str!("../language/codes.rs");
    let names: Vec<&str> = codes
        .lines()
        .filter_map(|line| line.trim().split_once(" = \"R"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names.len(), crate::language::codes::ALL.len());
    let word = |name: &str| {
        let apart = |c: char| !c.is_alphanumeric() && c != '_';
        rows.split(apart).any(|word| word == name)
    };
    let without: Vec<&&str> = names.iter().filter(|name| !word(name)).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn an_event_of_nobody_without_an_audience_is_refused() {
    let (book, findings) = compile(&project("tests/projects/refused"));
    assert!(book.is_none());
    let path = "rules/offers/storm_for_nobody.rhai";
    let refused = findings
        .iter()
        .any(|f| *f.place.file == *path && f.code == crate::language::codes::AUDIENCE);
    assert!(refused, "{path}\n{}", told(&findings));
}

#[test]
fn the_interpreter_compiles_what_passes_here() {
    for name in ["tests/projects/language", "rules/retail-bank"] {
        let (book, _) = compile(&project(name));
        let book = std::sync::Arc::new(book.unwrap());
        let mut interpreter = crate::interpreter::Interpreter::new(book.clone());
        for (at, rule) in (0u16..).zip(&book.rules) {
            let mut facts = crate::facts::Facts::new(book.layout.slots.len());
            facts.reset(rule.header.on[0]);
            for slot in &rule
                .bodies
                .iter()
                .find(|b| b.function == crate::rule::Function::When)
                .unwrap()
                .reads
            {
                facts.set(*slot, example(&book.layout.slot(*slot).unwrap().ty));
            }
            let answer = interpreter.condition(RuleIx(at), crate::rule::Function::When, &mut facts);
            assert!(answer.is_ok(), "{}: {answer:?}", rule.id);
            for operand in &rule.operands {
                let value = interpreter.expression(operand.expression, &mut facts);
                assert!(
                    matches!(value, Ok(crate::value::Value::Bool(_))),
                    "{}: {value:?}",
                    operand.text
                );
            }
        }
    }
}

/// Some value of a type.
fn example(ty: &crate::value::Type) -> crate::value::Value {
    use crate::value::{Type, Value};
    match ty {
        Type::Bool => Value::Bool(true),
        Type::Int => Value::Int(3),
        Type::Decimal => Value::Decimal(0.5),
        Type::Text => Value::Text("x".into()),
        Type::Symbol(words) => Value::Text(words.first().cloned().unwrap_or_default()),
        Type::Money(currency) => Value::Money(crate::money::Money::minor(500, *currency)),
        Type::Duration => Value::Duration(60_000),
        Type::Time => Value::Time(0),
        Type::Date => Value::Date(crate::value::Day(1)),
        Type::Place => Value::Place(0.0, 0.0),
        Type::Ref(kind) => Value::Ref(crate::value::EntityKey {
            kind: *kind,
            id: "k".into(),
        }),
        Type::List(_) => Value::List(Vec::new()),
    }
}
