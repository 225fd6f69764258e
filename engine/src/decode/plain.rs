//! The plain record, read in one pass: an object of scalars with `data` an object of scalars, no
//! escapes, nothing wrong. Nearly every record is one. Of any other it says nothing, and the full
//! reader, which can word what is wrong, is asked; where both speak they say the same.

use super::envelope::{self, Envelope};
use super::field::{self, read_field};
use super::scan::Cursor;
use crate::limits::MEMBERS_MAX;
use rules::catalogue::{Catalogue, EventId, EventType, Extra};
use rules::value::{Text, Value};

/// Members beside the event's own that are compared with each other; a record with more is not plain.
const OTHERS_MAX: usize = 16;

/// The envelope and the values of a plain record's fields.
pub(super) fn read<'a>(
    text: &'a str,
    catalogue: &Catalogue,
) -> Option<(Envelope<'a>, EventId, Vec<Value>)> {
    let mut cursor = Cursor::new(text);
    let mut members = Members::default();
    cursor.take(b'{')?;
    loop {
        let name = cursor.string()?;
        cursor.take(b':')?;
        members.take(name, &mut cursor, catalogue)?;
        if !cursor.next_is(b',') {
            break;
        }
    }
    cursor.take(b'}')?;
    cursor.end()?;
    let (kind, event) = members.event?;
    let fields = match members.fields {
        Some(fields) => fields,
        // `data` came before `type`, or not at all.
        None => read_data(&mut Cursor::new(members.data.unwrap_or("{}")), event)?,
    };
    let envelope = Envelope {
        id: members.id?,
        kind: members.kind?.into(),
        customer: members.customer?,
        source: members.source.unwrap_or_default(),
        time: members.time?,
        data: None,
    };
    Some((envelope, kind, fields))
}

#[derive(Default)]
struct Members<'a, 'c> {
    id: Option<Text>,
    kind: Option<&'a str>,
    event: Option<(EventId, &'c EventType)>,
    customer: Option<Text>,
    source: Option<Text>,
    time: Option<i64>,
    data: Option<&'a str>,
    fields: Option<Vec<Value>>,
    others: Names<'a>,
}

impl<'a, 'c> Members<'a, 'c> {
    fn take(
        &mut self,
        name: &'a str,
        cursor: &mut Cursor<'a>,
        catalogue: &'c Catalogue,
    ) -> Option<()> {
        match name {
            "id" => once(&mut self.id, id(cursor)?),
            "customer" => once(&mut self.customer, id(cursor)?),
            "source" => once(&mut self.source, id(cursor)?),
            "time" => once(&mut self.time, envelope::read_time(cursor.scalar()?)?),
            "type" => {
                let kind = cursor.string()?;
                let id = super::known_type(kind, catalogue).ok()?;
                self.event = Some((id, catalogue.event(id)?));
                once(&mut self.kind, kind)
            }
            "data" => {
                if self.data.is_some() || self.fields.is_some() {
                    return None;
                }
                match self.event {
                    Some((_, event)) => self.fields = Some(read_data(cursor, event)?),
                    None => self.data = Some(cursor.flat_object()?),
                }
                Some(())
            }
            _ => {
                cursor.scalar()?;
                self.others.add(name)
            }
        }
    }
}

/// One value per field, as [`field::read_data`] gives them.
fn read_data(cursor: &mut Cursor<'_>, event: &EventType) -> Option<Vec<Value>> {
    let mut values = vec![Value::Missing; event.fields.len()];
    let mut others = Names::default();
    let (mut taken, mut next) = (0u64, 0);
    cursor.take(b'{')?;
    if !cursor.next_is(b'}') {
        for _ in 0..MEMBERS_MAX {
            let name = cursor.string()?;
            cursor.take(b':')?;
            let raw = cursor.scalar()?;
            match place(event, name, next) {
                Some(at) => {
                    let bit = 1u64.checked_shl(u32::try_from(at).ok()?)?;
                    if taken & bit != 0 {
                        return None;
                    }
                    taken |= bit;
                    next = at + 1;
                    *values.get_mut(at)? = read_field(raw, event.fields.get(at)?).ok()?;
                }
                None if event.extra == Extra::Refuse => return None,
                None => others.add(name)?,
            }
            if !cursor.next_is(b',') {
                break;
            }
        }
        cursor.take(b'}')?;
    }
    field::fill_absent(&mut values, event).ok()?;
    Some(values)
}

/// The place of a field. Senders write members in one order, mostly the catalogue's.
fn place(event: &EventType, name: &str, next: usize) -> Option<usize> {
    let is = |at: &usize| event.fields.get(*at).is_some_and(|f| f.json == name);
    Some(next)
        .filter(is)
        .or_else(|| (0..event.fields.len()).find(is))
}

fn id(cursor: &mut Cursor<'_>) -> Option<Text> {
    let text = cursor.string()?;
    envelope::check_id(text).ok()?;
    Some(Text::from(text))
}

fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// Names of members that nobody reads: each once.
#[derive(Default)]
struct Names<'a> {
    names: [&'a str; OTHERS_MAX],
    count: usize,
}

impl<'a> Names<'a> {
    fn add(&mut self, name: &'a str) -> Option<()> {
        if self.names.get(..self.count)?.contains(&name) {
            return None;
        }
        *self.names.get_mut(self.count)? = name;
        self.count += 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CATALOGUE, FIELDS, VALUES};
    use super::*;
    use proptest::prelude::*;

