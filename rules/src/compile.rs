//! From the files of a project to a book: everything checked, everything said, nothing run.

mod expressions;
mod file;
mod order;
mod record;
mod reminders;
mod rules;
mod version;

use crate::book::{Book, RuleIx};
use crate::catalogue::feature::Feature;
use crate::catalogue::{Catalogue, load};
use crate::finding::Findings;
use crate::layout::Layout;
use crate::project::Project;
use crate::rule::{Mode, Rule};
use expressions::Expressions;
use file::RuleFile;
use rules::Checked;

/// Compiles a project. The book is there only when nothing among the findings is an error; the
/// findings of all files are there in any case.
#[must_use]
pub fn compile(project: &Project) -> (Option<Book>, Findings) {
    let (mut catalogue, mut findings) = load::load(project);
    let files: Vec<RuleFile> = project.rules.iter().map(RuleFile::read).collect();
    for file in &files {
        findings.extend(file.findings.clone());
    }
    reminders::declare(&files, &mut catalogue);
    let mut round = Round::check(&mut catalogue, &files);
    if !round.windows.is_empty() {
        // Inline windows are features like all others; with their slots the check is made again.
        add(&mut catalogue, &mut round);
        round = Round::check(&mut catalogue, &files);
    }
    findings.extend(std::mem::take(&mut round.findings));
    let findings = findings.sorted();
    if findings.has_errors() {
        return (None, findings);
    }
    let book = round.into_book(project, catalogue);
    (Some(book), findings)
}

/// Appends the inline windows that were met, each once, in an order of their own.
fn add(catalogue: &mut Catalogue, round: &mut Round) {
    let mut windows: Vec<Feature> = std::mem::take(&mut round.windows);
    windows.sort_by(|a, b| (&a.name, a.key).cmp(&(&b.name, b.key)));
    windows.dedup_by(|a, b| a.name == b.name && a.key == b.key);
    catalogue.features.append(&mut windows);
}

/// One check of everything.
struct Round {
    layout: Layout,
    expressions: Expressions,
    rules: Vec<Checked>,
    windows: Vec<Feature>,
    findings: Findings,
}

impl Round {
    fn check(catalogue: &mut Catalogue, files: &[RuleFile]) -> Self {
        let mut expressions = Expressions::check(catalogue);
        // Derived expressions have their types now.
        let layout = Layout::build(catalogue);
        let mut findings = std::mem::take(&mut expressions.findings);
        let mut windows = std::mem::take(&mut expressions.windows);
        let mut checked = Vec::new();
        for file in files {
            let (rule, said) = rules::check(file, catalogue, &layout, &expressions.untyped);
            findings.extend(said);
            if let Some(mut rule) = rule {
                windows.append(&mut rule.windows);
                checked.push(rule);
            }
        }
        Self {
            layout,
            expressions,
            rules: checked,
            windows,
            findings,
        }
    }

    fn into_book(mut self, project: &Project, catalogue: Catalogue) -> Book {
        self.rules.sort_by(|a, b| a.rule.id.cmp(&b.rule.id));
        let mut expressions = self.expressions.compiled;
        let record = record::of(&catalogue, &self.rules, &expressions);
        let mut all: Vec<Rule> = Vec::with_capacity(self.rules.len());
        for (at, checked) in (0u16..).zip(self.rules) {
            all.push(checked.into_rule(RuleIx(at), &mut expressions));
        }
        let mut by_event = vec![Vec::new(); catalogue.events.len()];
        for (at, rule) in (0u16..).zip(&all) {
            if rule.header.mode == Mode::Off {
                continue;
            }
            for event in &rule.header.on {
                if let Some(list) = by_event.get_mut(usize::from(event.0)) {
                    list.push(RuleIx(at));
                }
            }
        }
        let hash = version::of_book(project, &all);
        Book {
            catalogue,
            layout: self.layout,
            rules: all,
            by_event,
            expressions,
            record,
            hash,
        }
    }
}

#[cfg(test)]
mod tests;
