//! `table`: one run per row. A row sets `$name`s, and may have its own `expect`, `refuse` and `facts`.

use super::codes;
use super::teller::Teller;
use super::tree::{Entry, Kind, Node};
use crate::finding::Words;
use std::collections::BTreeSet;

/// Most rows of one table.
const ROWS_MAX: usize = 1_000;
/// What a row may bring of its own.
const OWN: [&str; 3] = ["expect", "refuse", "facts"];

/// A case with one row filled in.
pub(super) struct Filled {
    /// The row, from 0; `None` without a table.
    pub(super) row: Option<usize>,
    /// What the row sets.
    pub(super) label: String,
    /// The case as if it had been written so.
    pub(super) case: Node,
}

/// The case once per row of its table, or once as it stands.
pub(super) fn rows(t: &mut Teller<'_>, case: &Node) -> Vec<Filled> {
    let Some(table) = case.get("table") else {
        let mut used = BTreeSet::new();
        let filled = fill(t, case, &[], &mut used);
        return vec![Filled {
            row: None,
            label: String::new(),
            case: filled,
        }];
    };
    let rows = t.list(table, "table");
    if rows.is_empty() && table.items().is_some() {
        let (en, zh) = ("`table` has no rows", "`table` 没有行");
        t.say(codes::EMPTY, &table.place, en, zh);
    }
    if rows.len() > ROWS_MAX {
        t.say(
            codes::TOO_MANY,
            &table.place,
            format!("a table has at most {ROWS_MAX} rows"),
            format!("表最多 {ROWS_MAX} 行"),
        );
    }
    let rows = rows.iter().enumerate().take(ROWS_MAX);
    rows.map(|(at, row)| {
        let sets = t.table(row, "table").to_vec();
        with_row(t, case, at, &sets)
    })
    .collect()
}

fn with_row(t: &mut Teller<'_>, case: &Node, at: usize, sets: &[Entry]) -> Filled {
    let mut used = BTreeSet::new();
    let mut merged: Vec<Entry> = case.entries().unwrap_or_default().to_vec();
    merged.retain(|e| e.key != "table");
    for own in sets.iter().filter(|e| OWN.contains(&e.key.as_str())) {
        merged.retain(|e| e.key != own.key);
        merged.push(own.clone());
    }
    let whole = Node {
        place: case.place.clone(),
        kind: Kind::Table(merged),
    };
    let filled = fill(t, &whole, sets, &mut used);
    let mut label = Vec::new();
    for entry in sets.iter().filter(|e| !OWN.contains(&e.key.as_str())) {
        label.push(format!("{} = {}", entry.key, entry.node.shown()));
        if !used.contains(&entry.key) {
            let key = &entry.key;
            t.say(
                codes::LOOSE_NAME,
                &entry.place,
                format!("`{key}` is set here, and `${key}` stands nowhere in the case"),
                format!("此处设置了 `{key}`，但用例中没有 `${key}`"),
            );
        }
    }
    Filled {
        row: Some(at),
        label: label.join(", "),
        case: filled,
    }
}

/// The node with every `"$name"` replaced by what the row sets.
fn fill(t: &mut Teller<'_>, node: &Node, sets: &[Entry], used: &mut BTreeSet<String>) -> Node {
    let kind = match &node.kind {
        Kind::Text(text) => match name_in(text) {
            Some(name) => return set(t, node, name, sets, used),
            None => node.kind.clone(),
        },
        Kind::List(items) => Kind::List(items.iter().map(|i| fill(t, i, sets, used)).collect()),
        Kind::Table(entries) => Kind::Table(
            entries
                .iter()
                .map(|entry| Entry {
                    key: entry.key.clone(),
                    place: entry.place.clone(),
                    // What a case is called is never filled in.
                    node: if matches!(entry.key.as_str(), "name" | "zh") {
                        entry.node.clone()
                    } else {
                        fill(t, &entry.node, sets, used)
                    },
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node {
        place: node.place.clone(),
        kind,
    }
}

/// `name` of the text `$name`.
fn name_in(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let first = name.chars().next()?;
    let word = |c: char| c.is_alphanumeric() || c == '_';
    ((first.is_alphabetic() || first == '_') && name.chars().all(word)).then_some(name)
}

fn set(
    t: &mut Teller<'_>,
    node: &Node,
    name: &str,
    sets: &[Entry],
    used: &mut BTreeSet<String>,
) -> Node {
    if let Some(entry) = sets.iter().find(|e| e.key == name) {
        used.insert(name.to_owned());
        return entry.node.clone();
    }
    let cause = Words::new(
        format!("no row of `table` sets `${name}`"),
        format!("`table` 中没有行设置 `${name}`"),
    );
    let known = sets.iter().map(|e| e.key.as_str());
    t.unknown(codes::LOOSE_NAME, &node.place, cause, name, known);
    node.clone()
}
