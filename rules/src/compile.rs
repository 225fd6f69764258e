//! From the files of a project to a book: everything checked, everything said, nothing run.

mod audiences;
mod changes;
mod circles;
mod expressions;
mod file;
mod order;
mod record;
mod reminders;
mod rules;
mod sense;
mod steps;
mod version;
mod windows;

use crate::book::{Book, RuleIx};
use crate::catalogue::feature::Feature;
use crate::catalogue::{Catalogue, load};
use crate::finding::{Finding, Findings, Place, Words};
use crate::language::codes;
use crate::language::tree::Script;
use crate::layout::Layout;
use crate::lower::{Left, Native};
use crate::project::Project;
use crate::rule::{Mode, Rule};
use crate::value::Text;
use expressions::Expressions;
use file::RuleFile;
use rules::{Checked, Named};
use sense::Sense;
use std::collections::BTreeMap;
use std::sync::Arc;

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
    changes::declare(&files, &mut catalogue);
    findings.extend(audiences::declare(&files, &mut catalogue));
    findings.extend(circles::find(&files, &catalogue));
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
    let (book, notes) = round.into_book(project, catalogue, &files);
    let mut findings = findings;
    findings.extend(notes);
    (Some(book), findings.sorted())
}

/// How many times as long as native code the interpreter took, from and to: columns `naive` and `native`
/// of `benches/README.md`. What this rule will take depends on what its events say.
const SLOWER: [u32; 2] = [14, 43];

/// What the interpreter has to run, for the author who pays for it.
fn interpreted(rule: &Rule, left: &Left) -> Finding {
    let function = left.function.name();
    let Words { en, zh } = left.obstacle.what.words();
    let at = left.obstacle.at;
    let [least, most] = SLOWER;
    Finding::note(
        codes::INTERPRETED,
        Place::at(rule.file.clone(), at.line, at.column),
        Words::new(
            format!(
                "from here on the interpreter runs `{function}`: {en} has no faster form; on the rules of our \
                 benches the interpreter took {least} to {most} times as long"
            ),
            format!(
                "自此处起 `{function}` 由解释器执行：{zh}没有更快的形式；在我们的基准规则上，解释器耗时为原生代码的 {least} 至 {most} 倍"
            ),
        ),
    )
    .fix(
        "put conditions that are often false before it with `&&`",
        "请用 `&&` 把常为假的条件放在其前",
    )
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

    fn into_book(
        mut self,
        project: &Project,
        catalogue: Catalogue,
        files: &[RuleFile],
    ) -> (Book, Findings) {
        self.rules.sort_by(|a, b| a.rule.id.cmp(&b.rule.id));
        let mut expressions = self.expressions.compiled;
        let record = record::of(&catalogue, &self.rules, &expressions);
        for checked in &mut self.rules {
            checked.rule.windows = windows::of(&catalogue, &self.layout, checked, &expressions);
        }
        let mut all: Vec<Rule> = Vec::with_capacity(self.rules.len());
        let mut offers: Vec<Named> = Vec::with_capacity(self.rules.len());
        for (at, mut checked) in (0u16..).zip(self.rules) {
            offers.push(std::mem::take(&mut checked.offers));
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
        let scripts: BTreeMap<&Text, &Script> = files
            .iter()
            .filter_map(|file| Some((&file.id, file.script.as_ref()?)))
            .collect();
        let (native, left) = Native::build(
            &catalogue,
            &self.layout,
            &all,
            &by_event,
            &expressions,
            |rule| scripts.get(&rule.id).copied(),
        );
        let mut notes = Findings::new();
        for left in &left {
            if let Some(rule) = all.get(usize::from(left.rule.0)) {
                notes.push(interpreted(rule, left));
            }
        }
        let sense = Sense {
            catalogue: &catalogue,
            layout: &self.layout,
            rules: &all,
            offers: &offers,
        };
        notes.extend(sense::findings(sense, |rule| {
            scripts.get(&rule.id).copied()
        }));
        let book = Book {
            catalogue,
            layout: self.layout,
            rules: all,
            by_event,
            expressions,
            record,
            hash,
            native: Arc::new(native),
        };
        (book, notes)
    }
}

#[cfg(test)]
mod tests;
