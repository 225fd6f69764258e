//! The crates stand in a line, each blind to the next: rules, engine, connectors, server.

use super::Rule;
use super::tree::{Problem, Tree};

/// Who stands in the line, in order: each may see those before it.
const LINE: [&str; 4] = ["rules", "engine", "connectors", "server"];
/// Who stands outside and may see all.
const OUTSIDE: [&str; 2] = ["tests", "benches"];

pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule {
            name: "each_crate_sees_only_those_before_it",
            check: direction,
            bad: bad_direction,
            good: good_line,
        },
        Rule {
            name: "dependencies_are_declared_once",
            check: declared_once,
            bad: bad_versions,
            good: good_line,
        },
        Rule {
            name: "there_is_exactly_one_binary",
            check: one_binary,
            bad: bad_binary,
            good: good_line,
        },
    ]
}

/// One dependency of one manifest.
struct Dependency<'t> {
    line: usize,
    name: &'t str,
    text: &'t str,
}

fn direction(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in members(tree) {
        let room = path.trim_end_matches("/Cargo.toml");
        let place = LINE.iter().position(|name| *name == room);
        if place.is_none() && !OUTSIDE.contains(&room) {
            problems.push(Problem::new(
                path,
                1,
                "a crate outside the line: give it a place in `tests/tidy/line.rs`",
            ));
            continue;
        }
        for dependency in dependencies(text) {
            let seen = LINE.iter().position(|name| *name == dependency.name);
            let outside = OUTSIDE.contains(&dependency.name);
            let forbidden = match place {
                Some(place) => outside || seen.is_some_and(|seen| seen >= place),
                None => false,
            };
            if forbidden {
                let what = format!(
                    "`{room}` may not see `{}`: the line is {}",
                    dependency.name,
                    LINE.join(" <- ")
                );
                problems.push(Problem::new(path, dependency.line, what));
            }
        }
    }
    problems
}

fn declared_once(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in members(tree) {
        for dependency in dependencies(text) {
            let text: String = dependency.text.split_whitespace().collect();
            if !text.contains("workspace=true") {
                let what = format!(
                    "declare `{}` in the root manifest, and say `workspace = true` here",
                    dependency.name
                );
                problems.push(Problem::new(path, dependency.line, what));
            }
        }
    }
    problems
}

fn one_binary(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for path in tree.files() {
        let main = path.ends_with("/src/main.rs") && path != "server/src/main.rs";
        if main || path.contains("/src/bin/") {
            problems.push(Problem::new(
                path,
                1,
                "there is one binary, `deft`: make this a subcommand",
            ));
        }
    }
    problems
}

fn members(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.ending("/Cargo.toml")
}

/// The dependencies of a manifest, of every kind. Only what our manifests are written in is read.
fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let mut found = Vec::new();
    let mut inside = false;
    for (index, text) in manifest.lines().map(str::trim).enumerate() {
        let line = index + 1;
        if let Some(section) = text
            .strip_prefix('[')
            .and_then(|text| text.split(']').next())
        {
            inside = section.ends_with("dependencies");
            if let Some((_, name)) = section.split_once("dependencies.") {
                // A table of its own: its members are not read, and need not be.
                found.push(Dependency { line, name, text });
            }
        } else if inside && !text.is_empty() && !text.starts_with('#') {
            let name = text.split(['.', '=', ' ']).next().unwrap_or("");
            found.push(Dependency { line, name, text });
        }
    }
    found
}

fn bad_direction() -> Tree {
    Tree::of(&[
        (
            "rules/Cargo.toml",
            "[dependencies]\nengine.workspace = true\n",
        ),
        (
            "engine/Cargo.toml",
            "[dev-dependencies]\nserver = { workspace = true }\n",
        ),
        (
            "connectors/Cargo.toml",
            "[target.'cfg(unix)'.dependencies]\ntests.workspace = true\n",
        ),
        ("helpers/Cargo.toml", "[package]\n"),
    ])
}

fn bad_versions() -> Tree {
    Tree::of(&[
        ("rules/Cargo.toml", "[dependencies]\nserde = \"1\"\n"),
        (
            "engine/Cargo.toml",
            "[dependencies.serde]\nversion = \"1\"\n",
        ),
    ])
}

fn bad_binary() -> Tree {
    Tree::of(&[
        ("engine/src/main.rs", "fn main() {}\n"),
        ("server/src/bin/gen.rs", "fn main() {}\n"),
    ])
}

fn good_line() -> Tree {
    Tree::of(&[
        ("Cargo.toml", "[workspace.dependencies]\nserde = \"1\"\n"),
        (
            "engine/Cargo.toml",
            "[package]\nname = \"engine\"\n[dependencies]\n# why\nrules.workspace = true\n",
        ),
        (
            "tests/Cargo.toml",
            "[dependencies]\nserver = { workspace = true }\n[lints]\nworkspace = true\n",
        ),
        ("server/src/main.rs", "fn main() {}\n"),
    ])
}
