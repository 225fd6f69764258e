//! `was = "old"`: what a tag, a window or a pattern was called before, so that its state is kept.

use super::codes;
use super::node::Node;
use super::report::Report;
use super::tree::Tree;
use crate::catalogue::Catalogue;
use crate::finding::{Finding, Words};
use crate::value::Text;
use std::collections::BTreeMap;

/// Notes the former names. One that is still in use, or that two lay claim to, is told.
pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for (name, was) in former(tree, r, "tags", "tag") {
        if let Some(tag) = c.tags.iter_mut().find(|tag| tag.name == name) {
            tag.was = Some(was);
        }
    }
    for (name, was) in former(tree, r, "features", "feature") {
        if let Some(feature) = c.features.iter_mut().find(|f| f.name == name) {
            feature.was = Some(was);
        }
    }
    for (name, was) in former(tree, r, "patterns", "pattern") {
        if let Some(pattern) = c.patterns.iter_mut().find(|p| p.name == name) {
            pattern.was = Some(was);
        }
    }
}

/// Names with what they were called before.
fn former(tree: &Tree, r: &mut Report, file: &str, section: &str) -> Vec<(String, Text)> {
    let mut claimed: BTreeMap<String, String> = BTreeMap::new();
    let mut former = Vec::new();
    for entry in tree.named(file, section) {
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        let Some(node) = table.get("was") else {
            continue;
        };
        let Some(was) = node.text(r).map(str::to_owned) else {
            continue;
        };
        if tree.named(file, section).iter().any(|e| e.key == was) {
            r.push(finding(
                node,
                &format!(
                    "`{was}` is still declared, so it cannot have become `{}`",
                    entry.key
                ),
                &format!("`{was}` 仍在声明中，不可能已改名为 `{}`", entry.key),
            ));
        } else if let Some(first) = claimed.get(&was) {
            r.push(finding(
                node,
                &format!("`{first}` was `{was}` already: a name becomes one other"),
                &format!("`{first}` 已声明由 `{was}` 改名：一个旧名只能对应一个新名"),
            ));
        } else {
            claimed.insert(was.clone(), entry.key.clone());
            former.push((entry.key.clone(), was.into()));
        }
    }
    former
}

fn finding(node: &Node, en: &str, zh: &str) -> Finding {
    let path = &node.path;
    let cause = Words::new(format!("`{path}`: {en}"), format!("`{path}`：{zh}"));
    Finding::error(codes::NOT_FORMER, node.place.clone(), cause).fix(
        "leave `was` out, or give it the name that is no longer declared",
        "请删除 `was`，或写已不再声明的旧名",
    )
}
