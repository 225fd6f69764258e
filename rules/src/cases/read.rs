//! A case file, from its tree to the model.

use super::model::{Case, CaseFile, Run, With};
use super::rows::{self, Court};
use super::table::{self, Filled};
use super::teller::Teller;
use super::tree::{Kind, Node};
use super::{codes, events, given, values};
use crate::book::Book;
use crate::finding::{Finding, Words};
use crate::value::Text;
use std::collections::{BTreeMap, BTreeSet};

/// Most cases of one file.
const CASES_MAX: usize = 1_000;
const TOP: [&str; 4] = ["start", "customer", "given", "case"];
const CASE: [&str; 11] = [
    "name", "zh", "given", "events", "outcomes", "until", "with", "book", "expect", "refuse",
    "facts",
];

/// Reads a file. `None` when nothing in it can be run.
pub(super) fn file(t: &mut Teller<'_>, court: &Court<'_>, root: &Node) -> Option<CaseFile> {
    let entries = root.entries()?;
    t.only(entries, &TOP);
    let start = start(t, root);
    let customer = root
        .get("customer")
        .and_then(|node| t.text(node, "customer"));
    let customer = customer.map(Text::from);
    let mut top = BTreeMap::new();
    if let Some(node) = root.get("given") {
        given::read(t, court.book, node, &mut top);
    }
    let items = match root.get("case") {
        Some(node) => t.list(node, "case"),
        None => {
            let finding = Finding::error(
                codes::EMPTY,
                root.place.clone(),
                Words::new("there is no case here", "这里没有用例"),
            );
            t.push(finding.fix("begin one with `[[case]]`", "以 `[[case]]` 开始一个用例"));
            &[]
        }
    };
    if items.len() > CASES_MAX {
        t.say(
            codes::TOO_MANY,
            &root.place,
            format!("a file has at most {CASES_MAX} cases"),
            format!("一个文件最多 {CASES_MAX} 个用例"),
        );
    }
    let mut names = BTreeSet::new();
    let mut cases = Vec::new();
    for (nth, item) in items.iter().enumerate().take(CASES_MAX) {
        let scene = Scene {
            court,
            customer: customer.as_ref(),
            given: &top,
        };
        let Some(case) = scene.case(t, item, nth) else {
            continue;
        };
        if !names.insert(case.name.clone()) {
            let name = &case.name;
            t.say(
                codes::NAME_TWICE,
                item.get("name").map_or(&item.place, |n| &n.place),
                format!("there are two cases called `{name}`"),
                format!("有两个用例叫 `{name}`"),
            );
        }
        cases.push(case);
    }
    Some(CaseFile {
        file: root.place.file.clone(),
        rule: court.rule.clone(),
        start: start?,
        customer,
        cases,
    })
}

fn start(t: &mut Teller<'_>, root: &Node) -> Option<i64> {
    let Some(node) = root.get("start") else {
        t.missing(&root.place, "a case file", "start");
        return None;
    };
    let start = values::instant(node);
    if start.is_none() {
        let shown = node.shown();
        t.push(
            Finding::error(
                codes::NOT_INSTANT,
                node.place.clone(),
                Words::new(
                    format!("`start`: `{shown}` is not an instant with a zone"),
                    format!("`start`：`{shown}` 不是带时区的时刻"),
                ),
            )
            .fix(
                "write `start = \"2026-03-02T10:00:00+08:00\"`",
                "写作 `start = \"2026-03-02T10:00:00+08:00\"`",
            ),
        );
    }
    start
}

/// What a case stands in.
struct Scene<'a> {
    court: &'a Court<'a>,
    customer: Option<&'a Text>,
    given: &'a BTreeMap<Text, super::model::Given>,
}

impl Scene<'_> {
    fn case(&self, t: &mut Teller<'_>, item: &Node, nth: usize) -> Option<Case> {
        let entries = t.table(item, "case");
        let known: Vec<&str> = CASE.into_iter().chain(["table"]).collect();
        t.only(entries, &known);
        let name = match item.get("name") {
            Some(node) => t.text(node, "name")?.to_owned(),
            None => {
                t.say(
                    codes::EMPTY,
                    &item.place,
                    "a case needs `name = …`: what it claims",
                    "用例需要 `name = …`：它的主张",
                );
                return None;
            }
        };
        let zh = item.get("zh").and_then(|node| t.text(node, "zh"));
        let with = with(t, self.court, item);
        let filled = table::rows(t, item);
        let runs = filled.into_iter().filter_map(|f| self.run(t, f)).collect();
        Some(Case {
            name,
            zh: zh.map(str::to_owned),
            place: item.place.clone(),
            nth,
            with,
            runs,
        })
    }

    fn run(&self, t: &mut Teller<'_>, filled: Filled) -> Option<Run> {
        let (case, book) = (&filled.case, self.court.book);
        let mut own = self.given.clone();
        if let Some(node) = case.get("given") {
            given::read(t, book, node, &mut own);
        }
        let Some(node) = case.get("events") else {
            t.missing(&case.place, "a case", "events");
            return None;
        };
        let events = events::read(t, book, node, self.customer);
        let rows = |key: &str| case.get(key);
        let expect = rows("expect").map_or_else(Vec::new, |n| rows::expect(t, self.court, n));
        let refuse = rows("refuse").map_or_else(Vec::new, |n| rows::refuse(t, self.court, n));
        let facts = rows("facts").map_or_else(Vec::new, |n| {
            rows::facts(t, self.court, n, &events, self.customer)
        });
        let outcomes =
            rows("outcomes").map_or_else(Vec::new, |n| events::outcomes(t, book, n, expect.len()));
        Some(Run {
            row: filled.row,
            label: filled.label,
            given: own,
            events,
            outcomes,
            until: rows("until").and_then(|node| t.duration(node, "until")),
            expect,
            refuse,
            facts,
        })
    }
}

/// The other rules that run too.
fn with(t: &mut Teller<'_>, court: &Court<'_>, item: &Node) -> With {
    if let Some(node) = item.get("book") {
        match node.kind {
            Kind::Flag(true) => return With::Book,
            Kind::Flag(false) => {}
            _ => t.wrong(node, "book", "true or false", "真假值（true 或 false）"),
        }
    }
    let Some(node) = item.get("with") else {
        return With::Rules(Vec::new());
    };
    let items = t.list(node, "with");
    let mut rules = Vec::new();
    for item in items {
        let Some(name) = t.text(item, "with") else {
            continue;
        };
        rows::known_rule(t, court.book, name, &item.place);
        rules.push(Text::from(name));
    }
    With::Rules(rules)
}

/// The rule a case file is about: `rules/fraud/burst.cases.toml` is about `fraud.burst`.
pub(super) fn rule_of(path: &str) -> Option<String> {
    let stem = path.strip_prefix("rules/")?.strip_suffix(".cases.toml")?;
    Some(stem.replace('/', "."))
}

/// True when the book has the rule.
pub(super) fn exists(book: &Book, rule: &str) -> bool {
    book.rule_named(rule).is_some()
}
