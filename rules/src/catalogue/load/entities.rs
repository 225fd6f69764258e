//! `entities.toml`.

use super::codes;
use super::name::{self, Role};
use super::node::Node;
use super::report::Report;
use super::table::Entry;
use super::time::DAY;
use super::tree::Tree;
use crate::catalogue::feature::Key;
use crate::catalogue::{Catalogue, Entity};
use crate::duration;
use crate::value::EntityKind;

/// Longest silence after which state is freed.
const IDLE_MAX: i64 = 4_000 * DAY;

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("entities", "entity") {
        if !name::fits(r, entry, Role::Quoted) {
            continue;
        }
        if entry.key == "customer" {
            r.at(
                codes::BUILT_IN,
                &entry.place,
                "the customer is built in and is not declared as an entity",
                "客户是内置的，不作为实体声明",
            );
            continue;
        }
        let entity = entity(r, entry);
        c.entities.push(entity);
    }
}

fn entity(r: &mut Report, entry: &Entry) -> Entity {
    let mut entity = Entity {
        name: entry.key.as_str().into(),
        pattern: None,
        mask_last: None,
        idle: None,
        tags: Vec::new(),
    };
    let Some(table) = entry.node.table(r) else {
        return entity;
    };
    table.only(r, &["title", "id", "idle", "tags"]);
    if let Some(title) = table.get("title") {
        title.title(r);
    }
    if let Some(id) = table.get("id").and_then(|n| n.table(r)) {
        id.only(r, &["pattern", "mask"]);
        entity.pattern = id.get("pattern").and_then(|n| pattern(r, n));
        entity.mask_last = id.get("mask").and_then(|n| mask(r, n));
    }
    entity.idle = table
        .get("idle")
        .and_then(|n| n.duration(r, 1_000, IDLE_MAX));
    entity
}

/// An entity outlives its windows: what `idle` frees, no window may still count.
pub(super) fn outlive(tree: &Tree, c: &Catalogue, r: &mut Report) {
    for (at, entity) in (0u16..).map(EntityKind).zip(&c.entities) {
        let windows = c.features.iter().filter(|f| f.key == Key::Entity(at));
        let longest = windows.max_by_key(|f| f.over.saturating_add(f.delay));
        let (Some(idle), Some(feature)) = (entity.idle, longest) else {
            continue;
        };
        let reach = feature.over.saturating_add(feature.delay);
        if idle >= reach {
            continue;
        }
        let mut entries = tree.named("entities", "entity").iter();
        let entry = entries.find(|e| e.key == entity.name.as_str());
        let table = entry.and_then(|e| e.node.table(r));
        let Some(node) = table.and_then(|t| t.get("idle")) else {
            continue;
        };
        let (kind, window, needed) = (&entity.name, &feature.name, duration::format(reach));
        r.at(
            codes::IDLE_TOO_SHORT,
            &node.place,
            format!(
                "`{kind}` would be forgotten while `{window}` still counts it: \
                 write `idle = \"{needed}\"` or more"
            ),
            format!("`{window}` 仍在统计时 `{kind}` 已被清除：请写 `idle = \"{needed}\"` 或更长"),
        );
    }
}

fn pattern(r: &mut Report, node: &Node) -> Option<regex::Regex> {
    let text = node.text(r)?;
    let found = regex::RegexBuilder::new(text).size_limit(1 << 20).build();
    if found.is_err() {
        let path = &node.path;
        r.at(
            codes::BAD_PATTERN,
            &node.place,
            format!("`{path}`: `{text}` is not a regular expression"),
            format!("`{path}`：`{text}` 不是正则表达式"),
        );
    }
    found.ok()
}

fn mask(r: &mut Report, node: &Node) -> Option<usize> {
    let text = node.text(r)?;
    let last = text.strip_prefix("last").and_then(|n| n.parse().ok());
    let last = last.filter(|n| (0..=32).contains(n));
    if last.is_none() {
        let path = &node.path;
        r.at(
            codes::UNKNOWN_WORD,
            &node.place,
            format!(
                "`{path}`: `{text}` is not known here; write `last4`, or another number up to 32"
            ),
            format!("`{path}`：不认识 `{text}`，请写 `last4` 或不超过 32 的其他数字"),
        );
    }
    last
}
