//! `expect`, `refuse` and `facts`: what a case claims.

use super::codes;
use super::model::{Fact, FactRow, Row, Sent};
use super::teller::Teller;
use super::tree::{Entry, Kind, Node};
use super::values;
use crate::book::Book;
use crate::catalogue::{EventId, Family};
use crate::draft::Verb;
use crate::finding::{Place, Words};
use crate::layout::Slot;
use crate::value::Text;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What a row of `expect` may name.
const EXPECT: [&str; 16] = [
    "at", "n", "customer", "rule", "action", "offer", "channel", "team", "method", "process",
    "subject", "reason", "expires", "lasts", "group", "data",
];
/// What a row of `refuse` may name.
const REFUSE: [&str; 9] = [
    "at", "n", "customer", "rule", "offer", "action", "method", "code", "by",
];
/// The verbs, as `action` names them.
const VERBS: [Verb; 9] = [
    Verb::Allow,
    Verb::StepUp,
    Verb::Hold,
    Verb::Block,
    Verb::Offer,
    Verb::Retain,
    Verb::Serve,
    Verb::Notify,
    Verb::Trigger,
];

/// What rows are read against.
pub(super) struct Court<'a> {
    /// The book.
    pub(super) book: &'a Book,
    /// The rule under test.
    pub(super) rule: &'a Text,
    /// The codes a refusal may have.
    pub(super) codes: &'a [&'a str],
}

/// Reads `expect`.
pub(super) fn expect(t: &mut Teller<'_>, court: &Court<'_>, node: &Node) -> Vec<Row> {
    let items = t.list(node, "expect");
    let rows = items.iter().filter_map(|item| {
        let row = row(t, court, item, "a row of `expect`", &EXPECT)?;
        if !row.members.contains_key("action") && item.get("action").is_none() {
            t.missing(&item.place, "a row of `expect`", "action");
        }
        Some(row)
    });
    rows.collect()
}

/// Reads `refuse`.
pub(super) fn refuse(t: &mut Teller<'_>, court: &Court<'_>, node: &Node) -> Vec<Row> {
    let items = t.list(node, "refuse");
    let rows = items.iter().filter_map(|item| {
        let row = row(t, court, item, "a row of `refuse`", &REFUSE)?;
        if !row.members.contains_key("code") && item.get("code").is_none() {
            t.missing(&item.place, "a row of `refuse`", "code");
        }
        Some(row)
    });
    rows.collect()
}

fn row(
    t: &mut Teller<'_>,
    court: &Court<'_>,
    item: &Node,
    what: &str,
    known: &[&str],
) -> Option<Row> {
    let entries = t.table(item, what);
    item.entries()?;
    t.only(entries, known);
    let at = t.at(item, what);
    let n = t.n(item);
    let text = |key: &str, t: &mut Teller<'_>| {
        let node = item.get(key)?;
        t.text(node, key).map(Text::from)
    };
    let customer = text("customer", t);
    let rule = text("rule", t);
    if let (Some(rule), Some(node)) = (&rule, item.get("rule")) {
        known_rule(t, court.book, rule, &node.place);
    }
    let mut members = BTreeMap::new();
    for entry in entries {
        let key = entry.key.as_str();
        if matches!(key, "at" | "n" | "customer" | "rule") || !known.contains(&key) {
            continue;
        }
        if let Some(value) = member(t, court, entry) {
            members.insert(entry.key.clone(), value);
        }
    }
    Some(Row {
        place: item.place.clone(),
        at: at?,
        n,
        customer,
        rule: rule.unwrap_or_else(|| court.rule.clone()),
        members,
    })
}

fn member(t: &mut Teller<'_>, court: &Court<'_>, entry: &Entry) -> Option<Json> {
    let (key, node) = (entry.key.as_str(), &entry.node);
    match key {
        "expires" | "lasts" => t.duration(node, key).map(Json::from),
        "data" => {
            t.table(node, key);
            node.entries().map(|_| values::loose(node))
        }
        "reason" => {
            let one = std::slice::from_ref(node);
            for code in node.items().unwrap_or(one) {
                let name = t.text(code, key)?;
                declared(t, court.book, key, name, &code.place);
            }
            Some(values::loose(node))
        }
        _ => {
            let name = t.text(node, key)?;
            match key {
                "action" => verb(t, name, &node.place),
                "code" => code(t, court.codes, name, &node.place),
                "subject" | "by" => {}
                _ => declared(t, court.book, key, name, &node.place),
            }
            Some(Json::from(name))
        }
    }
}

