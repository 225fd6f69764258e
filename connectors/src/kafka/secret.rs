//! How a node says who it is: a closed list of the client's keys, from a file or the environment.

use super::bearer::Giver;
use crate::http::client::Address;
use crate::http::stream::Trust;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Keys that say who one is and whom one trusts. All others are the node's own affair: none of these
/// turns a check off.
const KEYS: [&str; 16] = [
    "security.protocol",
    "sasl.mechanism",
    "sasl.username",
    "sasl.password",
    "sasl.oauthbearer.token.endpoint.url",
    "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.scope",
    "sasl.oauthbearer.token.file",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.key.location",
    "ssl.key.password",
    "https.ca.location",
    "registry.username",
    "registry.password",
];

/// This build speaks TLS to brokers.
pub const TLS: bool = cfg!(feature = "kafka-tls");

/// What is said where it does not.
const NO_TLS: &str = "this build speaks no TLS to brokers: build it with `--features kafka-tls`";

/// The mechanism of tokens, and where they come from.
const BEARER: &str = "OAUTHBEARER";
const TOKEN_URL: &str = "sasl.oauthbearer.token.endpoint.url";
const TOKEN_FILE: &str = "sasl.oauthbearer.token.file";
/// Who is trusted by what is asked over HTTP.
const TRUSTED: &str = "https.ca.location";

