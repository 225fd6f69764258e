//! `control.toml`: control groups.

use super::policy::class_words;
use super::report::Report;
use super::tree::Tree;
use super::unsupported;
use crate::rule::Class;

pub(super) fn load(tree: &Tree, r: &mut Report) {
    for entry in tree.named("control", "control") {
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        table.only(r, &["percent", "class", "salt"]);
        if let Some(node) = table.get("class") {
            class_words(
                r,
                node,
                &[Class::Service, Class::Retention, Class::Commercial],
            );
        }
        if let Some(node) = table.get("salt") {
            node.text(r);
        }
        let percent = table.require(r, "percent");
        if let Some(node) = percent
            && node.int(r, 0, 100).is_some_and(|percent| percent > 0)
        {
            unsupported::say(r, node, &unsupported::CONTROL);
        }
    }
}
