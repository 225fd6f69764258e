//! `x ?? literal`.

use super::{Checker, Ty, Typed};
use crate::language::codes;
use crate::language::print::print;
use crate::language::tree::{At, Expr, ExprKind};
use crate::value::{Type, Value};
use std::cmp::Ordering;

impl Checker<'_> {
    pub(super) fn fallback(&mut self, items: &[Expr], at: At) -> Typed {
        let Some((last, before)) = items.split_last() else {
            return Typed::wrong(at);
        };
        let mut found = Typed::wrong(at);
        for item in before {
            let typed = self.expr_that(item, true);
            if typed.is_wrong() {
                self.expr_that(last, true);
                return typed;
            }
            if !typed.missing {
                self.never_missing(item, at);
            }
            found = typed;
        }
        let end = self.expr_that(last, true);
        if end.is_wrong() {
            return end;
        }
        if end.literal.is_none() {
            self.page.push(
                self.page
                    .error(
                        codes::FALLBACK,
                        last.at,
                        "behind `??` stands a literal, so that the value is never missing"
                            .to_owned(),
                        "`??` 之后须为字面值，这样才不会缺失".to_owned(),
                    )
                    .fix(
                        "write a literal, or guard with `has(\"…\") &&`",
                        "请写字面值，或用 `has(\"…\") &&` 作前置判断",
                    ),
            );
            return Typed::wrong(at);
        }
        if !self.fits(&found, &end) {
            return Typed::wrong(at);
        }
        Typed {
            missing: false,
            literal: None,
            at,
            ..found
        }
    }

    /// A literal in the place of a value: comparable, and for money exact.
    fn fits(&mut self, value: &Typed, literal: &Typed) -> bool {
        if let (Ty::Of(Type::Decimal), Ty::Of(Type::Int)) = (&value.ty, &literal.ty) {
            return true;
        }
        self.equal_types(value, literal)
    }

    fn never_missing(&self, item: &Expr, at: At) {
        let text = print(item, self.constants);
        self.page.push(
            self.page
                .warning(
                    codes::NEVER_MISSING,
                    at,
                    format!("`{text}` is never missing, so `??` does nothing"),
                    format!("`{text}` 不会缺失，`??` 不起作用"),
                )
                .fix("leave `??` out", "请省略 `??`"),
        );
    }

    /// In the `&&` of a condition, a fallback that makes the comparison true lets everybody through
    /// who has no value. Said only where it is proved.
    pub(super) fn pointless_fallback(&mut self, item: &Expr) {
        if self.role != super::Role::Rule(crate::rule::Function::When) {
            return;
        }
        let proved = match &item.kind {
            ExprKind::Fallback(_) => self.fallback_value(item).map(|v| v == Value::Bool(true)),
            ExprKind::Binary(op, _, left, right) => self.compared(op, left, right),
            ExprKind::In {
                negated,
                needle,
                hay,
            } => self.member(needle, hay).map(|inside| inside != *negated),
            _ => None,
        };
        if proved == Some(true) {
            self.page.push(
                self.page
                    .warning(
                        codes::FALLBACK_TRUE,
                        item.at,
                        "this condition is true for every customer without a value".to_owned(),
                        "没有该值的客户都会满足此条件".to_owned(),
                    )
                    .fix(
                        "choose a fallback that makes it false, or guard with `has(\"…\") &&`",
                        "请选用使其为假的后备值，或用 `has(\"…\") &&` 作前置判断",
                    ),
            );
        }
    }

    fn fallback_value(&self, expr: &Expr) -> Option<Value> {
        match &expr.kind {
            ExprKind::Fallback(items) => self.quiet_literal(items.last()?),
            _ => None,
        }
    }

    fn compared(&self, op: &str, left: &Expr, right: &Expr) -> Option<bool> {
        let value = |expr: &Expr| {
            self.fallback_value(expr)
                .or_else(|| self.quiet_literal(expr))
        };
        self.fallback_value(left).or(self.fallback_value(right))?;
        let order = order(&value(left)?, &value(right)?)?;
        Some(match op {
            "==" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            ">=" => order != Ordering::Less,
            _ => return None,
        })
    }

    fn member(&self, needle: &Expr, hay: &Expr) -> Option<bool> {
        let value = self.fallback_value(needle)?;
        match &hay.kind {
            ExprKind::Range { from, to, closed } => {
                let from = order(&self.quiet_literal(from)?, &value)?;
                let to = order(&value, &self.quiet_literal(to)?)?;
                let below = to == Ordering::Less || (*closed && to == Ordering::Equal);
                Some(from != Ordering::Greater && below)
            }
            _ => match self.quiet_literal(hay)? {
                Value::List(items) => Some(items.contains(&value)),
                _ => None,
            },
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "two literals of a warning, compared roughly"
)]
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Decimal(b)) => (*a as f64).partial_cmp(b),
        (Value::Decimal(a), Value::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Value::Text(a), Value::Text(b)) => Some(a.as_str().cmp(b.as_str())),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
