//! `reasons.toml`: authors' reason codes.

use super::name::{self, Role};
use super::node::Kind;
use super::report::Report;
use super::table::bilingual;
use super::tree::Tree;
use crate::catalogue::Catalogue;
use crate::catalogue::policy::Reason;

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("reasons", "reason") {
        let named = name::fits(r, entry, Role::Quoted);
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        table.only(r, &["en", "zh", "tell"]);
        let text = bilingual(r, &table);
        let tell = table.get("tell").and_then(|node| match node.kind {
            Kind::Flag(false) => None,
            Kind::Table(_) => node.title(r),
            _ => {
                node.wrong(
                    r,
                    "`false` or `{ en = …, zh = … }`",
                    "`false` 或 `{ en = …, zh = … }`",
                );
                None
            }
        });
        if let Some(text) = text.filter(|_| named) {
            c.reasons.push(Reason {
                code: entry.key.as_str().into(),
                text,
                tell,
            });
        }
    }
}
