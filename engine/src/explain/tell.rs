//! A record told in words.

use crate::decision::record::DecisionRecord;
use crate::refusal::{CHOSEN, Refusal};
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::finding::{Lang, Words};
use rules::rule::Function;
use rules::value::time_text_in;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The record as a text for people: the event, what was chosen and why, what was refused and why,
/// marks, and the facts the winning rules can read.
#[must_use]
pub fn tell(book: &Book, record: &DecisionRecord, lang: Lang) -> String {
    let zone = TimeZone::get(&record.zone);
    let mut page = Page {
        text: String::new(),
        lang,
        zone: zone.unwrap_or_else(|_| book.catalogue.time.zone.clone()),
    };
    let event = &record.event;
    let late = if event.late {
        page.either(", late", "，迟到")
    } else {
        ""
    };
    page.line(format!(
        "{} {}",
        page.either("decision", "决策"),
        record.decision_id
    ));
    page.line(format!(
        "  {} {} `{}` {} {}{late}",
        page.either("event", "事件"),
        event.ty,
        event.id,
        page.either("at", "时间"),
        page.time(&event.time)
    ));
    for trigger in &record.triggers {
        page.line(format!(
            "    {} {} `{}`",
            page.either("completes", "触发"),
            trigger.ty,
            trigger.id
        ));
    }
    page.line(format!(
        "  {} {} · {} {}",
        page.either("customer", "客户"),
        record.customer,
        page.either("rule book", "规则册"),
        record.book
    ));
    chosen(&mut page, book, record);
    refused(&mut page, record);
    shadow(&mut page, record);
    cold(&mut page, record);
    rest(&mut page, record);
    facts(&mut page, book, record);
    page.text
}

struct Page {
    text: String,
    lang: Lang,
    /// The customer's: times are told by its clocks.
    zone: TimeZone,
}

impl Page {
    fn either(&self, en: &'static str, zh: &'static str) -> &'static str {
        match self.lang {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }

    /// An instant of the record as the customer's clocks show it.
    fn time(&self, text: &str) -> String {
        let instant = text.parse::<jiff::Timestamp>();
        instant.map_or_else(
            |_| text.to_owned(),
            |t| time_text_in(t.as_millisecond(), &self.zone),
        )
    }

    fn words(&self, words: &Words) -> String {
        words.get(self.lang).to_owned()
    }

