//! A rule that starts itself: on the change of a segment it writes a tag that changes the segment again.
//! With a cool-down somewhere on the way it comes to rest.

use super::file::RuleFile;
use super::{changes, order};
use crate::catalogue::Catalogue;
use crate::finding::{Finding, Findings, Words};
use crate::language::codes;
use crate::language::page::Page;
use crate::language::tree::{Expr, ExprKind, StmtKind};
use crate::value::Text;
use std::collections::{BTreeMap, BTreeSet};

/// A rule without a cool-down that is on changes of segments and writes tags.
struct Link<'a> {
    file: &'a RuleFile,
    on: BTreeSet<usize>,
    writes: Vec<(Text, crate::language::tree::At)>,
}

/// One finding per rule on a circle, at the first mark that closes one.
pub(super) fn find(files: &[RuleFile], catalogue: &Catalogue) -> Findings {
    let links: Vec<Link<'_>> = files
        .iter()
        .filter_map(|file| link(file, catalogue))
        .collect();
    let mut findings = Findings::new();
    if links.is_empty() {
        return findings;
    }
    let read = tags_of_segments(catalogue);
    let changed = |tag: &Text| -> BTreeSet<usize> {
        let all = read.iter().enumerate();
        let found = all.filter(|(_, tags)| tags.contains(tag));
        found.map(|(at, _)| at).collect()
    };
    for link in &links {
        let closing = link.writes.iter().find_map(|(tag, at)| {
            let back = changed(tag)
                .into_iter()
                .find(|segment| leads_back(*segment, link, &links, &changed))?;
            Some((tag, *at, back))
        });
        let Some((tag, at, back)) = closing else {
            continue;
        };
        let segment = catalogue.segments.get(back).map_or("", |s| s.name.as_str());
        let page = Page::rule(&link.file.path, &link.file.text);
        findings.push(
            Finding::error(
                codes::CIRCLE,
                page.place(at),
                Words::new(
                    format!(
                        "tag `{tag}` changes segment `{segment}`, and that starts this rule again"
                    ),
                    format!("标签 `{tag}` 会改变分群 `{segment}`，从而再次触发本规则"),
                ),
            )
            .fix(
                "add `cooldown(\"1d\");`, or write a tag that the segment does not read",
                "请加上 `cooldown(\"1d\");`，或改写该分群不读取的标签",
            ),
        );
    }
    findings
}

/// True when a change of this segment comes back to the rule, over rules without a cool-down.
fn leads_back(
    segment: usize,
    link: &Link<'_>,
    links: &[Link<'_>],
    changed: &dyn Fn(&Text) -> BTreeSet<usize>,
) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![segment];
    while let Some(segment) = open.pop() {
        if link.on.contains(&segment) {
            return true;
        }
        if !seen.insert(segment) {
            continue;
        }
        let next = links.iter().filter(|other| other.on.contains(&segment));
        let tags = next.flat_map(|other| &other.writes);
        open.extend(tags.flat_map(|(tag, _)| changed(tag)));
    }
    false
}

fn link<'a>(file: &'a RuleFile, catalogue: &Catalogue) -> Option<Link<'a>> {
    let script = file.script.as_ref()?;
    let on: BTreeSet<usize> = changes::triggers(file)
        .filter_map(|(name, _)| changes::change(catalogue, name))
        .map(|(segment, _)| segment)
        .collect();
    let rests = script.statements.iter().any(|stmt| match &stmt.kind {
        StmtKind::Expr(expr) => matches!(&expr.kind, ExprKind::Call(name, _) if name == "cooldown"),
        _ => false,
    });
    if on.is_empty() || rests {
        return None;
    }
    let mut writes = Vec::new();
    super::reminders::calls(file, &["tag", "untag"], &mut |name, at| {
        writes.push((name.clone(), at));
    });
    (!writes.is_empty()).then_some(Link { file, on, writes })
}

/// By segment: every tag it reads, itself or through segments and derived words.
fn tags_of_segments(catalogue: &Catalogue) -> Vec<BTreeSet<Text>> {
    let mut needs: BTreeMap<&Text, BTreeSet<Text>> = BTreeMap::new();
    let segments = catalogue.segments.iter().map(|s| (&s.name, &s.when));
    let derived = catalogue.derived.iter().filter(|d| d.on.is_empty());
    let derived = derived.map(|d| (&d.name, &d.value));
    for (name, expression) in segments.chain(derived) {
        let tree: Option<Expr> = super::file::expression(&Page::expression(expression));
        needs.insert(name, tree.iter().flat_map(order::names).collect());
    }
    let of = |segment: &crate::catalogue::Segment| {
        let mut seen: BTreeSet<Text> = BTreeSet::new();
        let mut open = vec![segment.name.clone()];
        while let Some(name) = open.pop() {
            if seen.insert(name.clone()) {
                open.extend(needs.get(&name).into_iter().flatten().cloned());
            }
        }
        seen.retain(|name| catalogue.tag_named(name).is_some());
        seen
    };
    catalogue.segments.iter().map(of).collect()
}
