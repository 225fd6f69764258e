//! Types as authors write them, and values of a type as TOML writes them.

use super::codes;
use super::node::{Kind, Node};
use super::report::{Noun, Report, did_you_mean, one_of};
use super::table::Table;
use super::tree::Tree;
use crate::catalogue::Catalogue;
use crate::finding::{Finding, Words, nearest};
use crate::money::{Currency, Money};
use crate::value::{Day, EntityKey, EntityKind, Text, Type, Value};

const WORDS: [&str; 13] = [
    "bool",
    "int",
    "decimal",
    "number",
    "text",
    "symbol",
    "money",
    "duration",
    "time",
    "date",
    "place",
    "ref:<entity>",
    "list<…>",
];

pub(super) const ENTITY: Noun = Noun {
    code: codes::UNKNOWN_ENTITY,
    en: "entity",
    zh: "实体",
    file: "entities",
};

/// The type a node's text names, and true for `?`. `values` and `currency` stand in `table`.
pub(super) fn type_of(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    node: &Node,
    table: Option<&Table<'_>>,
) -> Option<(Type, bool)> {
    let text = node.text(r)?.trim();
    let (word, optional) = match text.strip_suffix('?') {
        Some(word) => (word, true),
        None => (text, false),
    };
    let ty = type_word(tree, c, r, node, word, table);
    if let Some(table) = table {
        for (key, of) in [("values", "symbol"), ("currency", "money")] {
            if let Some(extra) = table.get(key).filter(|_| !word.contains(of)) {
                misplaced(
                    r,
                    extra,
                    &format!("only a {of} has it"),
                    &format!("只有 {of} 才有"),
                );
            }
        }
    }
    Some((ty?, optional))
}

/// A finding that a key says nothing here.
pub(super) fn misplaced(r: &mut Report, node: &Node, en: &str, zh: &str) {
    let path = &node.path;
    r.at(
        codes::MISPLACED_KEY,
        &node.place,
        format!("`{path}` says nothing here: {en}"),
        format!("`{path}` 在此没有意义：{zh}"),
    );
}

fn type_word(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    node: &Node,
    word: &str,
    table: Option<&Table<'_>>,
) -> Option<Type> {
    if let Some(name) = word.strip_prefix("ref:") {
        return entity(tree, c, r, node, name).map(Type::Ref);
    }
    if let Some(of) = word.strip_prefix("list<").and_then(|w| w.strip_suffix('>')) {
        if of.starts_with("list") || of.ends_with('?') {
            r.at(
                codes::NOT_TYPE,
                &node.place,
                format!(
                    "`{}`: a list holds plain values that are never missing",
                    node.path
                ),
                format!("`{}`：列表只能含不缺失的简单值", node.path),
            );
            return None;
        }
        let of = type_word(tree, c, r, node, of, table)?;
        return Some(Type::List(Box::new(of)));
    }
    Some(match word {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "decimal" | "number" => Type::Decimal,
        "text" => Type::Text,
        "symbol" => Type::Symbol(symbol_values(r, node, table)?),
        "money" => Type::Money(currency(r, node, table)?),
        "duration" => Type::Duration,
        "time" => Type::Time,
        "date" => Type::Date,
        "place" => Type::Place,
        _ => {
            unknown_type(r, node, word);
            return None;
        }
    })
}

fn unknown_type(r: &mut Report, node: &Node, word: &str) {
    let mut finding = Finding::error(
        codes::NOT_TYPE,
        node.place.clone(),
        Words::new(
            format!("`{}`: `{word}` is not a type", node.path),
            format!("`{}`：`{word}` 不是类型", node.path),
        ),
    );
    let near = nearest(word, WORDS, 1);
    finding = match near.first() {
        Some(best) => {
            let line = r.with_value(node, &node.raw.replacen(word, best, 1));
            let mut finding = did_you_mean(finding, &near);
            finding.corrected = line;
            finding
        }
        None => one_of(finding, &WORDS),
    };
    r.push(finding);
}

/// The entity kind called `name`, or a finding.
pub(super) fn entity(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    node: &Node,
    name: &str,
) -> Option<EntityKind> {
    let kind = c.entity_named(name);
    if kind.is_none() && !tree.names("entities", "entity", name) {
        r.unknown(
            ENTITY,
            node,
            name,
            c.entities.iter().map(|e| e.name.as_str()),
        );
    }
    kind
}

fn symbol_values(r: &mut Report, node: &Node, table: Option<&Table<'_>>) -> Option<Vec<Text>> {
    let Some(values) = table.and_then(|t| t.get("values")) else {
        return Some(Vec::new());
    };
    let _ = node;
    let mut words: Vec<Text> = Vec::new();
    let items = values.list(r)?;
    if items.is_empty() {
        values.empty(r);
    }
    for item in items {
        let Some(word) = item.text(r) else { continue };
        if words.iter().any(|w| w == word) {
            r.at(
                codes::NAME_TWICE,
                &item.place,
                format!("`{}`: `{word}` stands here twice", values.path),
                format!("`{}`：`{word}` 出现了两次", values.path),
            );
        } else {
            words.push(word.into());
        }
    }
    Some(words)
}

