//! The data members of an event, typed by the catalogue.

use super::envelope::{check_id, malformed, read_text, read_time};
use super::member::{Member, below, each_once, shown, twice};
use crate::limits::{LIST_ITEMS_MAX, MEMBERS_MAX, TEXT_BYTES_MAX};
use crate::reject::{Code, Reject};
use rules::catalogue::{EventType, Extra, Field};
use rules::decimal::Decimal;
use rules::money::Money;
use rules::value::{Day, EntityKey, Text, Type, Value};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// One value per field; absent ones take their default.
pub(super) fn read_data(data: Option<&RawValue>, event: &EventType) -> Result<Vec<Value>, Reject> {
    let mut values = vec![Value::Missing; event.fields.len()];
    if let Some(raw) = data.filter(|raw| raw.get() != "null") {
        let mut problem = None;
        let visitor = DataVisitor {
            event,
            values: &mut values,
            problem: &mut problem,
        };
        let mut parser = serde_json::Deserializer::from_str(raw.get());
        let outcome = parser.deserialize_map(visitor);
        if let Some(reject) = problem {
            return Err(reject);
        }
        outcome.map_err(|e| {
            let mut reject = malformed(&e);
            reject.code = Code::WrongType;
            reject.pointer = "/data".to_owned();
            reject.cause = "`data` is an object".to_owned();
            reject
        })?;
    }
    for (value, field) in values.iter_mut().zip(&event.fields) {
        if !value.is_missing() {
            continue;
        }
        if !field.default.is_missing() {
            *value = field.default.clone();
        } else if !field.optional {
            let cause = format!("`{}` is required for `{}`", field.json, event.name);
            return Err(Reject::new(Code::MissingMember, pointer(field), cause));
        }
    }
    Ok(values)
}

fn pointer(field: &Field) -> String {
    below("/data", &field.json)
}

struct DataVisitor<'a> {
    event: &'a EventType,
    values: &'a mut Vec<Value>,
    problem: &'a mut Option<Reject>,
}

impl DataVisitor<'_> {
    /// Notes the reject and ends the parse; the parser's own error is not shown.
    fn stop<E: serde::de::Error>(&mut self, reject: Reject) -> E {
        *self.problem = Some(reject);
        E::custom("reject")
    }
}

impl<'de> Visitor<'de> for DataVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut others: BTreeSet<Member<'de>> = BTreeSet::new();
        let mut taken = 0u64;
        let mut members = 0usize;
        while let Some(key) = map.next_key::<Member<'de>>()? {
            let raw: &'de RawValue = map.next_value()?;
            members += 1;
            if members > MEMBERS_MAX {
                let cause = format!("`data` has more than {MEMBERS_MAX} members");
                return Err(self.stop(Reject::new(Code::TooDeep, "/data", cause)));
            }
            let found =
                (self.event.fields.iter().enumerate()).find(|(_, f)| f.json == key.0.as_ref());
            let Some((at, field)) = found else {
                if self.event.extra == Extra::Refuse {
                    let (word, name) = (shown(&key.0), &self.event.name);
                    let cause = format!("`{word}` is not a member of `{name}`");
                    let at = below("/data", &key.0);
                    return Err(self.stop(Reject::new(Code::UnknownMember, at, cause)));
                }
                if let Err(reject) = each_once(raw, &below("/data", &key.0)) {
                    return Err(self.stop(reject));
                }
                if let Some(key) = others.replace(key) {
                    return Err(self.stop(twice("/data", &key.0)));
                }
                continue;
            };
            let bit = 1u64
                .checked_shl(u32::try_from(at).unwrap_or(u32::MAX))
                .unwrap_or(0);
            if taken & bit != 0 || (bit == 0 && !others.insert(key.clone())) {
                return Err(self.stop(twice("/data", &key.0)));
            }
            taken |= bit;
            match read_field(raw.get(), field) {
                Ok(value) => {
                    if let Some(place) = self.values.get_mut(at) {
                        *place = value;
                    }
                }
                Err(reject) => return Err(self.stop(reject)),
            }
        }
        Ok(())
    }
}

