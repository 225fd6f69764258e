//! A small client: what it sends is what was asked, byte for byte, and it waits no longer than it must.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::Value;

/// No answer takes longer than this, unless something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a listener answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Result<Value, Failed> {
        serde_json::from_str(&self.body).map_err(|e| format!("{e}: {}", self.body).into())
    }

    /// Holds the answer to its status.
    pub fn expect(self, status: u16) -> Result<Self, Failed> {
        if self.status == status {
            return Ok(self);
        }
        Err(format!("status {}, expected {status}: {}", self.status, self.body).into())
    }

    /// Holds the answer to being a problem with this status and code.
    pub fn expect_problem(self, status: u16, code: &str) -> Result<Self, Failed> {
        let answer = self.expect(status)?;
        let kind = answer
            .headers
            .get("content-type")
            .map_or("", String::as_str);
        let body = answer.json()?;
        let whole = ["type", "title", "detail"].iter().all(|name| {
            body.get(*name)
                .and_then(Value::as_str)
                .is_some_and(|t| !t.is_empty())
        });
        let said = body.get("code").and_then(Value::as_str);
        let number = body.get("status").and_then(Value::as_u64);
        if kind != "application/problem+json"
            || said != Some(code)
            || !whole
            || number != Some(status.into())
        {
            return Err(format!("not the problem `{code}`: {kind}: {}", answer.body).into());
        }
        Ok(answer)
    }
}

/// A connection to a listener.
pub fn connect(to: SocketAddr) -> Result<TcpStream, Failed> {
    let socket = TcpStream::connect_timeout(&to, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// One request on a connection of its own.
pub fn ask(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, Failed> {
    let mut socket = connect(to)?;
    let head = head(method, path, headers, Some(body.len()));
    // A listener may answer, and close, before it has heard all.
    let _ = socket
        .write_all(head.as_bytes())
        .and_then(|()| socket.write_all(body));
    read_answer(&mut BufReader::new(socket))
        .map_err(|failed| format!("{method} {path}: {}", failed.message().unwrap_or("")).into())
}

/// The head of a request.
pub fn head(method: &str, path: &str, headers: &[(&str, &str)], length: Option<usize>) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: deft\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(length) = length {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    head.push_str("\r\n");
    head
}

/// Reads one answer to the end of its body.
pub fn read_answer(from: &mut impl BufRead) -> Result<Answer, Failed> {
    let (status, headers) = read_head(from)?;
    let mut body = Vec::new();
    match headers.get("content-length").and_then(|n| n.parse().ok()) {
        Some(length) => {
            body.resize(length, 0);
            from.read_exact(&mut body)?;
        }
        None => {
            from.read_to_end(&mut body)?;
        }
    }
    Ok(Answer {
        status,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn read_head(from: &mut impl BufRead) -> Result<(u16, BTreeMap<String, String>), Failed> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| format!("no answer: {line:?}"))?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            return Ok((status, headers));
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
}

/// One line of a stream of server-sent events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its id; empty for those that have none.
    pub id: String,
    /// Its kind.
    pub event: String,
    /// Its data.
    pub data: String,
}

/// A stream of server-sent events, being read.
pub struct Stream {
    from: BufReader<TcpStream>,
    rest: String,
}

impl Stream {
    /// Opens a stream; gives the answer instead when it is none.
    pub fn open(
        to: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Result<Self, Answer>, Failed> {
        let mut socket = connect(to)?;
        socket.write_all(head("GET", path, headers, None).as_bytes())?;
        let mut from = BufReader::new(socket);
        let (status, headers) = read_head(&mut from)?;
        if status == 200 {
            let rest = String::new();
            return Ok(Ok(Self { from, rest }));
        }
        let mut body = String::new();
        from.read_to_string(&mut body)?;
        Ok(Err(Answer {
            status,
            headers,
            body,
        }))
    }

    /// The next line that is no heartbeat; `None` at the end.
    pub fn next_told(&mut self) -> Result<Option<Told>, Failed> {
        loop {
            while let Some((block, rest)) = self.rest.split_once("\n\n") {
                let told = read_told(block);
                self.rest = rest.to_owned();
                if !told.event.is_empty() {
                    return Ok(Some(told));
                }
            }
            if !self.read_chunk()? {
                return Ok(None);
            }
        }
    }

    fn read_chunk(&mut self) -> Result<bool, Failed> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        let size = usize::from_str_radix(line.trim(), 16)?;
        let mut chunk = vec![0; size + 2];
        self.from.read_exact(&mut chunk)?;
        chunk.truncate(size);
        self.rest.push_str(std::str::from_utf8(&chunk)?);
        Ok(size > 0)
    }
}

fn read_told(block: &str) -> Told {
    let field = |name: &str| {
        let lines = block.lines().filter_map(|line| line.strip_prefix(name));
        lines.collect::<Vec<_>>().join("\n")
    };
    Told {
        id: field("id: "),
        event: field("event: "),
        data: field("data: "),
    }
}
