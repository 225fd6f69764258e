//! Words that may not stand: leftovers, silenced lints, names that say nothing.

use super::Rule;
use super::tree::{Problem, Tree};

const SUFFIXES: [&str; 9] = [
    "Manager",
    "Helper",
    "Util",
    "Utils",
    "Handler",
    "Processor",
    "Service",
    "Info",
    "Data",
];
const MACROS: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];
// Put together here, so that this file does not hold what it forbids.
const MARKS: [&str; 4] = [
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
];

pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule {
            name: "no_file_is_called_mod_rs",
            check: mod_files,
            bad: bad_mod_files,
            good: good_mod_files,
        },
        Rule {
            name: "no_type_has_a_name_that_says_nothing",
            check: suffixes,
            bad: bad_suffixes,
            good: good_suffixes,
        },
        Rule {
            name: "no_unfinished_work_is_left_behind",
            check: leftovers,
            bad: bad_leftovers,
            good: good_leftovers,
        },
        Rule {
            name: "no_lint_is_silenced_without_a_reason",
            check: lints,
            bad: bad_lints,
            good: good_lints,
        },
        Rule {
            name: "lib_rs_is_a_tour",
            check: tours,
            bad: bad_tours,
            good: good_tours,
        },
    ]
}

fn mod_files(tree: &Tree) -> Vec<Problem> {
    let found = tree.files().filter(|path| path.ends_with("/mod.rs"));
    found
        .map(|path| {
            Problem::new(
                path,
                1,
                "name it after its folder, beside it: `shard.rs`, `shard/`",
            )
        })
        .collect()
}

fn suffixes(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, rust) in tree.rust() {
        for (line, name) in rust.types() {
            if let Some(suffix) = SUFFIXES.iter().find(|suffix| name.ends_with(*suffix)) {
                let what = format!("`{name}` ends in `{suffix}`: say what its one job is");
                problems.push(Problem::new(path, line, what));
            }
        }
    }
    problems
}

fn leftovers(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, rust) in tree.rust() {
        for (index, (code, comment)) in rust.code().lines().zip(rust.comments().lines()).enumerate()
        {
            let code: String = code.split_whitespace().collect();
            let left = MACROS
                .into_iter()
                .chain(["#[ignore"])
                .find(|word| has_word(&code, word));
            if let Some(word) =
                left.or_else(|| MARKS.into_iter().find(|word| has_word(comment, word)))
            {
                problems.push(Problem::new(
                    path,
                    index + 1,
                    format!("`{word}`: finish it, or leave it out"),
                ));
            }
        }
    }
    let texts = [".md", ".toml", ".rhai", ".ci/run"];
    for (path, text) in tree
        .iter()
        .filter(|(path, _)| texts.iter().any(|end| path.ends_with(end)))
    {
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = MARKS.into_iter().find(|word| has_word(line, word)) {
                problems.push(Problem::new(
                    path,
                    index + 1,
                    format!("`{word}`: finish it, or leave it out"),
                ));
            }
        }
    }
    problems
}

fn lints(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, rust) in tree.rust() {
        // Spaces out, line ends kept: an attribute reads the same however it is broken.
        let code: String = rust
            .code()
            .chars()
            .filter(|&char| char == '\n' || !char.is_whitespace())
            .collect();
        let code = code.replace("#![", "#[");
        let (mut line, mut rest) = (1, &*code);
        while let Some((before, after)) = rest.split_once("#[") {
            line += before.matches('\n').count();
            let attribute = after
                .split_once(']')
                .map_or(after, |(attribute, _)| attribute);
            let flat = attribute.replace('\n', "");
            if flat.starts_with("allow(") || flat.contains(",allow(") {
                let what = "`allow` outlives its cause: mend it, or `expect` it with a `reason`";
                problems.push(Problem::new(path, line, what));
            } else if flat.contains("expect(") && !flat.contains("reason=") {
                problems.push(Problem::new(
                    path,
                    line,
                    "`expect` without a `reason`: say why",
                ));
            }
            rest = after;
        }
    }
    for (path, text) in tree.ending("Cargo.toml") {
        for (index, line) in text.lines().enumerate() {
            let bare: String = line.split_whitespace().collect();
            if bare.contains("=\"allow\"") {
                let what = "a lint is off for everybody: mend the cause";
                problems.push(Problem::new(path, index + 1, what));
            }
        }
    }
    problems
}

