//! The docs point at what is there.

use super::Rule;
use super::tree::{Problem, Tree};

/// The folders whose paths are checked wherever a page names one in backticks.
const ROOMS: [&str; 8] = [
    "rules/",
    "engine/",
    "connectors/",
    "server/",
    "tests/",
    "benches/",
    "docs/",
    ".ci/",
];

pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule {
            name: "every_relative_link_leads_somewhere",
            check: links,
            bad: bad_links,
            good: good_links,
        },
        Rule {
            name: "every_path_a_page_names_is_there",
            check: paths,
            bad: bad_paths,
            good: good_paths,
        },
    ]
}

fn links(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (line, prose) in prose(text) {
            for target in targets(&prose.without_code) {
                if target.contains("://") || target.starts_with("mailto:") {
                    continue;
                }
                let (file, heading) = target.split_once('#').unwrap_or((target, ""));
                let file = if file.is_empty() {
                    path.to_owned()
                } else {
                    join(path, file)
                };
                if !tree.has(&file) {
                    problems.push(Problem::new(
                        path,
                        line,
                        format!("`{target}` leads nowhere: there is no `{file}`"),
                    ));
                } else if !heading.is_empty()
                    && !tree
                        .text(&file)
                        .is_some_and(|text| has_heading(text, heading))
                {
                    problems.push(Problem::new(
                        path,
                        line,
                        format!("`{file}` has no heading `#{heading}`"),
                    ));
                }
            }
        }
    }
    problems
}

fn paths(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.' | '/');
    for (path, text) in tree.ending(".md") {
        for (line, prose) in prose(text) {
            for span in prose.code {
                let named =
                    ROOMS.iter().any(|room| span.starts_with(room)) && span.chars().all(plain);
                if named && !is_there(tree, span.trim_end_matches('/')) {
                    problems.push(Problem::new(path, line, format!("`{span}` is not there")));
                }
            }
        }
    }
    problems
}

/// True for a path from the root, and for one from the root of a project that lies further down.
fn is_there(tree: &Tree, path: &str) -> bool {
    let (file, folder) = (format!("/{path}"), format!("/{path}/"));
    tree.has(path)
        || tree
            .files()
            .any(|known| known.ends_with(&file) || known.contains(&folder))
}

/// One line of a page: its text without code spans, and the spans.
struct Prose<'t> {
    without_code: String,
    code: Vec<&'t str>,
}

/// The lines of a page that are not in a fenced block, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, Prose<'_>)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if fence || fenced {
            return None;
        }
        let parts: Vec<&str> = line.split('`').collect();
        let spans = parts.iter().skip(1).step_by(2);
        let without_code = parts
            .iter()
            .step_by(2)
            .copied()
            .collect::<Vec<_>>()
            .join("``");
        Some((
            index + 1,
            Prose {
                without_code,
                code: spans.copied().collect(),
            },
        ))
    })
}

fn targets(prose: &str) -> Vec<&str> {
    let after = prose.split("](").skip(1);
    after
        .filter_map(|rest| rest.split(')').next())
        .map(str::trim)
        .collect()
}

/// The path a link means, seen from the page it stands on.
fn join(page: &str, link: &str) -> String {
    let mut folders: Vec<&str> = page.split('/').collect();
    folders.pop();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            // Above the root there is nothing of ours.
            ".." if folders.pop().is_none() => return format!("outside the project: {link}"),
            ".." => {}
            name => folders.push(name),
        }
    }
    folders.join("/")
}

/// True when a heading of the page has this anchor, made as the forges make it.
fn has_heading(text: &str, anchor: &str) -> bool {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|&char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
            kept.map(|char| if char == ' ' { '-' } else { char })
                .collect::<String>()
                == anchor
        })
}

fn bad_links() -> Tree {
    Tree::of(&[
        ("README.md", "See [the page](docs/gone.md).\n"),
        ("docs/a.md", "Text.\n\n[up](../../away.md)\n"),
        ("docs/b.md", "# Here\n[there](#there)\n"),
    ])
}

fn good_links() -> Tree {
    Tree::of(&[
        (
            "README.md",
            "[a](docs/a.md#two-words), [b](https://example.org/x), [c](docs/), `[d](gone.md)`\n",
        ),
        (
            "docs/a.md",
            "# Two words\n[up](../README.md)\n```sh\n[e](gone.md)\n```\n",
        ),
    ])
}

fn bad_paths() -> Tree {
    Tree::of(&[
        ("docs/a.md", "The room `engine/src/gone.rs`.\n"),
        ("README.md", "`tests/gone/`\n"),
    ])
}

fn good_paths() -> Tree {
    let page = "`docs/`, `docs/a.md`, `my-bank/rules/x.rhai`, `rules/{a,b}`, `rules/fraud/x.rhai`, `rules/fraud/`\n";
    Tree::of(&[
        ("docs/a.md", page),
        ("rules/retail-bank/rules/fraud/x.rhai", ""),
    ])
}
