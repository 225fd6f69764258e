//! The plain reader beside the full one: where both speak they say the same.

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
            let texts = [&e.id, &e.source].map(Text::to_string);
            (texts, e.customer.clone(), e.kind.to_string(), e.time)
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
