//! `events` and `outcomes`: what happens in a case.

use super::codes;
use super::model::{Answered, Sent};
use super::teller::Teller;
use super::tree::{Kind, Node};
use super::values;
use crate::book::Book;
use crate::catalogue::load::events::OUTCOMES;
use crate::catalogue::{EventId, EventType, Family};
use crate::finding::{Finding, Words};
use crate::value::{Text, Type, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Most events of one case.
pub const EVENTS_MAX: usize = 10_000;
/// What an event has that is not its data.
const ENVELOPE: [&str; 6] = ["at", "n", "type", "id", "source", "customer"];

/// Reads `events`, in the order of time. `customer` is who an event means that names nobody.
pub(super) fn read(
    t: &mut Teller<'_>,
    book: &Book,
    node: &Node,
    customer: Option<&Text>,
) -> Vec<Sent> {
    let items = t.list(node, "events");
    if items.len() > EVENTS_MAX {
        t.say(
            codes::TOO_MANY,
            &node.place,
            format!("a case has at most {EVENTS_MAX} events"),
            format!("一个用例最多 {EVENTS_MAX} 个事件"),
        );
    }
    let mut taken = BTreeSet::new();
    let mut events: Vec<Sent> = Vec::new();
    for (item, nth) in items.iter().zip(1..=EVENTS_MAX) {
        let Some(sent) = event(t, book, item, nth, customer) else {
            continue;
        };
        if !taken.insert((sent.customer.clone(), sent.at, sent.n)) {
            tie(t, &sent);
        }
        events.push(sent);
    }
    events.sort_by_key(|e| (e.at, e.n));
    events
}

fn tie(t: &mut Teller<'_>, sent: &Sent) {
    let (who, next) = (&sent.customer, sent.n + 1);
    let at = crate::duration::format(sent.at);
    let cause = match who.is_empty() {
        true => Words::new(
            format!("another event of no customer is at `{at}`"),
            format!("`{at}` 已有一个不属于客户的事件"),
        ),
        false => Words::new(
            format!("`{who}` has another event at `{at}`"),
            format!("`{who}` 在 `{at}` 已有一个事件"),
        ),
    };
    t.push(
        Finding::error(codes::AT_TWICE, sent.place.clone(), cause).fix(
            format!("write `n = {next}` on the later one, or another `at`"),
            format!("给后一个写上 `n = {next}`，或改用其他 `at`"),
        ),
    );
}

fn event(
    t: &mut Teller<'_>,
    book: &Book,
    item: &Node,
    nth: usize,
    customer: Option<&Text>,
) -> Option<Sent> {
    t.table(item, "events");
    item.entries()?;
    let at = t.at(item, "an event");
    let n = t.n(item).unwrap_or(1);
    let given = |key: &str, t: &mut Teller<'_>| {
        let node = item.get(key)?;
        t.text(node, key).map(Text::from)
    };
    let id = given("id", t).unwrap_or_else(|| format!("case-{nth}").into());
    let source = given("source", t).unwrap_or_else(|| "case".into());
    let found = kind_of(t, book, item);
    let who = whose(t, item, found.map(|(_, event)| event), customer);
    let (kind, event) = found?;
    let data = data(t, event, item);
    Some(Sent {
        at: at?,
        n,
        place: item.place.clone(),
        kind,
        customer: who?,
        id,
        source,
        data,
    })
}

/// Whose event it is; nobody's has an empty name.
fn whose(
    t: &mut Teller<'_>,
    item: &Node,
    event: Option<&EventType>,
    customer: Option<&Text>,
) -> Option<Text> {
    let named = item.get("customer");
    if let Some(event) = event.filter(|event| event.family == Family::Context) {
        if let Some(node) = named {
            let of = &event.name;
            t.push(
                Finding::error(
                    codes::NO_CUSTOMER,
                    node.place.clone(),
                    Words::new(
                        format!("`{of}` belongs to no customer"),
                        format!("`{of}` 不属于任何客户"),
                    ),
                )
                .fix("leave `customer` out", "请删除 `customer`"),
            );
        }
        return Some(Text::new());
    }
    if let Some(node) = named {
        return t.text(node, "customer").map(Text::from);
    }
    if customer.is_none() {
        t.push(
            Finding::error(
                codes::NO_CUSTOMER,
                item.place.clone(),
                Words::new("whose event is this?", "这是谁的事件？"),
            )
            .fix(
                "write `customer = \"C1\"` here, or once at the top of the file",
                "在此写 `customer = \"C1\"`，或在文件开头写一次",
            ),
        );
    }
    customer.cloned()
}

