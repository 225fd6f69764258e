//! Bytes written by hand, as the encoding's own document has them, are read as the JSON they stand for;
//! what is no message is told, and costs no more than a bound.

use super::*;
use crate::json::Wrong;
use prost_reflect::prost::encoding::encode_varint;
use serde_json::{Value, json};

mod other_hand;

/// Every kind of field.
const SCHEMA: &str = r#"syntax = "proto3";
package bank;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "confluent/type/decimal.proto";
import "confluent/meta.proto";
import "google/type/date.proto";

message Event {
  option (confluent.message_meta).doc = "something that happened";
  enum Level { option allow_alias = true; LOW = 0; HIGH = 1; TOP = 1; BELOW = -1; }
  message Device { string os = 1; Device within = 2; repeated int32 ports = 3; }
  int32 a = 1; string b = 2; Device c = 3; repeated sint32 d = 4; repeated int32 f = 6;
  int64 i64 = 7; uint32 u32 = 8; uint64 u64 = 9; sint64 s64 = 10;
  fixed32 f32 = 11; fixed64 f64 = 12; sfixed32 sf32 = 13; sfixed64 sf64 = 14;
  float small = 15; double rate = 16; bool flag = 17; bytes raw = 18; Level level = 19;
  repeated string tags = 20; repeated Device devices = 21; repeated Level levels = 22;
  map<string, int64> more = 23; map<int32, Device> by_port = 24; map<bool, Level> by_flag = 25;
  oneof way { string card = 26; int32 branch = 27; Device phone = 28; }
  optional int32 perhaps = 29; optional string text = 30; Level next_level = 31;
  repeated double rates = 32; map<uint64, bytes> blobs = 33;
}
message Meant {
  google.protobuf.Timestamp time = 1; google.protobuf.StringValue name = 2; google.protobuf.Int64Value count = 3;
  confluent.type.Decimal amount = 4; google.type.Date day = 5; repeated google.protobuf.Timestamp times = 6;
  google.protobuf.BoolValue flag = 7; map<string, confluent.type.Decimal> amounts = 8;
}
"#;

fn schema(text: &str) -> Schema {
    Files::new(text.to_owned()).unwrap().schema().unwrap()
}

/// A message of the first type, without its place.
fn read(schema: &Schema, bytes: &[u8]) -> Result<Value, Wrong> {
    let json = schema.json(&[&[0], bytes].concat())?;
    Ok(serde_json::from_str(&json).unwrap())
}

