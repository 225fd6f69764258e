//! Findings as people read them, and as tools do.

use super::{Finding, Findings, Lang, Severity, Words};
use crate::project::{Project, SourceFile};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The version of the JSON that [`render_json`] writes.
pub const JSON_VERSION: u32 = 1;

/// Findings for a terminal: place, code, the source line with a caret under the place, the cause, what
/// to do about it, the corrected line, and a last line that counts. `color` adds ANSI colours.
#[must_use]
pub fn render_pretty(findings: &Findings, sources: &Project, lang: Lang, color: bool) -> String {
    let mut out = String::new();
    let paint = Paint { color };
    for finding in findings {
        one(&mut out, finding, sources, lang, paint);
    }
    out.push_str(&summary(findings, lang, paint));
    out
}

/// Findings as one JSON document:
///
/// ```json
/// { "version": 1,
///   "errors": 1, "warnings": 0, "notes": 0,
///   "findings": [ {
///     "code": "R060", "severity": "error",
///     "file": "rules/offers/x.rhai", "line": 8, "column": 10, "column_utf16": 10,
///     "cause": { "en": "…", "zh": "…" },
///     "fix": { "en": "…", "zh": "…" },
///     "corrected": "…" } ] }
/// ```
///
/// Lines and columns count from 1; `line` 0 means the file as a whole. `column` counts code points and
/// `column_utf16` UTF-16 units, as editors do. `fix` and `corrected` are null when there is none. With
/// `lang`, `cause` and `fix` are plain texts of that language.
#[must_use]
pub fn render_json(findings: &Findings, sources: &Project, lang: Option<Lang>) -> String {
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let all: Vec<Value> = findings
        .iter()
        .map(|finding| object(finding, sources, lang))
        .collect();
    let document = json!({
        "version": JSON_VERSION,
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "findings": all,
    });
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

fn object(finding: &Finding, sources: &Project, lang: Option<Lang>) -> Value {
    let words = |words: &Words| match lang {
        Some(lang) => Value::String(words.get(lang).to_owned()),
        None => json!({ "en": words.en, "zh": words.zh }),
    };
    let place = &finding.place;
    let line = source_line(sources, &place.file, place.line);
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| {
        object.insert(key.to_owned(), value);
    };
    put("code", Value::from(finding.code));
    put("severity", Value::from(finding.severity.name()));
    put("file", Value::from(place.file.as_ref()));
    put("line", Value::from(place.line));
    put("column", Value::from(place.column));
    put(
        "column_utf16",
        Value::from(utf16_column(line.unwrap_or(""), place.column)),
    );
    put("cause", words(&finding.cause));
    put("fix", finding.fix.as_ref().map_or(Value::Null, words));
    put("corrected", Value::from(finding.corrected.clone()));
    Value::Object(object)
}

/// The column in UTF-16 units of a column in code points.
fn utf16_column(line: &str, column: u32) -> u32 {
    let before = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let wider = line.chars().take(before).filter(|c| c.len_utf16() > 1);
    column + u32::try_from(wider.count()).unwrap_or(0)
}

fn source_line<'a>(sources: &'a Project, file: &str, line: u32) -> Option<&'a str> {
    let number = usize::try_from(line.checked_sub(1)?).ok()?;
    let all = sources.catalogue.iter().chain(&sources.rules);
    let found = all
        .chain(&sources.cases)
        .find(|f: &&SourceFile| &*f.path == file)?;
    found.text.lines().nth(number)
}

#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Note => "1;36",
        };
        self.with(code, text)
    }
}

fn one(out: &mut String, finding: &Finding, sources: &Project, lang: Lang, paint: Paint) {
    let place = &finding.place;
    let head = format!("{} {}", severity_word(finding.severity, lang), finding.code);
    let head = paint.severity(finding.severity, &head);
    let cause = finding.cause.get(lang);
    let _ = writeln!(
        out,
        "{}: {head}: {cause}",
        paint.with("1", &place.to_string())
    );
    if let Some(line) = source_line(sources, &place.file, place.line) {
        let number = place.line.to_string();
        let gap = " ".repeat(number.len());
        let shown = visible(line);
        let _ = writeln!(out, "  {} | {shown}", paint.with("2", &number));
        let caret = paint.severity(finding.severity, "^");
        let _ = writeln!(
            out,
            "  {gap} | {}{caret}",
            " ".repeat(width_before(&shown, place.column))
        );
    }
    if let Some(fix) = &finding.fix {
        let word = match lang {
            Lang::En => "fix",
            Lang::Zh => "改法",
        };
        let mut lines = fix.get(lang).lines();
        let first = lines.next().unwrap_or("");
        let _ = writeln!(out, "  {}: {first}", paint.with("32", word));
        for line in lines {
            let _ = writeln!(out, "      {line}");
        }
    }
    if let Some(corrected) = &finding.corrected {
        let _ = writeln!(
            out,
            "  {} {}",
            paint.with("32", "→"),
            visible(corrected).trim_start()
        );
    }
    out.push('\n');
}

