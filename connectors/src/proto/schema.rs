//! What a message is made of, gathered from a compiled text.

use prost_reflect::{Cardinality, Syntax};
use prost_reflect::{EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};
use std::collections::BTreeMap;

/// Messages of a schema, at most.
const MESSAGES_MAX: usize = 4_096;

/// The schema of a writer.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(super) messages: Vec<Message>,
    /// Which of them is meant by its place in the file: among the messages there, and then within each.
    pub(super) places: BTreeMap<Vec<u32>, usize>,
}

/// What a message is made of.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) meaning: Meaning,
    /// As the text has them.
    pub(super) fields: Vec<Field>,
    /// Where a field of a number stands among them.
    pub(super) numbers: BTreeMap<u32, usize>,
    /// How many choices of one field among several it has.
    pub(super) choices: usize,
}

/// What a message stands for as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Its fields.
    Fields,
    /// A time: seconds and nanoseconds.
    Moment,
    /// The one value in it, which could be absent otherwise.
    Wrapper,
    /// A decimal: digits, and how many of them are behind the point.
    Decimal,
    /// A day: year, month, day.
    Date,
}

/// A field of a message.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) often: Often,
    /// The choice that it is of.
    pub(super) choice: Option<usize>,
}

/// How often a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Often {
    /// Always: not written, it is zero or empty.
    Always,
    /// Or not at all.
    Perhaps,
    /// A value without it is none.
    Required,
    /// Any number of times.
    Many,
    /// Any number of times, each under a key.
    Map,
}

/// What one value is made of.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Float,
    Double,
    Text,
    Bytes,
    Symbol(Symbols),
    /// The message at this place.
    Message(usize),
    /// The same, with a sign before and behind it in place of its length.
    Group(usize),
}

/// The names of an enum's numbers.
#[derive(Clone, Debug)]
pub(super) struct Symbols {
    pub(super) names: BTreeMap<i32, String>,
    /// A number without a name is taken for a field that is not known.
    pub(super) is_closed: bool,
}

impl Schema {
    /// Gathers all that the messages of a file are made of.
    pub(super) fn of(file: &FileDescriptor) -> Result<Self, String> {
        let mut gatherer = Gatherer::default();
        let mut places = BTreeMap::new();
        let mut open: Vec<(Vec<u32>, MessageDescriptor)> = placed(&[], file.messages()).collect();
        while let Some((place, message)) = open.pop() {
            open.extend(placed(&place, message.child_messages()));
            places.insert(place, gatherer.place(&message)?);
        }
        if places.is_empty() {
            return Err("it has no message".to_owned());
        }
        // What is gathered may name more messages than there are.
        while let Some(message) = gatherer.open.pop() {
            gatherer.gather(&message)?;
        }
        let mut messages: Vec<(usize, Message)> = gatherer.done;
        messages.sort_by_key(|(at, _)| *at);
        Ok(Self {
            messages: messages.into_iter().map(|(_, message)| message).collect(),
            places,
        })
    }
}

/// Messages that have a place here. Those that stand for an entry of a map have none: no text names them.
fn placed(
    within: &[u32],
    messages: impl Iterator<Item = MessageDescriptor>,
) -> impl Iterator<Item = (Vec<u32>, MessageDescriptor)> {
    let named = messages.filter(|message| !message.is_map_entry());
    (0u32..).zip(named).map(move |(number, message)| {
        let place = within.iter().copied().chain([number]).collect();
        (place, message)
    })
}

#[derive(Default)]
struct Gatherer {
    places: BTreeMap<String, usize>,
    open: Vec<MessageDescriptor>,
    done: Vec<(usize, Message)>,
}

impl Gatherer {
    /// Where a message will stand.
    fn place(&mut self, message: &MessageDescriptor) -> Result<usize, String> {
        if let Some(place) = self.places.get(message.full_name()) {
            return Ok(*place);
        }
        let place = self.places.len();
        if place >= MESSAGES_MAX {
            return Err(format!("it has more than {MESSAGES_MAX} messages"));
        }
        self.places.insert(message.full_name().to_owned(), place);
        self.open.push(message.clone());
        Ok(place)
    }

