//! Operators: which is about what.

use super::{Checker, Ty, Typed};
use crate::language::codes;
use crate::language::print::print;
use crate::language::tree::{At, Expr, ExprKind};
use crate::value::{Type, Value};

fn is_ordering(op: &str) -> bool {
    matches!(op, "<" | "<=" | ">" | ">=")
}

impl Checker<'_> {
    pub(super) fn binary(&mut self, op: &str, op_at: At, left: &Expr, right: &Expr) -> Typed {
        if matches!(op, "==" | "!=") || is_ordering(op) {
            if self.chained(op, left, right) {
                return Typed::of(Type::Bool, left.at);
            }
            let (a, b) = (self.expr(left), self.expr(right));
            self.comparable(op, op_at, &a, &b);
            return Typed::of(Type::Bool, left.at);
        }
        if matches!(op, "&" | "|" | "^" | "<<" | ">>") {
            return self.bits(op, op_at, left, right);
        }
        let (a, b) = (self.expr(left), self.expr(right));
        self.arithmetic(op, op_at, &a, &b)
    }

    /// `1 < x < 10` compares a truth with a number.
    fn chained(&mut self, op: &str, left: &Expr, right: &Expr) -> bool {
        let ExprKind::Binary(first, at, low, middle) = &left.kind else {
            return false;
        };
        if !is_ordering(op) || !is_ordering(first) {
            return false;
        }
        let text = |expr: &Expr| print(expr, self.constants);
        let (low, middle, high) = (text(low), text(middle), text(right));
        let meant = format!("{low} {first} {middle} && {middle} {op} {high}");
        self.page.push(
            self.page
                .error(
                    codes::CHAINED,
                    *at,
                    "comparisons do not chain: this compares true or false with the last value"
                        .to_owned(),
                    "比较不能连写：此处是拿真假值与末项相比".to_owned(),
                )
                .fix(format!("write `{meant}`"), format!("请写 `{meant}`")),
        );
        true
    }

    fn bits(&mut self, op: &str, at: At, left: &Expr, right: &Expr) -> Typed {
        let finding = self.page.error(
            codes::BITS,
            at,
            format!("`{op}` works on bits and is not part of the rule language"),
            format!("`{op}` 是位运算，规则语言没有"),
        );
        let finding = match op {
            "&" => finding.fix("write `&&` for and", "“并且”请写 `&&`"),
            "|" => finding.fix("write `||` for or", "“或者”请写 `||`"),
            _ => finding.fix("multiply or divide", "请用乘除"),
        };
        let corrected = match op {
            "&" => self.page.replaced(at, "&", "&&"),
            "|" => self.page.replaced(at, "|", "||"),
            _ => None,
        };
        self.page
            .push(crate::language::page::Corrected::maybe_corrected(
                finding, corrected,
            ));
        // What stands on both sides has its own findings, unless this operator is their cause.
        self.expr_that(left, true);
        self.expr_that(right, true);
        Typed::wrong(left.at)
    }

    pub(super) fn unary(&mut self, op: &str, operand: &Expr, at: At) -> Typed {
        let typed = self.expr(operand);
        match &typed.ty {
            Ty::Wrong => typed,
            Ty::Of(Type::Int | Type::Decimal | Type::Money(_) | Type::Duration) => {
                let literal = match (op, &typed.literal) {
                    ("-", Some(Value::Int(n))) => n.checked_neg().map(Value::Int),
                    ("-", Some(Value::Decimal(d))) => Some(Value::Decimal(-d)),
                    (_, literal) => literal.clone(),
                };
                Typed {
                    literal,
                    at,
                    ..typed
                }
            }
            _ => {
                self.page.push(self.page.error(
                    codes::ARITHMETIC,
                    at,
                    format!("`{op}` is not for {}", typed.ty.en()),
                    format!("`{op}` 不能用于 {}", typed.ty.zh()),
                ));
                Typed::wrong(at)
            }
        }
    }

    pub(super) fn range(&mut self, from: &Expr, to: &Expr, at: At) -> Typed {
        for end in [from, to] {
            let typed = self.expr(end);
            if !matches!(typed.ty, Ty::Of(Type::Int) | Ty::Wrong) {
                self.page.push(
                    self.page
                        .error(
                            codes::NOT_COMPARABLE,
                            typed.at,
                            format!(
                                "a range goes from integer to integer, and this is {}",
                                typed.ty.en()
                            ),
                            format!("区间的两端须为整数，而这是 {}", typed.ty.zh()),
                        )
                        .fix("write `x >= 1 && x < 5`", "请写 `x >= 1 && x < 5`"),
                );
                return Typed::wrong(at);
            }
        }
        Typed::new(Ty::Range(Type::Int), at)
    }
}
