//! `[time]` of `events.toml`.

use super::codes;
use super::node::Node;
use super::report::{Report, did_you_mean};
use super::tree::Tree;
use super::unsupported;
use crate::catalogue::TimeSettings;
use crate::finding::{Finding, Words, nearest};
use crate::value::Text;
use jiff::tz::TimeZone;

/// Senders with a lateness of their own.
const SOURCES_MAX: usize = 256;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
pub(super) const DAY: i64 = 24 * 60 * MINUTE;

/// What holds where `[time]` says nothing.
pub(super) fn defaults() -> TimeSettings {
    TimeSettings {
        zone: TimeZone::UTC,
        zone_name: "UTC".to_owned(),
        lateness: 5 * SECOND,
        sources: Vec::new(),
        max_future: 5 * MINUTE,
        max_past: 7 * DAY,
        duplicates: 7 * DAY,
    }
}

pub(super) fn load(tree: &Tree, r: &mut Report) -> TimeSettings {
    let mut time = defaults();
    let Some(table) = tree.section("events", "time").and_then(|n| n.table(r)) else {
        return time;
    };
    table.only(
        r,
        &[
            "zone",
            "lateness",
            "max_future",
            "max_past",
            "duplicates",
            "order",
            "source",
        ],
    );
    if let Some(node) = table.get("zone")
        && let Some((name, zone)) = zone(r, node)
    {
        time.zone_name = name;
        time.zone = zone;
    }
    let bounds = [
        ("lateness", &mut time.lateness, DAY),
        ("max_future", &mut time.max_future, DAY),
        ("max_past", &mut time.max_past, 4_000 * DAY),
        ("duplicates", &mut time.duplicates, 400 * DAY),
    ];
    for (key, setting, most) in bounds {
        if let Some(ms) = table.get(key).and_then(|n| n.duration(r, 0, most)) {
            *setting = ms;
        }
    }
    if let Some(node) = table.get("source") {
        time.sources = sources(r, node);
    }
    if let Some(node) = table.get("order")
        && node.word(r, &[("arrival", false), ("event_time", true)]) == Some(true)
    {
        unsupported::say(r, node, &unsupported::ORDER);
    }
    time
}

/// `[time.source.core-banking]` with its own `lateness`.
fn sources(r: &mut Report, node: &Node) -> Vec<(Text, i64)> {
    let mut sources = Vec::new();
    let entries = node.table(r).map_or(&[][..], |table| table.entries);
    for entry in entries {
        if sources.len() == SOURCES_MAX {
            r.at(
                codes::TOO_LARGE,
                &entry.place,
                format!("there are more than {SOURCES_MAX} sources"),
                format!("来源多于 {SOURCES_MAX} 个"),
            );
            break;
        }
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        table.only(r, &["lateness"]);
        let lateness = table.require(r, "lateness");
        if let Some(lateness) = lateness.and_then(|node| node.duration(r, 0, DAY)) {
            sources.push((entry.key.as_str().into(), lateness));
        }
    }
    sources
}

fn zone(r: &mut Report, node: &Node) -> Option<(String, TimeZone)> {
    let name = node.text(r)?;
    if let Ok(zone) = jiff::tz::TimeZoneDatabase::bundled().get(name) {
        return Some((name.to_owned(), zone));
    }
    let mut finding = Finding::error(
        codes::UNKNOWN_ZONE,
        node.place.clone(),
        Words::new(
            format!("`{}`: there is no time zone `{name}`", node.path),
            format!("`{}`：没有时区 `{name}`", node.path),
        ),
    );
    let database = jiff::tz::TimeZoneDatabase::bundled();
    let all: Vec<String> = database.available().map(|n| n.to_string()).collect();
    let near = nearest(name, all.iter().map(String::as_str), 3);
    finding = match near.first() {
        Some(best) => {
            let line = r.with_value(node, &format!("\"{best}\""));
            let mut finding = did_you_mean(finding, &near);
            finding.corrected = line;
            finding
        }
        None => finding.fix(
            "zones are named as in `Asia/Shanghai` or `Europe/Paris`",
            "时区写法如 `Asia/Shanghai`、`Europe/Paris`",
        ),
    };
    r.push(finding);
    None
}
