//! The forms events come in over HTTP: one JSON object, an array of them, lines of them, and the
//! structured, batched and binary forms of CloudEvents 1.0. Every form gives records as a file has
//! them: the engine alone says what is an event.

use super::problem::{self, Problem};
use axum::http::{HeaderMap, header};
use engine::reject::{Code, Reject};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// One event of a request: a record, or why it is none.
pub type Item = Result<Vec<u8>, Reject>;

/// The events of one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Envelopes {
    /// One event, answered alone.
    One(Item),
    /// Several, answered one by one.
    Several(Vec<Item>),
}

/// Reads the events of a body, at most `most` of them.
///
/// # Errors
/// The content type is none of these, or the body is not what it says.
pub fn read(headers: &HeaderMap, body: &[u8], most: usize) -> Result<Envelopes, Problem> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let essence = kind.split(';').next().unwrap_or("").trim();
    let envelopes = match essence.to_ascii_lowercase().as_str() {
        "" | "application/json" if headers.contains_key("ce-specversion") => {
            Envelopes::One(binary(|name| attribute(headers, name), body))
        }
        "" | "application/json" if begins(body) == Some(b'[') => {
            Envelopes::Several(array(body)?.map(|raw| Ok(raw.into())).collect())
        }
        "" | "application/json" => Envelopes::One(Ok(body.to_vec())),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            let lines = body.split(|byte| *byte == b'\n');
            let lines = lines.filter(|line| begins(line).is_some());
            Envelopes::Several(lines.map(|line| Ok(line.to_vec())).collect())
        }
        "application/cloudevents+json" => Envelopes::One(structured(body)),
        "application/cloudevents-batch+json" => {
            let raws = array(body)?.map(|raw| structured(raw.as_bytes()));
            Envelopes::Several(raws.collect())
        }
        _ => {
            let detail = format!(
                "`{}` is not taken; send application/json, application/x-ndjson, \
                 application/cloudevents+json or application/cloudevents-batch+json",
                essence.escape_default()
            );
            return Err(Problem::new(problem::UNSUPPORTED_TYPE, detail));
        }
    };
    if let Envelopes::Several(items) = &envelopes
        && items.len() > most
    {
        let detail = format!(
            "a batch may have {most} events ([limits] batch), this one has {}",
            items.len()
        );
        return Err(Problem::new(problem::BATCH_TOO_LARGE, detail));
    }
    Ok(envelopes)
}

/// The first byte that is no white space.
fn begins(bytes: &[u8]) -> Option<u8> {
    bytes.iter().copied().find(|b| !b.is_ascii_whitespace())
}

/// The elements of an array, each in its own text.
fn array(body: &[u8]) -> Result<impl Iterator<Item = &str>, Problem> {
    let raws: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| {
        let detail = format!("the body is not one JSON array: {error}");
        Problem::new(problem::MALFORMED, detail)
    })?;
    Ok(raws.into_iter().map(RawValue::get))
}

/// What of a CloudEvent is not in an event's own envelope.
#[derive(Deserialize)]
struct CloudEvent<'a> {
    #[serde(borrow)]
    specversion: Option<Cow<'a, str>>,
    customer: Option<IgnoredAny>,
    #[serde(borrow)]
    partitionkey: Option<Cow<'a, str>>,
    #[serde(borrow)]
    subject: Option<Cow<'a, str>>,
    data_base64: Option<IgnoredAny>,
}

/// A structured CloudEvent is an event; its customer may be in `customer`, `partitionkey` or
/// `subject`.
pub(crate) fn structured(body: &[u8]) -> Item {
    let Ok(event) = serde_json::from_slice::<CloudEvent<'_>>(body) else {
        // No object, or members of other types: the engine says so with more words.
        return Ok(body.to_vec());
    };
    version(event.specversion.as_deref())?;
    if event.data_base64.is_some() {
        let cause = "`data_base64` is not read; send `data` as JSON";
        return Err(Reject::new(Code::UnknownMember, "/data_base64", cause));
    }
    let customer = customer_of(event.partitionkey.as_deref(), event.subject.as_deref());
    let (Some(customer), None) = (customer, event.customer) else {
        return Ok(body.to_vec());
    };
    let at = body.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let (head, tail) = body.split_at_checked(at + 1).unwrap_or((body, b""));
    let mut record = head.to_vec();
    record.extend_from_slice(format!("\"customer\":{},", quoted(&customer)).as_bytes());
    record.extend_from_slice(tail);
    Ok(record)
}

/// An attribute of a binary CloudEvent in HTTP: percent-encoded in a header.
fn attribute(headers: &HeaderMap, name: &str) -> Result<Option<String>, Reject> {
    let Some(value) = headers.get(format!("ce-{name}")) else {
        return Ok(None);
    };
    let text = unescaped(value.as_bytes()).ok_or_else(|| {
        let cause = format!("the header `ce-{name}` is not percent-encoded UTF-8");
        Reject::new(Code::WrongType, format!("/{name}"), cause)
    })?;
    Ok(Some(text))
}

/// A binary CloudEvent: attributes stand beside the body, and the body is the data.
pub(crate) fn binary(
    attribute: impl Fn(&str) -> Result<Option<String>, Reject>,
    body: &[u8],
) -> Item {
    version(attribute("specversion")?.as_deref())?;
    let customer = match attribute("customer")? {
        Some(customer) => Some(customer),
        None => customer_of(
            attribute("partitionkey")?.as_deref(),
            attribute("subject")?.as_deref(),
        ),
    };
    let mut record = String::from("{");
    for name in ["id", "type", "source", "time", "traceparent"] {
        if let Some(value) = attribute(name)? {
            record.push_str(&format!("\"{name}\":{},", quoted(&value)));
        }
    }
    if let Some(customer) = customer {
        record.push_str(&format!("\"customer\":{},", quoted(&customer)));
    }
    let data = if begins(body).is_none() { b"{}" } else { body };
    let data: &RawValue = serde_json::from_slice(data).map_err(|error| {
        let cause = format!("the body is not one JSON value: {error}");
        Reject::new(Code::Malformed, "/data", cause)
    })?;
    record.push_str(&format!("\"data\":{}}}", data.get()));
    Ok(record.into_bytes())
}

fn version(said: Option<&str>) -> Result<(), Reject> {
    if said == Some("1.0") {
        return Ok(());
    }
    let cause = "a CloudEvent has `specversion` 1.0";
    Err(Reject::new(Code::OutOfRange, "/specversion", cause))
}

/// `partitionkey` is the customer, and so is `subject` where it says so.
fn customer_of(partitionkey: Option<&str>, subject: Option<&str>) -> Option<String> {
    let subject = subject.and_then(|subject| subject.strip_prefix("customer:"));
    partitionkey.or(subject).map(str::to_owned)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Percent-decoding, as the HTTP binding of CloudEvents asks for.
fn unescaped(bytes: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        if *byte != b'%' {
            out.push(*byte);
            continue;
        }
        let mut digit = || char::from(*rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests;
