//! A row as it is written.

use super::{Held, Order};
use crate::window::layout::{Head, Kind, Layout};

/// What a row is to say.
pub(super) struct Row<T, C> {
    pub(super) order: Order,
    pub(super) mask: u32,
    /// By total: it and all before it.
    pub(super) total: T,
    pub(super) cell: C,
}

impl<T: FnMut(usize) -> i64, C: FnMut(usize) -> Held> Row<T, C> {
    /// Writes it as the last of so many rows; `None`: the layout has no room for it.
    #[inline]
    pub(super) fn fill(
        mut self,
        row: &mut [u32],
        layout: &Layout,
        base: Order,
        rows: usize,
    ) -> Option<()> {
        let head = layout.head;
        if head.long_time {
            put_long(row, 0, self.order.time.cast_unsigned())?;
        } else {
            *row.first_mut()? = u32::try_from(self.order.time.checked_sub(base.time)?).ok()?;
        }
        if head.long_seq {
            put_long(row, head.seq(), self.order.seq)?;
        } else {
            *row.get_mut(head.seq())? =
                u32::try_from(self.order.seq.checked_sub(base.seq)?).ok()?;
        }
        if head.mask {
            *row.get_mut(head.mask())? = self.mask;
        } else if self.mask != 0 {
            return None;
        }
        for slot in 0..layout.totals() {
            let (column, kind) = layout.total(slot);
            let total = (self.total)(slot);
            match kind {
                Kind::None if usize::try_from(total).ok()? == rows => {}
                Kind::None => return None,
                Kind::Short => {
                    *row.get_mut(column)? = i32::try_from(total).ok()?.cast_unsigned();
                }
                _ => put_long(row, column, total.cast_unsigned())?,
            }
        }
        for cell in 0..layout.cells() {
            let (column, kind) = layout.cell(cell);
            (self.cell)(cell).write(kind, row.get_mut(column..)?)?;
        }
        Some(())
    }

    /// The least layout that has room for it, where others have so many totals and cells.
    pub(super) fn layout(&mut self, base: Order, rows: usize, others: &Layout) -> Layout {
        let fits = |from: Option<i64>| from.is_some_and(|from| u32::try_from(from).is_ok());
        let seq = self.order.seq.checked_sub(base.seq);
        let head = Head {
            long_time: !fits(self.order.time.checked_sub(base.time)),
            long_seq: seq.is_none_or(|seq| u32::try_from(seq).is_err()),
            mask: self.mask != 0,
        };
        let total = |slot| match (self.total)(slot) {
            total if usize::try_from(total).is_ok_and(|total| total == rows) => Kind::None,
            total if i32::try_from(total).is_ok() => Kind::Short,
            _ => Kind::Long,
        };
        let cell = |cell| (self.cell)(cell).kind();
        Layout::of(
            head,
            (0..others.totals()).map(total),
            (0..others.cells()).map(cell),
        )
    }
}

/// 32 bits with their sign.
#[inline]
pub(super) fn short(words: &[u32]) -> i64 {
    words
        .first()
        .map_or(0, |word| i64::from(word.cast_signed()))
}

/// 64 bits, the lower half first.
#[inline]
pub(super) fn long(words: &[u32]) -> u64 {
    match words {
        [low, high, ..] => u64::from(*low) | u64::from(*high) << 32,
        _ => 0,
    }
}

pub(super) fn put_long(row: &mut [u32], at: usize, long: u64) -> Option<()> {
    let words = row.get_mut(at..at + 2)?;
    for (word, half) in words.iter_mut().zip([long, long >> 32]) {
        *word = u32::try_from(half & u64::from(u32::MAX)).ok()?;
    }
    Some(())
}