/// The data of an event by the names of its JSON, typed; says what is missing.
fn data(t: &mut Teller<'_>, event: &EventType, item: &Node) -> serde_json::Map<String, Json> {
    let entries = item.entries().unwrap_or_default();
    let mut data = serde_json::Map::new();
    for entry in entries {
        if ENVELOPE.contains(&entry.key.as_str()) {
            continue;
        }
        let field = event.fields.iter().find(|f| f.json == entry.key);
        let Some(field) = field else {
            unknown_field(t, event, &entry.key, &entry.place);
            continue;
        };
        if let Some(value) = values::typed(t, &entry.node, &entry.key, &field.ty) {
            data.insert(field.json.to_string(), json(&value, &field.ty));
        }
    }
    for field in &event.fields {
        let absent = item.get(&field.json).is_none();
        if absent && !field.optional && field.default.is_missing() {
            let (name, of) = (&field.json, &event.name);
            t.say(
                codes::MISSING_FIELD,
                &item.place,
                format!("`{of}` needs `{name}`"),
                format!("`{of}` 需要 `{name}`"),
            );
        }
    }
    data
}

/// As the decoder reads it back: times and amounts as text, durations in their shortest text.
fn json(value: &Value, ty: &Type) -> Json {
    match (value, ty) {
        (Value::List(items), Type::List(of)) => items.iter().map(|i| json(i, of)).collect(),
        _ => value.to_json(),
    }
}

fn unknown_field(t: &mut Teller<'_>, event: &EventType, name: &str, place: &crate::finding::Place) {
    let of = &event.name;
    let cause = Words::new(
        format!("`{of}` has no `{name}`"),
        format!("`{of}` 没有 `{name}`"),
    );
    if let Some(field) = event.fields.iter().find(|f| f.name == name) {
        let json = &field.json;
        let finding = Finding::error(codes::UNKNOWN_FIELD, place.clone(), cause);
        t.push(finding.fix(
            format!("in the event itself it is called `{json}`"),
            format!("在事件中它叫 `{json}`"),
        ));
        return;
    }
    let known = event.fields.iter().map(|f| f.json.as_str());
    t.unknown(codes::UNKNOWN_FIELD, place, cause, name, known);
}

fn kind_of<'b>(
    t: &mut Teller<'_>,
    book: &'b Book,
    item: &Node,
) -> Option<(EventId, &'b EventType)> {
    let Some(node) = item.get("type") else {
        t.missing(&item.place, "an event", "type");
        return None;
    };
    let name = t.text(node, "type")?;
    let catalogue = &book.catalogue;
    let Some((id, event)) = catalogue
        .event_named(name)
        .and_then(|id| Some((id, catalogue.event(id)?)))
        .filter(|(_, event)| event.family != Family::Told)
    else {
        let cause = Words::new(
            format!("there is no event type `{name}`"),
            format!("没有名为 `{name}` 的事件类型"),
        );
        let known = catalogue.events.iter().filter(|e| is_sent(e.family));
        let known = known.map(|e| e.name.as_str());
        t.unknown(codes::UNKNOWN_EVENT, &node.place, cause, name, known);
        return None;
    };
    if is_sent(event.family) {
        return Some((id, event));
    }
    let (en, zh) = match event.family {
        Family::Outcome => (
            "write it as a row of `outcomes`, which knows the action it answers",
            "请写在 `outcomes` 中，那里知道它回应哪个动作",
        ),
        Family::Segment => (
            "it comes by itself when an event or a mark changes the segment",
            "当事件或标记改变分群时，它会自行发生",
        ),
        Family::Timer | Family::Pattern => (
            "it comes by itself; write `until` so that the clock runs on",
            "它会自行发生；写上 `until` 让时钟继续走",
        ),
        Family::Fence => (
            "it comes by itself: send an event that says where the customer is",
            "它会自行发生：请发送一个说明客户位置的事件",
        ),
        Family::Channel
        | Family::Transaction
        | Family::Location
        | Family::Profile
        | Family::Context
        | Family::Told => return None,
    };
    t.push(
        Finding::error(
            codes::NOT_SENT,
            node.place.clone(),
            Words::new(
                format!("`{name}` is not sent by anybody"),
                format!("`{name}` 不是由外部发送的"),
            ),
        )
        .fix(en, zh),
    );
    None
}

