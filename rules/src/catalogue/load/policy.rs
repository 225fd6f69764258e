//! `policy.toml`: class switches, overrides, levers, consent and the law of silence.

use super::node::{Kind, Node};
use super::report::{Noun, Report};
use super::table::Table;
use super::tree::Tree;
use super::{codes, days, events, name};
use crate::catalogue::Catalogue;
use crate::catalogue::policy::{Consent, Lever, List, Override};
use crate::draft::Verb;
use crate::rule::Class;
use crate::value::Type;

/// Heaviest lever.
const WEIGHT_MAX: f64 = 1_000.0;

const LIST: Noun = Noun {
    code: codes::UNKNOWN_LIST,
    en: "list",
    zh: "名单",
    file: "lists",
};

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    classes(tree, c, r);
    c.consent = consent(tree, c, r);
    c.overrides = overrides(tree, c, r);
    levers(tree, c, r);
    silence(tree, r);
}

/// The tables of `[[cap]]` and its like.
pub(super) fn rows<'t>(tree: &'t Tree, r: &mut Report, section: &str) -> Vec<Table<'t>> {
    match tree.section("policy", section).map(|node| &node.kind) {
        Some(Kind::List(items)) => items.iter().filter_map(|n| n.table(r)).collect(),
        _ => Vec::new(),
    }
}

/// The classes a word or list names.
pub(super) fn class_words(r: &mut Report, node: &Node, known: &[Class]) -> Vec<Class> {
    let words: Vec<(&str, Class)> = known.iter().map(|c| (c.name(), *c)).collect();
    let named = node.one_or_many(r);
    let mut all: Vec<Class> = named
        .into_iter()
        .filter_map(|n| n.word(r, &words))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn classes(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    let Some(table) = tree.section("policy", "classes").and_then(|n| n.table(r)) else {
        return;
    };
    let known = [
        Class::Fraud,
        Class::Service,
        Class::Retention,
        Class::Commercial,
    ];
    table.only(r, &known.map(Class::name));
    for class in known {
        let Some(switch) = table.get(class.name()).and_then(|n| n.table(r)) else {
            continue;
        };
        switch.only(r, &["on"]);
        if switch.require(r, "on").and_then(|n| n.flag(r)) == Some(false) {
            c.classes_off.push(class);
        }
    }
}

fn consent(tree: &Tree, c: &Catalogue, r: &mut Report) -> Option<Consent> {
    let table = tree.section("policy", "consent")?.table(r)?;
    table.only(r, &["on", "purpose", "channel", "given"]);
    let on = table.require(r, "on");
    let on = on.and_then(|n| {
        let found = events::resolve(tree, c, r, n);
        events::of_customers(c, r, n, found.as_slice());
        found
    });
    let mut part = |key: &str| {
        let node = table.require(r, key)?;
        node.expression(r)
    };
    let (purpose, channel, given) = (part("purpose"), part("channel"), part("given"));
    Some(Consent {
        on: on?,
        purpose: purpose?,
        channel: channel?,
        given: given?,
    })
}

fn overrides(tree: &Tree, c: &Catalogue, r: &mut Report) -> Option<Override> {
    let table = tree.section("policy", "override")?.table(r)?;
    table.only(r, &["list", "lifts"]);
    let list = table.require(r, "list").and_then(|n| {
        let name = n.text(r)?;
        match c.list_named(name) {
            Some(list) => customers(r, n, list),
            None if tree.names("lists", "list", name) => None,
            None => {
                r.unknown(LIST, n, name, c.lists.iter().map(|l| l.name.as_str()));
                None
            }
        }
    });
    let verbs = [
        ("step_up", Verb::StepUp),
        ("hold", Verb::Hold),
        ("block", Verb::Block),
    ];
    let lifts = table.require(r, "lifts").map_or(Vec::new(), |n| {
        let named = n.one_or_many(r);
        let mut lifts: Vec<Verb> = named
            .into_iter()
            .filter_map(|n| n.word(r, &verbs))
            .collect();
        lifts.sort_unstable();
        lifts.dedup();
        lifts
    });
    Some(Override { list: list?, lifts })
}

/// The name of a list of customers; a finding where it holds something else.
fn customers(r: &mut Report, node: &Node, list: &List) -> Option<crate::value::Text> {
    if list.of == Type::Text {
        return Some(list.name.clone());
    }
    let (path, name) = (&node.path, &list.name);
    r.at(
        codes::NOT_OF_TYPE,
        &node.place,
        format!("`{path}`: `{name}` must be a list of customers: `of = \"customer\"`"),
        format!("`{path}`：`{name}` 应为客户名单：`of = \"customer\"`"),
    );
    None
}

fn levers(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("policy", "lever") {
        let named = name::fits(r, entry, name::Role::Quoted);
        let Some(table) = entry.node.table(r) else {
            continue;
        };
        table.only(r, &["title", "weight", "valid"]);
        if let Some(title) = table.get("title") {
            title.title(r);
        }
        let weight = table.require(r, "weight");
        let weight = weight.and_then(|n| n.number(r, 0.0, WEIGHT_MAX));
        let valid = table.get("valid");
        let valid = valid.map(|n| days::validity(r, n, &c.time.zone));
        if let Some(weight) = weight.filter(|_| named) {
            c.levers.push(Lever {
                name: entry.key.as_str().into(),
                weight,
                valid: valid.flatten(),
            });
        }
    }
}

/// `[[silence]]` is the engine's law, written down to be read; it says this or nothing.
fn silence(tree: &Tree, r: &mut Report) {
    for table in rows(tree, r, "silence") {
        table.only(r, &["when", "class"]);
        for (key, law) in [
            ("when", ["hold", "block"]),
            ("class", ["commercial", "retention"]),
        ] {
            let Some(node) = table.require(r, key) else {
                continue;
            };
            let mut words: Vec<&str> = node
                .one_or_many(r)
                .iter()
                .filter_map(|n| n.as_text())
                .collect();
            words.sort_unstable();
            let mut wanted = law;
            wanted.sort_unstable();
            if words != wanted {
                let right = format!("[\"{}\", \"{}\"]", law[0], law[1]);
                let path = &node.path;
                let line = r.with_value(node, &right);
                let mut finding = crate::finding::Finding::error(
                    codes::SILENCE_IS_LAW,
                    node.place.clone(),
                    crate::finding::Words::new(
                        format!("`{path}`: a hold or block silences commercial and retention; that cannot be changed"),
                        format!("`{path}`：冻结或拦截会使营销与挽留静默，不能更改"),
                    ),
                )
                .fix(
                    format!("write `{key} = {right}`, or leave `[[silence]]` out"),
                    format!("请写 `{key} = {right}`，或删去 `[[silence]]`"),
                );
                finding.corrected = line;
                r.push(finding);
            }
        }
    }
}
