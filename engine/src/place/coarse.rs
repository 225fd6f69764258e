//! Coarse mode: a point becomes the middle of its cell before anybody else sees it.

use rules::catalogue::{Catalogue, EventType};
use rules::place::Point;
use rules::place::cell::Cell;
use rules::value::Value;

/// Replaces the point among an event's fields by the middle of its cell, where the catalogue asks for
/// it. Half a point, or one that is not on the earth, says nothing and is left out.
pub fn blur(fields: &mut [Value], event: &EventType, catalogue: &Catalogue) {
    let (Some(resolution), Some(members)) = (catalogue.places.coarse, event.whereabouts()) else {
        return;
    };
    let number = |at: usize| match fields.get(at) {
        Some(Value::Decimal(number)) => Some(*number),
        _ => None,
    };
    let point = number(members.lat).zip(number(members.lon));
    let point = point.and_then(|(lat, lon)| Point::new(lat, lon));
    let middle = point.and_then(|point| Some(Cell::of(point, resolution)?.centre()));
    let told = middle.map(|middle| (Value::Decimal(middle.lat()), Value::Decimal(middle.lon())));
    let (lat, lon) = told.unwrap_or_default();
    for (at, value) in [(members.lat, lat), (members.lon, lon)] {
        if let Some(field) = fields.get_mut(at) {
            *field = value;
        }
    }
}
