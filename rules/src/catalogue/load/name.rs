//! Names: what a thing may be called, so that a rule can write it after a dot.

use super::codes;
use super::node::Kind;
use super::report::Report;
use super::table::Entry;
use crate::finding::{Finding, Words};
use unicode_normalization::UnicodeNormalization;

/// Words that cannot stand after a dot in the rule language, nor be a name in it.
pub const RESERVED: [&str; 60] = [
    "Fn",
    "as",
    "async",
    "await",
    "break",
    "call",
    "case",
    "catch",
    "const",
    "continue",
    "curry",
    "debug",
    "default",
    "do",
    "else",
    "eval",
    "export",
    "false",
    "fn",
    "for",
    "go",
    "goto",
    "if",
    "import",
    "in",
    "is",
    "is_def_fn",
    "is_def_var",
    "let",
    "loop",
    "match",
    "module",
    "new",
    "nil",
    "null",
    "package",
    "print",
    "private",
    "protected",
    "public",
    "return",
    "shared",
    "spawn",
    "static",
    "super",
    "switch",
    "sync",
    "this",
    "thread",
    "throw",
    "true",
    "try",
    "type_of",
    "until",
    "use",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// Words of `customer.` and of entities.
const CUSTOMER_WORDS: [&str; 12] = [
    "has", "before", "count", "sum", "avg", "min", "max", "distinct", "last", "at", "in",
    "share_of",
];

/// Words of `event.`
const EVENT_WORDS: [&str; 10] = [
    "id",
    "type",
    "time",
    "date",
    "hour",
    "weekday",
    "since",
    "days_until",
    "has",
    "share_of",
];

/// Where a name is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// In quotes only: channels, offers, reasons …
    Quoted,
    /// A data member, read as `event.<name>`.
    Member,
    /// Anything else that is read as `event.<name>`.
    Event,
    /// `customer.<name>` or `event.<ref>.<name>`
    Customer,
}

/// True when `name` may be used in this role; otherwise says why not.
pub(super) fn fits(r: &mut Report, entry: &Entry, role: Role) -> bool {
    lexical(r, entry, &entry.key) && not_taken(r, entry, role)
}

/// True when `word`, the name or one part of it, is made of what names are made of.
pub(super) fn lexical(r: &mut Report, entry: &Entry, word: &str) -> bool {
    let normal: String = word.nfkc().collect();
    if normal != word {
        let line = r.corrected(
            &entry.place,
            entry.width,
            &entry.key.nfkc().collect::<String>(),
        );
        let mut finding = Finding::error(
            codes::NOT_NORMAL,
            entry.place.clone(),
            Words::new(
                format!("the name `{word}` has full-width or compatibility characters"),
                format!("名称 `{word}` 含有全角或兼容字符"),
            ),
        )
        .fix(format!("write `{normal}`"), format!("请写 `{normal}`"));
        finding.corrected = line;
        r.push(finding);
        return false;
    }
    if !is_identifier(word) {
        r.push(
            Finding::error(
                codes::BAD_NAME,
                entry.place.clone(),
                Words::new(
                    format!("`{word}` cannot be a name"),
                    format!("`{word}` 不能作名称"),
                ),
            )
            .fix(
                "a name is made of the letters a to z, digits and `_`, or of Chinese letters, \
                 and does not begin with a digit",
                "名称由英文字母、数字和 `_` 组成，或由汉字组成，且不以数字开头",
            ),
        );
        return false;
    }
    let mixed =
        |part: &str| part.chars().any(|c| c.is_ascii_alphabetic()) && part.chars().any(is_chinese);
    if word.split('_').any(mixed) {
        r.push(
            Finding::error(
                codes::MIXED_SCRIPT,
                entry.place.clone(),
                Words::new(
                    format!("the name `{word}` mixes Latin and Chinese letters in one word"),
                    format!("名称 `{word}` 在同一个词中混用了拉丁字母和汉字"),
                ),
            )
            .fix(
                "use one script, or part the words with `_`",
                "请只用一种文字，或用 `_` 分隔",
            ),
        );
        return false;
    }
    true
}

/// True for a word that can be a name as far as its letters go.
#[must_use]
pub fn is_identifier(word: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || is_chinese(c);
    let first = word.chars().find(|c| *c != '_');
    first.is_some_and(letter)
        && word.chars().count() <= 64
        && word
            .chars()
            .all(|c| letter(c) || c.is_ascii_digit() || c == '_')
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

fn not_taken(r: &mut Report, entry: &Entry, role: Role) -> bool {
    let name = entry.key.as_str();
    let words: &[&str] = match role {
        Role::Quoted => return true,
        Role::Member | Role::Event => &EVENT_WORDS,
        Role::Customer => &CUSTOMER_WORDS,
    };
    let (code, en, zh) = if RESERVED.contains(&name) {
        (
            codes::RESERVED_NAME,
            format!("`{name}` is a word of the rule language and cannot be a name"),
            format!("`{name}` 是规则语言的保留字，不能作名称"),
        )
    } else if words.contains(&name) {
        (
            codes::SHADOWING_NAME,
            format!("`{name}` would hide a word that rules write at this place"),
            format!("`{name}` 会遮住规则在此处使用的词"),
        )
    } else {
        return true;
    };
    let other = format!("{name}_value");
    let mut finding = Finding::error(code, entry.place.clone(), Words::new(en, zh));
    finding = if role == Role::Member {
        finding.fix(
            format!("choose another name and keep the member: `json = \"{name}\"`"),
            format!("请换一个名称，并用 `json = \"{name}\"` 保留原成员名"),
        )
    } else {
        finding.fix(format!("call it `{other}`"), format!("可改为 `{other}`"))
    };
    finding.corrected = match role {
        Role::Member => renamed_member(entry, &other),
        _ => r.corrected(&entry.place, entry.width, &other),
    };
    r.push(finding);
    false
}

/// `case = "text?"` as `case_value = { type = "text?", json = "case" }`.
fn renamed_member(entry: &Entry, other: &str) -> Option<String> {
    let (name, raw) = (&entry.key, entry.node.raw.as_str());
    match &entry.node.kind {
        Kind::Text(_) => Some(format!("{other} = {{ type = {raw}, json = \"{name}\" }}")),
        Kind::Table(keys) if !raw.contains('\n') && keys.iter().all(|e| e.key != "json") => {
            let inner = raw.strip_suffix('}')?.trim_end().trim_end_matches(',');
            Some(format!("{other} = {inner}, json = \"{name}\" }}"))
        }
        _ => None,
    }
}
