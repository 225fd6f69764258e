//! Derived expressions and segments in the order they need each other, and those that go in circles.

use crate::language::tree::{Expr, ExprKind, Stmt, StmtKind};
use crate::value::Text;
use std::collections::{BTreeMap, BTreeSet};

/// The names behind `event.` and `customer.` in an expression.
pub(super) fn names(expr: &Expr) -> BTreeSet<Text> {
    let mut found = BTreeSet::new();
    collect(expr, &mut found);
    found
}

fn collect(expr: &Expr, found: &mut BTreeSet<Text>) {
    let mut all = |items: &[Expr]| items.iter().for_each(|item| collect(item, found));
    match &expr.kind {
        ExprKind::Property(base, name, _) => {
            if let ExprKind::Name(_) = base.kind {
                found.insert(name.clone());
            }
            collect(base, found);
        }
        ExprKind::Method(base, _, _, args) => {
            all(args);
            collect(base, found);
        }
        ExprKind::Template(items)
        | ExprKind::List(items)
        | ExprKind::Call(_, items)
        | ExprKind::And(items)
        | ExprKind::Or(items)
        | ExprKind::Fallback(items) => all(items),
        ExprKind::Unary(_, operand) => collect(operand, found),
        ExprKind::Index(a, b) | ExprKind::Binary(_, _, a, b) => {
            collect(a, found);
            collect(b, found);
        }
        ExprKind::In { needle, hay, .. } => {
            collect(needle, found);
            collect(hay, found);
        }
        ExprKind::Range { from, to, .. } => {
            collect(from, found);
            collect(to, found);
        }
        ExprKind::Map(members) => members.iter().for_each(|(_, _, v)| collect(v, found)),
        ExprKind::Block(body) => {
            for stmt in body {
                if let Stmt {
                    kind: StmtKind::Expr(inner),
                    ..
                } = stmt
                {
                    collect(inner, found);
                }
            }
        }
        _ => {}
    }
}

/// An order in which every name stands behind those it needs, and the names that need themselves.
pub(super) fn sorted(needs: &BTreeMap<Text, BTreeSet<Text>>) -> (Vec<Text>, BTreeSet<Text>) {
    let mut order = Vec::new();
    let mut left: BTreeMap<&Text, BTreeSet<&Text>> = needs
        .iter()
        .map(|(name, all)| {
            (
                name,
                all.iter().filter(|n| needs.contains_key(*n)).collect(),
            )
        })
        .collect();
    loop {
        let free = left.iter().filter(|(_, all)| all.is_empty());
        let ready: Vec<&Text> = free.map(|(name, _)| *name).collect();
        if ready.is_empty() {
            break;
        }
        for name in ready {
            left.remove(name);
            for all in left.values_mut() {
                all.remove(name);
            }
            order.push(name.clone());
        }
    }
    // What is left goes in circles or waits for one; the former can reach itself.
    let reaches_itself = |start: &Text| {
        let mut seen: BTreeSet<&Text> = BTreeSet::new();
        let mut open: Vec<&Text> = left.get(start).into_iter().flatten().copied().collect();
        while let Some(name) = open.pop() {
            if name == start {
                return true;
            }
            if seen.insert(name) {
                open.extend(left.get(name).into_iter().flatten().copied());
            }
        }
        false
    };
    let circles = left
        .keys()
        .filter(|name| reaches_itself(name))
        .map(|name| (*name).clone())
        .collect();
    order.extend(left.keys().map(|name| (*name).clone()));
    (order, circles)
}
