//! Writes what happened into a case file, for review. Everything else in it stays as it is.

use super::compare::{Line, Seen, compare};
use super::model::{Case, CaseFile, Row, Run};
use crate::duration;
use serde_json::Value as Json;
use toml_edit::{
    Array, Decor, DocumentMut, Formatted, InlineTable, Item, TableLike, TomlError, Value,
};

/// The members written, in this order, where what happened has them.
const ACTION: [&str; 12] = [
    "action", "offer", "group", "method", "channel", "team", "process", "subject", "reason",
    "expires", "lasts", "data",
];
const REFUSAL: [&str; 5] = ["action", "offer", "method", "code", "by"];
/// What is written only where a row named it before.
const SPARE: [&str; 2] = ["group", "expires"];

/// What happened in one run.
#[derive(Clone, Debug)]
pub struct Happened<'a> {
    /// The case.
    pub case: &'a Case,
    /// The run.
    pub run: &'a Run,
    /// All actions, in order.
    pub actions: &'a [Seen],
    /// All refusals, in order.
    pub refusals: &'a [Seen],
}

/// One row to be written: what happened, and the row that stood for it.
struct Kept<'a> {
    seen: &'a Seen,
    /// The row's place in its list, and true where it is met and stays as it is written.
    row: Option<(usize, &'a Row, bool)>,
}

/// What is to be expected from now on: all of this rule, and of the others what was expected of them.
/// `None` where the list is right as it stands.
fn kept<'a>(rule: &str, rows: &'a [Row], seen: &'a [Seen]) -> Option<Vec<Kept<'a>>> {
    let lines = compare(rule, rows, seen);
    if lines.iter().all(Line::is_same) {
        return None;
    }
    let place = |row: &Row| rows.iter().position(|r| std::ptr::eq(r, row));
    let stood = |one: &Seen| {
        lines.iter().find_map(|line| match line {
            Line::Same { row, seen } | Line::Differs { row, seen } if std::ptr::eq(*seen, one) => {
                Some((place(row)?, *row, line.is_same()))
            }
            _ => None,
        })
    };
    let all = seen.iter().map(|one| Kept {
        seen: one,
        row: stood(one),
    });
    Some(
        all.filter(|k| k.row.is_some() || k.seen.rule == rule)
            .collect(),
    )
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
            let (run, rule) = (happened.run, &file.rule);
            if let Some(kept) = kept(rule, &run.expect, happened.actions) {
                write(row, "expect", file, &kept, &ACTION, lines);
            }
            if let Some(kept) = kept(rule, &run.refuse, happened.refusals) {
                write(row, "refuse", file, &kept, &REFUSAL, lines);
            }
        }
    }
    Ok(document.to_string())
}

fn write(
    into: &mut dyn TableLike,
    key: &str,
    file: &CaseFile,
    kept: &[Kept<'_>],
    members: &[&str],
    lines: bool,
) {
    let old = into.get(key).and_then(Item::as_array).cloned();
    let inline = !lines;
    let lines = lines && kept.len() > 1;
    let mut list = Array::new();
    for one in kept {
        let mut value = match &one.row {
            Some((at, _, true)) => old.as_ref().and_then(|old| old.get(*at)).cloned(),
            _ => None,
        };
        let named: Vec<&str> = match &one.row {
            Some((_, row, _)) => row.members.keys().map(String::as_str).collect(),
            None => {
                let own = members.iter().copied();
                own.filter(|m| !SPARE.contains(m)).collect()
            }
        };
        let value = value.get_or_insert_with(|| {
            let members = members.iter().copied().filter(|m| named.contains(m));
            Value::InlineTable(row(file, one.seen, members))
        });
        *value.decor_mut() = Decor::default();
        value
            .decor_mut()
            .set_prefix(if lines { "\n  " } else { " " });
        list.push_formatted(value.clone());
    }
    if lines {
        list.set_trailing_comma(true);
        list.set_trailing("\n");
    } else if !kept.is_empty() {
        list.set_trailing(" ");
    }
    // The blanks before and the comment behind an old list stay.
    let mut value = Value::Array(list);
    if let Some(old) = into.get(key).and_then(Item::as_value) {
        *value.decor_mut() = old.decor().clone();
    }
    match into.get_mut(key) {
        Some(item) => *item = Item::Value(value),
        None => {
            // In `{ … }` the blank before the bracket belongs to the last value.
            let last = into.iter_mut().last();
            if let Some((_, Item::Value(last))) = last
                && inline
            {
                let suffix = last.decor_mut().suffix().cloned();
                last.decor_mut().set_suffix("");
                if let Some(suffix) = suffix {
                    value.decor_mut().set_suffix(suffix);
                }
            }
            into.insert(key, Item::Value(value));
        }
    }
}

fn row<'m>(file: &CaseFile, seen: &Seen, members: impl Iterator<Item = &'m str>) -> InlineTable {
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
        let value = seen.members.get(member);
        if let Some(value) = value.and_then(|value| toml(member, value)) {
            row.insert(member, value);
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
        Json::Number(ms) if matches!(member, "lasts" | "expires") => {
            duration::format(ms.as_i64()?).into()
        }
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
