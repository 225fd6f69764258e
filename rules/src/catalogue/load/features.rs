//! `[feature.…]`: windows over streams.

use super::name::{self, Role};
use super::node::{Kind, Node};
use super::report::{Noun, Report};
use super::table::{Entry, Table, title_or};
use super::tree::Tree;
use super::{codes, events, located, spans, streams, takes, types};
use crate::catalogue::feature::{Feature, Key, Stream, Take};
use crate::catalogue::{Catalogue, EventType, Family};
use crate::value::{EntityKind, Text, Type, Value};

pub(super) const KEYS: [&str; 9] = [
    "title", "stream", "where", "key", "of", "delay", "current", "default", "was",
];

/// The further keys of features of places.
pub(super) const OF_PLACES: [&str; 7] = ["take", "over", "min", "max", "accuracy", "from", "part"];

const STREAM: Noun = Noun {
    code: codes::UNKNOWN_STREAM,
    en: "stream",
    zh: "事件流",
    file: "features",
};

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("features", "feature") {
        if streams::full(r, entry, c.features.len()) {
            break;
        }
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        // A feature of a pair is read as `event.<name>`.
        let role = match table.get("key").map(|n| &n.kind) {
            Some(Kind::List(_)) => Role::Event,
            _ => Role::Customer,
        };
        let named = name::fits(r, entry, role);
        let found = match located::take(&table) {
            Some(take) => located::read(tree, c, r, entry, &table, take),
            None => feature(tree, c, r, entry, &table),
        };
        if let Some(feature) = found
            && named
        {
            c.features.push(feature);
        }
    }
}

fn feature(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    entry: &Entry,
    table: &Table<'_>,
) -> Option<Feature> {
    let keys = [&KEYS[..], &spans::KEYS, &takes::KEYS, &takes::OF_PLACES];
    table.only(r, &keys.concat());
    if takes::is_beyond(r, table) {
        return None;
    }
    let title = title_or(r, table, &entry.key);
    let stream = table.require(r, "stream");
    let stream = stream.and_then(|n| resolve_stream(tree, c, r, n));
    let key = table.require(r, "key").and_then(|n| key(tree, c, r, n));
    let taken = takes::take(r, table);
    let span = spans::span(r, table, &c.time);
    let delay = table.get("delay");
    let delay = delay.map(|n| n.duration(r, 0, spans::OVER_MAX));
    let current = table.get("current").and_then(|n| n.flag(r));
    let filter = table.get("where").and_then(|n| n.expression(r));
    let take = taken?;
    let (min, max) = takes::bounds(r, table, take);
    let step = span.map(|span| spans::step(r, table, span, take, &c.time));
    let (at, stream) = stream?;
    if let Some(key) = key
        && let Some(node) = table.get("key")
    {
        carried(c, r, node, key, stream);
    }
    let of = match table.get("of").filter(|_| take.takes_field()) {
        Some(node) => Some((node.text(r)?, field(tree, c, r, node, take, stream)?)),
        None if take.needs_field() => {
            table.require(r, "of");
            return None;
        }
        None => None,
    };
    let ty = takes::value_type(take, of.as_ref().map(|(_, ty)| ty));
    let default = table.get("default");
    let value = default.map(|n| types::value(c, r, n, &ty));
    let (span, over) = span?;
    Some(Feature {
        name: entry.key.as_str().into(),
        was: None,
        title,
        stream: at,
        filter,
        key: key?,
        take,
        of: of.map(|(name, _)| name.into()),
        span,
        over,
        step: step??,
        delay: delay.unwrap_or(Some(0))?,
        current: current.unwrap_or(true),
        min,
        default: value.unwrap_or(Some(Value::Missing))?,
        max,
        ty,
        optional: default.is_none() && (take.may_miss() || min.is_some()),
        place: entry.place.clone(),
    })
}

pub(super) fn resolve_stream<'c>(
    tree: &Tree,
    c: &'c Catalogue,
    r: &mut Report,
    node: &Node,
) -> Option<(u16, &'c Stream)> {
    let name = node.text(r)?;
    let found = (0u16..).zip(&c.streams).find(|(_, s)| s.name == name);
    if found.is_none() && !tree.names("features", "stream", name) {
        r.unknown(
            STREAM,
            node,
            name,
            c.streams.iter().map(|s| s.name.as_str()),
        );
    }
    found
}

