//! Conditions of patterns as they are compiled: a step is a word behind `event`.

use crate::language::tree::{Expr, ExprKind};
use crate::language::types::StepName;

/// The same expression with each step behind `event`.
pub(super) fn behind_event(expr: &Expr, steps: &[StepName]) -> Expr {
    let again = |inner: &Expr| behind_event(inner, steps);
    let boxed = |inner: &Expr| Box::new(behind_event(inner, steps));
    let all = |items: &[Expr]| items.iter().map(again).collect::<Vec<Expr>>();
    let kind = match &expr.kind {
        ExprKind::Name(name) => match steps.iter().find(|step| step.name == *name) {
            Some(StepName {
                hidden: Some(hidden),
                ..
            }) => {
                let event = Expr {
                    kind: ExprKind::Name("event".into()),
                    at: expr.at,
                };
                ExprKind::Property(Box::new(event), hidden.clone(), expr.at)
            }
            _ => ExprKind::Name(name.clone()),
        },
        ExprKind::Property(base, name, at) => ExprKind::Property(boxed(base), name.clone(), *at),
        ExprKind::Method(base, name, at, args) => {
            ExprKind::Method(boxed(base), name.clone(), *at, all(args))
        }
        ExprKind::Index(base, place) => ExprKind::Index(boxed(base), boxed(place)),
        ExprKind::Call(name, args) => ExprKind::Call(name.clone(), all(args)),
        ExprKind::Unary(op, inner) => ExprKind::Unary(op.clone(), boxed(inner)),
        ExprKind::Binary(op, at, left, right) => {
            ExprKind::Binary(op.clone(), *at, boxed(left), boxed(right))
        }
        ExprKind::And(items) => ExprKind::And(all(items)),
        ExprKind::Or(items) => ExprKind::Or(all(items)),
        ExprKind::Fallback(items) => ExprKind::Fallback(all(items)),
        ExprKind::List(items) => ExprKind::List(all(items)),
        ExprKind::Template(parts) => ExprKind::Template(all(parts)),
        ExprKind::In {
            negated,
            needle,
            hay,
        } => ExprKind::In {
            negated: *negated,
            needle: boxed(needle),
            hay: boxed(hay),
        },
        ExprKind::Range { from, to, closed } => ExprKind::Range {
            from: boxed(from),
            to: boxed(to),
            closed: *closed,
        },
        // Maps and blocks are no conditions; all others have nothing inside.
        other => other.clone(),
    };
    Expr { kind, at: expr.at }
}