/// Bytes of a text of hexadecimal digits.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// What the bytes of the encoding's document say, and others like them.
#[test]
fn bytes_of_the_document_are_what_it_says_they_are() {
    let schema = schema(SCHEMA);
    for (bytes, name, value) in [
        ("08 96 01", "a", json!(150)),
        ("12 07 74 65 73 74 69 6e 67", "b", json!("testing")),
        // Packed, in one piece, in two, and each alone.
        ("32 06 03 8e 02 9e a7 05", "f", json!([3, 270, 86_942])),
        (
            "32 01 03 30 8e 02 32 03 9e a7 05",
            "f",
            json!([3, 270, 86_942]),
        ),
        ("22 04 00 01 02 03", "d", json!([0, -1, 1, -2])),
        // Below zero with 64 bits, and with more than the type has.
        ("08 fe ff ff ff ff ff ff ff ff 01", "a", json!(-2)),
        ("08 81 80 80 80 10", "a", json!(1)),
        ("38 ff ff ff ff ff ff ff ff 7f", "i64", json!(i64::MAX)),
        ("48 ff ff ff ff ff ff ff ff ff 01", "u64", json!(u64::MAX)),
        ("50 ff ff ff ff ff ff ff ff ff 01", "s64", json!(i64::MIN)),
        ("5d ff ff ff ff", "f32", json!(u32::MAX)),
        ("61 ff ff ff ff ff ff ff ff", "f64", json!(u64::MAX)),
        ("6d ff ff ff ff", "sf32", json!(-1)),
        ("71 00 00 00 00 00 00 00 80", "sf64", json!(i64::MIN)),
        ("7d 00 00 c0 3f", "small", json!(1.5)),
        ("81 01 00 00 00 00 00 00 d0 3f", "rate", json!(0.25)),
        ("88 01 02", "flag", json!(true)),
        ("92 01 03 01 02 ff", "raw", json!("AQL/")),
        ("98 01 01", "level", json!("HIGH")),
        (
            "98 01 ff ff ff ff ff ff ff ff ff 01",
            "level",
            json!("BELOW"),
        ),
        ("98 01 07", "level", json!(7)),
        ("b2 01 02 00 01", "levels", json!(["LOW", "HIGH"])),
        (
            "ba 01 05 0a 01 61 10 05 ba 01 03 0a 01 62",
            "more",
            json!({"a": 5, "b": 0}),
        ),
        (
            "ba 01 05 0a 01 61 10 05 ba 01 05 0a 01 61 10 06",
            "more",
            json!({"a": 6}),
        ),
        (
            "c2 01 02 08 07",
            "by_port",
            json!({"7": {"os": "", "ports": []}}),
        ),
        ("ca 01 02 10 01", "by_flag", json!({"false": "HIGH"})),
        ("e8 01 00", "perhaps", json!(0)),
        ("f2 01 00", "text", json!("")),
        // Of a value that comes again the last one holds; a message is added to.
        ("08 01 08 02", "a", json!(2)),
        (
            "1a 03 0a 01 78 1a 04 1a 02 01 02 1a 02 18 03",
            "c",
            json!({"os": "x", "ports": [1, 2, 3]}),
        ),
        // Of a choice the last one holds, and begins anew.
        ("d2 01 01 78 d8 01 05", "branch", json!(5)),
        (
            "e2 01 03 0a 01 78 d8 01 05 e2 01 00",
            "phone",
            json!({"os": "", "ports": []}),
        ),
    ] {
        let said = read(&schema, &hex(bytes)).unwrap();
        assert_eq!(said.get(name), Some(&value), "{bytes}");
    }
    let said = read(&schema, &hex("d2 01 01 78 d8 01 05")).unwrap();
    assert!(said.get("card").is_none(), "{said}");
}

#[test]
fn what_is_not_written_is_zero_or_absent_as_the_schema_says() {
    let text = r#"syntax = "proto3"; enum E { NONE = 0; } message M { int64 n = 2; string s = 1; E e = 3; bool b = 4;
        optional int64 o = 5; M m = 6; oneof x { int32 y = 7; } repeated M r = 8; map<string, M> p = 9; bytes z = 10; }"#;
    let json = schema(text).json(&[0]).unwrap();
    assert_eq!(
        json,
        r#"{"n":0,"s":"","e":"NONE","b":false,"r":[],"p":{},"z":""}"#
    );
    let text = r#"syntax = "proto2"; enum E { ONE = 1; TWO = 2; } message M { optional E e = 1; repeated E r = 2;
        optional int32 n = 3 [default = 5]; required bool b = 4; repeated group G = 5 { optional int32 x = 1; } }"#;
    let two = schema(text);
    // A number without a name is no value of a closed enum.
    let said = read(
        &two,
        &hex("08 09 10 02 10 09 12 02 01 09 20 01 2b 08 07 2c 2b 2c"),
    )
    .unwrap();
    assert_eq!(
        said,
        json!({"r": ["TWO", "ONE"], "b": true, "g": [{"x": 7}, {}]})
    );
    let none = two.json(&[0]).unwrap_err();
    assert_eq!(none, Wrong::Bytes("`b` of `M` is not there".to_owned()));
}

