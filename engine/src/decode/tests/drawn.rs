//! Amounts, bytes and damage that are drawn.

use super::*;
use proptest::prelude::*;

/// An amount in minor units, worked out on its digits.
fn minor(whole: &str, fraction: &str, digits: usize) -> Option<i64> {
    let kept = fraction.trim_end_matches('0');
    if kept.len() > digits {
        return None;
    }
    format!("{whole}{kept:0<digits$}").parse().ok()
}

proptest! {
    #[test]
    fn amounts_are_read_from_their_digits(
        negative: bool, whole in "0|[1-9][0-9]{0,18}", fraction in "[0-9]{0,4}", quoted: bool,
    ) {
        let sign = if negative { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        let text = format!("{sign}{whole}{point}{fraction}");
        let json = if quoted { format!("\"{text}\"") } else { text };
        for (name, digits) in [("money", 2), ("yen", 0)] {
            let read = match field(name, &json) {
                Ok(Value::Money(money)) => money.to_minor(),
                Ok(other) => panic!("{other:?}"),
                Err(reject) => {
                    prop_assert_eq!(reject.code, Code::WrongType);
                    None
                }
            };
            prop_assert_eq!(read, minor(&format!("{sign}{whole}"), &fraction, digits), "{}", json);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes, &CATALOGUE);
    }

    #[test]
    fn no_damage_to_an_event_panics(
        at in 0usize..400, byte: u8, cut in 0usize..400, value in "[-+0-9.eE\"\\\\/ntu\\[\\]{},:]{0,12}",
    ) {
        let fields = FIELDS.map(|f| format!(r#""{f}":{value}"#)).join(",");
        for data in [format!("{{{fields}}}"), r#"{"int":1,"text":"é","place":[1,2]}"#.to_owned()] {
            let mut bytes = event("channel.everything", &data).into_bytes();
            let place = at % bytes.len();
            bytes[place] = byte;
            let _ = decode(&bytes, &CATALOGUE);
            bytes.truncate(cut);
            prop_assert!(cut >= 100 || decode(&bytes, &CATALOGUE).is_err());
        }
    }

    #[test]
    fn what_is_decoded_reads_back_the_same(int in -5i64..=1_000_000, text in "[^\"\\\\\u{0}-\u{1f}]{0,5}", cents: i32) {
        let amount = format!("{}{}.{:02}", if cents < 0 { "-" } else { "" },
            cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
        let read = everything(&format!(r#"{{"int":{int},"text":"{text}","money":"{amount}"}}"#)).unwrap();
        let currency = rules::money::Currency::parse("CNY").unwrap();
        prop_assert_eq!(&read.fields[1], &Value::Int(int));
        prop_assert_eq!(&read.fields[3], &Value::Text(text.as_str().into()));
        prop_assert_eq!(&read.fields[5], &Value::Money(Money::minor(i64::from(cents), currency)));
    }
}
