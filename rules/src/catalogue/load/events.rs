//! `events.toml`: shapes, event types and their data members.

use super::node::Kind;
use super::report::{Noun, Report};
use super::table::{Entry, Table, title_or};
use super::time::DAY;
use super::tree::Tree;
use super::{codes, fields, name};
use crate::catalogue::{Catalogue, EventId, EventType, Extra, Family, Field};
use crate::draft::Verb;
use crate::finding::{Finding, Place, Words, nearest};
use crate::rule::Class;
use crate::value::{Text, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most event types, so that every one has a number.
const EVENTS_MAX: usize = 4_000;

/// The words an outcome may be: delivery, attention, answer, effect, fraud.
pub const OUTCOMES: [&str; 19] = [
    "accepted_by_channel",
    "delivered",
    "failed",
    "bounced",
    "expired",
    "shown",
    "clicked",
    "ignored",
    "accepted",
    "refused",
    "later",
    "complained",
    "opted_out",
    "converted",
    "challenge_passed",
    "challenge_failed",
    "fraud_confirmed",
    "false_positive",
    "released",
];

/// The event by which deft tells itself that a question was answered with the declared fallback.
pub const UNANSWERED: &str = "outcome.unanswered";

/// The event by which an operator holds a customer.
pub const HELD: &str = "outcome.held";

/// The event by which another division tells what a rule of it left for all: it fired, or acted on an entity. It
/// belongs to no customer.
pub const ELSEWHERE: &str = "outcome.elsewhere";

const FAMILIES: [(&str, Family); 5] = [
    ("channel", Family::Channel),
    ("transaction", Family::Transaction),
    ("location", Family::Location),
    ("profile", Family::Profile),
    ("context", Family::Context),
];

const EVENT: Noun = Noun {
    code: codes::UNKNOWN_EVENT,
    en: "event type",
    zh: "事件类型",
    file: "events",
};
const SHAPE: Noun = Noun {
    code: codes::UNKNOWN_SHAPE,
    en: "shape",
    zh: "形状",
    file: "events",
};

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    let mut shapes: BTreeMap<&str, Vec<Field>> = BTreeMap::new();
    for entry in tree.named("events", "shape") {
        name::fits(r, entry, name::Role::Quoted);
        if let Some(table) = entry.node.table(r) {
            let fields = fields::load(tree, c, r, &table);
            shapes.insert(&entry.key, fields);
        }
    }
    for entry in tree.named("events", "event") {
        if c.events.len() == EVENTS_MAX {
            r.at(
                codes::TOO_LARGE,
                &entry.place,
                format!("there are more than {EVENTS_MAX} event types"),
                format!("事件类型多于 {EVENTS_MAX} 个"),
            );
            break;
        }
        if let Some(family) = family(r, entry)
            && let Some(table) = entry.node.table(r)
        {
            let event = event(tree, c, r, entry, &table, family, &shapes);
            c.events.push(event);
        }
    }
    for word in OUTCOMES {
        c.events.push(outcome(word));
    }
    c.events.push(unanswered());
    c.events.push(held());
    c.events.push(elsewhere());
}

/// The family of the event type's name; a finding where it has none.
fn family(r: &mut Report, entry: &Entry) -> Option<Family> {
    let full = entry.key.as_str();
    let Some((family, rest)) = full.split_once('.').filter(|(_, rest)| !rest.contains('.')) else {
        return bad_name(r, entry, full.split('.').next().unwrap_or(full));
    };
    if matches!(
        family,
        "outcome" | "timer" | "pattern" | "segment" | "fence"
    ) {
        let (en, zh) = match family {
            "outcome" => ("outcomes are built in", "结果事件是内置的"),
            "timer" => (
                "timer events are made by `remind(name, after)` and by `timers.toml`",
                "定时事件由 `remind(name, after)` 和 `timers.toml` 产生",
            ),
            "segment" => (
                "segment events are made by segments that rules are `on`",
                "分群事件由规则所用的分群产生",
            ),
            "fence" => ("fence events are made by fences", "围栏事件由围栏产生"),
            _ => ("pattern events are made by patterns", "模式事件由模式产生"),
        };
        r.push(
            Finding::error(
                codes::BUILT_IN,
                entry.place.clone(),
                Words::new(
                    format!("`{full}` is not declared: {en}"),
                    format!("`{full}` 不能声明：{zh}"),
                ),
            )
            .fix("leave it out", "请删去"),
        );
        return None;
    }
    let found = FAMILIES.iter().find(|(name, _)| *name == family);
    let Some((_, found)) = found else {
        return bad_name(r, entry, family);
    };
    name::lexical(r, entry, rest).then_some(*found)
}