/// A line that cannot move the cursor: tabs are one space, control characters a dot.
fn visible(line: &str) -> String {
    line.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                '·'
            }
            c => c,
        })
        .collect()
}

/// Cells of a terminal before a column: Chinese characters and full-width marks take two.
fn width_before(line: &str, column: u32) -> usize {
    let before = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    line.chars().take(before).map(cells).sum()
}

/// Cells of a terminal that a letter takes.
#[must_use]
pub fn cells(letter: char) -> usize {
    match letter {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

fn severity_word(severity: Severity, lang: Lang) -> &'static str {
    match (lang, severity) {
        (Lang::En, severity) => severity.name(),
        (Lang::Zh, Severity::Error) => "错误",
        (Lang::Zh, Severity::Warning) => "警告",
        (Lang::Zh, Severity::Note) => "提示",
    }
}

fn summary(findings: &Findings, lang: Lang, paint: Paint) -> String {
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let count = findings.iter().filter(|f| f.severity == severity).count();
            let text = match lang {
                Lang::En if count == 1 => format!("1 {}", severity.name()),
                Lang::En => format!("{count} {}s", severity.name()),
                Lang::Zh => format!("{count} 个{}", severity_word(severity, lang)),
            };
            (count > 0).then(|| paint.severity(severity, &text))
        })
        .collect();
    match (parts.is_empty(), lang) {
        (true, Lang::En) => "nothing to say: the project is right\n".to_owned(),
        (true, Lang::Zh) => "没有问题\n".to_owned(),
        (false, Lang::En) => format!("{}\n", parts.join(", ")),
        (false, Lang::Zh) => format!("{}\n", parts.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;

    fn sources() -> Project {
        Project::from_files([("rules/fraud/x.rhai", "on(\"a\");\n\u{20000}金x ＞ 1\n")])
    }

    fn findings() -> Findings {
        let mut all = Findings::new();
        let place = Place::at("rules/fraud/x.rhai", 2, 5);
        let cause = Words::new("`＞` is full-width", "`＞` 是全角");
        all.push(
            Finding::error("R001", place, cause)
                .fix("type `>`\n[reason.A]", "请改为 `>`")
                .corrected("金x > 1"),
        );
        let place = Place::file("catalog/tags.toml");
        all.push(Finding::note("C001", place, Words::new("n", "提")));
        all
    }

    #[test]
    fn the_caret_stands_under_the_place_whatever_the_width() {
        let text = render_pretty(&findings(), &sources(), Lang::En, false);
        let wanted = [
            "rules/fraud/x.rhai:2:5: error R001: `＞` is full-width",
            "  2 | \u{20000}金x ＞ 1",
            "    |       ^",
            "  fix: type `>`",
            "      [reason.A]",
            "  → 金x > 1",
            "",
            "catalog/tags.toml: note C001: n",
            "",
            "1 error, 1 note",
            "",
        ]
        .join("\n");
        assert_eq!(text, wanted);
        let chinese = render_pretty(&findings(), &sources(), Lang::Zh, false);
        assert!(chinese.contains("错误 R001: `＞` 是全角"));
        assert!(!text.contains('\u{1b}'));
        assert!(render_pretty(&findings(), &sources(), Lang::En, true).contains("\u{1b}[1;31m"));
    }

    #[test]
    fn json_has_both_languages_and_the_columns_of_editors() {
        let text = render_json(&findings(), &sources(), None);
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["version"], 1);
        assert_eq!((&json["errors"], &json["notes"]), (&json!(1), &json!(1)));
        let first = &json["findings"][0];
        assert_eq!(first["column"], 5);
        assert_eq!(first["column_utf16"], 6);
        assert_eq!(first["cause"]["zh"], "`＞` 是全角");
        assert_eq!(first["corrected"], "金x > 1");
        assert_eq!(json["findings"][1]["fix"], Value::Null);
        let chinese = render_json(&findings(), &sources(), Some(Lang::Zh));
        let json: Value = serde_json::from_str(&chinese).unwrap();
        assert_eq!(json["findings"][0]["fix"], "请改为 `>`");
    }

    #[test]
    fn a_source_line_cannot_move_the_cursor() {
        assert_eq!(visible("a\tb\u{1b}[2Jc\u{202e}"), "a b·[2Jc·");
    }
}
