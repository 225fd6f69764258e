//! What a registry answers.

use crate::http::encode::percent;
use serde::Deserialize;
use std::fmt;

/// What a registry calls what it does not have: a subject, a version, a number. Another 404 is of an
/// address that has no registry.
const ABSENT: [u32; 3] = [40_401, 40_402, 40_403];

/// A schema as a registry tells it.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) schema: String,
    #[serde(rename = "schemaType", default)]
    kind: Option<String>,
    #[serde(default)]
    pub(super) references: Vec<Reference>,
}

impl Answer {
    pub(super) fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    /// Which language it is of.
    pub(super) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or("AVRO")
    }
}

/// A schema that another one refers to.
#[derive(Deserialize)]
pub(super) struct Reference {
    /// What it is imported under.
    pub(super) name: String,
    subject: String,
    version: u32,
}

impl Reference {
    /// Where it is told. One that was taken back is told as well: what refers to it goes on.
    pub(super) fn path(&self) -> String {
        let subject = percent(&self.subject);
        format!("/subjects/{subject}/versions/{}?deleted=true", self.version)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |text: &str| text.escape_default().take(120).collect::<String>();
        let (name, subject) = (short(&self.name), short(&self.subject));
        write!(f, "`{name}`, version {} of `{subject}`", self.version)
    }
}

/// Whether a refusal says that there is nothing of this name.
pub(super) fn is_absent(body: &str) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        error_code: u32,
    }
    serde_json::from_str::<Refusal>(body).is_ok_and(|said| ABSENT.contains(&said.error_code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_a_path_whatever_its_subject_is_called() {
        let body = r#"{"schema":"x","schemaType":"PROTOBUF",
            "references":[{"name":"a/b.proto","subject":"银行/a b","version":3}]}"#;
        let answer = Answer::read(body).unwrap();
        assert_eq!(answer.kind(), "PROTOBUF");
        let path = answer.references[0].path();
        let said = "/subjects/%E9%93%B6%E8%A1%8C%2Fa%20b/versions/3?deleted=true";
        assert_eq!(path, said);
        assert!(Answer::read("{}").is_none());
        assert_eq!(Answer::read(r#"{"schema":"x"}"#).unwrap().kind(), "AVRO");
    }

    #[test]
    fn only_a_registry_says_that_it_has_nothing() {
        assert!(is_absent(r#"{"error_code":40403,"message":"x"}"#));
        assert!(is_absent(r#"{"error_code":40401}"#));
        assert!(!is_absent(r#"{"error_code":404}"#));
        assert!(!is_absent("<html>"));
    }
}