#[test]
fn times_decimals_days_and_wrapped_values_are_what_they_mean() {
    let schema = schema(SCHEMA);
    let read = |bytes: &str| {
        let json = schema.json(&[&[2, 2], hex(bytes).as_slice()].concat())?;
        Ok(json
            .split_once(",\"times\"")
            .map_or(json.clone(), |(json, _)| json.to_owned()))
    };
    for (bytes, said) in [
        // 2026-02-25, and a nanosecond before 1970.
        (
            "0a 0b 08 80 fe fb cc 06 10 c0 a0 d5 3a",
            r#"{"time":1772027648123"#,
        ),
        (
            "0a 11 08 ff ff ff ff ff ff ff ff ff 01 10 ff 93 eb dc 03",
            r#"{"time":-1"#,
        ),
        ("0a 00", r#"{"time":0"#),
        ("12 00 1a 00", r#"{"name":"","count":0"#),
        ("12 03 0a 01 78 1a 02 08 05", r#"{"name":"x","count":5"#),
        ("22 07 0a 03 00 ea 60 18 02", r#"{"amount":600.00"#),
        ("22 05 0a 01 fb 18 03", r#"{"amount":-0.005"#),
        ("2a 07 08 d0 0f 10 02 18 1d", r#"{"day":"2000-02-29""#),
        ("2a 06 08 01 10 01 18 01", r#"{"day":"0001-01-01""#),
        ("2a 07 08 8f 4e 10 0c 18 1e", r#"{"day":"9999-12-30""#),
        ("2a 07 08 b2 0f 10 01 18 01", r#"{"day":"1970-01-01""#),
    ] {
        assert_eq!(read(bytes), Ok(said.to_owned()), "{bytes}");
    }
    for (bytes, says) in [
        ("0a 0b 10 ff ff ff ff", "end before"),
        ("0a 0b 10 ff ff ff ff ff ff ff ff ff 01", "no time"),
        ("0a 07 08 80 80 80 80 80 7f", "no time"),
        ("22 02 18 02", "a decimal has 1 to 16 bytes"),
        ("22 05 0a 01 01 18 27", "`scale`"),
        ("22 0e 0a 01 01 18 ff ff ff ff ff ff ff ff ff 01", "`scale`"),
        ("2a 07 08 d1 0f 10 02 18 1d", "no date"),
        ("2a 05 08 d0 0f 10 02", "no date"),
        ("2a 00", "no date"),
    ] {
        let said: Result<String, Wrong> = read(bytes);
        assert!(
            matches!(&said, Err(Wrong::Bytes(what)) if what.contains(says)),
            "{bytes}: {said:?}"
        );
    }
}

#[test]
fn which_message_it_is_stands_before_it() {
    let text = r#"syntax = "proto3"; package p; message A { map<string, int32> m = 1; message B { int32 b = 1; }
        message C { message D { int32 d = 1; } int32 c = 1; } } message E { int32 e = 1; }"#;
    let schema = schema(text);
    for (place, said) in [
        ("00", r#"{"m":{}}"#),
        ("02 00", r#"{"m":{}}"#),
        ("02 02", r#"{"e":0}"#),
        ("04 00 00", r#"{"b":0}"#),
        ("04 00 02", r#"{"c":0}"#),
        ("06 00 02 00", r#"{"d":0}"#),
    ] {
        assert_eq!(schema.json(&hex(place)).as_deref(), Ok(said), "{place}");
    }
    for (place, says) in [
        ("", "end before"),
        ("02", "end before"),
        ("02 04", "no message [2]"),
        ("04 00 04", "no message [0, 2]"),
        ("01", "no place"),
        ("02 01", "no place"),
        ("fe ff ff ff ff ff ff ff ff 01", "no place"),
        ("ff ff ff ff ff ff ff ff ff ff 01", "64 bits"),
    ] {
        let said = schema.json(&hex(place));
        assert!(
            matches!(&said, Err(Wrong::Bytes(what)) if what.contains(says)),
            "{place}: {said:?}"
        );
    }
}

#[test]
fn fields_that_are_not_known_are_passed_over_and_others_must_fit() {
    let schema =
        schema(r#"syntax = "proto3"; package p; message M { int32 a = 1; string s = 2; }"#);
    let unknown = "50 07 51 00 00 00 00 00 00 00 00 52 01 78 53 0b 0c 54 55 00 00 00 00 08 05";
    assert_eq!(read(&schema, &hex(unknown)), Ok(json!({"a": 5, "s": ""})));
    for (bytes, says) in [
        (
            "09 00 00 00 00 00 00 00 00",
            "`a` of `p.M` is written by another schema",
        ),
        ("0a 01 05", "`a` of `p.M` is written by another schema"),
        ("10 05", "`s` of `p.M` is written by another schema"),
        ("12 01 ff", "not UTF-8"),
        ("12 05 78", "end before"),
        ("08", "end before"),
        ("00 01", "0 is no number of a field"),
        (
            "fa ff ff ff ff ff ff ff ff 01 01",
            "is no number of a field",
        ),
        ("0c", "group 1 ends that did not begin"),
        ("53 5b 54 5c", "group 10 ends that did not begin"),
        ("53", "end before"),
        ("0f", "no kind"),
        ("08 ff ff ff ff ff ff ff ff ff 7f", "64 bits"),
        ("12 ff ff ff ff ff ff ff ff ff 01", "end before"),
    ] {
        let said = read(&schema, &hex(bytes));
        assert!(
            matches!(&said, Err(Wrong::Bytes(what)) if what.contains(says)),
            "{bytes}: {said:?}"
        );
    }
}

/// A few bytes may say that there is very much, and that each is in another.
#[test]
fn a_few_bytes_cost_no_more_than_a_bound() {
    let schema = schema(SCHEMA);
    let mut deep = Vec::new();
    for _ in 0..100 {
        let mut outer = vec![0x12];
        encode_varint(deep.len() as u64, &mut outer);
        outer.append(&mut deep);
        deep = outer;
    }
    let mut whole = vec![0x1a];
    encode_varint(deep.len() as u64, &mut whole);
    whole.append(&mut deep);
    assert_eq!(read(&schema, &whole), Err(Wrong::Deep));
    assert_eq!(read(&schema, &[0x7b; 100_000]), Err(Wrong::Deep));
    assert_eq!(
        read(&schema, &[0xaa, 1, 0].repeat(300_000)),
        Err(Wrong::Large)
    );
    let fields: String = (1..4_000)
        .map(|n| format!("optional int32 f{n} = {n};"))
        .collect();
    let wide =
        format!("syntax = \"proto3\"; message M {{ repeated W w = 1; }} message W {{ {fields} }}");
    assert_eq!(
        read(&self::schema(&wide), &[0x0a, 0].repeat(300_000)),
        Err(Wrong::Large)
    );
}

#[test]
fn what_is_no_schema_says_so() {
    let deep = format!("syntax = \"proto3\"; {}", "message M {".repeat(10_000));
    let option = format!(
        "syntax = \"proto3\"; import \"google/protobuf/descriptor.proto\"; message A {{ A a = 1; }}\
         extend google.protobuf.MessageOptions {{ A x = 50000; }} message B {{ option (x) = {{{}}}; }}",
        "a {".repeat(100_000)
    );
    for (text, says) in [
        ("{", "found"),
        ("", "no message"),
        ("syntax = \"proto3\"; enum E { A = 0; }", "no message"),
        ("syntax = \"proto3\"; message M { N n = 1; }", "N"),
        (
            "syntax = \"proto3\"; import \"bank/other.proto\"; message M {}",
            "bank/other.proto",
        ),
        (
            "syntax = \"proto3\"; import \"<schema>\"; message M {}",
            "<schema>",
        ),
        (
            "syntax = \"proto3\"; message M { int32 a = 1; int32 b = 1; }",
            "number",
        ),
        (&deep, "nested deeper"),
        (&option, "nested deeper"),
    ] {
        let said = Files::new(text.to_owned())
            .and_then(Files::schema)
            .unwrap_err();
        assert!(said.contains(says), "{text:.60}: {said}");
    }
    let mut files =
        Files::new("syntax = \"proto3\"; import \"a.proto\"; message M { A a = 1; }".to_owned())
            .unwrap();
    assert!(files.has("google/protobuf/any.proto") && files.has("confluent/type/decimal.proto"));
    assert!(!files.has("a.proto"));
    files
        .add(
            "a.proto".to_owned(),
            "syntax = \"proto3\"; message A { B b = 1; }".to_owned(),
        )
        .unwrap();
    let said = files.clone().schema().unwrap_err();
    assert!(said.contains("a.proto") && said.contains('B'), "{said}");
    for n in 0..63 {
        files.add(format!("{n}.proto"), String::new()).unwrap();
    }
    assert!(
        files
            .add("more.proto".to_owned(), String::new())
            .unwrap_err()
            .contains("files of others")
    );
    assert!(
        Files::new("/".repeat(5_000_000))
            .unwrap_err()
            .contains("bytes")
    );
}
