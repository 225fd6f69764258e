//! `window = "…"`: where a window begins, and how far that is at most.

use super::codes;
use super::report::Report;
use super::table::Table;
use super::time::DAY;
use super::types::misplaced;
use crate::catalogue::TimeSettings;
use crate::catalogue::feature::{Panes, Period, Span, Take};
use crate::duration;
use crate::finding::{Finding, Words};

/// Shortest window.
const OVER_MIN: i64 = 1_000;
/// Longest window, and the longest delay of one.
pub(super) const OVER_MAX: i64 = 400 * DAY;
/// How far a session is followed back unless it says so itself.
const SESSION: i64 = DAY;

/// The keys of this file.
pub(super) const KEYS: [&str; 5] = ["window", "over", "per", "gap", "step"];

const WORDS: [(&str, Kind); 4] = [
    ("sliding", Kind::Sliding),
    ("tumbling", Kind::Tumbling),
    ("calendar", Kind::Calendar),
    ("session", Kind::Session),
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sliding,
    Tumbling,
    Calendar,
    Session,
}

/// The span and the length of a window, ms.
pub(super) fn span(r: &mut Report, table: &Table<'_>, time: &TimeSettings) -> Option<(Span, i64)> {
    let kind = match table.get("window") {
        Some(node) => node.word(r, &WORDS)?,
        None => Kind::Sliding,
    };
    stray_keys(r, table, kind);
    match kind {
        Kind::Sliding => Some((Span::Sliding, length(r, table)?)),
        Kind::Tumbling => Some((Span::Tumbling(origin(time)), length(r, table)?)),
        Kind::Calendar => {
            let periods = Period::ALL.map(|period| (period.name(), period));
            let period = table.require(r, "per")?.word(r, &periods)?;
            Some((Span::Calendar(period), period.longest()))
        }
        Kind::Session => session(r, table),
    }
}

fn length(r: &mut Report, table: &Table<'_>) -> Option<i64> {
    table.require(r, "over")?.duration(r, OVER_MIN, OVER_MAX)
}

fn session(r: &mut Report, table: &Table<'_>) -> Option<(Span, i64)> {
    let node = table.require(r, "gap")?;
    let gap = node.duration(r, OVER_MIN, OVER_MAX)?;
    let over = match table.get("over") {
        Some(over) => over.duration(r, gap, OVER_MAX)?,
        None if gap <= SESSION => SESSION,
        None => {
            let (path, most) = (&node.path, duration::format(SESSION));
            let fix = duration::format(gap.saturating_mul(7).min(OVER_MAX));
            r.push(
                Finding::error(
                    codes::OUT_OF_RANGE,
                    node.place.clone(),
                    Words::new(
                        format!(
                            "`{path}`: a session is followed back {most} unless `over` says how far, \
                             and this gap is longer"
                        ),
                        format!("`{path}`：未写 `over` 时会话最多回溯 {most}，而此间隔更长"),
                    ),
                )
                .fix(
                    format!("add `over = \"{fix}\"`, the longest session that is looked at"),
                    format!("请加上 `over = \"{fix}\"`，即会话最长回溯多久"),
                ),
            );
            return None;
        }
    };
    Some((Span::Session(gap), over))
}

/// The panes of a window that counts by them: `step` stands beside a length of whole steps. What that
/// means is said.
pub(super) fn step(
    r: &mut Report,
    table: &Table<'_>,
    (span, over): (Span, i64),
    take: Take,
    time: &TimeSettings,
) -> Option<Option<Panes>> {
    let Some(node) = table.get("step") else {
        return Some(None);
    };
    if span != Span::Sliding || !matches!(take, Take::Count | Take::Sum | Take::Avg) {
        misplaced(
            r,
            node,
            "only a sliding `count`, `sum` or `avg` has it",
            "只有滑动窗口的 `count`、`sum`、`avg` 才有",
        );
        return None;
    }
    if let Some(current) = table.get("current") {
        let (en, zh) = (
            "a window with a `step` counts whole panes",
            "带 `step` 的窗口按整个窗格统计",
        );
        misplaced(r, current, en, zh);
        return None;
    }
    let length = node.duration(r, OVER_MIN, over)?;
    for key in ["over", "delay"] {
        let whole = table.get(key).and_then(|n| duration::parse(n.as_text()?));
        if whole.is_some_and(|whole| whole % length != 0) {
            let (path, length) = (&node.path, duration::format(length));
            let en = format!("`{path}`: `{key}` must be a whole number of steps of {length}");
            let zh = format!("`{path}`：`{key}` 应为步长 {length} 的整数倍");
            r.at(codes::OUT_OF_RANGE, &node.place, en, zh);
            return None;
        }
    }
    let (path, said) = (&node.path, duration::format(length));
    r.push(Finding::note(
        codes::COARSE,
        node.place.clone(),
        Words::new(
            format!("`{path}`: whole panes of {said} are counted, so it reaches up to {said} further back"),
            format!("`{path}`：按整个 {said} 窗格统计，因此最多多回溯 {said}"),
        ),
    ));
    Some(Some(Panes {
        origin: origin(time),
        length,
    }))
}

/// Midnight of 1 January 1970 on the bank's wall clock, ms.
fn origin(time: &TimeSettings) -> i64 {
    let first = jiff::civil::Date::constant(1970, 1, 1).to_zoned(time.zone.clone());
    first.map_or(0, |first| first.timestamp().as_millisecond())
}

fn stray_keys(r: &mut Report, table: &Table<'_>, kind: Kind) {
    let stray = [
        (
            "per",
            kind != Kind::Calendar,
            "only a `calendar` window has it",
            "只有 `calendar` 窗口才有",
        ),
        (
            "gap",
            kind != Kind::Session,
            "only a `session` window has it",
            "只有 `session` 窗口才有",
        ),
        (
            "over",
            kind == Kind::Calendar,
            "`per` says how long a `calendar` window is",
            "`calendar` 窗口的长度由 `per` 决定",
        ),
    ];
    for (key, is_stray, en, zh) in stray {
        if let Some(node) = table.get(key).filter(|_| is_stray) {
            misplaced(r, node, en, zh);
        }
    }
}
