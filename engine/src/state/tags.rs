//! The tags of a customer: named facts with a source, a time and an expiry.

use crate::passage::Passage;
use rules::catalogue::{Tag, TagId};
use rules::value::{Text, Value};
use std::collections::BTreeMap;

/// One tag's value.
#[derive(Clone, Debug, PartialEq)]
pub struct TagValue {
    /// The value; missing after `untag`.
    pub value: Value,
    /// Event time it was set, ms.
    pub at: i64,
    /// The door's number of the event that set it.
    pub seq: u64,
    /// From here on it no longer holds, ms.
    pub expires: Option<i64>,
    /// Who wrote it: an event type or a rule.
    pub by: Text,
}

/// The tags of a customer.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    values: BTreeMap<TagId, TagValue>,
}

impl Tags {
    /// Takes a value, unless a newer one is there already.
    pub fn set(&mut self, tag: TagId, value: TagValue) {
        let newer = |old: &TagValue| (old.at, old.seq) > (value.at, value.seq);
        if !self.values.get(&tag).is_some_and(newer) {
            self.values.insert(tag, value);
        }
    }

    /// Tags where another book has them; those it does not know are let go.
    pub(crate) fn carry(&mut self, passage: &Passage) {
        let values = std::mem::take(&mut self.values);
        let values = values.into_iter().filter_map(|(tag, held)| {
            let value = passage.value(held.value)?;
            Some((passage.tag(tag)?, TagValue { value, ..held }))
        });
        self.values = values.collect();
    }

    /// The value of a tag at `time`: its default once it has expired, or while it is unset.
    #[must_use]
    pub fn read(&self, id: TagId, tag: &Tag, time: i64) -> Value {
        match self.values.get(&id) {
            Some(held) if held.holds(time) => held.value.clone(),
            _ => tag.default.clone(),
        }
    }

    /// What was written last of a tag, whether it holds or not.
    #[must_use]
    pub fn held(&self, id: TagId) -> Option<&TagValue> {
        self.values.get(&id)
    }

    /// Every tag that was ever set or unset.
    pub fn iter(&self) -> impl Iterator<Item = (TagId, &TagValue)> {
        self.values.iter().map(|(id, value)| (*id, value))
    }

    /// The values that hold at `time`, in the order of the catalogue.
    pub fn live(&self, time: i64) -> impl Iterator<Item = (TagId, &TagValue)> {
        let live = self.values.iter().filter(move |(_, v)| v.holds(time));
        live.map(|(id, value)| (*id, value))
    }
}

impl TagValue {
    /// It has a value at `time` ms.
    #[must_use]
    pub fn holds(&self, time: i64) -> bool {
        !self.value.is_missing() && self.expires.is_none_or(|end| time < end)
    }
}