fn currency(r: &mut Report, node: &Node, table: Option<&Table<'_>>) -> Option<Currency> {
    let Some(code) = table.and_then(|t| t.get("currency")) else {
        let path = &node.path;
        r.push(
            Finding::error(
                codes::NOT_CURRENCY,
                node.place.clone(),
                Words::new(
                    format!("`{path}`: money needs a currency"),
                    format!("`{path}`：金额需要币种"),
                ),
            )
            .fix(
                "write `{ type = \"money\", currency = \"CNY\" }`",
                "请写 `{ type = \"money\", currency = \"CNY\" }`",
            ),
        );
        return None;
    };
    currency_code(r, code)
}

/// The currency a text names, or a finding.
pub(super) fn currency_code(r: &mut Report, node: &Node) -> Option<Currency> {
    let text = node.text(r)?;
    let found = Currency::parse(text);
    if found.is_none() {
        let path = &node.path;
        let mut finding = Finding::error(
            codes::NOT_CURRENCY,
            node.place.clone(),
            Words::new(
                format!("`{path}`: `{text}` is not a currency code of three capital letters"),
                format!("`{path}`：`{text}` 不是三个大写字母的币种代码"),
            ),
        );
        let upper = text.to_ascii_uppercase();
        if Currency::parse(&upper).is_some() {
            finding.corrected = r.with_value(node, &format!("\"{upper}\""));
        }
        r.push(finding);
    }
    found
}

/// The value of type `ty` that a node holds, or a finding.
pub(super) fn value(c: &Catalogue, r: &mut Report, node: &Node, ty: &Type) -> Option<Value> {
    match ty {
        Type::Money(currency) => money(r, node, *currency).map(Value::Money),
        Type::Symbol(values) if !values.is_empty() => {
            let known: Vec<(&str, &Text)> = values.iter().map(|v| (v.as_str(), v)).collect();
            node.word(r, &known).map(|v| Value::Text(v.clone()))
        }
        Type::List(of) => {
            let items = node.list(r)?;
            let values = items.iter().map(|item| value(c, r, item, of));
            values.collect::<Option<Vec<_>>>().map(Value::List)
        }
        _ => {
            let found = plain(c, node, ty);
            if found.is_none() {
                let (path, raw) = (&node.path, &node.raw);
                r.at(
                    codes::NOT_OF_TYPE,
                    &node.place,
                    format!("`{path}` must be of type {ty}, and is `{raw}`"),
                    format!("`{path}` 的类型应为 {ty}，但写的是 `{raw}`"),
                );
            }
            found
        }
    }
}

fn plain(c: &Catalogue, node: &Node, ty: &Type) -> Option<Value> {
    Some(match (ty, &node.kind) {
        (Type::Bool, Kind::Flag(flag)) => Value::Bool(*flag),
        (Type::Int, Kind::Int(number)) => Value::Int(*number),
        (Type::Decimal, Kind::Int(_) | Kind::Number) => {
            let number: f64 = node.raw.replace('_', "").parse().ok()?;
            Value::Decimal(Some(number).filter(|n| n.is_finite())?)
        }
        (Type::Text | Type::Symbol(_), Kind::Text(text)) => Value::Text(text.as_str().into()),
        (Type::Duration, Kind::Text(text)) => Value::Duration(crate::duration::parse(text)?),
        (Type::Time, Kind::Text(text)) => Value::Time(instant(text)?),
        (Type::Time, Kind::Instant) => Value::Time(instant(&node.raw)?),
        (Type::Date, Kind::Text(text)) => Value::Date(Day::parse(text)?),
        (Type::Date, Kind::Instant) => Value::Date(Day::parse(&node.raw)?),
        (Type::Place, Kind::List(pair)) => {
            let degrees = |node: &Node| node.raw.replace('_', "").parse::<f64>().ok();
            match pair.as_slice() {
                [lat, lon] => {
                    let (lat, lon) = (degrees(lat)?, degrees(lon)?);
                    let on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
                    on_earth.then_some(Value::Place(lat, lon))?
                }
                _ => return None,
            }
        }
        (Type::Ref(kind), Kind::Text(id)) => {
            let entity = c.entity(*kind)?;
            let fits = entity.pattern.as_ref().is_none_or(|p| p.is_match(id));
            (fits && !id.is_empty()).then(|| {
                Value::Ref(EntityKey {
                    kind: *kind,
                    id: id.as_str().into(),
                })
            })?
        }
        _ => return None,
    })
}

fn instant(text: &str) -> Option<i64> {
    Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

/// Money from its digits.
pub(super) fn money(r: &mut Report, node: &Node, currency: Currency) -> Option<Money> {
    let path = &node.path;
    let Some(digits) = node.digits() else {
        node.wrong(r, "an amount in major units", "以主单位计的金额");
        return None;
    };
    let found = Money::from_decimal(digits, currency);
    if found.is_none() {
        let (code, most) = (currency.code(), currency.digits());
        if digits.scale > most {
            r.at(
                codes::TOO_MANY_DIGITS,
                &node.place,
                format!(
                    "`{path}`: {code} has {most} digits behind the point, `{}` has more",
                    node.raw
                ),
                format!("`{path}`：{code} 只有 {most} 位小数，`{}` 超出了", node.raw),
            );
        } else {
            r.at(
                codes::OUT_OF_RANGE,
                &node.place,
                format!("`{path}`: `{}` is too large an amount", node.raw),
                format!("`{path}`：金额 `{}` 过大", node.raw),
            );
        }
    }
    found
}