/// `"customer"`, an entity, or `["customer", entity]`.
pub(super) fn key(tree: &Tree, c: &Catalogue, r: &mut Report, node: &Node) -> Option<Key> {
    match &node.kind {
        Kind::Text(text) if text == "customer" => Some(Key::Customer),
        Kind::Text(text) => types::entity(tree, c, r, node, text).map(Key::Entity),
        Kind::List(pair) => match pair.as_slice() {
            [customer, entity] if customer.as_text() == Some("customer") => {
                let name = entity.text(r)?;
                types::entity(tree, c, r, entity, name).map(Key::Pair)
            }
            _ => {
                node.wrong(
                    r,
                    "`\"customer\"`, an entity, or `[\"customer\", \"<entity>\"]`",
                    "`\"customer\"`、实体，或 `[\"customer\", \"<实体>\"]`",
                );
                None
            }
        },
        _ => {
            node.wrong(
                r,
                "`\"customer\"`, an entity, or `[\"customer\", \"<entity>\"]`",
                "`\"customer\"`、实体，或 `[\"customer\", \"<实体>\"]`",
            );
            None
        }
    }
}

/// Every event type of the stream must carry the key, and carry it once.
pub(super) fn carried(c: &Catalogue, r: &mut Report, node: &Node, key: Key, stream: &Stream) {
    for event in stream.on.iter().filter_map(|id| c.event(*id)) {
        if !matches!(key, Key::Entity(_)) && event.family == Family::Context {
            let (path, name) = (&node.path, &event.name);
            r.at(
                codes::NO_SUCH_KEY,
                &node.place,
                format!("`{path}`: `{name}` belongs to no customer"),
                format!("`{path}`：`{name}` 不属于任何客户"),
            );
        }
        if let Some(kind) = entity_of(key) {
            carries(c, r, node, kind, event);
        }
    }
}

fn entity_of(key: Key) -> Option<EntityKind> {
    match key {
        Key::Customer => None,
        Key::Entity(kind) | Key::Pair(kind) => Some(kind),
    }
}

/// An event type refers to one entity of the kind, or a finding.
pub(super) fn carries(
    c: &Catalogue,
    r: &mut Report,
    node: &Node,
    kind: EntityKind,
    event: &EventType,
) {
    let fields = event.fields.iter().filter(|f| f.ty == Type::Ref(kind));
    let names: Vec<&str> = fields.map(|f| f.name.as_str()).collect();
    let entity = c.entity(kind).map_or("", |e| e.name.as_str());
    let (path, event) = (&node.path, &event.name);
    match names.as_slice() {
        [_] => {}
        [] => r.at(
            codes::NO_SUCH_KEY,
            &node.place,
            format!("`{path}`: `{event}` has no field of type `ref:{entity}`"),
            format!("`{path}`：`{event}` 没有类型为 `ref:{entity}` 的字段"),
        ),
        many => {
            let names = super::report::quoted(many);
            r.at(
                codes::NO_SUCH_KEY,
                &node.place,
                format!(
                    "`{path}`: `{event}` has several fields of type `ref:{entity}` ({names}), \
                     so the key is ambiguous"
                ),
                format!(
                    "`{path}`：`{event}` 有多个类型为 `ref:{entity}` 的字段（{names}），键不明确"
                ),
            );
        }
    }
}

/// The one type that `of` has in every event type of the stream.
fn field(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    node: &Node,
    take: Take,
    stream: &Stream,
) -> Option<Type> {
    let name = node.text(r)?;
    let mut found: Option<(Type, Text)> = None;
    for event in stream.on.iter().filter_map(|id| c.event(*id)) {
        let Some(field) = event.fields.iter().find(|f| f.name == name) else {
            if !events::names_field(tree, &event.name, name) {
                no_field(r, node, name, event);
            }
            return None;
        };
        match &found {
            None => found = Some((field.ty.clone(), event.name.clone())),
            Some((ty, _)) if *ty == field.ty => {}
            Some((ty, first)) => {
                let path = &node.path;
                let (second, other) = (&event.name, &field.ty);
                r.at(
                    codes::TWO_TYPES,
                    &node.place,
                    format!("`{path}`: `{name}` is {ty} in `{first}` and {other} in `{second}`"),
                    format!(
                        "`{path}`：`{name}` 在 `{first}` 中是 {ty}，在 `{second}` 中是 {other}"
                    ),
                );
                return None;
            }
        }
    }
    let (ty, _) = found?;
    takes::computable(r, node, take, &ty).then_some(ty)
}

fn no_field(r: &mut Report, node: &Node, name: &str, event: &EventType) {
    let noun = Noun {
        code: codes::UNKNOWN_FIELD,
        en: "field",
        zh: "字段",
        file: "events",
    };
    let known = event.fields.iter().map(|f| f.name.as_str());
    let more = Node {
        path: format!("{}` on `{}", node.path, event.name),
        ..node.clone()
    };
    r.unknown(noun, &more, name, known);
}
