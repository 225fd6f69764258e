//! Entries from the newest on.

use super::{Cell, Order, Range, Shape, Track};

impl Track {
    /// The entries of a range that have the mask bit (all when `None`), newest first: order and cells.
    pub fn newest_first<'a>(
        &'a self,
        shape: &'a Shape,
        range: Range,
        mask: Option<u32>,
    ) -> impl Iterator<Item = (Order, &'a [Cell])> + 'a {
        (range.from..range.to).rev().filter_map(move |at| {
            if mask.is_some_and(|bit| self.rows.mask(at) & bit == 0) {
                return None;
            }
            let cells = self.cells.get(at * shape.cells..(at + 1) * shape.cells)?;
            Some((self.rows.order(at)?, cells))
        })
    }
}