fn verb(t: &mut Teller<'_>, name: &str, place: &Place) {
    if !VERBS.iter().any(|v| v.name() == name) {
        let cause = Words::new(
            format!("`{name}` is no action of the rule language"),
            format!("规则语言中没有动作 `{name}`"),
        );
        let known = VERBS.iter().map(|v| v.name());
        t.unknown(codes::UNKNOWN_VERB, place, cause, name, known);
    }
}

fn code(t: &mut Teller<'_>, codes: &[&str], name: &str, place: &Place) {
    if !codes.contains(&name) {
        let cause = Words::new(
            format!("`{name}` is no refusal"),
            format!("没有名为 `{name}` 的拒绝原因"),
        );
        let known = codes.iter().copied();
        t.unknown(super::codes::UNKNOWN_CODE, place, cause, name, known);
    }
}

/// A finding when the catalogue declares no such offer, channel, team …
pub(super) fn declared(t: &mut Teller<'_>, book: &Book, key: &str, name: &str, place: &Place) {
    let c = &book.catalogue;
    let (zh, known): (&str, Vec<&str>) = match key {
        "offer" => ("产品", c.offers.iter().map(|o| o.name.as_str()).collect()),
        "channel" => ("渠道", c.channels.iter().map(|o| o.name.as_str()).collect()),
        "team" => ("团队", c.teams.iter().map(|o| o.name.as_str()).collect()),
        "method" => (
            "验证方式",
            c.methods.iter().map(|o| o.name.as_str()).collect(),
        ),
        "process" => (
            "流程",
            c.processes.iter().map(|o| o.name.as_str()).collect(),
        ),
        "reason" => ("理由", c.reasons.iter().map(|o| o.code.as_str()).collect()),
        "group" => {
            let groups = c.offers.iter().filter_map(|o| o.group.as_ref());
            let mut groups: Vec<&str> = groups.map(Text::as_str).collect();
            groups.sort_unstable();
            groups.dedup();
            ("产品组", groups)
        }
        _ => return,
    };
    if !known.contains(&name) {
        let cause = Words::new(
            format!("there is no {key} `{name}`"),
            format!("没有名为 `{name}` 的{zh}"),
        );
        t.unknown(codes::UNKNOWN_NAME, place, cause, name, known);
    }
}

/// A finding when there is no such rule.
pub(super) fn known_rule(t: &mut Teller<'_>, book: &Book, name: &str, place: &Place) {
    if book.rule_named(name).is_none() {
        let cause = Words::new(
            format!("there is no rule `{name}`"),
            format!("没有名为 `{name}` 的规则"),
        );
        let known = book.rules.iter().map(|r| r.id.as_str());
        t.unknown(codes::UNKNOWN_RULE, place, cause, name, known);
    }
}

/// Reads `facts`. `customer` is who is meant where several could be.
pub(super) fn facts(
    t: &mut Teller<'_>,
    court: &Court<'_>,
    node: &Node,
    events: &[Sent],
    customer: Option<&Text>,
) -> Vec<FactRow> {
    let items = t.list(node, "facts");
    let rows = items
        .iter()
        .filter_map(|item| fact_row(t, court, item, events, customer));
    rows.collect()
}

fn fact_row(
    t: &mut Teller<'_>,
    court: &Court<'_>,
    item: &Node,
    events: &[Sent],
    customer: Option<&Text>,
) -> Option<FactRow> {
    t.table(item, "a row of `facts`");
    let entries = item.entries()?;
    let at = t.at(item, "a row of `facts`")?;
    let n = t.n(item);
    // `customer.x = 1` without quotes is a table called `customer`: facts, not who is meant.
    let who = item.get("customer").filter(|node| node.entries().is_none());
    let named = who.and_then(|node| t.text(node, "customer"));
    let there: Vec<&Sent> = events
        .iter()
        .filter(|e| e.at == at && n.is_none_or(|n| e.n == n))
        .filter(|e| named.is_none_or(|who| e.customer == who))
        .collect();
    let there = match there.as_slice() {
        [_] => there,
        _ => {
            let own = there.iter().filter(|e| Some(&e.customer) == customer);
            let own: Vec<&Sent> = own.copied().collect();
            if own.len() == 1 { own } else { there }
        }
    };
    let timers = court.book.catalogue.events.iter();
    let timers = timers.filter(|e| comes_by_itself(e)).count() > 0;
    // An event of nobody is seen by customers as they are told of it.
    let there: Vec<&Sent> = there
        .into_iter()
        .filter(|e| !e.customer.is_empty())
        .collect();
    let kinds = match there.as_slice() {
        [one] => vec![one.kind],
        [] if timers => timer_kinds(court.book),
        _ => {
            no_such_event(t, item, at, there.len());
            return None;
        }
    };
    let mut facts = Vec::new();
    for entry in entries {
        let who = entry.key == "customer" && entry.node.entries().is_none();
        if !who && !matches!(entry.key.as_str(), "at" | "n") {
            read_fact(t, court.book, &kinds, &entry.key, entry, &mut facts);
        }
    }
    let one = there.first();
    Some(FactRow {
        place: item.place.clone(),
        at,
        customer: one.map(|e| e.customer.clone()).or(named.map(Text::from)),
        n: one.map(|e| e.n),
        facts,
    })
}

