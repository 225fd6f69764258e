//! The members every event has.

use super::member::{Member, below, each_once, twice};
use super::scan::is_plain;
use crate::limits::ID_BYTES_MAX;
use crate::reject::{Code, Reject};
use crate::time;
use rules::value::Text;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The envelope, and the data still in its own bytes.
pub(super) struct Envelope<'a> {
    pub(super) id: Text,
    pub(super) kind: Cow<'a, str>,
    /// `None`: it names nobody.
    pub(super) customer: Option<Text>,
    pub(super) source: Text,
    pub(super) time: i64,
    pub(super) data: Option<&'a RawValue>,
    /// The place that whoever asks wants to be filled.
    pub(super) ask: Option<Cow<'a, str>>,
    /// What it is part of.
    pub(super) trace: Option<Text>,
}

/// Members as they stand; `None` is absent.
#[derive(Default)]
struct Members<'a> {
    id: Option<&'a RawValue>,
    kind: Option<&'a RawValue>,
    customer: Option<&'a RawValue>,
    source: Option<&'a RawValue>,
    time: Option<&'a RawValue>,
    data: Option<&'a RawValue>,
    /// Members that are not named here.
    others: BTreeMap<Member<'a>, &'a RawValue>,
    /// A member that stood twice.
    twice: Option<Reject>,
}

impl<'a> Envelope<'a> {
    /// Reads the envelope. Members that are not named here (extension attributes) are left out.
    pub(super) fn read(text: &'a str) -> Result<Self, Reject> {
        let mut parser = serde_json::Deserializer::from_str(text);
        let members = parser
            .deserialize_map(MembersVisitor)
            .and_then(|m| parser.end().map(|()| m))
            .map_err(|e| malformed(&e))?;
        if let Some(twice) = members.twice {
            return Err(twice);
        }
        for (name, raw) in &members.others {
            each_once(raw, &below("", &name.0))?;
        }
        let kind = text_of(required(members.kind, "type")?, "type")?;
        Ok(Self {
            id: id_of(required(members.id, "id")?, "id")?,
            customer: (members.customer)
                .map(|raw| id_of(raw, "customer"))
                .transpose()?,
            source: match members.source {
                Some(raw) => id_of(raw, "source")?,
                None => Text::from(""),
            },
            time: read_time(required(members.time, "time")?.get()).ok_or_else(|| {
                let cause = "a time is RFC 3339 text with a zone, or whole milliseconds since 1970";
                Reject::new(Code::WrongType, "/time", cause)
            })?,
            kind,
            ask: (members.others.get(&Member(Cow::Borrowed("ask"))))
                .and_then(|raw| read_text(raw.get())),
            trace: (members.others.get(&Member(Cow::Borrowed("traceparent"))))
                .and_then(|raw| trace(&read_text(raw.get())?)),
            data: members.data,
        })
    }
}

/// A `traceparent` of W3C Trace Context: version, trace, parent and flags in lower hex. Of anything else nothing
/// is known, and nothing is wrong: it is somebody's extension. Version `ff`, and a trace or parent of noughts, are
/// none.
pub(super) fn trace(text: &str) -> Option<Text> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let hex = |part: &str, length: usize| part.len() == length && part.bytes().all(is_hex);
    let id = |part: &str, length: usize| hex(part, length) && part.bytes().any(|b| b != b'0');
    let mut parts = text.split('-');
    let parts = [(); 5].map(|()| parts.next());
    let [Some(version), Some(trace), Some(parent), Some(flags), None] = parts else {
        return None;
    };
    let is_one = hex(version, 2) && version != "ff" && id(trace, 32) && id(parent, 16);
    (is_one && hex(flags, 2)).then(|| Text::from(text))
}

impl Envelope<'_> {
    /// The time alone.
    pub(super) fn read_time(text: &str) -> Option<i64> {
        let mut parser = serde_json::Deserializer::from_str(text);
        let members = parser.deserialize_map(MembersVisitor).ok()?;
        time::read(members.time?.get())
    }
}

pub(super) fn malformed(error: &serde_json::Error) -> Reject {
    let cause = format!("not one JSON object: {error}");
    Reject::new(Code::Malformed, "", cause)
}

fn required<'a>(raw: Option<&'a RawValue>, name: &str) -> Result<&'a RawValue, Reject> {
    raw.ok_or_else(|| absent(name))
}

pub(super) fn absent(name: &str) -> Reject {
    let cause = format!("`{name}` is absent; every event has id, type, customer and time");
    Reject::new(Code::MissingMember, format!("/{name}"), cause)
}

fn text_of<'a>(raw: &'a RawValue, name: &str) -> Result<Cow<'a, str>, Reject> {
    read_text(raw.get()).ok_or_else(|| {
        let cause = format!("`{name}` is a text");
        Reject::new(Code::WrongType, format!("/{name}"), cause)
    })
}

/// Reads a JSON string, borrowing where it has no escapes.
pub(super) fn read_text(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if is_plain(inner) {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(raw).ok().map(Cow::Owned)
}

/// Reads a time; a text with escapes is a text all the same.
pub(super) fn read_time(raw: &str) -> Option<i64> {
    match read_text(raw) {
        Some(Cow::Owned(text)) => time::read(&format!("\"{text}\"")),
        _ => time::read(raw),
    }
}

fn id_of(raw: &RawValue, name: &str) -> Result<Text, Reject> {
    let text = text_of(raw, name)?;
    check_id(&text).map_err(|cause| Reject::new(Code::BadId, format!("/{name}"), cause))?;
    Ok(Text::from(text.as_ref()))
}

/// What an id may be: not empty, bounded, without control characters.
pub(super) fn check_id(id: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err("an id is not empty".to_owned());
    }
    if id.len() > ID_BYTES_MAX {
        return Err(format!("an id has at most {ID_BYTES_MAX} bytes"));
    }
    let printable = id.bytes().all(|b| (0x20..0x7f).contains(&b));
    if !printable && id.chars().any(char::is_control) {
        return Err("an id has no control characters".to_owned());
    }
    Ok(())
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        while let Some(key) = map.next_key::<Member<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            let place = match key.0.as_ref() {
                "id" => &mut members.id,
                "type" => &mut members.kind,
                "customer" => &mut members.customer,
                "source" => &mut members.source,
                "time" => &mut members.time,
                "data" => &mut members.data,
                _ => {
                    if members.others.insert(key.clone(), value).is_some() {
                        members.twice = Some(twice("", &key.0));
                    }
                    continue;
                }
            };
            if place.replace(value).is_some() {
                members.twice = Some(twice("", &key.0));
            }
        }
        Ok(members)
    }
}
