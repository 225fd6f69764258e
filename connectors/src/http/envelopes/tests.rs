//! Every form gives the record a file would have had.

use super::*;
use axum::http::{HeaderName, HeaderValue};

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect()
}

fn several(kind: &'static str, body: &str) -> Vec<Item> {
    match read(&headers(&[("content-type", kind)]), body.as_bytes(), 3) {
        Ok(Envelopes::Several(items)) => items,
        other => panic!("{other:?}"),
    }
}

fn one(pairs: &[(&'static str, &'static str)], body: &str) -> Item {
    match read(&headers(pairs), body.as_bytes(), 3) {
        Ok(Envelopes::One(item)) => item,
        other => panic!("{other:?}"),
    }
}

fn text(item: Item) -> String {
    String::from_utf8(item.unwrap()).unwrap()
}

#[test]
fn arrays_and_lines_are_taken_apart_and_keep_their_bytes() {
    let items = several("application/json; charset=utf-8", " [{\"a\": 1.0}, [], 3]");
    let texts: Vec<String> = items.into_iter().map(text).collect();
    assert_eq!(texts, ["{\"a\": 1.0}", "[]", "3"]);
    let items = several("application/x-ndjson", "{\"a\":1}\r\n\n \n{oops\n");
    let texts: Vec<String> = items.into_iter().map(text).collect();
    assert_eq!(texts, ["{\"a\":1}\r", "{oops"]);
}

#[test]
fn a_batch_has_a_bound_and_a_broken_array_is_no_batch() {
    let json = headers(&[("content-type", "application/json")]);
    let long = read(&json, b"[1,2,3,4]", 3).unwrap_err();
    assert_eq!(long.kind, problem::BATCH_TOO_LARGE);
    assert_eq!(
        read(&json, b"[1,2", 3).unwrap_err().kind,
        problem::MALFORMED
    );
    let xml = headers(&[("content-type", "text/xml")]);
    let other = read(&xml, b"<a/>", 3).unwrap_err();
    assert_eq!(other.kind, problem::UNSUPPORTED_TYPE);
}

#[test]
fn a_cloud_event_brings_its_customer_in_one_of_three_places() {
    let kind = ("content-type", "application/cloudevents+json");
    let own = r#"{"specversion":"1.0","customer":"C1","partitionkey":"C2"}"#;
    assert_eq!(text(one(&[kind], own)), own);
    let key = r#"{"specversion":"1.0","partitionkey":"C\"2","subject":"customer:C3"}"#;
    let expected =
        r#"{"customer":"C\"2","specversion":"1.0","partitionkey":"C\"2","subject":"customer:C3"}"#;
    assert_eq!(text(one(&[kind], key)), expected);
    let subject = r#"{"specversion":"1.0","subject":"customer:C3"}"#;
    assert!(text(one(&[kind], subject)).starts_with(r#"{"customer":"C3","#));
    let old = one(&[kind], r#"{"specversion":"0.3"}"#).unwrap_err();
    assert_eq!(old.pointer, "/specversion");
}

#[test]
fn a_binary_event_is_put_together_from_headers_and_body() {
    let pairs = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "e%22%E4%BD%A0"),
        ("ce-type", "t.x"),
        ("ce-partitionkey", "C1"),
    ];
    let expected = r#"{"id":"e\"你","type":"t.x","customer":"C1","data":{"a":1}}"#;
    assert_eq!(text(one(&pairs, "{\"a\":1}")), expected);
    // A body that would close the object and go on is no JSON value.
    let forged = one(&pairs, r#"{},"id":"other","x":{}"#).unwrap_err();
    assert_eq!(forged.code, Code::Malformed);
}
