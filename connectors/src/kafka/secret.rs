//! How a node says who it is: a closed list of the client's keys, from a file or the environment.

use std::collections::BTreeMap;
use std::fmt;

/// Keys that say who one is. All others are the node's own affair.
const KEYS: [&str; 4] = [
    "security.protocol",
    "sasl.mechanism",
    "sasl.username",
    "sasl.password",
];

/// Who a node says it is; empty: nobody asks.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(BTreeMap<String, String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secret {
    /// Reads lines of `key = value`; `#` begins a comment.
    ///
    /// # Errors
    /// A key or value that this build knows nothing to do with.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut found = BTreeMap::new();
        for (at, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else {
                return Err(format!("line {at} is not `key = value`"));
            };
            let (key, value) = (key.trim(), value.trim());
            if !KEYS.contains(&key) {
                let known = KEYS.join(", ");
                return Err(format!("line {at}: `{key}` is not one of {known}"));
            }
            if found.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(format!("line {at}: `{key}` stands twice"));
            }
        }
        let said = |key: &str| found.get(key).map(String::as_str);
        match said("security.protocol")
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            None | Some("plaintext" | "sasl_plaintext") => {}
            Some(_) => {
                let says = "`security.protocol` is plaintext or sasl_plaintext: this build speaks no TLS to \
                            brokers";
                return Err(says.to_owned());
            }
        }
        if said("sasl.mechanism").is_some_and(|word| word != "PLAIN") {
            return Err("`sasl.mechanism` is PLAIN in this build".to_owned());
        }
        Ok(Self(found))
    }

    /// All keys with their values.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter();
        all.map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_of_a_closed_list_and_values_are_never_shown() {
        let text = "# core banking\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism = PLAIN\n\
                    sasl.username = deft\nsasl.password = s=cret\n";
        let secret = Secret::read(text).unwrap();
        assert!(secret.all().any(|pair| pair == ("sasl.password", "s=cret")));
        assert!(!format!("{secret:?}").contains("cret\""));
        for (wrong, says) in [
            ("acks = 0", "not one of"),
            ("sasl.username", "key = value"),
            ("security.protocol = ssl", "no TLS"),
            ("sasl.mechanism = GSSAPI", "PLAIN"),
            ("sasl.username = a\nsasl.username = b", "twice"),
        ] {
            let said = Secret::read(wrong).unwrap_err();
            assert!(said.contains(says), "{wrong}: {said}");
        }
    }
}
