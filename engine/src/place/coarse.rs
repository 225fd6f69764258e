//! Coarse mode: a point becomes the middle of its cell before anybody else sees it.

use rules::catalogue::place::Whereabouts;
use rules::catalogue::{Catalogue, EventType};
use rules::place::Point;
use rules::place::cell::Cell;
use rules::value::{Type, Value};
use serde_json::Value as Json;

/// Replaces the points among an event's fields by the middles of their cells, where the catalogue asks
/// for it. Half a point, or one that is not on the earth, says nothing and is left out.
pub fn blur(fields: &mut [Value], event: &EventType, catalogue: &Catalogue) {
    let Some(resolution) = catalogue.places.coarse else {
        return;
    };
    fields
        .iter_mut()
        .for_each(|field| blur_value(field, resolution));
    let Some(members) = event.whereabouts() else {
        return;
    };
    let number = |at: usize| match fields.get(at) {
        Some(Value::Decimal(number)) => Some(*number),
        _ => None,
    };
    let middle = middle(number(members.lat), number(members.lon), resolution);
    let told = middle.map(|middle| (Value::Decimal(middle.lat()), Value::Decimal(middle.lon())));
    let (lat, lon) = told.unwrap_or_default();
    for (at, value) in [(members.lat, lat), (members.lon, lon)] {
        if let Some(field) = fields.get_mut(at) {
            *field = value;
        }
    }
}

fn blur_value(value: &mut Value, resolution: u8) {
    match value {
        Value::Place(lat, lon) => {
            let middle = middle(Some(*lat), Some(*lon), resolution);
            *value = middle.map_or(Value::Missing, |p| Value::Place(p.lat(), p.lon()));
        }
        Value::List(items) => items
            .iter_mut()
            .for_each(|item| blur_value(item, resolution)),
        _ => {}
    }
}

/// A record as it may be kept: the same with its points blurred; `None` where it may be kept as it is.
/// It is one that was decoded.
#[must_use]
pub fn record(bytes: &[u8], catalogue: &Catalogue) -> Option<Vec<u8>> {
    let resolution = catalogue.places.coarse?;
    let mut json: Json = serde_json::from_slice(bytes).ok()?;
    let kind = catalogue.event_named(json.get("type")?.as_str()?)?;
    let event = catalogue.event(kind)?;
    let data = json.get_mut("data")?.as_object_mut()?;
    for field in &event.fields {
        if let Some(value) = data.get_mut(field.json.as_str()) {
            blur_json(value, &field.ty, resolution);
        }
    }
    if let Some(Whereabouts { lat, lon, .. }) = event.whereabouts() {
        let name = |at: usize| event.fields.get(at).map(|field| field.json.to_string());
        let (lat, lon) = (name(lat)?, name(lon)?);
        let point = middle(number(data.get(&lat)), number(data.get(&lon)), resolution);
        for (name, degrees) in [(lat, point.map(Point::lat)), (lon, point.map(Point::lon))] {
            match degrees {
                Some(degrees) => data.insert(name, Json::from(degrees)),
                None => data.remove(&name),
            };
        }
    }
    serde_json::to_vec(&json).ok()
}

fn number(json: Option<&Json>) -> Option<f64> {
    match json? {
        Json::Number(number) => number.as_f64(),
        Json::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

fn blur_json(json: &mut Json, ty: &Type, resolution: u8) {
    match (ty, json) {
        (Type::Place, Json::Array(pair)) => {
            let point = middle(number(pair.first()), number(pair.get(1)), resolution);
            *pair = point.map_or(Vec::new(), |p| vec![p.lat().into(), p.lon().into()]);
        }
        (Type::List(of), Json::Array(items)) => items
            .iter_mut()
            .for_each(|item| blur_json(item, of, resolution)),
        _ => {}
    }
}

fn middle(lat: Option<f64>, lon: Option<f64>, resolution: u8) -> Option<Point> {
    let point = lat.zip(lon).and_then(|(lat, lon)| Point::new(lat, lon))?;
    Some(Cell::of(point, resolution)?.centre())
}
