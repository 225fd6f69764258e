//! A row says: this text has this finding at this place, and no other.

use crate::compile::compile;
use crate::finding::{Finding, Lang, Severity};
use crate::project::Project;

pub(super) struct Row {
    pub(super) text: String,
    pub(super) code: &'static str,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) corrected: Option<&'static str>,
}

const EVENTS: &str = r#"
[event."transaction.transfer".data]
amount    = { type = "money", currency = "CNY" }
fee       = { type = "money", currency = "USD" }
direction = { type = "symbol", values = ["in", "out"] }
own       = { type = "bool", default = false }
n         = "int"
ratio     = "decimal"
note      = "text?"
account   = "ref:account"
payee     = "ref:payee"
sent      = "time"
[event."transaction.card_payment".data]
amount   = { type = "money", currency = "CNY" }
terminal = "ref:terminal"
card     = "ref:card"
ratio    = "int"
[event."channel.login".data]
device = "text"
[event."profile.updated".data]
tier = "text"
home = "text?"
age  = "int"
[event."context.weather"]
[event."context.weather".data]
alert = "text"
"#;

const ENTITIES: &str =
    "[entity.account]\n[entity.payee]\n[entity.terminal]\n[entity.card]\n[entity.city]\n";

const TAGS: &str = r#"
[tag.tier]
type = "symbol"
values = ["basic", "gold"]
default = "basic"
[tag.home]
type = "text?"
[tag.notice]
type = "bool"
default = false
writers = ["service.notice"]
[tag.maybe]
type = "bool?"
[tag.assets]
type = "money"
currency = "CNY"
default = 0
[tag.birthday]
type = "date?"
[tag.age]
type = "int?"
[tag.seen]
type = "time?"
[tag.city]
type = "ref:city?"
[segment.rich]
when = "customer.assets >= 1000 || customer.golden"
[segment.golden]
when = "customer.tier == \"gold\""
"#;

const FEATURES: &str = r#"
[stream.transfers]
on = "transaction.transfer"
[stream.payments]
on = "transaction.card_payment"
[feature.sent_24h]
stream = "transfers"
key = "customer"
take = "count"
over = "24h"
[feature.usual]
stream = "transfers"
key = "customer"
take = "avg"
of = "amount"
over = "30d"
[feature.cards_5m]
stream = "payments"
key = "terminal"
take = "distinct"
of = "card"
over = "5m"
"#;

const OFFERS: &str = r#"
[offer.cover]
kind = "offer"
purpose = "marketing"
title = { en = "a", zh = "a" }
value = 1
currency = "CNY"
propensity = { prior = 0.1 }
channels = ["app"]
expires = "1d"
[offer.care]
kind = "retain"
purpose = "marketing"
title = { en = "a", zh = "a" }
value = 1
currency = "CNY"
propensity = { prior = 0.1 }
channels = ["app"]
expires = "1d"
"#;

const CHANNELS: &str = r#"
[channel.app]
title = { en = "a", zh = "a" }
sink = "kafka"
addresses = "customer.home"
[team.desk]
sink = "kafka"
[method.face]
expires = "5m"
"#;

const REASONS: &str = "[reason.WHY]\nen = \"why\"\nzh = \"why\"\ntell = false\n";
const LISTS: &str = "[list.good]\nof = \"ref:payee\"\nmembers = [\"p1\"]\n";

/// The only rule that may write the tag `notice`.
const NOTICE: &str = "on(\"channel.login\");\nclass(\"profile\");\ntitle(\"t\", \"t\");\nfn when(event, customer) { true }\nfn always(event, customer) { tag(\"notice\", true); }\n";

/// The catalogue of the rows with some files replaced or added.
pub(super) fn project(files: &[(&str, &str)]) -> Project {
    let mut all = vec![
        ("catalog/events.toml", EVENTS),
        ("catalog/entities.toml", ENTITIES),
        ("catalog/tags.toml", TAGS),
        ("catalog/features.toml", FEATURES),
        ("catalog/offers.toml", OFFERS),
        (
            "catalog/timers.toml",
            "[timer.yearly]\ndate = \"customer.birthday\"\nevery = \"year\"\n",
        ),
        ("catalog/channels.toml", CHANNELS),
        ("catalog/reasons.toml", REASONS),
        ("catalog/lists.toml", LISTS),
        ("rules/service/notice.rhai", NOTICE),
    ];
    all.retain(|(path, _)| !files.iter().any(|(other, _)| other == path));
    all.extend(files);
    Project::from_files(all)
}

/// The file with text behind its own.
pub(super) fn extended(path: &str, more: &str) -> String {
    let base = match path {
        "catalog/features.toml" => FEATURES,
        "catalog/tags.toml" => TAGS,
        "catalog/offers.toml" => OFFERS,
        _ => "",
    };
    format!("{base}{more}")
}

