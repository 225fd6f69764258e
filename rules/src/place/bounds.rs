//! Boxes of latitude and longitude, to leave out quickly what lies far away.

use super::Point;

/// Metres of a degree of latitude, rounded down: a box made with it is never too small.
const DEGREE: f64 = 111_000.0;

/// A box that holds some points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    south: f64,
    north: f64,
    /// From west to east; `None` all around the earth.
    across: Option<(f64, f64)>,
}

impl Bounds {
    /// The box of these points, wider by so many metres on every side. Points that lie more than half
    /// the earth apart are taken to go around it.
    #[must_use]
    pub fn of(points: &[Point], metres: f64) -> Self {
        let (mut south, mut north) = (90.0f64, -90.0f64);
        let (mut west, mut east) = (180.0f64, -180.0f64);
        for point in points {
            south = south.min(point.lat);
            north = north.max(point.lat);
            west = west.min(point.lon);
            east = east.max(point.lon);
        }
        let pad = metres / DEGREE;
        let (south, north) = (south - pad, north + pad);
        let farthest = south.abs().max(north.abs());
        // A degree of longitude shrinks towards the poles; beyond 89° nothing is left out.
        let across = (farthest < 89.0).then(|| {
            let wide = metres / metres_per_degree_east(farthest).max(1.0) * 1.01;
            (west - wide, east + wide)
        });
        let across =
            across.filter(|(west, east)| *west > -180.0 && *east < 180.0 && east - west < 180.0);
        Self {
            south,
            north,
            across,
        }
    }

    /// False for a point that certainly lies outside.
    #[must_use]
    pub fn may_hold(&self, point: Point) -> bool {
        let beside = |(west, east): (f64, f64)| point.lon < west || point.lon > east;
        point.lat >= self.south && point.lat <= self.north && !self.across.is_some_and(beside)
    }

    /// The whole degrees of latitude it touches, from 0 at the south pole to 179.
    #[must_use]
    pub fn bands(&self) -> std::ops::RangeInclusive<usize> {
        band(self.south)..=band(self.north)
    }
}

/// The whole degree of latitude, from 0 at the south pole to 179.
#[must_use]
pub fn band(lat: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0 to 179 before"
    )]
    let band = (lat + 90.0).floor().clamp(0.0, 179.0) as usize;
    band
}

/// Metres of a degree of longitude at this latitude.
pub(super) fn metres_per_degree_east(lat: f64) -> f64 {
    // Measured over a stretch, so that no trigonometry of the machine is needed.
    let stretch = 0.01;
    let (from, to) = (Point { lat, lon: 0.0 }, Point { lat, lon: stretch });
    from.metres_to(to) / stretch
}
