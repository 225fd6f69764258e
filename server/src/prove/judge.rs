//! What happened in a run beside what its case claims.

use super::stage::{Played, WrongFact};
use super::words::at_text;
use rules::cases::compare::{Line, Seen, compare};
use rules::cases::model::{Row, Run};
use rules::finding::{Place, Words};
use rules::value::Value;
use serde_json::Value as Json;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Action,
    Refusal,
    Fact,
}

impl Kind {
    /// The key of the case file it comes from.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Action => "expect",
            Self::Refusal => "refuse",
            Self::Fact => "facts",
        }
    }
}

/// One difference.
pub(super) struct Difference {
    pub(super) kind: Kind,
    pub(super) at: i64,
    /// The row that is not met; `None` for what no row names.
    pub(super) place: Option<Place>,
    /// What was expected; `None` when nothing was.
    pub(super) want: Option<String>,
    /// What happened; `None` when nothing did.
    pub(super) got: Option<String>,
    /// Why, where that is known.
    pub(super) why: Option<Words>,
}

/// All differences of a run, in the order of time.
pub(super) fn differences(rule: &str, run: &Run, played: &Played) -> Vec<Difference> {
    let mut all = Vec::new();
    for line in compare(rule, &run.expect, &played.actions) {
        all.extend(difference(Kind::Action, line, played));
    }
    for line in compare(rule, &run.refuse, &played.refusals) {
        all.extend(difference(Kind::Refusal, line, played));
    }
    all.extend(played.facts.iter().map(fact));
    all.sort_by_key(|d| d.at);
    all
}

fn difference(kind: Kind, line: Line<'_>, played: &Played) -> Option<Difference> {
    Some(match line {
        Line::Same { .. } => return None,
        Line::Differs { row, seen } => Difference {
            kind,
            at: row.at,
            place: Some(row.place.clone()),
            want: Some(row_text(row)),
            got: Some(named_text(row, seen)),
            why: None,
        },
        Line::Missing { row } => Difference {
            kind,
            at: row.at,
            place: Some(row.place.clone()),
            want: Some(row_text(row)),
            got: None,
            why: why(kind, row, played),
        },
        Line::Extra { seen } => Difference {
            kind,
            at: seen.at,
            place: None,
            want: None,
            got: Some(seen_text(seen)),
            why: None,
        },
    })
}

fn fact(wrong: &WrongFact) -> Difference {
    let got = wrong.got.as_ref();
    Difference {
        kind: Kind::Fact,
        at: wrong.at,
        place: Some(wrong.place.clone()),
        want: Some(format!("{} = {}", wrong.path, value_text(&wrong.want))),
        got: got.map(|got| format!("{} = {}", wrong.path, value_text(got))),
        why: got
            .is_none()
            .then(|| Words::new("no event was decided then", "此时没有事件被处理")),
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Missing => "missing".to_owned(),
        value => json_text(&value.to_json()),
    }
}

/// What stood in the way of what did not happen.
fn why(kind: Kind, row: &Row, played: &Played) -> Option<Words> {
    let there = |seen: &&Seen| seen.at == row.at && seen.rule == row.rule;
    if kind == Kind::Refusal && played.actions.iter().any(|seen| there(&seen)) {
        return Some(Words::new("it was chosen", "已被选中"));
    }
    let refused = played.refusals.iter().find(there);
    if let Some(refused) = refused.filter(|_| kind == Kind::Action) {
        let code = refused.members.get("code").and_then(Json::as_str)?;
        let by = refused.members.get("by").and_then(Json::as_str);
        let (mut en, mut zh) = (format!("refused {code}"), format!("被拒 {code}"));
        if let Some(by) = by {
            en.push_str(&format!(" by {by}"));
            zh.push_str(&format!("，依据 {by}"));
        }
        if let Some(until) = refused.until {
            en.push_str(&format!(" until {}", at_text(until)));
            zh.push_str(&format!("，至 {}", at_text(until)));
        }
        return Some(Words::new(en, zh));
    }
    let text = played.first_false.get(&row.at)?;
    Some(Words::new(
        format!("`{text}` was false"),
        format!("`{text}` 不成立"),
    ))
}

/// A row as it is written, without its instant.
fn row_text(row: &Row) -> String {
    let mut parts = Vec::new();
    if let Some(who) = &row.customer {
        parts.push(format!("customer={who}"));
    }
    if let Some(n) = row.n {
        parts.push(format!("n={n}"));
    }
    parts.extend(row.members.iter().map(|(k, v)| member_text(k, v)));
    headed(parts, &row.rule)
}

/// What happened, in the members the row names.
fn named_text(row: &Row, seen: &Seen) -> String {
    let mut parts = Vec::new();
    if row.customer.is_some() {
        parts.push(format!("customer={}", seen.customer));
    }
    if row.n.is_some() {
        let n = seen.n.map_or_else(|| "timer".to_owned(), |n| n.to_string());
        parts.push(format!("n={n}"));
    }
    for key in row.members.keys() {
        let value = seen.members.get(key).unwrap_or(&Json::Null);
        parts.push(member_text(key, value));
    }
    headed(parts, &seen.rule)
}

fn seen_text(seen: &Seen) -> String {
    let told = [
        "action", "offer", "method", "team", "process", "channel", "reason", "code", "by",
    ];
    let parts = told
        .iter()
        .filter_map(|key| Some(member_text(key, seen.members.get(*key)?)));
    headed(parts.collect(), &seen.rule)
}

fn headed(mut parts: Vec<String>, rule: &str) -> String {
    // What is done, or why not, comes first.
    parts.sort_by_key(|part| !(part.starts_with("action=") || part.starts_with("code=")));
    format!("{} ({rule})", parts.join(" "))
}

fn member_text(key: &str, value: &Json) -> String {
    match (key, value) {
        ("lasts" | "expires", Json::Number(ms)) => {
            format!("{key}={}", at_text(ms.as_i64().unwrap_or(0)))
        }
        ("reason", Json::Array(all)) => {
            let all: Vec<&str> = all.iter().filter_map(Json::as_str).collect();
            format!("{key}={}", all.join(","))
        }
        (_, Json::Null) => format!("{key}=none"),
        _ => format!("{key}={}", json_text(value)),
    }
}

fn json_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
