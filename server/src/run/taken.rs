//! What a source took from its topics: how far it read, and records that are no events.

use connectors::kafka::places::{Partition, Places};
use connectors::kafka::record::Pulled;
use engine::log::bytes::{Cursor, put_bytes, put_varint, put_zigzag};
use engine::reject::Reject;
use serde_json::{Value, json};
use std::sync::Arc;

/// Bytes of a record that is no event, as it is kept: what is longer is cut.
pub(crate) const KEPT_BYTES_MAX: usize = 512 * 1024;
/// Bytes of its headers.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// What a source has handed over with an ask.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The source.
    pub(crate) source: Arc<str>,
    /// Per partition the next offset, once this is committed.
    pub(crate) next: Places,
    /// Where each record of the ask came from. Its value is here only where the record says it in
    /// other words.
    pub(crate) origins: Vec<Pulled>,
    /// Records that never became one.
    pub(crate) rejects: Vec<Rejected>,
    /// Records that another division decides about.
    pub(crate) moved: Vec<Vec<u8>>,
}

/// The name under which the log knows how far a partition was read.
pub(crate) fn place_name(source: &str, partition: &Partition) -> String {
    format!("{source} {} {}", partition.topic, partition.number)
}

/// The partition and its place, where they are of this source.
pub(crate) fn place_of(source: &str, name: &str, offset: &[u8]) -> Option<(Partition, i64)> {
    let rest = name.strip_prefix(source)?.strip_prefix(' ')?;
    let (topic, number) = rest.split_once(' ')?;
    let next = i64::try_from(Cursor::new(offset).varint()?).ok()?;
    Some((Partition::new(topic, number.parse().ok()?), next))
}

/// A record that is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// The source it came by.
    pub(crate) source: Arc<str>,
    /// What it is and where it came from.
    pub(crate) origin: Pulled,
    /// Why, in one word.
    pub(crate) code: String,
    /// Where in it.
    pub(crate) pointer: String,
    /// Why, in a sentence.
    pub(crate) cause: String,
}

impl Rejected {
    pub(crate) fn of(source: &Arc<str>, origin: Pulled, reject: &Reject) -> Self {
        Self {
            source: Arc::clone(source),
            origin,
            code: reject.code.name().to_owned(),
            pointer: reject.pointer.clone(),
            cause: reject.cause.clone(),
        }
    }

    /// Its bytes in the log.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let origin = &self.origin;
        for text in [&self.source, origin.topic.as_str()] {
            put_bytes(text.as_bytes(), out);
        }
        put_zigzag(origin.partition.into(), out);
        put_zigzag(origin.offset, out);
        put_zigzag(origin.at, out);
        for text in [&self.code, &self.pointer, &self.cause] {
            put_bytes(text.as_bytes(), out);
        }
        let mut room = HEADER_BYTES_MAX;
        let fits = |(key, value): &&(String, Vec<u8>)| {
            let bytes = key.len() + value.len();
            let fits = bytes <= room;
            room = room.saturating_sub(bytes);
            fits
        };
        let headers: Vec<_> = origin.headers.iter().take_while(fits).collect();
        put_varint(headers.len() as u64, out);
        for (key, value) in headers {
            put_bytes(key.as_bytes(), out);
            put_bytes(value, out);
        }
        for bytes in [&origin.key, &origin.value] {
            out.push(u8::from(bytes.is_some()));
            let bytes = bytes.as_deref().unwrap_or_default();
            put_bytes(bytes.get(..KEPT_BYTES_MAX).unwrap_or(bytes), out);
        }
    }

    /// One line for people and programs; bytes that are no text are shown as far as they are.
    pub(crate) fn shown(&self, seq: u64) -> Value {
        let text = |bytes: &Option<Vec<u8>>| {
            let bytes = bytes.as_deref()?;
            Some(String::from_utf8_lossy(bytes).into_owned())
        };
        let origin = &self.origin;
        json!({
            "seq": seq, "source": &*self.source, "topic": origin.topic, "partition": origin.partition,
            "offset": origin.offset, "code": self.code, "pointer": self.pointer, "cause": self.cause,
            "key": text(&origin.key), "value": text(&origin.value),
        })
    }

    /// Reads it back.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let source = cursor.text()?.into();
        let mut origin = Pulled {
            topic: cursor.text()?.to_owned(),
            partition: i32::try_from(cursor.zigzag()?).ok()?,
            offset: cursor.zigzag()?,
            at: cursor.zigzag()?,
            ..Pulled::default()
        };
        let mut text = || Some(cursor.text()?.to_owned());
        let (code, pointer, cause) = (text()?, text()?, text()?);
        for _ in 0..cursor.varint()? {
            let key = cursor.text()?.to_owned();
            origin.headers.push((key, cursor.bytes()?.to_vec()));
        }
        let mut some = || {
            let is_there = cursor.u8()? == 1;
            let bytes = cursor.bytes()?.to_vec();
            Some(is_there.then_some(bytes))
        };
        (origin.key, origin.value) = (some()?, some()?);
        cursor.is_empty().then_some(Self {
            source,
            origin,
            code,
            pointer,
            cause,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected() -> Rejected {
        Rejected {
            source: "core".into(),
            origin: Pulled {
                topic: "bank.events".to_owned(),
                partition: 3,
                offset: 1 << 40,
                at: -1,
                key: None,
                headers: vec![("ce_id".to_owned(), vec![0xff])],
                value: Some(b"{".to_vec()),
            },
            code: "MALFORMED".to_owned(),
            pointer: "/data".to_owned(),
            cause: "不是 JSON".to_owned(),
        }
    }

    #[test]
    fn what_is_no_event_comes_back_from_the_log() {
        let mut one = rejected();
        let mut bytes = Vec::new();
        one.write(&mut bytes);
        assert_eq!(Rejected::read(&bytes).as_ref(), Some(&one));
        assert!((0..bytes.len()).all(|end| Rejected::read(&bytes[..end]).is_none()));
        one.origin.value = Some(vec![b'x'; KEPT_BYTES_MAX + 1]);
        one.origin.headers = vec![("long".to_owned(), vec![0; HEADER_BYTES_MAX])];
        bytes.clear();
        one.write(&mut bytes);
        let read = Rejected::read(&bytes).unwrap();
        assert_eq!(read.origin.value.map(|v| v.len()), Some(KEPT_BYTES_MAX));
        assert!(read.origin.headers.is_empty());
    }

    #[test]
    fn a_place_is_found_under_its_source_alone() {
        let partition = Partition::new("a.b", 12);
        let name = place_name("core", &partition);
        let mut offset = Vec::new();
        put_varint(99, &mut offset);
        assert_eq!(place_of("core", &name, &offset), Some((partition, 99)));
        assert_eq!(place_of("cor", &name, &offset), None);
        assert_eq!(place_of("core", "core", &offset), None);
    }
}
