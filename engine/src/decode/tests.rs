//! Whatever the bytes: an event or a reject that points at the member, never a panic, never a guess.

mod drawn;
mod envelope;

use super::*;
use crate::limits::{ID_BYTES_MAX, LIST_ITEMS_MAX, MEMBERS_MAX};
use rules::catalogue::load::load;
use rules::money::Money;
use rules::project::Project;
use rules::value::Value;
use std::sync::LazyLock;

pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let files = [
        ("catalog/entities.toml", "[entity.card]\n"),
        ("catalog/events.toml", EVENTS),
    ];
    let (catalogue, findings) = load(&Project::from_files(files));
    let errors: Vec<_> = findings.iter().filter(|_| findings.has_errors()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    catalogue
});

const EVENTS: &str = r#"
[event."channel.everything"]
title = { en = "Everything", zh = "全部" }
[event."channel.everything".data]
bool     = "bool?"
int      = { type = "int?", min = -5, max = 1000000 }
number   = "number?"
text     = { type = "text?", max = 5 }
symbol   = { type = "symbol?", values = ["a", "b"] }
money    = { type = "money?", currency = "CNY" }
yen      = { type = "money?", currency = "JPY" }
duration = "duration?"
instant  = "time?"
day      = "date?"
place    = "place?"
card     = "ref:card?"
ints     = "list<int>?"

[event."channel.strict"]
title = { en = "Strict", zh = "严格" }
extra = "refuse"
[event."channel.strict".data]
needed  = "int"
settled = { type = "int", default = 7 }
"#;

/// The fields of `channel.everything`, by their names in JSON.
pub(super) const FIELDS: [&str; 13] = [
    "bool", "int", "number", "text", "symbol", "money", "yen", "duration", "instant", "day",
    "place", "card", "ints",
];

/// Every kind of JSON value, and numbers and texts that are near the ends of something.
pub(super) const VALUES: [&str; 40] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-5",
    "-6",
    "1000001",
    "1.5",
    "1.0",
    "1e3",
    "-1E+2",
    "1e-3",
    "0.001",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1e400",
    "-1e400",
    "0e2147483647",
    "0e-2147483647",
    "1e2147483647",
    "1e-2147483648",
    "1e99999999999",
    r#""""#,
    r#""a""#,
    r#""日本語""#,
    r#""abcdef""#,
    r#""\u0000""#,
    r#""\ud800""#,
    r#""\u00e9""#,
    r#""12.30""#,
    r#""12.30 CNY""#,
    r#""2026-03-02""#,
    r#""2026-03-02T09:00:00+08:00""#,
    r#""10m""#,
    "[]",
    "[1,2]",
    "{}",
];

fn event(kind: &str, data: &str) -> String {
    format!(
        r#"{{"id":"e1","type":"{kind}","customer":"c1","time":1000,"source":"s","data":{data}}}"#
    )
}

fn read(text: &str) -> Result<Event, Reject> {
    decode(text.as_bytes(), &CATALOGUE)
}

fn everything(data: &str) -> Result<Event, Reject> {
    read(&event("channel.everything", data))
}

