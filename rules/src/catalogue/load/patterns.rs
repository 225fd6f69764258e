//! `patterns.toml`: steps, what may not come between or after them, and the events they become.

mod parts;
mod sound;

use super::codes;
use super::events;
use super::name::{self, Role};
use super::report::Report;
use super::table::{Entry, Table, title_or};
use super::time::DAY;
use super::tree::Tree;
use crate::catalogue::pattern::{After, Between, Member, Pattern, Word};
use crate::catalogue::{Catalogue, EventId, EventType, Extra, Family, Field};
use crate::finding::{Finding, Words};
use crate::value::{Text, Type};

/// Most patterns of a catalogue.
const PATTERNS_MAX: usize = 256;
/// Most live instances of a pattern per customer.
pub(super) const KEEP_MAX: u32 = 64;
/// Live instances where nothing is said and each beginning is its own.
const KEEP_DEFAULT: u32 = 16;
/// The longest `within`.
pub(super) const WITHIN_MAX: i64 = 400 * DAY;

const KEYS: [&str; 12] = [
    "title", "was", "key", "steps", "within", "between", "order", "never", "absent", "after",
    "keep", "funnel",
];

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("patterns", "pattern") {
        if c.patterns.len() == PATTERNS_MAX {
            r.at(
                codes::TOO_LARGE,
                &entry.place,
                format!("there are more than {PATTERNS_MAX} patterns"),
                format!("模式多于 {PATTERNS_MAX} 个"),
            );
            break;
        }
        let named = name::fits(r, entry, Role::Quoted);
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        if let Some(pattern) = pattern(tree, c, r, entry, &table).filter(|_| named) {
            declare(c, pattern);
        }
    }
}

fn pattern(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    entry: &Entry,
    table: &Table<'_>,
) -> Option<Pattern> {
    table.only(r, &KEYS);
    let title = title_or(r, table, &entry.key);
    by_customer(r, table);
    let betweens = [
        ("strict", Between::Strict),
        ("relaxed", Between::Relaxed),
        ("any", Between::Any),
    ];
    let between = table.get("between").and_then(|n| n.word(r, &betweens));
    let orders = [("declared", false), ("any", true)];
    let any_order = table.get("order").and_then(|n| n.word(r, &orders));
    let any_order = any_order.unwrap_or(false);
    let between = between.unwrap_or(Between::Relaxed);
    let steps = parts::steps(tree, c, r, table, between, &betweens);
    let never = parts::never(tree, c, r, table, &steps);
    let absent = parts::absent(tree, c, r, table);
    let within = table
        .get("within")
        .and_then(|n| n.duration(r, 1, WITHIN_MAX));
    let afters = [
        ("restart", After::Restart),
        ("ignore", After::Ignore),
        ("each", After::Each),
        ("skip_to_next", After::SkipToNext),
        ("skip_past_last", After::SkipPastLast),
    ];
    let after = table.get("after").and_then(|n| n.word(r, &afters));
    let after = after.unwrap_or(match table.get("absent") {
        Some(_) => After::Restart,
        None => After::SkipPastLast,
    });
    let keep = table.get("keep").and_then(|n| n.count(r, 1, KEEP_MAX));
    let funnel = table.get("funnel").and_then(|n| n.flag(r));
    if steps.is_empty() {
        return None;
    }
    let pattern = Pattern {
        name: entry.key.as_str().into(),
        was: None,
        title,
        steps,
        within,
        any_order,
        never,
        absent,
        after,
        keep: keep.unwrap_or(match after {
            After::Restart | After::Ignore => 1,
            After::Each | After::SkipToNext | After::SkipPastLast => KEEP_DEFAULT,
        }),
        funnel: funnel.unwrap_or(false),
        completed: EventId(u16::MAX),
        timed_out: None,
        members: Vec::new(),
        place: entry.place.clone(),
    };
    sound::judge(c, r, entry, table, &pattern);
    Some(pattern)
}

/// A pattern belongs to a customer.
fn by_customer(r: &mut Report, table: &Table<'_>) {
    let Some(node) = table.require(r, "key") else {
        return;
    };
    let Some(key) = node.text(r).filter(|key| *key != "customer") else {
        return;
    };
    r.push(
        Finding::error(
            codes::NO_SUCH_KEY,
            node.place.clone(),
            Words::new(
                format!("`{}`: a pattern is kept by customer, not by `{key}`", node.path),
                format!("`{}`：模式按客户保存，不能按 `{key}`", node.path),
            ),
        )
        .fix(
            "write `key = \"customer\"`; what happens to an entity is counted by a window of `features.toml`",
            "请写 `key = \"customer\"`；实体上发生的事可用 `features.toml` 的窗口统计",
        ),
    );
}

/// The pattern with the event types it makes.
fn declare(c: &mut Catalogue, mut pattern: Pattern) {
    let mut members = Vec::new();
    let mut fields = Vec::new();
    for (at, step) in (0u16..).zip(&pattern.steps) {
        let words = Pattern::words(c, step);
        let firsts: &[bool] = if step.times.repeats() {
            &[false, true]
        } else {
            &[false]
        };
        for first in firsts {
            for (word, ty, optional) in &words {
                if *first && *word == Word::Count {
                    continue;
                }
                let infix = if *first { ".first" } else { "" };
                let name = format!("{}{infix}.{}", step.name, word.name());
                fields.push(events::member(
                    &name,
                    ty.clone(),
                    *optional || step.optional,
                ));
                members.push(Member {
                    step: at,
                    first: *first,
                    word: word.clone(),
                });
            }
        }
    }
    let unfinished = unfinished(&pattern, &members, &fields);
    let name = &pattern.name;
    pattern.completed = add(c, format!("pattern.{name}"), fields, &pattern);
    if pattern.within.is_some() && can_be_left(&pattern) {
        let id = add(c, format!("pattern.{name}.timed_out"), unfinished, &pattern);
        pattern.timed_out = Some(id);
    }
    pattern.members = members;
    c.patterns.push(pattern);
}

/// It takes more than one event, so that some may be there and others not.
fn can_be_left(pattern: &Pattern) -> bool {
    let events = pattern.steps.iter().map(|step| step.times.least());
    events.sum::<u32>() > 1
}

/// The fields of what was left unfinished: only the first step is sure, and how far it got.
fn unfinished(pattern: &Pattern, members: &[Member], fields: &[Field]) -> Vec<Field> {
    let mut all: Vec<Field> = fields.to_vec();
    for (field, member) in all.iter_mut().zip(members) {
        field.optional |= pattern.any_order || member.step > 0;
    }
    let steps = pattern.steps.iter().map(|step| step.name.clone());
    all.push(events::member(
        "reached",
        Type::Symbol(steps.collect()),
        false,
    ));
    all
}

fn add(c: &mut Catalogue, name: String, fields: Vec<Field>, pattern: &Pattern) -> EventId {
    let id = EventId(u16::try_from(c.events.len()).unwrap_or(u16::MAX));
    c.events.push(EventType {
        name: Text::from(name),
        family: Family::Pattern,
        title: pattern.title.clone(),
        fields,
        extra: Extra::Ignore,
        answer: None,
        lateness: None,
        admission: None,
        place: pattern.place.clone(),
    });
    id
}
