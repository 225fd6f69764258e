//! What a load has to say, and the sources it may quote.

use super::node::Node;
use super::source::Source;
use crate::book::ExpressionId;
use crate::finding::{Finding, Findings, Place, Words, nearest};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The findings so far, the texts they quote, and the counter of expressions.
#[derive(Default)]
pub(super) struct Report {
    findings: Findings,
    sources: BTreeMap<Arc<str>, Source>,
    /// Sections that stood where the TOML could not be read: a name missing from them may have been
    /// lost there, so it is not called unknown as well.
    lost: BTreeSet<&'static str>,
    expressions: u32,
}

/// A kind of thing that has names: what it is called, and the section it is declared in.
#[derive(Clone, Copy)]
pub(super) struct Noun {
    pub(super) code: &'static str,
    pub(super) en: &'static str,
    pub(super) zh: &'static str,
    /// The stem of the catalogue file that declares it.
    pub(super) file: &'static str,
}

impl Report {
    pub(super) fn starting_with(findings: Findings) -> Self {
        Self {
            findings,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn into_findings(self) -> Findings {
        self.findings.sorted()
    }

    pub(super) fn add_source(&mut self, file: Arc<str>, source: Source) {
        self.sources.insert(file, source);
    }

    pub(super) fn lose(&mut self, file: &'static str) {
        self.lost.insert(file);
    }

    pub(super) fn has_lost(&self, file: &str) -> bool {
        self.lost.contains(file)
    }

    pub(super) fn next_expression(&mut self) -> ExpressionId {
        let id = ExpressionId(self.expressions);
        self.expressions = self.expressions.saturating_add(1);
        id
    }

    /// The line of `place` with `width` code points replaced.
    pub(super) fn corrected(&self, place: &Place, width: usize, new: &str) -> Option<String> {
        self.sources.get(&place.file)?.corrected(place, width, new)
    }

    /// The line of a value as it would read with `new` in its place; `None` where the value spans lines.
    pub(super) fn with_value(&self, node: &Node, new: &str) -> Option<String> {
        if node.raw.is_empty() || node.raw.contains('\n') {
            return None;
        }
        self.corrected(&node.place, node.raw.chars().count(), new)
    }

    /// A finding about a value, with an English and a Chinese sentence.
    pub(super) fn at(
        &mut self,
        code: &'static str,
        place: &Place,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) {
        self.push(Finding::error(code, place.clone(), Words::new(en, zh)));
    }

    /// The value names something that does not exist: says so with the nearest names.
    pub(super) fn unknown<'a>(
        &mut self,
        noun: Noun,
        node: &Node,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        if self.has_lost(noun.file) {
            return;
        }
        let known: Vec<&str> = known.into_iter().collect();
        let near = nearest(name, known.iter().copied(), 3);
        let mut finding = Finding::error(
            noun.code,
            node.place.clone(),
            Words::new(
                format!("`{}`: there is no {} `{name}`", node.path, noun.en),
                format!("`{}`：没有名为 `{name}` 的{}", node.path, noun.zh),
            ),
        );
        if let Some(best) = near.first() {
            finding = did_you_mean(finding, &near);
            if let Some(line) = self.with_value(node, &node.raw.replacen(name, best, 1)) {
                finding = finding.corrected(line);
            }
        } else {
            finding = declare_it(finding, noun, &known);
        }
        self.push(finding);
    }
}

/// With the file to declare it in, and the names there are: what is built in is left out of those.
fn declare_it(finding: Finding, noun: Noun, known: &[&str]) -> Finding {
    let own = known.iter().copied().filter(|n| !n.starts_with("outcome."));
    let own: Vec<&str> = own.collect();
    let some: Vec<&str> = own.iter().copied().take(8).collect();
    let (mut en, mut zh) = (
        format!("declare it in `catalog/{}.toml`", noun.file),
        format!("请在 `catalog/{}.toml` 中声明", noun.file),
    );
    if !own.is_empty() {
        let names = quoted(&some);
        let tail = if some.len() < own.len() { ", …" } else { "" };
        en.push_str(&format!("; there are {names}{tail}"));
        zh.push_str(&format!("；已有 {names}{tail}"));
    }
    finding.fix(en, zh)
}

/// With the nearest names.
pub(super) fn did_you_mean(finding: Finding, near: &[&str]) -> Finding {
    let names = quoted(near);
    finding.fix(
        format!("did you mean {names}?"),
        format!("是否想写 {names}？"),
    )
}

/// With the names there are, at most twelve of them.
pub(super) fn one_of(finding: Finding, known: &[&str]) -> Finding {
    let some: Vec<&str> = known.iter().copied().take(12).collect();
    let (names, more) = (quoted(&some), known.len() > some.len());
    let tail = if more { ", …" } else { "" };
    finding.fix(
        format!("there are {names}{tail}"),
        format!("可用的有 {names}{tail}"),
    )
}

/// Names in backticks, with commas.
pub(super) fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    quoted.join(", ")
}
