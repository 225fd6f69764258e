//! What another writer of Avro writes is read as the JSON written here by hand; what is no value is told,
//! and costs no more than a bound.

use super::*;
use crate::json::Wrong;
use apache_avro::Decimal;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;

/// Every kind of type, some of them twice and by name.
const SCHEMA: &str = r#"{
  "type": "record", "name": "Event", "namespace": "bank.events", "fields": [
    {"name": "id", "type": "string"},
    {"name": "time", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "micros", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "day", "type": {"type": "int", "logicalType": "date"}},
    {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
    {"name": "debt", "type": {"type": "fixed", "name": "Debt", "size": 8, "logicalType": "decimal", "precision": 12,
      "scale": 3}},
    {"name": "none", "type": ["null", "string"]},
    {"name": "some", "type": ["null", "string"], "default": null},
    {"name": "flag", "type": "boolean"},
    {"name": "count", "type": "int"},
    {"name": "rate", "type": "double"},
    {"name": "small", "type": "float"},
    {"name": "raw", "type": "bytes"},
    {"name": "level", "type": {"type": "enum", "name": "Level", "symbols": ["low", "high"]}},
    {"name": "next_level", "type": "bank.events.Level"},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "more", "type": {"type": "map", "values": "long"}},
    {"name": "device", "type": {"type": "record", "name": "Device", "fields": [
      {"name": "os", "type": "string"}, {"name": "level", "type": "Level"},
      {"name": "within", "type": ["null", "Device"]}]}}
  ]}"#;

fn union(at: u32, value: Value) -> Value {
    Value::Union(at, Box::new(value))
}

fn device(within: Value) -> Value {
    Value::Record(vec![
        ("os".to_owned(), Value::String("鸿蒙\"".to_owned())),
        ("level".to_owned(), Value::Enum(0, "low".to_owned())),
        ("within".to_owned(), within),
    ])
}

fn written() -> Vec<u8> {
    let decimal = |bytes: &[u8]| Value::Decimal(Decimal::from(bytes.to_vec()));
    let more = [("a".to_owned(), Value::Long(i64::MIN))].into();
    let within = device(union(0, Value::Null));
    let text = |text: &str| Value::String(text.to_owned());
    let fields = vec![
        ("id", text("e-1")),
        ("time", Value::TimestampMillis(1_772_000_000_123)),
        ("micros", Value::TimestampMicros(-1)),
        ("day", Value::Date(20_000)),
        ("amount", decimal(&[0x00, 0xea, 0x60])),
        (
            "debt",
            decimal(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfb]),
        ),
        ("none", union(0, Value::Null)),
        ("some", union(1, text("x"))),
        ("flag", Value::Boolean(true)),
        ("count", Value::Int(-65)),
        ("rate", Value::Double(0.25)),
        ("small", Value::Float(1.5)),
        ("raw", Value::Bytes(vec![1, 2, 255])),
        ("level", Value::Enum(1, "high".to_owned())),
        ("next_level", Value::Enum(0, "low".to_owned())),
        ("tags", Value::Array(vec![text("a"), text("b")])),
        ("more", Value::Map(more)),
        ("device", device(union(1, within))),
    ];
    let fields = fields.into_iter();
    let record = Value::Record(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    );
    let schema = apache_avro::Schema::parse_str(SCHEMA).unwrap();
    let writer = GenericDatumWriter::builder(&schema).build().unwrap();
    writer.write_value_to_vec(record).unwrap()
}

#[test]
fn every_kind_of_value_is_the_json_it_stands_for() {
    let said = Schema::read(SCHEMA).unwrap().json(&written()).unwrap();
    let expected = concat!(
        r#"{"id":"e-1","time":1772000000123,"micros":-1,"day":"2024-10-04","amount":600.00,"debt":-0.005,"#,
        r#""none":null,"some":"x","flag":true,"count":-65,"rate":0.25,"small":1.5,"raw":"AQL/","level":"high","#,
        r#""next_level":"low","tags":["a","b"],"more":{"a":-9223372036854775808},"#,
        r#""device":{"os":"鸿蒙\"","level":"low","within":{"os":"鸿蒙\"","level":"low","within":null}}}"#
    );
    assert_eq!(said, expected);
}

#[test]
fn a_value_that_is_cut_or_longer_is_none() {
    let (schema, mut bytes) = (Schema::read(SCHEMA).unwrap(), written());
    for end in 0..bytes.len() {
        assert!(
            matches!(schema.json(&bytes[..end]), Err(Wrong::Bytes(_))),
            "{end}"
        );
    }
    bytes.push(0);
    assert!(
        matches!(schema.json(&bytes), Err(Wrong::Bytes(what)) if what.contains("1 bytes follow"))
    );
    // One byte another: a value, or a reason, and always an end.
    for at in 0..bytes.len() {
        for flip in [1, 0x40, 0x80, 0xff] {
            let mut other = bytes.clone();
            other[at] ^= flip;
            if let Ok(json) = schema.json(&other) {
                assert!(
                    serde_json::from_str::<serde_json::Value>(&json).is_ok(),
                    "{json}"
                );
            }
        }
    }
}

/// Ten bytes may say that there are very many values, and that each is in another.
#[test]
fn a_few_bytes_cost_no_more_than_a_bound() {
    let many = Schema::read(r#"{"type":"array","items":"null"}"#).unwrap();
    let count = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(many.json(&count), Err(Wrong::Large));
    let list = r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}"#;
    let mut deep = vec![2u8; 800_000];
    deep.push(0);
    assert_eq!(Schema::read(list).unwrap().json(&deep), Err(Wrong::Deep));
    let endless = r#"{"type":"record","name":"E","fields":[{"name":"e","type":"E"}]}"#;
    assert_eq!(Schema::read(endless).unwrap().json(&[]), Err(Wrong::Deep));
    let wide = Schema::read(r#""string""#).unwrap();
    assert!(matches!(wide.json(&count), Err(Wrong::Bytes(_))));
    assert!(matches!(
        Schema::read(r#""double""#)
            .unwrap()
            .json(&[0, 0, 0, 0, 0, 0, 0xf0, 0x7f]),
        Err(Wrong::Bytes(_))
    ));
}

#[test]
fn what_is_no_schema_says_so() {
    for (text, says) in [
        ("{", "EOF"),
        ("1", "no type"),
        (r#""bank.Other""#, "types of other schemas are not read"),
        (r#"{"type":"record","name":"R"}"#, "no `fields`"),
        (r#"{"type":"array"}"#, "no `items`"),
        (
            r#"{"type":"bytes","logicalType":"decimal","scale":-1}"#,
            "`scale`",
        ),
        (
            r#"[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":2}]"#,
            "twice",
        ),
    ] {
        let said = Schema::read(text).unwrap_err();
        assert!(said.contains(says), "{text}: {said}");
    }
    let deep = format!("{}\"null\"{}", "[".repeat(100), "]".repeat(100));
    assert!(Schema::read(&deep).unwrap_err().contains("deeper"));
}