/// A commercial rule with this condition, on line 5.
pub(super) fn when(condition: &str) -> String {
    format!(
        "on(\"transaction.transfer\");\nclass(\"commercial\");\ntitle(\"t\", \"t\");\nfn when(event, customer) {{\n{condition}\n}}\nfn then(event, customer) {{ offer(\"cover\") }}\n"
    )
}

/// A fraud rule on a card payment with this action, on line 8.
pub(super) fn then(action: &str) -> String {
    format!(
        "on(\"transaction.card_payment\");\nclass(\"fraud\");\ntitle(\"t\", \"t\");\non_error(\"hold\");\nbrake(10, \"1h\");\nfn when(event, customer) {{ true }}\nfn then(event, customer) {{\n{action}\n}}\n"
    )
}

/// A commercial rule with this action, on line 6.
pub(super) fn selling(action: &str) -> String {
    format!(
        "on(\"transaction.transfer\");\nclass(\"commercial\");\ntitle(\"t\", \"t\");\nfn when(event, customer) {{ true }}\nfn then(event, customer) {{\n{action}\n}}\n"
    )
}

/// A profile rule with these marks, on line 6.
pub(super) fn always(marks: &str) -> String {
    format!(
        "on(\"transaction.transfer\");\nclass(\"profile\");\ntitle(\"t\", \"t\");\nfn when(event, customer) {{ true }}\nfn always(event, customer) {{\n{marks}\n}}\n"
    )
}

pub(super) fn row(text: String, code: &'static str, line: u32, column: u32) -> Row {
    Row {
        text,
        code,
        line,
        column,
        corrected: None,
    }
}

impl Row {
    pub(super) fn corrected(mut self, line: &'static str) -> Self {
        self.corrected = Some(line);
        self
    }
}

fn shown(finding: &Finding) -> String {
    let fix = finding.fix.as_ref().map_or("", |fix| fix.get(Lang::En));
    format!(
        "{} {} {} ({fix}) {:?}",
        finding.place, finding.code, finding.cause.en, finding.corrected
    )
}

/// What of the findings does not fit the row; empty when all does.
fn difference(row: &Row, findings: &[&Finding]) -> Option<String> {
    let all: Vec<String> = findings.iter().map(|f| shown(f)).collect();
    let all = all.join("\n  ");
    let head = format!(
        "{}\n  wanted {} at {}:{}, got\n  {all}",
        row.text, row.code, row.line, row.column
    );
    if findings.iter().any(|f| f.code != row.code) {
        return Some(head);
    }
    let at = |f: &&&Finding| (f.place.line, f.place.column) == (row.line, row.column);
    let Some(found) = findings.iter().find(at) else {
        return Some(head);
    };
    if row.corrected.is_some() && row.corrected != found.corrected.as_deref() {
        return Some(format!("{head}\n  corrected should be {:?}", row.corrected));
    }
    let host = ["ImmutableString", "i64", "f64", "Dynamic", "&str", "rhai"];
    let said = format!("{} {}", found.cause.en, found.cause.zh);
    if host.iter().any(|word| said.contains(word)) {
        return Some(format!("{head}\n  a type of the implementation is shown"));
    }
    if found.cause.zh.is_ascii() {
        return Some(format!("{head}\n  no Chinese"));
    }
    None
}

/// Compiles every row as rule `fraud.r` and reports all that differ.
pub(super) fn hold(rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        let project = project(&[("rules/fraud/r.rhai", &row.text)]);
        let (_, findings) = compile(&project);
        let said: Vec<&Finding> = findings
            .iter()
            .filter(|f| f.severity != Severity::Note || row.code == f.code)
            .collect();
        wrong.extend(difference(row, &said));
    }
    assert!(
        wrong.is_empty(),
        "{} rows differ:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

/// Compiles a project with one catalogue file replaced; the finding stands in that file.
pub(super) fn hold_catalogue(path: &str, text: &str, code: &str, line_of: &str, inside: &str) {
    let (book, findings) = compile(&project(&[(path, text)]));
    let said: Vec<String> = findings.iter().map(shown).collect();
    let line = text.lines().position(|l| l.contains(line_of)).unwrap();
    let column = text.lines().nth(line).unwrap().find(inside).unwrap() + 1;
    let fits = |f: &Finding| {
        f.code == code
            && &*f.place.file == path
            && (f.place.line as usize, f.place.column as usize) == (line + 1, column)
    };
    assert!(
        findings.iter().any(fits),
        "{line_of}\n  wanted {code} at {}:{column}, got\n  {}",
        line + 1,
        said.join("\n  ")
    );
    assert!(book.is_none() || findings.iter().all(|f| f.severity != Severity::Error));
}

/// Texts that compile without anything to say.
pub(super) fn pass(texts: &[String]) {
    let mut wrong = Vec::new();
    for text in texts {
        let (book, findings) = compile(&project(&[("rules/fraud/r.rhai", text)]));
        let said: Vec<String> = findings
            .iter()
            .filter(|f| f.severity != Severity::Note)
            .map(shown)
            .collect();
        if book.is_none() || !said.is_empty() {
            wrong.push(format!("{text}\n  {}", said.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