fn field(name: &str, value: &str) -> Result<Value, Reject> {
    let at = FIELDS.iter().position(|f| *f == name).unwrap();
    everything(&format!(r#"{{"{name}":{value}}}"#)).map(|d| d.fields[at].clone())
}

fn code_of<T: std::fmt::Debug>(read: Result<T, Reject>) -> Code {
    read.unwrap_err().code
}

#[test]
fn every_value_in_every_field_is_read_or_rejected_there() {
    for name in FIELDS {
        for value in VALUES {
            match field(name, value) {
                Ok(Value::Missing) => assert_eq!(value, "null", "{name}"),
                Ok(_) => {}
                Err(reject) => {
                    assert_eq!(reject.pointer, format!("/data/{name}"), "{name}: {value}");
                    assert!(
                        reject.cause.contains(name),
                        "{name}: {value}: {}",
                        reject.cause
                    );
                }
            }
        }
    }
}

#[test]
fn a_field_takes_its_own_type_and_no_other() {
    let taken = |name| {
        let values = VALUES.into_iter().filter(|v| *v != "null");
        values
            .filter(|v| field(name, v).is_ok())
            .collect::<Vec<_>>()
    };
    assert_eq!(taken("bool"), ["true", "false"]);
    assert_eq!(
        taken("int"),
        [
            "0",
            "-0",
            "1",
            "-5",
            "1.0",
            "1e3",
            "0e2147483647",
            "0e-2147483647"
        ]
    );
    assert_eq!(taken("symbol"), [r#""a""#]);
    assert_eq!(taken("day"), [r#""2026-03-02""#]);
    assert_eq!(taken("ints"), ["[]", "[1,2]"]);
    assert_eq!(taken("place"), ["[1,2]"]);
    let texts = [
        r#""""#,
        r#""a""#,
        r#""日本語""#,
        r#""\u0000""#,
        r#""\u00e9""#,
        r#""12.30""#,
        r#""10m""#,
    ];
    assert_eq!(taken("text"), texts);
}

#[test]
fn bounds_of_a_field_are_kept() {
    assert_eq!(field("int", "-5"), Ok(Value::Int(-5)));
    assert_eq!(code_of(field("int", "-6")), Code::OutOfRange);
    assert_eq!(field("int", "1e6"), Ok(Value::Int(1_000_000)));
    assert_eq!(code_of(field("int", "1000001")), Code::OutOfRange);
    assert_eq!(code_of(field("text", r#""abcdef""#)), Code::OutOfRange);
    assert_eq!(code_of(field("symbol", r#""c""#)), Code::OutOfRange);
    assert_eq!(code_of(field("place", "[91,0]")), Code::WrongType);
    assert_eq!(code_of(field("card", r#""""#)), Code::BadId);
    let many = vec!["1"; LIST_ITEMS_MAX + 1].join(",");
    assert_eq!(
        code_of(field("ints", &format!("[{many}]"))),
        Code::OutOfRange
    );
}

#[test]
fn an_absent_member_is_missing_or_its_default_or_a_reject() {
    let strict = |data| read(&event("channel.strict", data));
    assert_eq!(
        strict(r#"{"needed":1}"#).unwrap().fields,
        [Value::Int(1), Value::Int(7)]
    );
    let null = strict(r#"{"needed":1,"settled":null}"#).unwrap();
    assert_eq!(null.fields, [Value::Int(1), Value::Int(7)]);
    for data in ["{}", "null", r#"{"needed":null}"#] {
        let reject = strict(data).unwrap_err();
        assert_eq!(
            (reject.code, &*reject.pointer),
            (Code::MissingMember, "/data/needed")
        );
    }
    for data in ["[]", "1", r#""x""#, "true"] {
        let reject = strict(data).unwrap_err();
        assert_eq!(
            (reject.code, &*reject.pointer),
            (Code::WrongType, "/data"),
            "{data}"
        );
    }
}

#[test]
fn a_member_nobody_named_is_left_out_or_refused_as_the_type_says() {
    assert!(everything(r#"{"other":{"deep":[1]}}"#).is_ok());
    let reject = read(&event("channel.strict", r#"{"needed":1,"a/b~c":2}"#)).unwrap_err();
    assert_eq!(
        (reject.code, &*reject.pointer),
        (Code::UnknownMember, "/data/a~1b~0c")
    );
}

#[test]
fn a_member_that_stands_twice_is_rejected_wherever_it_is() {
    let cases = [
        (r#"{"int":1,"int":1}"#, "/data/int"),
        (r#"{"int":null,"int":1}"#, "/data/int"),
        (r#"{"int":1,"\u0069nt":1}"#, "/data/int"),
        (r#"{"other":1,"other":2}"#, "/data/other"),
        (r#"{"other":{"a":1,"a":2}}"#, "/data/other/a"),
        (
            r#"{"other":[1,{"a":[{"b":1,"b":1}]}]}"#,
            "/data/other/1/a/0/b",
        ),
    ];
    for (data, pointer) in cases {
        let reject = everything(data).unwrap_err();
        assert_eq!(
            (reject.code, &*reject.pointer),
            (Code::DuplicateMember, pointer),
            "{data}"
        );
    }
    let good = event("channel.everything", "{}");
    for member in [
        "id",
        "type",
        "customer",
        "time",
        "source",
        "data",
        "traceparent",
    ] {
        let twice = format!(
            r#"{{"traceparent":1,"{member}":1,{}"#,
            good.strip_prefix("{").unwrap()
        );
        let reject = read(&twice).unwrap_err();
        assert_eq!(reject.code, Code::DuplicateMember, "{member}");
        assert_eq!(reject.pointer, format!("/{member}"));
    }
    let deep = format!(
        r#"{{"extension":{{"a":1,"a":1}},{}"#,
        good.strip_prefix("{").unwrap()
    );
    assert_eq!(read(&deep).unwrap_err().pointer, "/extension/a");
}

#[test]
fn depth_size_and_members_are_bounded() {
    let nested = |levels: usize| {
        let value = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        everything(&format!(r#"{{"other":{value}}}"#))
    };
    // The record and its `data` are two of the levels.
    assert!(nested(DEPTH_MAX - 2).is_ok());
    assert_eq!(code_of(nested(DEPTH_MAX - 1)), Code::TooDeep);
    assert_eq!(code_of(nested(100_000)), Code::TooDeep);
    let members = |n: usize| {
        let list: Vec<String> = (0..n).map(|n| format!(r#""m{n}":0"#)).collect();
        everything(&format!("{{{}}}", list.join(",")))
    };
    assert!(members(MEMBERS_MAX).is_ok());
    assert_eq!(code_of(members(MEMBERS_MAX + 1)), Code::TooDeep);
    let sized = |bytes: usize| {
        let bare = event("channel.everything", r#"{"other":""}"#).len();
        let text = "x".repeat(bytes - bare);
        everything(&format!(r#"{{"other":"{text}"}}"#))
    };
    assert!(sized(RECORD_BYTES_MAX).is_ok());
    assert_eq!(code_of(sized(RECORD_BYTES_MAX + 1)), Code::TooLarge);
}

#[test]
fn equal_content_has_one_digest_and_other_content_another() {
    let digest = |data: &str| everything(data).unwrap().digest;
    assert_eq!(
        digest(r#"{"int":1,"text":"a"}"#),
        digest(r#"{ "text":"\u0061", "int":1.0, "x":2}"#)
    );
    assert_eq!(digest(r#"{"money":1.5}"#), digest(r#"{"money":"1.50"}"#));
    assert_ne!(digest(r#"{"int":1}"#), digest(r#"{"int":2}"#));
    assert_ne!(digest("{}"), digest(r#"{"int":0}"#));
}
