//! A catalogue file as a tree in which every key and value knows its place, and the readers that turn
//! a value into what was expected or into a finding.

use super::codes;
use super::report::{Report, did_you_mean, one_of};
use super::table::{Entry, Table, bilingual};
use crate::catalogue::Expression;
use crate::decimal::Decimal;
use crate::duration;
use crate::finding::{Finding, Place, Words, nearest};

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where it begins; for a table where its name stands.
    pub(super) place: Place,
    /// The byte it begins at: the order things are declared in.
    pub(super) offset: usize,
    /// How an author would name it: `feature.outflow_24h.over`.
    pub(super) path: String,
    /// Its text as it stands in the file, quotes included; empty for tables.
    pub(super) raw: String,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A text.
    Text(String),
    /// An integer.
    Int(i64),
    /// A number with a point or exponent; its digits are in `raw`.
    Number,
    /// True or false.
    Flag(bool),
    /// A date or time written without quotes.
    Instant,
    /// A list.
    List(Vec<Node>),
    /// A table, in declared order.
    Table(Vec<Entry>),
}

impl Kind {
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Text(_) => ("a text", "文本"),
            Self::Int(_) => ("an integer", "整数"),
            Self::Number => ("a number", "小数"),
            Self::Flag(_) => ("true or false", "真假值"),
            Self::Instant => ("a date without quotes", "未加引号的日期"),
            Self::List(_) => ("a list", "列表"),
            Self::Table(_) => ("a table", "表"),
        }
    }
}

impl Node {
    /// A finding that something else was expected here.
    pub(super) fn wrong(&self, r: &mut Report, en: &str, zh: &str) {
        let (is_en, is_zh) = self.kind.words();
        let path = &self.path;
        r.at(
            codes::WRONG_SHAPE,
            &self.place,
            format!("`{path}` must be {en}, and is {is_en}"),
            format!("`{path}` 应为{zh}，但写的是{is_zh}"),
        );
    }

