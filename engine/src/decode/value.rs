//! One JSON value, read as the catalogue types it.

use super::envelope::{check_id, read_text, read_time};
use crate::limits::{LIST_ITEMS_MAX, TEXT_BYTES_MAX};
use crate::reject::Code;
use rules::decimal::Decimal;
use rules::money::{Currency, Money};
use rules::value::{Day, EntityKey, EntityKind, Text, Type, Value};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What is wrong with a value, to be completed with the member's name.
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) cause: String,
}

fn problem(code: Code, cause: impl Into<String>) -> Problem {
    Problem {
        code,
        cause: cause.into(),
    }
}

fn wrong(what: &str) -> Problem {
    problem(Code::WrongType, format!("is {what}"))
}

/// Reads a value of type `ty` from its own JSON text.
pub(super) fn read_value(raw: &str, ty: &Type) -> Result<Value, Problem> {
    Ok(match ty {
        Type::Bool => Value::Bool(boolean(raw)?),
        Type::Int => Value::Int(whole(raw)?),
        Type::Decimal => Value::Decimal(decimal(raw)?),
        Type::Money(currency) => Value::Money(money(raw, *currency)?),
        Type::Text => Value::Text(bounded(raw)?),
        Type::Symbol(words) => Value::Text(symbol(raw, words)?),
        Type::Ref(kind) => Value::Ref(reference(raw, *kind)?),
        Type::Duration => {
            let text = read_text(raw);
            let ms = text.map_or_else(|| raw.parse().ok(), |t| rules::duration::parse(&t));
            Value::Duration(ms.ok_or_else(|| wrong("a duration such as \"10m\", or milliseconds"))?)
        }
        Type::Time => Value::Time(
            read_time(raw).ok_or_else(|| wrong("an RFC 3339 time, or milliseconds since 1970"))?,
        ),
        Type::Date => {
            let day = read_text(raw).and_then(|t| Day::parse(&t));
            Value::Date(day.ok_or_else(|| wrong("a date such as \"2026-03-02\""))?)
        }
        Type::Place => match serde_json::from_str::<[f64; 2]>(raw) {
            Ok([lat, lon]) if lat.abs() <= 90.0 && lon.abs() <= 180.0 => Value::Place(lat, lon),
            _ => return Err(wrong("[latitude, longitude] in degrees")),
        },
        Type::List(of) => Value::List(list(raw, of)?),
    })
}

fn boolean(raw: &str) -> Result<bool, Problem> {
    match raw {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong("true or false")),
    }
}

fn whole(raw: &str) -> Result<i64, Problem> {
    let units = Decimal::parse(raw).and_then(|d| d.rescaled(0));
    let number = units.and_then(|n| i64::try_from(n).ok());
    number.ok_or_else(|| wrong("a whole number of 64 bits"))
}

fn decimal(raw: &str) -> Result<f64, Problem> {
    let number = raw.parse::<f64>().ok();
    let finite = number.filter(|d| d.is_finite() && !raw.starts_with('"'));
    finite.ok_or_else(|| wrong("a number"))
}

/// An amount, as a number or as text, with its currency's code behind it or without.
fn money(raw: &str, currency: Currency) -> Result<Money, Problem> {
    let text = read_text(raw).unwrap_or(Cow::Borrowed(raw));
    let digits = text.strip_suffix(currency.code());
    let digits = digits.map_or(text.as_ref(), str::trim_end);
    Money::from_major(digits, currency).ok_or_else(|| {
        let (code, most) = (currency.code(), currency.digits());
        wrong(&format!(
            "an amount of {code} in major units with at most {most} digits behind the point"
        ))
    })
}

fn symbol(raw: &str, words: &[Text]) -> Result<Text, Problem> {
    if words.is_empty() {
        return bounded(raw);
    }
    let text = read_text(raw).ok_or_else(|| wrong("a text"))?;
    // The catalogue's own word: shared, not copied.
    if let Some(word) = words.iter().find(|w| w.as_str() == text) {
        return Ok(word.clone());
    }
    let list: Vec<&str> = words.iter().map(Text::as_str).collect();
    let cause = format!("is one of {}", list.join(", "));
    Err(problem(Code::OutOfRange, cause))
}

fn reference(raw: &str, kind: EntityKind) -> Result<EntityKey, Problem> {
    let id = bounded(raw)?;
    check_id(&id).map_err(|cause| problem(Code::BadId, format!("is not an id: {cause}")))?;
    Ok(EntityKey { kind, id })
}

fn list(raw: &str, of: &Type) -> Result<Vec<Value>, Problem> {
    let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| wrong("a list"))?;
    if items.len() > LIST_ITEMS_MAX {
        let cause = format!("has at most {LIST_ITEMS_MAX} items");
        return Err(problem(Code::OutOfRange, cause));
    }
    items
        .iter()
        .map(|item| read_value(item.get(), of))
        .collect()
}

fn bounded(raw: &str) -> Result<Text, Problem> {
    let text = read_text(raw).ok_or_else(|| problem(Code::WrongType, "is a text"))?;
    if text.len() > TEXT_BYTES_MAX {
        let cause = format!("has at most {TEXT_BYTES_MAX} bytes");
        return Err(problem(Code::OutOfRange, cause));
    }
    Ok(Text::from(text.as_ref()))
}
