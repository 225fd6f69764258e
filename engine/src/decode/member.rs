//! Names of members: borrowed from the record where they have no escapes, each once in its object.

use crate::reject::{Code, Reject};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// Code points of a sender's own word that a message or a pointer repeats.
const SHOWN_MAX: usize = 80;

/// The name of a member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Member<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(MemberVisitor)
    }
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Member(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Member(Cow::Owned(name.to_owned())))
    }
}

/// A word of the sender as messages repeat it.
pub(super) fn shown(word: &str) -> String {
    word.chars().take(SHOWN_MAX).collect()
}

/// The JSON pointer of a member (RFC 6901).
pub(super) fn below(pointer: &str, name: &str) -> String {
    let name = shown(name).replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{name}")
}

/// The reject of a member that stands twice in the object at `pointer`.
pub(super) fn twice(pointer: &str, name: &str) -> Reject {
    let cause = format!("`{}` stands twice", shown(name));
    Reject::new(Code::DuplicateMember, below(pointer, name), cause)
}

/// Looks for members that stand twice anywhere in a value that nobody reads: software behind this
/// one may read it, and take the other of the two. Depth is bounded by the record's.
pub(super) fn each_once(raw: &RawValue, pointer: &str) -> Result<(), Reject> {
    let text = raw.get();
    let broken = |e: serde_json::Error| super::envelope::malformed(&e);
    if text.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(broken)?;
        for (at, item) in items.into_iter().enumerate() {
            each_once(item, &format!("{pointer}/{at}"))?;
        }
    } else if text.starts_with('{') {
        let Object(members) = serde_json::from_str(text).map_err(broken)?;
        let mut names = BTreeSet::new();
        for (name, value) in members {
            each_once(value, &below(pointer, &name.0))?;
            if let Some(name) = names.replace(name) {
                return Err(twice(pointer, &name.0));
            }
        }
    }
    Ok(())
}

/// An object's members as they stand.
struct Object<'a>(Vec<(Member<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}
