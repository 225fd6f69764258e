//! One request, on its way to its endpoint: its parameters, its body, and who sent it.

use super::tokens::Token;
use super::way::Way;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Uri};
use connectors::http::body;
use connectors::http::problem::{self, Problem};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A body must be there so soon.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// One request.
pub(crate) struct Call {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Its way to other nodes, where there is one.
    pub(crate) way: Option<Way>,
    /// When its head had come.
    pub(crate) received: Instant,
    /// The parts of its path that are names.
    pub(crate) names: BTreeMap<String, String>,
    /// Its path and query.
    pub(crate) uri: Uri,
    /// `None` when nobody asks for tokens.
    pub(crate) token: Option<Arc<Token>>,
}

impl Call {
    /// A name of the path.
    pub(crate) fn name(&self, key: &str) -> &str {
        self.names.get(key).map_or("", String::as_str)
    }

    /// The query's parameters: these and no others, each once.
    pub(crate) fn parameters(&self, known: &[&str]) -> Result<BTreeMap<String, String>, Problem> {
        let mut found = BTreeMap::new();
        let query = self.uri.query().unwrap_or("");
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
                let detail = "the query is not percent-encoded UTF-8";
                return Err(Problem::new(problem::BAD_PARAMETER, detail));
            };
            if !known.contains(&name.as_str()) {
                let known = if known.is_empty() {
                    "none is known here".to_owned()
                } else {
                    format!("known here: {}", known.join(", "))
                };
                let detail = format!("parameter `{}`: {known}", name.escape_debug());
                return Err(Problem::new(problem::BAD_PARAMETER, detail));
            }
            if found.insert(name.clone(), value).is_some() {
                let detail = format!("parameter `{name}` stands twice");
                return Err(Problem::new(problem::BAD_PARAMETER, detail));
            }
        }
        Ok(found)
    }

    /// What was asked for, as it stood behind the host.
    pub(crate) fn target(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    /// The whole body, at most `limit` bytes.
    pub(crate) async fn body(&mut self, limit: usize) -> Result<Bytes, Problem> {
        let body = std::mem::replace(&mut self.body, Body::empty());
        let read = body::read(&self.headers, body, limit, BODY_PATIENCE).await?;
        if let Some(way) = &self.way {
            way.keep(&read);
        }
        Ok(read)
    }

    /// Who sent it, for the log.
    pub(crate) fn sender(&self) -> &str {
        self.token.as_ref().map_or("loopback", |token| &token.name)
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                out.push(u8::try_from(high * 16 + low).ok()?);
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(query: &str) -> Call {
        Call {
            headers: HeaderMap::new(),
            body: Body::empty(),
            way: None,
            received: crate::run::clock::moment(),
            names: BTreeMap::new(),
            uri: format!("/?{query}").parse().unwrap(),
            token: None,
        }
    }

    #[test]
    fn parameters_are_known_and_stand_once() {
        let found = call("a=%E4%BD%A0+x&b").parameters(&["a", "b"]).unwrap();
        assert_eq!(found.get("a").map(String::as_str), Some("你 x"));
        assert_eq!(found.get("b").map(String::as_str), Some(""));
        for wrong in ["c=1", "a=1&a=2", "a=%zz", "a=%ff", "%"] {
            let problem = call(wrong).parameters(&["a"]).unwrap_err();
            assert_eq!(problem.kind, problem::BAD_PARAMETER, "{wrong}");
        }
    }
}
