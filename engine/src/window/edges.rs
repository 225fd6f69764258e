//! Where windows begin at the newest entry of a track: then a read looks at no entries but the newest and those
//! about where it begins, and an entry that a window leaves behind is looked at once.

use super::rows::Rows;

/// So many lengths of windows have an edge.
const EDGES: usize = 4;
/// So many entries behind an edge are looked at one by one.
const NEAR: usize = 4;

/// By length of window: the place of the first row within it at the newest entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edges([u32; EDGES]);

impl Edges {
    pub(super) const NONE: Self = Self([0; EDGES]);

    /// The places.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().map(|place| whole(*place))
    }

    /// The place of the first row with time > `after`, of those from `start` on: of a window that is likely to
    /// begin at the edge of this length, or a few entries behind it.
    #[inline]
    pub(super) fn find(&self, rows: &Rows, start: usize, length: usize, after: i64) -> usize {
        let end = rows.len();
        let Some(edge) = self.0.get(length).map(|edge| whole(*edge).max(start)) else {
            return rows.place(start, end, |order| order.time <= after);
        };
        let is_before = |at: usize| rows.time(at).is_some_and(|time| time <= after);
        if edge > start && !is_before(edge - 1) {
            return rows.place(start, edge - 1, |order| order.time <= after);
        }
        let near = end.min(edge + NEAR);
        let mut from = edge;
        while from < near {
            if !is_before(from) {
                return from;
            }
            from += 1;
        }
        rows.place(from, end, |order| order.time <= after)
    }

    /// A row has come in behind all others.
    pub(super) fn follow(&mut self, rows: &Rows, lengths: &[i64], time: i64) {
        for (place, length) in self.0.iter_mut().zip(lengths) {
            let after = time.saturating_sub(*length);
            while rows.time(whole(*place)).is_some_and(|time| time <= after) {
                *place += 1;
            }
        }
    }

    /// A row was put in between: all edges are looked for.
    pub(super) fn renew(&mut self, rows: &Rows, lengths: &[i64], start: usize) {
        let newest = rows.last().map_or(i64::MIN, |last| last.time);
        for (place, length) in self.0.iter_mut().zip(lengths) {
            let after = newest.saturating_sub(*length);
            *place = narrow(rows.place(start, rows.len(), |order| order.time <= after));
        }
    }

    /// The first `gone` rows are no more.
    pub(super) fn move_up(&mut self, gone: usize) {
        for place in &mut self.0 {
            *place = place.saturating_sub(narrow(gone));
        }
    }
}

fn whole(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