    /// The table this must be.
    pub(super) fn table(&self, r: &mut Report) -> Option<Table<'_>> {
        match &self.kind {
            Kind::Table(entries) => Some(Table {
                node: self,
                entries,
            }),
            _ => {
                self.wrong(r, "a table", "表");
                None
            }
        }
    }

    /// The text without a finding when it is none.
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text this must be; not empty.
    pub(super) fn text(&self, r: &mut Report) -> Option<&str> {
        match self.as_text() {
            Some("") => {
                self.empty(r);
                None
            }
            Some(text) => Some(text),
            None => {
                self.wrong(r, "a text", "文本");
                None
            }
        }
    }

    /// A finding that there is nothing where something is needed.
    pub(super) fn empty(&self, r: &mut Report) {
        let path = &self.path;
        r.at(
            codes::EMPTY,
            &self.place,
            format!("`{path}` is empty"),
            format!("`{path}` 为空"),
        );
    }

    /// The flag this must be.
    pub(super) fn flag(&self, r: &mut Report) -> Option<bool> {
        match self.kind {
            Kind::Flag(flag) => Some(flag),
            _ => {
                self.wrong(r, "true or false", "真假值（true 或 false）");
                None
            }
        }
    }

    /// The integer this must be, within bounds.
    pub(super) fn int(&self, r: &mut Report, least: i64, most: i64) -> Option<i64> {
        let Kind::Int(number) = self.kind else {
            self.wrong(r, "an integer", "整数");
            return None;
        };
        if (least..=most).contains(&number) {
            return Some(number);
        }
        self.out_of_range(r, &least.to_string(), &most.to_string());
        None
    }

    /// The same as an unsigned number.
    pub(super) fn count(&self, r: &mut Report, least: u32, most: u32) -> Option<u32> {
        u32::try_from(self.int(r, i64::from(least), i64::from(most))?).ok()
    }

    /// A finding that the value lies outside its bounds.
    pub(super) fn out_of_range(&self, r: &mut Report, least: &str, most: &str) {
        let (path, raw) = (&self.path, &self.raw);
        r.at(
            codes::OUT_OF_RANGE,
            &self.place,
            format!("`{path}` must lie between {least} and {most}, and is `{raw}`"),
            format!("`{path}` 应在 {least} 与 {most} 之间，但写的是 `{raw}`"),
        );
    }

    /// The number as its digits, from an integer, a number with a point, or a text of digits.
    pub(super) fn digits(&self) -> Option<Decimal> {
        match &self.kind {
            Kind::Int(number) => Decimal::parse(&number.to_string()),
            Kind::Number => Decimal::parse(self.raw.replace('_', "").trim_start_matches('+')),
            Kind::Text(text) => Decimal::parse(text),
            _ => None,
        }
    }

    /// The number this must be, within bounds.
    pub(super) fn number(&self, r: &mut Report, least: f64, most: f64) -> Option<f64> {
        let number = match &self.kind {
            Kind::Int(_) | Kind::Number => {
                let plain = self.raw.replace('_', "");
                plain.parse::<f64>().ok().filter(|n| n.is_finite())
            }
            _ => None,
        };
        let Some(number) = number else {
            self.wrong(r, "a finite number", "有限的数");
            return None;
        };
        if (least..=most).contains(&number) {
            return Some(number);
        }
        self.out_of_range(r, &least.to_string(), &most.to_string());
        None
    }

    /// The duration this must be, within bounds, ms.
    pub(super) fn duration(&self, r: &mut Report, least: i64, most: i64) -> Option<i64> {
        let Some(text) = self.as_text() else {
            self.wrong(
                r,
                "a duration in quotes, such as \"10m\"",
                "带引号的时长，如 \"10m\"",
            );
            return None;
        };
        let Some(ms) = duration::parse(text) else {
            let path = &self.path;
            r.push(
                Finding::error(
                    codes::NOT_DURATION,
                    self.place.clone(),
                    Words::new(
                        format!("`{path}`: `{text}` is not a duration"),
                        format!("`{path}`：`{text}` 不是时长"),
                    ),
                )
                .fix(
                    "write a number and one of ms, s, m, h, d, w: `10m`, `1h30m`; there are no months",
                    "写数字加单位 ms、s、m、h、d、w 之一，如 `10m`、`1h30m`；没有月",
                ),
            );
            return None;
        };
        if (least..=most).contains(&ms) {
            return Some(ms);
        }
        self.out_of_range(r, &duration::format(least), &duration::format(most));
        None
    }

    /// The word this must be, of a closed list.
    pub(super) fn word<T: Copy>(&self, r: &mut Report, known: &[(&str, T)]) -> Option<T> {
        let text = self.text(r)?;
        if let Some((_, meaning)) = known.iter().find(|(word, _)| *word == text) {
            return Some(*meaning);
        }
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let path = &self.path;
        let mut finding = Finding::error(
            codes::UNKNOWN_WORD,
            self.place.clone(),
            Words::new(
                format!("`{path}`: `{text}` is not known here"),
                format!("`{path}`：不认识 `{text}`"),
            ),
        );
        let near = nearest(text, words.iter().copied(), 1);
        finding = match near.first() {
            Some(best) => {
                let line = r.with_value(self, &format!("\"{best}\""));
                let finding = did_you_mean(finding, &near);
                match line {
                    Some(line) => finding.corrected(line),
                    None => finding,
                }
            }
            None => one_of(finding, &words),
        };
        r.push(finding);
        None
    }

    /// The values of a list.
    pub(super) fn list(&self, r: &mut Report) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => {
                self.wrong(r, "a list in `[ ]`", "用 `[ ]` 括起的列表");
                None
            }
        }
    }

    /// The texts of a list of texts, or the one text this is.
    pub(super) fn one_or_many(&self, r: &mut Report) -> Vec<&Node> {
        match &self.kind {
            Kind::List(items) => {
                if items.is_empty() {
                    self.empty(r);
                }
                let texts = items.iter().filter(|item| item.text(r).is_some());
                texts.collect()
            }
            Kind::Text(_) => self.text(r).map(|_| self).into_iter().collect(),
            _ => {
                self.wrong(r, "a text or a list of texts", "文本或文本列表");
                Vec::new()
            }
        }
    }

    /// A title: one text for both languages, or `{ en = …, zh = … }`.
    pub(super) fn title(&self, r: &mut Report) -> Option<Words> {
        if let Some(text) = self.as_text() {
            return Some(Words::new(text, text));
        }
        if !matches!(self.kind, Kind::Table(_)) {
            self.wrong(
                r,
                "a text or `{ en = …, zh = … }`",
                "文本或 `{ en = …, zh = … }`",
            );
            return None;
        }
        let table = self.table(r)?;
        table.only(r, &["en", "zh"]);
        bilingual(r, &table)
    }

    /// An expression of the rule language.
    pub(super) fn expression(&self, r: &mut Report) -> Option<Expression> {
        let text = self.text(r)?;
        if text.trim().is_empty() {
            self.empty(r);
            return None;
        }
        let id = r.next_expression();
        Some(Expression::quoted(text, &self.raw, &self.place, id))
    }
}
