//! `lists.toml`: lists for `in_list(name, x)`.

use super::name::{self, Role};
use super::node::Node;
use super::report::Report;
use super::table::Table;
use super::tree::Tree;
use super::{codes, types};
use crate::catalogue::Catalogue;
use crate::catalogue::policy::List;
use crate::finding::{Finding, Words};
use crate::value::{Text, Type};

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("lists", "list") {
        let named = name::fits(r, entry, Role::Quoted);
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        table.only(r, &["title", "of", "members"]);
        if let Some(title) = table.get("title") {
            title.title(r);
        }
        let of = table.require(r, "of").and_then(|n| of(tree, c, r, n));
        let Some(of) = of else { continue };
        let members = members(c, r, &table, &of);
        if named {
            c.lists.push(List {
                name: entry.key.as_str().into(),
                of,
                members,
            });
        }
    }
}

/// `"customer"`, `"text"` or `"ref:<entity>"`. Ids of customers are texts.
fn of(tree: &Tree, c: &Catalogue, r: &mut Report, node: &Node) -> Option<Type> {
    match node.text(r)? {
        "customer" | "text" => Some(Type::Text),
        word => match word.strip_prefix("ref:") {
            Some(name) => types::entity(tree, c, r, node, name).map(Type::Ref),
            None => {
                node.word::<()>(r, &[("customer", ()), ("text", ()), ("ref:<entity>", ())]);
                None
            }
        },
    }
}

fn members(c: &Catalogue, r: &mut Report, table: &Table<'_>, of: &Type) -> Vec<Text> {
    let Some(items) = table.get("members").and_then(|n| n.list(r)) else {
        return Vec::new();
    };
    let mut members: Vec<Text> = Vec::new();
    for item in items {
        let Some(text) = item.text(r) else { continue };
        if types::value(c, r, item, of).is_some() {
            members.push(text.into());
        }
    }
    members.sort_unstable();
    let before = members.len();
    members.dedup();
    if members.len() < before {
        let path = &table.node.path;
        r.push(Finding::warning(
            codes::NAME_TWICE,
            table.node.place.clone(),
            Words::new(
                format!("`{path}` names a member twice"),
                format!("`{path}` 中有重复的成员"),
            ),
        ));
    }
    members
}
