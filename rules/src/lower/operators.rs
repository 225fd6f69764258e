//! Comparisons and arithmetic, exactly as the interpreter does them. Where it would raise, there is
//! no value here, and the interpreter says what it has to say.

use super::bound::Bound;
use super::code::{Code, Frame, Fun, Node, choose};
use super::op::Op;
use super::paths::Path;
use crate::decimal::Decimal;
use crate::interpreter::{TEXT_BYTES, mixed};
use crate::money::{Currency, Money};
use crate::value::{Text, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// The comparison of an order; which comparison is known when the code is built.
fn by_order(
    op: Op,
    order: impl Fn(&mut Frame<'_>) -> Option<Ordering> + Send + Sync + 'static,
) -> Fun<bool> {
    match op {
        Op::Eq => Arc::new(move |f| order(f).map(Ordering::is_eq)),
        Op::Ne => Arc::new(move |f| order(f).map(Ordering::is_ne)),
        Op::Lt => Arc::new(move |f| order(f).map(Ordering::is_lt)),
        Op::Le => Arc::new(move |f| order(f).map(Ordering::is_le)),
        Op::Gt => Arc::new(move |f| order(f).map(Ordering::is_gt)),
        Op::Ge => Arc::new(move |f| order(f).map(Ordering::is_ge)),
    }
}

/// `a op b`; `None` where the language has no such comparison.
pub(super) fn compare(op: Op, a: Node, b: Node) -> Option<Node> {
    if let Code::Either(test, x, y) = a.code {
        let (x, y) = (compare(op, *x, b.clone()), compare(op, *y, b));
        return either(test, x, y);
    }
    if let Code::Either(test, x, y) = b.code {
        let (x, y) = (compare(op, a.clone(), *x), compare(op, a, *y));
        return either(test, x, y);
    }
    let constant = a.literal.is_some() && b.literal.is_some();
    let mut total = a.total && b.total;
    if let Some(fun) = with_slot(op, &a, &b).or_else(|| with_slot(op.turned(), &b, &a)) {
        return Some(Node::truth(fun, total));
    }
    let literal = (exact(&a), exact(&b));
    // An amount beyond those of facts is compared with another one, and with nothing else for sure.
    let wide = [&a, &b]
        .into_iter()
        .flat_map(|node| node.bound)
        .any(|b| b.is_wide());
    total &= !wide || (a.bound.is_some() && b.bound.is_some() && literal == (None, None));
    let fun = match (a.code, b.code) {
        (Code::Int(a), Code::Int(b))
        | (Code::Span(a), Code::Span(b))
        | (Code::Time(a), Code::Time(b)) => by_order(op, move |f| {
            let a = a(f)?;
            Some(a.cmp(&b(f)?))
        }),
        (Code::Date(a), Code::Date(b)) => by_order(op, move |f| {
            let a = a(f)?;
            Some(a.cmp(&b(f)?))
        }),
        (Code::Decimal(a), Code::Decimal(b)) => {
            total = false;
            by_order(op, move |f| {
                let a = a(f)?;
                a.partial_cmp(&b(f)?)
            })
        }
        (Code::Int(a), Code::Decimal(b)) => {
            total = false;
            by_order(op, move |f| {
                let a = a(f)?;
                mixed(a, b(f)?)
            })
        }
        (Code::Decimal(a), Code::Int(b)) => {
            total = false;
            by_order(op, move |f| {
                let a = a(f)?;
                mixed(b(f)?, a).map(Ordering::reverse)
            })
        }
        (a, b) => others(op, a, b, literal)?,
    };
    Some(Node::truth(fun, total).folded(constant))
}

/// Comparisons of what is no plain number. `literal`: the sides as an author typed them.
fn others(
    op: Op,
    a: Code,
    b: Code,
    literal: (Option<Decimal>, Option<Decimal>),
) -> Option<Fun<bool>> {
    Some(match (a, b) {
        (Code::Money(a), Code::Money(b)) => by_order(op, move |f| {
            let a = a(f)?;
            a.compare(b(f)?)
        }),
        (Code::Money(a), Code::Int(_) | Code::Decimal(_)) => {
            let major = literal.1?;
            by_order(op, move |f| a(f)?.compare_major(major))
        }
        (Code::Int(_) | Code::Decimal(_), Code::Money(b)) => {
            let major = literal.0?;
            by_order(op.turned(), move |f| b(f)?.compare_major(major))
        }
        (Code::Text(a), Code::Text(b)) => by_order(op, move |f| {
            let a = a(f)?;
            Some(a.as_str().cmp(b(f)?.as_str()))
        }),
        (Code::Bool(a), Code::Bool(b)) if op.is_equality() => by_order(op, move |f| {
            let a = a(f)?;
            Some(a.cmp(&b(f)?))
        }),
        (Code::Ref(a), Code::Ref(b)) if op.is_equality() => by_order(op, move |f| {
            let (a, b) = (a(f)?, b(f)?);
            (a.kind == b.kind).then(|| a.id.as_str().cmp(b.id.as_str()))
        }),
        (Code::Ref(a), Code::Text(b)) | (Code::Text(b), Code::Ref(a)) if op.is_equality() => {
            by_order(op, move |f| {
                let a = a(f)?;
                Some(a.id.as_str().cmp(b(f)?.as_str()))
            })
        }
        _ => return None,
    })
}

/// The commonest comparisons, without a call for either side: a slot with a literal or a slot.
fn with_slot(op: Op, a: &Node, b: &Node) -> Option<Fun<bool>> {
    let Some(Path::Fixed(slot)) = a.path else {
        return None;
    };
    Some(match (&a.code, &b.literal) {
        (Code::Int(_), Some(Value::Int(n))) => {
            let n = *n;
            by_order(op, move |f| match f.facts.get(slot) {
                Value::Int(value) => Some(value.cmp(&n)),
                _ => None,
            })
        }
        (Code::Span(_), Some(Value::Duration(n))) => {
            let n = *n;
            by_order(op, move |f| match f.facts.get(slot) {
                Value::Duration(value) => Some(value.cmp(&n)),
                _ => None,
            })
        }
        (Code::Decimal(_), Some(Value::Decimal(d))) => {
            let d = *d;
            by_order(op, move |f| match f.facts.get(slot) {
                Value::Decimal(value) => value.partial_cmp(&d),
                _ => None,
            })
        }
        (Code::Money(_), Some(Value::Int(_) | Value::Decimal(_))) => {
            let major = exact(b)?;
            let minor: Vec<Option<i128>> = (0..=4).map(|digits| major.rescaled(digits)).collect();
            by_order(op, move |f| match f.facts.get(slot) {
                Value::Money(money) => {
                    let digits = usize::from(money.currency().digits());
                    match (money.whole(), minor.get(digits).copied().flatten()) {
                        (Some(units), Some(minor)) => Some(i128::from(units).cmp(&minor)),
                        _ => money.compare_major(major),
                    }
                }
                _ => None,
            })
        }
        (Code::Text(_), Some(Value::Text(word))) if op.is_equality() => {
            let (word, is) = (word.clone(), op == Op::Eq);
            Arc::new(move |f| match f.facts.get(slot) {
                Value::Text(text) => Some((text.as_str() == word.as_str()) == is),
                _ => None,
            })
        }
        (Code::Ref(_), Some(Value::Text(word))) if op.is_equality() => {
            let (word, is) = (word.clone(), op == Op::Eq);
            Arc::new(move |f| match f.facts.get(slot) {
                Value::Ref(key) => Some((key.id.as_str() == word.as_str()) == is),
                _ => None,
            })
        }
        _ => return two_slots(op, a, b),
    })
}

fn two_slots(op: Op, a: &Node, b: &Node) -> Option<Fun<bool>> {
    let (Some(Path::Fixed(left)), Some(Path::Fixed(right))) = (&a.path, &b.path) else {
        return None;
    };
    let (left, right) = (*left, *right);
    match (&a.code, &b.code) {
        (Code::Text(_), Code::Text(_)) if op.is_equality() => Some(by_order(op, move |f| {
            f.facts.get(left);
            f.facts.get(right);
            match (f.facts.peek(left), f.facts.peek(right)) {
                (Value::Text(a), Value::Text(b)) => Some(a.as_str().cmp(b.as_str())),
                _ => None,
            }
        })),
        _ => None,
    }
}

/// The decimal an author typed.
fn exact(node: &Node) -> Option<Decimal> {
    match node.literal.as_ref()? {
        Value::Int(n) => Some(Decimal {
            units: i128::from(*n),
            scale: 0,
        }),
        Value::Decimal(d) => Decimal::from_literal(*d),
        _ => None,
    }
}

/// One of two operations, by which of two values there was; one that the language does not have is
/// left to the interpreter.
fn either(test: Fun<bool>, x: Option<Node>, y: Option<Node>) -> Option<Node> {
    match (x, y) {
        (Some(x), Some(y)) => choose(test, x, y),
        (Some(x), None) => guarded(test, x),
        (None, Some(y)) => guarded(Arc::new(move |f| test(f).map(|held| !held)), y),
        (None, None) => None,
    }
}

/// The code where the test holds.
fn guarded(test: Fun<bool>, node: Node) -> Option<Node> {
    node.after(Arc::new(move |f| test(f)?.then_some(())))
}

/// `a op b` for `+ - * / % **`; `None` where the language has no such operation.
pub(super) fn arithmetic(op: &str, a: Node, b: Node) -> Option<Node> {
    if let Code::Either(test, x, y) = a.code {
        let (x, y) = (arithmetic(op, *x, b.clone()), arithmetic(op, *y, b));
        return either(test, x, y);
    }
    if let Code::Either(test, x, y) = b.code {
        let (x, y) = (arithmetic(op, a.clone(), *x), arithmetic(op, a, *y));
        return either(test, x, y);
    }
    let constant = a.literal.is_some() && b.literal.is_some();
    let factor = (exact_decimal(&a), exact_decimal(&b));
    let bound = Bound::of(op, &a, &b);
    let total = a.total && b.total && bound.is_some();
    let code = match (op, a.code, b.code) {
        (_, Code::Int(a), Code::Int(b)) => Code::Int(integers(op, a, b)?),
        (_, Code::Decimal(a), Code::Decimal(b)) => Code::Decimal(decimals(op, a, b)?),
        (_, Code::Int(a), Code::Decimal(b)) => Code::Decimal(decimals(op, widened(a), b)?),
        (_, Code::Decimal(a), Code::Int(b)) => Code::Decimal(decimals(op, a, widened(b))?),
        ("+", Code::Money(a), Code::Money(b)) => Code::Money(both(a, b, Money::plus)),
        ("-", Code::Money(a), Code::Money(b)) => Code::Money(both(a, b, Money::minus)),
        ("*", Code::Money(a), Code::Int(b)) => Code::Money(both(a, b, Money::times_int)),
        ("*", Code::Int(a), Code::Money(b)) => {
            Code::Money(both(a, b, |n, money: Money| money.times_int(n)))
        }
        ("*", Code::Money(a), Code::Decimal(_)) => Code::Money(times(a, factor.1?)),
        ("*", Code::Decimal(_), Code::Money(b)) => Code::Money(times(b, factor.0?)),
        ("+", Code::Span(a), Code::Span(b)) => Code::Span(both(a, b, i64::checked_add)),
        ("-", Code::Span(a), Code::Span(b)) => Code::Span(both(a, b, i64::checked_sub)),
        ("*", Code::Span(a), Code::Int(b)) | ("*", Code::Int(a), Code::Span(b)) => {
            Code::Span(both(a, b, i64::checked_mul))
        }
        ("+", Code::Time(a), Code::Span(b)) | ("+", Code::Span(a), Code::Time(b)) => {
            Code::Time(both(a, b, i64::checked_add))
        }
        ("-", Code::Time(a), Code::Time(b)) => Code::Span(both(a, b, i64::checked_sub)),
        ("-", Code::Time(a), Code::Span(b)) => Code::Time(both(a, b, i64::checked_sub)),
        ("+", Code::Text(a), Code::Text(b)) => Code::Text(both(a, b, joined)),
        _ => return None,
    };
    let node = Node {
        bound,
        ..Node::new(code, total)
    };
    Some(node.folded(constant))
}

fn exact_decimal(node: &Node) -> Option<Decimal> {
    matches!(node.literal, Some(Value::Decimal(_)))
        .then(|| exact(node))
        .flatten()
}

fn both<A: 'static, B: 'static, C>(
    a: Fun<A>,
    b: Fun<B>,
    apply: impl Fn(A, B) -> Option<C> + Send + Sync + 'static,
) -> Fun<C> {
    Arc::new(move |f| {
        let a = a(f)?;
        apply(a, b(f)?)
    })
}

fn times(money: Fun<Money>, factor: Decimal) -> Fun<Money> {
    Arc::new(move |f| money(f)?.times(factor))
}

fn joined(a: Text, b: Text) -> Option<Text> {
    (a.len() + b.len() <= TEXT_BYTES).then(|| format!("{}{}", a.as_str(), b.as_str()).into())
}

fn integers(op: &str, a: Fun<i64>, b: Fun<i64>) -> Option<Fun<i64>> {
    Some(match op {
        "+" => both(a, b, i64::checked_add),
        "-" => both(a, b, i64::checked_sub),
        "*" => both(a, b, i64::checked_mul),
        "/" => both(a, b, i64::checked_div),
        "%" => both(a, b, i64::checked_rem),
        "**" => both(a, b, |a: i64, b| a.checked_pow(u32::try_from(b).ok()?)),
        _ => return None,
    })
}

/// An int beside a decimal is read as a decimal.
pub(super) fn widened(fun: Fun<i64>) -> Fun<f64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "an int beside a decimal is read as a decimal, as the interpreter does"
    )]
    Arc::new(move |f| fun(f).map(|n| n as f64))
}

