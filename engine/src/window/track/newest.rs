//! Entries from the newest on.

use super::{Cell, Order, Range, Track};

/// An entry of a track.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    track: &'a Track,
    at: usize,
    /// Its order.
    pub order: Order,
}

impl Entry<'_> {
    /// One of its cells.
    #[must_use]
    pub fn cell(&self, cell: usize) -> Cell {
        self.track.rows.cell(self.at, cell)
    }
}

impl Track {
    /// The entries of a range that have the mask bit (all when `None`), newest first.
    pub fn newest_first(&self, range: Range, mask: Option<u32>) -> impl Iterator<Item = Entry<'_>> {
        (range.from..range.to).rev().filter_map(move |at| {
            if mask.is_some_and(|bit| self.rows.mask(at) & bit == 0) {
                return None;
            }
            Some(Entry {
                track: self,
                at,
                order: self.rows.order(at)?,
            })
        })
    }
}
