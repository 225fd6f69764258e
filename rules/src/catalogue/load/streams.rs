//! Streams and derived expressions of `features.toml`.

use super::name::{self, Role};
use super::report::Report;
use super::table::title_or;
use super::tree::Tree;
use super::{codes, events};
use crate::catalogue::Catalogue;
use crate::catalogue::feature::{Derived, Stream};
use crate::value::Type;

/// Most streams, features and derived expressions, each.
pub(super) const FEATURES_MAX: usize = 10_000;

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("features", "stream") {
        if full(r, entry, c.streams.len()) {
            break;
        }
        let named = name::fits(r, entry, Role::Quoted);
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        table.only(r, &["title", "on", "where"]);
        if let Some(title) = table.get("title") {
            title.title(r);
        }
        let on = table.require(r, "on");
        let on = on.map_or(Vec::new(), |n| events::resolve_all(tree, c, r, n));
        let filter = table.get("where").and_then(|n| n.expression(r));
        if named && !on.is_empty() {
            c.streams.push(Stream {
                name: entry.key.as_str().into(),
                on,
                filter,
                place: entry.place.clone(),
            });
        }
    }
}

/// `[derived.…]`: an expression read as `event.<name>` or `customer.<name>`.
pub(super) fn load_derived(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("features", "derived") {
        if full(r, entry, c.derived.len()) {
            break;
        }
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        table.only(r, &["title", "on", "value"]);
        let role = match table.get("on") {
            Some(_) => Role::Event,
            None => Role::Customer,
        };
        let named = name::fits(r, entry, role);
        let title = title_or(r, &table, &entry.key);
        let on = table.get("on").map(|n| events::resolve_all(tree, c, r, n));
        let value = table.require(r, "value").and_then(|n| n.expression(r));
        let placed = on.as_ref().is_none_or(|on| !on.is_empty());
        if let Some(value) = value.filter(|_| named && placed) {
            c.derived.push(Derived {
                name: entry.key.as_str().into(),
                title,
                on: on.unwrap_or_default(),
                value,
                ty: Type::Bool,
                place: entry.place.clone(),
            });
        }
    }
}

pub(super) fn full(r: &mut Report, entry: &super::table::Entry, len: usize) -> bool {
    if len == FEATURES_MAX {
        r.at(
            codes::TOO_LARGE,
            &entry.place,
            format!("there are more than {FEATURES_MAX} of them"),
            format!("数量多于 {FEATURES_MAX}"),
        );
    }
    len == FEATURES_MAX
}
