//! The interpreter is the oracle: whatever is native, and whatever the index says, must be what the
//! interpreter says. For longer than a test may take:
//! `ORACLE_SEEDS=1000..3000 cargo test -p rules what_the_interpreter_says`.

mod bank;
mod golden;
mod made;
mod plain;

use crate::book::{Book, ExpressionId, RuleIx};
use crate::compile::compile;
use crate::facts::Facts;
use crate::finding::Severity;
use crate::index::Survivors;
use crate::interpreter::Interpreter;
use crate::layout::Slot;
use crate::project::Project;
use crate::rule::Function;
use crate::value::Type;
use made::Maker;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rules of one book.
const RULES: usize = 100;
/// Events that each book sees.
const EVENTS: usize = 60;
/// Books.
const BOOKS: u64 = 26;

/// A book of made rules; those that the check refuses are left out.
fn book(seed: u64) -> Book {
    let mut maker = Maker::new(seed);
    let mut rules: Vec<(String, String)> = (0..RULES)
        .map(|n| (format!("rules/offers/r{n}.rhai"), maker.rule()))
        .collect();
    let mut said = Vec::new();
    for _ in 0..3 {
        let project = bank::project(&rules);
        let (book, findings) = compile(&project);
        if let Some(book) = book {
            assert!(
                book.rules.len() * 10 > RULES * 9,
                "the maker writes what is refused: {} rules of {RULES} are left, {said:#?}",
                book.rules.len()
            );
            return book;
        }
        let errors = findings.iter().filter(|f| f.severity == Severity::Error);
        said = errors
            .clone()
            .map(|f| format!("{} {}", f.place, f.cause.en))
            .collect();
        let wrong: BTreeSet<String> = errors.map(|f| f.place.file.to_string()).collect();
        rules.retain(|(path, _)| !wrong.contains(path));
    }
    panic!("no book of seed {seed}: {said:#?}");
}

/// What was compared.
#[derive(Default)]
struct Compared {
    pairs: usize,
    held: usize,
    errors: usize,
    native: usize,
    left_out: usize,
    certain: usize,
}

fn compare(seed: u64, all: &mut Compared) {
    let book = Arc::new(book(seed));
    let mut maker = Maker::new(seed ^ 0x5eed);
    let mut native = Interpreter::new(Arc::clone(&book));
    let mut oracle = Interpreter::interpreted(Arc::clone(&book));
    let slots = book.layout.slots.len();
    let (mut seen, mut facts) = (Facts::new(slots), Facts::new(slots));
    let mut found = Survivors::default();
    for n in 0..EVENTS {
        let name = if n % 5 == 4 {
            "channel.login"
        } else {
            "transaction.transfer"
        };
        let kind = book.catalogue.event_named(name).unwrap();
        maker.facts(&book, kind, &mut facts);
        let index = native.index().unwrap();
        let indexed = index.candidates(kind, &mut facts.clone(), &mut found);
        for ix in book.rules_on(kind) {
            seen.clone_from(&facts);
            let wanted = oracle.condition(*ix, Function::When, &mut seen);
            let mut mine = facts.clone();
            let given = native.condition(*ix, Function::When, &mut mine);
            let rule = book.rule(*ix).unwrap();
            assert_eq!(given, wanted, "seed {seed}\n{}", rule.source);
            // On its way to a window of an entity the interpreter also looks at the entity's id.
            let id = |slot: &Slot| matches!(book.layout.slot(*slot).unwrap().ty, Type::Ref(_));
            let reads = |facts: &Facts| facts.reads().filter(|s| !id(s)).collect::<Vec<_>>();
            if wanted.is_ok() {
                assert_eq!(reads(&mine), reads(&seen), "seed {seed}\n{}", rule.source);
            }
            let possible = !indexed || found.rules.contains(ix);
            assert!(
                possible || wanted == Ok(false),
                "seed {seed}: the index left out a rule that is {wanted:?}\n{}",
                rule.source
            );
            if indexed
                && found.rules.contains(ix)
                && let Some(held) = native.confirm(*ix, &mut facts.clone())
            {
                assert_eq!(Ok(held), wanted, "seed {seed}: confirmed\n{}", rule.source);
                all.certain += usize::from(book.native.rest(*ix, kind) == Some(&[]));
            }
            all.pairs += 1;
            all.held += usize::from(wanted == Ok(true));
            all.errors += usize::from(wanted.is_err());
            all.native += usize::from(native.is_native(*ix, &mut mine));
            all.left_out += usize::from(!possible);
            // A block is not printed in full, so its operand cannot be read alone.
            let whole = rule.operands.iter().filter(|o| !o.text.contains('…'));
            for operand in whole.take(usize::from(n % 4 == 0) * 3) {
                same_value(&mut oracle, &mut native, operand.expression, &facts);
            }
        }
        for id in (0u32..)
            .zip(&book.expressions)
            .filter(|(_, e)| e.rule.is_none())
        {
            same_value(&mut oracle, &mut native, ExpressionId(id.0), &facts);
        }
    }
}

fn same_value(oracle: &mut Interpreter, native: &mut Interpreter, id: ExpressionId, facts: &Facts) {
    let wanted = oracle.expression(id, &mut facts.clone());
    let given = native.expression(id, &mut facts.clone());
    let text = &native.book().expression(id).unwrap().text;
    assert_eq!(given, wanted, "{text}");
}

/// The seeds of the books: those that are asked for, else those of the suite.
fn seeds() -> std::ops::Range<u64> {
    let asked = std::env::var("ORACLE_SEEDS").ok();
    let asked = asked.map(|text| {
        let (from, to) = text.split_once("..").unwrap();
        from.parse().unwrap()..to.parse().unwrap()
    });
    asked.unwrap_or(0..BOOKS)
}

#[test]
fn native_conditions_and_the_index_say_what_the_interpreter_says() {
    let mut all = Compared::default();
    for seed in seeds() {
        compare(seed, &mut all);
    }
    // Nothing is shown by rules that are all false, all erroneous, or all interpreted.
    assert!(
        seeds() != (0..BOOKS) || all.pairs >= 100_000,
        "{} pairs",
        all.pairs
    );
    let share = |part: usize| 100 * part / all.pairs;
    assert!(
        (10..=90).contains(&share(all.held)),
        "{}% hold",
        share(all.held)
    );
    assert!(
        (1..=30).contains(&share(all.errors)),
        "{}% raise",
        share(all.errors)
    );
    assert!(share(all.native) >= 60, "{}% native", share(all.native));
    assert!(
        share(all.left_out) >= 5,
        "{}% left out",
        share(all.left_out)
    );
    let certain = 100 * all.certain / all.pairs;
    assert!(certain >= 3, "{certain}% certain");
}

/// The rules of the projects in this repository have native code to their end.
#[test]
fn the_rules_of_the_projects_are_native() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in [
        "rules/retail-bank",
        "tests/projects/language",
        "tests/projects/sparkov",
    ] {
        let (book, findings) = compile(&Project::read(&root.join(name)).unwrap());
        let book = book.unwrap();
        for (at, rule) in (0u16..).zip(&book.rules) {
            for body in &rule.bodies {
                let condition = !matches!(body.function, Function::Then | Function::Always);
                assert!(
                    !condition || book.native.has(RuleIx(at), body.function),
                    "{name} {}",
                    rule.id
                );
            }
        }
        let noted = findings.iter().filter(|f| f.code == "R101");
        assert_eq!(
            noted.map(|f| f.place.to_string()).collect::<Vec<_>>(),
            [""; 0],
            "{name}"
        );
    }
}