fn read_field(raw: &str, field: &Field) -> Result<Value, Reject> {
    if raw == "null" {
        return Ok(Value::Missing);
    }
    let reject = |code, cause: String| Reject::new(code, pointer(field), cause);
    let value = read_value(raw, &field.ty)
        .map_err(|p| reject(p.code, format!("`{}` {}", field.json, p.cause)))?;
    if let Value::Text(text) = &value {
        let length = text.chars().count();
        if let Some(max) = field.max_len.filter(|max| length > *max) {
            let cause = format!(
                "`{}` has at most {max} characters, this has {length}",
                field.json
            );
            return Err(reject(Code::OutOfRange, cause));
        }
    }
    check_range(&value, field).map_err(|cause| reject(Code::OutOfRange, cause))?;
    Ok(value)
}

fn check_range(value: &Value, field: &Field) -> Result<(), String> {
    use std::cmp::Ordering::{Greater, Less};
    let order = |bound: &Value| match (value, bound) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => a.partial_cmp(b),
        (Value::Money(a), Value::Money(b)) => a.compare(*b),
        _ => None,
    };
    if order(&field.min) == Some(Less) {
        return Err(format!(
            "`{}` is below its least value {}",
            field.json,
            field.min.to_json()
        ));
    }
    if order(&field.max) == Some(Greater) {
        return Err(format!(
            "`{}` is above its greatest value {}",
            field.json,
            field.max.to_json()
        ));
    }
    Ok(())
}

/// What is wrong with a value, to be completed with the member's name.
struct Problem {
    code: Code,
    cause: String,
}

fn problem(code: Code, cause: impl Into<String>) -> Problem {
    Problem {
        code,
        cause: cause.into(),
    }
}

fn read_value(raw: &str, ty: &Type) -> Result<Value, Problem> {
    let wrong = |what: &str| problem(Code::WrongType, format!("is {what}"));
    Ok(match ty {
        Type::Bool => match raw {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err(wrong("true or false")),
        },
        Type::Int => {
            let whole = Decimal::parse(raw).and_then(|d| d.rescaled(0));
            Value::Int(
                whole
                    .and_then(|n| i64::try_from(n).ok())
                    .ok_or_else(|| wrong("a whole number of 64 bits"))?,
            )
        }
        Type::Decimal => {
            let number = raw
                .parse::<f64>()
                .ok()
                .filter(|d| d.is_finite() && !raw.starts_with('"'));
            Value::Decimal(number.ok_or_else(|| wrong("a number"))?)
        }
        Type::Money(currency) => {
            let digits = read_text(raw).unwrap_or(Cow::Borrowed(raw));
            let digits = digits
                .strip_suffix(currency.code())
                .map_or(digits.as_ref(), str::trim_end);
            Value::Money(Money::from_major(digits, *currency).ok_or_else(|| {
                let (code, most) = (currency.code(), currency.digits());
                wrong(&format!(
                    "an amount of {code} in major units with at most {most} digits behind the point"
                ))
            })?)
        }
        Type::Text => Value::Text(bounded(raw)?),
        Type::Symbol(words) => {
            let text = bounded(raw)?;
            if !words.is_empty() && !words.contains(&text) {
                let list: Vec<&str> = words.iter().map(Text::as_str).collect();
                return Err(problem(
                    Code::OutOfRange,
                    format!("is one of {}", list.join(", ")),
                ));
            }
            Value::Text(text)
        }
        Type::Ref(kind) => {
            let id = bounded(raw)?;
            check_id(&id)
                .map_err(|cause| problem(Code::BadId, format!("is not an id: {cause}")))?;
            Value::Ref(EntityKey { kind: *kind, id })
        }
        Type::Duration => {
            let ms =
                read_text(raw).map_or_else(|| raw.parse().ok(), |t| rules::duration::parse(&t));
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
        Type::List(of) => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| wrong("a list"))?;
            if items.len() > LIST_ITEMS_MAX {
                return Err(problem(
                    Code::OutOfRange,
                    format!("has at most {LIST_ITEMS_MAX} items"),
                ));
            }
            Value::List(
                items
                    .iter()
                    .map(|item| read_value(item.get(), of))
                    .collect::<Result<_, _>>()?,
            )
        }
    })
}

fn bounded(raw: &str) -> Result<Text, Problem> {
    let text = read_text(raw).ok_or_else(|| problem(Code::WrongType, "is a text"))?;
    if text.len() > TEXT_BYTES_MAX {
        let cause = format!("has at most {TEXT_BYTES_MAX} bytes");
        return Err(problem(Code::OutOfRange, cause));
    }
    Ok(Text::from(text.as_ref()))
}
