//! Speed and distance: what the newest fixes of a track say.

use super::Fix;
use crate::window::track::{Cell, Entry, Range, Track};
use rules::catalogue::place::PlaceTake;
use rules::place::Point;
use rules::value::Value;

/// Shorter times between two fixes count as this long, ms: clocks of terminals tell whole seconds, and
/// a jump within one of them is fast and not infinite.
const SHORTEST: i64 = 1_000;

/// Where a track has fixes, and which are good enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fixes {
    /// The cell of the latitude.
    pub lat: usize,
    /// The cell of the longitude.
    pub lon: usize,
    /// The cell of the accuracy.
    pub accuracy: usize,
    /// A fix worse than this is none, m.
    pub gate: Option<f64>,
    /// By how much every point may be wrong, m.
    pub blur: f64,
}

impl Fixes {
    /// The fixes of a range that have the mask bit, newest first.
    pub fn newest_first<'a>(
        &'a self,
        track: &'a Track,
        range: Range,
        mask: Option<u32>,
    ) -> impl Iterator<Item = Fix> + 'a {
        let entries = track.newest_first(range, mask);
        entries.filter_map(|entry| self.fix(entry))
    }

    fn fix(&self, entry: Entry<'_>) -> Option<Fix> {
        let number = |at: usize| match entry.cell(at) {
            Cell::Decimal(number) => Some(number),
            _ => None,
        };
        let accuracy = number(self.accuracy);
        let fix = Fix::of(entry.order, number(self.lat)?, number(self.lon)?, accuracy)?;
        Some(fix).filter(|fix| self.gate.is_none_or(|gate| fix.accuracy <= gate))
    }

    /// What two fixes say, the newer one first.
    #[must_use]
    pub fn between(&self, take: PlaceTake, newer: Fix, older: Fix) -> Value {
        let metres = self.moved(newer, older);
        match take {
            PlaceTake::Speed => {
                let time = newer.order.time.saturating_sub(older.order.time);
                Value::Decimal(kmh(metres, time))
            }
            _ => Value::Decimal(metres / 1_000.0),
        }
    }

    /// Whole metres from one to the other; a move within what both may be wrong by is none.
    fn moved(&self, newer: Fix, older: Fix) -> f64 {
        let metres = older.point.metres_to(newer.point).round();
        let wrong = newer.accuracy.max(self.blur) + older.accuracy.max(self.blur);
        if metres <= wrong { 0.0 } else { metres }
    }
}

/// km between two points, to the metre.
#[must_use]
pub fn kilometres(from: Point, to: Point) -> f64 {
    from.metres_to(to).round() / 1_000.0
}

/// km/h to three digits.
fn kmh(metres: f64, time: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "times between events of a window are far below 2⁵³ ms"
    )]
    let time = time.max(SHORTEST) as f64;
    (metres * 3_600_000.0 / time).round() / 1_000.0
}
