//! `[[cap]]` and `[[suppress]]` of `policy.toml`.

use super::channels::{CHANNEL, channel_names};
use super::node::Node;
use super::policy::{class_words, rows};
use super::report::{Noun, Report};
use super::table::Table;
use super::time::DAY;
use super::tree::Tree;
use super::types::misplaced;
use super::{codes, events, name, offers, unsupported};
use crate::catalogue::policy::{Cap, CapScope, SuppressCause, SuppressScope, Suppression};
use crate::catalogue::{Catalogue, EventId, Family};
use crate::rule::Class;
use crate::value::Text;

/// Longest window of a cap or suppression.
const OVER_MAX: i64 = 4_000 * DAY;
/// Most of one thing in a window.
const TIMES_MAX: u32 = 1_000_000;

const GROUP: Noun = Noun {
    code: codes::UNKNOWN_GROUP,
    en: "group of offers",
    zh: "优惠分组",
    file: "offers",
};

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    let mut names: Vec<Text> = Vec::new();
    for table in rows(tree, r, "cap") {
        let cap = cap(tree, r, &table, &mut names);
        c.caps.extend(cap);
    }
    for table in rows(tree, r, "suppress") {
        let suppression = suppression(tree, c, r, &table, &mut names);
        c.suppressions.extend(suppression);
    }
}

/// The name of a row, which must be its own: refusals say `policy.<name>`.
fn own_name(r: &mut Report, table: &Table<'_>, names: &mut Vec<Text>) -> Option<Text> {
    let node = table.require(r, "name")?;
    let text = node.text(r)?;
    let path = &node.path;
    if !name::is_identifier(text) {
        r.at(
            codes::BAD_NAME,
            &node.place,
            format!("`{path}`: `{text}` cannot be a name"),
            format!("`{path}`：`{text}` 不能作名称"),
        );
        return None;
    }
    if names.iter().any(|n| n == text) {
        r.at(
            codes::NAME_TWICE,
            &node.place,
            format!("`{path}`: another cap or suppression is called `{text}`"),
            format!("`{path}`：已有名为 `{text}` 的上限或抑制"),
        );
        return None;
    }
    names.push(text.into());
    Some(text.into())
}

fn cap(tree: &Tree, r: &mut Report, table: &Table<'_>, names: &mut Vec<Text>) -> Option<Cap> {
    table.only(r, &["name", "count", "max", "over", "counts"]);
    let name = own_name(r, table, names);
    let count = table.require(r, "count").and_then(|n| scope(tree, r, n));
    let max = table.require(r, "max");
    let max = max.and_then(|n| n.count(r, 0, TIMES_MAX));
    let over = table.require(r, "over");
    let over = over.and_then(|n| n.duration(r, 1_000, OVER_MAX));
    if let Some(node) = table.get("counts") {
        let words = [("enacted", false), ("delivered", true), ("shown", true)];
        if node.word(r, &words) == Some(true) {
            unsupported::say(r, node, &unsupported::COUNTS);
        }
    }
    Some(Cap {
        name: name?,
        count: count?,
        max: max?,
        over: over?,
    })
}

/// `offer`, `all`, `group:<g>`, `channel:<c>` or `class:<c>`.
fn scope(tree: &Tree, r: &mut Report, node: &Node) -> Option<CapScope> {
    let text = node.text(r)?;
    match text.split_once(':') {
        None if text == "offer" => Some(CapScope::Offer),
        None if text == "all" => Some(CapScope::All),
        Some(("group", group)) => {
            if offers::groups(tree).any(|g| g == group) {
                return Some(CapScope::Group(group.into()));
            }
            let mut known: Vec<&str> = offers::groups(tree).collect();
            known.sort_unstable();
            known.dedup();
            r.unknown(GROUP, node, group, known);
            None
        }
        Some(("channel", channel)) => {
            if channel_names(tree).any(|c| c == channel) {
                return Some(CapScope::Channel(channel.into()));
            }
            r.unknown(CHANNEL, node, channel, channel_names(tree));
            None
        }
        Some(("class", class)) if Class::named(class).is_some() => {
            Class::named(class).map(CapScope::Class)
        }
        _ => {
            let words = Class::ALL.map(|c| format!("class:{}", c.name()));
            let mut known = vec![("offer", ()), ("all", ())];
            known.extend(words.iter().map(|w| (w.as_str(), ())));
            known.extend([("group:<group>", ()), ("channel:<channel>", ())]);
            node.word(r, &known);
            None
        }
    }
}

