//! What a fence goes around: a circle, a polygon or cells.

use super::Point;
use super::bounds::{Bounds, metres_per_degree_east};
use super::cell::Cell;
use std::collections::BTreeSet;

/// An area of the earth.
#[derive(Clone, Debug, PartialEq)]
pub enum Area {
    /// All points no farther from the centre than the radius.
    Circle {
        /// Its middle.
        centre: Point,
        /// m.
        radius: f64,
    },
    /// All points within a ring of corners. Edges are straight in degrees.
    Polygon(Vec<Point>),
    /// All points of these cells, which may be of several resolutions.
    Cells(BTreeSet<Cell>),
}

/// An area with all that is asked of it on the way of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    area: Area,
    bounds: Bounds,
    edges: Vec<(Point, Point)>,
    resolutions: Vec<u8>,
}

impl Outline {
    /// The outline of an area.
    #[must_use]
    pub fn of(area: Area) -> Self {
        let mut edges = Vec::new();
        let mut resolutions = Vec::new();
        let bounds = match &area {
            Area::Circle { centre, radius } => Bounds::of(&[*centre], *radius),
            Area::Polygon(corners) => {
                edges.extend(ring(corners));
                Bounds::of(corners, 0.0)
            }
            Area::Cells(cells) => {
                let mut corners = Vec::new();
                for cell in cells {
                    let own = cell.corners();
                    edges.extend(ring(&own));
                    corners.extend(own);
                    if !resolutions.contains(&cell.resolution()) {
                        resolutions.push(cell.resolution());
                    }
                }
                // The edge of a cell is an arc, and bulges a little over the chord between its corners.
                let bulge = cells.iter().map(|cell| cell.radius() * 0.2);
                Bounds::of(&corners, bulge.fold(0.0, f64::max))
            }
        };
        resolutions.sort_unstable();
        Self {
            area,
            bounds,
            edges,
            resolutions,
        }
    }

    /// What it goes around.
    #[must_use]
    pub fn area(&self) -> &Area {
        &self.area
    }

    /// The box around it.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// True for a point within.
    #[must_use]
    pub fn holds(&self, point: Point) -> bool {
        if !self.bounds.may_hold(point) {
            return false;
        }
        match &self.area {
            Area::Circle { centre, radius } => centre.metres_to(point) <= *radius,
            Area::Polygon(corners) => encloses(corners, point),
            Area::Cells(cells) => self
                .resolutions
                .iter()
                .any(|at| Cell::of(point, *at).is_some_and(|cell| cells.contains(&cell))),
        }
    }

    /// How far outside a point lies, m; 0 within.
    #[must_use]
    pub fn metres_outside(&self, point: Point) -> f64 {
        if self.holds(point) {
            return 0.0;
        }
        match &self.area {
            Area::Circle { centre, radius } => (centre.metres_to(point) - radius).max(0.0),
            Area::Polygon(_) | Area::Cells(_) => {
                let plane = Plane::at(point);
                let away = self.edges.iter().map(|edge| plane.metres_to(*edge));
                away.fold(f64::INFINITY, f64::min)
            }
        }
    }
}

/// The edges of a closed ring.
pub fn ring(corners: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    let next = corners.iter().cycle().skip(1);
    corners.iter().copied().zip(next.copied())
}

/// True when a ray to the east crosses the ring an odd number of times.
fn encloses(corners: &[Point], point: Point) -> bool {
    let crossed = ring(corners).filter(|(a, b)| {
        let spans = (a.lat > point.lat) != (b.lat > point.lat);
        spans && point.lon < a.lon + (point.lat - a.lat) / (b.lat - a.lat) * (b.lon - a.lon)
    });
    crossed.count() % 2 == 1
}

/// The earth around a point taken as flat: right to a thousandth within a few hundred kilometres.
struct Plane {
    origin: Point,
    east: f64,
    north: f64,
}

impl Plane {
    fn at(origin: Point) -> Self {
        Self {
            origin,
            east: metres_per_degree_east(origin.lat),
            north: metres_per_degree_east(0.0),
        }
    }

    fn project(&self, point: Point) -> (f64, f64) {
        let mut across = point.lon - self.origin.lon;
        if across > 180.0 {
            across -= 360.0;
        } else if across < -180.0 {
            across += 360.0;
        }
        (
            across * self.east,
            (point.lat - self.origin.lat) * self.north,
        )
    }

    /// From the origin to the nearest point of an edge.
    fn metres_to(&self, (from, to): (Point, Point)) -> f64 {
        let ((x, y), (to_x, to_y)) = (self.project(from), self.project(to));
        let (along_x, along_y) = (to_x - x, to_y - y);
        let length = along_x * along_x + along_y * along_y;
        let share = if length > 0.0 {
            (-(x * along_x + y * along_y) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let (near_x, near_y) = (x + share * along_x, y + share * along_y);
        (near_x * near_x + near_y * near_y).sqrt()
    }
}

/// The first two edges of a ring that cross or touch, by place; neighbours meet at their corner alone.
#[must_use]
pub fn crossed(corners: &[Point]) -> Option<(usize, usize)> {
    let edges: Vec<(Point, Point)> = ring(corners).collect();
    for (at, first) in edges.iter().enumerate() {
        for (other, second) in edges.iter().enumerate().skip(at + 1) {
            let next = other == at + 1;
            let last = at == 0 && other + 1 == edges.len();
            let meets = if next {
                folds_back(first.0, first.1, second.1)
            } else if last {
                folds_back(second.0, second.1, first.1)
            } else {
                meets(*first, *second)
            };
            if meets {
                return Some((at, other));
            }
        }
    }
    None
}

/// Twice the signed area of a triangle, in square degrees.
fn turn(a: Point, b: Point, c: Point) -> f64 {
    (b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon)
}

/// True when the way from `a` over `b` to `c` turns back on itself.
fn folds_back(a: Point, b: Point, c: Point) -> bool {
    let back = (b.lon - a.lon) * (c.lon - b.lon) + (b.lat - a.lat) * (c.lat - b.lat);
    turn(a, b, c) == 0.0 && back <= 0.0
}

fn meets((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let (of_c, of_d) = (turn(a, b, c), turn(a, b, d));
    let (of_a, of_b) = (turn(c, d, a), turn(c, d, b));
    let apart = |one: f64, two: f64| (one > 0.0 && two > 0.0) || (one < 0.0 && two < 0.0);
    let between = |p: Point, q: Point, r: Point| {
        let (west, east) = (p.lon.min(q.lon), p.lon.max(q.lon));
        let (south, north) = (p.lat.min(q.lat), p.lat.max(q.lat));
        (west..=east).contains(&r.lon) && (south..=north).contains(&r.lat)
    };
    if of_c == 0.0 && of_d == 0.0 {
        return between(a, b, c) || between(a, b, d) || between(c, d, a);
    }
    !apart(of_c, of_d) && !apart(of_a, of_b)
}

#[cfg(test)]
mod tests;
