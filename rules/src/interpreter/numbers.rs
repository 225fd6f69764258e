//! Functions on numbers and money.

use super::fault::raise;
use super::kinds::Seen;
use super::operators::{order, sentence, two};
use crate::decimal::Decimal;
use crate::money::{Currency, Money};
use rhai::{Dynamic, Engine, EvalAltResult};
use std::any::TypeId;

type Answer = Result<Dynamic, Box<EvalAltResult>>;

/// Registers `abs min max round share_of money`.
pub(super) fn register(engine: &mut Engine) {
    let any = TypeId::of::<Dynamic>();
    engine.register_raw_fn("abs", [any], |_, args| match args {
        [value] => abs(value),
        _ => Err(raise("`abs` takes one number")),
    });
    engine.register_raw_fn("round", [any], |_, args| match args {
        [value] => round(value),
        _ => Err(raise("`round` takes one number")),
    });
    for word in ["min", "max"] {
        engine.register_raw_fn(word, [any, any], move |_, args| match args {
            [a, b] => extreme(word, a, b),
            _ => Err(raise(format!("`{word}` takes two values"))),
        });
    }
    engine.register_raw_fn("share_of", [any, any], |_, args| match args {
        [part, whole] => share(part, whole),
        _ => Err(raise("`share_of` takes a part and a whole")),
    });
    engine.register_fn("money", |text: &str| {
        amount(text).ok_or_else(|| raise(format!("`{text}` is no amount: write `500 USD`")))
    });
}

/// `500 USD`.
fn amount(text: &str) -> Option<Money> {
    let (digits, code) = text.trim().rsplit_once(' ')?;
    Money::from_decimal(Decimal::parse(digits.trim())?, Currency::parse(code)?)
}

fn abs(value: &Dynamic) -> Answer {
    let answer = match Seen::of(value) {
        Seen::Int(number) => number.checked_abs().map(Dynamic::from_int),
        Seen::Decimal(number) => Some(Dynamic::from_float(number.abs())),
        Seen::Money(money) => match money.compare_major(Decimal { units: 0, scale: 0 }) {
            Some(sign) if sign.is_lt() => money.times_int(-1).map(Dynamic::from),
            Some(_) => Some(Dynamic::from(money)),
            None => None,
        },
        other => return Err(refused("abs", &other)),
    };
    answer.ok_or_else(|| raise("the result of `abs` is too large"))
}

/// Halves go to the even neighbour, for decimals as for money.
fn round(value: &Dynamic) -> Answer {
    match Seen::of(value) {
        Seen::Int(number) => Ok(Dynamic::from_int(number)),
        Seen::Decimal(number) => Ok(Dynamic::from_float(number.round_ties_even())),
        Seen::Money(money) => super::convert::rounded(money)
            .map(Dynamic::from)
            .ok_or_else(|| raise("the result of `round` is too large")),
        other => Err(refused("round", &other)),
    }
}

fn extreme(word: &'static str, a: &Dynamic, b: &Dynamic) -> Answer {
    let (left, right) = (Seen::of(a), Seen::of(b));
    match (&left, &right) {
        // The result must have one type, whatever the values: 2 beside 2.5 would not.
        (Seen::Int(_), Seen::Int(_))
        | (Seen::Decimal(_), Seen::Decimal(_))
        | (Seen::Money(_), Seen::Money(_))
        | (Seen::Span(_), Seen::Span(_))
        | (Seen::Moment(_), Seen::Moment(_))
        | (Seen::Day(_), Seen::Day(_)) => {}
        #[expect(
            clippy::cast_precision_loss,
            reason = "an int beside a decimal is read as a decimal"
        )]
        (Seen::Int(n), Seen::Decimal(d)) | (Seen::Decimal(d), Seen::Int(n)) => {
            let number = *n as f64;
            let best = if word == "min" {
                d.min(number)
            } else {
                d.max(number)
            };
            return Ok(Dynamic::from_float(best));
        }
        _ => {
            let clash = super::operators::Clash::Types;
            return Err(raise(sentence(&clash, word, &left, &right)));
        }
    }
    let less = order(&left, &right).map_err(|c| raise(sentence(&c, word, &left, &right)))?;
    let first = if word == "min" {
        less.is_le()
    } else {
        less.is_ge()
    };
    Ok(if first { a.clone() } else { b.clone() })
}

/// The part as a fraction of the whole. A share of nothing is 0: a rule on typed facts never raises,
/// and no threshold is reached by a customer without the whole.
fn share(part: &Dynamic, whole: &Dynamic) -> Answer {
    let (a, b) = (Seen::of(part), Seen::of(whole));
    let number = |seen: &Seen<'_>| match seen {
        #[expect(clippy::cast_precision_loss, reason = "a share is a ratio of doubles")]
        Seen::Int(number) => Some(*number as f64),
        Seen::Decimal(number) => Some(*number),
        _ => None,
    };
    if let (Seen::Money(part), Seen::Money(whole)) = (&a, &b) {
        let nothing = whole.compare_major(Decimal { units: 0, scale: 0 });
        if part.currency() == whole.currency() && nothing.is_some_and(std::cmp::Ordering::is_eq) {
            return Ok(Dynamic::from_float(0.0));
        }
        let share = part.share_of(*whole).map(Dynamic::from_float);
        return share.ok_or_else(|| raise(sentence(&two(*part, *whole), "share_of", &a, &b)));
    }
    match (number(&a), number(&b)) {
        (Some(_), Some(0.0)) => Ok(Dynamic::from_float(0.0)),
        (Some(part), Some(whole)) if (part / whole).is_finite() => {
            Ok(Dynamic::from_float(part / whole))
        }
        (Some(_), Some(_)) => Err(raise("the result of `share_of` is too large")),
        _ => {
            let clash = super::operators::Clash::Types;
            Err(raise(sentence(&clash, "share_of", &a, &b)))
        }
    }
}

fn refused(word: &str, value: &Seen<'_>) -> Box<EvalAltResult> {
    raise(format!("`{word}` does not take {}", value.word()))
}
