//! Reading a TOML table key by key, with the place of whatever is wrong.

use super::codes;
use rules::duration;
use rules::finding::{Finding, Findings, Place, Words, nearest};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use toml_edit::{Item, TableLike, Value};

/// Writes findings down, with their places.
pub(super) struct Pen<'t> {
    file: Arc<str>,
    text: &'t str,
    findings: Findings,
}

impl<'t> Pen<'t> {
    pub(super) fn new(file: Arc<str>, text: &'t str) -> Self {
        Self {
            file,
            text,
            findings: Findings::new(),
        }
    }

    pub(super) fn findings(&mut self) -> Findings {
        std::mem::take(&mut self.findings)
    }

    fn place(&self, at: usize) -> Place {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let short = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Place::at(Arc::clone(&self.file), short(line), short(column))
    }

    pub(super) fn say(&mut self, code: &'static str, at: usize, cause: Words, fix: Words) {
        let place = self.place(at);
        let finding = Finding::error(code, place, cause).fix(fix.en, fix.zh);
        self.findings.push(finding);
    }
}

/// A table being read: its keys, and where it stands in the file.
pub(super) struct Section<'a> {
    table: &'a dyn TableLike,
    path: String,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a dyn TableLike) -> Self {
        Self {
            table,
            path: String::new(),
        }
    }

    /// The path of a key, as people write it.
    fn path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Every key must be one of these.
    pub(super) fn only(&self, pen: &mut Pen<'_>, known: &[&str]) {
        for (key, _) in self.table.iter() {
            if known.contains(&key) {
                continue;
            }
            let near = nearest(key, known.iter().copied(), 1);
            let fix = match near.first() {
                Some(near) => Words::new(
                    format!("did you mean `{near}`?"),
                    format!("是否应为 `{near}`？"),
                ),
                None => Words::new(
                    format!("known here: {}", known.join(", ")),
                    format!("此处可用：{}", known.join("、")),
                ),
            };
            let path = self.path(key);
            let cause = Words::new(
                format!("`{path}` does not exist"),
                format!("不存在 `{path}`"),
            );
            pen.say(codes::UNKNOWN_KEY, self.at(key), cause, fix);
        }
    }

    /// Keys that this build has no part for.
    pub(super) fn not_built(&self, pen: &mut Pen<'_>, key: &str, instead: (&str, &str)) {
        if self.table.contains_key(key) {
            let path = self.path(key);
            let cause = Words::new(
                format!("`{path}` has no part behind it in this build"),
                format!("此版本没有 `{path}` 对应的部件"),
            );
            let fix = Words::new(instead.0, instead.1);
            pen.say(codes::NOT_BUILT, self.at(key), cause, fix);
        }
    }

    /// The byte the key stands at.
    pub(super) fn at(&self, key: &str) -> usize {
        let found = self.table.get_key_value(key);
        let span = found.and_then(|(key, item)| key.span().or_else(|| item.span()));
        span.map_or(0, |span| span.start)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        self.table.get(key).and_then(Item::as_value)
    }

    fn wrong(&self, pen: &mut Pen<'_>, code: &'static str, key: &str, en: &str, zh: &str) {
        let path = self.path(key);
        pen.say(
            code,
            self.at(key),
            Words::new(format!("`{path}` is {en}"), format!("`{path}` 应为{zh}")),
            Words::new(
                "write it as the example in docs/operations.md does",
                "写法见 docs/operations.md",
            ),
        );
    }

    /// A table under a key, inline or not.
    pub(super) fn section(&self, pen: &mut Pen<'_>, key: &str) -> Option<Section<'a>> {
        let item = self.table.get(key)?;
        match item.as_table_like() {
            Some(table) => Some(Section {
                table,
                path: self.path(key),
            }),
            None => {
                self.wrong(pen, codes::WRONG_SHAPE, key, "a table", "表");
                None
            }
        }
    }

    /// The tables of an array of tables.
    pub(super) fn sections(&self, pen: &mut Pen<'_>, key: &str) -> Vec<Section<'a>> {
        let Some(item) = self.table.get(key) else {
            return Vec::new();
        };
        let Some(tables) = item.as_array_of_tables() else {
            self.wrong(pen, codes::WRONG_SHAPE, key, "written `[[…]]`", "`[[…]]`");
            return Vec::new();
        };
        let section = |table: &'a toml_edit::Table| Section {
            table,
            path: self.path(key),
        };
        tables.iter().map(section).collect()
    }

    pub(super) fn text(&self, pen: &mut Pen<'_>, key: &str) -> Option<String> {
        self.table.get(key)?;
        let text = self.value(key).and_then(Value::as_str);
        if text.is_none() {
            self.wrong(pen, codes::WRONG_SHAPE, key, "a text", "文本");
        }
        text.map(str::to_owned)
    }

    /// A text that says something; where it cannot be read, it is said what it is not, and what to write.
    pub(super) fn read<T>(
        &self,
        pen: &mut Pen<'_>,
        key: &str,
        read: impl FnOnce(&str) -> Option<T>,
        not: (&str, &str),
        fix: (&str, &str),
    ) -> Option<T> {
        let said = self.text(pen, key)?;
        let found = read(&said);
        if found.is_none() {
            let cause = Words::new(
                format!("`{said}` is no {}", not.0),
                format!("`{said}` 不是{}", not.1),
            );
            let fix = Words::new(fix.0, fix.1);
            pen.say(codes::OUT_OF_RANGE, self.at(key), cause, fix);
        }
        found
    }

    /// An address and a port.
    pub(super) fn socket(&self, pen: &mut Pen<'_>, key: &str) -> Option<SocketAddr> {
        let fix = ("write \"127.0.0.1:8080\"", "请写 \"127.0.0.1:8080\"");
        let not = ("address and port", "地址和端口");
        self.read(pen, key, |said| said.parse().ok(), not, fix)
    }

    /// A text, or a list of texts.
    pub(super) fn texts(&self, pen: &mut Pen<'_>, key: &str) -> Option<Vec<String>> {
        let value = self.value(key);
        if let Some(one) = value.and_then(Value::as_str) {
            return Some(vec![one.to_owned()]);
        }
        let all = value.and_then(Value::as_array).map(|list| {
            let texts = list.iter().map(|one| one.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<String>>>()
        });
        if all.as_ref().is_none_or(Option::is_none) {
            self.wrong(
                pen,
                codes::WRONG_SHAPE,
                key,
                "a text or a list of texts",
                "文本或文本列表",
            );
        }
        all.flatten()
    }

    pub(super) fn truth(&self, pen: &mut Pen<'_>, key: &str) -> Option<bool> {
        self.table.get(key)?;
        let truth = self.value(key).and_then(Value::as_bool);
        if truth.is_none() {
            self.wrong(pen, codes::WRONG_SHAPE, key, "true or false", "布尔值");
        }
        truth
    }

    pub(super) fn whole(
        &self,
        pen: &mut Pen<'_>,
        key: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<usize> {
        self.table.get(key)?;
        let number = self.value(key).and_then(Value::as_integer);
        let fits = number.filter(|number| range.contains(number));
        if fits.is_none() {
            let words = format!("a whole number from {} to {}", range.start(), range.end());
            let zh = format!(" {} 到 {} 的整数", range.start(), range.end());
            self.wrong(pen, codes::OUT_OF_RANGE, key, &words, &zh);
        }
        fits.and_then(|number| usize::try_from(number).ok())
    }

    /// `"20%"`
    pub(super) fn percent(&self, pen: &mut Pen<'_>, key: &str) -> Option<usize> {
        let text = self.text(pen, key)?;
        let number = text.strip_suffix('%').and_then(|n| n.trim().parse().ok());
        let fits = number.filter(|percent| *percent <= 90);
        if fits.is_none() {
            let en = "per cent from \"0%\" to \"90%\"";
            self.wrong(pen, codes::OUT_OF_RANGE, key, en, " \"0%\" 到 \"90%\"");
        }
        fits
    }

    pub(super) fn time(
        &self,
        pen: &mut Pen<'_>,
        key: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<Duration> {
        let text = self.text(pen, key)?;
        let ms = duration::parse(&text).filter(|ms| range.contains(ms));
        if ms.is_none() {
            let (least, most) = (
                duration::format(*range.start()),
                duration::format(*range.end()),
            );
            let en = format!("a duration from \"{least}\" to \"{most}\"");
            let zh = format!(" \"{least}\" 到 \"{most}\" 的时长");
            self.wrong(pen, codes::OUT_OF_RANGE, key, &en, &zh);
        }
        ms.and_then(|ms| u64::try_from(ms).ok())
            .map(Duration::from_millis)
    }

    /// `"256MiB"`
    pub(super) fn bytes(
        &self,
        pen: &mut Pen<'_>,
        key: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        let text = self.text(pen, key)?;
        let size = size(&text).filter(|size| range.contains(size));
        if size.is_none() {
            let en = format!(
                "a size such as \"1MiB\", from {} to {} bytes",
                range.start(),
                range.end()
            );
            let zh = format!(
                "如 \"1MiB\" 的大小，{} 到 {} 字节",
                range.start(),
                range.end()
            );
            self.wrong(pen, codes::OUT_OF_RANGE, key, &en, &zh);
        }
        size
    }

    /// One word of a closed list.
    pub(super) fn word<T: Copy>(
        &self,
        pen: &mut Pen<'_>,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(pen, key)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let en = format!("one of {}", all.join(", "));
            self.wrong(
                pen,
                codes::UNKNOWN_WORD,
                key,
                &en,
                &format!("其一：{}", all.join("、")),
            );
        }
        found.map(|(_, value)| *value)
    }
}

fn size(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit: u64 = match unit.trim() {
        "B" => 1,
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        "GiB" => 1024 * 1024 * 1024,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}
