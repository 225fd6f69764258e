//! Where customers are: fixes, what is computed of the newest of them, fences, and haunts.
//!
//! A *fix* is a located event that is good enough for whoever asks. Speeds and distances are read of
//! tracks, as windows are; what a fence or a haunt needs is kept with the customer.

pub mod coarse;
pub mod fences;
pub mod haunts;
pub mod measure;
pub mod whereabouts;

use crate::window::track::Order;
use rules::catalogue::place::Whereabouts as Members;
use rules::place::Point;
use rules::value::Value;

/// A point where something was at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Event time and number.
    pub order: Order,
    /// Where.
    pub point: Point,
    /// By how much that may be wrong, m; 0 where nobody says.
    pub accuracy: f64,
}

impl Fix {
    /// The fix of numbers as an event has them. A negative accuracy is how devices say that they do
    /// not know: then there is none.
    #[must_use]
    pub fn of(order: Order, lat: f64, lon: f64, accuracy: Option<f64>) -> Option<Self> {
        let accuracy = accuracy.unwrap_or(0.0) + 0.0;
        Some(Self {
            order,
            point: Point::new(lat, lon)?,
            accuracy: Some(accuracy).filter(|metres| *metres >= 0.0)?,
        })
    }

    /// The fix of an event's fields.
    #[must_use]
    pub fn of_fields(order: Order, fields: &[Value], members: Members) -> Option<Self> {
        let number = |at: usize| match fields.get(at) {
            Some(Value::Decimal(number)) => Some(*number),
            _ => None,
        };
        let accuracy = members.accuracy.and_then(number);
        Self::of(order, number(members.lat)?, number(members.lon)?, accuracy)
    }
}
