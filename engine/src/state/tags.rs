//! The tags of a customer: named facts with a source, a time and an expiry; and their past, where the
//! catalogue asks for it.

use crate::passage::Passage;
use rules::catalogue::{History, Tag, TagId};
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
    /// How sure the writer is, in ten-thousandths.
    pub confidence: Option<u16>,
}

/// The tags of a customer.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// By tag.
    values: Vec<(TagId, TagValue)>,
    /// Former values of tags that have a history, the oldest first.
    past: BTreeMap<TagId, Vec<TagValue>>,
}

impl Tags {
    /// Takes a value, unless a newer one is there already. What it replaces, or comes behind, is past.
    pub fn set(&mut self, tag: TagId, value: TagValue, history: Option<History>) {
        let place = (value.at, value.seq);
        let at = match self.values.binary_search_by_key(&tag, |(id, _)| *id) {
            Ok(at) => at,
            Err(at) => {
                self.values.insert(at, (tag, value));
                return;
            }
        };
        let Some((_, held)) = self.values.get_mut(at) else {
            return;
        };
        let former = if (held.at, held.seq) > place {
            value
        } else {
            std::mem::replace(held, value)
        };
        let held = (held.at, held.seq);
        let Some(history) = history else {
            return;
        };
        // The same event may write twice: then there is no past between.
        if held != (former.at, former.seq) {
            let past = self.past.entry(tag).or_default();
            let order = |known: &TagValue| (known.at, known.seq);
            match past.binary_search_by_key(&order(&former), order) {
                Ok(at) => {
                    if let Some(known) = past.get_mut(at) {
                        *known = former;
                    }
                }
                Err(at) => past.insert(at, former),
            }
        }
        self.trim(tag, history);
    }

    /// Lets go of what is beyond the history: of a value when the next one came so long before the newest.
    fn trim(&mut self, tag: TagId, history: History) {
        let Some(newest) = self.get(tag).map(|held| held.at) else {
            return;
        };
        let Some(past) = self.past.get_mut(&tag) else {
            return;
        };
        let floor = newest.saturating_sub(history.within);
        let over = past.len().saturating_sub(history.keep);
        let ends = past.iter().skip(1).map(|next| next.at).chain([newest]);
        let ended = ends.take_while(|end| *end <= floor).count();
        past.drain(..over.max(ended).min(past.len()));
        if past.is_empty() {
            self.past.remove(&tag);
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

    /// Tags where another book has them; those it does not know are let go, and so is a past it does not
    /// ask for.
    pub(crate) fn carry(&mut self, passage: &Passage) {
        let carried = |(tag, held): (TagId, TagValue)| {
            let value = passage.value(held.value)?;
            Some((passage.tag(tag)?, TagValue { value, ..held }))
        };
        let values = std::mem::take(&mut self.values);
        self.values = values.into_iter().filter_map(carried).collect();
        // As another book orders them.
        self.values.sort_by_key(|(tag, _)| *tag);
        let past = std::mem::take(&mut self.past);
        for (tag, former) in past {
            let all = former.into_iter().filter_map(|held| carried((tag, held)));
            for (tag, held) in all {
                if passage.history(tag).is_some() {
                    self.past.entry(tag).or_default().push(held);
                }
            }
        }
        let tags: Vec<TagId> = self.past.keys().copied().collect();
        for tag in tags {
            if let Some(history) = passage.history(tag) {
                self.trim(tag, history);
            }
        }
    }

    /// The value of a tag at `time`: its default once it has expired, or while it is unset.
    #[must_use]
    pub fn read(&self, id: TagId, tag: &Tag, time: i64) -> Value {
        match self.get(id) {
            Some(held) if held.holds(time) => held.value.clone(),
            _ => tag.default.clone(),
        }
    }

    /// The value as of `time`, by what was set up to then; the default where that is not known any more.
    #[must_use]
    pub fn read_as_of(&self, id: TagId, tag: &Tag, time: i64) -> Value {
        let found = self.newest(id, |held| held.at <= time);
        match found.filter(|held| held.holds(time)) {
            Some(held) => held.value.clone(),
            None => tag.default.clone(),
        }
    }

    /// The value at `time` as it was before the event of this number set it.
    #[must_use]
    pub fn read_before(&self, id: TagId, tag: &Tag, (time, seq): (i64, u64)) -> Value {
        let found = self.newest(id, |held| (held.at, held.seq) < (time, seq));
        match found.filter(|held| held.holds(time)) {
            Some(held) => held.value.clone(),
            None => tag.default.clone(),
        }
    }

    fn newest(&self, id: TagId, wanted: impl Fn(&TagValue) -> bool) -> Option<&TagValue> {
        let past = self.past.get(&id).into_iter().flatten();
        let all = past.chain(self.get(id));
        all.rev().find(|held| wanted(held))
    }

    /// How sure the value at `time` is; missing where its writer does not say.
    #[must_use]
    pub fn confidence(&self, id: TagId, time: i64) -> Value {
        let held = self.get(id).filter(|held| held.holds(time));
        let sure = held.and_then(|held| held.confidence);
        sure.map_or(Value::Missing, |sure| {
            Value::Decimal(f64::from(sure) / 10_000.0)
        })
    }

    /// What was written last of a tag, whether it holds or not.
    #[must_use]
    pub fn held(&self, id: TagId) -> Option<&TagValue> {
        self.get(id)
    }

    /// Every tag that was ever set or unset.
    pub fn iter(&self) -> impl Iterator<Item = (TagId, &TagValue)> {
        self.values.iter().map(|(id, value)| (*id, value))
    }

    /// Everything that is past, the oldest of a tag first.
    pub fn past(&self) -> impl Iterator<Item = (TagId, &TagValue)> {
        let all = self.past.iter();
        all.flat_map(|(id, past)| past.iter().map(|held| (*id, held)))
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

#[cfg(test)]
mod tests;
