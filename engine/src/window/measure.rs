//! Running totals of a track.

use super::spread::{bounded, halves};
use super::track::Cell;

/// What a track keeps a running total of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The cell it is taken of; `None` counts events.
    pub cell: Option<usize>,
    /// What is added up.
    pub total: Total,
    /// Only events with this bit in their mask.
    pub mask: Option<u32>,
}

/// What a measure adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// One for each event that has the cell.
    Count,
    /// The cell's number.
    Sum,
    /// The same within the bounds of [`bounded`].
    Bounded,
    /// The lower half of the square of that: no sum of halves is beyond 64 bits.
    SquaresLow,
    /// The upper half.
    SquaresHigh,
}

impl Measure {
    /// What an event adds.
    pub(super) fn of(self, mask: u32, cells: &[Cell]) -> i64 {
        let cell = self.cell.map(|at| cells.get(at).unwrap_or(&Cell::Empty));
        self.of_cell(mask, cell)
    }

    /// The same by the cell it is taken of, where there is one.
    pub(super) fn of_cell(self, mask: u32, cell: Option<&Cell>) -> i64 {
        if self.mask.is_some_and(|bit| mask & bit == 0) {
            return 0;
        }
        match (self.total, cell) {
            (_, None) => 1,
            (_, Some(Cell::Empty)) => 0,
            (Total::Count, Some(_)) => 1,
            (Total::Sum, Some(Cell::Number(n))) => *n,
            (Total::Bounded, Some(Cell::Number(n))) => bounded(*n),
            (Total::SquaresLow, Some(Cell::Number(n))) => halves(*n).0,
            (Total::SquaresHigh, Some(Cell::Number(n))) => halves(*n).1,
            (_, Some(_)) => 0,
        }
    }
}
