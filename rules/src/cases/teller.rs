//! What there is to say about a case file, and the sentences that come up again and again.

use super::codes;
use super::tree::{Entry, Node};
use crate::duration;
use crate::finding::{Finding, Findings, Place, Words, nearest};

/// No case reaches further than this, ms: a hundred years.
const AT_MAX: i64 = 36_525 * 86_400_000;

/// The findings so far, and the text they quote.
pub(super) struct Teller<'a> {
    text: &'a str,
    findings: Findings,
}

impl<'a> Teller<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            findings: Findings::new(),
        }
    }

    pub(super) fn into_findings(self) -> Findings {
        self.findings
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// An error with its two sentences.
    pub(super) fn say(
        &mut self,
        code: &'static str,
        place: &Place,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) {
        self.push(Finding::error(code, place.clone(), Words::new(en, zh)));
    }

    /// The name at `place` means nothing; says what might have been meant.
    pub(super) fn unknown<'n>(
        &mut self,
        code: &'static str,
        place: &Place,
        cause: Words,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let near = nearest(name, known.iter().copied(), 3);
        let mut finding = Finding::error(code, place.clone(), cause);
        if let Some(best) = near.first() {
            let names = quoted(&near);
            finding = finding.fix(
                format!("did you mean {names}?"),
                format!("是否想写 {names}？"),
            );
            finding.corrected = self.corrected(place, name, best);
        } else if !known.is_empty() {
            let some: Vec<&str> = known.iter().copied().take(12).collect();
            let (names, more) = (quoted(&some), known.len() > some.len());
            let tail = if more { ", …" } else { "" };
            finding = finding.fix(
                format!("there are {names}{tail}"),
                format!("可用的有 {names}{tail}"),
            );
        }
        self.push(finding);
    }

    /// The line of `place` with the first `old` from there on made `new`.
    fn corrected(&self, place: &Place, old: &str, new: &str) -> Option<String> {
        let line = usize::try_from(place.line.checked_sub(1)?).ok()?;
        let line = self.text.lines().nth(line)?;
        let column = usize::try_from(place.column.checked_sub(1)?).ok()?;
        let before: String = line.chars().take(column).collect();
        let after: String = line.chars().skip(column).collect();
        after
            .contains(old)
            .then(|| format!("{before}{}", after.replacen(old, new, 1)))
    }

    /// A finding for every key that is none of `known`.
    pub(super) fn only(&mut self, entries: &[Entry], known: &[&str]) {
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                self.unknown_key(entry, known);
            }
        }
    }

    /// A finding that this key means nothing here.
    pub(super) fn unknown_key(&mut self, entry: &Entry, known: &[&str]) {
        let key = &entry.key;
        let cause = Words::new(
            format!("`{key}` means nothing here"),
            format!("`{key}` 在此没有意义"),
        );
        self.unknown(
            codes::UNKNOWN_KEY,
            &entry.place,
            cause,
            key,
            known.iter().copied(),
        );
    }

    /// A finding that something else was expected.
    pub(super) fn wrong(&mut self, node: &Node, what: &str, en: &str, zh: &str) {
        let (is_en, is_zh) = node.kind.words();
        self.say(
            codes::WRONG_SHAPE,
            &node.place,
            format!("`{what}` must be {en}, and is {is_en}"),
            format!("`{what}` 应为{zh}，但写的是{is_zh}"),
        );
    }

    /// A finding that a key is not there.
    pub(super) fn missing(&mut self, place: &Place, what: &str, key: &str) {
        self.say(
            codes::MISSING_KEY,
            place,
            format!("{what} needs `{key} = …`"),
            format!("缺少 `{key} = …`"),
        );
    }

    /// The text a key must be, if it is there.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let text = node.text();
        match text {
            Some("") => {
                let (en, zh) = (format!("`{what}` is empty"), format!("`{what}` 为空"));
                self.say(codes::WRONG_SHAPE, &node.place, en, zh);
                None
            }
            None => {
                self.wrong(node, what, "a text", "文本");
                None
            }
            text => text,
        }
    }

    /// The items of the list a key must be.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        node.items().unwrap_or_else(|| {
            self.wrong(node, what, "a list in `[ ]`", "用 `[ ]` 括起的列表");
            &[]
        })
    }

    /// The entries of the table a key must be.
    pub(super) fn table<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Entry] {
        node.entries().unwrap_or_else(|| {
            self.wrong(node, what, "a table in `{ }`", "用 `{ }` 括起的表");
            &[]
        })
    }

    /// The duration a key must be, ms.
    pub(super) fn duration(&mut self, node: &Node, what: &str) -> Option<i64> {
        let text = self.text(node, what)?;
        let ms = duration::parse(text).filter(|ms| *ms <= AT_MAX);
        if ms.is_none() {
            self.push(
                Finding::error(
                    codes::NOT_DURATION,
                    node.place.clone(),
                    Words::new(
                        format!("`{what}`: `{text}` is not a duration after the start"),
                        format!("`{what}`：`{text}` 不是起点之后的时长"),
                    ),
                )
                .fix(
                    "write a number and one of ms, s, m, h, d, w: `0s`, `9m59s`, `30d`; there are no months",
                    "写数字加单位 ms、s、m、h、d、w 之一：`0s`、`9m59s`、`30d`；没有月",
                ),
            );
        }
        ms
    }

    /// The `at` a row must have.
    pub(super) fn at(&mut self, row: &Node, what: &str) -> Option<i64> {
        match row.get("at") {
            Some(node) => self.duration(node, "at"),
            None => {
                self.missing(&row.place, what, "at");
                None
            }
        }
    }

    /// The `n` a row may have, from 1.
    pub(super) fn n(&mut self, row: &Node) -> Option<u32> {
        let node = row.get("n")?;
        let n = match node.kind {
            super::tree::Kind::Int(n) => u32::try_from(n).ok().filter(|n| *n > 0),
            _ => None,
        };
        if n.is_none() {
            self.wrong(node, "n", "1, 2, 3 …", "1、2、3 ……");
        }
        n
    }
}

/// Names in backticks, with commas.
pub(super) fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    quoted.join(", ")
}
