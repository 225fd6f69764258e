//! Cells as values that have an order.

use super::track::Cell;
use rules::value::Text;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// A filled cell: numbers, then decimals by IEEE 754 totalOrder, then texts. −0.0 and 0.0 are one value.
#[derive(Clone, Debug)]
pub enum Comparable {
    /// See [`Cell::Number`].
    Number(i64),
    /// See [`Cell::Decimal`].
    Decimal(f64),
    /// See [`Cell::Text`].
    Text(Text),
}

impl Comparable {
    /// The value of a cell; an empty one has none.
    #[must_use]
    pub fn of(cell: &Cell) -> Option<Self> {
        Some(match cell {
            Cell::Empty => return None,
            Cell::Number(n) => Self::Number(*n),
            Cell::Decimal(d) => Self::Decimal(*d + 0.0),
            Cell::Text(t) => Self::Text(t.clone()),
        })
    }

    /// The cell of this value.
    #[must_use]
    pub fn cell(&self) -> Cell {
        match self {
            Self::Number(n) => Cell::Number(*n),
            Self::Decimal(d) => Cell::Decimal(*d),
            Self::Text(t) => Cell::Text(t.clone()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Decimal(_) => 1,
            Self::Text(_) => 2,
        }
    }
}

impl PartialEq for Comparable {
    fn eq(&self, other: &Self) -> bool {
        if let (Self::Text(a), Self::Text(b)) = (self, other) {
            // A word is mostly its former self.
            return a.ptr_eq(b) || a.as_str() == b.as_str();
        }
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Comparable {}

impl PartialOrd for Comparable {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Comparable {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.as_str().cmp(b.as_str()),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Hash for Comparable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Number(n) => n.hash(state),
            Self::Decimal(d) => d.to_bits().hash(state),
            Self::Text(t) => t.as_str().hash(state),
        }
    }
}
