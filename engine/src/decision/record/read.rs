//! A record read back: its event, its facts and the policy's answers, to decide again.

use super::{DecisionRecord, TriggerLine, is_of_customer, slots};
use crate::decision::policy::Answer;
use crate::event::{Asked, Event};
use rules::book::Book;
use rules::facts::Facts;
use rules::layout::Slot;
use rules::value::{Type, Value};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Why a record could not be read back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The line is no record.
    #[error("this is not a decision record: {0}")]
    Unreadable(String),
    /// The book does not know the event type.
    #[error("the rule book has no event type `{0}`")]
    UnknownEvent(String),
    /// A value does not fit its slot.
    #[error("the fact `{0}` does not have the type this rule book gives it")]
    WrongFact(String),
    /// An answer of the policy cannot be read.
    #[error("the recorded answer to `{0}` cannot be read")]
    WrongView(String),
    /// The time or the zone cannot be read.
    #[error("`{0}` is not a time or a time zone")]
    WrongTime(String),
}

impl DecisionRecord {
    /// Reads one line.
    ///
    /// # Errors
    /// The line is no record.
    pub fn parse(line: &str) -> Result<Self, RecordError> {
        serde_json::from_str(line.trim()).map_err(|e| RecordError::Unreadable(e.to_string()))
    }

    /// The event, as far as a decision looks at it: its fields are in the facts.
    ///
    /// # Errors
    /// The book has no such event type, or the time cannot be read.
    pub fn event(&self, book: &Book) -> Result<Event, RecordError> {
        let kind = book
            .catalogue
            .event_named(&self.event.ty)
            .ok_or_else(|| RecordError::UnknownEvent(self.event.ty.to_string()))?;
        let time: jiff::Timestamp = self
            .event
            .time
            .parse()
            .map_err(|_| RecordError::WrongTime(self.event.time.clone()))?;
        Ok(Event {
            seq: 0,
            ordinal: 0,
            kind,
            id: self.event.id.clone(),
            source: self.event.source.clone(),
            customer: self.customer.clone(),
            time: time.as_millisecond(),
            door: time.as_millisecond(),
            fields: Vec::new(),
            digest: 0,
            late: self.event.late,
            asked: (self.event.ask.as_deref())
                .and_then(|ask| Asked::read(ask, &book.catalogue))
                .map(Box::new),
            trace: self.event.trace.clone(),
            entity_values: Vec::new(),
            entity_truncated: Vec::new(),
        })
    }

    /// What the event completed, as far as a decision looks at it.
    ///
    /// # Errors
    /// The book has no such event type.
    pub fn derived(&self, book: &Book, event: &Event) -> Result<Vec<Event>, RecordError> {
        let derive = |line: &TriggerLine| {
            let kind = book.catalogue.event_named(&line.ty);
            Ok(Event {
                kind: kind.ok_or_else(|| RecordError::UnknownEvent(line.ty.to_string()))?,
                id: line.id.clone(),
                ..event.clone()
            })
        };
        self.triggers.iter().map(derive).collect()
    }

    /// The facts of the event, filled from the record.
    ///
    /// # Errors
    /// A value does not fit its slot.
    pub fn facts(&self, book: &Book, event: &Event) -> Result<Facts, RecordError> {
        let mut facts = Facts::new(book.layout.slots.len());
        facts.reset(event.kind);
        for slot in slots(book, event.kind) {
            fill(book, &mut facts, slot, &self.facts)?;
        }
        Ok(facts)
    }

    /// The facts of what the event completed, in the order of [`Self::derived`].
    ///
    /// # Errors
    /// A value does not fit its slot.
    pub fn facts_of_derived(
        &self,
        book: &Book,
        derived: &[Event],
    ) -> Result<Vec<Facts>, RecordError> {
        let mut all = Vec::with_capacity(derived.len());
        for (event, line) in derived.iter().zip(&self.triggers) {
            let mut facts = Facts::new(book.layout.slots.len());
            facts.reset(event.kind);
            for slot in slots(book, event.kind) {
                if is_of_customer(book, slot) {
                    fill(book, &mut facts, slot, &self.facts)?;
                }
                fill(book, &mut facts, slot, &line.facts)?;
            }
            all.push(facts);
        }
        Ok(all)
    }

    /// The customer's zone.
    ///
    /// # Errors
    /// There is no such zone.
    pub fn time_zone(&self) -> Result<jiff::tz::TimeZone, RecordError> {
        jiff::tz::TimeZone::get(&self.zone).map_err(|_| RecordError::WrongTime(self.zone.clone()))
    }

    /// The answers of the policy.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn answers(&self) -> Result<BTreeMap<String, Answer>, RecordError> {
        self.views
            .iter()
            .map(|(key, json)| match Answer::from_json(json) {
                Some(answer) => Ok((key.clone(), answer)),
                None => Err(RecordError::WrongView(key.clone())),
            })
            .collect()
    }
}

/// Sets a slot that was recorded.
fn fill(
    book: &Book,
    facts: &mut Facts,
    slot: Slot,
    recorded: &BTreeMap<String, Box<RawValue>>,
) -> Result<(), RecordError> {
    if let Some(spec) = book.layout.slot(slot)
        && let Some(raw) = recorded.get(&spec.path)
    {
        let wrong = || RecordError::WrongFact(spec.path.clone());
        facts.set(slot, value(raw, &spec.ty).ok_or_else(wrong)?);
    }
    Ok(())
}

/// A fact from its own digits: a decimal is the double nearest to what stands there, exactly the one
/// that was written.
fn value(raw: &RawValue, ty: &Type) -> Option<Value> {
    let text = raw.get();
    if text == "null" {
        return Some(Value::Missing);
    }
    match ty {
        Type::Decimal => text.parse().ok().map(Value::Decimal),
        Type::Place => {
            let pair: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            match pair.as_slice() {
                [lat, lon] => Some(Value::Place(
                    lat.get().parse().ok()?,
                    lon.get().parse().ok()?,
                )),
                _ => None,
            }
        }
        Type::List(of) => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let items = items.into_iter().map(|item| value(item, of));
            Some(Value::List(items.collect::<Option<_>>()?))
        }
        _ => Value::from_json(&serde_json::from_str(text).ok()?, ty),
    }
}
