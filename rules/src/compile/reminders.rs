//! Timers that rules set with `remind`: each is an event type of its own.

use super::file::RuleFile;
use crate::catalogue::{Catalogue, EventType, Extra, Family};
use crate::finding::{Place, Words};
use crate::language::tree::{Arm, At, Expr, ExprKind, Stmt, StmtKind};
use crate::value::Text;
use std::collections::BTreeMap;

/// Appends `timer.<name>` for every name that some rule reminds of.
pub(super) fn declare(files: &[RuleFile], catalogue: &mut Catalogue) {
    let mut names: BTreeMap<Text, Place> = BTreeMap::new();
    for file in files {
        calls(file, &["remind"], &mut |name, at| {
            let place = || Place::at(file.path.clone(), at.line, at.column);
            names.entry(name.clone()).or_insert_with(place);
        });
    }
    for (name, place) in names {
        let name: Text = format!("timer.{name}").into();
        if catalogue.event_named(&name).is_some() {
            continue;
        }
        catalogue.events.push(EventType {
            title: Words::new(name.as_str(), name.as_str()),
            name,
            family: Family::Timer,
            fields: Vec::new(),
            extra: Extra::Ignore,
            answer: None,
            lateness: None,
            admission: None,
            place,
        });
    }
}

type Meet<'a> = dyn FnMut(&Text, At) + 'a;

/// Every call of these marks in the functions of a rule, by the name it is about and where that stands.
pub(super) fn calls(file: &RuleFile, marks: &[&str], meet: &mut Meet<'_>) {
    let functions = file.script.iter().flat_map(|script| &script.functions);
    for function in functions {
        body(&function.body, marks, meet);
    }
}

fn body(statements: &[Stmt], marks: &[&str], meet: &mut Meet<'_>) {
    for stmt in statements {
        statement(stmt, marks, meet);
    }
}

fn statement(stmt: &Stmt, marks: &[&str], meet: &mut Meet<'_>) {
    match &stmt.kind {
        StmtKind::Let { value, .. } | StmtKind::Assign { value, .. } => expr(value, marks, meet),
        StmtKind::If {
            then, otherwise, ..
        } => {
            body(then, marks, meet);
            body(otherwise.as_deref().unwrap_or_default(), marks, meet);
        }
        StmtKind::Switch { arms, .. } => {
            for Arm { body: arm, .. } in arms {
                body(arm, marks, meet);
            }
        }
        StmtKind::Loop(_, inner) | StmtKind::For { body: inner, .. } | StmtKind::Block(inner) => {
            body(inner, marks, meet);
        }
        StmtKind::Return(Some(value)) | StmtKind::Expr(value) => expr(value, marks, meet),
        _ => {}
    }
}

fn expr(value: &Expr, marks: &[&str], meet: &mut Meet<'_>) {
    match &value.kind {
        ExprKind::Call(mark, args) if marks.contains(&mark.as_str()) => {
            if let Some(Expr {
                kind: ExprKind::Text(name),
                at,
            }) = args.first()
            {
                meet(name, *at);
            }
        }
        ExprKind::Block(inner) => body(inner, marks, meet),
        _ => {}
    }
}