/// Nobody sends it.
fn comes_by_itself(event: &crate::catalogue::EventType) -> bool {
    matches!(event.family, Family::Timer | Family::Pattern | Family::Told)
}

fn timer_kinds(book: &Book) -> Vec<EventId> {
    let events = (0u16..).zip(&book.catalogue.events);
    let timers = events.filter(|(_, e)| comes_by_itself(e));
    timers.map(|(id, _)| EventId(id)).collect()
}

fn no_such_event(t: &mut Teller<'_>, item: &Node, at: i64, count: usize) {
    let at = crate::duration::format(at);
    let (en, zh) = if count == 0 {
        (
            format!("nothing happens at `{at}`"),
            format!("`{at}` 没有事件"),
        )
    } else {
        (
            format!("{count} events happen at `{at}`: say whose, with `customer` or `n`"),
            format!("`{at}` 有 {count} 个事件：请用 `customer` 或 `n` 指明"),
        )
    };
    t.say(codes::NO_SUCH_EVENT, &item.place, en, zh);
}

/// `"event.night" = true`, or the same with dotted keys, which TOML reads as tables.
fn read_fact(
    t: &mut Teller<'_>,
    book: &Book,
    kinds: &[EventId],
    path: &str,
    entry: &Entry,
    facts: &mut Vec<Fact>,
) {
    if let Kind::Table(below) = &entry.node.kind {
        for entry in below {
            let path = format!("{path}.{}", entry.key);
            read_fact(t, book, kinds, &path, entry, facts);
        }
        return;
    }
    let slot = kinds.iter().find_map(|kind| slot_of(book, *kind, path));
    let Some((slot, spec)) = slot.and_then(|s| Some((s, book.layout.slot(s)?))) else {
        let cause = Words::new(
            format!("`{path}` cannot be read on this event"),
            format!("此事件上读不到 `{path}`"),
        );
        let known = kinds.iter().flat_map(|kind| paths(book, *kind));
        let known: Vec<&str> = known.collect();
        t.unknown(codes::UNKNOWN_FACT, &entry.place, cause, path, known);
        return;
    };
    if let Some(value) = values::typed(t, &entry.node, path, &spec.ty) {
        facts.push(Fact {
            path: path.to_owned(),
            place: entry.place.clone(),
            slot,
            value,
        });
    }
}

/// The slot an author's path means on this event type.
fn slot_of(book: &Book, kind: EventId, path: &str) -> Option<Slot> {
    let layout = &book.layout;
    if let Some(name) = path.strip_prefix("customer.") {
        let before = || layout.before.get(name.strip_prefix("before.")?);
        let known = layout.customer.get(name).or_else(before).copied();
        return known.or_else(|| {
            let (tag, name) = name.split_once('.')?;
            layout.behind(tag, name)
        });
    }
    let name = path.strip_prefix("event.")?;
    layout.event(kind, name).or_else(|| {
        let (field, name) = name.split_once('.')?;
        layout.event_ref(kind, field, name)
    })
}

/// Every path that can be read on this event type.
fn paths(book: &Book, kind: EventId) -> impl Iterator<Item = &str> {
    let layout = &book.layout;
    let all = layout.slots.iter().map(|spec| spec.path.as_str());
    let mut all: Vec<&str> = all
        .filter(|path| slot_of(book, kind, path).is_some())
        .collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
}
