//! Operators: one table of type pairs. What is not in it is refused with a sentence.
//!
//! rhai answers a comparison of two types it does not know with a silent false, so its own operators
//! are never reached: every one is registered here for any pair of values.

use super::desk;
use super::fault::raise;
use super::kinds::{Moment, Seen, Span};
use crate::decimal::Decimal;
use crate::money::{Currency, Money};
use hashbrown::HashMap;
use rhai::{Dynamic, Engine, EvalAltResult};
use std::any::TypeId;
use std::cell::RefCell;
use std::cmp::Ordering;

/// The longest text a rule may put together, in bytes.
pub(crate) const TEXT_BYTES: usize = 1024;

/// Why two values do not go together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Clash {
    /// Not these types.
    Types,
    /// The result does not fit.
    Overflow,
    /// Division by zero.
    ByZero,
    /// More digits than can be kept exactly.
    Digits,
    /// Two currencies.
    Currencies(Currency, Currency),
    /// The text would be too long.
    TooLong,
    /// Host functions have looked at too much.
    TooMuch,
}

/// Comparisons and arithmetic of the language, and the bit operators it refuses.
pub(super) const BINARY: [&str; 17] = [
    "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>",
];

/// Registers every operator for every pair of types.
pub(super) fn register(engine: &mut Engine) {
    let any = TypeId::of::<Dynamic>();
    for symbol in BINARY {
        engine.register_raw_fn(symbol, [any, any], move |_, args| match args {
            [left, right] => binary(symbol, left, right),
            _ => Err(raise(format!("`{symbol}` stands between two values"))),
        });
        let assigned = format!("{symbol}=");
        if matches!(
            symbol,
            "+" | "-" | "*" | "/" | "%" | "**" | "&" | "|" | "^" | "<<" | ">>"
        ) {
            engine.register_raw_fn(assigned, [any, any], move |_, args| match args {
                [left, right] => {
                    let value = binary(symbol, left, right)?;
                    **left = value;
                    Ok(())
                }
                _ => Err(raise(format!("`{symbol}=` stands between two values"))),
            });
        }
    }
    engine.register_raw_fn("-", [any], |_, args| match args {
        [value] => negative(value),
        _ => Err(raise("`-` stands before one value")),
    });
    engine.register_raw_fn("!", [any], |_, args| match args {
        [value] => match Seen::of(value) {
            Seen::Bool(flag) => Ok(Dynamic::from_bool(!flag)),
            other => Err(raise(alone("!", &other))),
        },
        _ => Err(raise("`!` stands before one value")),
    });
}

fn binary(
    symbol: &'static str,
    left: &Dynamic,
    right: &Dynamic,
) -> Result<Dynamic, Box<EvalAltResult>> {
    let (a, b) = (Seen::of(left), Seen::of(right));
    let answer = match symbol {
        "==" => equal(&a, &b).map(Dynamic::from_bool),
        "!=" => equal(&a, &b).map(|same| Dynamic::from_bool(!same)),
        "<" => order(&a, &b).map(|o| Dynamic::from_bool(o.is_lt())),
        "<=" => order(&a, &b).map(|o| Dynamic::from_bool(o.is_le())),
        ">" => order(&a, &b).map(|o| Dynamic::from_bool(o.is_gt())),
        ">=" => order(&a, &b).map(|o| Dynamic::from_bool(o.is_ge())),
        "+" => sum(&a, &b),
        "-" => difference(&a, &b),
        "*" => product(&a, &b),
        "/" | "%" | "**" => ratio(symbol, &a, &b),
        _ => Err(Clash::Types),
    };
    answer.map_err(|clash| raise(sentence(&clash, symbol, &a, &b)))
}

