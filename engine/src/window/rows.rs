//! The entries of a track in one piece of memory: order, mask and running totals, row by row.

use super::track::Order;

/// Words of a row before its totals: time, number, mask.
const HEAD: usize = 3;

/// Rows sorted by [`Order`], each of so many words.
///
/// A total is a sum modulo 2⁶⁴ over its row and all before it, so that the difference of two is the sum
/// between them wherever that fits 64 bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// Words per row.
    stride: u32,
    count: u32,
    words: Vec<u64>,
}

impl Rows {
    pub(super) const EMPTY: Self = Self {
        stride: 0,
        count: 0,
        words: Vec::new(),
    };

    /// How many rows.
    pub(super) fn len(&self) -> usize {
        whole(self.count)
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    fn stride(&self) -> usize {
        whole(self.stride)
    }

    /// How many totals a row has.
    pub(super) fn totals(&self) -> usize {
        self.stride().saturating_sub(HEAD)
    }

    fn word(&self, at: usize, word: usize) -> Option<u64> {
        self.words.get(at * self.stride() + word).copied()
    }

    pub(super) fn time(&self, at: usize) -> Option<i64> {
        Some(self.word(at, 0)?.cast_signed())
    }

    pub(super) fn order(&self, at: usize) -> Option<Order> {
        let from = at * self.stride();
        match self.words.get(from..from + 2)? {
            [time, seq] => Some(Order {
                time: time.cast_signed(),
                seq: *seq,
            }),
            _ => None,
        }
    }

    /// The last row: its order and its totals.
    pub(super) fn newest(&self) -> Option<(Order, &[u64])> {
        let from = self.words.len().checked_sub(self.stride())?;
        match self.words.get(from..)? {
            [time, seq, _, totals @ ..] => {
                let time = time.cast_signed();
                Some((Order { time, seq: *seq }, totals))
            }
            _ => None,
        }
    }

    pub(super) fn last(&self) -> Option<Order> {
        self.order(self.len().checked_sub(1)?)
    }

    pub(super) fn mask(&self, at: usize) -> u32 {
        let word = self.word(at, 2).unwrap_or(0);
        u32::try_from(word).unwrap_or(0)
    }

    /// The total of all rows before place `at`.
    pub(super) fn total_before(&self, at: usize, slot: usize) -> i64 {
        let before = at.checked_sub(1).and_then(|at| self.word(at, HEAD + slot));
        before.unwrap_or(0).cast_signed()
    }

    /// The first place from `from` on, before `to`, where `is_before` no longer holds; it holds for none
    /// behind that.
    pub(super) fn place(
        &self,
        mut from: usize,
        mut to: usize,
        is_before: impl Fn(Order) -> bool,
    ) -> usize {
        while from < to {
            let middle = from + (to - from) / 2;
            if self.order(middle).is_some_and(&is_before) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// Puts a row in behind all others, with what it adds to each of so many totals. All rows have equally many.
    pub(super) fn push(
        &mut self,
        (order, mask): (Order, u32),
        totals: usize,
        amounts: impl Iterator<Item = i64>,
    ) {
        self.make_room(totals);
        let before = self.words.len().checked_sub(self.stride());
        let head = [order.time.cast_unsigned(), order.seq, u64::from(mask)];
        self.words.extend_from_slice(&head);
        for (slot, amount) in amounts.take(totals).enumerate() {
            let before = before.and_then(|row| self.words.get(row + HEAD + slot));
            let total = before.copied().unwrap_or(0);
            self.words.push(total.wrapping_add(amount.cast_unsigned()));
        }
        self.count += 1;
    }

    /// Puts a row in before others.
    pub(super) fn insert(
        &mut self,
        at: usize,
        (order, mask): (Order, u32),
        totals: usize,
        amount: impl Fn(usize) -> i64,
    ) {
        self.make_room(totals);
        let head = [order.time.cast_unsigned(), order.seq, u64::from(mask)];
        let own = (0..totals).map(|slot| {
            let total = self.total_before(at, slot);
            total.wrapping_add(amount(slot)).cast_unsigned()
        });
        let row: Vec<u64> = head.into_iter().chain(own).collect();
        let from = at * self.stride();
        self.words.splice(from..from, row);
        self.count += 1;
        self.add(at + 1, &amount);
    }

    fn make_room(&mut self, totals: usize) {
        if self.count == 0 {
            self.words.clear();
            self.stride = u32::try_from(HEAD + totals).unwrap_or(u32::MAX);
        }
        let stride = self.stride();
        if self.words.len() + stride > self.words.capacity() {
            // By half: most keys have few events, and there are many of them.
            self.words.reserve_exact(stride * (self.len() / 2).max(4));
        }
    }

    /// Adds to the totals of the row at `at` and of all behind it.
    pub(super) fn add(&mut self, at: usize, amount: impl Fn(usize) -> i64) {
        let stride = self.stride();
        let rows = self.words.get_mut(at * stride..).unwrap_or_default();
        for row in rows.chunks_exact_mut(stride.max(1)) {
            for (slot, total) in row.iter_mut().skip(HEAD).enumerate() {
                *total = total.wrapping_add(amount(slot).cast_unsigned());
            }
        }
    }

    /// Lets go of the first `rows` rows; the totals of the others stay.
    pub(super) fn drop_first(&mut self, rows: usize) {
        self.words
            .drain(..(rows * self.stride()).min(self.words.len()));
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        self.count = self.count.saturating_sub(rows);
    }
}

fn whole(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
