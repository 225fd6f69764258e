//! The members around the data.

use super::*;

#[test]
fn a_trace_is_known_where_it_is_one_and_is_nobodys_content() {
    let good = event("channel.everything", "{}");
    let with = |trace: &str| {
        let text = format!(
            "{{\"traceparent\":{trace},{}",
            good.strip_prefix('{').unwrap()
        );
        read(&text).unwrap()
    };
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let known = with(&format!("\"{trace}\""));
    assert_eq!(known.trace.as_deref(), Some(trace));
    // The same sent again is part of another trace.
    assert_eq!(known.digest, read(&good).unwrap().digest);
    // Both readers see it: an escape is none of the plain one's.
    let escaped = with(&format!("\"\\u0030{}\"", trace.strip_prefix('0').unwrap()));
    assert_eq!(escaped.trace.as_deref(), Some(trace));
    let upper = trace.to_uppercase();
    let noughts = trace.replace("00f067aa0ba902b7", &"0".repeat(16));
    let untraced = trace.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32));
    let later = trace.replacen("00", "ff", 1);
    let odd = [
        noughts.as_str(),
        &untraced,
        &later,
        trace.trim_end_matches('1'),
        &upper,
        "00",
        "",
        &format!("{trace}-1"),
    ];
    for other in odd.map(|text| format!("\"{text}\"")) {
        assert_eq!(with(&other).trace, None, "{other}");
    }
    for other in ["1", "null", "true"] {
        assert_eq!(with(other).trace, None, "{other}");
    }
}

#[test]
fn the_envelope_is_complete_and_bounded() {
    let with = |member: &str, value: &str| {
        let members = [
            ("id", "\"e1\""),
            ("type", "\"channel.everything\""),
            ("customer", "\"c1\""),
            ("time", "1"),
        ];
        let written = members
            .map(|(name, own)| format!(r#""{name}":{}"#, if name == member { value } else { own }));
        read(&format!("{{{}}}", written.join(",")))
    };
    assert!(with("", "").is_ok());
    for member in ["id", "type", "customer", "time"] {
        let reject = with(member, "null").unwrap_err();
        assert_eq!(
            (reject.code, reject.pointer),
            (Code::WrongType, format!("/{member}"))
        );
        let text = event("channel.everything", "{}").replace(&format!("\"{member}\""), "\"gone\"");
        let reject = read(&text).unwrap_err();
        assert_eq!(
            (reject.code, reject.pointer),
            (Code::MissingMember, format!("/{member}"))
        );
    }
    for member in ["id", "customer"] {
        let long = format!("\"{}\"", "x".repeat(ID_BYTES_MAX + 1));
        for bad in ["\"\"", "\"a\\nb\"", "\"\\u0000\"", &long] {
            assert_eq!(code_of(with(member, bad)), Code::BadId, "{member}: {bad}");
        }
    }
    for (time, ms) in [
        ("1", Some(1)),
        ("\"1970-01-01T00:00:00.001Z\"", Some(1)),
        ("\"1970-01-01T08:00:00+08:00\"", Some(0)),
        ("\"1970-01-01T00:00:01\\u005a\"", Some(1_000)),
        ("1.5", None),
        ("1e3", None),
        ("\"1970-01-01T00:00:00\"", None),
        ("\"1\"", None),
    ] {
        assert_eq!(with("time", time).ok().map(|d| d.time), ms, "{time}");
    }
    assert_eq!(
        code_of(with("type", "\"channel.nothing\"")),
        Code::UnknownType
    );
}
