//! The tags of a customer: named facts with a source, a time and an expiry.

use crate::passage::Passage;
use rules::catalogue::{Tag, TagId};
use rules::value::{Text, Value};

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
    /// By tag.
    values: Vec<(TagId, TagValue)>,
}

impl Tags {
    /// Takes a value, unless a newer one is there already.
    pub fn set(&mut self, tag: TagId, value: TagValue) {
        match self.values.binary_search_by_key(&tag, |(id, _)| *id) {
            Ok(at) => {
                if let Some((_, old)) = self.values.get_mut(at)
                    && (old.at, old.seq) <= (value.at, value.seq)
                {
                    *old = value;
                }
            }
            Err(at) => self.values.insert(at, (tag, value)),
        }
    }

    fn get(&self, tag: TagId) -> Option<&TagValue> {
        // Of a customer who has all tags each stands at its own place.
        let own = self.values.get(usize::from(tag.0));
        if let Some((_, held)) = own.filter(|(id, _)| *id == tag) {
            return Some(held);
        }
        let at = self.values.binary_search_by_key(&tag, |(id, _)| *id).ok()?;
        self.values.get(at).map(|(_, held)| held)
    }

    /// Tags where another book has them; those it does not know are let go.
    pub(crate) fn carry(&mut self, passage: &Passage) {
        let values = std::mem::take(&mut self.values);
        let values = values.into_iter().filter_map(|(tag, held)| {
            let value = passage.value(held.value)?;
            Some((passage.tag(tag)?, TagValue { value, ..held }))
        });
        // As another book orders them.
        values.for_each(|(tag, held)| self.set(tag, held));
    }

    /// The value of a tag at `time`: its default once it has expired, or while it is unset.
    #[must_use]
    pub fn read(&self, id: TagId, tag: &Tag, time: i64) -> Value {
        match self.get(id) {
            Some(held) if held.holds(time) => held.value.clone(),
            _ => tag.default.clone(),
        }
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
    fn holds(&self, time: i64) -> bool {
        !self.value.is_missing() && self.expires.is_none_or(|end| time < end)
    }
}
