//! Bearer tokens: a file of names, SHA-256 of tokens, and scopes. The tokens themselves are nowhere.

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Every scope that is not of a kind of actions.
const SCOPES: [&str; 5] = ["ingest", "decide", "outcome", "read:customer", "operate"];
/// The kinds of actions that `stream:<kind>` may name.
pub(crate) const KINDS: [&str; 4] = ["next-best-offer", "fraud-block", "retention", "service"];

/// One token.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) name: String,
    hash: [u8; 32],
    scopes: BTreeSet<String>,
}

/// The tokens of a node.
#[derive(Debug)]
pub(crate) struct Tokens {
    all: Vec<Arc<Token>>,
}

impl Token {
    /// True when the token has this scope.
    pub(crate) fn may(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// True when the token may read some kind of actions.
    pub(crate) fn may_stream(&self) -> bool {
        self.scopes.iter().any(|scope| scope.starts_with("stream:"))
    }

    /// True when the token may read this kind of actions.
    pub(crate) fn may_read(&self, kind: &str) -> bool {
        self.may("stream:*") || self.may(&format!("stream:{kind}"))
    }
}

impl Tokens {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or something in it means nothing.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the tokens `{shown}`"))?;
        Self::parse(&text).with_context(|| format!("the tokens `{shown}` cannot be used"))
    }

    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let document = toml_edit::Document::parse(text)?;
        let mut all = Vec::new();
        for (key, item) in document.as_table() {
            let Some(tables) = item.as_array_of_tables().filter(|_| key == "token") else {
                bail!("`{key}` means nothing here; write `[[token]]`");
            };
            for table in tables {
                all.push(Arc::new(token(table)?));
            }
        }
        if all.is_empty() {
            bail!("there is no `[[token]]` in it, so nobody could do anything");
        }
        Ok(Self { all })
    }

    /// The token of an `Authorization` header. Every token is looked at to its end, so that the time
    /// it takes says nothing about any of them.
    pub(crate) fn find(&self, authorization: &[u8]) -> Option<Arc<Token>> {
        let (scheme, secret) = authorization.split_at_checked(7)?;
        if !scheme.eq_ignore_ascii_case(b"bearer ") {
            return None;
        }
        let hash: [u8; 32] = Sha256::digest(secret.trim_ascii()).into();
        let mut found = None;
        for token in &self.all {
            let pairs = token.hash.iter().zip(&hash);
            let difference = pairs.fold(0u8, |sum, (a, b)| sum | (a ^ b));
            if std::hint::black_box(difference) == 0 {
                found = Some(Arc::clone(token));
            }
        }
        found
    }
}

fn token(table: &toml_edit::Table) -> anyhow::Result<Token> {
    let text = |key: &str| table.get(key).and_then(|item| item.as_str());
    let scopes = table.get("scopes").and_then(|item| item.as_array());
    let (Some(name), Some(sha256), Some(scopes)) = (text("name"), text("sha256"), scopes) else {
        bail!("a `[[token]]` has `name`, `sha256` and `scopes`");
    };
    if let Some((key, _)) = table
        .iter()
        .find(|(key, _)| !["name", "sha256", "scopes"].contains(key))
    {
        bail!("`{key}` means nothing in a `[[token]]`");
    }
    let scopes: BTreeSet<String> = scopes
        .iter()
        .map(|scope| scope.as_str().unwrap_or("").to_owned())
        .collect();
    for scope in &scopes {
        let kind = scope.strip_prefix("stream:");
        let known = SCOPES.contains(&scope.as_str())
            || kind.is_some_and(|kind| kind == "*" || KINDS.contains(&kind));
        if !known {
            bail!(
                "token `{name}`: scope `{scope}` is none of {}, stream:<kind>",
                SCOPES.join(", ")
            );
        }
    }
    let Some(hash) = bytes(sha256) else {
        bail!(
            "token `{name}`: `sha256` is 64 hex digits; make them with \
             `printf %s TOKEN | sha256sum`"
        );
    };
    Ok(Token {
        name: name.to_owned(),
        hash,
        scopes,
    })
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 {
        return None;
    }
    let mut bytes = [0u8; 32];
    let mut digits = hex.chars().map(|digit| digit.to_digit(16));
    for byte in &mut bytes {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf %s secret | sha256sum`
    const SECRET: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    fn file(scopes: &str) -> String {
        format!("[[token]]\nname = \"app\"\nsha256 = \"{SECRET}\"\nscopes = [{scopes}]\n")
    }

    #[test]
    fn a_token_is_known_by_its_hash_and_may_what_it_says() {
        let tokens = Tokens::parse(&file("\"ingest\", \"stream:retention\"")).unwrap();
        let token = tokens.find(b"Bearer secret").unwrap();
        assert!(token.may("ingest") && !token.may("operate"));
        assert!(token.may_stream() && token.may_read("retention") && !token.may_read("service"));
        assert!(tokens.find(b"Bearer Secret").is_none());
        assert!(tokens.find(b"Basic secret").is_none());
        assert!(tokens.find(b"").is_none());
    }

    #[test]
    fn a_file_that_means_nothing_is_refused() {
        let short = "[[token]]\nname = \"a\"\nsha256 = \"00\"\nscopes = []\n";
        for text in ["", "x = 1\n", short, &file("\"ingets\""), "[[token]]\n"] {
            assert!(Tokens::parse(text).is_err(), "{text}");
        }
    }
}
