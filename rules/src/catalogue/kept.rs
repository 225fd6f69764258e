//! What a store keeps under a name, it keeps with a type: a name is never used again for another.

use super::{Catalogue, Family};
use crate::finding::{Finding, Findings, Place, Words};
use crate::value::{Text, Type};
use std::collections::BTreeMap;

/// A name that a store has under another type.
pub const OTHER_TYPE: &str = "C101";

/// What has a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noun {
    /// A tag.
    Tag,
    /// A window.
    Feature,
    /// A field of an event type: `transaction.transfer.amount`.
    Field,
}

impl Noun {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Tag => ("tag", "标签"),
            Self::Feature => ("feature", "特征"),
            Self::Field => ("field", "字段"),
        }
    }
}

/// One name of a catalogue with its type.
#[derive(Clone, Debug)]
pub struct Typed {
    /// What it is the name of.
    pub noun: Noun,
    /// The name.
    pub name: Text,
    /// What it was called before.
    pub was: Option<Text>,
    /// Its type as an author writes it.
    pub ty: String,
    /// Where it is declared.
    pub place: Place,
}

/// The types by which a store knows names.
pub type Known = BTreeMap<(Noun, Text), String>;

impl Catalogue {
    /// Every name with a type, in declared order. Windows of rules are told by their rules.
    #[must_use]
    pub fn typed(&self) -> Vec<Typed> {
        let tags = self.tags.iter().map(|tag| Typed {
            noun: Noun::Tag,
            name: tag.name.clone(),
            was: tag.was.clone(),
            ty: self.type_text(&tag.ty),
            place: tag.place.clone(),
        });
        let features = self.features.iter().map(|feature| Typed {
            noun: Noun::Feature,
            name: feature.name.clone(),
            was: feature.was.clone(),
            ty: self.type_text(&feature.ty),
            place: feature.place.clone(),
        });
        let own = self
            .events
            .iter()
            .filter(|event| event.family != Family::Told);
        let fields = own.flat_map(|event| {
            event.fields.iter().map(move |field| Typed {
                noun: Noun::Field,
                name: format!("{}.{}", event.name, field.name).into(),
                was: None,
                ty: self.type_text(&field.ty),
                place: event.place.clone(),
            })
        });
        let behind = self.entities.iter().flat_map(|entity| {
            entity.tags.iter().map(move |tag| Typed {
                noun: Noun::Tag,
                name: format!("{}.{}", entity.name, tag.name).into(),
                was: None,
                ty: self.type_text(&tag.ty),
                place: tag.place.clone(),
            })
        });
        tags.chain(behind).chain(features).chain(fields).collect()
    }

    /// What does not fit the types by which a store knows its names.
    #[must_use]
    pub fn unfit(&self, known: &Known) -> Findings {
        let mut findings = Findings::new();
        for typed in self.typed() {
            for name in [Some(&typed.name), typed.was.as_ref()]
                .into_iter()
                .flatten()
            {
                match known.get(&(typed.noun, name.clone())) {
                    Some(ty) if *ty != typed.ty => findings.push(finding(&typed, name, ty)),
                    _ => {}
                }
            }
        }
        findings.sorted()
    }

    fn type_text(&self, ty: &Type) -> String {
        match ty {
            Type::Ref(kind) => {
                let name = self.entity(*kind).map_or("", |entity| entity.name.as_str());
                format!("ref:{name}")
            }
            Type::List(of) => format!("list<{}>", self.type_text(of)),
            other => other.to_string(),
        }
    }
}

fn finding(typed: &Typed, name: &Text, known: &str) -> Finding {
    let (en, zh) = typed.noun.words();
    let ty = &typed.ty;
    Finding::error(
        OTHER_TYPE,
        typed.place.clone(),
        Words::new(
            format!(
                "{en} `{name}` is kept as {known}, and is {ty} here: a name never changes its type"
            ),
            format!("{zh} `{name}` 已按 {known} 保存，此处为 {ty}：名称的类型不可更改"),
        ),
    )
    .fix(
        format!("give what is {ty} a name of its own, without `was`"),
        format!("请为 {ty} 另取新名，且不写 `was`"),
    )
}

#[cfg(test)]
mod tests {
    use crate::catalogue::load::load;
    use crate::project::Project;

    use super::*;

    fn catalogue(tags: &str) -> Catalogue {
        load(&Project::from_files([("catalog/tags.toml", tags)])).0
    }

    #[test]
    fn a_name_keeps_its_type_and_takes_it_along_when_it_becomes_another() {
        let first = catalogue("[tag.a]\ntype = \"int?\"\n[tag.b]\ntype = \"date?\"\n");
        let known: Known = first
            .typed()
            .into_iter()
            .map(|typed| ((typed.noun, typed.name), typed.ty))
            .collect();
        assert!(first.unfit(&known).is_empty());
        for (tags, wrong) in [
            ("[tag.c]\ntype = \"text?\"\n", None),
            ("[tag.c]\ntype = \"int?\"\nwas = \"a\"\n", None),
            (
                "[tag.a]\ntype = \"text?\"\n",
                Some("tag `a` is kept as int, and is text here"),
            ),
            (
                "[tag.c]\nwas = \"b\"\ntype = \"int?\"\n",
                Some("tag `b` is kept as date"),
            ),
        ] {
            let said = catalogue(tags).unfit(&known);
            let causes: Vec<&str> = said.iter().map(|f| f.cause.en.as_str()).collect();
            assert_eq!(
                causes.len(),
                usize::from(wrong.is_some()),
                "{tags}: {causes:?}"
            );
            assert!(
                causes
                    .iter()
                    .all(|cause| wrong.is_some_and(|w| cause.contains(w)))
            );
        }
    }
}
