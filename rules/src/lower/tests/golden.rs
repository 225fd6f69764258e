//! The golden corpus: what the interpreter said of these scripts on these facts, word for word. Another
//! version of the script engine must say the same. `GOLDEN=write cargo test -p rules golden` writes it
//! anew; what changes in it is then to be read.

use super::{bank, book, made::Maker};
use crate::book::{Book, RuleIx};
use crate::compile::compile;
use crate::facts::Facts;
use crate::interpreter::Interpreter;
use crate::layout::Slot;
use crate::rule::Function;
use crate::value::Value;
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Events that each script sees.
const EVENTS: usize = 12;
/// A book of made scripts.
const SEED: u64 = 4_711;

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lower/tests/golden.json")
}

/// Facts as text: event type, and values by path.
fn written(book: &Book, facts: &Facts) -> Json {
    let mut values = Map::new();
    for (at, spec) in (0u16..).zip(&book.layout.slots) {
        let value = facts.peek(Slot(at));
        let json = value.to_json();
        // What has no text, such as a day beyond the calendar, is left out.
        if Value::from_json(&json, &spec.ty).as_ref() == Some(value) {
            values.insert(format!("{at} {}", spec.path), json);
        }
    }
    let event = book.catalogue.event(facts.event().unwrap()).unwrap();
    json!({ "event": event.name.as_str(), "values": values })
}

fn read(book: &Book, json: &Json) -> Facts {
    let mut facts = Facts::new(book.layout.slots.len());
    let name = json["event"].as_str().unwrap();
    facts.reset(book.catalogue.event_named(name).unwrap());
    for (at, spec) in (0u16..).zip(&book.layout.slots) {
        let json = &json["values"][&format!("{at} {}", spec.path)];
        let value = Value::from_json(json, &spec.ty).unwrap();
        facts.set(Slot(at), value);
    }
    facts
}

/// What the interpreter says of each rule of the book on each of these facts: rows of rules.
fn answers(book: &Arc<Book>, facts: &[Facts]) -> Vec<Vec<String>> {
    let mut oracle = Interpreter::interpreted(Arc::clone(book));
    let mut one = |ix: RuleIx, facts: &Facts| {
        let on = &book.rule(ix).unwrap().header.on;
        if !on.contains(&facts.event().unwrap()) {
            return "–".to_owned();
        }
        match oracle.condition(ix, Function::When, &mut facts.clone()) {
            Ok(held) => held.to_string(),
            Err(error) => error.to_string(),
        }
    };
    let rules = (0u16..).zip(&book.rules).map(|(at, _)| RuleIx(at));
    rules
        .map(|ix| facts.iter().map(|facts| one(ix, facts)).collect())
        .collect()
}

fn write() {
    let book = Arc::new(book(SEED));
    let mut maker = Maker::new(SEED);
    let mut facts = Facts::new(book.layout.slots.len());
    let mut events = Vec::new();
    for n in 0..EVENTS {
        let name = ["transaction.transfer", "channel.login"][usize::from(n % 6 == 5)];
        let kind = book.catalogue.event_named(name).unwrap();
        maker.facts(&book, kind, &mut facts);
        events.push(written(&book, &facts));
    }
    let facts: Vec<Facts> = events.iter().map(|json| read(&book, json)).collect();
    let rules: Vec<Json> = (book.rules.iter())
        .zip(answers(&book, &facts))
        .map(|(rule, answers)| json!({ "script": &*rule.source, "answers": answers }))
        .collect();
    let all = json!({ "events": events, "rules": rules });
    let text = serde_json::to_string_pretty(&all).unwrap();
    std::fs::write(file(), format!("{text}\n")).unwrap();
}

#[test]
fn the_interpreter_says_what_the_golden_corpus_says() {
    if std::env::var("GOLDEN").is_ok_and(|word| word == "write") {
        write();
    }
    let text = std::fs::read_to_string(file()).unwrap();
    let all: Json = serde_json::from_str(&text).unwrap();
    let rules = all["rules"].as_array().unwrap();
    let path = |at: usize| format!("rules/offers/r{at:03}.rhai");
    let files: Vec<(String, String)> = (rules.iter().enumerate())
        .map(|(at, rule)| (path(at), rule["script"].as_str().unwrap().to_owned()))
        .collect();
    let (book, findings) = compile(&bank::project(&files));
    let book = Arc::new(book.unwrap_or_else(|| panic!("{findings:?}")));
    let events = all["events"].as_array().unwrap();
    let facts: Vec<Facts> = events.iter().map(|json| read(&book, json)).collect();
    let (mut held, mut raised) = (0, 0);
    for (rule, said) in rules.iter().zip(answers(&book, &facts)) {
        let wanted = rule["answers"].as_array().unwrap();
        let wanted: Vec<&str> = wanted.iter().map(|word| word.as_str().unwrap()).collect();
        assert_eq!(said, wanted, "{}", rule["script"].as_str().unwrap());
        held += said.iter().filter(|word| *word == "true").count();
        raised += said.iter().filter(|word| word.contains("(line")).count();
    }
    assert!(
        rules.len() > 80 && held > 100 && raised > 10,
        "{held} {raised}"
    );
}