fn tours(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, rust) in tree.rust().filter(|(path, _)| path.ends_with("/lib.rs")) {
        for (line, item) in rust.items() {
            let word = item
                .trim_start_matches("pub ")
                .trim_start_matches("( crate ) ");
            let is_use = word.starts_with("use ");
            let is_mod = word.starts_with("mod ") && !word.contains('{');
            if !is_use && !is_mod && !item.starts_with('#') && item != ";" {
                let what =
                    "`lib.rs` is docs, `mod` lines and re-exports: give this a file of its own";
                problems.push(Problem::new(path, line, what));
            }
        }
    }
    problems
}

/// True when the text has the word, not as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let in_word =
        |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    text.match_indices(word).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.strip_prefix(word).unwrap_or("");
        let open_end = !word.ends_with(char::is_alphanumeric);
        !in_word(before.chars().next_back()) && (open_end || !in_word(after.chars().next()))
    })
}

fn bad_mod_files() -> Tree {
    Tree::of(&[("engine/src/shard/mod.rs", "")])
}

fn good_mod_files() -> Tree {
    Tree::of(&[
        ("engine/src/shard.rs", "mod lane;\n"),
        ("engine/src/shard/lane.rs", ""),
    ])
}

fn bad_suffixes() -> Tree {
    Tree::of(&[
        ("engine/src/a.rs", "pub struct RuleManager;\n"),
        ("rules/src/b.rs", "enum\n    EventInfo {}\n"),
        ("server/src/c.rs", "type CustomerData = u8;\n"),
    ])
}

fn good_suffixes() -> Tree {
    Tree::of(&[(
        "engine/src/a.rs",
        "// struct RuleManager\nstruct Infographic; const S: &str = \"struct XData\";\n",
    )])
}

fn bad_leftovers() -> Tree {
    let comment = format!("// {}: more\n", MARKS[0]);
    let prose = format!("{}\n", MARKS[1]);
    Tree::of(&[
        ("engine/src/a.rs", "fn f() { todo!() }\n"),
        ("engine/src/b.rs", "fn f() { let x = dbg !(1); }\n"),
        ("engine/src/c.rs", &comment),
        ("tests/d.rs", "#[test]\n#[ignore]\nfn f() {}\n"),
        ("docs/e.md", &prose),
    ])
}

fn good_leftovers() -> Tree {
    let text = format!(
        "const CURRENCY: &str = \"{}\"; // not a todo! at all\n",
        MARKS[2]
    );
    Tree::of(&[("engine/src/a.rs", &text)])
}

fn bad_lints() -> Tree {
    Tree::of(&[
        ("engine/src/a.rs", "#[allow(dead_code)]\nfn f() {}\n"),
        (
            "engine/src/b.rs",
            "#![ allow(\n    dead_code, reason = \"it is\")]\n",
        ),
        (
            "engine/src/c.rs",
            "#[cfg_attr(test, allow(dead_code))]\nfn f() {}\n",
        ),
        ("engine/src/d.rs", "#[expect(dead_code)]\nfn f() {}\n"),
        ("rules/Cargo.toml", "[lints.rust]\ndead_code = \"allow\"\n"),
    ])
}

fn good_lints() -> Tree {
    Tree::of(&[(
        "engine/src/a.rs",
        "// #[allow(dead_code)]\n#[expect(dead_code, reason = \"read by the tests\")]\nfn allow() { x.expect(1) }\n",
    )])
}

fn bad_tours() -> Tree {
    Tree::of(&[
        ("engine/src/lib.rs", "//! Tour.\nmod a;\npub fn f() {}\n"),
        ("rules/src/lib.rs", "//! Tour.\nmod a { fn f() {} }\n"),
        ("server/src/lib.rs", "const LIMIT: u8 = 1;\n"),
    ])
}

fn good_tours() -> Tree {
    Tree::of(&[(
        "engine/src/lib.rs",
        "//! Tour.\n#![expect(dead_code, reason = \"r\")]\nmod a;\npub(crate) mod b;\n\
         pub use a::{A,\n    B};\n#[cfg(test)]\nmod tests;\n",
    )])
}
