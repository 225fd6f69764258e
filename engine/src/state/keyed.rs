//! A map that is walked through while it is written to. It is cut into shelves by the hash of the key, so
//! that a walk holds the keys of one shelf and no more, and what grows is one shelf and no more.

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::borrow::Borrow;
use std::hash::{BuildHasher as _, Hash};

/// Shelves of a map: with a million customers in 64 key groups a shelf holds some 240 of them.
pub(crate) const SHELVES: usize = 64;
/// Where in a hash the shelf is read: tables look at its lowest bits and at the highest seven.
const SHELF_SHIFT: u32 = 32;

/// Values by key.
#[derive(Clone, Debug)]
pub struct Keyed<K, V> {
    hasher: DefaultHashBuilder,
    first: HashTable<(K, V)>,
    /// The other shelves; none before anything is put in.
    others: Vec<HashTable<(K, V)>>,
    length: usize,
}

impl<K, V> Default for Keyed<K, V> {
    fn default() -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            first: HashTable::new(),
            others: Vec::new(),
            length: 0,
        }
    }
}

fn shelf_of(hash: u64) -> usize {
    usize::try_from(hash >> SHELF_SHIFT).unwrap_or(0) % SHELVES
}

impl<K, V> Keyed<K, V> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let all = std::iter::once(&self.first).chain(&self.others);
        all.flatten().map(|(key, value)| (key, value))
    }

    /// All values, in no order.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        let all = std::iter::once(&mut self.first).chain(&mut self.others);
        all.flatten().map(|(_, value)| value)
    }

    /// All of them with values to be changed, in no order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        let all = std::iter::once(&mut self.first).chain(&mut self.others);
        all.flatten().map(|(key, value)| (&*key, value))
    }

    /// Keeps those that are wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(&K, &V) -> bool) {
        let mut length = 0;
        for shelf in std::iter::once(&mut self.first).chain(&mut self.others) {
            shelf.retain(|(key, value)| wanted(key, value));
            length += shelf.len();
        }
        self.length = length;
    }

    fn shelf(&self, at: usize) -> &HashTable<(K, V)> {
        let other = at.checked_sub(1).and_then(|at| self.others.get(at));
        other.unwrap_or(&self.first)
    }
}

/// A shelf to be written to; the borrow of the other fields stays free.
fn shelf_mut<'s, K, V>(
    first: &'s mut HashTable<(K, V)>,
    others: &'s mut [HashTable<(K, V)>],
    hash: u64,
) -> &'s mut HashTable<(K, V)> {
    let other = shelf_of(hash).checked_sub(1);
    other.and_then(|at| others.get_mut(at)).unwrap_or(first)
}

impl<K: Hash + Eq, V> Keyed<K, V> {
    /// The value of a key.
    #[must_use]
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let hash = self.hasher.hash_one(key);
        let shelf = self.shelf(shelf_of(hash));
        let found = shelf.find(hash, |(known, _)| known.borrow() == key);
        found.map(|(_, value)| value)
    }

    /// The value of a key, to change it.
    pub fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.find_mut(key).map(|(_, value)| value)
    }

    /// The same with the key as it is kept.
    pub fn find_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<(&K, &mut V)>
    where
        K: Borrow<Q>,
    {
        let hash = self.hasher.hash_one(key);
        let shelf = shelf_mut(&mut self.first, &mut self.others, hash);
        let found = shelf.find_mut(hash, |(known, _)| known.borrow() == key);
        found.map(|(key, value)| (&*key, value))
    }

    /// The value of a key, made if it is not there.
    pub fn or_insert_with(&mut self, key: &K, new: impl FnOnce() -> V) -> &mut V
    where
        K: Clone,
    {
        if self.others.is_empty() {
            self.others.resize_with(SHELVES - 1, HashTable::new);
        }
        let hash = self.hasher.hash_one(key);
        let hasher = &self.hasher;
        let shelf = shelf_mut(&mut self.first, &mut self.others, hash);
        let same = |(known, _): &(K, V)| known == key;
        let entry = match shelf.entry(hash, same, |(key, _)| hasher.hash_one(key)) {
            Entry::Occupied(entry) => entry,
            Entry::Vacant(place) => {
                self.length += 1;
                place.insert((key.clone(), new()))
            }
        };
        let (_, value) = entry.into_mut();
        value
    }

    /// Puts a value under a key; gives the one that was there.
    pub fn insert(&mut self, key: &K, value: V) -> Option<V>
    where
        K: Clone,
    {
        if let Some(known) = self.get_mut(key) {
            return Some(std::mem::replace(known, value));
        }
        self.or_insert_with(key, || value);
        None
    }

    /// Takes the value of a key out.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let hash = self.hasher.hash_one(key);
        let shelf = shelf_mut(&mut self.first, &mut self.others, hash);
        let found = shelf.find_entry(hash, |(known, _)| known.borrow() == key);
        let ((_, value), _) = found.ok()?.remove();
        self.length -= 1;
        Some(value)
    }
}