fn is_sent(family: Family) -> bool {
    match family {
        Family::Channel | Family::Transaction | Family::Location | Family::Profile => true,
        Family::Context => true,
        Family::Outcome | Family::Timer | Family::Segment | Family::Pattern => false,
        Family::Fence | Family::Told => false,
    }
}

/// Reads `outcomes`, in the order of time. `expected` is how many actions the case expects.
pub(super) fn outcomes(
    t: &mut Teller<'_>,
    book: &Book,
    node: &Node,
    expected: usize,
) -> Vec<Answered> {
    let items = t.list(node, "outcomes");
    if items.len() > EVENTS_MAX {
        t.say(
            codes::TOO_MANY,
            &node.place,
            format!("a case has at most {EVENTS_MAX} outcomes"),
            format!("一个用例最多 {EVENTS_MAX} 个结果"),
        );
    }
    let mut all: Vec<Answered> = items
        .iter()
        .take(EVENTS_MAX)
        .filter_map(|item| outcome(t, book, item, expected))
        .collect();
    all.sort_by_key(|answered| answered.at);
    all
}

fn outcome(t: &mut Teller<'_>, book: &Book, item: &Node, expected: usize) -> Option<Answered> {
    let entries = t.table(item, "outcomes");
    item.entries()?;
    t.only(entries, &["at", "of", "outcome", "channel", "value"]);
    let at = t.at(item, "an outcome");
    let of = of(t, item, expected);
    let word = match item.get("outcome") {
        Some(node) => t.text(node, "outcome").map(|word| (node, word)),
        None => {
            t.missing(&item.place, "an outcome", "outcome");
            None
        }
    };
    let word = word.filter(|(node, word)| {
        let known = OUTCOMES.contains(word);
        if !known {
            let cause = Words::new(
                format!("`{word}` is no outcome"),
                format!("没有名为 `{word}` 的结果"),
            );
            t.unknown(codes::UNKNOWN_OUTCOME, &node.place, cause, word, OUTCOMES);
        }
        known
    });
    let channel = item.get("channel").and_then(|node| {
        let name = t.text(node, "channel")?;
        super::rows::declared(t, book, "channel", name, &node.place);
        Some(Text::from(name))
    });
    let value =
        item.get("value").and_then(
            |node| match values::typed(t, node, "value", &Type::Decimal)? {
                Value::Decimal(value) => Some(value),
                _ => None,
            },
        );
    Some(Answered {
        at: at?,
        place: item.place.clone(),
        of: of?,
        outcome: word?.1.into(),
        channel,
        value,
    })
}

/// Which row of `expect` is answered, from 0.
fn of(t: &mut Teller<'_>, item: &Node, expected: usize) -> Option<usize> {
    let Some(node) = item.get("of") else {
        t.missing(&item.place, "an outcome", "of");
        return None;
    };
    let of = match node.kind {
        Kind::Int(of) => usize::try_from(of).ok().and_then(|of| of.checked_sub(1)),
        _ => None,
    };
    let of = of.filter(|of| *of < expected);
    if of.is_none() {
        let shown = node.shown();
        t.push(
            Finding::error(
                codes::OF_NOTHING,
                node.place.clone(),
                Words::new(
                    format!("`of = {shown}`: `expect` has {expected} rows"),
                    format!("`of = {shown}`：`expect` 有 {expected} 行"),
                ),
            )
            .fix(
                "`of` counts the rows of `expect` from 1",
                "`of` 从 1 起数 `expect` 的行",
            ),
        );
    }
    of
}
