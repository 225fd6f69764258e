//! An event that has passed the door: typed, numbered, bounded.

use rules::catalogue::{Catalogue, EventId};
use rules::value::{EntityKey, Text, Value};

/// An event in slots: what every room below the door works on.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The door's number: the order in which inputs were taken. Derived events carry their parent's.
    pub seq: u64,
    /// Which of the events that share a `seq`: 0 for the input itself, then 1, 2 … for what it derives.
    pub ordinal: u32,
    /// The event type.
    pub kind: EventId,
    /// The sender's id.
    pub id: Text,
    /// The sender.
    pub source: Text,
    /// The customer.
    pub customer: Text,
    /// Event time, ms since the epoch.
    pub time: i64,
    /// Door time: the door's clock when the event was taken, ms.
    pub door: i64,
    /// One value per field of the event type, in the catalogue's order.
    pub fields: Vec<Value>,
    /// A digest of the content, to tell a repeat from a mismatch.
    pub digest: u64,
    /// It came after a newer event of its customer was decided.
    pub late: bool,
    /// The place that whoever asks wants to be filled.
    pub asked: Option<Box<Asked>>,
    /// The trace it is part of, as W3C Trace Context writes it (`traceparent`).
    pub trace: Option<Text>,
    /// Values of entity features, read when the entities took the event:
    /// by place in [`crate::plan::EventPlan::entity_reads`] of its type.
    pub entity_values: Vec<Value>,
    /// The places of those that are not all there is.
    pub entity_truncated: Vec<usize>,
}

/// A place on a channel that is filled because somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The channel.
    pub channel: Text,
    /// The place on it.
    pub placement: Text,
}

impl Asked {
    /// Reads `app/home_banner`. An extension of somebody else's is no place of this catalogue.
    #[must_use]
    pub fn read(text: &str, catalogue: &Catalogue) -> Option<Self> {
        let (channel, placement) = text.split_once('/')?;
        let found = catalogue.channel_named(&Text::from(channel))?;
        let placement = found.placement(placement)?.name.clone();
        Some(Self {
            channel: found.name.clone(),
            placement,
        })
    }
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.channel, self.placement)
    }
}

impl Event {
    /// The placement asked for on this channel.
    #[must_use]
    pub fn asked_on(&self, channel: &Text) -> Option<&Text> {
        let asked = self.asked.as_ref().filter(|a| a.channel == *channel);
        asked.map(|asked| &asked.placement)
    }

    /// The entity in the field at this place, if the field refers to one and is present.
    #[must_use]
    pub fn entity(&self, field: usize) -> Option<&EntityKey> {
        match self.fields.get(field) {
            Some(Value::Ref(key)) => Some(key),
            _ => None,
        }
    }
}
