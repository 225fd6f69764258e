//! The arguments of one declaration: literals, counted and typed.

use crate::language::codes;
use crate::language::fold::fold;
use crate::language::page::Page;
use crate::language::print::Constants;
use crate::language::say::with_nearest;
use crate::language::tree::{At, Expr};
use crate::value::{Text, Value};
use std::ops::RangeInclusive;

/// The arguments of one declaration.
pub(super) struct Arguments<'a> {
    pub(super) page: &'a Page,
    name: &'a str,
    at: At,
    args: &'a [Expr],
    constants: &'a Constants,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(
        page: &'a Page,
        name: &'a str,
        at: At,
        args: &'a [Expr],
        constants: &'a Constants,
    ) -> Self {
        Self {
            page,
            name,
            at,
            args,
            constants,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.args.len()
    }

    /// Where an argument stands; the declaration itself where there is none.
    pub(super) fn place(&self, n: usize) -> At {
        self.args.get(n).map_or(self.at, |arg| arg.at)
    }

    fn value(&self, n: usize) -> Option<Value> {
        fold(self.args.get(n)?, self.constants).ok()
    }

    /// Says that the arguments are wrong; `shape` is what they should look like.
    pub(super) fn wrong(&self, at: At, shape: &str) {
        let name = self.name;
        self.page.push(
            self.page
                .error(
                    codes::ARGUMENTS,
                    at,
                    format!("`{name}` does not take these arguments"),
                    format!("`{name}` 的参数不对"),
                )
                .fix(
                    format!("write `{name}{shape}` with literal values"),
                    format!("请写 `{name}{shape}`，参数须为字面值"),
                ),
        );
    }

    pub(super) fn between(&self, least: usize, most: usize, shape: &str) -> bool {
        let fits = (least..=most).contains(&self.args.len());
        if !fits {
            self.wrong(self.at, shape);
        }
        fits
    }

    pub(super) fn text(&self, n: usize) -> Option<Text> {
        if let Some(Value::Text(text)) = self.value(n) {
            return Some(text);
        }
        self.wrong(self.place(n), "(\"…\")");
        None
    }

    pub(super) fn one_text(&self, shape: &str) -> Option<Text> {
        self.between(1, 1, shape).then(|| self.text(0))?
    }

    pub(super) fn two_texts(&self, shape: &str) -> Option<(Text, Text)> {
        if !self.between(2, 2, shape) {
            return None;
        }
        Some((self.text(0)?, self.text(1)?))
    }

    fn integer_at(&self, n: usize, range: RangeInclusive<i64>, shape: &str) -> Option<i64> {
        match self.value(n) {
            Some(Value::Int(number)) if range.contains(&number) => Some(number),
            _ => {
                self.wrong(self.place(n), shape);
                None
            }
        }
    }

    /// The only argument, a number of `range`.
    pub(super) fn integer(&self, n: usize, range: RangeInclusive<i64>, shape: &str) -> Option<i64> {
        self.between(1, 1, shape)
            .then(|| self.integer_at(n, range, shape))?
    }

    /// The first of two arguments, a number of `range`.
    pub(super) fn integer_of_two(&self, range: RangeInclusive<i64>, shape: &str) -> Option<i64> {
        self.between(2, 2, shape)
            .then(|| self.integer_at(0, range, shape))?
    }

    /// A duration text.
    pub(super) fn duration(&self, n: usize) -> Option<i64> {
        self.args.get(n)?;
        let text = self.text(n)?;
        let found = crate::duration::parse(&text).filter(|ms| *ms > 0);
        if found.is_none() {
            self.page
                .push(not_duration(self.page, self.place(n), &text));
        }
        found
    }

    /// The only argument, one of a closed list of words.
    pub(super) fn word<T: Copy>(&self, known: &[(&str, T)]) -> Option<T> {
        let word = self.one_text("(\"…\")")?;
        let found = known.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            let name = self.name;
            let finding = self.page.error(
                codes::UNKNOWN_WORD,
                self.place(0),
                format!("`{word}` is not a word of `{name}`"),
                format!("`{name}` 没有 `{word}` 这个取值"),
            );
            if name == "on_error" && word == "refer" {
                self.page.push(finding.fix(
                    "refer is not a verdict; use one of `skip`, `step_up`, `hold`, `block`",
                    "refer 不是裁决；可用 `skip`、`step_up`、`hold`、`block`",
                ));
            } else {
                let names = known.iter().map(|(name, _)| *name);
                self.page.push(with_nearest(finding, &word, names));
            }
        }
        found.map(|(_, value)| *value)
    }
}

/// A text that should be a duration.
pub(crate) fn not_duration(page: &Page, at: At, text: &str) -> crate::finding::Finding {
    page.error(
        codes::DURATION,
        at,
        format!("`{text}` is not a duration"),
        format!("`{text}` 不是时长"),
    )
    .fix(
        "write digits and a unit of `ms s m h d w`, greater than zero: `24h`, `1m30s`",
        "请写数字加单位 `ms s m h d w`，且大于零：`24h`、`1m30s`",
    )
}