fn bad_name(r: &mut Report, entry: &Entry, family: &str) -> Option<Family> {
    let full = &entry.key;
    let words = FAMILIES.map(|(word, _)| word);
    let mut finding = Finding::error(
        codes::BAD_EVENT_NAME,
        entry.place.clone(),
        Words::new(
            format!("`{full}` is not `family.name`"),
            format!("`{full}` 不是 `族.名称` 的形式"),
        ),
    )
    .fix(
        "an event type is `channel.…`, `transaction.…`, `location.…`, `profile.…` or `context.…`, with one dot",
        "事件类型写作 `channel.…`、`transaction.…`、`location.…`、`profile.…` 或 `context.…`，只有一个点",
    );
    if let Some(best) = nearest(family, words, 1).first()
        && *best != family
    {
        let better = full.replacen(family, best, 1);
        finding.corrected = r.corrected(&entry.place, entry.width, &format!("\"{better}\""));
    }
    r.push(finding);
    None
}

fn event(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    entry: &Entry,
    table: &Table<'_>,
    family: Family,
    shapes: &BTreeMap<&str, Vec<Field>>,
) -> EventType {
    table.only(
        r,
        &[
            "title",
            "shapes",
            "extra",
            "answer",
            "data",
            "lateness",
            "admission",
        ],
    );
    let title = title_or(r, table, &entry.key);
    let mut all: Vec<Field> = Vec::new();
    if let Some(node) = table.get("shapes") {
        for named in node.one_or_many(r) {
            let word = named.as_text().unwrap_or("");
            match shapes.get(word) {
                Some(fields) => {
                    fields::join(r, &mut all, fields.clone(), &named.place, &named.path)
                }
                None => r.unknown(SHAPE, named, word, shapes.keys().copied()),
            }
        }
    }
    if let Some(data) = table.get("data").and_then(|n| n.table(r)) {
        let own = fields::load(tree, c, r, &data);
        for field in own {
            let place = data.entries.iter().find(|e| field.name == e.key);
            let place = place.map_or(&entry.place, |e| &e.place).clone();
            fields::join(r, &mut all, vec![field], &place, &data.node.path);
        }
    }
    let verdicts = [
        ("allow", Verb::Allow),
        ("step_up", Verb::StepUp),
        ("hold", Verb::Hold),
        ("block", Verb::Block),
    ];
    let extras = [("ignore", Extra::Ignore), ("refuse", Extra::Refuse)];
    let extra = table.get("extra").and_then(|n| n.word(r, &extras));
    let admissions = [
        ("fraud", Class::Fraud),
        ("service", Class::Service),
        ("retention", Class::Retention),
        ("commercial", Class::Commercial),
    ];
    EventType {
        name: entry.key.as_str().into(),
        family,
        title,
        fields: all,
        extra: extra.unwrap_or_default(),
        answer: table.get("answer").and_then(|n| n.word(r, &verdicts)),
        lateness: table.get("lateness").and_then(|n| n.duration(r, 0, DAY)),
        admission: table.get("admission").and_then(|n| n.word(r, &admissions)),
        place: entry.place.clone(),
    }
}

fn outcome(word: &str) -> EventType {
    let fields = vec![
        member("action_id", Type::Text, false),
        member("channel", Type::Text, true),
        member("placement", Type::Text, true),
        member("value", Type::Decimal, true),
    ];
    built_in(&format!("outcome.{word}"), fields)
}

