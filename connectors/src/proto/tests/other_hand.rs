//! What another writer writes is read as it reads it itself, also when a few bytes of it are others; what
//! is rubbish is told.

use super::super::Files;
use super::{SCHEMA, read, schema};
use proptest::prelude::*;
use prost_reflect::prost::Message as _;
use prost_reflect::{
    DynamicMessage, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value as Proto,
};
use serde_json::{Map, Value, json};

fn descriptor(text: &str, name: &str) -> MessageDescriptor {
    let file = protox::file::File::from_source("a.proto", text).unwrap();
    struct One(protox::file::File, Files);
    impl protox::file::FileResolver for One {
        fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
            match name {
                "a.proto" => Ok(self.0.clone()),
                name => self.1.open_file(name),
            }
        }
    }
    let files = Files::new(String::new()).unwrap();
    let mut compiler = protox::Compiler::with_file_resolver(One(file, files));
    compiler.open_file("a.proto").unwrap();
    let pool = compiler.descriptor_pool();
    pool.get_message_by_name(name).unwrap()
}

/// The same value as the other hand tells it.
fn told(message: &DynamicMessage) -> Value {
    let mut all = Map::new();
    for field in message.descriptor().fields() {
        if !field.supports_presence() || message.has_field(&field) {
            let value = message.get_field(&field);
            all.insert(field.name().to_owned(), value_of(&field.kind(), &value));
        }
    }
    Value::Object(all)
}

fn value_of(kind: &Kind, value: &Proto) -> Value {
    use base64::Engine as _;
    match value {
        Proto::Bool(value) => json!(value),
        Proto::I32(value) => json!(value),
        Proto::I64(value) => json!(value),
        Proto::U32(value) => json!(value),
        Proto::U64(value) => json!(value),
        Proto::F32(value) => serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap(),
        // By way of a text, as the one that is compared.
        Proto::F64(value) => serde_json::from_str(&json!(value).to_string()).unwrap(),
        Proto::String(value) => json!(value),
        Proto::Bytes(value) => json!(base64::engine::general_purpose::STANDARD.encode(value)),
        Proto::EnumNumber(number) => {
            let symbols = kind.as_enum().unwrap();
            symbols.get_value(*number).map_or(json!(number), |_| {
                // Of several names the first is meant.
                let mut all = symbols.enum_descriptor_proto().value.iter();
                json!(all.find(|one| one.number() == *number).unwrap().name())
            })
        }
        Proto::Message(message) => told(message),
        Proto::List(all) => all.iter().map(|one| value_of(kind, one)).collect(),
        Proto::Map(all) => {
            let of = kind.as_message().unwrap().map_entry_value_field().kind();
            let entry = |(key, value)| (key_of(key), value_of(&of, value));
            Value::Object(all.iter().map(entry).collect())
        }
    }
}

fn key_of(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

/// A message that the numbers drawn make.
fn drawn(of: &MessageDescriptor, draw: &mut impl FnMut() -> u64, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(of.clone());
    for field in of.fields() {
        if draw().is_multiple_of(3) || (depth > 3 && field.kind().as_message().is_some()) {
            continue;
        }
        let value = if field.is_map() {
            let entry = field.kind().as_message().unwrap().clone();
            let (key, value) = (
                entry.map_entry_key_field().kind(),
                entry.map_entry_value_field().kind(),
            );
            let one = |draw: &mut _| {
                let key = one_of(&key, draw, depth).into_map_key().unwrap();
                (key, one_of(&value, draw, depth))
            };
            Proto::Map((0..draw() % 4).map(|_| one(draw)).collect())
        } else if field.is_list() {
            Proto::List(
                (0..draw() % 4)
                    .map(|_| one_of(&field.kind(), draw, depth))
                    .collect(),
            )
        } else {
            one_of(&field.kind(), draw, depth)
        };
        message.set_field(&field, value);
    }
    message
}

fn one_of(kind: &Kind, draw: &mut impl FnMut() -> u64, depth: usize) -> Proto {
    let n = draw() >> (draw() % 64);
    let n = if draw().is_multiple_of(2) {
        n
    } else {
        n.wrapping_neg()
    };
    match kind {
        Kind::Bool => Proto::Bool(n % 2 == 0),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Proto::I32(n as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Proto::I64(n as i64),
        Kind::Uint32 | Kind::Fixed32 => Proto::U32(n as u32),
        Kind::Uint64 | Kind::Fixed64 => Proto::U64(n),
        Kind::Float => Proto::F32((n % 100_000) as f32 / 8.0),
        Kind::Double => Proto::F64(n as f64 / 3.0),
        Kind::String => Proto::String(format!("客\"{n}")),
        Kind::Bytes => Proto::Bytes(n.to_le_bytes().to_vec().into()),
        Kind::Enum(_) => Proto::EnumNumber((n % 5) as i32 - 2),
        Kind::Message(of) => Proto::Message(drawn(of, draw, depth + 1)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// What another hand writes is read as it reads it; also when a few bytes of it are others.
    #[test]
    fn another_writer_and_this_reader_mean_the_same(seed in any::<u64>(), flips in any::<[(u16, u8); 3]>()) {
        let of = descriptor(SCHEMA, "bank.Event");
        let schema = schema(SCHEMA);
        let mut state = seed;
        let mut draw = || {
            // splitmix64
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut n = state;
            n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            n ^ (n >> 31)
        };
        let message = drawn(&of, &mut draw, 0);
        let mut bytes = message.encode_to_vec();
        prop_assert_eq!(read(&schema, &bytes), Ok(told(&message)));
        for end in 0..bytes.len().min(200) {
            // Cut: it may still be one, of which the rest is absent.
            let (ours, theirs) = (read(&schema, &bytes[..end]), DynamicMessage::decode(of.clone(), &bytes[..end]));
            if let Ok(theirs) = theirs {
                prop_assert_eq!(ours, Ok(told(&theirs)));
            } else {
                prop_assert!(ours.is_err());
            }
        }
        for (at, flip) in flips {
            let length = bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(usize::from(at) % length) {
                *byte ^= flip;
            }
            if let (Ok(ours), Ok(theirs)) = (read(&schema, &bytes), DynamicMessage::decode(of.clone(), bytes.as_slice())) {
                prop_assert_eq!(ours, told(&theirs));
            }
        }
    }

    /// Rubbish is a value or a reason, whatever message it is said to be, and always an end.
    #[test]
    fn rubbish_is_told(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(json) = schema(SCHEMA).json(&bytes) {
            prop_assert!(serde_json::from_str::<Value>(&json).is_ok(), "{}", json);
        }
    }

    /// A text with a stroke of rubbish in it is a schema or says what is none.
    #[test]
    fn a_text_of_rubbish_is_told(at in 0..SCHEMA.len(), more in "[a-z0-9{}\\[\\]<>()=;.,\"'/* -]{0,12}", cut in 0usize..40) {
        let (start, rest) = SCHEMA.split_at(at);
        let rest = rest.get(cut..).unwrap_or_default();
        let _ = Files::new([start, &more, rest].concat()).and_then(Files::schema);
    }
}
