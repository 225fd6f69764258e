//! Sets of rules as bits.

use super::place;

/// One bit per rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(rules: usize) -> Self {
        Self(vec![0; rules.div_ceil(64)])
    }

    pub(super) fn all(rules: usize) -> Self {
        let mut words = vec![u64::MAX; rules.div_ceil(64)];
        if let Some(last) = words.last_mut().filter(|_| !rules.is_multiple_of(64)) {
            *last = (1 << (rules % 64)) - 1;
        }
        Self(words)
    }

    pub(super) fn set(&mut self, bit: usize) {
        if let Some(word) = self.0.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    pub(super) fn clear(&mut self, bit: usize) {
        if let Some(word) = self.0.get_mut(bit / 64) {
            *word &= !(1 << (bit % 64));
        }
    }
}

/// Who is still possible of an event: words that have become nought are not looked at again. Rules that ask
/// for the same stand together, so that of many words few are left soon.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    words: Vec<u64>,
    /// Places of the words that are not nought, in no order.
    left: Vec<u32>,
}

impl Live {
    /// Becomes a copy of a set; keeps its memory.
    pub(super) fn copy(&mut self, all: &Bits) {
        self.words.clear();
        self.words.extend_from_slice(&all.0);
        self.left.clear();
        self.left.extend((0u32..).take(all.0.len()));
    }

    pub(super) fn has(&self, bit: usize) -> bool {
        let word = self.words.get(bit / 64);
        word.is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }

    /// Puts one back.
    pub(super) fn set(&mut self, bit: usize) {
        let place = bit / 64;
        if let Some(word) = self.words.get_mut(place) {
            if *word == 0 {
                self.left.extend(u32::try_from(place));
            }
            *word |= 1 << (bit % 64);
        }
    }

    pub(super) fn clear(&mut self, bit: usize) {
        if let Some(word) = self.words.get_mut(bit / 64) {
            *word &= !(1 << (bit % 64));
        }
    }

    /// Keeps those that are in `row` too. Gives how many they are.
    pub(super) fn keep(&mut self, row: &Bits) -> u32 {
        let Self { words, left } = self;
        let (mut count, mut kept) = (0, 0);
        for nth in 0..left.len() {
            let Some(at) = left.get(nth).copied() else {
                break;
            };
            let pair = words.get_mut(place(at)).zip(row.0.get(place(at)));
            let Some((word, row)) = pair else {
                continue;
            };
            *word &= row;
            count += word.count_ones();
            if let Some(to) = left.get_mut(kept) {
                *to = at;
            }
            kept += usize::from(*word != 0);
        }
        left.truncate(kept);
        count
    }

    /// True when it has one in common with a set.
    pub(super) fn meets(&self, other: &Bits) -> bool {
        self.left.iter().any(|at| {
            let at = place(*at);
            let pair = self.words.get(at).zip(other.0.get(at));
            pair.is_some_and(|(word, other)| word & other != 0)
        })
    }

    /// How many they are.
    pub(super) fn count(&self) -> u32 {
        self.words().map(|(_, word)| word.count_ones()).sum()
    }

    /// The words of 64 rules each that are left, by place.
    pub(super) fn words(&self) -> impl Iterator<Item = (usize, u64)> {
        let word = |at: &u32| Some((place(*at), *self.words.get(place(*at))?));
        self.left.iter().filter_map(word)
    }
}
