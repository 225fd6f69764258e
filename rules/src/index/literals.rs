//! Literals, and what they are beside a slot.

use super::atoms::Key;
use super::measure::{Number, ordered};
use crate::decimal::Decimal;
use crate::language::tree::{Expr, ExprKind};
use crate::value::{Text, Type, Value};

/// The value of a literal or constant.
pub(super) fn literal(constants: &[(Text, Value)], expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::Bool(b) => Value::Bool(*b),
        ExprKind::Int(n) => Value::Int(*n),
        ExprKind::Decimal(d) => Value::Decimal(*d),
        ExprKind::Text(text) => Value::Text(text.clone()),
        ExprKind::List(items) => {
            let items: Option<Vec<Value>> = items.iter().map(|i| literal(constants, i)).collect();
            Value::List(items?)
        }
        ExprKind::Unary(op, inner) if op == "-" => match literal(constants, inner)? {
            Value::Int(n) => Value::Int(n.checked_neg()?),
            Value::Decimal(d) => Value::Decimal(-d),
            _ => return None,
        },
        ExprKind::Property(base, unit, _) => match literal(constants, base)? {
            Value::Int(n) => Value::Duration(n.checked_mul(crate::lower::unit(unit)?)?),
            _ => return None,
        },
        ExprKind::Name(name) => {
            let known = constants.iter().find(|(known, _)| known == name);
            known.map(|(_, value)| value.clone())?
        }
        _ => return None,
    })
}

/// How slots of that type are ordered, where they are.
pub(super) fn number(ty: &Type) -> Option<Number> {
    Some(match ty {
        Type::Int => Number::Int,
        Type::Decimal => Number::Decimal,
        Type::Money(currency) => Number::Money(*currency),
        Type::Duration => Number::Duration,
        Type::Time => Number::Time,
        Type::Date => Number::Date,
        _ => return None,
    })
}

/// A literal beside a slot of that type, in the slot's own order.
pub(super) fn key(ty: &Type, value: &Value) -> Option<Key> {
    let number = match (ty, value) {
        (Type::Text | Type::Symbol(_) | Type::Ref(_), Value::Text(word)) => {
            return Some(Key::Word(word.clone()));
        }
        (Type::Int, Value::Int(n)) | (Type::Duration, Value::Duration(n)) => *n,
        (Type::Decimal, Value::Decimal(d)) => ordered(*d)?,
        (Type::Decimal, Value::Int(n)) => {
            // Up to 2^53 a whole number is itself as a double.
            let small = i32::try_from(*n).ok()?;
            ordered(f64::from(small))?
        }
        (Type::Money(currency), Value::Int(n)) => {
            let units = i128::from(*n);
            minor(Decimal { units, scale: 0 }, currency.digits())?
        }
        (Type::Money(currency), Value::Decimal(d)) => {
            minor(Decimal::from_literal(*d)?, currency.digits())?
        }
        _ => return None,
    };
    Some(Key::Number(number))
}

fn minor(major: Decimal, digits: u8) -> Option<i64> {
    i64::try_from(major.rescaled(digits)?).ok()
}
