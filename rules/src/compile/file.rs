//! A rule file: its text looked at, parsed, and kept for the checks.

use super::version;
use crate::finding::{Finding, Findings, Words};
use crate::language::lift;
use crate::language::page::{Corrected, Page};
use crate::language::tokens::scan;
use crate::language::tree::{At, Expr, Script};
use crate::language::{codes, source};
use crate::project::SourceFile;
use crate::value::Text;
use std::sync::Arc;

/// A rule file after parsing.
pub(super) struct RuleFile {
    /// `<folder>.<file stem>`
    pub(super) id: Text,
    pub(super) path: Arc<str>,
    pub(super) text: Arc<str>,
    /// See [`version::of_source`].
    pub(super) version: Text,
    /// What it says; `None` when it could not be parsed.
    pub(super) script: Option<Script>,
    /// What there was to say before the check.
    pub(super) findings: Findings,
}

impl RuleFile {
    pub(super) fn read(file: &SourceFile) -> Self {
        let page = Page::rule(&file.path, &file.text);
        let tokens = scan(&file.text);
        let mut script = None;
        if source::check(&page, &tokens) {
            match lift::script(&file.text, &tokens) {
                Ok(read) => script = Some(read),
                Err(syntax) => page.push(syntax_finding(&page, *syntax)),
            }
        }
        Self {
            id: id_of(&file.path),
            path: file.path.clone(),
            text: file.text.clone(),
            version: version::of_source(&tokens),
            script,
            findings: page.take(),
        }
    }
}

/// `rules/fraud/new_payee.rhai` is `fraud.new_payee`.
fn id_of(path: &str) -> Text {
    let inner = path.strip_prefix("rules/").unwrap_or(path);
    let stem = inner.strip_suffix(".rhai").unwrap_or(inner);
    stem.replace('/', ".").into()
}

fn syntax_finding(page: &Page, syntax: lift::Syntax) -> Finding {
    let corrected = syntax.insert.and_then(|new| page.inserted(syntax.at, new));
    let Words { en, zh } = syntax.cause;
    let mut finding = page.error(syntax.code, syntax.at, en, zh);
    finding.fix = Some(syntax.fix);
    finding.maybe_corrected(corrected)
}

/// Parses an expression of a catalogue file; `None` when something was said instead.
pub(super) fn expression(page: &Page) -> Option<Expr> {
    let text = page.text();
    let tokens = scan(&text);
    if !source::check(page, &tokens) {
        return None;
    }
    if tokens.is_empty() {
        page.push(
            page.error(
                codes::SYNTAX,
                At { line: 1, column: 1 },
                "the expression is empty".to_owned(),
                "表达式为空".to_owned(),
            )
            .fix(
                "write a condition, or leave the key out",
                "请写条件，或省略此键",
            ),
        );
        return None;
    }
    match lift::expression(&text, &tokens) {
        Ok(expr) => Some(expr),
        Err(syntax) => {
            page.push(syntax_finding(page, *syntax));
            None
        }
    }
}
