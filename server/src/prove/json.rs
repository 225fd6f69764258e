//! A proof as one JSON document for programs.

use super::judge::Difference;
use super::words::at_text;
use super::{Failure, Proof};
use rules::book::Book;
use rules::finding::Words;
use serde_json::{Value as Json, json};
use std::io::{Result, Write};

/// The version of the document.
const VERSION: u32 = 1;

/// Writes the whole proof.
pub(super) fn write(out: &mut dyn Write, book: &Book, proof: &Proof) -> Result<()> {
    let rules = proof.rules.iter().map(|rule| {
        json!({
            "rule": rule.rule.as_str(),
            "cases": rule.cases,
            "runs": rule.runs,
            "failed": rule.failures.iter().map(failure).collect::<Vec<_>>(),
            "lacking": rule.lacks.iter().map(words).collect::<Vec<_>>(),
            "coverage": coverage(book, proof, &rule.rule),
        })
    });
    let why_not = super::coverage::why_not(book, &proof.coverage);
    let document = json!({
        "version": VERSION,
        "ok": proof.holds(),
        "rules": rules.collect::<Vec<_>>(),
        "why_not": why_not.iter().map(words).collect::<Vec<_>>(),
    });
    writeln!(out, "{document}")
}

/// Leaves out of a proof what holds: rules that are as claimed, what was covered, why nothing came.
pub(super) fn only_what_fails(proof: &mut Json) {
    let Some(members) = proof.as_object_mut() else {
        return;
    };
    members.remove("why_not");
    let Some(rules) = members.get_mut("rules").and_then(Json::as_array_mut) else {
        return;
    };
    let some = |rule: &Json, name: &str| {
        let all = rule.get(name).and_then(Json::as_array);
        all.is_some_and(|all| !all.is_empty())
    };
    rules.retain(|rule| some(rule, "failed") || some(rule, "lacking"));
    for rule in rules.iter_mut().filter_map(Json::as_object_mut) {
        rule.remove("coverage");
    }
}

fn words(words: &Words) -> Json {
    json!({ "en": words.en, "zh": words.zh })
}

fn failure(failure: &Failure) -> Json {
    json!({
        "case": failure.name,
        "zh": failure.zh,
        "row": failure.label,
        "file": &*failure.place.file,
        "line": failure.place.line,
        "problems": failure.problems.iter().map(words).collect::<Vec<_>>(),
        "differences": failure.differences.iter().map(difference).collect::<Vec<_>>(),
    })
}

fn difference(d: &Difference) -> Json {
    json!({
        "of": d.kind.key(),
        "at": at_text(d.at),
        "line": d.place.as_ref().map(|place| place.line),
        "expected": d.want,
        "got": d.got,
        "why": d.why.as_ref().map(words),
    })
}

fn coverage(book: &Book, proof: &Proof, id: &str) -> Json {
    let found = proof.coverage.get(id).zip(book.rule_named(id));
    let Some((seen, (_, rule))) = found else {
        return Json::Null;
    };
    let counts = |at: usize| seen.tally.operands.get(at).copied().unwrap_or_default();
    let operands = rule.operands.iter().enumerate().map(|(at, operand)| {
        json!({
            "text": operand.text,
            "line": operand.line,
            "true": counts(at).held,
            "false": counts(at).failed,
        })
    });
    json!({
        "fires": seen.fires,
        "does_not": seen.does_not,
        "refused": seen.refused,
        "operands": operands.collect::<Vec<_>>(),
    })
}
