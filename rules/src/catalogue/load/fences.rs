//! `fences.toml`: named areas, and the events that entering, leaving and staying make.

use super::lengths::length;
use super::name::{self, Role};
use super::node::Node;
use super::report::Report;
use super::table::{Entry, Table, title_or};
use super::time::DAY;
use super::tree::Tree;
use super::{codes, events};
use crate::catalogue::place::Fence;
use crate::catalogue::{Catalogue, EventId, EventType, Extra, Family, Field};
use crate::finding::{Finding, Words};
use crate::place::Point;
use crate::place::area::{Area, Outline, crossed};
use crate::place::cell::Cell;
use crate::value::{Text, Type};
use std::collections::BTreeSet;

/// Most fences of a catalogue.
const FENCES_MAX: usize = 1_000;
/// Most corners of a polygon: all pairs of edges are compared.
const CORNERS_MAX: usize = 500;
/// Most cells of a fence.
const CELLS_MAX: usize = 1_000;
/// Greatest radius and margin, m.
const METRES_MAX: f64 = 1_000_000.0;
/// Longest stay.
const DWELL_MAX: i64 = 400 * DAY;
/// Left only from farther outside than this, unless a fence says otherwise, m.
const MARGIN: f64 = 100.0;
/// Fixes worse than this say nothing, unless a fence says otherwise, m.
const ACCURACY: f64 = 500.0;

const KEYS: [&str; 8] = [
    "title", "circle", "polygon", "cells", "margin", "accuracy", "dwell", "grade",
];

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    let entries = tree.named("fences", "fence");
    for (at, entry) in entries.iter().enumerate() {
        if at == FENCES_MAX {
            r.at(
                codes::TOO_LARGE,
                &entry.place,
                format!("there are more than {FENCES_MAX} fences"),
                format!("围栏多于 {FENCES_MAX} 个"),
            );
            break;
        }
        let named = name::fits(r, entry, Role::Quoted);
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        if at == 0 && c.places.on.is_empty() {
            nobody_is_located(r, entry);
        }
        fence(c, r, entry, &table, named);
    }
}

fn nobody_is_located(r: &mut Report, entry: &Entry) {
    r.push(
        Finding::error(
            codes::NOT_LOCATED,
            entry.place.clone(),
            Words::new(
                "no event type says where it happened, so nobody enters a fence",
                "没有任何事件类型带有位置，无人会进入围栏",
            ),
        )
        .fix(
            "give an event type members `lat` and `lon` of type `number?`",
            "请为某个事件类型声明 `number?` 类型的 `lat` 与 `lon`",
        ),
    );
}

fn fence(c: &mut Catalogue, r: &mut Report, entry: &Entry, table: &Table<'_>, named: bool) {
    table.only(r, &KEYS);
    let title = title_or(r, table, &entry.key);
    let area = area(r, entry, table);
    let metres = |r: &mut Report, key: &str, least: f64, usual: f64| match table.get(key) {
        Some(node) => length(r, node, least, METRES_MAX),
        None => Some(usual),
    };
    let margin = metres(r, "margin", 0.0, MARGIN);
    let accuracy = metres(r, "accuracy", 1.0, ACCURACY);
    let dwell = table.get("dwell").map(|n| n.duration(r, 1_000, DWELL_MAX));
    let grade = table.get("grade").map(|n| n.text(r).map(Text::from));
    let (Some(area), Some(margin), Some(accuracy)) = (area, margin, accuracy) else {
        return;
    };
    let (Some(dwell), Some(grade)) = (flat(dwell), flat(grade)) else {
        return;
    };
    if !named {
        return;
    }
    if let Some(grade) = &grade
        && !c.places.grades.contains(grade)
    {
        c.places.grades.push(grade.clone());
    }
    let mut declare = |what: &str, more: Option<Field>| declare(c, entry, what, more);
    let entered = declare("entered", None);
    let left = declare(
        "left",
        Some(events::member("stayed", Type::Duration, false)),
    );
    let dwelt = dwell.map(|_| declare("dwelt", None));
    c.places.fences.push(Fence {
        name: entry.key.as_str().into(),
        title,
        outline: Outline::of(area),
        margin,
        accuracy,
        dwell,
        grade,
        entered,
        left,
        dwelt,
        place: entry.place.clone(),
    });
}

/// `None` for what is there and wrong; what is not there is fine.
fn flat<T>(found: Option<Option<T>>) -> Option<Option<T>> {
    match found {
        None => Some(None),
        Some(None) => None,
        Some(there) => Some(there),
    }
}

/// `fence.<name>.<what>`: an event type of its own.
fn declare(c: &mut Catalogue, entry: &Entry, what: &str, more: Option<Field>) -> EventId {
    let name = format!("fence.{}.{what}", entry.key);
    let mut fields = vec![
        events::member("fence", Type::Text, false),
        events::member("since", Type::Time, false),
    ];
    fields.extend(more);
    c.events.push(EventType {
        title: Words::new(name.as_str(), name.as_str()),
        name: name.into(),
        family: Family::Fence,
        fields,
        extra: Extra::Ignore,
        answer: None,
        lateness: None,
        admission: None,
        place: entry.place.clone(),
    });
    EventId(u16::try_from(c.events.len() - 1).unwrap_or(u16::MAX))
}

