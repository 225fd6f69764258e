//! A case file as a tree in which every key and every value knows its place.

use crate::decimal::Decimal;
use crate::finding::Place;
use std::ops::Range;
use std::sync::Arc;
use toml_edit::{Document, Item, TableLike, TomlError, Value as Toml};

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Where it begins; for a `[table]` where its name stands.
    pub(super) place: Place,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A text.
    Text(String),
    /// An integer.
    Int(i64),
    /// A number with a point or exponent, by its digits.
    Number(String),
    /// True or false.
    Flag(bool),
    /// A date or a time without quotes, as it stands.
    Instant(String),
    /// A list.
    List(Vec<Node>),
    /// A table, in the order of the file.
    Table(Vec<Entry>),
}

/// One key of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where it stands.
    pub(super) place: Place,
    /// Its value.
    pub(super) node: Node,
}

impl Kind {
    /// What to call it, in English and Chinese.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Text(_) => ("a text", "文本"),
            Self::Int(_) => ("an integer", "整数"),
            Self::Number(_) => ("a number", "小数"),
            Self::Flag(_) => ("true or false", "真假值"),
            Self::Instant(_) => ("a date without quotes", "未加引号的日期"),
            Self::List(_) => ("a list", "列表"),
            Self::Table(_) => ("a table", "表"),
        }
    }
}

impl Node {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, if it is a table.
    pub(super) fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub(super) fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key of a table.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let entry = self.entries()?.iter().find(|e| e.key == key)?;
        Some(&entry.node)
    }

    /// The number as its digits: from an integer, a number with a point, or a text of digits.
    pub(super) fn digits(&self) -> Option<Decimal> {
        match &self.kind {
            Kind::Int(number) => Decimal::parse(&number.to_string()),
            Kind::Number(digits) | Kind::Text(digits) => Decimal::parse(digits),
            _ => None,
        }
    }

    /// The value as it would be written.
    pub(super) fn shown(&self) -> String {
        match &self.kind {
            Kind::Text(text) => format!("\"{text}\""),
            Kind::Int(number) => number.to_string(),
            Kind::Number(digits) | Kind::Instant(digits) => digits.clone(),
            Kind::Flag(flag) => flag.to_string(),
            Kind::List(items) => {
                let items: Vec<String> = items.iter().map(Self::shown).collect();
                format!("[{}]", items.join(", "))
            }
            Kind::Table(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|e| format!("{} = {}", e.key, e.node.shown()))
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }
}

/// Reads a file, or gives the place and the words of the first thing that is not TOML.
pub(super) fn read(file: &Arc<str>, text: &str) -> Result<Node, (Place, String)> {
    let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
    let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1));
    let reader = Reader {
        file,
        text,
        starts: starts.collect(),
    };
    let document = Document::parse(text).map_err(|e: TomlError| {
        let at = e.span().map_or(text.len(), |span| span.start);
        let said = e.message().lines().next().unwrap_or("").to_owned();
        (reader.place(at), said)
    })?;
    Ok(Node {
        place: Place::file(Arc::clone(file)),
        kind: Kind::Table(reader.entries(document.as_table())),
    })
}

struct Reader<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    /// The byte each line begins at.
    starts: Vec<usize>,
}

impl Reader<'_> {
    /// The place of byte `at`.
    fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|l| self.starts.get(l));
        let before = self.text.get(start.copied().unwrap_or(0)..at);
        let column = before.map_or(0, |b| b.chars().count()) + 1;
        let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place::at(Arc::clone(self.file), short(line), short(column))
    }

    fn at(&self, span: Option<Range<usize>>, otherwise: &Place) -> Place {
        span.map_or_else(|| otherwise.clone(), |span| self.place(span.start))
    }

    fn entries(&self, table: &dyn TableLike) -> Vec<Entry> {
        let whole = Place::file(Arc::clone(self.file));
        let keys = table.iter().map(|(key, _)| key);
        keys.filter_map(|key| {
            let (key, item) = table.get_key_value(key)?;
            let place = self.at(key.span(), &whole);
            Some(Entry {
                key: key.get().to_owned(),
                node: self.item(item, &place)?,
                place,
            })
        })
        .collect()
    }

    fn item(&self, item: &Item, name: &Place) -> Option<Node> {
        let kind = match item {
            Item::None => return None,
            Item::Value(value) => return Some(self.value(value, name)),
            Item::Table(table) => Kind::Table(self.entries(table)),
            Item::ArrayOfTables(tables) => Kind::List(
                tables
                    .iter()
                    .map(|table| Node {
                        place: self.at(table.span(), name),
                        kind: Kind::Table(self.entries(table)),
                    })
                    .collect(),
            ),
        };
        Some(Node {
            place: name.clone(),
            kind,
        })
    }

    fn value(&self, value: &Toml, name: &Place) -> Node {
        let raw = || {
            let span = value.span().unwrap_or(0..0);
            self.text.get(span).unwrap_or("").to_owned()
        };
        let kind = match value {
            Toml::String(text) => Kind::Text(text.value().clone()),
            Toml::Integer(number) => Kind::Int(*number.value()),
            Toml::Float(_) => Kind::Number(raw().replace(['_', '+'], "")),
            Toml::Boolean(flag) => Kind::Flag(*flag.value()),
            Toml::Datetime(_) => Kind::Instant(raw()),
            Toml::Array(items) => {
                Kind::List(items.iter().map(|item| self.value(item, name)).collect())
            }
            Toml::InlineTable(table) => Kind::Table(self.entries(table)),
        };
        Node {
            place: self.at(value.span(), name),
            kind,
        }
    }
}
