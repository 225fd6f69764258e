//! Places on the earth: points, cells of the H3 grid, and the outlines of fences.
//!
//! Distances are great-circle distances on a sphere of radius 6 371.007 km: at most 0.6 % from the
//! ellipsoid's. Trigonometry is computed in software, in a fixed order, so every machine gives the
//! same bits.

pub mod area;
pub mod bounds;
pub mod cell;

use h3o::LatLng;

/// A point in degrees; both are finite and on the earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    lat: f64,
    lon: f64,
}

impl Point {
    /// The point at these degrees; `None` when they are not on the earth.
    #[must_use]
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        let on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        // The zeros are one place, and have one form in the log.
        on_earth.then_some(Self {
            lat: lat + 0.0,
            lon: lon + 0.0,
        })
    }

    /// Degrees north.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Degrees east.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// The great-circle distance, m.
    ///
    /// ```
    /// use rules::place::Point;
    /// let beijing = Point::new(39.9042, 116.4074).unwrap();
    /// let shanghai = Point::new(31.2304, 121.4737).unwrap();
    /// assert_eq!(beijing.metres_to(shanghai).round(), 1_067_312.0);
    /// ```
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        match (self.on_sphere(), other.on_sphere()) {
            (Some(from), Some(to)) => from.distance_m(to),
            _ => 0.0,
        }
    }

    /// A point is finite, so it is on the sphere.
    fn on_sphere(self) -> Option<LatLng> {
        LatLng::new(self.lat, self.lon).ok()
    }
}
