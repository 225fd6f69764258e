//! A rule that is shipped has its proof beside it.

use super::Rule;
use super::tree::{Problem, Tree};

/// The one project whose rules are there to be refused: they can have no cases.
const REFUSED: &str = "tests/projects/refused/";

pub(super) fn rules() -> Vec<Rule> {
    vec![Rule {
        name: "every_rule_has_cases_beside_it",
        check: cases,
        bad,
        good,
    }]
}

fn cases(tree: &Tree) -> Vec<Problem> {
    let rules = tree
        .ending(".rhai")
        .filter(|(path, _)| !path.starts_with(REFUSED));
    let mut problems = Vec::new();
    for (path, _) in rules.filter(|(path, _)| path.contains("/rules/")) {
        let cases = format!("{}.cases.toml", path.trim_end_matches(".rhai"));
        if !tree
            .text(&cases)
            .is_some_and(|text| text.contains("[[case]]"))
        {
            problems.push(Problem::new(
                path,
                1,
                format!("no case in `{cases}`: show that it fires, and when not"),
            ));
        }
    }
    problems
}

fn bad() -> Tree {
    Tree::of(&[
        ("rules/retail-bank/rules/fraud/a.rhai", ""),
        ("tests/projects/x/rules/b.rhai", ""),
    ])
}

fn good() -> Tree {
    Tree::of(&[
        ("rules/retail-bank/rules/fraud/a.rhai", ""),
        ("rules/retail-bank/rules/fraud/a.cases.toml", "[[case]]\n"),
        ("tests/projects/refused/rules/b.rhai", ""),
        ("tests/hostile/c.rhai", ""),
    ])
}
