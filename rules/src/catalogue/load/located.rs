//! Features of places: `take = "speed" | "distance" | "distance_from" | "haunt"`.

use super::codes;
use super::lengths::length;
use super::node::Node;
use super::places;
use super::report::{Noun, Report};
use super::table::{Entry, Table, title_or};
use super::time::DAY;
use super::tree::Tree;
use super::types::{self, misplaced};
use crate::catalogue::Catalogue;
use crate::catalogue::feature::{Feature, Key, Span, Stream, Take};
use crate::catalogue::place::{From, Located, Part, PlaceTake};
use crate::value::{Type, Value};

/// How far back fixes are looked for, unless `over` says otherwise.
const OVER: i64 = 7 * DAY;
/// How long a haunt remembers, unless `over` says otherwise.
const HAUNT_OVER: i64 = 28 * DAY;
/// Longest reach back.
const OVER_MAX: i64 = 400 * DAY;
/// Hours somebody has to have been seen at a haunt, unless `min` says otherwise.
const HAUNT_HOURS: u32 = 5;
/// The resolution of haunts: hexagons of about a kilometre across.
const RESOLUTION: u8 = 8;
/// Worst accuracy that can be asked for, m.
const ACCURACY_MAX: f64 = 1_000_000.0;

const ORIGIN: Noun = Noun {
    code: codes::UNKNOWN_ORIGIN,
    en: "stream or haunt",
    zh: "事件流或常驻地",
    file: "features",
};

/// What a table takes, where that is of places.
pub(super) fn take(table: &Table<'_>) -> Option<PlaceTake> {
    let word = table.get("take")?.as_text()?;
    PlaceTake::ALL.into_iter().find(|take| take.name() == word)
}

/// A feature of places; its stream and its key are resolved.
pub(super) fn feature(
    c: &mut Catalogue,
    r: &mut Report,
    entry: &Entry,
    table: &Table<'_>,
    take: PlaceTake,
    (at, key): (u16, Key),
) -> Option<Feature> {
    strays(r, table, take);
    let title = title_or(r, table, &entry.key);
    let filter = table.get("where").and_then(|n| n.expression(r));
    let usual = if take == PlaceTake::Haunt {
        HAUNT_OVER
    } else {
        OVER
    };
    let over = match table.get("over") {
        Some(node) => node.duration(r, 1_000, OVER_MAX),
        None => Some(usual),
    };
    let accuracy = table.get("accuracy");
    let accuracy = accuracy.map(|n| length(r, n, 1.0, ACCURACY_MAX));
    let min = match table.get("min") {
        Some(node) => node.count(r, 1, 1_000),
        None => Some(HAUNT_HOURS),
    };
    let part = (take == PlaceTake::Haunt).then(|| {
        let parts = [("night", Part::Night), ("day", Part::Day)];
        table.require(r, "part").and_then(|n| n.word(r, &parts))
    });
    let ty = if take == PlaceTake::Haunt {
        Type::Place
    } else {
        Type::Decimal
    };
    let default = table.get("default");
    let value = default.map(|n| types::value(c, r, n, &ty));
    let streams = c.streams.get(usize::from(at));
    let on: Vec<_> = streams.map_or(Vec::new(), |s: &Stream| s.on.clone());
    if let Some(node) = table.get("stream") {
        for event in on.iter().filter_map(|id| c.event(*id)) {
            places::located(r, &node.path, &node.place, event);
        }
    }
    let needs_customer = matches!(take, PlaceTake::Haunt | PlaceTake::DistanceFrom);
    if let Some(node) = table.get("key")
        && needs_customer
        && key != Key::Customer
    {
        let (path, word) = (&node.path, take.name());
        r.at(
            codes::NO_SUCH_KEY,
            &node.place,
            format!("`{path}`: `{word}` is kept by customer"),
            format!("`{path}`：`{word}` 只能按客户统计"),
        );
    }
    let located = Located {
        accuracy: accuracy
            .unwrap_or(Some(f64::INFINITY))
            .filter(|m| m.is_finite()),
        from: None,
        part: part.flatten(),
        resolution: RESOLUTION,
    };
    let feature = Feature {
        name: entry.key.as_str().into(),
        was: None,
        title,
        stream: at,
        filter,
        key,
        take: Take::Place(take),
        of: None,
        span: Span::Sliding,
        over: over?,
        step: None,
        delay: 0,
        current: true,
        min: (take == PlaceTake::Haunt).then_some(min?),
        default: value.unwrap_or(Some(Value::Missing))?,
        max: None,
        ty,
        optional: default.is_none(),
        place: entry.place.clone(),
    };
    c.places.features.insert(feature.name.clone(), located);
    Some(feature)
}

/// Keys that say nothing beside this `take`.
fn strays(r: &mut Report, table: &Table<'_>, take: PlaceTake) {
    let word = take.name();
    for key in ["of", "delay", "current", "max"] {
        if let Some(node) = table.get(key) {
            misplaced(
                r,
                node,
                &format!("`{word}` is computed of the newest fixes"),
                &format!("`{word}` 由最近的定位计算"),
            );
        }
    }
    let own = [
        ("min", PlaceTake::Haunt),
        ("part", PlaceTake::Haunt),
        ("from", PlaceTake::DistanceFrom),
    ];
    for (key, only) in own {
        if let Some(node) = table.get(key).filter(|_| take != only) {
            let only = only.name();
            misplaced(
                r,
                node,
                &format!("only `{only}` has it"),
                &format!("只有 `{only}` 才有"),
            );
        }
    }
}

/// Finds what distances are measured from, when all features are known.
pub(super) fn resolve(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("features", "feature") {
        let known = c.features.iter().any(|f| f.name == entry.key.as_str());
        let Some(table) = entry.node.table(r).filter(|_| known) else {
            continue;
        };
        if take(&table) != Some(PlaceTake::DistanceFrom) {
            continue;
        }
        let Some(node) = table.require(r, "from") else {
            continue;
        };
        let Some(name) = node.text(r) else { continue };
        let from = origin(c, name);
        match from {
            Some(From::Stream(at)) => stream_is_located(c, r, node, at),
            Some(From::Haunt(_)) => {}
            None => unknown(c, r, node, name),
        }
        if let Some(located) = c.places.features.get_mut(entry.key.as_str()) {
            located.from = from;
        }
    }
}

fn origin(c: &Catalogue, name: &str) -> Option<From> {
    let haunt = (0u16..)
        .zip(&c.features)
        .find(|(_, f)| f.name == name && f.take == Take::Place(PlaceTake::Haunt));
    let stream = || (0u16..).zip(&c.streams).find(|(_, s)| s.name == name);
    haunt
        .map(|(at, _)| From::Haunt(at))
        .or_else(|| stream().map(|(at, _)| From::Stream(at)))
}

fn stream_is_located(c: &Catalogue, r: &mut Report, node: &Node, at: u16) {
    let stream = c.streams.get(usize::from(at));
    for event in stream
        .iter()
        .flat_map(|s| &s.on)
        .filter_map(|id| c.event(*id))
    {
        places::located(r, &node.path, &node.place, event);
    }
}

fn unknown(c: &Catalogue, r: &mut Report, node: &Node, name: &str) {
    let haunts = c.features.iter();
    let haunts = haunts.filter(|f| f.take == Take::Place(PlaceTake::Haunt));
    let names = haunts
        .map(|f| f.name.as_str())
        .chain(c.streams.iter().map(|s| s.name.as_str()));
    let names: Vec<&str> = names.collect();
    r.unknown(ORIGIN, node, name, names);
}
