//! Timers that rules set with `remind`: each is an event type of its own.

use super::file::RuleFile;
use crate::catalogue::{Catalogue, EventType, Extra, Family};
use crate::finding::{Place, Words};
use crate::language::tree::{Arm, Expr, ExprKind, Stmt, StmtKind};
use crate::value::Text;
use std::collections::BTreeMap;

/// Appends `timer.<name>` for every name that some rule reminds of.
pub(super) fn declare(files: &[RuleFile], catalogue: &mut Catalogue) {
    let mut names: BTreeMap<Text, Place> = BTreeMap::new();
    for file in files {
        let functions = file.script.iter().flat_map(|script| &script.functions);
        for function in functions {
            let mut walk = |name: &Text, at: crate::language::tree::At| {
                let place = || Place::at(file.path.clone(), at.line, at.column);
                names.entry(name.clone()).or_insert_with(place);
            };
            body(&function.body, &mut walk);
        }
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

type Meet<'a> = dyn FnMut(&Text, crate::language::tree::At) + 'a;

fn body(statements: &[Stmt], meet: &mut Meet<'_>) {
    for stmt in statements {
        statement(stmt, meet);
    }
}

fn statement(stmt: &Stmt, meet: &mut Meet<'_>) {
    match &stmt.kind {
        StmtKind::Let { value, .. } | StmtKind::Assign { value, .. } => expr(value, meet),
        StmtKind::If {
            then, otherwise, ..
        } => {
            body(then, meet);
            body(otherwise.as_deref().unwrap_or_default(), meet);
        }
        StmtKind::Switch { arms, .. } => {
            for Arm { body: arm, .. } in arms {
                body(arm, meet);
            }
        }
        StmtKind::Loop(_, inner) | StmtKind::For { body: inner, .. } | StmtKind::Block(inner) => {
            body(inner, meet);
        }
        StmtKind::Return(Some(value)) | StmtKind::Expr(value) => expr(value, meet),
        _ => {}
    }
}

fn expr(value: &Expr, meet: &mut Meet<'_>) {
    match &value.kind {
        ExprKind::Call(name, args) if name == "remind" => {
            if let Some(Expr {
                kind: ExprKind::Text(name),
                at,
            }) = args.first()
            {
                meet(name, *at);
            }
        }
        ExprKind::Block(inner) => body(inner, meet),
        _ => {}
    }
}