    fn both(text: &str) -> (bool, bool) {
        let full = super::super::read_fully(text, &CATALOGUE);
        let plain = read(text, &CATALOGUE);
        if let Some((envelope, kind, fields)) = &plain {
            let (expected, expected_kind, expected_fields) =
                full.as_ref().unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!((kind, fields), (expected_kind, expected_fields), "{text}");
            let told = |e: &Envelope<'_>| {
                let texts = [&e.id, &e.customer, &e.source].map(Text::to_string);
                (texts, e.kind.to_string(), e.time)
            };
            assert_eq!(told(envelope), told(expected), "{text}");
        }
        (plain.is_some(), full.is_ok())
    }

    /// A member of the envelope or of the data, mostly as it should be.
    fn member(names: Vec<&'static str>) -> impl Strategy<Value = String> {
        let value = prop_oneof![
            6 => proptest::sample::select(VALUES.to_vec()).prop_map(str::to_owned),
            1 => "[ -~\\n日]{0,6}",
        ];
        let space = proptest::sample::select(vec!["", "", "", " ", "\t\r\n"]);
        (proptest::sample::select(names), value, space)
            .prop_map(|(name, value, space)| format!("{space}\"{name}\"{space}:{value}{space}"))
    }

    fn data() -> impl Strategy<Value = String> {
        let names = [&FIELDS[..], &["other", "more"]].concat();
        let members = proptest::collection::vec(member(names), 0..6);
        members.prop_map(|m| format!("\"data\":{{{}}}", m.join(",")))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn the_plain_reader_says_what_the_full_one_says(
            data in data(),
            extra in proptest::collection::vec(
                member(vec!["id", "type", "source", "time", "data", "trace", "specversion"]), 0..2),
            places in proptest::collection::vec(any::<proptest::sample::Index>(), 8),
            end in proptest::sample::select(vec!["}", "}", "}", "} ", "", "}x", ",}"]),
        ) {
            let base = [
                r#""id":"e1""#, r#""type":"channel.everything""#, r#""customer":"c1""#,
                r#""time":"2026-03-02T09:00:00Z""#, r#""source":"s""#,
            ];
            let mut members: Vec<String> = base.map(str::to_owned).to_vec();
            members.push(data);
            members.extend(extra);
            for (at, place) in places.iter().enumerate().take(members.len()) {
                let other = place.index(members.len());
                members.swap(at, other);
            }
            both(&format!("{{{}{end}", members.join(",")));
        }
    }

    #[test]
    fn an_everyday_record_is_plain_in_any_order() {
        let kind = r#""type":"channel.everything""#;
        let rest = r#""id":"e1","customer":"c1","time":1000,"trace":"00-1","version":1.0"#;
        let data = r#""data":{"int":5,"money":12.30,"card":"k1","text":"日本","unknown":null}"#;
        for text in [
            format!("{{{rest},{kind},{data}}}"),
            format!("{{{data}, {rest} ,{kind}}}\r\n"),
            format!("{{{kind},{rest}}}"),
        ] {
            assert_eq!(both(&text), (true, true), "{text}");
        }
        // What is well-formed and not plain is left to the full reader.
        let lists = format!(r#"{{{kind},{rest},"data":{{"ints":[1,2]}}}}"#);
        assert_eq!(both(&lists), (false, true));
        let escaped = format!(r#"{{{kind},{rest},"data":{{"text":"\u00e9"}}}}"#);
        assert_eq!(both(&escaped), (false, true));
    }
}