    fn line(&mut self, line: String) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

fn chosen(page: &mut Page, book: &Book, record: &DecisionRecord) {
    page.line(page.either("chosen", "选中").to_owned());
    if record.chosen.is_empty() {
        page.line(format!("  {}", page.either("nothing", "无")));
    }
    for line in &record.chosen {
        let mut text = format!("  {} {}", line.rule, line.verb);
        for part in [line.id.as_deref(), line.subject.as_deref()]
            .into_iter()
            .flatten()
        {
            let _ = write!(text, " {part}");
        }
        if let Some(channel) = &line.channel {
            let _ = write!(text, " {} {channel}", page.either("by", "渠道"));
        }
        if let Some(team) = &line.team {
            let _ = write!(text, " {} {team}", page.either("to", "交"));
        }
        if let Some(score) = line.score {
            let _ = write!(text, " {} {score}", page.either("score", "得分"));
        }
        if let Some(expires) = &line.expires {
            let until = page.time(expires);
            let _ = write!(text, " {} {until}", page.either("until", "至"));
        }
        page.line(text);
        for code in &line.reasons {
            let words = match book.catalogue.reason_named(code) {
                Some(reason) => page.words(&reason.text),
                None if line.by_error => page.words(&Refusal::RuleError.words()),
                None => String::new(),
            };
            page.line(format!("    {code} {words}"));
        }
        for rider in &line.riders {
            let id = rider.id.as_deref().unwrap_or_default();
            page.line(format!("    + {} {id}", rider.verb));
        }
    }
}

fn refused(page: &mut Page, record: &DecisionRecord) {
    if record.refused.is_empty() {
        return;
    }
    page.line(page.either("refused", "未选中").to_owned());
    for line in &record.refused {
        let words = Refusal::named(&line.code).map(Refusal::words);
        let mut text = format!("  {}", line.rule);
        let named = [
            line.verb.as_deref(),
            line.id.as_deref(),
            line.subject.as_deref(),
        ];
        for part in named.into_iter().flatten() {
            let _ = write!(text, " {part}");
        }
        let _ = write!(text, ": {}", line.code);
        if let Some(words) = words {
            let _ = write!(text, " {}", page.words(&words));
        }
        if let Some(by) = &line.by {
            let _ = write!(text, " ({by})");
        }
        if let Some(until) = &line.until {
            let until = page.time(until);
            let _ = write!(text, " {} {until}", page.either("until", "直至"));
        }
        page.line(text);
    }
}

fn shadow(page: &mut Page, record: &DecisionRecord) {
    if record.shadow.is_empty() {
        return;
    }
    page.line(page.either("only watching", "影子").to_owned());
    for line in &record.shadow {
        let id = line.id.as_deref().unwrap_or_default();
        let would = if line.would == CHOSEN {
            page.either("would have been chosen", "若上线则选中")
                .to_owned()
        } else {
            let words = Refusal::named(&line.would).map(Refusal::words);
            let said = words.map(|words| page.words(&words)).unwrap_or_default();
            let would = page.either("would have been refused", "若上线则被拒");
            format!("{would} {} {said}", line.would)
        };
        page.line(format!("  {} {} {id}: {would}", line.rule, line.verb));
    }
}

fn cold(page: &mut Page, record: &DecisionRecord) {
    let cold: Vec<(&str, String)> = record.cold().collect();
    if cold.is_empty() {
        return;
    }
    page.line(page.either("cold windows", "尚未覆盖的窗口").to_owned());
    for (feature, until) in cold {
        let warm = page.either("knows its whole length from", "完整覆盖始于");
        let until = page.time(&until);
        page.line(format!("  {feature}: {warm} {until}"));
    }
}

fn rest(page: &mut Page, record: &DecisionRecord) {
    if !record.marks.is_empty() {
        page.line(page.either("marks", "标记").to_owned());
    }
    for mark in &record.marks {
        let value = mark.value.as_ref().map(ToString::to_string);
        page.line(format!(
            "  {} {} {} {} {}",
            mark.rule,
            mark.verb,
            mark.name,
            value.unwrap_or_default(),
            mark.after.as_deref().unwrap_or_default()
        ));
    }
    if !record.errors.is_empty() {
        page.line(page.either("errors", "出错").to_owned());
    }
    for fault in &record.errors {
        page.line(format!(
            "  {} {}, {} {}: {}",
            fault.rule,
            fault.function,
            page.either("line", "行"),
            fault.line,
            fault.message
        ));
    }
}

/// The facts that the conditions and actions of what was chosen can read.
fn facts(page: &mut Page, book: &Book, record: &DecisionRecord) {
    let mut paths: Vec<&str> = record
        .chosen
        .iter()
        .filter_map(|line| book.rule_named(&line.rule))
        .flat_map(|(_, rule)| {
            [Function::When, Function::Then]
                .into_iter()
                .filter_map(|function| rule.body(function))
                .flat_map(|body| &body.reads)
        })
        .filter_map(|slot| Some(book.layout.slot(*slot)?.path.as_str()))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    if paths.is_empty() {
        return;
    }
    page.line(page.either("facts", "事实").to_owned());
    listed(page, "  ", &paths, record, &record.facts);
    for trigger in &record.triggers {
        page.line(format!("  {}", trigger.ty));
        listed(page, "    ", &paths, record, &trigger.facts);
    }
    if record.truncated {
        page.line(format!(
            "  {}",
            page.either("(some did not fit the record)", "（部分事实未能记录）")
        ));
    }
}

fn listed(
    page: &mut Page,
    indent: &str,
    paths: &[&str],
    record: &DecisionRecord,
    facts: &BTreeMap<String, Box<RawValue>>,
) {
    for path in paths {
        if let Some(value) = facts.get(*path) {
            let is_in = |paths: &[String]| paths.iter().any(|p| p == path);
            let mut part = String::new();
            if is_in(&record.truncated_windows) {
                part.push_str(page.either(" (truncated)", "（已截断）"));
            }
            if is_in(&record.corrected_windows) {
                part.push_str(page.either(" (corrected by a late event)", "（已由迟到事件更正）"));
            }
            page.line(format!("{indent}{path} = {}{part}", value.get()));
        }
    }
}