impl<K, V> Keyed<K, V> {
    /// All of them by value, in no order.
    pub fn into_all(self) -> impl Iterator<Item = (K, V)> {
        std::iter::once(self.first).chain(self.others).flatten()
    }
}

impl<K: Hash + Eq + Clone, V> FromIterator<(K, V)> for Keyed<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(all: I) -> Self {
        let mut keyed = Self::default();
        for (key, value) in all {
            keyed.insert(&key, value);
        }
        keyed
    }
}

/// How far a walk through a map has come. What is put in and taken out meanwhile disturbs nothing: see
/// [`Walk::has_passed`].
#[derive(Debug)]
pub(crate) struct Walk<K> {
    shelf: usize,
    /// Keys of that shelf when it was begun, sorted; empty while it is not.
    keys: Vec<K>,
    begun: bool,
    /// The next of them.
    next: usize,
}

impl<K> Default for Walk<K> {
    fn default() -> Self {
        Self {
            shelf: 0,
            keys: Vec::new(),
            begun: false,
            next: 0,
        }
    }
}

impl<K: Hash + Ord + Clone> Walk<K> {
    /// The next key that is still there, with its value; `None` at the end.
    pub(crate) fn next<'m, V>(&mut self, map: &'m Keyed<K, V>) -> Option<(K, &'m V)> {
        while self.shelf < SHELVES {
            if !self.begun {
                // Before anything is put in, all shelves are the first one.
                let there = self.shelf == 0 || !map.others.is_empty();
                let keys = there.then(|| map.shelf(self.shelf));
                let keys = keys.into_iter().flatten().map(|(key, _)| key.clone());
                self.keys = keys.collect();
                self.keys.sort_unstable();
                (self.begun, self.next) = (true, 0);
            }
            while let Some(key) = self.keys.get(self.next) {
                self.next += 1;
                if let Some(value) = map.get(key) {
                    return Some((key.clone(), value));
                }
            }
            self.shelf += 1;
            self.begun = false;
            self.keys.clear();
        }
        None
    }

    /// Whether the walk never comes to this key any more: then it was given already, or it was not there
    /// when its shelf was begun.
    pub(crate) fn has_passed<V>(&self, map: &Keyed<K, V>, key: &K) -> bool {
        let shelf = shelf_of(map.hasher.hash_one(key));
        if shelf != self.shelf {
            return shelf < self.shelf;
        }
        self.begun
            && self
                .keys
                .binary_search(key)
                .map_or(true, |at| at < self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hashbrown::HashMap;
    use proptest::prelude::*;

    proptest! {
        /// Whoever notes what is put under keys that the walk has passed knows the whole map at its end.
        #[test]
        fn a_walk_among_writes_misses_nothing(
            before in proptest::collection::vec(0u16..300, 0..300),
            steps in proptest::collection::vec((0u16..400, 0u8..4), 0..900),
        ) {
            let mut map: Keyed<u16, u32> = before.iter().map(|key| (*key, 0)).collect();
            let mut plain: HashMap<u16, u32> = before.iter().map(|key| (*key, 0)).collect();
            let mut walk = Walk::default();
            let mut seen: HashMap<u16, u32> = HashMap::new();
            for (n, (key, what)) in (1u32..).zip(steps) {
                match what {
                    0 => {
                        if let Some((key, value)) = walk.next(&map) {
                            seen.insert(key, *value);
                        }
                    }
                    1 => {
                        prop_assert_eq!(map.remove(&key), plain.remove(&key));
                        if walk.has_passed(&map, &key) {
                            seen.remove(&key);
                        }
                    }
                    _ => {
                        prop_assert_eq!(map.insert(&key, n), plain.insert(key, n));
                        if walk.has_passed(&map, &key) {
                            seen.insert(key, n);
                        }
                    }
                }
                prop_assert_eq!(map.len(), plain.len());
            }
            while let Some((key, value)) = walk.next(&map) {
                seen.insert(key, *value);
            }
            let all: HashMap<u16, u32> = map.iter().map(|(key, value)| (*key, *value)).collect();
            prop_assert_eq!(&seen, &plain);
            prop_assert_eq!(&all, &plain);
        }
    }

    #[test]
    fn what_is_not_wanted_is_gone() {
        let mut map: Keyed<u16, u32> = (0..1_000).map(|n| (n, u32::from(n))).collect();
        map.retain(|_, value| value % 2 == 0);
        map.values_mut().for_each(|value| *value += 1);
        assert_eq!(map.len(), 500);
        assert_eq!((map.get(&4), map.get(&5)), (Some(&5), None));
        assert_eq!(map.into_all().count(), 500);
    }
}
