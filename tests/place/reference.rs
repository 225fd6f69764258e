//! Places by their definition: all that was seen so far is gone through again for each event.

use rules::place::Point;
use rules::place::cell::Cell;

use super::traces::Seen;

/// Where a point is, seen from a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Within,
    /// Outside, and no farther than the margin.
    Near,
    Far,
}

const FENCES: [&str; 3] = ["airport", "mall", "campus"];
/// Margin and accuracy by fence, m.
const GATES: [(f64, f64); 3] = [(150.0, 200.0), (100.0, 500.0), (50.0, 500.0)];
const MALL: [(f64, f64); 5] = [
    (39.905, 116.405),
    (39.905, 116.435),
    (39.925, 116.435),
    (39.912, 116.420),
    (39.925, 116.405),
];
const CAMPUS: [&str; 4] = [
    "8931aa42ca7ffff",
    "8931aa5536bffff",
    "8931aa42dd3ffff",
    "8831aa42d9fffff",
];
/// How near an edge or a margin nobody can say, m.
const UNSURE: f64 = 5.0;

pub(super) struct Reference {
    mall: Vec<Point>,
    /// Points on the edges of the mall, and of the campus.
    edges: [Vec<Point>; 2],
    cells: Vec<Cell>,
}

/// Great-circle metres, by the haversine formula.
pub(super) fn metres(a: Point, b: Point) -> f64 {
    let (lat_a, lat_b) = (a.lat().to_radians(), b.lat().to_radians());
    let half = |x: f64| (x / 2.0).sin().powi(2);
    let lon = (b.lon() - a.lon()).to_radians();
    let h = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(lon);
    2.0 * 6_371_007.180_918_475 * h.sqrt().min(1.0).asin()
}

impl Reference {
    pub(super) fn new() -> Self {
        let mall: Vec<Point> = MALL
            .iter()
            .filter_map(|(a, b)| Point::new(*a, *b))
            .collect();
        let cells: Vec<Cell> = CAMPUS.iter().filter_map(|name| Cell::parse(name)).collect();
        let around = cells.iter().flat_map(|cell| dotted(&cell.corners(), 100));
        Self {
            edges: [dotted(&mall, 500), around.collect()],
            mall,
            cells,
        }
    }

    /// Where a point is, seen from each fence; `None` too near an edge or a margin.
    pub(super) fn sides(&self, at: Point) -> Option<[Side; 3]> {
        let [of_mall, of_campus] = &self.edges;
        let nearest = |edge: &[Point]| edge.iter().map(|p| metres(*p, at)).fold(f64::MAX, f64::min);
        let airport = metres(Point::new(39.90, 116.40)?, at) - 1_000.0;
        let within = winds(&self.mall, at);
        let mall = nearest(of_mall) * if within { -1.0 } else { 1.0 };
        let within = |cell: &&Cell| Cell::of(at, cell.resolution()) == Some(**cell);
        let within = self.cells.iter().any(|cell| within(&cell));
        let campus = nearest(of_campus) * if within { -1.0 } else { 1.0 };
        let side = |outside: f64, margin: f64| {
            if outside.abs() < UNSURE || (outside - margin).abs() < UNSURE {
                None
            } else if outside < 0.0 {
                Some(Side::Within)
            } else if outside < margin {
                Some(Side::Near)
            } else {
                Some(Side::Far)
            }
        };
        let [a, m, c] = GATES;
        Some([side(airport, a.0)?, side(mall, m.0)?, side(campus, c.0)?])
    }
}

/// So many points on each edge.
fn dotted(corners: &[Point], steps: u32) -> Vec<Point> {
    let next = corners.iter().cycle().skip(1);
    let mut dots = Vec::new();
    for (from, to) in corners.iter().zip(next) {
        for step in 0..steps {
            let share = f64::from(step) / f64::from(steps);
            let lat = from.lat() + share * (to.lat() - from.lat());
            let lon = from.lon() + share * (to.lon() - from.lon());
            dots.extend(Point::new(lat, lon));
        }
    }
    dots
}

/// True when the corners go around the point: the angles at which it sees them add up to a turn.
fn winds(corners: &[Point], at: Point) -> bool {
    let next = corners.iter().cycle().skip(1);
    let angle = |p: &Point| (p.lat() - at.lat()).atan2(p.lon() - at.lon());
    let turn: f64 = corners
        .iter()
        .zip(next)
        .map(|(from, to)| {
            let mut turn = angle(to) - angle(from);
            while turn > std::f64::consts::PI {
                turn -= std::f64::consts::TAU;
            }
            while turn < -std::f64::consts::PI {
                turn += std::f64::consts::TAU;
            }
            turn
        })
        .sum();
    turn.abs() > std::f64::consts::PI
}

/// All events so far, with their numbers.
#[derive(Default)]
pub(super) struct History(Vec<(usize, Seen)>);

/// A stay: since when, until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) since: i64,
    pub(super) until: Option<i64>,
}

impl History {
    pub(super) fn take(&mut self, number: usize, event: &Seen) {
        self.0.push((number, event.clone()));
    }

    /// Those of a sort up to an event, sorted, that say where they happened.
    fn fixes(&self, until: Option<(i64, usize)>, like: impl Fn(&Seen) -> bool) -> Vec<&Seen> {
        let mut found: Vec<&(usize, Seen)> = (self.0.iter())
            .filter(|(n, e)| until.is_none_or(|until| (e.time, *n) <= until))
            .filter(|(_, e)| e.at.is_some() && e.accuracy.is_none_or(|m| m >= 0.0) && like(e))
            .collect();
        found.sort_by_key(|(n, e)| (e.time, *n));
        found.into_iter().map(|(_, e)| e).collect()
    }

    /// Every stay of a customer at a fence.
    pub(super) fn stays(&self, who: &str, fence: usize, until: Option<(i64, usize)>) -> Vec<Stay> {
        let gate = GATES.get(fence).map_or(0.0, |(_, accuracy)| *accuracy);
        let mut stays: Vec<Stay> = Vec::new();
        for fix in self.fixes(until, |e| e.customer == who && e.kind == "location.fix") {
            if fix.accuracy.is_some_and(|metres| metres > gate) {
                continue;
            }
            let open = stays.last_mut().filter(|stay| stay.until.is_none());
            match (open, fix.sides.get(fence)) {
                (None, Some(Side::Within)) => stays.push(Stay {
                    since: fix.time,
                    until: None,
                }),
                (Some(stay), Some(Side::Far)) => stay.until = Some(fix.time),
                _ => {}
            }
        }
        stays
    }

    /// Fences that a customer is within.
    pub(super) fn within(&self, who: &str, until: Option<(i64, usize)>) -> Vec<&'static str> {
        let names = FENCES.iter().enumerate();
        let inside = names.filter(|(at, _)| {
            let stays = self.stays(who, *at, until);
            stays.last().is_some_and(|stay| stay.until.is_none())
        });
        inside.map(|(_, name)| *name).collect()
    }

    /// The two newest fixes of a sort within so long before an event, the newest first.
    pub(super) fn newest(
        &self,
        (time, number): (i64, usize),
        over: i64,
        like: impl Fn(&Seen) -> bool,
    ) -> Vec<&Seen> {
        let mut fixes = self.fixes(Some((time, number)), like);
        fixes.retain(|e| e.time > time - over);
        fixes.into_iter().rev().take(2).collect()
    }
}
