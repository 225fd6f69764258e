//! Writes what happened into a case file, for review. Everything else in it stays as it is.

use super::compare::Seen;
use super::model::{Case, CaseFile, Run};
use crate::duration;
use serde_json::Value as Json;
use toml_edit::{Array, DocumentMut, Formatted, InlineTable, Item, TableLike, TomlError, Value};

/// The members written, in this order, where what happened has them.
const ACTION: [&str; 10] = [
    "action", "offer", "method", "channel", "team", "process", "subject", "reason", "lasts",
    "data",
];
const REFUSAL: [&str; 4] = ["offer", "method", "code", "by"];

/// What happened in one run.
#[derive(Clone, Debug)]
pub struct Happened<'a> {
    /// The case.
    pub case: &'a Case,
    /// The run.
    pub run: &'a Run,
    /// The actions to be expected from now on.
    pub actions: Vec<&'a Seen>,
    /// The refusals to be expected from now on.
    pub refusals: Vec<&'a Seen>,
}

/// The text of the file with `expect` and `refuse` of these runs as it happened.
///
/// # Errors
/// The text is not TOML.
pub fn updated(text: &str, file: &CaseFile, all: &[Happened<'_>]) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    for happened in all {
        let case = document
            .get_mut("case")
            .and_then(Item::as_array_of_tables_mut)
            .and_then(|cases| cases.get_mut(happened.case.nth));
        let Some(case) = case else {
            continue;
        };
        let row = match happened.run.row {
            None => Some(case as &mut dyn TableLike),
            Some(nth) => case
                .get_mut("table")
                .and_then(Item::as_array_mut)
                .and_then(|rows| rows.get_mut(nth))
                .and_then(Value::as_inline_table_mut)
                .map(|row| row as &mut dyn TableLike),
        };
        if let Some(row) = row {
            let lines = happened.run.row.is_none();
            write(row, "expect", file, &happened.actions, &ACTION, lines);
            let had = row.contains_key("refuse");
            if had || !happened.refusals.is_empty() {
                write(row, "refuse", file, &happened.refusals, &REFUSAL, lines);
            }
        }
    }
    Ok(document.to_string())
}

fn write(
    into: &mut dyn TableLike,
    key: &str,
    file: &CaseFile,
    seen: &[&Seen],
    members: &[&str],
    lines: bool,
) {
    let mut list = Array::new();
    for one in seen {
        let mut value = Value::InlineTable(row(file, one, members));
        if lines {
            value.decor_mut().set_prefix("\n  ");
        }
        list.push_formatted(value);
    }
    if lines && !seen.is_empty() {
        list.set_trailing_comma(true);
        list.set_trailing("\n");
    }
    // The blanks before and the comment behind an old list stay.
    let mut value = Value::Array(list);
    if let Some(old) = into.get(key).and_then(Item::as_value) {
        *value.decor_mut() = old.decor().clone();
    }
    match into.get_mut(key) {
        Some(item) => *item = Item::Value(value),
        None => {
            into.insert(key, Item::Value(value));
        }
    }
}

fn row(file: &CaseFile, seen: &Seen, members: &[&str]) -> InlineTable {
    let mut row = InlineTable::new();
    row.insert("at", duration::format(seen.at).into());
    if let Some(n) = seen.n.filter(|n| *n > 1) {
        row.insert("n", i64::from(n).into());
    }
    if file.customer.as_ref() != Some(&seen.customer) {
        row.insert("customer", seen.customer.as_str().into());
    }
    if seen.rule != file.rule {
        row.insert("rule", seen.rule.as_str().into());
    }
    for member in members {
        let value = seen.members.get(*member);
        if let Some(value) = value.and_then(|value| toml(member, value)) {
            row.insert(*member, value);
        }
    }
    row
}

/// A member as an author would write it; `None` where there is nothing to say.
fn toml(member: &str, value: &Json) -> Option<Value> {
    Some(match value {
        Json::Null => return None,
        // The event's own id is made up, and a customer is named by `customer`.
        Json::String(text) if member == "subject" => {
            let own = ["customer:", "transaction:", "event:"];
            if own.iter().any(|kind| text.starts_with(kind)) {
                return None;
            }
            text.as_str().into()
        }
        Json::Number(ms) if member == "lasts" => duration::format(ms.as_i64()?).into(),
        Json::Bool(flag) => (*flag).into(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => Value::Float(Formatted::new(number.as_f64()?)),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => match items.as_slice() {
            [] => return None,
            [one] if member == "reason" => toml("", one)?,
            items => Value::Array(items.iter().filter_map(|item| toml("", item)).collect()),
        },
        Json::Object(members) => {
            if members.is_empty() {
                return None;
            }
            let mut table = InlineTable::new();
            for (key, value) in members {
                if let Some(value) = toml("", value) {
                    table.insert(key, value);
                }
            }
            Value::InlineTable(table)
        }
    })
}
