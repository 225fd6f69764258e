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
        customer: Some(members.customer?),
        source: members.source.unwrap_or_default(),
        time: members.time?,
        data: None,
        ask: None,
        trace: members.trace,
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
    trace: Option<Text>,
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
            // Hardly any record has one.
            "ask" => None,
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
                let value = cursor.scalar()?;
                if name == "traceparent" {
                    self.trace = envelope::read_text(value).and_then(|text| envelope::trace(&text));
                }
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
mod tests;
