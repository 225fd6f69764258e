//! No file knows the machine it was written on, or where its packages came from.

use super::Rule;
use super::tree::{Problem, Tree};

// Put together here, so that this file does not hold what it forbids.
const MACHINE: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];
const REGISTRIES: [&str; 6] = [
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("pypi", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("repo.maven", ".apache"),
    concat!("sparse+", "http"),
];

pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule {
            name: "no_file_names_a_folder_of_one_machine",
            check: machines,
            bad: bad_machines,
            good: good_machines,
        },
        Rule {
            name: "no_file_but_the_lock_names_a_registry",
            check: registries,
            bad: bad_registries,
            good: good_lock,
        },
    ]
}

fn machines(tree: &Tree) -> Vec<Problem> {
    // A path of our own may hold such a folder further down: only the beginning of a path counts.
    let inside = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '/' | '}');
    find(
        tree,
        &MACHINE,
        "a folder of one machine: say it from the root, or by a variable",
        |_, before| !before.ends_with(inside),
    )
}

fn registries(tree: &Tree) -> Vec<Problem> {
    find(
        tree,
        &REGISTRIES,
        "a registry: only the machine that builds knows its own",
        |path, _| path != "Cargo.lock",
    )
}

fn find(
    tree: &Tree,
    words: &[&str],
    what: &str,
    counts: impl Fn(&str, &str) -> bool,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.iter() {
        for (index, line) in text.lines().enumerate() {
            for word in words {
                let mut found = line
                    .split(word)
                    .map(|before| counts(path, before))
                    .collect::<Vec<_>>();
                found.pop();
                if found.contains(&true) {
                    problems.push(Problem::new(path, index + 1, format!("`{word}`: {what}")));
                }
            }
        }
    }
    problems
}

fn bad_machines() -> Tree {
    let texts = MACHINE.map(|folder| format!("see {folder}me/deft\n"));
    Tree::of(&[
        ("README.md", &texts[0]),
        ("a.toml", &texts[1]),
        (".ci/run", &texts[2]),
    ])
}

fn good_machines() -> Tree {
    let text = format!("see target{}x, or ..{}x\n", MACHINE[0], MACHINE[1]);
    Tree::of(&[("README.md", &text)])
}

fn bad_registries() -> Tree {
    let text = format!("https://{}/crates/serde\n", REGISTRIES[0]);
    Tree::of(&[("README.md", &text), ("rules/Cargo.lock", &text)])
}

fn good_lock() -> Tree {
    let text = format!("source = \"{}\"\n", REGISTRIES[0]);
    Tree::of(&[("Cargo.lock", &text), ("docs/a.md", "a crate is io-free\n")])
}
