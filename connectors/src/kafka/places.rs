//! Where to read on: per partition the next offset.

use std::collections::BTreeMap;

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partition {
    /// The topic.
    pub topic: String,
    /// Its number.
    pub number: i32,
}

impl Partition {
    /// One partition.
    #[must_use]
    pub fn new(topic: &str, number: i32) -> Self {
        Self {
            topic: topic.to_owned(),
            number,
        }
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.topic, self.number)
    }
}

/// Per partition the offset of the next record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<Partition, i64>);

impl Places {
    /// The next offset of a partition.
    #[must_use]
    pub fn get(&self, partition: &Partition) -> Option<i64> {
        self.0.get(partition).copied()
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = (&Partition, i64)> {
        self.0.iter().map(|(partition, next)| (partition, *next))
    }

    /// True when nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next offset is this one. There is no way back.
    pub fn put(&mut self, partition: Partition, next: i64) {
        let known = self.0.entry(partition).or_insert(next);
        *known = next.max(*known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_never_goes_back() {
        let mut places = Places::default();
        places.put(Partition::new("a", 1), 7);
        places.put(Partition::new("a", 1), 3);
        assert_eq!(places.get(&Partition::new("a", 1)), Some(7));
        assert_eq!(places.get(&Partition::new("a", 2)), None);
    }
}
