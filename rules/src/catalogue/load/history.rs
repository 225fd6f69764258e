//! The past of a tag: how much of it is kept, and what of it is read under which name.

use super::codes;
use super::name::{self, Role};
use super::node::{Kind, Node};
use super::report::Report;
use super::table::Table;
use super::time::DAY;
use crate::catalogue::History;
use crate::duration;
use crate::value::Text;

/// Former values of a tag, at most: each is state of every customer.
const KEEP_MAX: u32 = 64;
/// How many are kept where only a span is said.
const KEEP_DEFAULT: usize = 16;
/// How far back a past may reach.
const WITHIN_MAX: i64 = 4_000 * DAY;

/// `history` and `ago` of a tag.
pub(super) fn read(r: &mut Report, table: &Table<'_>) -> (Option<History>, Vec<(Text, i64)>) {
    let kept = table.get("history").and_then(|node| history(r, node));
    let ago = table.get("ago").map(|node| ago(r, node, kept));
    (kept, ago.unwrap_or_default())
}

/// `8`, `"90d"`, or both as `{ keep = 8, within = "90d" }`.
fn history(r: &mut Report, node: &Node) -> Option<History> {
    let keep = |r: &mut Report, node: &Node| {
        let keep = node.count(r, 1, KEEP_MAX)?;
        usize::try_from(keep).ok()
    };
    let within = |r: &mut Report, node: &Node| node.duration(r, 1_000, WITHIN_MAX);
    match &node.kind {
        Kind::Int(_) => Some(History {
            keep: keep(r, node)?,
            within: WITHIN_MAX,
        }),
        Kind::Table(_) => {
            let table = node.table(r)?;
            table.only(r, &["keep", "within"]);
            let kept = table.require(r, "keep").and_then(|n| keep(r, n));
            let span = table.require(r, "within").and_then(|n| within(r, n));
            Some(History {
                keep: kept?,
                within: span?,
            })
        }
        _ => Some(History {
            keep: KEEP_DEFAULT,
            within: within(r, node)?,
        }),
    }
}

/// `{ tier_30d_ago = "30d" }`: each within what is kept.
fn ago(r: &mut Report, node: &Node, kept: Option<History>) -> Vec<(Text, i64)> {
    let Some(table) = node.table(r) else {
        return Vec::new();
    };
    let Some(kept) = kept else {
        r.at(
            codes::NO_HISTORY,
            &node.place,
            format!(
                "`{}` needs `history`: without it no past is kept",
                node.path
            ),
            format!("`{}` 需要 `history`：没有它就不保留过去的值", node.path),
        );
        return Vec::new();
    };
    let mut names = Vec::new();
    for entry in table.entries {
        let named = name::fits(r, entry, Role::Customer);
        let Some(span) = entry.node.duration(r, 1_000, WITHIN_MAX) else {
            continue;
        };
        if span > kept.within {
            let (path, most) = (&entry.node.path, duration::format(kept.within));
            r.at(
                codes::NO_HISTORY,
                &entry.node.place,
                format!("`{path}` looks behind the `history` of {most}"),
                format!("`{path}` 超出了 `history` 的 {most}"),
            );
        } else if named {
            names.push((entry.key.as_str().into(), span));
        }
    }
    names
}
