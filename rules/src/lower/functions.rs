//! Functions that take values and give a value.

use super::code::{Code, Fun, Node};
use super::membership::LIST_MEMBERS;
use super::operators::{ZERO, widened};
use crate::money::Money;
use crate::value::{Text, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// A function of one value; `None` where the language has none.
pub(super) fn of_one(name: &str, a: Node) -> Option<Node> {
    if let Code::Either(test, x, y) = a.code {
        return super::code::choose(test, of_one(name, *x)?, of_one(name, *y)?);
    }
    let code = match (name, a.code) {
        ("abs", Code::Int(a)) => Code::Int(Arc::new(move |f| a(f)?.checked_abs())),
        ("abs", Code::Decimal(a)) => Code::Decimal(Arc::new(move |f| a(f).map(f64::abs))),
        ("abs", Code::Money(a)) => Code::Money(Arc::new(move |f| {
            let money = a(f)?;
            match money.compare_major(ZERO)? {
                Ordering::Less => money.times_int(-1),
                _ => Some(money),
            }
        })),
        ("round", Code::Int(a)) => Code::Int(a),
        ("round", Code::Money(a)) => Code::Money(Arc::new(move |f| {
            let money = a(f)?;
            Some(Money::minor(money.to_minor()?, money.currency()))
        })),
        ("round", Code::Decimal(a)) => {
            Code::Decimal(Arc::new(move |f| a(f).map(f64::round_ties_even)))
        }
        ("len", Code::Text(a)) => Code::Int(Arc::new(move |f| {
            let text = a(f)?;
            f.spend(text.len())?;
            i64::try_from(text.chars().count()).ok()
        })),
        ("len", Code::Other(a)) => Code::Int(Arc::new(move |f| match a(f)? {
            Value::List(items) if items.len() <= LIST_MEMBERS => i64::try_from(items.len()).ok(),
            _ => None,
        })),
        _ => return None,
    };
    Some(Node::new(code, false))
}

/// The same of two values.
pub(super) fn of_two(name: &str, a: Node, b: Node) -> Option<Node> {
    let total = a.total && b.total;
    let text = |test: fn(&str, &str) -> bool, a: Fun<Text>, b: Fun<Text>| -> Fun<bool> {
        Arc::new(move |f| {
            let a = a(f)?;
            Some(test(&a, &b(f)?))
        })
    };
    Some(match (name, a.code, b.code) {
        ("min" | "max", a, b) => extreme(name == "min", a, b)?,
        ("share_of", a, b) => share(a, b)?,
        ("starts_with", Code::Text(a), Code::Text(b)) => {
            Node::truth(text(|a, b| a.starts_with(b), a, b), total)
        }
        ("ends_with", Code::Text(a), Code::Text(b)) => {
            Node::truth(text(|a, b| a.ends_with(b), a, b), total)
        }
        ("contains", Code::Text(a), Code::Text(b)) => {
            let fun: Fun<bool> = Arc::new(move |f| {
                let (a, b) = (a(f)?, b(f)?);
                f.spend(a.len())?;
                Some(a.contains(b.as_str()))
            });
            Node::truth(fun, false)
        }
        _ => return None,
    })
}

/// The smaller or the larger one; of two equal ones the first.
fn extreme(smaller: bool, a: Code, b: Code) -> Option<Node> {
    fn best<T: Copy + 'static>(
        smaller: bool,
        a: Fun<T>,
        b: Fun<T>,
        order: fn(T, T) -> Option<Ordering>,
    ) -> Fun<T> {
        Arc::new(move |f| {
            let (a, b) = (a(f)?, b(f)?);
            let order = order(a, b)?;
            let first = if smaller {
                order.is_le()
            } else {
                order.is_ge()
            };
            Some(if first { a } else { b })
        })
    }
    let whole = |a: i64, b: i64| Some(a.cmp(&b));
    let code = match (a, b) {
        (Code::Int(a), Code::Int(b)) => Code::Int(best(smaller, a, b, whole)),
        (Code::Span(a), Code::Span(b)) => Code::Span(best(smaller, a, b, whole)),
        (Code::Decimal(a), Code::Decimal(b)) => {
            Code::Decimal(best(smaller, a, b, |a, b| a.partial_cmp(&b)))
        }
        (Code::Money(a), Code::Money(b)) => Code::Money(best(smaller, a, b, Money::compare)),
        (Code::Int(n), Code::Decimal(d)) | (Code::Decimal(d), Code::Int(n)) => {
            let n = widened(n);
            Code::Decimal(Arc::new(move |f| {
                let (d, n) = (d(f)?, n(f)?);
                Some(if smaller { d.min(n) } else { d.max(n) })
            }))
        }
        _ => return None,
    };
    Some(Node::new(code, false))
}

/// The part as a fraction of the whole; of nothing it is 0.
fn share(a: Code, b: Code) -> Option<Node> {
    fn decimal(code: Code) -> Option<Fun<f64>> {
        match code {
            Code::Decimal(fun) => Some(fun),
            Code::Int(fun) => Some(widened(fun)),
            _ => None,
        }
    }
    let fun: Fun<f64> = match (a, b) {
        (Code::Money(a), Code::Money(b)) => Arc::new(move |f| {
            let (part, whole) = (a(f)?, b(f)?);
            if part.currency() == whole.currency() && whole.compare_major(ZERO)?.is_eq() {
                return Some(0.0);
            }
            part.share_of(whole)
        }),
        (a @ (Code::Int(_) | Code::Decimal(_)), b @ (Code::Int(_) | Code::Decimal(_))) => {
            let (a, b) = (decimal(a)?, decimal(b)?);
            Arc::new(move |f| {
                let (part, whole) = (a(f)?, b(f)?);
                if whole == 0.0 {
                    return Some(0.0);
                }
                Some(part / whole).filter(|share| share.is_finite())
            })
        }
        _ => return None,
    };
    Some(Node::new(Code::Decimal(fun), false))
}
