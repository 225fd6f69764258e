//! `channels.toml`: channels, teams, methods and processes.

use super::name::{self, Role};
use super::node::Node;
use super::report::{Noun, Report};
use super::table::{Entry, Table, title_or};
use super::time::DAY;
use super::tree::Tree;
use super::{codes, events, unsupported};
use crate::catalogue::policy::{Channel, Placement, Process, Purpose, Quiet, Team};
use crate::catalogue::{Catalogue, Method};
use crate::decimal::Decimal;
use crate::value::Text;

/// Most actions of one channel per decision.
const TOP_MAX: u32 = 100;

pub(super) const PURPOSES: [(&str, Purpose); 2] = [
    ("marketing", Purpose::Marketing),
    ("service", Purpose::Service),
];

pub(super) const CHANNEL: Noun = Noun {
    code: codes::UNKNOWN_CHANNEL,
    en: "channel",
    zh: "渠道",
    file: "channels",
};

/// What a key that only matters when running live must hold.
#[derive(Clone, Copy)]
enum Live {
    Text,
    Outcome,
    Span,
    Amount,
}

/// Keys that are checked here and used when running live.
const LIVE: [(&str, &str, Live); 6] = [
    ("channel", "sink", Live::Text),
    ("channel", "confirm", Live::Outcome),
    ("channel", "release", Live::Span),
    ("channel", "cost", Live::Amount),
    ("team", "sink", Live::Text),
    ("process", "sink", Live::Text),
];

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for (entry, table) in tables(tree, r, "channel") {
        let channel = channel(tree, r, entry, &table);
        c.channels.push(channel);
    }
    for (entry, table) in tables(tree, r, "team") {
        small(r, "team", &table, &["title", "sink"]);
        c.teams.push(Team {
            name: entry.key.as_str().into(),
        });
    }
    for (entry, table) in tables(tree, r, "method") {
        small(r, "method", &table, &["title", "expires"]);
        c.methods.push(Method {
            name: entry.key.as_str().into(),
            expires: expires(r, &table),
        });
    }
    for (entry, table) in tables(tree, r, "process") {
        small(r, "process", &table, &["title", "sink"]);
        c.processes.push(Process {
            name: entry.key.as_str().into(),
        });
    }
}

/// The well-named tables of a section.
fn tables<'t>(tree: &'t Tree, r: &mut Report, section: &str) -> Vec<(&'t Entry, Table<'t>)> {
    let entries = tree.named("channels", section).iter();
    entries
        .filter_map(|entry| {
            let named = name::fits(r, entry, Role::Quoted);
            let table = entry.node.table(r)?;
            named.then_some((entry, table))
        })
        .collect()
}

fn small(r: &mut Report, section: &str, table: &Table<'_>, keys: &[&str]) {
    table.only(r, keys);
    if let Some(title) = table.get("title") {
        title.title(r);
    }
    live(r, section, table);
}

/// `expires = "24h"`.
pub(super) fn expires(r: &mut Report, table: &Table<'_>) -> Option<i64> {
    let node = table.get("expires")?;
    node.duration(r, 1_000, 400 * DAY)
}

fn live(r: &mut Report, section: &str, table: &Table<'_>) {
    for (_, key, live) in LIVE.iter().filter(|(of, ..)| *of == section) {
        let Some(node) = table.get(key) else { continue };
        match live {
            Live::Text => {
                node.text(r);
            }
            Live::Outcome => {
                node.word(r, &events::OUTCOMES.map(|word| (word, ())));
            }
            Live::Span => {
                node.duration(r, 1_000, 400 * DAY);
            }
            Live::Amount => {
                let positive = |d: Decimal| d.units >= 0;
                if !node.digits().is_some_and(positive) {
                    node.wrong(r, "an amount that is not negative", "非负金额");
                }
            }
        }
    }
}

