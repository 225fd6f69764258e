//! Haunts: where somebody mostly is at night or by day, from the hours in which each cell was seen.
//!
//! An hour counts once per cell, however many events it had, so that it is time spent which counts and
//! not traffic. A set of hours does not depend on the order in which events came.

use rules::catalogue::Catalogue;
use rules::catalogue::feature::Feature;
use rules::catalogue::place::Located;
use rules::place::Point;
use rules::place::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Length of an hour, ms.
pub const HOUR: i64 = 3_600_000;

/// Hours that one haunt remembers: of four weeks, about a third are at night. The oldest go first.
const HOURS_MAX: usize = 1_024;

/// The hours in which somebody was seen, each with the cell: numbers of whole hours since the epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    seen: BTreeSet<(i64, Cell)>,
}

impl Hours {
    /// Nothing seen.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            seen: BTreeSet::new(),
        }
    }

    /// True when this hour is known for this cell.
    #[must_use]
    pub fn knows(&self, hour: i64, cell: Cell) -> bool {
        self.seen.contains(&(hour, cell))
    }

    /// Takes an hour in.
    pub fn see(&mut self, hour: i64, cell: Cell) {
        self.seen.insert((hour, cell));
        while self.seen.len() > HOURS_MAX {
            self.seen.pop_first();
        }
    }

    /// Lets go of hours up to this one.
    pub fn trim(&mut self, until: i64) {
        while self.seen.first().is_some_and(|(hour, _)| *hour <= until) {
            self.seen.pop_first();
        }
    }

    /// Every hour with its cell, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (i64, Cell)> {
        self.seen.iter().copied()
    }

    /// True when nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// The cell with the most hours in (`after`, `until`], if there are `least` of them. Hours in a cell
    /// that touches it count for it as well, so that a home on an edge is one home; then its own hours
    /// decide, then its number.
    #[must_use]
    pub fn most(&self, after: i64, until: i64, least: u32) -> Option<Point> {
        let mut by_cell: BTreeMap<Cell, BTreeSet<i64>> = BTreeMap::new();
        let seen = self.seen.iter();
        for (hour, cell) in seen.filter(|(hour, _)| *hour > after && *hour <= until) {
            by_cell.entry(*cell).or_default().insert(*hour);
        }
        let score = |cell: &Cell| {
            let near = cell.around();
            let near = near.iter().filter_map(|cell| by_cell.get(cell));
            let hours: BTreeSet<i64> = near.flatten().copied().collect();
            hours.len()
        };
        let scored = by_cell
            .iter()
            .map(|(cell, own)| (score(cell), own.len(), std::cmp::Reverse(*cell)));
        let (hours, _, cell) = scored.max()?;
        let enough = hours >= usize::try_from(least).unwrap_or(usize::MAX);
        enough.then(|| cell.0.centre())
    }
}

/// The first hour that is too old at `at` ms for a haunt that remembers so long.
#[must_use]
pub fn floor(at: i64, over: i64) -> i64 {
    at.saturating_sub(over).div_euclid(HOUR)
}

/// The haunt of that name, with its feature.
#[must_use]
pub fn named<'c>(catalogue: &'c Catalogue, name: &str) -> Option<(&'c Feature, &'c Located)> {
    let feature = catalogue.features.iter().find(|f| f.name == name)?;
    let located = catalogue.places.features.get(name)?;
    located.part.is_some().then_some((feature, located))
}
