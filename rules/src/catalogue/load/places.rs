//! `[place]` of `events.toml`: which events say where a customer is, and how finely it is kept.

use super::report::Report;
use super::tree::Tree;
use super::{codes, events};
use crate::catalogue::{Catalogue, EventId, EventType, Family};
use crate::finding::{Finding, Place, Words};
use crate::place::Point;
use crate::place::cell::{Cell, FINEST};

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    let table = tree.section("events", "place").and_then(|n| n.table(r));
    if let Some(table) = &table {
        table.only(r, &["coarse", "on"]);
        if let Some(node) = table.get("coarse") {
            let resolution = node.int(r, 0, i64::from(FINEST));
            let resolution = resolution.and_then(|n| u8::try_from(n).ok());
            c.places.coarse = resolution;
            c.places.blur = resolution.map_or(0.0, blur);
        }
    }
    let on = table.as_ref().and_then(|t| t.get("on"));
    c.places.on = match on {
        Some(node) => {
            let named = events::resolve_all(tree, c, r, node);
            events::of_customers(c, r, node, &named);
            for id in &named {
                if let Some(event) = c.event(*id) {
                    located(r, &node.path, &node.place, event);
                }
            }
            named
        }
        None => (0u16..)
            .map(EventId)
            .zip(&c.events)
            .filter(|(_, event)| event.family != Family::Context && event.whereabouts().is_some())
            .map(|(id, _)| id)
            .collect(),
    };
}

/// The farthest that any point lies from the middle of its cell: cells differ by a quarter at most.
fn blur(resolution: u8) -> f64 {
    let anywhere = Point::new(0.0, 0.0).and_then(|point| Cell::of(point, resolution));
    anywhere.map_or(0.0, |cell| cell.radius() * 1.25)
}

/// A finding where an event type does not say where it happened.
pub(super) fn located(r: &mut Report, path: &str, place: &Place, event: &EventType) {
    if event.whereabouts().is_some() {
        return;
    }
    let name = &event.name;
    r.push(
        Finding::error(
            codes::NOT_LOCATED,
            place.clone(),
            Words::new(
                format!("`{path}`: `{name}` does not say where it happened"),
                format!("`{path}`：`{name}` 没有位置"),
            ),
        )
        .fix(
            "give it members `lat` and `lon` of type `number?`: `[shape.located]`, and `shapes = [\"located\"]`",
            "请为其声明 `number?` 类型的 `lat` 与 `lon`：`[shape.located]` 与 `shapes = [\"located\"]`",
        ),
    );
}