fn decimals(op: &str, a: Fun<f64>, b: Fun<f64>) -> Option<Fun<f64>> {
    fn finite(result: f64) -> Option<f64> {
        result.is_finite().then_some(result)
    }
    Some(match op {
        "+" => both(a, b, |a, b| finite(a + b)),
        "-" => both(a, b, |a, b| finite(a - b)),
        "*" => both(a, b, |a, b| finite(a * b)),
        "/" => both(a, b, |a, b| finite(if b == 0.0 { f64::NAN } else { a / b })),
        "%" => both(a, b, |a, b| finite(if b == 0.0 { f64::NAN } else { a % b })),
        "**" => both(a, b, |a: f64, b| finite(a.powf(b))),
        _ => return None,
    })
}

/// `-a`, `!a`
pub(super) fn unary(op: &str, a: Node) -> Option<Node> {
    if let Code::Either(test, x, y) = a.code {
        return either(test, unary(op, *x), unary(op, *y));
    }
    let constant = a.literal.is_some();
    let total = a.total && op == "!";
    let code = match (op, a.code) {
        ("!", Code::Bool(a)) => Code::Bool(Arc::new(move |f| a(f).map(|held| !held))),
        ("-", Code::Int(a)) => Code::Int(Arc::new(move |f| a(f)?.checked_neg())),
        ("-", Code::Span(a)) => Code::Span(Arc::new(move |f| a(f)?.checked_neg())),
        ("-", Code::Decimal(a)) => Code::Decimal(Arc::new(move |f| a(f).map(|d| -d))),
        ("-", Code::Money(a)) => Code::Money(Arc::new(move |f| a(f)?.times_int(-1))),
        _ => return None,
    };
    Some(Node::new(code, total).folded(constant))
}

/// Nothing of a currency, for the sign of an amount.
pub(super) const ZERO: Decimal = Decimal { units: 0, scale: 0 };

/// `500 USD`
pub(super) fn amount(text: &str) -> Option<Money> {
    let (digits, code) = text.trim().rsplit_once(' ')?;
    Money::from_decimal(Decimal::parse(digits.trim())?, Currency::parse(code)?)
}
