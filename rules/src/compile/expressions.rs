//! The expressions of the catalogue: parsed, ordered by need, typed.

use super::{file, order, steps};
use crate::book::{CompiledExpression, ExpressionId};
use crate::catalogue::feature::Feature;
use crate::catalogue::{Catalogue, EventId, Expression, TagId};
use crate::finding::Findings;
use crate::language::codes;
use crate::language::page::Page;
use crate::language::print::{Constants, print};
use crate::language::say;
use crate::language::tree::{At, Expr};
use crate::language::types::{Checker, StepName, Subject, World};
use crate::layout::{Layout, Slot};
use crate::value::{EntityKind, Text, Type};
use std::collections::{BTreeMap, BTreeSet};

/// All expressions of a catalogue, checked.
pub(super) struct Expressions {
    /// By id.
    pub(super) compiled: Vec<CompiledExpression>,
    /// Derived expressions without a type.
    pub(super) untyped: BTreeSet<u16>,
    /// Inline windows.
    pub(super) windows: Vec<Feature>,
    /// What there is to say.
    pub(super) findings: Findings,
}

/// What an expression must be.
#[derive(Clone, Copy, PartialEq)]
enum Want {
    Bool,
    Text,
    /// Text that may be missing.
    Address,
    Tag(TagId),
    /// Of an entity kind, by place.
    EntityTag(EntityKind, usize),
    /// A number that may be missing.
    Share,
    Derived(u16),
}

/// One expression to check.
struct Job {
    expression: Expression,
    subject: Subject,
    want: Want,
    /// The name that others read it by.
    name: Option<Text>,
    page: Page,
    tree: Option<Expr>,
}

impl Expressions {
    pub(super) fn check(catalogue: &mut Catalogue) -> Self {
        let jobs = jobs(catalogue);
        let mut all = Self {
            compiled: vec![empty(); jobs.len()],
            untyped: (0u16..).zip(&catalogue.derived).map(|(at, _)| at).collect(),
            windows: Vec::new(),
            findings: Findings::new(),
        };
        let layout = Layout::build(catalogue);
        for at in all.in_order(&jobs) {
            if let Some(job) = jobs.get(at) {
                all.check_one(job, catalogue, &layout);
            }
        }
        for job in &jobs {
            all.findings.extend(job.page.take());
        }
        all
    }

    /// The places of all jobs, each behind those it needs; says what goes in circles.
    fn in_order(&mut self, jobs: &[Job]) -> Vec<usize> {
        let mut needs = BTreeMap::new();
        for job in jobs {
            if let (Some(name), Some(tree)) = (&job.name, &job.tree) {
                needs.insert(name.clone(), order::names(tree));
            }
        }
        let (names, circles) = order::sorted(&needs);
        for job in jobs {
            let Some(name) = job.name.as_ref().filter(|name| circles.contains(*name)) else {
                continue;
            };
            let list: Vec<&str> = circles.iter().map(Text::as_str).collect();
            let list = say::listed(&list);
            job.page.push(
                job.page
                    .error(
                        codes::CYCLE,
                        At { line: 1, column: 1 },
                        format!("`{name}` needs itself, through {list}"),
                        format!("`{name}` 经由 {list} 又依赖自身"),
                    )
                    .fix(
                        "write one of them without the others",
                        "请改写其中一个，不再依赖其余",
                    ),
            );
        }
        let rank: BTreeMap<&Text, usize> = names.iter().zip(0..).collect();
        let mut places: Vec<usize> = (0..jobs.len()).collect();
        let key = |at: &usize| {
            let name = jobs.get(*at).and_then(|job| job.name.as_ref());
            name.map_or(usize::MAX, |name| rank.get(name).copied().unwrap_or(0))
        };
        places.sort_by_key(key);
        places
    }

    fn check_one(&mut self, job: &Job, catalogue: &mut Catalogue, layout: &Layout) {
        let Some(tree) = &job.tree else {
            return;
        };
        let constants = Constants::new();
        let world = World {
            catalogue,
            layout,
            untyped: &self.untyped,
        };
        let mut checker = Checker::new(world, &job.page, job.subject.clone(), &constants, None);
        let may_miss = matches!(
            job.want,
            Want::Address | Want::Tag(_) | Want::EntityTag(..) | Want::Share
        );
        let typed = checker.expression(tree, may_miss, wanted(job.want, catalogue).as_ref());
        let found = std::mem::take(&mut checker.found);
        self.windows.extend(found.windows);
        let Some((ty, optional)) = typed else {
            return;
        };
        if let Want::Derived(at) = job.want {
            if let Some(derived) = catalogue.derived.get_mut(usize::from(at)) {
                derived.ty = ty.clone();
            }
            self.untyped.remove(&at);
        }
        let place = usize::try_from(job.expression.id.0).unwrap_or(usize::MAX);
        if let Some(home) = self.compiled.get_mut(place) {
            *home = CompiledExpression {
                text: match job.subject.steps.is_empty() {
                    true => job.expression.text.clone(),
                    false => print(&steps::behind_event(tree, &job.subject.steps), &constants),
                },
                parameters: ("event".into(), "customer".into()),
                ty,
                optional,
                reads: found.reads.into_iter().collect::<Vec<Slot>>(),
                rule: None,
            };
        }
    }
}

