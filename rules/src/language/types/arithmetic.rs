//! `+ - * / % **`: between which types, and what comes out.

use super::{Checker, Ty, Typed};
use crate::finding::Finding;
use crate::language::codes;
use crate::language::page::Corrected;
use crate::language::tree::At;
use crate::value::{Type, Value};

impl Checker<'_> {
    pub(super) fn arithmetic(&mut self, op: &str, op_at: At, a: &Typed, b: &Typed) -> Typed {
        let at = a.at;
        if a.is_wrong() || b.is_wrong() {
            return Typed::wrong(at);
        }
        let outcome = match (&a.ty, &b.ty) {
            (Ty::Of(left), Ty::Of(right)) => self.result_type(op, op_at, (left, a), (right, b)),
            _ => None,
        };
        let finding = match outcome {
            Some(Ok(ty)) => {
                let mut typed = Typed::of(ty, at);
                typed.literal = folded(op, a, b);
                return typed;
            }
            Some(Err(finding)) => *finding,
            None => self.page.error(
                codes::ARITHMETIC,
                op_at,
                format!("`{op}` is not between {} and {}", a.ty.en(), b.ty.en()),
                format!("{} 与 {} 之间不能用 `{op}`", a.ty.zh(), b.ty.zh()),
            ),
        };
        self.page.push(finding);
        Typed::wrong(at)
    }

    /// The type of the result, a finding of its own, or `None`: there is no such operator.
    fn result_type(
        &self,
        op: &str,
        op_at: At,
        (left, a): (&Type, &Typed),
        (right, b): (&Type, &Typed),
    ) -> Option<Result<Type, Box<Finding>>> {
        use Type as T;
        let is = |ops: &str| ops.split(' ').any(|known| known == op);
        Some(match (left, right) {
            (T::Int | T::Decimal, T::Int | T::Decimal) if is("/ %") && is_zero(b) => {
                Err(Box::new(self.by_zero(op_at)))
            }
            (T::Int, T::Int) if op == "/" => return Some(self.integer_division(op_at, a, b)),
            (T::Int, T::Int) if is("+ - * % **") => Ok(T::Int),
            (T::Int | T::Decimal, T::Int | T::Decimal) if is("+ - * / % **") => Ok(T::Decimal),
            (T::Money(_), _) if op == "/" => Err(Box::new(self.money_division(op_at))),
            (_, T::Money(_)) if op == "/" => Err(Box::new(self.money_division(op_at))),
            (T::Money(c), T::Money(d)) if is("+ -") && c == d => Ok(T::Money(*c)),
            (T::Money(c), T::Money(d)) if is("+ -") => Err(Box::new(
                self.page
                    .error(
                        codes::CURRENCIES,
                        op_at,
                        format!("{} and {} do not add up", c.code(), d.code()),
                        format!("{} 与 {} 不能相加减", c.code(), d.code()),
                    )
                    .fix("add amounts of one currency", "请加减同一币种的金额"),
            )),
            (T::Money(c), number @ (T::Int | T::Decimal)) if op == "*" => {
                self.factor(number, b).map(|()| T::Money(*c))
            }
            (number @ (T::Int | T::Decimal), T::Money(c)) if op == "*" => {
                self.factor(number, a).map(|()| T::Money(*c))
            }
            (T::Money(c), T::Int | T::Decimal) if is("+ -") => self.amount(*c, b),
            (T::Int | T::Decimal, T::Money(c)) if is("+ -") => self.amount(*c, a),
            (T::Duration, T::Duration) if is("+ -") => Ok(T::Duration),
            (T::Duration, T::Int) | (T::Int, T::Duration) if op == "*" => Ok(T::Duration),
            (T::Time, T::Duration) if is("+ -") => Ok(T::Time),
            (T::Duration, T::Time) if op == "+" => Ok(T::Time),
            (T::Time, T::Time) if op == "-" => Ok(T::Duration),
            (T::Text | T::Symbol(_), T::Text | T::Symbol(_)) if op == "+" => Ok(T::Text),
            (T::Text, _) | (_, T::Text) if op == "+" => Err(Box::new(
                self.page
                    .error(
                        codes::ARITHMETIC,
                        op_at,
                        format!("`+` is not between {left} and {right}"),
                        format!("{left} 与 {right} 之间不能用 `+`"),
                    )
                    .fix(
                        "write a text with places: `` `… ${event.amount}` ``",
                        "请用带占位的文本：`` `… ${event.amount}` ``",
                    ),
            )),
            _ => return None,
        })
    }

    fn integer_division(&self, at: At, a: &Typed, b: &Typed) -> Result<Type, Box<Finding>> {
        if let (Some(Value::Int(n)), Some(Value::Int(m))) = (&a.literal, &b.literal)
            && *m != 0
            && n % m == 0
        {
            return Ok(Type::Int);
        }
        let finding = self.page.error(
            codes::DIVISION,
            at,
            "an integer divided by an integer loses its rest: `5 / 2` is 2".to_owned(),
            "整数相除会丢掉余数：`5 / 2` 得 2".to_owned(),
        );
        let finding = match &b.literal {
            Some(Value::Int(n)) => finding
                .fix(format!("write `/ {n}.0`"), format!("请写 `/ {n}.0`"))
                .maybe_corrected(self.page.replaced(b.at, &n.to_string(), &format!("{n}.0"))),
            _ => finding.fix(
                "multiply the other side instead, or use `a.share_of(b)`",
                "请把乘法移到另一侧，或用 `a.share_of(b)`",
            ),
        };
        Err(Box::new(finding))
    }

    fn by_zero(&self, at: At) -> Finding {
        self.page
            .error(
                codes::DIVISION,
                at,
                "nothing can be divided by zero".to_owned(),
                "不能除以零".to_owned(),
            )
            .fix("write another divisor", "请改写除数")
    }

    fn money_division(&self, at: At) -> Finding {
        self.page
            .error(
                codes::MONEY_DIVISION,
                at,
                "money is not divided: the rest would be lost".to_owned(),
                "金额不能相除：余数会丢失".to_owned(),
            )
            .fix(
                "write `a.share_of(b)` for a share, or multiply: `a * 0.2`",
                "求占比请写 `a.share_of(b)`，或用乘法：`a * 0.2`",
            )
    }

    /// Money times an integer, or times a decimal literal, is exact.
    fn factor(&self, ty: &Type, number: &Typed) -> Result<(), Box<Finding>> {
        if *ty == Type::Int || number.literal.is_some() {
            return Ok(());
        }
        Err(Box::new(
            self.page
                .error(
                    codes::ARITHMETIC,
                    number.at,
                    "money times a decimal is exact only for a literal".to_owned(),
                    "金额只有乘以字面小数才精确".to_owned(),
                )
                .fix(
                    "write the factor as a literal: `* 0.2`",
                    "请把系数写成字面值：`* 0.2`",
                ),
        ))
    }

    fn amount(
        &self,
        currency: crate::money::Currency,
        number: &Typed,
    ) -> Result<Type, Box<Finding>> {
        let shown = number.literal.as_ref().map(crate::language::print::literal);
        let finding = self.page.error(
            codes::ARITHMETIC,
            number.at,
            "a bare number is not added to money".to_owned(),
            "金额不能与不带币种的数相加减".to_owned(),
        );
        let shown = shown.unwrap_or_else(|| "…".to_owned());
        let code = currency.code();
        Err(Box::new(finding.fix(
            format!("write `money(\"{shown} {code}\")`"),
            format!("请写 `money(\"{shown} {code}\")`"),
        )))
    }
}

fn is_zero(number: &Typed) -> bool {
    match number.literal {
        Some(Value::Int(n)) => n == 0,
        Some(Value::Decimal(d)) => d == 0.0,
        _ => false,
    }
}

/// The literal that comes out of two literals.
fn folded(op: &str, a: &Typed, b: &Typed) -> Option<Value> {
    crate::language::fold::arithmetic(op, a.literal.as_ref()?, b.literal.as_ref()?).ok()
}
