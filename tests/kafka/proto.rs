//! Records in Protobuf with a registry of schemas: the same event decides the same as it does in JSON, and what
//! is no message goes to quarantine.

use kit::kafka::{Registry, claim_with_kafka};
use kit::running::complaint;
use kit::{Claimed, Failed, Trial};
use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value as Proto};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use serde_json::{Value, json};

use super::asking::{decides_alike, quarantines};
use crate::oracle::text;

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka("kafka::proto::an_event_decides_as_its_json_does", same),
        claim_with_kafka(
            "kafka::proto::what_is_no_message_goes_to_quarantine",
            quarantined,
        ),
    ]
}

/// The number of the schema of complaints, and of withdrawals.
const COMPLAINT: u32 = 7;
const WITHDRAWAL: u32 = 70_000;

/// What both import, and what that imports.
const COMMON: &str = r#"syntax = "proto3"; package bank; import public "google/protobuf/timestamp.proto";
    import "bank/level.proto"; message Severity { Level severity = 1; }"#;
const LEVEL: &str =
    r#"syntax = "proto3"; package bank; enum Level { low = 0; medium = 1; high = 2; }"#;

/// A schema whose second message is an event with these fields in `data`.
fn schema(imports: &str, data: &str) -> String {
    format!(
        r#"syntax = "proto3"; package bank; import "bank/common.proto"; {imports}
            message Other {{ int32 not_this_one = 1; }}
            message Event {{
              message Data {{ {data} }}
              string id = 1; string type = 2; optional string customer = 3; google.protobuf.Timestamp time = 4;
              string source = 5; Data data = 15; optional string traceparent = 16; repeated string notes = 17;
            }}"#
    )
}

fn schemas() -> [(u32, String); 2] {
    let level = "import \"bank/level.proto\";";
    let decimal = "import \"confluent/type/decimal.proto\";";
    [
        (
            COMPLAINT,
            schema(level, "Level severity = 1; string complaint = 2;"),
        ),
        (
            WITHDRAWAL,
            schema(
                decimal,
                "oneof what { confluent.type.Decimal amount = 7; string none = 8; } string card = 300;",
            ),
        ),
    ]
}

/// What the registry tells of a schema that refers to these.
fn told(schema: &str, references: &[&str]) -> String {
    let reference = |name: &&str| json!({ "name": name, "subject": name.replace(['/', '.'], "-"), "version": 2 });
    let references: Vec<Value> = references.iter().map(reference).collect();
    json!({ "schemaType": "PROTOBUF", "schema": schema, "references": references }).to_string()
}

fn registry(other: &[(u32, &str)]) -> Result<Registry, Failed> {
    let schemas = schemas().map(|(id, text)| {
        let more = ["bank/common.proto", "bank/level.proto"];
        (id, told(&text, &more))
    });
    let known = schemas.iter().map(|(id, body)| (*id, body.as_str()));
    let all: Vec<(u32, &str)> = known.chain(other.iter().copied()).collect();
    let registry = Registry::start(&[], &all)?;
    registry.knows("bank-common-proto", 2, &told(COMMON, &["bank/level.proto"]));
    registry.knows("bank-level-proto", 2, &told(LEVEL, &[]));
    Ok(registry)
}

/// The files by which the tests write.
struct Files(String);

impl FileResolver for Files {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let decimal = "syntax = \"proto3\"; package confluent.type; message Decimal { bytes value = 1; \
                       uint32 precision = 2; int32 scale = 3; }";
        let text = match name {
            "event.proto" => &self.0,
            "bank/common.proto" => COMMON,
            "bank/level.proto" => LEVEL,
            "confluent/type/decimal.proto" => decimal,
            other => return Err(protox::Error::file_not_found(other)),
        };
        File::from_source(name, text)
    }
}

fn pool(text: &str) -> Result<DescriptorPool, Failed> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Files(text.to_owned()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.open_file("event.proto")?;
    Ok(compiler.descriptor_pool())
}

/// A message with these fields.
fn message(pool: &DescriptorPool, name: &str, fields: Vec<(&str, Proto)>) -> Result<Proto, Failed> {
    let of = pool.get_message_by_name(name).ok_or("no such message")?;
    let mut message = DynamicMessage::new(of);
    for (field, value) in fields {
        message
            .try_set_field_by_name(field, value)
            .map_err(|error| format!("{name}: {field}: {error}"))?;
    }
    Ok(Proto::Message(message))
}

