//! What a pattern says as a whole: that it ends, and that no part of it says nothing.

use crate::catalogue::Catalogue;
use crate::catalogue::load::codes;
use crate::catalogue::load::node::{Kind, Node};
use crate::catalogue::load::report::Report;
use crate::catalogue::load::table::{Entry, Table};
use crate::catalogue::pattern::{After, Between, Pattern, Times, Word};
use crate::finding::{Finding, Words};

pub(super) fn judge(
    c: &Catalogue,
    r: &mut Report,
    entry: &Entry,
    table: &Table<'_>,
    pattern: &Pattern,
) {
    bounded(r, entry, table, pattern);
    ends(r, table, pattern);
    for step in &pattern.steps {
        counted(c, r, pattern, step);
    }
    if pattern.any_order {
        unordered(r, table, pattern);
    }
    policy(r, table, pattern);
    if let Some(node) = table.get("funnel").filter(|_| pattern.funnel)
        && pattern.steps.len() < 2
    {
        let en = "a funnel has at least two steps";
        misplaced(r, node, en, "漏斗至少有两个步骤", "leave it out", "请删去");
    }
}

/// Live instances end: by `within`, unless nothing is ever left open.
fn bounded(r: &mut Report, entry: &Entry, table: &Table<'_>, pattern: &Pattern) {
    let alone = pattern.steps.len() == 1
        && pattern.steps.iter().all(|s| s.times == Times::Exactly(1))
        && pattern.never.is_empty();
    if alone || table.get("within").is_some() {
        return;
    }
    let name = &pattern.name;
    r.push(
        Finding::error(
            codes::UNBOUNDED,
            entry.place.clone(),
            Words::new(
                format!("`pattern.{name}` has no `within`: what has begun would be kept for ever"),
                format!("`pattern.{name}` 没有 `within`：已开始的匹配将永远保留"),
            ),
        )
        .fix(
            "say how long it may take from the first event to the last: `within = \"24h\"`",
            "请写明从第一个事件到最后一个事件最多多久：`within = \"24h\"`",
        ),
    );
}

/// The first and the last step happen; in any order nothing is left out.
fn ends(r: &mut Report, table: &Table<'_>, pattern: &Pattern) {
    let last = pattern.steps.len().saturating_sub(1);
    for (at, step) in pattern.steps.iter().enumerate() {
        let edge = at == 0 || at == last || pattern.any_order;
        if let Some(node) = key_of(table, "steps", at, "optional").filter(|_| step.optional && edge)
        {
            let en = "a pattern begins and ends with a step that happens, and in any order each step happens";
            let zh = "模式的首步和末步必须发生；任意顺序时每一步都必须发生";
            misplaced(r, node, en, zh, "leave `optional` out", "请删去 `optional`");
        }
    }
}

/// A repeated step has words of its own, which hide no field.
fn counted(
    c: &Catalogue,
    r: &mut Report,
    pattern: &Pattern,
    step: &crate::catalogue::pattern::Step,
) {
    if !step.times.repeats() {
        return;
    }
    let words = Pattern::words(c, step);
    let fields = words.iter().filter_map(|(word, ..)| match word {
        Word::Field(name) => Some(name),
        _ => None,
    });
    for name in fields.filter(|name| matches!(name.as_str(), "count" | "first")) {
        r.push(
            Finding::error(
                codes::NAME_TWICE,
                step.place.clone(),
                Words::new(
                    format!("`event.{}.{name}` of `pattern.{}` would be a field and a word of a repeated step", step.name, pattern.name),
                    format!("`pattern.{}` 的 `event.{}.{name}` 既是字段又是重复步骤的词", pattern.name, step.name),
                ),
            )
            .fix(
                format!("give the field another name in `events.toml`: `json = \"{name}\"` keeps the member"),
                format!("请在 `events.toml` 中给该字段换名，用 `json = \"{name}\"` 保留原成员"),
            ),
        );
    }
}

/// In any order there is no step before another.
fn unordered(r: &mut Report, table: &Table<'_>, pattern: &Pattern) {
    if pattern.steps.len() < 2
        && let Some(node) = table.get("order")
    {
        let (en, zh) = ("one step has no order", "只有一个步骤，谈不上顺序");
        misplaced(r, node, en, zh, "leave it out", "请删去");
    }
    for (at, step) in pattern.steps.iter().enumerate() {
        if let Some(node) = key_of(table, "steps", at, "between")
            && step.between != Between::Relaxed
        {
            let en = "in any order no step is before another";
            let zh = "任意顺序时步骤之间没有先后";
            let fix = "say `between` for the whole pattern";
            misplaced(r, node, en, zh, fix, "请为整个模式写 `between`");
        }
    }
}

/// What `after` and `keep` can mean together with the rest.
fn policy(r: &mut Report, table: &Table<'_>, pattern: &Pattern) {
    let alone = matches!(pattern.after, After::Restart | After::Ignore);
    let branching = pattern.steps.iter().any(|s| s.between == Between::Any);
    if alone
        && branching
        && let Some(node) = table.get("after")
    {
        let en = "with `between = \"any\"` several matches are live at a time";
        let zh = "`between = \"any\"` 时会同时有多个匹配";
        let fix = "write `after = \"each\"`, `\"skip_to_next\"` or `\"skip_past_last\"`";
        misplaced(
            r,
            node,
            en,
            zh,
            fix,
            "请写 `each`、`skip_to_next` 或 `skip_past_last`",
        );
    }
    if alone
        && pattern.keep > 1
        && let Some(node) = table.get("keep")
    {
        let en = "with this `after` one instance is live at a time";
        let zh = "此 `after` 下同时只有一个匹配";
        misplaced(r, node, en, zh, "write `keep = 1`", "请写 `keep = 1`");
    }
}

/// The value of a key in the nth table of a list.
fn key_of<'a>(table: &Table<'a>, list: &str, at: usize, key: &str) -> Option<&'a Node> {
    let Kind::List(items) = &table.get(list)?.kind else {
        return None;
    };
    let Kind::Table(entries) = &items.get(at)?.kind else {
        return None;
    };
    let entry = entries.iter().find(|e| e.key == key)?;
    Some(&entry.node)
}

fn misplaced(r: &mut Report, node: &Node, en: &str, zh: &str, fix_en: &str, fix_zh: &str) {
    let path = &node.path;
    let cause = Words::new(format!("`{path}`: {en}"), format!("`{path}`：{zh}"));
    r.push(Finding::error(codes::MISPLACED_KEY, node.place.clone(), cause).fix(fix_en, fix_zh));
}