/// Who a node says it is; empty: nobody asks.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(BTreeMap<String, String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secret {
    /// Reads a file. Files that it names lie beside it unless they say otherwise.
    ///
    /// # Errors
    /// It cannot be read; else as [`Secret::read`].
    pub fn of_file(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file);
        let text = text.map_err(|error| format!("`{}`: {error}", file.display()))?;
        Self::read(&text, file.parent().unwrap_or(Path::new("")))
    }

    /// Reads lines of `key = value`; `#` begins a comment. Files that it names lie in `base` unless they
    /// say otherwise.
    ///
    /// # Errors
    /// A key or value that this build knows nothing to do with, or a file that is not there.
    pub fn read(text: &str, base: &Path) -> Result<Self, String> {
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
        let mut secret = Self(found);
        let secure = secret.protocol()?;
        secret.mechanism(secure)?;
        secret.files(secure, base)?;
        Ok(secret)
    }

    fn said(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn has(&self, beginning: &str) -> bool {
        self.0.keys().any(|key| key.starts_with(beginning))
    }

    /// Whether it asks who one is, and whether it does so over TLS.
    fn protocol(&self) -> Result<Secure, String> {
        let said = self.said("security.protocol");
        let secure = match said.map(str::to_ascii_lowercase).as_deref() {
            None | Some("plaintext") => Secure::default(),
            Some("sasl_plaintext") => Secure {
                sasl: true,
                tls: false,
            },
            Some("ssl") => Secure {
                sasl: false,
                tls: true,
            },
            Some("sasl_ssl") => Secure {
                sasl: true,
                tls: true,
            },
            Some(_) => {
                let says = "`security.protocol` is plaintext, ssl, sasl_plaintext or sasl_ssl";
                return Err(says.to_owned());
            }
        };
        if secure.tls && !TLS {
            return Err(format!("`security.protocol`: {NO_TLS}"));
        }
        Ok(secure)
    }

    /// Whoever gives a password has it asked for, and says how it is proven.
    fn mechanism(&self, secure: Secure) -> Result<(), String> {
        if !secure.sasl {
            if self.has("sasl.") {
                let says = "`sasl.…` needs `security.protocol` sasl_ssl or sasl_plaintext: nobody asks otherwise";
                return Err(says.to_owned());
            }
            return Ok(());
        }
        let mechanism = self.said("sasl.mechanism");
        if mechanism == Some(BEARER) {
            return self.bearer();
        }
        for key in ["sasl.mechanism", "sasl.username", "sasl.password"] {
            if self.said(key).is_none_or(str::is_empty) {
                return Err(format!("`{key}` is needed with this `security.protocol`"));
            }
        }
        if self.has("sasl.oauthbearer.") {
            return Err(format!(
                "`sasl.oauthbearer.…` needs `sasl.mechanism` {BEARER}"
            ));
        }
        match mechanism {
            Some("PLAIN") => Ok(()),
            Some("SCRAM-SHA-256" | "SCRAM-SHA-512") if TLS => Ok(()),
            // Its hashes are of the same library.
            Some("SCRAM-SHA-256" | "SCRAM-SHA-512") => {
                Err(format!("`sasl.mechanism` SCRAM: {NO_TLS}"))
            }
            _ => Err(
                "`sasl.mechanism` is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER".to_owned(),
            ),
        }
    }

    /// Whoever proves itself by a token says where it comes from: one place, and all that is needed there.
    fn bearer(&self) -> Result<(), String> {
        if !TLS {
            return Err(format!("`sasl.mechanism` {BEARER}: {NO_TLS}"));
        }
        for key in ["sasl.username", "sasl.password"] {
            if self.said(key).is_some() {
                return Err(format!(
                    "`{key}` proves nothing with `sasl.mechanism` {BEARER}"
                ));
            }
        }
        let client = [
            "sasl.oauthbearer.client.id",
            "sasl.oauthbearer.client.secret",
        ];
        match (self.said(TOKEN_URL), self.said(TOKEN_FILE)) {
            (Some(url), None) => {
                for key in client {
                    if self.said(key).is_none_or(str::is_empty) {
                        return Err(format!("`{key}` is needed with `{TOKEN_URL}`"));
                    }
                }
                let address = Address::read(url);
                address.map_err(|says| format!("`{TOKEN_URL}`: {says}"))?;
                Ok(())
            }
            (None, Some(_)) => {
                let mut of_client = client.into_iter().chain(["sasl.oauthbearer.scope"]);
                match of_client.find(|key| self.said(key).is_some()) {
                    Some(key) => Err(format!(
                        "`{key}` needs `{TOKEN_URL}` and not `{TOKEN_FILE}`"
                    )),
                    None => Ok(()),
                }
            }
            _ => Err(format!(
                "`sasl.mechanism` {BEARER} needs one of `{TOKEN_URL}` and `{TOKEN_FILE}`"
            )),
        }
    }

    /// A certificate has its key, and each file is there: found out now and not at the first broker.
    fn files(&mut self, secure: Secure, base: &Path) -> Result<(), String> {
        if self.has("ssl.") && !TLS {
            return Err(format!("`ssl.…`: {NO_TLS}"));
        }
        if self.has("ssl.") && !secure.tls {
            let says =
                "`ssl.…` needs `security.protocol` ssl or sasl_ssl: nothing is encrypted otherwise";
            return Err(says.to_owned());
        }
        for (key, needed) in [
            ("ssl.certificate.location", "ssl.key.location"),
            ("ssl.key.location", "ssl.certificate.location"),
            ("ssl.key.password", "ssl.key.location"),
            ("registry.username", "registry.password"),
            ("registry.password", "registry.username"),
        ] {
            if self.said(key).is_some() && self.said(needed).is_none() {
                return Err(format!("`{key}` needs `{needed}` beside it"));
            }
        }
        if self.has("https.") && !TLS {
            return Err(format!("`https.…`: {NO_TLS}"));
        }
        for (key, value) in &mut self.0 {
            if (key.starts_with("ssl.") && key.ends_with(".location"))
                || key == TOKEN_FILE
                || key == TRUSTED
            {
                let path = base.join(&*value);
                let there = std::fs::metadata(&path);
                there.map_err(|error| format!("`{key}`: `{}`: {error}", path.display()))?;
                *value = path.display().to_string();
            }
        }
        let trusted = self.trust().check();
        trusted.map_err(|says| format!("`{TRUSTED}`: {says}"))
    }

    /// Who one is to a registry of schemas.
    pub(super) fn registry(&self) -> Option<(&str, &str)> {
        self.said("registry.username")
            .zip(self.said("registry.password"))
    }

    /// Who signs the certificates of registries and of givers of tokens.
    pub(super) fn trust(&self) -> Trust {
        Trust::of(self.said(TRUSTED).map(Path::new))
    }

    /// Where tokens come from; none: it proves itself otherwise.
    pub(super) fn giver(&self) -> Option<Giver> {
        if self.said("sasl.mechanism") != Some(BEARER) {
            return None;
        }
        let said = |key: &str| self.said(key).map(str::to_owned);
        if let Some(file) = self.said(TOKEN_FILE) {
            return Some(Giver::File(file.into()));
        }
        let url = said(TOKEN_URL)?;
        Some(Giver::Endpoint {
            address: Address::read(&url).ok()?,
            url,
            trust: self.trust(),
            id: said("sasl.oauthbearer.client.id")?,
            secret: said("sasl.oauthbearer.client.secret")?,
            scope: said("sasl.oauthbearer.scope"),
        })
    }

    /// All keys that the client of brokers is told, with their values.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        const OWN: [&str; 3] = ["registry.", "https.", "sasl.oauthbearer."];
        let is_own = |key: &str| OWN.iter().any(|beginning| key.starts_with(beginning));
        let all = self.0.iter().filter(move |(key, _)| !is_own(key));
        all.map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// What stands between a node and its brokers.
#[derive(Clone, Copy, Default)]
struct Secure {
    /// They ask who it is.
    sasl: bool,
    /// Nobody on the way can read or change anything.
    tls: bool,
}

#[cfg(test)]
mod tests;
