//! One name for two things: tags, segments, features and derived expressions share one name space,
//! and what is read as `event.<name>` may not be a field as well.

use super::codes;
use super::report::Report;
use super::tree::Tree;
use crate::catalogue::feature::Key;
use crate::catalogue::{Catalogue, EventType};
use crate::finding::{Finding, Place, Words};
use crate::value::{EntityKind, Text, Type};
use std::collections::BTreeMap;

const SHARED: [(&str, &str); 4] = [
    ("tags", "tag"),
    ("tags", "segment"),
    ("features", "feature"),
    ("features", "derived"),
];

pub(super) fn find(tree: &Tree, c: &Catalogue, r: &mut Report) {
    let pasts = c.tags.iter().flat_map(|tag| {
        let confidence = tag.has_confidence().then(|| tag.confidence_name());
        let ago = tag.ago.iter().map(|(name, _)| name.clone());
        ago.chain(confidence)
            .map(move |name| (name, &tag.name, &tag.place))
    });
    let cut = c.features.iter().filter(|feature| feature.is_cut());
    let cut = cut.map(|feature| (feature.cut_name(), &feature.name, &feature.place));
    let besides: Vec<(Text, &Text, &Place)> = pasts.chain(cut).collect();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (file, section) in SHARED {
        for entry in tree.named(file, section) {
            let name = entry.key.as_str();
            if let Some(first) = seen.get(name) {
                r.push(clash(
                    &entry.place,
                    &format!(
                        "`{section}.{name}` has the name of `{first}.{name}`, and \
                         both are read by that name alone"
                    ),
                    &format!("`{section}.{name}` 与 `{first}.{name}` 同名，而两者都只按名称读取"),
                ));
            } else {
                seen.insert(name, section);
            }
        }
    }
    for (name, of, place) in &besides {
        if let Some(first) = seen.insert(name, "tag") {
            r.push(clash(
                place,
                &format!(
                    "`{name}` is the name of a `{first}` already, and `{of}` is read by it as well"
                ),
                &format!("`{name}` 已是 `{first}` 的名称，而 `{of}` 也以它读取"),
            ));
        }
    }
    if !c.places.grades.is_empty()
        && let Some(section) = seen.get("district")
    {
        let entries = SHARED.iter().flat_map(|(file, of)| tree.named(file, of));
        if let Some(entry) = entries.into_iter().find(|e| e.key == "district") {
            r.push(clash(
                &entry.place,
                &format!("`{section}.district` hides `customer.district`, the grade of a fence"),
                &format!("`{section}.district` 遮住了围栏等级 `customer.district`"),
            ));
        }
    }
    for event in &c.events {
        on_event(c, event, r);
    }
}

fn on_event(c: &Catalogue, event: &EventType, r: &mut Report) {
    let is_field = |name: &str| event.fields.iter().any(|f| f.name == name);
    let once = |kind: EntityKind| {
        let of_kind = |f: &&crate::catalogue::Field| f.ty == Type::Ref(kind);
        event.fields.iter().filter(of_kind).count() == 1
    };
    let pairs = c.features.iter().filter_map(|f| match f.key {
        Key::Pair(kind) if once(kind) => Some((&f.name, &f.place)),
        _ => None,
    });
    let id = c.event_named(&event.name);
    let derived = c.derived.iter().filter_map(|d| {
        let here = id.is_some_and(|id| d.on.contains(&id));
        here.then_some((&d.name, &d.place))
    });
    for (name, place) in pairs.chain(derived).filter(|(name, _)| is_field(name)) {
        let event = &event.name;
        r.push(clash(
            place,
            &format!("`event.{name}` is a field of `{event}` already"),
            &format!("`event.{name}` 已是 `{event}` 的字段"),
        ));
    }
}

fn clash(place: &Place, en: &str, zh: &str) -> Finding {
    Finding::error(codes::NAME_TWICE, place.clone(), Words::new(en, zh))
        .fix("rename one of them", "请给其中一个改名")
}
