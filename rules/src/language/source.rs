//! What is wrong with a text before it is parsed: what looks right and is not.

use super::codes;
use super::page::{Corrected, Page};
use super::tokens::{Kind, Token};
use super::tree::At;
use crate::catalogue::load::RESERVED;
use unicode_normalization::UnicodeNormalization;

/// Looks at every token. True when the text may be parsed all the same.
pub fn check(page: &Page, tokens: &[Token<'_>]) -> bool {
    let mut last_line = 0;
    for (n, token) in tokens.iter().enumerate() {
        match token.kind {
            // One finding per line: its corrected line mends them all.
            Kind::Foreign if token.line != last_line => {
                last_line = token.line;
                foreign(page, token);
            }
            Kind::Word => {
                let before = n.checked_sub(1).and_then(|n| tokens.get(n));
                word(page, token, before, tokens.get(n + 1));
            }
            Kind::Char => character(page, token),
            _ => {}
        }
    }
    !page.has_errors()
}

fn at(token: &Token<'_>) -> At {
    At {
        line: token.line,
        column: token.column,
    }
}

/// The ASCII mark that is meant by a full-width one.
fn narrow(letter: char) -> Option<char> {
    Some(match letter {
        '“' | '”' | '„' | '〝' | '〞' => '"',
        '‘' | '’' => '\'',
        '。' => '.',
        '、' => ',',
        '【' | '〔' => '[',
        '】' | '〕' => ']',
        '\u{3000}' | '\u{a0}' => ' ',
        '—' | '–' | '−' => '-',
        '×' => '*',
        _ => {
            let mut forms = std::iter::once(letter).nfkc();
            return forms
                .next()
                .filter(|c| c.is_ascii() && *c != letter && forms.next().is_none());
        }
    })
}

fn foreign(page: &Page, token: &Token<'_>) {
    let letter = token.text.chars().next().unwrap_or(' ');
    let two = match letter {
        '≥' => Some(">="),
        '≤' => Some("<="),
        '≠' => Some("!="),
        _ => None,
    };
    let meant = two
        .map(str::to_owned)
        .or_else(|| narrow(letter).map(String::from));
    let Some(meant) = meant else {
        page.push(
            page.error(
                codes::FULL_WIDTH,
                at(token),
                format!("`{letter}` cannot stand outside a text"),
                format!("`{letter}` 不能出现在文本之外"),
            )
            .fix(
                "remove it or put it between double quotes",
                "请删除，或放入双引号中",
            ),
        );
        return;
    };
    let corrected = page.line(token.line).map(narrowed);
    page.push(
        page.error(
            codes::FULL_WIDTH,
            at(token),
            format!("`{letter}` is a full-width mark; rules are written with `{meant}`"),
            format!("`{letter}` 是全角符号，规则中请用半角 `{meant}`"),
        )
        .fix(
            format!("type `{meant}` instead"),
            format!("请改为 `{meant}`"),
        )
        .maybe_corrected(corrected),
    );
}

/// The line with every full-width mark outside its texts made narrow.
fn narrowed(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let (mut inside, mut escaped) = (false, false);
    for letter in line.chars() {
        if inside && !matches!(letter, '“' | '”') {
            inside = letter != '"' || escaped;
            escaped = letter == '\\' && !escaped;
            out.push(letter);
            continue;
        }
        match letter {
            '“' | '”' | '"' => {
                inside = !inside;
                out.push('"');
            }
            '≥' => out.push_str(">="),
            '≤' => out.push_str("<="),
            '≠' => out.push_str("!="),
            _ if letter.is_alphanumeric() => out.push(letter),
            _ => out.push(narrow(letter).unwrap_or(letter)),
        }
    }
    out
}

fn word(page: &Page, token: &Token<'_>, before: Option<&Token<'_>>, next: Option<&Token<'_>>) {
    name_form(page, token);
    let dotted = before.is_some_and(|t| t.is("."));
    if !dotted || !RESERVED.contains(&token.text) {
        return;
    }
    let called = next.is_some_and(|t| t.is("("));
    let word = token.text;
    if word == "with" && called {
        page.push(
            page.error(
                codes::WITH,
                at(token),
                "`with` is a reserved word; the payload is `.data(#{…})`".to_owned(),
                "`with` 是保留字，附加数据请写 `.data(#{…})`".to_owned(),
            )
            .fix("write `.data(#{…})`", "请写 `.data(#{…})`")
            .maybe_corrected(page.replaced(at(token), "with", "data")),
        );
        return;
    }
    let (fix_en, fix_zh) = if word == "in" && called {
        (
            "a segment is read by its name: `customer.vip`".to_owned(),
            "分群直接按名称读取：`customer.vip`".to_owned(),
        )
    } else {
        (
            format!(
                "give the member another name in the catalogue: `{word}_ = {{ …, json = \"{word}\" }}`"
            ),
            format!("请在目录中换名：`{word}_ = {{ …, json = \"{word}\" }}`"),
        )
    };
    page.push(
        page.error(
            codes::RESERVED,
            at(token),
            format!("`{word}` is a reserved word and cannot stand after a dot"),
            format!("`{word}` 是保留字，不能出现在点号之后"),
        )
        .fix(fix_en, fix_zh),
    );
}

fn name_form(page: &Page, token: &Token<'_>) {
    if token.text.is_ascii() {
        return;
    }
    let normal: String = token.text.nfkc().collect();
    if normal != token.text {
        page.push(
            page.error(
                codes::NAME_FORM,
                at(token),
                format!("`{}` looks like `{normal}` and is another name", token.text),
                format!("`{}` 看似 `{normal}`，实为另一个名称", token.text),
            )
            .fix(format!("write `{normal}`"), format!("请写 `{normal}`"))
            .maybe_corrected(page.replaced(at(token), token.text, &normal)),
        );
        return;
    }
    let latin = token.text.chars().any(|c| c.is_ascii_alphabetic());
    let alike = token.text.chars().find(
        |c| matches!(c, '\u{370}'..='\u{52f}' | '\u{531}'..='\u{587}' | '\u{13a0}'..='\u{13ff}'),
    );
    if let (true, Some(letter)) = (latin, alike) {
        page.push(
            page.error(
                codes::NAME_FORM,
                at(token),
                format!(
                    "`{}` mixes Latin letters with `{letter}` of another script",
                    token.text
                ),
                format!("`{}` 混用了拉丁字母与另一种文字的 `{letter}`", token.text),
            )
            .fix("write the name in one script", "名称请只用一种文字"),
        );
    }
}

fn character(page: &Page, token: &Token<'_>) {
    let inner = token.text.trim_matches('\'');
    let text = super::print::quoted(inner);
    page.push(
        page.error(
            codes::CHARACTER,
            at(token),
            format!("`{}` is a single character, not a text", token.text),
            format!("`{}` 是单个字符，不是文本", token.text),
        )
        .fix("use double quotes", "请用双引号")
        .maybe_corrected(page.replaced(at(token), token.text, &text)),
    );
}
