//! The parts of a pattern: its steps, and what may not come.

use super::WITHIN_MAX;
use crate::catalogue::load::name::{self, Role};
use crate::catalogue::load::node::{Kind, Node};
use crate::catalogue::load::report::Report;
use crate::catalogue::load::table::{Entry, Table};
use crate::catalogue::load::tree::Tree;
use crate::catalogue::load::{codes, events};
use crate::catalogue::pattern::{Absent, Between, Never, Step, Times};
use crate::catalogue::{Catalogue, EventId, Expression};
use crate::finding::{Finding, Words, nearest};

/// Most steps of a pattern.
const STEPS_MAX: usize = 16;
/// Most `never` of a pattern.
const NEVER_MAX: usize = 16;
/// Most events of one step.
const TIMES_MAX: u32 = 1_000;

pub(super) fn steps(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    table: &Table<'_>,
    between: Between,
    betweens: &[(&str, Between)],
) -> Vec<Step> {
    let Some(node) = table.require(r, "steps") else {
        return Vec::new();
    };
    let Some(items) = node.list(r) else {
        return Vec::new();
    };
    if items.is_empty() {
        node.empty(r);
    }
    let mut all: Vec<Step> = Vec::new();
    for item in bounded(r, node, items, STEPS_MAX) {
        let Some(table) = item.table(r) else {
            continue;
        };
        table.only(r, &["name", "on", "where", "times", "optional", "between"]);
        let named = table.require(r, "name").and_then(|n| step_name(r, n, &all));
        let (on, filter) = asked(tree, c, r, &table);
        let times = table.get("times").and_then(|n| times(r, n));
        let optional = table.get("optional").and_then(|n| n.flag(r));
        let own = table.get("between").and_then(|n| n.word(r, betweens));
        let Some(name) = named else {
            continue;
        };
        all.push(Step {
            name: name.into(),
            on,
            filter,
            times: times.unwrap_or(Times::Exactly(1)),
            optional: optional.unwrap_or(false),
            between: own.unwrap_or(between),
            place: item.place.clone(),
        });
    }
    all
}

/// The items that a list may have; a finding about the others.
fn bounded<'a>(r: &mut Report, node: &Node, items: &'a [Node], most: usize) -> &'a [Node] {
    if items.len() > most {
        r.at(
            codes::TOO_LARGE,
            &node.place,
            format!("`{}` has more than {most} of them", node.path),
            format!("`{}` 多于 {most} 项", node.path),
        );
    }
    items.get(..most).unwrap_or(items)
}

/// A name that can be read as `event.<name>` and is no other step's.
fn step_name(r: &mut Report, node: &Node, all: &[Step]) -> Option<String> {
    let name = node.text(r)?.to_owned();
    let entry = Entry {
        key: name.clone(),
        place: node.place.clone(),
        width: node.raw.chars().count(),
        node: node.clone(),
    };
    if !name::fits(r, &entry, Role::Event) {
        return None;
    }
    if matches!(name.as_str(), "event" | "customer" | "reached") {
        r.push(
            Finding::error(
                codes::SHADOWING_NAME,
                node.place.clone(),
                Words::new(
                    format!("a step cannot be called `{name}`: conditions and rules read something else by that word"),
                    format!("步骤不能叫 `{name}`：条件和规则用这个词读取别的内容"),
                ),
            )
            .fix(format!("call it `{name}_step`"), format!("可改为 `{name}_step`")),
        );
        return None;
    }
    if all.iter().any(|step| step.name == name.as_str()) {
        r.push(
            Finding::error(
                codes::NAME_TWICE,
                node.place.clone(),
                Words::new(
                    format!("there are two steps called `{name}`"),
                    format!("有两个步骤都叫 `{name}`"),
                ),
            )
            .fix("rename one of them", "请给其中一个改名"),
        );
        return None;
    }
    Some(name)
}

/// `times = 3`, `times = { at_least = 3 }`
fn times(r: &mut Report, node: &Node) -> Option<Times> {
    if !matches!(node.kind, Kind::Table(_)) {
        return node.count(r, 1, TIMES_MAX).map(Times::Exactly);
    }
    let table = node.table(r)?;
    table.only(r, &["at_least"]);
    let least = table.require(r, "at_least")?;
    least.count(r, 1, TIMES_MAX).map(Times::AtLeast)
}

/// `on` and `where`
fn asked(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    table: &Table<'_>,
) -> (Vec<EventId>, Option<Expression>) {
    let node = table.require(r, "on");
    let on = node.map_or(Vec::new(), |n| events::resolve_all(tree, c, r, n));
    if let Some(node) = node {
        events::of_customers(c, r, node, &on);
    }
    let filter = table.get("where").and_then(|n| n.expression(r));
    (on, filter)
}

pub(super) fn never(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    table: &Table<'_>,
    steps: &[Step],
) -> Vec<Never> {
    let Some(node) = table.get("never") else {
        return Vec::new();
    };
    let Some(items) = node.list(r) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for item in bounded(r, node, items, NEVER_MAX) {
        let Some(table) = item.table(r) else {
            continue;
        };
        table.only(r, &["after", "on", "where", "next"]);
        let step = table.require(r, "after").and_then(|n| step_of(r, n, steps));
        let (on, filter) = asked(tree, c, r, &table);
        let next = table.get("next").and_then(|n| n.flag(r));
        if let Some(step) = step {
            all.push(Never {
                step,
                on,
                filter,
                next: next.unwrap_or(false),
            });
        }
    }
    all
}

/// The step that a text names.
fn step_of(r: &mut Report, node: &Node, steps: &[Step]) -> Option<u16> {
    let name = node.text(r)?;
    if let Some(at) = steps.iter().position(|step| step.name == name) {
        return u16::try_from(at).ok();
    }
    let known: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    if known.is_empty() {
        return None;
    }
    let near = nearest(name, known.iter().copied(), 1);
    let other = near.first().or(known.first()).copied().unwrap_or("");
    r.push(
        Finding::error(
            codes::UNKNOWN_STEP,
            node.place.clone(),
            Words::new(
                format!("`{}`: there is no step `{name}`", node.path),
                format!("`{}`：没有名为 `{name}` 的步骤", node.path),
            ),
        )
        .fix(
            format!("write the name of a step, such as `{other}`"),
            format!("请写某个步骤的名称，如 `{other}`"),
        ),
    );
    None
}

pub(super) fn absent(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    table: &Table<'_>,
) -> Option<Absent> {
    let node = table.get("absent")?;
    let inner = node.table(r)?;
    inner.only(r, &["on", "where", "within"]);
    let (on, filter) = asked(tree, c, r, &inner);
    let Some(limit) = inner.get("within") else {
        r.push(
            Finding::error(
                codes::UNBOUNDED,
                node.place.clone(),
                Words::new(
                    format!(
                        "`{}` has no limit: nothing would ever be known to be absent",
                        node.path
                    ),
                    format!("`{}` 没有时限：永远无法判定某事未发生", node.path),
                ),
            )
            .fix(
                "say how long to wait: `within = \"30m\"`",
                "请写明等多久：`within = \"30m\"`",
            ),
        );
        return None;
    };
    let within = limit.duration(r, 1, WITHIN_MAX)?;
    Some(Absent { on, filter, within })
}