/// `==`, and the test behind `in`.
pub(super) fn equal(a: &Seen<'_>, b: &Seen<'_>) -> Result<bool, Clash> {
    match (a, b) {
        (Seen::Bool(a), Seen::Bool(b)) => Ok(a == b),
        (Seen::Text(a), Seen::Text(b)) => Ok(a.as_str() == b.as_str()),
        (Seen::Spot(a, b), Seen::Spot(c, d)) => Ok((a, b) == (c, d)),
        (Seen::Entity(a), Seen::Entity(b)) => match (&a.key, &b.key) {
            (Some(a), Some(b)) if a.kind == b.kind => Ok(a.id == b.id),
            _ => Err(Clash::Types),
        },
        (Seen::Entity(entity), Seen::Text(text)) | (Seen::Text(text), Seen::Entity(entity)) => {
            match &entity.key {
                Some(key) => Ok(key.id.as_str() == text.as_str()),
                None => Err(Clash::Types),
            }
        }
        (Seen::List(a), Seen::List(b)) => {
            desk::spend(a.len().min(b.len())).map_err(|_| Clash::TooMuch)?;
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal(&Seen::of(a), &Seen::of(b))? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Seen::Text(_), _) | (_, Seen::Text(_)) => Err(Clash::Types),
        _ => order(a, b).map(Ordering::is_eq),
    }
}

/// `<`, `<=`, `>`, `>=`.
pub(super) fn order(a: &Seen<'_>, b: &Seen<'_>) -> Result<Ordering, Clash> {
    match (a, b) {
        (Seen::Int(a), Seen::Int(b)) => Ok(a.cmp(b)),
        (Seen::Decimal(a), Seen::Decimal(b)) => a.partial_cmp(b).ok_or(Clash::Overflow),
        (Seen::Int(a), Seen::Decimal(b)) => mixed(*a, *b).ok_or(Clash::Overflow),
        (Seen::Decimal(a), Seen::Int(b)) => {
            mixed(*b, *a).map(Ordering::reverse).ok_or(Clash::Overflow)
        }
        (Seen::Text(a), Seen::Text(b)) => Ok(a.as_str().cmp(b.as_str())),
        (Seen::Money(a), Seen::Money(b)) => a.compare(*b).ok_or_else(|| two(*a, *b)),
        (Seen::Money(money), literal) => against(*money, literal),
        (literal, Seen::Money(money)) => against(*money, literal).map(Ordering::reverse),
        (Seen::Span(a), Seen::Span(b)) | (Seen::Moment(a), Seen::Moment(b)) => Ok(a.cmp(b)),
        (Seen::Day(a), Seen::Day(b)) => Ok(a.cmp(b)),
        _ => Err(Clash::Types),
    }
}

/// An integer against a double, exactly: neither side is rounded. `None` for what is no number.
pub(crate) fn mixed(whole: i64, other: f64) -> Option<Ordering> {
    if other.is_nan() {
        return None;
    }
    // 2^63 is exact as a double, and so is every double's floor below it as an integer.
    if other >= 9_223_372_036_854_775_808.0 {
        return Some(Ordering::Less);
    }
    if other < -9_223_372_036_854_775_808.0 {
        return Some(Ordering::Greater);
    }
    let floor = other.floor();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the floor is whole and inside the range, by the two tests above"
    )]
    let below = floor as i64;
    Some(match whole.cmp(&below) {
        Ordering::Equal if other > floor => Ordering::Less,
        other => other,
    })
}

fn against(money: Money, literal: &Seen<'_>) -> Result<Ordering, Clash> {
    money
        .compare_major(literal_of(literal)?)
        .ok_or(Clash::Overflow)
}

fn literal_of(literal: &Seen<'_>) -> Result<Decimal, Clash> {
    match literal {
        Seen::Int(number) => Ok(Decimal {
            units: i128::from(*number),
            scale: 0,
        }),
        Seen::Decimal(number) => exact(*number),
        _ => Err(Clash::Types),
    }
}

/// Literals kept per thread; a script has a handful.
const LITERALS: usize = 256;

