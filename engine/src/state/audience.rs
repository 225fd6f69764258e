//! Who is told of what happens to an entity: the customers whose tag refers to it, in the order of their ids.
//! Made of the tags, and of nothing else.

use super::customer::Customer;
use rules::catalogue::TagId;
use rules::value::{EntityKey, Text, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// A tag, and what it refers to.
type Through = (TagId, EntityKey);

/// The customers of a key group by what their tags refer to, for the tags that some audience goes by.
#[derive(Debug, Default)]
pub struct Audience {
    all: BTreeMap<Through, BTreeSet<Text>>,
}

/// What of each of these tags a customer refers to, whether it holds now or not.
pub(crate) fn referred(customer: &Customer, tags: &[TagId]) -> Vec<Through> {
    let refers = |tag: &TagId| match &customer.tags.held(*tag)?.value {
        Value::Ref(key) => Some((*tag, key.clone())),
        _ => None,
    };
    tags.iter().filter_map(refers).collect()
}

impl Audience {
    /// A customer referred to these, and refers to those now.
    pub fn replace(&mut self, customer: &Text, before: &[Through], after: &[Through]) {
        if before == after {
            return;
        }
        for through in before {
            if let Some(customers) = self.all.get_mut(through) {
                customers.remove(customer);
                if customers.is_empty() {
                    self.all.remove(through);
                }
            }
        }
        for through in after {
            let customers = self.all.entry(through.clone()).or_default();
            customers.insert(customer.clone());
        }
    }

    /// The customer behind this one.
    #[must_use]
    pub fn next(&self, through: &Through, last: Option<&Text>) -> Option<&Text> {
        let customers = self.all.get(through)?;
        match last {
            None => customers.first(),
            Some(last) => {
                let behind = (Bound::Excluded(last), Bound::Unbounded);
                customers.range::<Text, _>(behind).next()
            }
        }
    }

    /// How many there are behind this one, counted up to `most`.
    #[must_use]
    pub fn behind(&self, through: &Through, last: Option<&Text>, most: usize) -> usize {
        let Some(customers) = self.all.get(through) else {
            return 0;
        };
        match last {
            None => customers.len().min(most),
            Some(last) => {
                let behind = (Bound::Excluded(last), Bound::Unbounded);
                customers.range::<Text, _>(behind).take(most).count()
            }
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self, through: &Through) -> usize {
        self.all.get(through).map_or(0, BTreeSet::len)
    }

    /// Forgets everybody.
    pub fn clear(&mut self) {
        self.all.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::value::EntityKind;

    #[test]
    fn those_behind_one_are_counted_up_to_a_bound() {
        let id = Text::from("SH");
        let through = (
            TagId(0),
            EntityKey {
                kind: EntityKind(0),
                id,
            },
        );
        let mut audience = Audience::default();
        for name in ["a", "b", "c", "d"] {
            audience.replace(&name.into(), &[], std::slice::from_ref(&through));
        }
        let behind = |last: Option<&str>, most| {
            let last = last.map(Text::from);
            audience.behind(&through, last.as_ref(), most)
        };
        assert_eq!((behind(None, 9), behind(None, 2)), (4, 2));
        assert_eq!((behind(Some("a"), 9), behind(Some("a"), 2)), (3, 2));
        // One that is gone has its place still.
        assert_eq!((behind(Some("bb"), 9), behind(Some("d"), 9)), (2, 0));
    }
}