fn empty() -> CompiledExpression {
    CompiledExpression {
        text: "false".to_owned(),
        parameters: ("event".into(), "customer".into()),
        ty: Type::Bool,
        optional: false,
        reads: Vec::new(),
        rule: None,
    }
}

/// The type an expression must have; `None`: any.
fn wanted(want: Want, catalogue: &Catalogue) -> Option<Type> {
    match want {
        Want::Bool => Some(Type::Bool),
        Want::Text | Want::Address => Some(Type::Text),
        Want::Tag(tag) => catalogue.tag(tag).map(|tag| tag.ty.clone()),
        Want::EntityTag(kind, at) => {
            let tag = catalogue.entity(kind).and_then(|e| e.tags.get(at));
            tag.map(|tag| tag.ty.clone())
        }
        Want::Share => Some(Type::Decimal),
        Want::Derived(_) => None,
    }
}

fn of_events(events: &[EventId], customer: bool, raw: bool) -> Subject {
    Subject {
        events: Some(events.to_vec()),
        unsure: events.is_empty(),
        customer,
        raw,
        steps: Vec::new(),
    }
}

fn of_customer() -> Subject {
    Subject {
        events: None,
        unsure: false,
        customer: true,
        raw: false,
        steps: Vec::new(),
    }
}

/// Every expression with what it may read and must be, by id.
fn jobs(c: &Catalogue) -> Vec<Job> {
    let mut all = Jobs(Vec::new());
    for (at, tag) in (0u16..).zip(&c.tags) {
        for set in &tag.set {
            let subject = of_events(&[set.on], false, true);
            if let Some(confidence) = &set.confidence {
                all.add(confidence, subject.clone(), Want::Share, None);
            }
            all.add(&set.from, subject, Want::Tag(TagId(at)), None);
        }
    }
    for (kind, entity) in (0u16..).map(EntityKind).zip(&c.entities) {
        for (at, tag) in entity.tags.iter().enumerate() {
            for set in &tag.set {
                let subject = of_events(&[set.on], false, true);
                all.add(&set.from, subject, Want::EntityTag(kind, at), None);
            }
        }
    }
    for segment in &c.segments {
        let name = Some(&segment.name);
        all.add(&segment.when, of_customer(), Want::Bool, name);
    }
    all.filters(c);
    for (at, derived) in (0u16..).zip(&c.derived) {
        let subject = if derived.on.is_empty() {
            of_customer()
        } else {
            of_events(&derived.on, true, false)
        };
        let name = Some(&derived.name);
        all.add(&derived.value, subject, Want::Derived(at), name);
    }
    all.policy(c);
    all.patterns(c);
    let mut all = all.0;
    all.sort_by_key(|job| job.expression.id);
    all
}

struct Jobs(Vec<Job>);

impl Jobs {
    fn add(&mut self, expression: &Expression, subject: Subject, want: Want, name: Option<&Text>) {
        let page = Page::expression(expression);
        let tree = file::expression(&page);
        self.0.push(Job {
            expression: expression.clone(),
            subject,
            want,
            name: name.cloned(),
            page,
            tree,
        });
    }

    fn filters(&mut self, c: &Catalogue) {
        for stream in &c.streams {
            if let Some(filter) = &stream.filter {
                let subject = of_events(&stream.on, false, true);
                self.add(filter, subject, Want::Bool, None);
            }
        }
        for feature in &c.features {
            let stream = c.streams.get(usize::from(feature.stream));
            if let Some(filter) = &feature.filter {
                let on = stream.map_or(&[][..], |stream| stream.on.as_slice());
                self.add(filter, of_events(on, false, true), Want::Bool, None);
            }
        }
    }

    fn patterns(&mut self, c: &Catalogue) {
        for pattern in &c.patterns {
            for condition in pattern.conditions() {
                let Some(filter) = condition.filter else {
                    continue;
                };
                let readable = pattern.readable(condition.site);
                let steps = pattern.steps.iter().enumerate().map(|(at, step)| {
                    let found = readable.iter().any(|(place, _)| *place == at);
                    let hidden = found.then(|| pattern.hidden(condition.site, &step.name));
                    StepName {
                        name: step.name.clone(),
                        hidden: hidden.map(Text::from),
                    }
                });
                let subject = Subject {
                    steps: steps.collect(),
                    ..of_events(condition.on, false, true)
                };
                self.add(filter, subject, Want::Bool, None);
            }
        }
    }

    fn policy(&mut self, c: &Catalogue) {
        for channel in &c.channels {
            if let Some(addresses) = &channel.addresses {
                self.add(addresses, of_customer(), Want::Address, None);
            }
        }
        for offer in &c.offers {
            let fits = [&offer.eligible, &offer.applicable, &offer.suitable];
            for fit in fits.into_iter().flatten() {
                self.add(fit, of_customer(), Want::Bool, None);
            }
        }
        if let Some(consent) = &c.consent {
            let subject = || of_events(&[consent.on], false, true);
            self.add(&consent.purpose, subject(), Want::Text, None);
            self.add(&consent.channel, subject(), Want::Text, None);
            self.add(&consent.given, subject(), Want::Bool, None);
        }
    }
}

/// The expression's id as a place.
pub(super) fn reads(compiled: &[CompiledExpression], id: ExpressionId) -> &[Slot] {
    let place = usize::try_from(id.0).unwrap_or(usize::MAX);
    compiled.get(place).map_or(&[], |e| e.reads.as_slice())
}