thread_local! {
    static EXACT: RefCell<HashMap<u64, Decimal>> = RefCell::default();
}

/// The decimal an author typed. Printing a double to find it costs more than the comparison, so it
/// is done once for a number.
fn exact(number: f64) -> Result<Decimal, Clash> {
    EXACT.with_borrow_mut(|known| {
        if let Some(decimal) = known.get(&number.to_bits()) {
            return Ok(*decimal);
        }
        let decimal = Decimal::from_literal(number).ok_or(Clash::Digits)?;
        if known.len() >= LITERALS {
            known.clear();
        }
        known.insert(number.to_bits(), decimal);
        Ok(decimal)
    })
}

fn sum(a: &Seen<'_>, b: &Seen<'_>) -> Result<Dynamic, Clash> {
    match (a, b) {
        (Seen::Int(a), Seen::Int(b)) => whole(a.checked_add(*b)),
        (Seen::Money(a), Seen::Money(b)) => {
            a.plus(*b).map(Dynamic::from).ok_or_else(|| two(*a, *b))
        }
        (Seen::Span(a), Seen::Span(b)) => span(a.checked_add(*b)),
        (Seen::Moment(a), Seen::Span(b)) | (Seen::Span(b), Seen::Moment(a)) => {
            moment(a.checked_add(*b))
        }
        (Seen::Text(a), Seen::Text(b)) => {
            if a.len() + b.len() > TEXT_BYTES {
                return Err(Clash::TooLong);
            }
            Ok(format!("{}{}", a.as_str(), b.as_str()).into())
        }
        _ => decimals(a, b, |a, b| a + b),
    }
}

fn difference(a: &Seen<'_>, b: &Seen<'_>) -> Result<Dynamic, Clash> {
    match (a, b) {
        (Seen::Int(a), Seen::Int(b)) => whole(a.checked_sub(*b)),
        (Seen::Money(a), Seen::Money(b)) => {
            a.minus(*b).map(Dynamic::from).ok_or_else(|| two(*a, *b))
        }
        (Seen::Span(a), Seen::Span(b)) | (Seen::Moment(a), Seen::Moment(b)) => {
            span(a.checked_sub(*b))
        }
        (Seen::Moment(a), Seen::Span(b)) => moment(a.checked_sub(*b)),
        _ => decimals(a, b, |a, b| a - b),
    }
}

fn product(a: &Seen<'_>, b: &Seen<'_>) -> Result<Dynamic, Clash> {
    match (a, b) {
        (Seen::Int(a), Seen::Int(b)) => whole(a.checked_mul(*b)),
        (Seen::Span(ms), Seen::Int(n)) | (Seen::Int(n), Seen::Span(ms)) => span(ms.checked_mul(*n)),
        (Seen::Money(money), Seen::Int(n)) | (Seen::Int(n), Seen::Money(money)) => money
            .times_int(*n)
            .map(Dynamic::from)
            .ok_or(Clash::Overflow),
        (Seen::Money(money), Seen::Decimal(d)) | (Seen::Decimal(d), Seen::Money(money)) => money
            .times(exact(*d)?)
            .map(Dynamic::from)
            .ok_or(Clash::Overflow),
        _ => decimals(a, b, |a, b| a * b),
    }
}

fn ratio(symbol: &str, a: &Seen<'_>, b: &Seen<'_>) -> Result<Dynamic, Clash> {
    match (a, b) {
        (Seen::Int(_), Seen::Int(0)) if symbol != "**" => Err(Clash::ByZero),
        (Seen::Int(a), Seen::Int(b)) => whole(match symbol {
            "/" => a.checked_div(*b),
            "%" => a.checked_rem(*b),
            _ => u32::try_from(*b).ok().and_then(|b| a.checked_pow(b)),
        }),
        (Seen::Int(_) | Seen::Decimal(_), Seen::Decimal(zero))
            if *zero == 0.0 && symbol != "**" =>
        {
            Err(Clash::ByZero)
        }
        (Seen::Decimal(_), Seen::Int(0)) if symbol != "**" => Err(Clash::ByZero),
        _ => match symbol {
            "/" => decimals(a, b, |a, b| a / b),
            "%" => decimals(a, b, |a, b| a % b),
            _ => decimals(a, b, f64::powf),
        },
    }
}

