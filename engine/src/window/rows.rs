//! The entries of a track in one piece of memory: order, mask and running totals, row by row. What says nothing
//! takes no word: a mask while all are nought, and a total that each row adds one to, as most counts are.

use super::track::Order;

/// Words of a row before its mask: time, number.
const HEAD: usize = 2;

/// Rows sorted by [`Order`], each of so many words.
///
/// A total is a sum modulo 2⁶⁴ over its row and all before it, so that the difference of two is the sum
/// between them wherever that fits 64 bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// Words per row.
    stride: u32,
    /// Those before its totals.
    head: u32,
    count: u32,
    /// By total, of the first 32: each row adds one to it, so it is the place of the row and has no word.
    even: u32,
    words: Vec<u64>,
}

impl Rows {
    pub(super) const EMPTY: Self = Self {
        stride: 0,
        head: 0,
        count: 0,
        even: 0,
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

    /// How many words the totals of a row have.
    pub(super) fn width(&self) -> usize {
        self.stride().saturating_sub(whole(self.head))
    }

    /// Which of those words is a total's; `None`: it is the place of the row.
    #[inline]
    pub(super) fn column(&self, slot: usize) -> Option<usize> {
        if self.even == 0 {
            return Some(slot);
        }
        let before = match 1u32.checked_shl(u32::try_from(slot).unwrap_or(u32::MAX)) {
            Some(bit) if self.even & bit != 0 => return None,
            Some(bit) => self.even & (bit - 1),
            None => self.even,
        };
        Some(slot - whole(before.count_ones()))
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

    pub(super) fn last(&self) -> Option<Order> {
        self.order(self.len().checked_sub(1)?)
    }

    pub(super) fn mask(&self, at: usize) -> u32 {
        if whole(self.head) <= HEAD {
            return 0;
        }
        let word = self.word(at, HEAD).unwrap_or(0);
        u32::try_from(word).unwrap_or(0)
    }

    /// The total of all rows before place `at`.
    pub(super) fn total_before(&self, at: usize, slot: usize) -> i64 {
        let total = match self.column(slot) {
            None => at as u64,
            Some(column) => {
                let totals = self.totals_before(at);
                totals.get(column).copied().unwrap_or(0)
            }
        };
        total.cast_signed()
    }

    /// The words of the totals of all rows before place `at`; none before the first.
    #[inline]
    pub(super) fn totals_before(&self, at: usize) -> &[u64] {
        let end = at * self.stride();
        let before = end.checked_sub(self.width());
        before
            .and_then(|from| self.words.get(from..end))
            .unwrap_or(&[])
    }

    /// See [`super::track::Track::touch`]: of few rows each line of memory.
    pub(super) fn touch(&self) -> i64 {
        let lines = self.words.iter().step_by(8).take(8);
        lines.fold(0, |all, word| all ^ word).cast_signed()
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
    /// True where words of rows moved: see [`Self::lay`].
    pub(super) fn push(
        &mut self,
        (order, mask): (Order, u32),
        totals: usize,
        mut amount: impl FnMut(usize) -> i64,
    ) -> bool {
        let laid = self.make_room(mask, totals, &mut amount);
        let own = self.words.len();
        let before = own.checked_sub(self.stride());
        self.words.push(order.time.cast_unsigned());
        self.words.push(order.seq);
        if whole(self.head) > HEAD {
            self.words.push(u64::from(mask));
        }
        let before = before.map(|row| row + whole(self.head));
        for slot in 0..totals {
            if let Some(column) = self.column(slot) {
                let before = before.and_then(|before| self.words.get(before + column));
                let total = before.copied().unwrap_or(0);
                let amount = amount(slot).cast_unsigned();
                self.words.push(total.wrapping_add(amount));
            }
        }
        self.count += 1;
        laid
    }

    /// Puts a row in before others.
    pub(super) fn insert(
        &mut self,
        at: usize,
        (order, mask): (Order, u32),
        totals: usize,
        mut amount: impl FnMut(usize) -> i64,
    ) {
        self.make_room(mask, totals, &mut amount);
        let mut row = vec![order.time.cast_unsigned(), order.seq];
        row.extend((whole(self.head) > HEAD).then_some(u64::from(mask)));
        let with_word = (0..totals).filter(|slot| self.column(*slot).is_some());
        row.extend(with_word.map(|slot| {
            let total = self.total_before(at, slot);
            total.wrapping_add(amount(slot)).cast_unsigned()
        }));
        let from = at * self.stride();
        self.words.splice(from..from, row);
        self.count += 1;
        self.add_from(at + 1, totals, amount);
    }

    /// Makes room for a row, and for words of it that no row had.
    fn make_room(
        &mut self,
        mask: u32,
        totals: usize,
        mut amount: impl FnMut(usize) -> i64,
    ) -> bool {
        let head = HEAD + usize::from(mask != 0);
        if self.count == 0 {
            self.words.clear();
            let ones = (0u32..32).zip(0..totals);
            let ones = ones.filter(|(_, slot)| amount(*slot) == 1);
            self.even = ones.fold(0, |even, (bit, _)| even | 1 << bit);
            self.head = narrow(head);
            self.stride = narrow(head + totals) - self.even.count_ones();
        }
        let uneven = self.uneven(|slot| amount(slot) != 1);
        let laid = uneven != 0 || head > whole(self.head);
        if laid {
            self.lay(head, uneven, totals);
        }
        let stride = self.stride();
        if self.words.len() + stride > self.words.capacity() {
            // By half: most keys have few events, and there are many of them.
            self.words.reserve_exact(stride * (self.len() / 2).max(4));
        }
        laid
    }

    /// Those totals without a word of which this holds.
    fn uneven(&self, mut is_uneven: impl FnMut(usize) -> bool) -> u32 {
        let (mut left, mut found) = (self.even, 0);
        while left != 0 {
            let slot = left.trailing_zeros();
            found |= u32::from(is_uneven(whole(slot))) << slot;
            left &= left - 1;
        }
        found
    }

    /// Gives a word to some totals that had none, and to the mask where it is to have one.
    fn lay(&mut self, head: usize, uneven: u32, totals: usize) {
        let mut anew = Self {
            head: self.head.max(narrow(head)),
            even: self.even & !uneven,
            ..Self::EMPTY
        };
        anew.stride = anew.head + narrow(totals) - anew.even.count_ones();
        let rows = self.len() + (self.len() / 2).max(4);
        anew.words.reserve_exact(rows * anew.stride());
        for at in 0..self.len() {
            let order = [self.word(at, 0), self.word(at, 1)];
            anew.words.extend(order.map(|word| word.unwrap_or(0)));
            let mask = (whole(anew.head) > HEAD).then(|| u64::from(self.mask(at)));
            anew.words.extend(mask);
            let with_word = (0..totals).filter(|slot| anew.column(*slot).is_some());
            let totals = with_word.map(|slot| self.total_before(at + 1, slot).cast_unsigned());
            let totals: Vec<u64> = totals.collect();
            anew.words.extend(totals);
        }
        anew.count = self.count;
        *self = anew;
    }

    /// Adds to the totals of the row at `at` and of all behind it.
    pub(super) fn add(&mut self, at: usize, totals: usize, amount: impl Fn(usize) -> i64) {
        let uneven = self.uneven(|slot| amount(slot) != 0);
        if uneven != 0 {
            self.lay(whole(self.head), uneven, totals);
        }
        self.add_from(at, totals, amount);
    }

    /// The same of those that have a word.
    fn add_from(&mut self, at: usize, totals: usize, mut amount: impl FnMut(usize) -> i64) {
        let with_word = (0..totals).filter(|slot| self.column(*slot).is_some());
        let amounts: Vec<u64> = with_word.map(|slot| amount(slot).cast_unsigned()).collect();
        let (stride, head) = (self.stride(), whole(self.head));
        let rows = self.words.get_mut(at * stride..).unwrap_or_default();
        for row in rows.chunks_exact_mut(stride.max(1)) {
            for (total, amount) in row.iter_mut().skip(head).zip(&amounts) {
                *total = total.wrapping_add(*amount);
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

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
