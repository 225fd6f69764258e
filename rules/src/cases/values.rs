//! Values as a case writes them, typed by the catalogue.

use super::codes;
use super::teller::{Teller, quoted};
use super::tree::{Kind, Node};
use crate::finding::{Finding, Words};
use crate::money::Money;
use crate::value::{Day, EntityKey, Text, Type, Value};
use serde_json::Value as Json;

/// The value of a slot, a tag or a data member; a finding where it does not fit.
pub(super) fn typed(t: &mut Teller<'_>, node: &Node, what: &str, ty: &Type) -> Option<Value> {
    let value = read(node, ty);
    if value.is_none() {
        let (en, zh) = wanted(ty);
        let shown = node.shown();
        let finding = Finding::error(
            codes::NOT_OF_TYPE,
            node.place.clone(),
            Words::new(
                format!("`{what}` is {en}, and `{shown}` is not"),
                format!("`{what}` 应为{zh}，而 `{shown}` 不是"),
            ),
        );
        t.push(match ty {
            Type::Symbol(words) if !words.is_empty() => {
                let words: Vec<&str> = words.iter().map(Text::as_str).collect();
                let names = quoted(&words);
                finding.fix(format!("one of {names}"), format!("可用的有 {names}"))
            }
            _ => finding,
        });
    }
    value
}

fn read(node: &Node, ty: &Type) -> Option<Value> {
    let text = node.text();
    Some(match ty {
        Type::Bool => match node.kind {
            Kind::Flag(flag) => Value::Bool(flag),
            _ => return None,
        },
        Type::Int => match node.kind {
            Kind::Int(number) => Value::Int(number),
            _ => return None,
        },
        Type::Decimal => match &node.kind {
            Kind::Int(number) => Value::Decimal(number.to_string().parse().ok()?),
            Kind::Number(digits) => {
                Value::Decimal(digits.parse().ok().filter(|d: &f64| d.is_finite())?)
            }
            _ => return None,
        },
        Type::Text => Value::Text(text?.into()),
        Type::Symbol(words) => {
            let text = text?;
            if !words.is_empty() && !words.iter().any(|w| w == text) {
                return None;
            }
            Value::Text(text.into())
        }
        Type::Money(currency) => match text {
            Some(text) => {
                let digits = text.strip_suffix(currency.code());
                Value::Money(Money::from_major(
                    digits.map_or(text, str::trim_end),
                    *currency,
                )?)
            }
            None => Value::Money(Money::from_decimal(node.digits()?, *currency)?),
        },
        Type::Duration => Value::Duration(crate::duration::parse(text?)?),
        Type::Time => Value::Time(instant(node)?),
        Type::Date => Value::Date(match &node.kind {
            Kind::Text(text) | Kind::Instant(text) => Day::parse(text)?,
            _ => return None,
        }),
        Type::Place => match node.items()? {
            [lat, lon] => Value::Place(degrees(lat, 90.0)?, degrees(lon, 180.0)?),
            _ => return None,
        },
        Type::Ref(kind) => Value::Ref(EntityKey {
            kind: *kind,
            id: text.filter(|t| !t.is_empty())?.into(),
        }),
        Type::List(of) => Value::List(
            node.items()?
                .iter()
                .map(|item| read(item, of))
                .collect::<Option<_>>()?,
        ),
    })
}

fn degrees(node: &Node, most: f64) -> Option<f64> {
    match read(node, &Type::Decimal)? {
        Value::Decimal(d) if d.abs() <= most => Some(d),
        _ => None,
    }
}

/// An instant with a zone, in quotes or not, ms since the epoch.
pub(super) fn instant(node: &Node) -> Option<i64> {
    match &node.kind {
        Kind::Text(text) | Kind::Instant(text) => {
            Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond())
        }
        _ => None,
    }
}

/// What a value of the type looks like.
fn wanted(ty: &Type) -> (String, String) {
    let (en, zh) = match ty {
        Type::Bool => ("true or false", "真假值（true 或 false）"),
        Type::Int => ("an integer", "整数"),
        Type::Decimal => ("a number", "数"),
        Type::Text => ("a text", "文本"),
        Type::Symbol(_) => ("a word of its list", "列表中的词"),
        Type::Money(currency) => {
            let (code, most) = (currency.code(), currency.digits());
            return (
                format!(
                    "an amount of {code} in major units with at most {most} digits behind the point"
                ),
                format!("以主单位表示的 {code} 金额，小数最多 {most} 位"),
            );
        }
        Type::Duration => ("a duration such as \"10m\"", "时长，如 \"10m\""),
        Type::Time => (
            "an instant with a zone such as \"2026-03-02T10:00:00+08:00\"",
            "带时区的时刻，如 \"2026-03-02T10:00:00+08:00\"",
        ),
        Type::Date => ("a date such as \"2026-03-02\"", "日期，如 \"2026-03-02\""),
        Type::Place => ("`[latitude, longitude]` in degrees", "`[纬度, 经度]`（度）"),
        Type::Ref(_) => ("an id", "编号"),
        Type::List(_) => ("a list of values of one type", "同一类型的值的列表"),
    };
    (en.to_owned(), zh.to_owned())
}

/// A value as a row names it, untyped.
pub(super) fn loose(node: &Node) -> Json {
    match &node.kind {
        Kind::Text(text) | Kind::Instant(text) => Json::String(text.clone()),
        Kind::Int(number) => Json::from(*number),
        Kind::Number(digits) => digits.parse::<f64>().map_or(Json::Null, Json::from),
        Kind::Flag(flag) => Json::Bool(*flag),
        Kind::List(items) => Json::Array(items.iter().map(loose).collect()),
        Kind::Table(entries) => Json::Object(
            entries
                .iter()
                .map(|e| (e.key.clone(), loose(&e.node)))
                .collect(),
        ),
    }
}
