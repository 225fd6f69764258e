//! The house rules that run. Each is absolute, and each is shown to be able to fail.

mod absent;
mod cases;
mod docs;
mod line;
mod places;
mod scanner;
mod size;
mod tree;
mod words;

use std::sync::OnceLock;

use kit::{Claimed, Failed, Trial, claim};

use tree::{Problem, Tree};

/// One house rule: how it is checked, and two small trees that show what it minds and what not.
struct Rule {
    name: &'static str,
    check: fn(&Tree) -> Vec<Problem>,
    /// Every file of it must be complained about.
    bad: fn() -> Tree,
    /// Near misses: none may be complained about.
    good: fn() -> Tree,
}

/// The rules, and the cases of the scanner they stand on.
pub(crate) fn trials() -> Vec<Trial> {
    let rules = [
        size::rules(),
        words::rules(),
        line::rules(),
        absent::rules(),
        places::rules(),
        docs::rules(),
        cases::rules(),
    ];
    let mut trials = scanner::trials();
    for rule in rules.into_iter().flatten() {
        let name = rule.name;
        let Rule {
            check, bad, good, ..
        } = rule;
        trials.push(claim(format!("tidy::{name}"), move || {
            nothing(&check(workspace()?))
        }));
        trials.push(claim(format!("tidy::{name}::can_fail"), move || {
            nothing(&check(&good()))?;
            let bad = bad();
            let minded = check(&bad);
            for file in bad.files() {
                if !minded.iter().any(|problem| problem.file == file) {
                    return Err(format!("`{file}` is bad and nothing was said about it").into());
                }
            }
            Ok(())
        }));
    }
    trials
}

fn workspace() -> Result<&'static Tree, Failed> {
    static WORKSPACE: OnceLock<Result<Tree, String>> = OnceLock::new();
    let read = || Tree::read(&kit::root()).map_err(|failed| format!("{failed:?}"));
    WORKSPACE.get_or_init(read).as_ref().map_err(Failed::from)
}

fn nothing(problems: &[Problem]) -> Claimed {
    if problems.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Err(lines.join("\n").into())
}
