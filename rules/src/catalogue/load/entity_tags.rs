//! `tags = { … }` of an entity: what is so of a city, a terminal, a card. Written by events that refer to it,
//! and read by whoever refers to it.

use super::name::{self, Role};
use super::report::Report;
use super::table::{Entry, Table, title_or};
use super::tags::{self, setters};
use super::time::DAY;
use super::tree::Tree;
use super::{codes, types};
use crate::catalogue::feature::Key;
use crate::catalogue::{Catalogue, Tag};
use crate::finding::{Finding, Words};
use crate::value::EntityKind;

/// Most tags of one entity kind.
const TAGS_MAX: usize = 64;

const KEYS: [&str; 7] = [
    "title", "type", "values", "currency", "default", "ttl", "set",
];

/// Behind events, which set them.
pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("entities", "entity") {
        let Some(kind) = c.entity_named(&entry.key) else {
            continue;
        };
        let table = entry.node.table(r);
        let Some(all) = table.and_then(|t| t.get("tags")?.table(r)) else {
            continue;
        };
        let mut found = Vec::new();
        for entry in all.entries {
            if found.len() == TAGS_MAX {
                r.at(
                    codes::TOO_LARGE,
                    &entry.place,
                    format!("an entity has at most {TAGS_MAX} tags"),
                    format!("一个实体最多 {TAGS_MAX} 个标签"),
                );
                break;
            }
            let named = name::fits(r, entry, Role::Customer);
            if let Some(table) = entry.node.table(r)
                && let Some(tag) = tag(tree, c, r, kind, entry, &table)
                && named
            {
                found.push(tag);
            }
        }
        if let Some(entity) = c.entities.get_mut(usize::from(kind.0)) {
            entity.tags = found;
        }
    }
}

fn tag(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    kind: EntityKind,
    entry: &Entry,
    table: &Table<'_>,
) -> Option<Tag> {
    table.only(r, &KEYS);
    let title = title_or(r, table, &entry.key);
    let typed = table.require(r, "type");
    let set = table.get("set");
    let set = set.map(|n| setters(tree, c, r, n, Some(kind)));
    let ttl = table.get("ttl");
    let ttl = ttl.and_then(|node| node.duration(r, 1_000, 4_000 * DAY));
    let (ty, mark) = types::type_of(tree, c, r, typed?, Some(table))?;
    let default = tags::default(c, r, table, typed?, (&ty, mark));
    Some(Tag {
        name: entry.key.as_str().into(),
        was: None,
        title,
        ty,
        optional: table.get("default").is_none(),
        default,
        ttl,
        stale: None,
        writers: Vec::new(),
        personal: false,
        set: set.unwrap_or_default(),
        history: None,
        ago: Vec::new(),
        place: entry.place.clone(),
    })
}

/// A tag and a window of an entity are read by one name.
pub(super) fn clashes(c: &Catalogue, r: &mut Report) {
    for (at, entity) in (0u16..).map(EntityKind).zip(&c.entities) {
        for tag in &entity.tags {
            let mut windows = c.features.iter().filter(|f| f.key == Key::Entity(at));
            if !windows.any(|window| window.name == tag.name) {
                continue;
            }
            let (kind, name) = (&entity.name, &tag.name);
            r.push(
                Finding::error(
                    codes::NAME_TWICE,
                    tag.place.clone(),
                    Words::new(
                        format!("a window of `{kind}` is called `{name}` already"),
                        format!("`{kind}` 已有名为 `{name}` 的窗口"),
                    ),
                )
                .fix("rename one of them", "请给其中一个改名"),
            );
        }
    }
}
