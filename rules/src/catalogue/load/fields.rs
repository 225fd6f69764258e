//! The data members of an event type or a shape.

use super::codes;
use super::name::{self, Role};
use super::node::{Kind, Node};
use super::report::Report;
use super::table::{Entry, Table};
use super::tree::Tree;
use super::types::{self, misplaced};
use crate::catalogue::{Catalogue, Field};
use crate::finding::{Finding, Place, Words};
use crate::value::{Type, Value};
use std::cmp::Ordering;

/// Most members of one event type.
const FIELDS_MAX: usize = 500;

/// Longest text a member may be declared to have.
const TEXT_MAX: u32 = 65_536;

const KEYS: [&str; 11] = [
    "type",
    "values",
    "currency",
    "default",
    "min",
    "max",
    "json",
    "sensitive",
    "title",
    "en",
    "zh",
];

/// The members of a table, those left out that cannot be read.
pub(super) fn load(tree: &Tree, c: &Catalogue, r: &mut Report, table: &Table<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    for entry in table.entries {
        if fields.len() == FIELDS_MAX {
            r.at(
                codes::TOO_LARGE,
                &entry.place,
                format!("`{}` has more than {FIELDS_MAX} members", table.node.path),
                format!("`{}` 的成员多于 {FIELDS_MAX} 个", table.node.path),
            );
            break;
        }
        let named = name::fits(r, entry, Role::Member);
        if let Some(field) = field(tree, c, r, entry)
            && named
        {
            join(r, &mut fields, vec![field], &entry.place, &table.node.path);
        }
    }
    fields
}

/// Appends `more`, unless a name or a JSON member is there already.
pub(super) fn join(
    r: &mut Report,
    all: &mut Vec<Field>,
    more: Vec<Field>,
    place: &Place,
    path: &str,
) {
    for field in more {
        let taken = all
            .iter()
            .find(|f| f.name == field.name || f.json == field.json);
        if let Some(taken) = taken {
            let (name, json) = (&field.name, &taken.json);
            let (en, zh) = if taken.name == field.name {
                (
                    format!("`{path}`: the member `{name}` is declared twice"),
                    format!("`{path}`：成员 `{name}` 声明了两次"),
                )
            } else {
                (
                    format!(
                        "`{path}`: `{name}` and `{}` read the same member `{json}`",
                        taken.name
                    ),
                    format!(
                        "`{path}`：`{name}` 与 `{}` 读取同一成员 `{json}`",
                        taken.name
                    ),
                )
            };
            r.at(codes::NAME_TWICE, place, en, zh);
        } else {
            all.push(field);
        }
    }
}

fn field(tree: &Tree, c: &Catalogue, r: &mut Report, entry: &Entry) -> Option<Field> {
    let table = match &entry.node.kind {
        Kind::Text(_) => None,
        Kind::Table(_) => Some(entry.node.table(r)?),
        _ => {
            entry.node.wrong(
                r,
                "a type such as \"text?\", or a table",
                "类型（如 \"text?\"）或表",
            );
            return None;
        }
    };
    let typed = match &table {
        None => Some(&entry.node),
        Some(table) => {
            table.only(r, &KEYS);
            table.require(r, "type")
        }
    };
    let (ty, optional) = types::type_of(tree, c, r, typed?, table.as_ref())?;
    let mut field = Field {
        name: entry.key.as_str().into(),
        json: entry.key.as_str().into(),
        ty,
        optional,
        default: Value::Missing,
        min: Value::Missing,
        max: Value::Missing,
        max_len: None,
        sensitive: false,
        title: Words::new(entry.key.clone(), entry.key.clone()),
    };
    if let Some(table) = &table {
        more(c, r, &mut field, table, typed?);
    }
    Some(field)
}

fn more(c: &Catalogue, r: &mut Report, field: &mut Field, table: &Table<'_>, typed: &Node) {
    title(r, field, table);
    if let Some(json) = table.get("json").and_then(|n| n.text(r)) {
        field.json = json.into();
    }
    if let Some(sensitive) = table.get("sensitive").and_then(|n| n.flag(r)) {
        field.sensitive = sensitive;
    }
    bounds(c, r, field, table);
    if let Some(node) = table.get("default")
        && let Some(value) = types::value(c, r, node, &field.ty)
    {
        within(r, field, node, &value);
        field.default = value;
        if field.optional {
            needless_mark(r, typed);
        }
        field.optional = false;
    }
}

fn title(r: &mut Report, field: &mut Field, table: &Table<'_>) {
    if let Some(title) = table.get("title").and_then(|n| n.title(r)) {
        field.title = title;
    }
    if let Some(en) = table.get("en").and_then(|n| n.text(r)) {
        field.title.en = en.to_owned();
    }
    if let Some(zh) = table.get("zh").and_then(|n| n.text(r)) {
        field.title.zh = zh.to_owned();
    }
}

fn bounds(c: &Catalogue, r: &mut Report, field: &mut Field, table: &Table<'_>) {
    let (min, max) = (table.get("min"), table.get("max"));
    match field.ty {
        Type::Int | Type::Decimal | Type::Money(_) => {
            let read = |node: Option<&Node>, r: &mut Report| {
                node.and_then(|n| types::value(c, r, n, &field.ty))
                    .unwrap_or(Value::Missing)
            };
            let (least, most) = (read(min, r), read(max, r));
            if compare(&least, &most) == Some(Ordering::Greater)
                && let Some(node) = max
            {
                let path = &table.node.path;
                r.at(
                    codes::OUT_OF_RANGE,
                    &node.place,
                    format!("`{path}`: `max` is less than `min`"),
                    format!("`{path}`：`max` 小于 `min`"),
                );
            }
            (field.min, field.max) = (least, most);
        }
        Type::Text => {
            field.max_len = max
                .and_then(|n| n.count(r, 1, TEXT_MAX))
                .and_then(|n| usize::try_from(n).ok());
            if let Some(node) = min {
                misplaced(r, node, "a text has only `max`", "文本只有 `max`");
            }
        }
        _ => {
            for node in [min, max].into_iter().flatten() {
                misplaced(
                    r,
                    node,
                    "only int, decimal, money and text have bounds",
                    "只有 int、decimal、money 和 text 有界限",
                );
            }
        }
    }
}

fn within(r: &mut Report, field: &Field, node: &Node, value: &Value) {
    let below = compare(value, &field.min) == Some(Ordering::Less);
    let above = compare(value, &field.max) == Some(Ordering::Greater);
    let long = match (value, field.max_len) {
        (Value::Text(text), Some(most)) => text.chars().count() > most,
        _ => false,
    };
    if below || above || long {
        let path = &node.path;
        r.at(
            codes::OUT_OF_RANGE,
            &node.place,
            format!("`{path}` lies outside the bounds declared beside it"),
            format!("`{path}` 超出了旁边声明的界限"),
        );
    }
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => a.partial_cmp(b),
        (Value::Money(a), Value::Money(b)) => a.compare(*b),
        _ => None,
    }
}

/// `text?` beside a default: it is never missing, so the mark misleads.
pub(super) fn needless_mark(r: &mut Report, typed: &Node) {
    let path = &typed.path;
    let mut finding = Finding::warning(
        codes::HALF_OPTIONAL,
        typed.place.clone(),
        Words::new(
            format!("`{path}`: with a default it is never missing, so `?` misleads"),
            format!("`{path}`：有默认值就不会缺失，`?` 会误导"),
        ),
    )
    .fix("leave the `?` out", "请删去 `?`");
    finding.corrected = r.with_value(typed, &typed.raw.replacen('?', "", 1));
    r.push(finding);
}