const SUPPRESS_KEYS: [&str; 9] = [
    "name", "on", "outcome", "times", "within", "scope", "class", "over", "until",
];

fn suppression(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    table: &Table<'_>,
    names: &mut Vec<Text>,
) -> Option<Suppression> {
    table.only(r, &SUPPRESS_KEYS);
    let name = own_name(r, table, names);
    let over = table.require(r, "over");
    let over = over.and_then(|n| n.duration(r, 1_000, OVER_MAX));
    let cause = cause(tree, c, r, table, over);
    let known = [
        ("offer", SuppressScope::Offer),
        ("group", SuppressScope::Group),
        ("channel", SuppressScope::Channel),
        ("class", SuppressScope::Class),
    ];
    let scope = match table.get("scope") {
        Some(node) => node.word(r, &known),
        None => Some(SuppressScope::Class),
    };
    if let (Some(SuppressCause::Event(on)), Some(node)) = (&cause, table.get("scope"))
        && scope != Some(SuppressScope::Class)
        && c.event(*on).is_some_and(|e| e.family != Family::Outcome)
    {
        misplaced(
            r,
            node,
            "an event names no offer, only an outcome does; write `scope = \"class\"`",
            "事件不指明优惠，只有结果才指明；请写 `scope = \"class\"`",
        );
    }
    let silenced = [Class::Service, Class::Retention, Class::Commercial];
    let classes = table.get("class").map(|n| class_words(r, n, &silenced));
    let until = table.get("until");
    let until = until.map(|n| own_event(tree, c, r, n));
    Some(Suppression {
        name: name?,
        cause: cause?,
        scope: scope?,
        classes: classes.unwrap_or_else(|| vec![Class::Retention, Class::Commercial]),
        over: over?,
        until: until.unwrap_or(None),
    })
}

/// An event type of a customer's own.
fn own_event(tree: &Tree, c: &Catalogue, r: &mut Report, node: &Node) -> Option<EventId> {
    let found = events::resolve(tree, c, r, node);
    events::of_customers(c, r, node, found.as_slice());
    found
}

/// `on = "<event type>"`, or `outcome = "…"` so many times within so long.
fn cause(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    table: &Table<'_>,
    over: Option<i64>,
) -> Option<SuppressCause> {
    let times = table.get("times").map(|n| n.count(r, 1, TIMES_MAX));
    let within = table.get("within");
    let within = within.map(|n| n.duration(r, 1_000, OVER_MAX));
    let Some(outcome) = table.get("outcome") else {
        for node in [table.get("times"), table.get("within")]
            .into_iter()
            .flatten()
        {
            misplaced(r, node, "only an outcome is counted", "只有结果才计数");
        }
        let on = table.require(r, "on")?;
        return own_event(tree, c, r, on).map(SuppressCause::Event);
    };
    if let Some(on) = table.get("on") {
        misplaced(
            r,
            on,
            "there is an `outcome` beside it; write two suppressions",
            "旁边已有 `outcome`；请写成两条抑制",
        );
    }
    let word = outcome.word(r, &events::OUTCOMES.map(|w| (w, w)));
    let times = times.unwrap_or(Some(1))?;
    let within = match within {
        Some(within) => within?,
        // One outcome is within any window of itself.
        None if times == 1 => over?,
        None => {
            table.require(r, "within");
            return None;
        }
    };
    Some(SuppressCause::Outcome {
        outcome: word?.into(),
        times,
        within,
    })
}