/// An event in Protobuf, its frame before it.
fn framed(event: &Value) -> Result<Vec<u8>, Failed> {
    let of = |pointer: &str| Proto::String(text(event, pointer));
    let id = if text(event, "/type") == "channel.complaint" {
        COMPLAINT
    } else {
        WITHDRAWAL
    };
    let schemas = schemas();
    let text = schemas.iter().find(|(known, _)| *known == id);
    let pool = pool(&text.ok_or("no schema")?.1)?;
    let data = if id == COMPLAINT {
        vec![
            ("severity", Proto::EnumNumber(2)),
            ("complaint", of("/data/complaint")),
        ]
    } else {
        // 600.00
        let digits = Proto::Bytes(vec![0x00u8, 0xea, 0x60].into());
        let amount = vec![("value", digits), ("scale", Proto::I32(2))];
        let amount = message(&pool, "confluent.type.Decimal", amount)?;
        vec![("amount", amount), ("card", of("/data/card"))]
    };
    let at = event.get("time").and_then(Value::as_i64).ok_or("no time")?;
    let nanos = i32::try_from(at.rem_euclid(1_000) * 1_000_000 + 999_999)?;
    let time = vec![
        ("seconds", Proto::I64(at.div_euclid(1_000))),
        ("nanos", Proto::I32(nanos)),
    ];
    let mut fields = vec![
        ("id", of("/id")),
        ("type", of("/type")),
        ("customer", of("/customer")),
        ("time", message(&pool, "google.protobuf.Timestamp", time)?),
        ("source", of("/source")),
        ("data", message(&pool, "bank.Event.Data", data)?),
    ];
    if event.get("traceparent").is_some() {
        fields.push(("traceparent", of("/traceparent")));
    }
    let Proto::Message(event) = message(&pool, "bank.Event", fields)? else {
        return Err("no message".into());
    };
    // The second message of its file: a list of one number, which is one.
    let mut bytes = [vec![0], id.to_be_bytes().to_vec(), vec![2, 2]].concat();
    bytes.extend(event.encode_to_vec());
    Ok(bytes)
}

/// Sixty events as JSON between one pair of topics, and as Protobuf between another.
fn same() -> Claimed {
    decides_alike(["proto-plain", "proto"], &registry(&[])?, framed)
}

/// Every way not to be a message, and what is said of it.
fn wrong() -> Result<Vec<(&'static str, Vec<u8>)>, Failed> {
    let good = framed(&complaint("w", "C1"))?;
    let body = good.get(7..).unwrap_or_default();
    let at = |id: u32, rest: &[u8]| [&[0], id.to_be_bytes().as_slice(), rest].concat();
    let with = |place: &[u8], rest: &[u8]| at(COMPLAINT, &[place, rest].concat());
    let cut = good.get(..good.len() - 3).unwrap_or_default().to_vec();
    Ok(vec![
        (
            "does not begin with a zero",
            complaint("w", "C1").to_string().into_bytes(),
        ),
        ("the registry has no schema 99", at(99, &[0])),
        ("the bytes end before the value does", cut),
        ("the bytes end before the value does", at(COMPLAINT, &[])),
        ("there is no message [9] in it", with(&[2, 18], body)),
        ("there is no message [1, 3] in it", with(&[4, 2, 6], body)),
        ("no place of a message stands before it", with(&[1], body)),
        (
            "`id` of `bank.Event` is written by another schema",
            with(&[2, 2], &[8, 1]),
        ),
        ("0 is no number of a field", with(&[2, 2], &[0, 0])),
        ("a text is not UTF-8", with(&[2, 2], &[10, 1, 0xff])),
        ("schema 3 cannot be used", at(3, &[0])),
        (
            "it refers to `gone.proto`, version 2 of `gone-proto`, which the registry does not have",
            at(4, &[0]),
        ),
        (
            "nested deeper",
            at(5, &[&[0], [0x0b].repeat(100_000).as_slice()].concat()),
        ),
        ("of kind JSON", at(6, &[0])),
    ])
}

fn quarantined() -> Claimed {
    let broken = told("syntax = \"proto3\"; message M { Nobody knows = 1; }", &[]);
    let gone = told(
        "syntax = \"proto3\"; import \"gone.proto\"; message M {}",
        &["gone.proto"],
    );
    let deep = told(
        "syntax = \"proto2\"; message M { optional group G = 1 {} }",
        &[],
    );
    let other = [
        (3, broken.as_str()),
        (4, gone.as_str()),
        (5, deep.as_str()),
        (6, r#"{"schemaType":"JSON","schema":"{}"}"#),
    ];
    let registry = registry(&other)?;
    let good = |number: usize| framed(&complaint(&format!("g-{number}"), &format!("C{number}")));
    quarantines("proto-poison", &registry, &wrong()?, good)
}
