//! A record of a topic as an event has it: plain JSON, or a CloudEvent as its Kafka binding says, in
//! one piece or with its attributes in headers. The record's key says nothing about who it is of.

use crate::http::envelopes::{self, Item};
use engine::reject::{Code, Reject};

/// A record as it was pulled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its place there.
    pub offset: i64,
    /// When it was written, ms.
    pub at: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What it says; `None`: it only takes back what had its key.
    pub value: Option<Vec<u8>>,
}

impl Pulled {
    fn header(&self, name: &str) -> Option<&[u8]> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// The record as a file would have it: the engine alone says what is an event.
    ///
    /// # Errors
    /// It can be none.
    pub fn event(&self) -> Item {
        let (value, kind) = (self.said()?, self.kind());
        match kind.as_str() {
            // One that is in one piece may repeat its attributes in headers.
            "application/cloudevents+json" => envelopes::structured(value),
            "" | "application/json" if self.header("ce_specversion").is_some() => {
                envelopes::binary(|name| self.attribute(name), value)
            }
            "" | "application/json" => Ok(value.clone()),
            _ => Err(unread(
                &kind,
                "application/json or application/cloudevents+json",
            )),
        }
    }

    /// The record as a file would have it, where its value stands for this JSON.
    ///
    /// # Errors
    /// It can be no event.
    pub(super) fn event_of(&self, json: String) -> Item {
        let kind = self.kind();
        if kind.starts_with("application/cloudevents") || kind == "application/json" {
            return Err(unread(
                &kind,
                "a value of its schema, with the attributes of a CloudEvent in headers or with none",
            ));
        }
        if self.header("ce_specversion").is_some() {
            return envelopes::binary(|name| self.attribute(name), json.as_bytes());
        }
        Ok(json.into_bytes())
    }

    /// Its value; without one it can be no event.
    pub(super) fn said(&self) -> Result<&Vec<u8>, Reject> {
        self.value.as_ref().ok_or_else(|| {
            let cause = "the record has no value: it says nothing that could be decided";
            Reject::new(Code::Malformed, "", cause)
        })
    }

    /// What its value is said to be.
    fn kind(&self) -> String {
        let kind = self.header("content-type").unwrap_or_default();
        let kind = String::from_utf8_lossy(kind).to_ascii_lowercase();
        kind.split(';').next().unwrap_or_default().trim().to_owned()
    }

    /// In this binding attributes are UTF-8 as they are.
    fn attribute(&self, name: &str) -> Result<Option<String>, Reject> {
        let Some(value) = self.header(&format!("ce_{name}")) else {
            return Ok(None);
        };
        let text = String::from_utf8(value.to_vec()).map_err(|_| {
            let cause = format!("the header `ce_{name}` is not UTF-8");
            Reject::new(Code::WrongType, format!("/{name}"), cause)
        })?;
        Ok(Some(text))
    }
}

fn unread(kind: &str, instead: &str) -> Reject {
    let kind: String = kind.escape_default().take(80).collect();
    let cause = format!("`content-type: {kind}` is not read: send {instead}");
    Reject::new(Code::Malformed, "", cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulled(headers: &[(&str, &str)], value: &str) -> Pulled {
        let headers = headers.iter();
        Pulled {
            headers: headers
                .map(|(k, v)| ((*k).to_owned(), v.as_bytes().to_vec()))
                .collect(),
            value: Some(value.as_bytes().to_vec()),
            key: Some(b"somebody else".to_vec()),
            ..Pulled::default()
        }
    }

    fn text(pulled: &Pulled) -> String {
        String::from_utf8(pulled.event().unwrap()).unwrap()
    }

    #[test]
    fn plain_structured_and_binary_give_the_same_record() {
        let plain = pulled(&[], r#"{"id":"1"}"#);
        assert_eq!(text(&plain), r#"{"id":"1"}"#);
        let kind = (
            "content-type",
            "application/cloudevents+json; charset=utf-8",
        );
        let whole = pulled(
            &[kind],
            r#"{"specversion":"1.0","id":"1","partitionkey":"顾客"}"#,
        );
        assert!(text(&whole).contains(r#""customer":"顾客""#));
        let parts = [
            ("ce_specversion", "1.0"),
            ("ce_id", "1"),
            ("ce_type", "t"),
            ("ce_partitionkey", "顾客 %41"),
            ("content-type", "application/json"),
        ];
        let binary = pulled(&parts, r#"{"a":1.50}"#);
        let said = r#"{"id":"1","type":"t","customer":"顾客 %41","data":{"a":1.50}}"#;
        assert_eq!(text(&binary), said);
    }

    #[test]
    fn what_can_be_no_event_says_why() {
        let mut gone = pulled(&[], "");
        gone.value = None;
        assert!(gone.event().unwrap_err().cause.contains("no value"));
        let avro = pulled(&[("content-type", "application/avro")], "x");
        assert!(avro.event().unwrap_err().cause.contains("not read"));
        let old = pulled(&[("ce_specversion", "0.3")], "{}");
        assert_eq!(old.event().unwrap_err().code, Code::OutOfRange);
        let mut odd = pulled(&[("ce_specversion", "1.0")], "{}");
        odd.headers.push(("ce_id".to_owned(), vec![0xff]));
        assert_eq!(odd.event().unwrap_err().code, Code::WrongType);
    }
}
