//! TOML to a tree of nodes. A section that cannot be read is reported and left out; the others are
//! read all the same.

use super::codes;
use super::node::{Kind, Node};
use super::report::Report;
use super::source::Source;
use super::table::Entry;
use crate::finding::{Finding, Place, Words};
use toml_edit::{Document, Item, TableLike, TomlError, Value};
use unicode_normalization::UnicodeNormalization;

/// Most sections of one file that are left out before the file is given up.
const BROKEN_SECTIONS_MAX: usize = 16;

/// The file as a tree, and true when a part of it had to be left out.
pub(super) fn parse(source: &Source, root: &Place, r: &mut Report) -> (Node, bool) {
    let mut text = source.text().to_owned();
    let mut lost = false;
    for _ in 0..BROKEN_SECTIONS_MAX {
        match Document::parse(text.as_str()) {
            Ok(document) => {
                let reader = Reader { source };
                return (reader.root(document.as_table(), root), lost);
            }
            Err(error) => {
                lost = true;
                syntax(source, &error, r);
                match without(source, &text, &error) {
                    Some(shorter) => text = shorter,
                    None => break,
                }
            }
        }
    }
    let empty = Node {
        place: root.clone(),
        offset: 0,
        path: String::new(),
        raw: String::new(),
        kind: Kind::Table(Vec::new()),
    };
    (empty, true)
}

fn syntax(source: &Source, error: &TomlError, r: &mut Report) {
    let at = error.span().map_or(source.text().len(), |span| span.start);
    let place = source.place(at);
    let said = error.message().lines().next().unwrap_or("");
    let mut finding = Finding::error(
        codes::SYNTAX,
        place,
        Words::new(
            format!("this is not TOML: {said}"),
            format!("这里不符合 TOML 语法：{said}"),
        ),
    );
    let line = source.line(source.line_of(at));
    let plain = half_width(line);
    finding = if plain == line {
        finding.fix(
            "look for a quote, bracket or `=` that is missing here or just above",
            "请检查此处或上方是否缺少引号、括号或 `=`",
        )
    } else {
        finding
            .fix(
                "use half-width signs: `\"`, `=`, `,`, `[`",
                "请使用半角符号：`\"`、`=`、`,`、`[`",
            )
            .corrected(plain)
    };
    r.push(finding);
}

/// The line with full-width signs outside quotes made half-width.
fn half_width(line: &str) -> String {
    let mut quoted = false;
    let mut plain = String::with_capacity(line.len());
    for sign in line.chars() {
        match sign {
            '"' => {
                quoted = !quoted;
                plain.push('"');
            }
            '“' | '”' | '＂' => plain.push('"'),
            _ if quoted => plain.push(sign),
            '【' => plain.push('['),
            '】' => plain.push(']'),
            '，' | '、' => plain.push(','),
            '\u{3000}' | '\u{ff01}'..='\u{ff5e}' => plain.extend(std::iter::once(sign).nfkc()),
            _ => plain.push(sign),
        }
    }
    plain
}

/// The text with the section that holds the error blanked out: a section runs from one `[header]` to
/// the next. An error in a header that reads well alone comes from the section before it: something
/// was left open there.
fn without(source: &Source, text: &str, error: &TomlError) -> Option<String> {
    let at = error.span().map_or(text.len(), |span| span.start);
    let line = source.line_of(at.min(text.len()));
    let is_header = |line: &usize| source.line(*line).trim_start().starts_with('[');
    let first = (0..=line).rev().find(is_header).unwrap_or(0);
    let before = (0..first).rev().find(is_header).unwrap_or(0);
    let alone = first == line && first > 0 && Document::parse(source.line(first)).is_ok();
    let candidates = if alone {
        [before, first]
    } else {
        [first, before]
    };
    for start in candidates {
        let end = (start + 1..source.lines())
            .find(is_header)
            .map_or(source.text().len(), |next| source.start(next));
        if let Some(shorter) = blanked(text, source.start(start), end) {
            return Some(shorter);
        }
    }
    None
}

/// The text with spaces from `from` to `to`, line ends kept; `None` when it is blank there already.
fn blanked(text: &str, from: usize, to: usize) -> Option<String> {
    let part = text.get(from..to)?;
    if part.trim().is_empty() {
        return None;
    }
    let blank: String = part
        .bytes()
        .map(|b| if b == b'\n' { '\n' } else { ' ' })
        .collect();
    Some(format!("{}{blank}{}", text.get(..from)?, text.get(to..)?))
}

struct Reader<'a> {
    source: &'a Source,
}

impl Reader<'_> {
    fn root(&self, table: &dyn TableLike, place: &Place) -> Node {
        Node {
            place: place.clone(),
            offset: 0,
            path: String::new(),
            raw: String::new(),
            kind: Kind::Table(self.entries(table, "")),
        }
    }

    fn entries(&self, table: &dyn TableLike, path: &str) -> Vec<Entry> {
        let keys = table.iter().map(|(key, _)| key);
        keys.filter_map(|key| {
            let (key, item) = table.get_key_value(key)?;
            let span = key.span().unwrap_or(0..0);
            let place = self.source.place(span.start);
            let path = joined(path, key.get());
            Some(Entry {
                key: key.get().to_owned(),
                width: self.source.slice(span.clone()).chars().count(),
                node: self.item(item, &path, &place, span.start)?,
                place,
            })
        })
        .collect()
    }

    fn item(&self, item: &Item, path: &str, name: &Place, offset: usize) -> Option<Node> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(self.value(value, path, name, offset)),
            Item::Table(table) => Some(Node {
                place: name.clone(),
                offset,
                path: path.to_owned(),
                raw: String::new(),
                kind: Kind::Table(self.entries(table, path)),
            }),
            Item::ArrayOfTables(tables) => {
                let items = tables.iter().enumerate().map(|(at, table)| {
                    let offset = table.span().map_or(offset, |span| span.start);
                    let path = format!("{path}[{}]", at + 1);
                    Node {
                        place: self.source.place(offset),
                        offset,
                        raw: String::new(),
                        kind: Kind::Table(self.entries(table, &path)),
                        path,
                    }
                });
                Some(Node {
                    place: name.clone(),
                    offset,
                    path: path.to_owned(),
                    raw: String::new(),
                    kind: Kind::List(items.collect()),
                })
            }
        }
    }

    fn value(&self, value: &Value, path: &str, name: &Place, offset: usize) -> Node {
        let span = value.span();
        let raw = span.clone().map_or("", |span| self.source.slice(span));
        let place = match &span {
            Some(span) => self.source.place(span.start),
            None => name.clone(),
        };
        let kind = match value {
            Value::String(text) => Kind::Text(text.value().clone()),
            Value::Integer(number) => Kind::Int(*number.value()),
            Value::Float(_) => Kind::Number,
            Value::Boolean(flag) => Kind::Flag(*flag.value()),
            Value::Datetime(_) => Kind::Instant,
            Value::Array(items) => Kind::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| {
                        self.value(item, &format!("{path}[{}]", at + 1), name, offset)
                    })
                    .collect(),
            ),
            Value::InlineTable(table) => Kind::Table(self.entries(table, path)),
        };
        Node {
            place,
            offset: span.map_or(offset, |span| span.start),
            path: path.to_owned(),
            raw: raw.to_owned(),
            kind,
        }
    }
}

/// `event."transaction.transfer".data`, as it would stand in a header.
fn joined(path: &str, key: &str) -> String {
    let bare = key
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if bare {
        key.to_owned()
    } else {
        format!("\"{key}\"")
    };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}
