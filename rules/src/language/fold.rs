//! Constants: literals and arithmetic of literals, computed once at load.

use super::print::Constants;
use super::tree::{Expr, ExprKind};
use crate::value::Value;

/// Why an expression is not a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotConstant {
    /// It is not made of literals and constants.
    NotLiteral,
    /// Integers that do not divide.
    Division,
    /// It does not fit, or the operator is not one of numbers.
    Arithmetic,
}

/// The value of a constant expression.
///
/// # Errors
/// It is not constant, or cannot be computed.
pub fn fold(expr: &Expr, constants: &Constants) -> Result<Value, NotConstant> {
    Ok(match &expr.kind {
        ExprKind::Bool(b) => Value::Bool(*b),
        ExprKind::Int(n) => Value::Int(*n),
        ExprKind::Decimal(d) => Value::Decimal(*d),
        ExprKind::Text(t) => Value::Text(t.clone()),
        ExprKind::List(items) => Value::List(
            items
                .iter()
                .map(|item| fold(item, constants))
                .collect::<Result<_, _>>()?,
        ),
        ExprKind::Name(name) => constants
            .get(name)
            .cloned()
            .ok_or(NotConstant::NotLiteral)?,
        ExprKind::Unary(op, operand) => match (op.as_str(), fold(operand, constants)?) {
            ("-", Value::Int(n)) => Value::Int(n.checked_neg().ok_or(NotConstant::Arithmetic)?),
            ("-", Value::Decimal(d)) => Value::Decimal(-d),
            ("+", value @ (Value::Int(_) | Value::Decimal(_))) => value,
            ("!", Value::Bool(b)) => Value::Bool(!b),
            _ => return Err(NotConstant::Arithmetic),
        },
        ExprKind::Binary(op, _, left, right) => {
            arithmetic(op, &fold(left, constants)?, &fold(right, constants)?)?
        }
        _ => return Err(NotConstant::NotLiteral),
    })
}

/// The value of `left op right`.
///
/// # Errors
/// It cannot be computed.
pub fn arithmetic(op: &str, left: &Value, right: &Value) -> Result<Value, NotConstant> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => integers(op, *a, *b),
        (Value::Text(a), Value::Text(b)) if op == "+" => Ok(Value::Text(format!("{a}{b}").into())),
        _ => match (number(left), number(right)) {
            (Some(a), Some(b)) => decimals(op, a, b),
            _ => Err(NotConstant::Arithmetic),
        },
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an integer literal beside a decimal one is meant as a decimal"
)]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Decimal(d) => Some(*d),
        _ => None,
    }
}

fn integers(op: &str, a: i64, b: i64) -> Result<Value, NotConstant> {
    let found = match op {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" if b != 0 && a % b == 0 => a.checked_div(b),
        "/" => return Err(NotConstant::Division),
        "%" => a.checked_rem(b),
        _ => None,
    };
    found.map(Value::Int).ok_or(NotConstant::Arithmetic)
}

fn decimals(op: &str, a: f64, b: f64) -> Result<Value, NotConstant> {
    let found = match op {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        _ => return Err(NotConstant::Arithmetic),
    };
    if found.is_finite() {
        Ok(Value::Decimal(found))
    } else {
        Err(NotConstant::Arithmetic)
    }
}