    fn gather(&mut self, message: &MessageDescriptor) -> Result<(), String> {
        let place = self.place(message)?;
        let (mut fields, mut numbers) = (Vec::new(), BTreeMap::new());
        for said in &message.descriptor_proto().field {
            let number = u32::try_from(said.number()).ok();
            let Some(field) = number.and_then(|number| message.get_field(number)) else {
                return Err(format!(
                    "a field of `{}` has no number",
                    message.full_name()
                ));
            };
            numbers.insert(field.number(), fields.len());
            fields.push(self.field(message, &field)?);
        }
        let done = Message {
            name: message.full_name().to_owned(),
            meaning: meaning(message.full_name()),
            fields,
            numbers,
            choices: message.oneofs().len(),
        };
        self.done.push((place, done));
        Ok(())
    }

    fn field(
        &mut self,
        message: &MessageDescriptor,
        field: &FieldDescriptor,
    ) -> Result<Field, String> {
        let shape = match field.kind() {
            Kind::Bool => Shape::Bool,
            Kind::Int32 => Shape::Int32,
            Kind::Int64 => Shape::Int64,
            Kind::Uint32 => Shape::Uint32,
            Kind::Uint64 => Shape::Uint64,
            Kind::Sint32 => Shape::Sint32,
            Kind::Sint64 => Shape::Sint64,
            Kind::Fixed32 => Shape::Fixed32,
            Kind::Fixed64 => Shape::Fixed64,
            Kind::Sfixed32 => Shape::Sfixed32,
            Kind::Sfixed64 => Shape::Sfixed64,
            Kind::Float => Shape::Float,
            Kind::Double => Shape::Double,
            Kind::String => Shape::Text,
            Kind::Bytes => Shape::Bytes,
            Kind::Enum(symbols) => Shape::Symbol(Symbols::of(&symbols)),
            Kind::Message(of) if field.is_group() => Shape::Group(self.place(&of)?),
            Kind::Message(of) => Shape::Message(self.place(&of)?),
        };
        let often = match field.cardinality() {
            Cardinality::Repeated if field.is_map() => Often::Map,
            Cardinality::Repeated => Often::Many,
            Cardinality::Required => Often::Required,
            Cardinality::Optional if field.supports_presence() => Often::Perhaps,
            Cardinality::Optional => Often::Always,
        };
        let of = field.containing_oneof();
        let choice = of.and_then(|of| message.oneofs().position(|one| one == of));
        Ok(Field {
            name: field.name().to_owned(),
            shape,
            often,
            choice,
        })
    }
}

impl Symbols {
    fn of(symbols: &EnumDescriptor) -> Self {
        let mut names = BTreeMap::new();
        for value in &symbols.enum_descriptor_proto().value {
            // Of several names of a number the first is meant.
            names
                .entry(value.number())
                .or_insert_with(|| value.name().to_owned());
        }
        Self {
            names,
            is_closed: symbols.parent_file().syntax() == Syntax::Proto2,
        }
    }
}

/// What the messages of this name stand for, whoever uses them.
fn meaning(name: &str) -> Meaning {
    match name {
        "google.protobuf.Timestamp" => Meaning::Moment,
        "google.protobuf.DoubleValue"
        | "google.protobuf.FloatValue"
        | "google.protobuf.Int64Value"
        | "google.protobuf.UInt64Value"
        | "google.protobuf.Int32Value"
        | "google.protobuf.UInt32Value"
        | "google.protobuf.BoolValue"
        | "google.protobuf.StringValue"
        | "google.protobuf.BytesValue" => Meaning::Wrapper,
        "confluent.type.Decimal" => Meaning::Decimal,
        "google.type.Date" => Meaning::Date,
        _ => Meaning::Fields,
    }
}
