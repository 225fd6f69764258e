//! A giver of tokens (RFC 6749, 4.4): to one client, for the scope that it asks for. What it gives is not
//! signed: the broker that takes it is told to take such.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use libtest_mimic::Failed;
use serde_json::json;

use super::PASSWORD;
use super::door::{Door, Socket};
use super::served::Served;

/// Whom it knows, by `PASSWORD`.
pub(super) const CLIENT: &str = "deft";
/// What the broker wants a token to be for.
pub(super) const SCOPE: &str = "kafka";

/// What it knows and does.
struct Book {
    lives: Duration,
    given: usize,
}

/// A giver of tokens on a port of its own.
pub struct Tokens {
    book: Arc<Mutex<Book>>,
    served: Served,
}

impl Tokens {
    /// One whose tokens live so long.
    pub fn start(lives: Duration) -> Result<Self, Failed> {
        Self::start_at(Door::Open, lives)
    }

    /// The same behind TLS, where it shows this certificate.
    pub fn start_showing(paper: &[PathBuf; 3], lives: Duration) -> Result<Self, Failed> {
        Self::start_at(Door::showing(paper)?, lives)
    }

    fn start_at(door: Door, lives: Duration) -> Result<Self, Failed> {
        let book = Arc::new(Mutex::new(Book { lives, given: 0 }));
        let own = Arc::clone(&book);
        let served = Served::start(door, move |socket| answer(&own, socket))?;
        Ok(Self { book, served })
    }

    /// Where it is asked.
    pub fn address(&self) -> String {
        format!("{}/oauth2/token", self.served.address())
    }

    /// How many it has given.
    pub fn given(&self) -> usize {
        look(&self.book).given
    }

    /// A token that was not asked for.
    pub fn token(&self) -> String {
        token(SCOPE, look(&self.book).lives)
    }
}

fn look(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A token for this scope, from now on.
fn token(scope: &str, lives: Duration) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "a broker compares it with its own clock"
    )]
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default();
    let claims = json!({
        "sub": CLIENT, "iat": now.as_secs(), "exp": (now + lives).as_secs(), "scope": scope,
    });
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(json!({ "alg": "none" })), part(claims))
}

/// Reads one question and answers it.
fn answer(book: &Mutex<Book>, socket: Box<dyn Socket>) -> std::io::Result<()> {
    let mut lines = BufReader::new(socket);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let at = head.len();
        if lines.read_line(&mut head)? == 0 {
            break;
        }
        if let Some(said) = head
            .get(at..)
            .and_then(|line| line.strip_prefix("content-length: "))
        {
            length = said.trim().parse().unwrap_or(0);
        }
    }
    let mut body = String::new();
    lines.by_ref().take(length).read_to_string(&mut body)?;
    let mut socket = lines.into_inner();
    let known = STANDARD.encode(format!("{CLIENT}:{}", PASSWORD.replace('=', "%3D")));
    let known = format!("authorization: Basic {known}");
    let mut parts = body.split('&');
    let is_grant = parts.next() == Some("grant_type=client_credentials");
    let scope = parts.find_map(|part| part.strip_prefix("scope="));
    let mut book = look(book);
    let (status, body) = if !head.lines().any(|line| line == known) {
        (401, json!({ "error": "invalid_client" }))
    } else if !head.starts_with("POST /oauth2/token ") || !is_grant {
        (400, json!({ "error": "unsupported_grant_type" }))
    } else {
        book.given += 1;
        let token = token(scope.unwrap_or_default(), book.lives);
        let lives = book.lives.as_secs();
        (
            200,
            json!({ "access_token": token, "token_type": "Bearer", "expires_in": lives }),
        )
    };
    let body = body.to_string();
    write!(
        socket,
        "HTTP/1.1 {status} .\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
