//! Lengths: `"2km"`, `"100m"`, or a bare number of metres.

use super::codes;
use super::node::{Kind, Node};
use super::report::Report;
use crate::finding::{Finding, Words};

/// The length this must be, within bounds, m.
pub(super) fn length(r: &mut Report, node: &Node, least: f64, most: f64) -> Option<f64> {
    let digits = match &node.kind {
        Kind::Int(_) | Kind::Number => Some((node.raw.replace('_', ""), 1.0)),
        Kind::Text(text) => match text.strip_suffix("km") {
            Some(digits) => Some((digits.to_owned(), 1_000.0)),
            None => text
                .strip_suffix('m')
                .map(|digits| (digits.to_owned(), 1.0)),
        },
        _ => None,
    };
    let plain = |(digits, unit): (String, f64)| {
        let is_plain = digits
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.' || c == '-');
        let number: f64 = digits.parse().ok().filter(|_| is_plain)?;
        Some(number * unit).filter(|metres| metres.is_finite())
    };
    let Some(metres) = digits.and_then(plain) else {
        let path = &node.path;
        r.push(
            Finding::error(
                codes::NOT_LENGTH,
                node.place.clone(),
                Words::new(
                    format!("`{path}` is not a length"),
                    format!("`{path}` 不是长度"),
                ),
            )
            .fix(
                "write a number and `m` or `km`: `\"100m\"`, `\"2km\"`",
                "请写数字加单位 `m` 或 `km`，如 `\"100m\"`、`\"2km\"`",
            ),
        );
        return None;
    };
    if (least..=most).contains(&metres) {
        return Some(metres);
    }
    node.out_of_range(r, &format!("{least} m"), &format!("{most} m"));
    None
}
