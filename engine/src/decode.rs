//! Decode: a record's bytes to a typed event, or a reject.
//!
//! Strict where software breaks: duplicate members, depth, size, control characters and numbers are
//! checked; amounts are read from their own digits and never pass through a float.

mod envelope;
mod field;
mod member;
mod plain;
mod scan;
mod value;

use crate::canonical;
use crate::event::{Asked, Event};
use crate::limits::{DEPTH_MAX, RECORD_BYTES_MAX};
use crate::reject::{Code, Reject};
use envelope::Envelope;
use rules::catalogue::{Catalogue, EventId, EventType, Family};
use rules::value::{Text, Value};

/// Decodes one record: a JSON object with `id`, `type`, `customer`, `time`, `source` and `data`. The
/// event's numbers, `seq` and `door`, are the door's to give.
///
/// # Errors
/// A [`Reject`] that names the member and says what is wrong with it.
pub fn decode(bytes: &[u8], catalogue: &Catalogue) -> Result<Event, Reject> {
    if bytes.len() > RECORD_BYTES_MAX {
        let cause = format!(
            "a record may have {RECORD_BYTES_MAX} bytes, this one has {}",
            bytes.len()
        );
        return Err(Reject::new(Code::TooLarge, "", cause));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let cause = format!("not UTF-8 from byte {} on", e.valid_up_to());
        Reject::new(Code::Malformed, "", cause)
    })?;
    let (envelope, kind, mut fields) = match plain::read(text, catalogue) {
        Some(read) => read,
        None => read_fully(text, catalogue)?,
    };
    let Some(event) = catalogue.event(kind) else {
        return Err(Reject::new(
            Code::UnknownType,
            "/type",
            "unknown event type",
        ));
    };
    field::check_ids(&fields, event, catalogue)?;
    crate::place::coarse::blur(&mut fields, event, catalogue);
    let customer = owner(envelope.customer, event, &fields, catalogue)?;
    let mut hash = canonical::Digest::new();
    hash.text(&event.name);
    hash.text(&customer);
    hash.number(envelope.time);
    for value in &fields {
        hash.value(value);
    }
    Ok(Event {
        seq: 0,
        ordinal: 0,
        kind,
        id: envelope.id,
        source: envelope.source,
        customer,
        time: envelope.time,
        door: envelope.time,
        fields,
        digest: hash.short(),
        late: false,
        asked: (envelope.ask)
            .and_then(|ask| Asked::read(&ask, catalogue))
            .map(Box::new),
        trace: envelope.trace,
        entity_values: Vec::new(),
        entity_truncated: Vec::new(),
    })
}

/// Reads any record, and says what is wrong with it.
fn read_fully<'a>(
    text: &'a str,
    catalogue: &Catalogue,
) -> Result<(Envelope<'a>, EventId, Vec<Value>), Reject> {
    check_depth(text)?;
    let envelope = Envelope::read(text)?;
    let kind = known_type(&envelope.kind, catalogue)?;
    let fields = match catalogue.event(kind) {
        Some(event) => field::read_data(envelope.data, event)?,
        None => Vec::new(),
    };
    Ok((envelope, kind, fields))
}

/// The customer, or the key of an event that has none.
fn owner(
    named: Option<Text>,
    event: &EventType,
    fields: &[Value],
    catalogue: &Catalogue,
) -> Result<Text, Reject> {
    let keyless = event.family == Family::Context;
    match named {
        Some(_) if keyless => {
            let name = &event.name;
            let cause = format!("`{name}` belongs to no customer: leave `customer` out");
            Err(Reject::new(Code::BadId, "/customer", cause))
        }
        Some(customer) => Ok(customer),
        None if keyless => Ok(crate::key::keyless(event, fields, catalogue)),
        None => Err(envelope::absent("customer")),
    }
}

/// The time of a record that may be an event, for merging files before anything is decoded.
#[must_use]
pub fn peek_time(bytes: &[u8]) -> Option<i64> {
    Envelope::read_time(std::str::from_utf8(bytes).ok()?)
}

fn known_type(name: &str, catalogue: &Catalogue) -> Result<EventId, Reject> {
    let id = catalogue.event_named(name);
    let own = |id: &EventId| {
        catalogue.event(*id).is_some_and(|e| {
            matches!(
                e.family,
                Family::Timer | Family::Segment | Family::Pattern | Family::Fence | Family::Told
            )
        })
    };
    match id {
        Some(id) if !own(&id) => Ok(id),
        _ => {
            let known = catalogue.events.iter().map(EventType::spoken);
            let near = rules::finding::nearest(name, known, 1);
            let hint = near
                .first()
                .map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
            let shown = member::shown(name);
            let cause = format!("no event type `{shown}` in catalog/events.toml{hint}");
            Err(Reject::new(Code::UnknownType, "/type", cause))
        }
    }
}

/// Brackets outside strings, counted. The parser that follows does its own checks; this one bounds
/// its work.
fn check_depth(text: &str) -> Result<(), Reject> {
    // Nearly every record has fewer brackets than levels are allowed; counting them is quick.
    let opening = text.bytes().filter(|b| matches!(b, b'{' | b'[')).count();
    if opening <= DEPTH_MAX {
        return Ok(());
    }
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH_MAX {
                    let cause = format!("nested deeper than {DEPTH_MAX} levels");
                    return Err(Reject::new(Code::TooDeep, "", cause));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
