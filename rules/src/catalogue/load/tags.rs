//! `tags.toml`: tags and segments.

use super::fields::needless_mark;
use super::name::{self, Role};
use super::node::{Kind, Node};
use super::report::Report;
use super::table::{Entry, Table, title_or};
use super::time::DAY;
use super::tree::Tree;
use super::{codes, events, features, history, types};
use crate::catalogue::{Catalogue, Segment, Tag, TagSetter};
use crate::finding::{Finding, Words, nearest};
use crate::project::Project;
use crate::value::{EntityKind, Text, Type, Value};

/// What a setter of a customer's tag says, and of an entity's.
const OF_CUSTOMER: [&str; 3] = ["on", "from", "confidence"];
const OF_ENTITY: [&str; 2] = ["on", "from"];

/// Most tags and segments.
const TAGS_MAX: usize = 10_000;

const KEYS: [&str; 13] = [
    "title", "type", "values", "currency", "default", "ttl", "stale", "writers", "personal", "set",
    "was", "history", "ago",
];

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report, project: &Project) {
    for entry in tree.named("tags", "tag") {
        if full(r, entry, c.tags.len()) {
            break;
        }
        let named = name::fits(r, entry, Role::Customer);
        if let Some(table) = entry.node.table(r)
            && let Some(tag) = tag(tree, c, r, project, entry, &table)
            && named
        {
            c.tags.push(tag);
        }
    }
    for entry in tree.named("tags", "segment") {
        if full(r, entry, c.segments.len()) {
            break;
        }
        let named = name::fits(r, entry, Role::Customer);
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        table.only(r, &["title", "when"]);
        let title = title_or(r, &table, &entry.key);
        let when = table.require(r, "when").and_then(|n| n.expression(r));
        if let Some(when) = when.filter(|_| named) {
            c.segments.push(Segment {
                name: entry.key.as_str().into(),
                title,
                when,
                entered: None,
                left: None,
            });
        }
    }
}

fn full(r: &mut Report, entry: &Entry, len: usize) -> bool {
    if len == TAGS_MAX {
        r.at(
            codes::TOO_LARGE,
            &entry.place,
            format!("there are more than {TAGS_MAX} of them"),
            format!("数量多于 {TAGS_MAX}"),
        );
    }
    len == TAGS_MAX
}

fn tag(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    project: &Project,
    entry: &Entry,
    table: &Table<'_>,
) -> Option<Tag> {
    table.only(r, &KEYS);
    let title = title_or(r, table, &entry.key);
    let typed = table.require(r, "type");
    let setters = table.get("set").map(|n| setters(tree, c, r, n, None));
    let writers = table.get("writers").map(|n| writers(r, project, n));
    let personal = table.get("personal").and_then(|n| n.flag(r));
    let mut span = |key: &str| {
        let node = table.get(key)?;
        node.duration(r, 1_000, 4_000 * DAY)
    };
    let (ttl, stale) = (span("ttl"), span("stale"));
    let (ty, mark) = types::type_of(tree, c, r, typed?, Some(table))?;
    let (kept, ago) = history::read(r, table);
    let value = default(c, r, table, typed?, (&ty, mark));
    Some(Tag {
        name: entry.key.as_str().into(),
        was: None,
        title,
        ty,
        optional: table.get("default").is_none(),
        default: value,
        ttl,
        stale,
        writers: writers.unwrap_or_default(),
        personal: personal.unwrap_or(false),
        set: setters.unwrap_or_default(),
        history: kept,
        ago,
        place: entry.place.clone(),
    })
}

/// The value while there is none; says where it and the mark of its type do not fit.
pub(super) fn default(
    c: &Catalogue,
    r: &mut Report,
    table: &Table<'_>,
    typed: &Node,
    (ty, mark): (&Type, bool),
) -> Value {
    let default = table.get("default");
    let value = default.and_then(|n| types::value(c, r, n, ty));
    match (default, mark) {
        (Some(_), true) => needless_mark(r, typed),
        (None, false) => missing_mark(r, typed),
        _ => {}
    }
    value.unwrap_or(Value::Missing)
}

/// A tag without default may be missing, so its type should say so.
fn missing_mark(r: &mut Report, typed: &Node) {
    let path = &typed.path;
    let mut finding = Finding::warning(
        codes::HALF_OPTIONAL,
        typed.place.clone(),
        Words::new(
            format!(
                "`{path}`: without a default the tag may be missing, and its type does not say so"
            ),
            format!("`{path}`：没有默认值的标签可能缺失，但类型没有写明"),
        ),
    )
    .fix(
        "write `?` behind the type, or give a default",
        "请在类型后写 `?`，或给出默认值",
    );
    if let Some(raw) = typed.raw.strip_suffix(['"', '\'']) {
        let quote = typed.raw.chars().last().unwrap_or('"');
        finding.corrected = r.with_value(typed, &format!("{raw}?{quote}"));
    }
    r.push(finding);
}

/// What sets a tag: of the customer of an event, or of the one entity of a kind that it refers to.
pub(super) fn setters(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    node: &Node,
    of: Option<EntityKind>,
) -> Vec<TagSetter> {
    let nodes: Vec<&Node> = match &node.kind {
        Kind::List(items) => items.iter().collect(),
        _ => vec![node],
    };
    let mut setters = Vec::new();
    for node in nodes {
        let Some(table) = node.table(r) else { continue };
        table.only(
            r,
            if of.is_none() {
                &OF_CUSTOMER
            } else {
                &OF_ENTITY
            },
        );
        let named = table.require(r, "on");
        let on = named.map_or(Vec::new(), |n| events::resolve_all(tree, c, r, n));
        match (of, named) {
            (None, Some(named)) => events::of_customers(c, r, named, &on),
            (Some(kind), Some(named)) => {
                for event in on.iter().filter_map(|id| c.event(*id)) {
                    features::carries(c, r, named, kind, event);
                }
            }
            (_, None) => {}
        }
        let Some(from) = table.require(r, "from") else {
            continue;
        };
        let sure = table.get("confidence");
        if on.is_empty() {
            from.expression(r);
        }
        for event in on {
            if let Some(from) = from.expression(r) {
                setters.push(TagSetter {
                    on: event,
                    from,
                    confidence: sure.and_then(|sure| sure.expression(r)),
                });
            }
        }
    }
    setters
}

/// The rules that may write a tag; each must exist.
fn writers(r: &mut Report, project: &Project, node: &Node) -> Vec<Text> {
    let ids: Vec<String> = project
        .rules
        .iter()
        .filter_map(|f| {
            let id = f.path.strip_prefix("rules/")?.strip_suffix(".rhai")?;
            Some(id.replace('/', "."))
        })
        .collect();
    let mut writers = Vec::new();
    for named in node.one_or_many(r) {
        let name = named.as_text().unwrap_or("");
        writers.push(name.into());
        if ids.iter().any(|id| id == name) {
            continue;
        }
        let mut finding = Finding::error(
            codes::UNKNOWN_RULE,
            named.place.clone(),
            Words::new(
                format!("`{}`: there is no rule `{name}`", node.path),
                format!("`{}`：没有规则 `{name}`", node.path),
            ),
        );
        let near = nearest(name, ids.iter().map(String::as_str), 3);
        finding = match near.first() {
            Some(best) => {
                let line = r.with_value(named, &format!("\"{best}\""));
                let mut finding = super::report::did_you_mean(finding, &near);
                finding.corrected = line;
                finding
            }
            None => finding.fix(
                "a rule is named `<folder>.<file>`",
                "规则名写作 `<文件夹>.<文件名>`",
            ),
        };
        r.push(finding);
    }
    writers
}