fn negative(value: &Dynamic) -> Result<Dynamic, Box<EvalAltResult>> {
    let seen = Seen::of(value);
    let answer = match &seen {
        Seen::Int(number) => whole(number.checked_neg()),
        Seen::Decimal(number) => Ok(Dynamic::from_float(-number)),
        Seen::Money(money) => money
            .times_int(-1)
            .map(Dynamic::from)
            .ok_or(Clash::Overflow),
        Seen::Span(ms) => span(ms.checked_neg()),
        _ => return Err(raise(alone("-", &seen))),
    };
    answer.map_err(|_| raise("the result of `-` is too large"))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an int beside a decimal is read as a decimal, as every author expects"
)]
fn decimals(a: &Seen<'_>, b: &Seen<'_>, apply: impl Fn(f64, f64) -> f64) -> Result<Dynamic, Clash> {
    let number = |seen: &Seen<'_>| match seen {
        Seen::Int(number) => Some(*number as f64),
        Seen::Decimal(number) => Some(*number),
        _ => None,
    };
    let (Some(a), Some(b)) = (number(a), number(b)) else {
        return Err(Clash::Types);
    };
    let result = apply(a, b);
    if result.is_finite() {
        Ok(Dynamic::from_float(result))
    } else {
        Err(Clash::Overflow)
    }
}

fn whole(number: Option<i64>) -> Result<Dynamic, Clash> {
    number.map(Dynamic::from_int).ok_or(Clash::Overflow)
}

fn span(ms: Option<i64>) -> Result<Dynamic, Clash> {
    ms.map(|ms| Dynamic::from(Span(ms))).ok_or(Clash::Overflow)
}

fn moment(ms: Option<i64>) -> Result<Dynamic, Clash> {
    ms.map(|ms| Dynamic::from(Moment(ms)))
        .ok_or(Clash::Overflow)
}

/// Two amounts that did not go together: another currency, or too large.
pub(super) fn two(a: Money, b: Money) -> Clash {
    if a.currency() == b.currency() {
        Clash::Overflow
    } else {
        Clash::Currencies(a.currency(), b.currency())
    }
}

fn alone(symbol: &str, value: &Seen<'_>) -> String {
    match value {
        Seen::Missing => missing(symbol),
        _ => format!("`{symbol}` does not take {}", value.word()),
    }
}

fn missing(what: &str) -> String {
    format!("a value at `{what}` is missing: test it with `has`, or give one with `??`")
}

/// The clash in the author's words.
pub(super) fn sentence(clash: &Clash, symbol: &str, a: &Seen<'_>, b: &Seen<'_>) -> String {
    match clash {
        Clash::Types if matches!(a, Seen::Missing) || matches!(b, Seen::Missing) => missing(symbol),
        Clash::Types if symbol == "/" && matches!(a, Seen::Money(_)) => {
            "money is not divided: use `share_of`, or multiply".to_owned()
        }
        Clash::Types => format!(
            "`{symbol}` does not go between {} and {}",
            a.word(),
            b.word()
        ),
        Clash::Overflow => format!("the result of `{symbol}` is too large"),
        Clash::ByZero => format!("`{symbol}` by zero"),
        Clash::Digits => format!("the number at `{symbol}` has too many digits for money"),
        Clash::Currencies(a, b) => {
            format!(
                "`{symbol}` does not go between {} and {}",
                a.code(),
                b.code()
            )
        }
        Clash::TooLong => format!("a text in a rule has at most {TEXT_BYTES} bytes"),
        Clash::TooMuch => "the rule does too much work".to_owned(),
    }
}
