//! One rule: its declarations, its functions typed, its operands.

use super::file::RuleFile;
use crate::book::{CompiledExpression, ExpressionId, RuleIx};
use crate::catalogue::Catalogue;
use crate::catalogue::feature::Feature;
use crate::finding::{Finding, Findings};
use crate::language::codes;
use crate::language::header::{self, Declared};
use crate::language::page::Page;
use crate::language::print::print;
use crate::language::tree::{ExprKind, FnDef, Script, StmtKind};
use crate::language::types::{Checker, Found, Owner, Subject, World};
use crate::layout::{Layout, Slot};
use crate::rule::{Body, Class, Function, Operand, Rule};
use crate::value::{Text, Type};
use std::collections::BTreeSet;

/// The offers that a rule names.
pub(super) type Named = BTreeSet<Text>;

/// A checked rule, before its operands have their ids.
pub(super) struct Checked {
    pub(super) rule: Rule,
    operands: Vec<Draft>,
    /// Inline windows.
    pub(super) windows: Vec<Feature>,
    /// Offers that it names.
    pub(super) offers: Named,
}

/// An operand of `when`.
struct Draft {
    text: String,
    line: u32,
    parameters: (Text, Text),
    reads: Vec<Slot>,
}

impl Checked {
    /// The rule with its operands among the expressions of the book.
    pub(super) fn into_rule(self, ix: RuleIx, expressions: &mut Vec<CompiledExpression>) -> Rule {
        let mut rule = self.rule;
        for draft in self.operands {
            let id = ExpressionId(u32::try_from(expressions.len()).unwrap_or(u32::MAX));
            rule.operands.push(Operand {
                text: draft.text.clone(),
                line: draft.line,
                expression: id,
            });
            expressions.push(CompiledExpression {
                text: draft.text,
                parameters: draft.parameters,
                ty: Type::Bool,
                optional: false,
                reads: draft.reads,
                rule: Some(ix),
            });
        }
        rule
    }
}

/// Checks a rule file. The rule is there only when nothing said is an error.
pub(super) fn check(
    file: &RuleFile,
    catalogue: &Catalogue,
    layout: &Layout,
    untyped: &BTreeSet<u16>,
) -> (Option<Checked>, Findings) {
    let page = Page::rule(&file.path, &file.text);
    let Some(script) = &file.script else {
        return (None, Findings::new());
    };
    let declared = header::read(&page, script, catalogue);
    let world = World {
        catalogue,
        layout,
        untyped,
    };
    let subject = Subject {
        events: Some(declared.on.clone()),
        unsure: declared.on_unsure || declared.on.is_empty(),
        customer: true,
        raw: false,
        steps: Vec::new(),
    };
    let owner = Owner {
        id: &file.id,
        class: declared.class,
        script,
    };
    let mut checker = Checker::new(world, &page, subject, &declared.constants, Some(owner));
    let mut bodies = Vec::new();
    // `when` first: what it proves holds in the others.
    let mut functions = Function::ALL;
    functions.sort_by_key(|function| *function != Function::When);
    for function in functions {
        let unwanted = function == Function::Then && declared.class == Some(Class::Profile);
        if let Some(def) = script.function(function.name()).filter(|_| !unwanted) {
            checker.found.reads.clear();
            checker.function_of_rule(function, def);
            bodies.push(Body {
                function,
                reads: std::mem::take(&mut checker.found.reads)
                    .into_iter()
                    .collect(),
            });
        }
    }
    bodies.sort_by_key(|body| body.function);
    checker.unused();
    checker.whole_rule(declared.brake.is_some());
    let found = std::mem::take(&mut checker.found);
    if let Some(note) = entities(&page, &found) {
        page.push(note);
    }
    let checked = (!page.has_errors())
        .then(|| rule(file, &declared, bodies))
        .flatten();
    let checked = checked.map(|rule| Checked {
        rule,
        operands: operands(script, &declared, &found.operands),
        windows: found.windows.clone(),
        offers: found.offers.clone(),
    });
    // A rule with errors still says which windows it has, so that others are checked with them.
    let findings = page.take();
    (checked, findings)
}

fn rule(file: &RuleFile, declared: &Declared, bodies: Vec<Body>) -> Option<Rule> {
    let constants = declared.constants.iter();
    Some(Rule {
        id: file.id.clone(),
        file: file.path.clone(),
        source: file.text.clone(),
        version: file.version.clone(),
        header: declared.header()?,
        constants: constants.map(|(n, v)| (n.clone(), v.clone())).collect(),
        bodies,
        operands: Vec::new(),
        windows: Vec::new(),
    })
}

/// The operands of the `&&` spine of `when`, when it is one expression.
fn operands(script: &Script, declared: &Declared, reads: &[BTreeSet<Slot>]) -> Vec<Draft> {
    let Some(FnDef { params, body, .. }) = script.function(Function::When.name()) else {
        return Vec::new();
    };
    let ([event, customer], [only]) = (params.as_slice(), body.as_slice()) else {
        return Vec::new();
    };
    let StmtKind::Expr(expr) = &only.kind else {
        return Vec::new();
    };
    let parts = match &expr.kind {
        ExprKind::And(parts) => parts.as_slice(),
        _ => std::slice::from_ref(expr),
    };
    let parameters = (event.clone(), customer.clone());
    parts
        .iter()
        .zip(reads)
        .map(|(part, reads)| Draft {
            text: print(part, &declared.constants),
            line: part.at.line,
            parameters: parameters.clone(),
            reads: reads.iter().copied().collect(),
        })
        .collect()
}

/// Windows of entities are exact in one process and eventually consistent across several.
fn entities(page: &Page, found: &Found) -> Option<Finding> {
    let (at, path) = found.entities.first()?;
    Some(Finding::note(
        codes::ENTITY_WINDOW,
        page.place(*at),
        crate::finding::Words::new(
            format!(
                "`{path}` is a window of an entity: exact in one process, eventually consistent across several"
            ),
            format!("`{path}` 是实体的窗口：单进程内精确，多进程间最终一致"),
        ),
    ))
}