fn unanswered() -> EventType {
    let fields = vec![
        member("decision_id", Type::Text, false),
        member("answer", Type::Text, false),
        member("channel", Type::Text, true),
    ];
    built_in(UNANSWERED, fields)
}

fn held() -> EventType {
    let fields = vec![
        member("block", Type::Bool, false),
        member("until", Type::Time, true),
        member("why", Type::Text, false),
        member("by", Type::Text, false),
    ];
    built_in(HELD, fields)
}

fn elsewhere() -> EventType {
    let fields = vec![
        member("rule", Type::Text, false),
        member("kind", Type::Text, true),
        member("entity", Type::Text, true),
    ];
    EventType {
        family: Family::Context,
        ..built_in(ELSEWHERE, fields)
    }
}

pub(super) fn member(name: &str, ty: Type, optional: bool) -> Field {
    Field {
        name: name.into(),
        json: name.into(),
        ty,
        optional,
        default: Value::Missing,
        min: Value::Missing,
        max: Value::Missing,
        max_len: None,
        sensitive: false,
        title: Words::new(name, name),
    }
}

fn built_in(name: &str, fields: Vec<Field>) -> EventType {
    EventType {
        title: Words::new(name, name),
        name: name.into(),
        family: Family::Outcome,
        fields,
        extra: Extra::Ignore,
        answer: None,
        lateness: None,
        admission: None,
        place: Place::file(Arc::from("catalog/events.toml")),
    }
}

/// The event type a text names, or a finding.
pub(super) fn resolve(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    node: &super::node::Node,
) -> Option<EventId> {
    let name = node.text(r)?;
    let found = c.event_named(name);
    if found.is_none() && !tree.names("events", "event", name) {
        r.unknown(EVENT, node, name, c.events.iter().map(|e| e.name.as_str()));
    }
    found
}

/// The event types that one text or a list of texts names, each once.
pub(super) fn resolve_all(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    node: &super::node::Node,
) -> Vec<EventId> {
    let mut all = Vec::new();
    for named in node.one_or_many(r) {
        let Some(event) = resolve(tree, c, r, named) else {
            continue;
        };
        if all.contains(&event) {
            let name = named.as_text().unwrap_or("");
            r.at(
                codes::NAME_TWICE,
                &named.place,
                format!("`{}`: `{name}` stands here twice", node.path),
                format!("`{}`：`{name}` 出现了两次", node.path),
            );
        } else {
            all.push(event);
        }
    }
    all
}

/// A finding for each of these event types that belongs to no customer.
pub(super) fn of_customers(
    c: &Catalogue,
    r: &mut Report,
    node: &super::node::Node,
    on: &[EventId],
) {
    for id in on {
        let Some(event) = c.event(*id).filter(|e| e.family == Family::Context) else {
            continue;
        };
        r.push(
            Finding::error(
                codes::NO_SUCH_KEY,
                node.place.clone(),
                Words::new(
                    format!("`{}`: `{}` has no customer", node.path, event.name),
                    format!("`{}`：`{}` 不属于任何客户", node.path, event.name),
                ),
            )
            .fix(
                "name an event type of the customer's own",
                "请写属于客户的事件类型",
            ),
        );
    }
}

/// True when the event type names the field in its data or one of its shapes, however wrong the rest.
pub(super) fn names_field(tree: &Tree, event: &Text, field: &str) -> bool {
    let has = |kind: &Kind| matches!(kind, Kind::Table(all) if all.iter().any(|e| e.key == field));
    let shape = |e: &Entry| has(&e.node.kind);
    let declared = tree.named("events", "event").iter();
    let mut own = declared.filter(|e| *event == e.key.as_str());
    own.any(|e| match &e.node.kind {
        Kind::Table(keys) => keys.iter().any(|k| k.key == "data" && has(&k.node.kind)),
        _ => false,
    }) || tree.named("events", "shape").iter().any(shape)
}