fn area(r: &mut Report, entry: &Entry, table: &Table<'_>) -> Option<Area> {
    let shapes = ["circle", "polygon", "cells"];
    let there: Vec<&Node> = shapes.iter().filter_map(|key| table.get(key)).collect();
    let [node] = there.as_slice() else {
        let path = &table.node.path;
        let (en, zh) = if there.is_empty() {
            ("goes around nothing", "没有范围")
        } else {
            ("goes around several things", "有多个范围")
        };
        r.push(
            Finding::error(
                codes::BAD_AREA,
                entry.place.clone(),
                Words::new(format!("`{path}` {en}"), format!("`{path}` {zh}")),
            )
            .fix(
                "write one of `circle = { lat, lon, radius }`, `polygon = [[lat, lon], …]`, `cells = [\"…\"]`",
                "请写 `circle = { lat, lon, radius }`、`polygon = [[lat, lon], …]`、`cells = [\"…\"]` 之一",
            ),
        );
        return None;
    };
    if table.get("circle").is_some() {
        circle(r, node)
    } else if table.get("polygon").is_some() {
        polygon(r, node)
    } else {
        cells(r, node)
    }
}

fn circle(r: &mut Report, node: &Node) -> Option<Area> {
    let table = node.table(r)?;
    table.only(r, &["lat", "lon", "radius"]);
    let lat = table
        .require(r, "lat")
        .and_then(|n| n.number(r, -90.0, 90.0));
    let lon = table
        .require(r, "lon")
        .and_then(|n| n.number(r, -180.0, 180.0));
    let radius = table.require(r, "radius");
    let radius = radius.and_then(|n| length(r, n, 1.0, METRES_MAX));
    Some(Area::Circle {
        centre: Point::new(lat?, lon?)?,
        radius: radius?,
    })
}

fn polygon(r: &mut Report, node: &Node) -> Option<Area> {
    let items = node.list(r)?;
    let read: Vec<Option<Point>> = items.iter().map(|item| corner(r, item)).collect();
    let mut corners: Vec<Point> = read.into_iter().collect::<Option<_>>()?;
    // A ring may be closed by its first corner once more.
    if corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    let path = &node.path;
    if corners.len() < 3 || corners.len() > CORNERS_MAX {
        let count = corners.len();
        r.at(
            codes::BAD_AREA,
            &node.place,
            format!("`{path}` has {count} corners: a polygon has 3 to {CORNERS_MAX}"),
            format!("`{path}` 有 {count} 个顶点：多边形应有 3 至 {CORNERS_MAX} 个"),
        );
        return None;
    }
    let east = corners.iter().map(|c| c.lon()).fold(-180.0, f64::max);
    let west = corners.iter().map(|c| c.lon()).fold(180.0, f64::min);
    if east - west >= 180.0 {
        r.push(
            Finding::error(
                codes::BAD_AREA,
                node.place.clone(),
                Words::new(
                    format!("`{path}` spans half the earth or the date line"),
                    format!("`{path}` 跨越半个地球或日期变更线"),
                ),
            )
            .fix("declare a fence for each side", "请在两侧各声明一个围栏"),
        );
        return None;
    }
    if let Some((one, other)) = crossed(&corners) {
        let place = items.get(other).map_or(&node.place, |item| &item.place);
        let (one, other) = (one + 1, other + 1);
        r.push(
            Finding::error(
                codes::CROSSED_EDGES,
                place.clone(),
                Words::new(
                    format!("`{path}`: the edges from corner {one} and from corner {other} cross or touch"),
                    format!("`{path}`：第 {one} 与第 {other} 个顶点出发的边相交或重合"),
                ),
            )
            .fix(
                "list the corners in the order in which one walks around the area",
                "请按绕行一周的顺序列出顶点",
            ),
        );
        return None;
    }
    Some(Area::Polygon(corners))
}

fn corner(r: &mut Report, node: &Node) -> Option<Point> {
    let pair = node.list(r)?;
    let [lat, lon] = pair else {
        node.wrong(r, "a corner `[lat, lon]`", "顶点 `[纬度, 经度]`");
        return None;
    };
    let (lat, lon) = (lat.number(r, -90.0, 90.0), lon.number(r, -180.0, 180.0));
    Point::new(lat?, lon?)
}

fn cells(r: &mut Report, node: &Node) -> Option<Area> {
    let items = node.list(r)?;
    if items.is_empty() {
        node.empty(r);
        return None;
    }
    if items.len() > CELLS_MAX {
        r.at(
            codes::TOO_LARGE,
            &node.place,
            format!("`{}` has more than {CELLS_MAX} cells", node.path),
            format!("`{}` 的单元多于 {CELLS_MAX} 个", node.path),
        );
        return None;
    }
    let mut cells = BTreeSet::new();
    let mut sound = true;
    for item in items {
        let Some(text) = item.text(r) else {
            sound = false;
            continue;
        };
        let path = &item.path;
        match Cell::parse(text) {
            Some(cell) if cells.insert(cell) => {}
            Some(_) => {
                sound = false;
                r.at(
                    codes::NAME_TWICE,
                    &item.place,
                    format!("`{path}`: `{text}` stands here twice"),
                    format!("`{path}`：`{text}` 出现了两次"),
                );
            }
            None => {
                sound = false;
                r.push(
                    Finding::error(
                        codes::NOT_CELL,
                        item.place.clone(),
                        Words::new(
                            format!("`{path}`: `{text}` is no cell of the H3 grid"),
                            format!("`{path}`：`{text}` 不是 H3 网格单元"),
                        ),
                    )
                    .fix(
                        "a cell is named by 15 hexadecimal digits, such as `8928308280fffff`",
                        "单元用 15 位十六进制数表示，如 `8928308280fffff`",
                    ),
                );
            }
        }
    }
    sound.then_some(Area::Cells(cells))
}
