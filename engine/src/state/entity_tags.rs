//! Tags of entities: what events say of a city, a card, a terminal. All shards see the same, so a customer's
//! rule can read what its own tag refers to.

use crate::limits::ENTITY_TAGS_MAX;
use rules::catalogue::{Catalogue, Tag};
use rules::value::{Text, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Whose tag: the entity's kind and id, and the tag's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntityTagKey {
    /// The kind's name.
    pub kind: Text,
    /// The entity's id.
    pub id: Text,
    /// The tag's name.
    pub tag: Text,
}

/// What is so.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityTagValue {
    /// The value.
    pub value: Value,
    /// Event time it was set, ms.
    pub at: i64,
    /// The door's number of the event that set it.
    pub seq: u64,
    /// From here on it no longer holds, ms.
    pub expires: Option<i64>,
}

impl EntityTagValue {
    fn holds(&self, time: i64) -> bool {
        self.expires.is_none_or(|end| time < end)
    }
}

/// The tags of all entities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntityTags {
    values: BTreeMap<EntityTagKey, EntityTagValue>,
    /// The same by age, so that the oldest gives way.
    ages: BTreeSet<(i64, u64, EntityTagKey)>,
}

impl EntityTags {
    /// None at all.
    pub const NOTHING: Self = Self {
        values: BTreeMap::new(),
        ages: BTreeSet::new(),
    };

    /// Takes a value, unless a newer one is there already. Beyond the bound the one set longest ago goes:
    /// what stays is the same in whichever order they come.
    pub fn set(&mut self, key: &EntityTagKey, value: EntityTagValue) {
        let order = (value.at, value.seq);
        if let Some(held) = self.values.get(key) {
            if (held.at, held.seq) > order {
                return;
            }
            self.ages.remove(&(held.at, held.seq, key.clone()));
        }
        self.ages.insert((order.0, order.1, key.clone()));
        self.values.insert(key.clone(), value);
        while self.values.len() > ENTITY_TAGS_MAX {
            let Some((_, _, oldest)) = self.ages.pop_first() else {
                return;
            };
            self.values.remove(&oldest);
        }
    }

    /// The value of a tag of an entity at `time`: its default while there is none.
    #[must_use]
    pub fn read(&self, kind: &Text, id: &Text, tag: &Tag, time: i64) -> Value {
        if self.values.is_empty() {
            return tag.default.clone();
        }
        let key = EntityTagKey {
            kind: kind.clone(),
            id: id.clone(),
            tag: tag.name.clone(),
        };
        match self.values.get(&key).filter(|held| held.holds(time)) {
            Some(held) => held.value.clone(),
            None => tag.default.clone(),
        }
    }

    /// Everything that was set.
    pub fn iter(&self) -> impl Iterator<Item = (&EntityTagKey, &EntityTagValue)> {
        self.values.iter()
    }

    /// What holds at `time`.
    pub fn live(&self, time: i64) -> impl Iterator<Item = (&EntityTagKey, &EntityTagValue)> {
        self.iter().filter(move |(_, held)| held.holds(time))
    }

    /// What another catalogue knows as well; `value` gives a value as that has it.
    #[must_use]
    pub fn carried(self, catalogue: &Catalogue, value: impl Fn(Value) -> Option<Value>) -> Self {
        let mut carried = Self::default();
        for (key, held) in self.values {
            let kind = catalogue.entity_named(&key.kind);
            let entity = kind.and_then(|kind| catalogue.entity(kind));
            if !entity.is_some_and(|entity| entity.tags.iter().any(|tag| tag.name == key.tag)) {
                continue;
            }
            if let Some(value) = value(held.value) {
                carried.set(&key, EntityTagValue { value, ..held });
            }
        }
        carried
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(id: u16) -> EntityTagKey {
        EntityTagKey {
            kind: "city".into(),
            id: id.to_string().into(),
            tag: "storm".into(),
        }
    }

    fn value(at: i64, seq: u64) -> EntityTagValue {
        EntityTagValue {
            value: Value::Int(at),
            at,
            seq,
            expires: None,
        }
    }

    proptest! {
        /// The newest of each entity stands, in whichever order they come.
        #[test]
        fn the_order_of_writing_does_not_matter(
            writes in proptest::collection::vec((0u16..6, 0i64..20), 0..40),
            turn in 0usize..40,
        ) {
            let mut forth = EntityTags::default();
            let mut back = EntityTags::default();
            let all: Vec<_> = (0u64..).zip(writes).collect();
            for (seq, (id, at)) in &all {
                forth.set(&key(*id), value(*at, *seq));
            }
            let turn = turn.min(all.len());
            for (seq, (id, at)) in all.iter().skip(turn).chain(all.iter().take(turn)) {
                back.set(&key(*id), value(*at, *seq));
            }
            prop_assert_eq!(&forth, &back);
            for id in 0..6 {
                let own = all.iter().filter(|(_, (of, _))| *of == id);
                let newest = own.map(|(seq, (_, at))| (*at, *seq)).max();
                let held = forth.values.get(&key(id)).map(|held| (held.at, held.seq));
                prop_assert_eq!(held, newest);
            }
        }
    }

    #[test]
    fn beyond_the_bound_the_one_set_longest_ago_goes() {
        let mut tags = EntityTags::default();
        let most = u32::try_from(ENTITY_TAGS_MAX).unwrap();
        for id in 0..=most {
            let key = EntityTagKey {
                id: id.to_string().into(),
                ..key(0)
            };
            tags.set(&key, value(i64::from(id), 0));
        }
        assert_eq!(tags.iter().count(), ENTITY_TAGS_MAX);
        assert_eq!(tags.ages.len(), ENTITY_TAGS_MAX);
        assert!(!tags.values.contains_key(&key(0)));
        assert!(tags.values.contains_key(&key(1)));
    }
}
