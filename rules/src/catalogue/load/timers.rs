//! `timers.toml`: dated timers. Each makes an event type of its own.

use super::channels::hour;
use super::codes;
use super::name::{self, Role};
use super::node::Node;
use super::report::{Noun, Report};
use super::table::{Entry, Table, title_or};
use super::time::DAY;
use super::tree::Tree;
use crate::catalogue::dated::{DatedTimer, Every};
use crate::catalogue::{Catalogue, EventType, Extra, Family, TagId};
use crate::duration;
use crate::finding::{Finding, Words};
use crate::value::Type;

/// Most dated timers: every customer with a date keeps one pending of each.
const DATED_MAX: usize = 32;

/// Days before the date, at most: a year and a leap day.
const BEFORE_MAX: i64 = 366 * DAY;

const TAG: Noun = Noun {
    code: codes::UNKNOWN_TAG,
    en: "tag",
    zh: "标签",
    file: "tags",
};

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("timers", "timer") {
        if c.dated.len() == DATED_MAX {
            r.at(
                codes::TOO_LARGE,
                &entry.place,
                format!("there are more than {DATED_MAX} dated timers"),
                format!("日期定时器多于 {DATED_MAX} 个"),
            );
            break;
        }
        let named = name::fits(r, entry, Role::Quoted);
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        table.only(r, &["title", "date", "every", "before", "at", "spread"]);
        let title = title_or(r, &table, &entry.key);
        if let Some(timer) = timer(tree, c, r, entry, &table).filter(|_| named) {
            c.events.push(EventType {
                name: format!("timer.{}", timer.name).into(),
                family: Family::Timer,
                title,
                fields: Vec::new(),
                extra: Extra::Ignore,
                answer: None,
                lateness: None,
                admission: None,
                place: entry.place.clone(),
            });
            c.dated.push(timer);
        }
    }
}

fn timer(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    entry: &Entry,
    table: &Table<'_>,
) -> Option<DatedTimer> {
    let tag = table.require(r, "date").and_then(|n| date(tree, c, r, n));
    let words = [
        ("year", Every::Year),
        ("month", Every::Month),
        ("week", Every::Week),
    ];
    let every = table.get("every").map(|n| n.word(r, &words));
    let before = table.get("before").map(|n| whole_days(r, n));
    let at = table.get("at").map(|n| hour(r, n));
    let spread = table.get("spread").map(|n| n.duration(r, 0, DAY));
    Some(DatedTimer {
        name: entry.key.as_str().into(),
        tag: tag?,
        every: every.unwrap_or_default(),
        before: before.flatten().unwrap_or(0),
        at: at.flatten().unwrap_or(0),
        spread: spread.flatten().unwrap_or(0),
        place: entry.place.clone(),
    })
}

/// `customer.<tag>`, a tag of a date.
fn date(tree: &Tree, c: &Catalogue, r: &mut Report, node: &Node) -> Option<TagId> {
    let path = &node.path;
    let text = node.text(r)?;
    let Some(name) = text.strip_prefix("customer.") else {
        r.push(
            Finding::error(
                codes::NOT_A_DATE,
                node.place.clone(),
                Words::new(
                    format!("`{path}`: `{text}` is not a tag of the customer"),
                    format!("`{path}`：`{text}` 不是客户的标签"),
                ),
            )
            .fix(
                "write `customer.` and the name of a tag of type `date?`",
                "请写 `customer.` 加类型为 `date?` 的标签名",
            ),
        );
        return None;
    };
    let Some(id) = c.tag_named(name) else {
        if !tree.names("tags", "tag", name) {
            r.unknown(TAG, node, name, c.tags.iter().map(|t| t.name.as_str()));
        }
        return None;
    };
    let tag = c.tag(id)?;
    if tag.ty == Type::Date {
        return Some(id);
    }
    let ty = &tag.ty;
    r.push(
        Finding::error(
            codes::NOT_A_DATE,
            node.place.clone(),
            Words::new(
                format!("`{path}`: tag `{name}` is {ty}, and a timer needs a date"),
                format!("`{path}`：标签 `{name}` 的类型是 {ty}，而定时器需要日期"),
            ),
        )
        .fix(
            "give a tag of type `date?`; for a span after an event use `remind(name, after)`",
            "请使用类型为 `date?` 的标签；事件之后的时长请用 `remind(name, after)`",
        ),
    );
    None
}

/// A span of whole days by the calendar.
fn whole_days(r: &mut Report, node: &Node) -> Option<i32> {
    let ms = node.duration(r, 0, BEFORE_MAX)?;
    if ms % DAY == 0 {
        return i32::try_from(ms / DAY).ok();
    }
    let path = &node.path;
    let text = duration::format(ms);
    r.push(
        Finding::error(
            codes::NOT_WHOLE_DAYS,
            node.place.clone(),
            Words::new(
                format!("`{path}`: `{text}` is not a number of whole days"),
                format!("`{path}`：`{text}` 不是整天数"),
            ),
        )
        .fix(
            "write `3d` or `1w`, and the hour of the day with `at = \"09:00\"`",
            "请写 `3d` 或 `1w`，几点触发用 `at = \"09:00\"` 指定",
        ),
    );
    None
}
