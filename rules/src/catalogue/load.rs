//! From the text of `catalog/` to a [`Catalogue`], and everything there is to say about it. It never
//! stops at the first problem: what is broken is reported and left out, the rest is loaded.

mod caps;
mod channels;
mod clashes;
pub mod codes;
mod control;
mod days;
mod entities;
mod entity_tags;
pub mod events;
mod features;
mod fences;
mod fields;
mod history;
mod lengths;
mod lists;
mod located;
mod name;
mod node;
mod offers;
mod parse;
mod patterns;
mod places;
mod policy;
mod reasons;
mod renames;
mod report;
mod source;
mod spans;
mod streams;
mod table;
mod tags;
mod takes;
mod time;
mod timers;
mod tree;
mod types;
mod unsupported;

#[cfg(test)]
mod tests;

use super::{Catalogue, Column, Expression};
use crate::book::ExpressionId;
use crate::finding::Findings;
use crate::project::Project;
pub use name::{RESERVED, is_identifier};
use report::Report;
use tree::Tree;

/// Reads the catalogue of a project. The findings begin with the project's own and are sorted by
/// place; where [`Findings::has_errors`], the catalogue holds what could be read.
#[must_use]
pub fn load(project: &Project) -> (Catalogue, Findings) {
    let mut r = Report::starting_with(project.findings.clone());
    let tree = Tree::read(project, &mut r);
    let mut c = empty();
    c.time = time::load(&tree, &mut r);
    entities::load(&tree, &mut c, &mut r);
    events::load(&tree, &mut c, &mut r);
    tags::load(&tree, &mut c, &mut r, project);
    entity_tags::load(&tree, &mut c, &mut r);
    places::load(&tree, &mut c, &mut r);
    streams::load(&tree, &mut c, &mut r);
    features::load(&tree, &mut c, &mut r);
    entities::outlive(&tree, &c, &mut r);
    located::resolve(&tree, &mut c, &mut r);
    streams::load_derived(&tree, &mut c, &mut r);
    timers::load(&tree, &mut c, &mut r);
    lists::load(&tree, &mut c, &mut r);
    channels::load(&tree, &mut c, &mut r);
    reasons::load(&tree, &mut c, &mut r);
    offers::load(&tree, &mut c, &mut r);
    policy::load(&tree, &mut c, &mut r);
    caps::load(&tree, &mut c, &mut r);
    control::load(&tree, &mut r);
    patterns::load(&tree, &mut c, &mut r);
    renames::load(&tree, &mut c, &mut r);
    // Behind all that names event types: what happens at a fence is heard by rules alone.
    fences::load(&tree, &mut c, &mut r);
    clashes::find(&tree, &c, &mut r);
    entity_tags::clashes(&c, &mut r);
    c.columns = columns(&tree, &c);
    number(&mut c);
    (c, r.into_findings())
}

fn empty() -> Catalogue {
    Catalogue {
        time: time::defaults(),
        events: Vec::new(),
        audiences: Vec::new(),
        entities: Vec::new(),
        tags: Vec::new(),
        dated: Vec::new(),
        segments: Vec::new(),
        streams: Vec::new(),
        features: Vec::new(),
        derived: Vec::new(),
        patterns: Vec::new(),
        columns: Vec::new(),
        reasons: Vec::new(),
        offers: Vec::new(),
        channels: Vec::new(),
        teams: Vec::new(),
        methods: Vec::new(),
        processes: Vec::new(),
        lists: Vec::new(),
        caps: Vec::new(),
        suppressions: Vec::new(),
        consent: None,
        overrides: None,
        levers: Vec::new(),
        places: super::place::Places::default(),
        classes_off: Vec::new(),
    }
}

/// Features and derived expressions in the order they stand in the file.
fn columns(tree: &Tree, c: &Catalogue) -> Vec<Column> {
    let offset = |section: &str, name: &str| {
        let mut entries = tree.named("features", section).iter();
        entries.find(|e| e.key == name).map(|e| e.node.offset)
    };
    let features = (0u16..)
        .zip(&c.features)
        .map(|(at, f)| (offset("feature", &f.name), Column::Feature(at)));
    let derived = (0u16..)
        .zip(&c.derived)
        .map(|(at, d)| (offset("derived", &d.name), Column::Derived(at)));
    let mut all: Vec<_> = features.chain(derived).collect();
    all.sort_by_key(|(offset, _)| *offset);
    all.into_iter().map(|(_, column)| column).collect()
}

/// Numbers the expressions that were kept from 0 without gaps, in the order of [`Catalogue`].
fn number(c: &mut Catalogue) {
    for (id, expression) in (0u32..).zip(expressions(c)) {
        expression.id = ExpressionId(id);
    }
}

fn expressions(c: &mut Catalogue) -> impl Iterator<Item = &mut Expression> {
    let own = c.entities.iter_mut().flat_map(|entity| &mut entity.tags);
    let tags = c.tags.iter_mut().chain(own).flat_map(|t| &mut t.set);
    let segments = c.segments.iter_mut().map(|s| &mut s.when);
    let streams = c.streams.iter_mut().filter_map(|s| s.filter.as_mut());
    let features = c.features.iter_mut().filter_map(|f| f.filter.as_mut());
    let derived = c.derived.iter_mut().map(|d| &mut d.value);
    let channels = c.channels.iter_mut().filter_map(|h| h.addresses.as_mut());
    let offers = c.offers.iter_mut().flat_map(|o| {
        let parts = [&mut o.eligible, &mut o.applicable, &mut o.suitable];
        parts.into_iter().filter_map(Option::as_mut)
    });
    let consent = c
        .consent
        .iter_mut()
        .flat_map(|k| [&mut k.purpose, &mut k.channel, &mut k.given]);
    let patterns = c.patterns.iter_mut().flat_map(|pattern| {
        let steps = pattern.steps.iter_mut().map(|step| &mut step.filter);
        let never = pattern.never.iter_mut().map(|never| &mut never.filter);
        let absent = pattern.absent.iter_mut().map(|absent| &mut absent.filter);
        steps.chain(never).chain(absent).filter_map(Option::as_mut)
    });
    tags.flat_map(|t| std::iter::once(&mut t.from).chain(&mut t.confidence))
        .chain(segments)
        .chain(streams)
        .chain(features)
        .chain(derived)
        .chain(channels)
        .chain(offers)
        .chain(consent)
        .chain(patterns)
}
