//! Cells of the H3 grid: hexagons that part the earth, at sixteen resolutions.

use super::Point;
use h3o::{CellIndex, LatLng, Resolution};
use std::fmt;
use std::str::FromStr;

/// The finest resolution there is.
pub const FINEST: u8 = 15;

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(CellIndex);

impl Cell {
    /// The cell of a point; `None` where there is no such resolution.
    #[must_use]
    pub fn of(point: Point, resolution: u8) -> Option<Self> {
        let resolution = Resolution::try_from(resolution).ok()?;
        Some(Self(point.on_sphere()?.to_cell(resolution)))
    }

    /// Reads the cell's hexadecimal name.
    ///
    /// ```
    /// use rules::place::cell::Cell;
    /// assert_eq!(Cell::parse("8928308280fffff").unwrap().resolution(), 9);
    /// assert_eq!(Cell::parse("8928308280ffff"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        CellIndex::from_str(text).ok().map(Self)
    }

    /// The cell with this number; `None` when no cell has it.
    #[must_use]
    pub fn of_number(number: u64) -> Option<Self> {
        CellIndex::try_from(number).ok().map(Self)
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0.into()
    }

    /// Its resolution: 0 is the coarsest, [`FINEST`] the finest.
    #[must_use]
    pub fn resolution(self) -> u8 {
        self.0.resolution().into()
    }

    /// Its middle.
    #[must_use]
    pub fn centre(self) -> Point {
        of_sphere(LatLng::from(self.0))
    }

    /// Its corners, in order.
    #[must_use]
    pub fn corners(self) -> Vec<Point> {
        self.0.boundary().iter().copied().map(of_sphere).collect()
    }

    /// The farthest any point of the cell lies from its middle, m.
    #[must_use]
    pub fn radius(self) -> f64 {
        let centre = self.centre();
        let far = self.corners().into_iter().map(|c| centre.metres_to(c));
        far.fold(0.0, f64::max)
    }

    /// The cell and those that touch it, sorted.
    #[must_use]
    pub fn around(self) -> Vec<Self> {
        let mut cells: Vec<Self> = self.0.grid_disk_safe(1).map(Self).collect();
        cells.sort_unstable();
        cells
    }
}

impl fmt::Display for Cell {
    /// Its hexadecimal name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

fn of_sphere(point: LatLng) -> Point {
    Point {
        lat: point.lat() + 0.0,
        lon: point.lng() + 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_lies_within_the_radius_of_its_cell() {
        for (lat, lon) in [(39.9, 116.4), (-33.9, 18.4), (0.0, 0.0), (71.0, -179.99)] {
            let point = Point::new(lat, lon).unwrap();
            for resolution in 0..=FINEST {
                let cell = Cell::of(point, resolution).unwrap();
                assert_eq!(cell.resolution(), resolution);
                assert_eq!(Cell::parse(&cell.to_string()), Some(cell));
                assert_eq!(Cell::of_number(cell.number()), Some(cell));
                assert_eq!(Cell::of(cell.centre(), resolution), Some(cell));
                assert!(point.metres_to(cell.centre()) <= cell.radius() * 1.000_001);
                assert!(cell.around().contains(&cell));
            }
        }
        assert_eq!(Cell::of(Point::new(0.0, 0.0).unwrap(), 16), None);
    }
}
