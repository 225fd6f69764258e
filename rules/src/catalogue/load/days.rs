//! `valid = ["2026-01-01", "2026-12-31"]`.

use super::codes;
use super::node::{Kind, Node};
use super::report::Report;
use crate::catalogue::validity;
use crate::finding::{Finding, Words};
use jiff::tz::TimeZone;

/// First instant (included) and last (excluded) of a validity.
pub(super) fn validity(r: &mut Report, node: &Node, zone: &TimeZone) -> Option<(i64, i64)> {
    let found = match node.list(r)? {
        [from, to] => validity::span(day(from), day(to), zone),
        _ => None,
    };
    if found.is_none() {
        let path = &node.path;
        r.push(
            Finding::error(
                codes::BAD_VALIDITY,
                node.place.clone(),
                Words::new(
                    format!("`{path}` must be a first and a last day, or two instants, in order"),
                    format!("`{path}` 应为起止两天或两个时刻，且先后有序"),
                ),
            )
            .fix(
                "write `[\"2026-01-01\", \"2026-12-31\"]`: both days are included",
                "请写 `[\"2026-01-01\", \"2026-12-31\"]`：首尾两天都包含在内",
            ),
        );
    }
    found
}

/// A day or instant, with or without quotes.
fn day(node: &Node) -> &str {
    match &node.kind {
        Kind::Text(text) => text,
        Kind::Instant => &node.raw,
        _ => "",
    }
}
