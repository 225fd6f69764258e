//! Traces of customers around three fences: steps and jumps, jitter, ties, late fixes, bad ones.

use kit::Seed;
use rules::place::Point;
use serde_json::{Map, Value, json};

use super::reference::{Reference, Side};

/// 2026-03-02T01:00:00Z
pub(super) const START: i64 = 1_772_413_200_000;
/// The lateness of the project, ms.
const LATENESS: i64 = 120_000;

/// One event.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) customer: String,
    pub(super) card: Option<String>,
    pub(super) time: i64,
    pub(super) at: Option<Point>,
    pub(super) accuracy: Option<f64>,
    /// Where that is, seen from each fence.
    pub(super) sides: [Side; 3],
}

impl Seen {
    pub(super) fn line(&self) -> String {
        let mut data = Map::new();
        if let Some(at) = self.at {
            data.insert("lat".into(), json!(at.lat()));
            data.insert("lon".into(), json!(at.lon()));
        }
        if let Some(accuracy) = self.accuracy {
            data.insert("accuracy".into(), json!(accuracy));
        }
        if let Some(card) = &self.card {
            data.insert("card".into(), json!(card));
        }
        json!({
            "id": self.id, "type": self.kind, "customer": self.customer, "time": self.time,
            "source": "made", "data": Value::Object(data),
        })
        .to_string()
    }
}

/// A number from 0 to 1.
pub(super) fn share(seed: &mut Seed) -> f64 {
    seed.below(1_000_001) as f64 / 1_000_000.0
}

/// A point so many metres north and east of another.
pub(super) fn off(from: Point, north: f64, east: f64) -> Point {
    let lat = from.lat() + north / 111_195.0;
    let lon = from.lon() + east / (111_195.0 * from.lat().to_radians().cos());
    Point::new(lat, lon).unwrap_or(from)
}

/// Events in the order they arrive. `late`: some come up to the lateness behind.
pub(super) fn made(seed: u64, count: usize, late: bool) -> Vec<Seen> {
    let mut seed = Seed::new(seed);
    let reference = Reference::new();
    let mut places: Vec<Option<Point>> = vec![None; 4];
    let mut times = [START; 4];
    let mut arriving: Vec<(i64, Seen)> = Vec::with_capacity(count);
    for nth in 0..count {
        let who = seed.below(4);
        let (Some(place), Some(time)) = (places.get_mut(who), times.get_mut(who)) else {
            continue;
        };
        // Ties, short steps, and now and then a pause.
        *time += match seed.below(10) {
            0 | 1 => 0,
            9 => seed.below(1_500_000) as i64,
            _ => seed.below(60_000) as i64,
        };
        let (at, sides) = next(&mut seed, &reference, *place);
        *place = Some(at);
        let accuracy = match seed.below(12) {
            0 | 1 => None,
            2 => Some(201.0),
            3 => Some(600.0),
            4 => Some(-1.0),
            n => Some(n as f64 * 5.0),
        };
        let pays = seed.below(5) == 0;
        let event = Seen {
            id: format!("p{nth}"),
            kind: if pays {
                "transaction.card_payment"
            } else {
                "location.fix"
            },
            customer: format!("C{who}"),
            card: pays.then(|| format!("K{}", seed.below(3))),
            time: *time,
            at: (seed.below(15) > 0).then_some(at),
            accuracy,
            sides,
        };
        let delay = if late && seed.below(8) == 0 {
            seed.below(usize::try_from(LATENESS).unwrap_or(0)) as i64
        } else {
            0
        };
        arriving.push((*time + delay, event));
    }
    arriving.sort_by_key(|(arrival, _)| *arrival);
    arriving.into_iter().map(|(_, event)| event).collect()
}

/// Somewhere near the last point, or near a fence; never on an edge, where nobody can say.
fn next(seed: &mut Seed, reference: &Reference, last: Option<Point>) -> (Point, [Side; 3]) {
    loop {
        let anew = last.is_none() || seed.below(6) == 0;
        let around = match (last, anew) {
            (Some(last), false) => last,
            _ => {
                let (lat, lon) = [
                    (39.90, 116.40),
                    (39.912, 116.418),
                    (39.932, 116.405),
                    (31.2, 121.5),
                ]
                .get(seed.below(4) * usize::from(seed.below(9) > 0))
                .copied()
                .unwrap_or((39.90, 116.40));
                match Point::new(lat, lon) {
                    Some(point) => point,
                    None => continue,
                }
            }
        };
        let wide = if anew { 1_800.0 } else { 300.0 };
        let mut step = || (share(seed) - 0.5) * 2.0 * wide;
        let at = off(around, step(), step());
        if let Some(sides) = reference.sides(at) {
            return (at, sides);
        }
    }
}

/// The same as lines, for others.
pub(crate) fn lines(seed: u64) -> String {
    made(seed, 1_200, true)
        .iter()
        .map(|e| e.line() + "\n")
        .collect()
}
