//! A registry of schemas as Confluent's answers, as far as a reader asks: `GET /schemas/ids/N` and
//! `GET /subjects/S/versions/V`, for whoever knows the password. It can be away, and it knows what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libtest_mimic::Failed;
use serde_json::json;

use super::door::{Door, Socket};
use super::served::Served;

/// `Basic` of `reader:open sesame`.
const KNOWN: &str = "authorization: Basic cmVhZGVyOm9wZW4gc2VzYW1l";

/// Who may ask, as lines of a secret.
pub const READER: &str = "registry.username = reader\nregistry.password = open sesame\n";

/// What it knows and does.
#[derive(Default)]
struct Book {
    schemas: BTreeMap<u32, String>,
    /// What is told of subjects, by path.
    subjects: BTreeMap<String, String>,
    asked: Vec<u32>,
    is_away: bool,
}

/// A registry on a port of its own.
pub struct Registry {
    book: Arc<Mutex<Book>>,
    served: Served,
}

impl Registry {
    /// One that knows these Avro schemas, and these answers as they are.
    pub fn start(avro: &[(u32, &str)], other: &[(u32, &str)]) -> Result<Self, Failed> {
        Self::start_at(Door::Open, avro, other)
    }

    /// The same behind TLS, where it shows this certificate.
    pub fn start_showing(paper: &[PathBuf; 3], avro: &[(u32, &str)]) -> Result<Self, Failed> {
        Self::start_at(Door::showing(paper)?, avro, &[])
    }

    fn start_at(door: Door, avro: &[(u32, &str)], other: &[(u32, &str)]) -> Result<Self, Failed> {
        let avro = avro
            .iter()
            .map(|(id, schema)| (*id, json!({ "schema": schema }).to_string()));
        let other = other.iter().map(|(id, body)| (*id, (*body).to_owned()));
        let book = Arc::new(Mutex::new(Book {
            schemas: avro.chain(other).collect(),
            ..Book::default()
        }));
        let own = Arc::clone(&book);
        let served = Served::start(door, move |socket| answer(&own, socket))?;
        Ok(Self { book, served })
    }

    /// It knows this version of a subject as well.
    pub fn knows(&self, subject: &str, version: u32, body: &str) {
        let path = format!("/subjects/{subject}/versions/{version}");
        look(&self.book).subjects.insert(path, body.to_owned());
    }

    /// Where it is asked.
    pub fn address(&self) -> String {
        self.served.address()
    }

    /// It answers nobody, or does again.
    pub fn set_away(&self, is_away: bool) {
        look(&self.book).is_away = is_away;
    }

    /// The numbers it gave an answer for, in order.
    pub fn asked(&self) -> Vec<u32> {
        look(&self.book).asked.clone()
    }
}

fn look(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads one question and answers it.
fn answer(book: &Mutex<Book>, socket: Box<dyn Socket>) -> std::io::Result<()> {
    let mut head = String::new();
    let mut lines = BufReader::new(socket);
    while !head.ends_with("\r\n\r\n") && lines.read_line(&mut head)? > 0 {}
    let mut socket = lines.into_inner();
    let mut book = look(book);
    let path = head.split(' ').nth(1).unwrap_or_default();
    let id = path.strip_prefix("/schemas/ids/");
    let id: Option<u32> = id.and_then(|id| id.parse().ok());
    let refused = |code: u32| {
        let body = json!({ "error_code": code, "message": "not found" });
        (404, body.to_string())
    };
    let subject = path.strip_suffix("?deleted=true").unwrap_or(path);
    let (status, body) = match id {
        _ if book.is_away => (503, "for now".to_owned()),
        _ if !head.lines().any(|line| line == KNOWN) => (401, "who asks?".to_owned()),
        None if subject.starts_with("/subjects/") => match book.subjects.get(subject) {
            Some(body) => (200, body.clone()),
            None => refused(40_402),
        },
        None => (404, "<html>no such page</html>".to_owned()),
        Some(id) => {
            book.asked.push(id);
            match book.schemas.get(&id) {
                Some(body) => (200, body.clone()),
                None => refused(40_403),
            }
        }
    };
    let (half, rest) = body.split_at(body.floor_char_boundary(body.len() / 2));
    // In pieces, as servers do that do not know how long an answer is when they begin it.
    write!(
        socket,
        "HTTP/1.1 {status} .\r\ncontent-type: application/vnd.schemaregistry.v1+json\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n\r\n{:x}\r\n{half}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
        half.len(),
        rest.len()
    )
}