fn channel(tree: &Tree, r: &mut Report, entry: &Entry, table: &Table<'_>) -> Channel {
    table.only(
        r,
        &[
            "title",
            "sink",
            "addresses",
            "purposes",
            "top",
            "confirm",
            "release",
            "fallback",
            "placement",
            "quiet",
            "cost",
            "reply",
        ],
    );
    live(r, "channel", table);
    let placements = table.get("placement").map(|n| placements(r, n));
    let purposes = table.get("purposes").map(|n| purposes(r, n));
    let fallback = table.get("fallback").map(|n| {
        let known: Vec<&str> = channel_names(tree)
            .filter(|name| *name != entry.key)
            .collect();
        chosen(r, n, &known)
    });
    let top = table.get("top").and_then(|n| n.count(r, 1, TOP_MAX));
    Channel {
        name: entry.key.as_str().into(),
        title: title_or(r, table, &entry.key),
        addresses: table.get("addresses").and_then(|n| n.expression(r)),
        purposes: purposes.unwrap_or_default(),
        top: top.unwrap_or(1),
        quiet: table.get("quiet").and_then(|n| quiet(r, n)),
        reply: table.get("reply").and_then(|n| n.flag(r)).unwrap_or(false),
        fallback: fallback.unwrap_or_default(),
        placements: placements.unwrap_or_default(),
        place: entry.place.clone(),
    }
}

/// `[channel.app.placement.home_banner]`
fn placements(r: &mut Report, node: &Node) -> Vec<Placement> {
    let Some(table) = node.table(r) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for entry in table.entries {
        let fits = name::fits(r, entry, Role::Quoted);
        let Some(table) = entry.node.table(r).filter(|_| fits) else {
            continue;
        };
        table.only(r, &["top", "ask"]);
        if table.get("ask").and_then(|n| n.flag(r)) != Some(true) {
            unsupported::say(r, node, &unsupported::PLACEMENT);
        }
        let top = table.get("top").and_then(|n| n.count(r, 1, TOP_MAX));
        all.push(Placement {
            name: entry.key.as_str().into(),
            top: top.unwrap_or(1),
        });
    }
    all
}

/// The names of all channels.
pub(super) fn channel_names(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.named("channels", "channel")
        .iter()
        .map(|e| e.key.as_str())
}

/// The channels a list names, each once and known.
pub(super) fn chosen(r: &mut Report, node: &Node, known: &[&str]) -> Vec<Text> {
    let mut all: Vec<Text> = Vec::new();
    for named in node.one_or_many(r) {
        let name = named.as_text().unwrap_or("");
        if !known.contains(&name) {
            r.unknown(CHANNEL, named, name, known.iter().copied());
        } else if all.iter().any(|c| c == name) {
            r.at(
                codes::NAME_TWICE,
                &named.place,
                format!("`{}`: `{name}` stands here twice", node.path),
                format!("`{}`：`{name}` 出现了两次", node.path),
            );
        } else {
            all.push(name.into());
        }
    }
    all
}

fn purposes(r: &mut Report, node: &Node) -> Vec<Purpose> {
    let named = node.one_or_many(r);
    let words = named.into_iter().filter_map(|n| n.word(r, &PURPOSES));
    words.collect()
}

fn quiet(r: &mut Report, node: &Node) -> Option<Quiet> {
    let table = node.table(r)?;
    table.only(r, &["from", "to", "then"]);
    if let Some(then) = table.get("then")
        && then.word(r, &[("refuse", false), ("wake", true)]) == Some(true)
    {
        unsupported::say(r, then, &unsupported::WAKE);
    }
    let from = table.require(r, "from").map(|n| (n, hour(r, n)));
    let to = table.require(r, "to").map(|n| (n, hour(r, n)));
    let ((_, from), (node, to)) = (from?, to?);
    let (from, to) = (from?, to?);
    if from == to {
        r.at(
            codes::BAD_HOUR,
            &node.place,
            format!(
                "`{}` is the same as `from`: no hour would be quiet",
                node.path
            ),
            format!("`{}` 与 `from` 相同：没有安静时段", node.path),
        );
        return None;
    }
    Some(Quiet { from, to })
}

/// `"21:00"` as ms of the day.
pub(super) fn hour(r: &mut Report, node: &Node) -> Option<i64> {
    let text = node.text(r)?;
    let two = |part: &str| -> Option<i64> {
        let plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|_| plain)
    };
    let parsed = text.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        (hours < 24 && minutes < 60).then_some((hours * 60 + minutes) * 60_000)
    });
    if parsed.is_none() {
        r.at(
            codes::BAD_HOUR,
            &node.place,
            format!("`{}`: `{text}` is not an hour such as `21:00`", node.path),
            format!("`{}`：`{text}` 不是 `21:00` 这样的时刻", node.path),
        );
    }
    parsed
}
