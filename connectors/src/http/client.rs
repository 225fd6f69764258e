//! A small client: one request at a time over one connection, which is kept. It waits on the socket, so
//! it belongs on a thread of its own; what it is asked to send again is sent only on a new connection.

use super::stream::{NO_TLS, Stream, TLS, Trust};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// Who asks: a user, and what proves it.
pub type Who<'a> = Option<(&'a str, &'a str)>;

/// How long a peer may take to answer, and a socket to open.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes of the line before a piece of an answer.
const CHUNK_LINE_MAX: u64 = 256;
/// Lines of the head of an answer.
const HEADERS_MAX: usize = 100;

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `host:port`
    host: String,
    /// Behind TLS.
    is_secure: bool,
    /// What stands before every path, without its last slash.
    base: String,
}

impl Address {
    /// Reads `http://host[:port][/base]`, and `https://…` where this build speaks TLS.
    ///
    /// # Errors
    /// A sentence that says what an address looks like.
    pub fn read(text: &str) -> Result<Self, String> {
        let says =
            || format!("`{text}` is no address this can send to: `http://127.0.0.1:8080`, say");
        let (rest, is_secure) = match (text.strip_prefix("http://"), text.strip_prefix("https://"))
        {
            (Some(rest), _) => (rest, false),
            (_, Some(rest)) if TLS => (rest, true),
            (_, Some(_)) => return Err(format!("`{text}`: {NO_TLS}")),
            _ => return Err(says()),
        };
        let (host, base) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(says());
        }
        let port = host.rsplit_once(':').map(|(_, port)| port);
        let host = match port {
            Some(port) if port.parse::<u16>().is_ok() => host.to_owned(),
            Some(_) => return Err(says()),
            None if is_secure => format!("{host}:443"),
            None => format!("{host}:80"),
        };
        let base = match base.trim_end_matches('/') {
            "" => String::new(),
            base => format!("/{base}"),
        };
        Ok(Self {
            host,
            is_secure,
            base,
        })
    }

    /// The name that a certificate must be for, behind TLS.
    fn name(&self) -> Option<&str> {
        let (name, _) = self.host.rsplit_once(':')?;
        // A number of the newer kind stands in brackets.
        let name = name.trim_start_matches('[').trim_end_matches(']');
        self.is_secure.then_some(name)
    }

    /// The base path, empty or with a slash before it.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }
}

/// What a peer answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// After so many seconds one may try again.
    pub retry_after: Option<u64>,
    /// The body, as far as it is text.
    pub body: String,
}

/// A connection that is kept.
#[derive(Debug)]
pub struct Client {
    to: Address,
    patience: Duration,
    trust: Trust,
    open: Option<BufReader<Stream>>,
}

impl Client {
    /// A client of this address; it connects when it is asked something.
    #[must_use]
    pub fn new(to: Address) -> Self {
        Self {
            to,
            patience: PATIENCE,
            trust: Trust::System,
            open: None,
        }
    }

    /// The same with so much patience.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same where another is trusted, behind TLS.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// Sends a body and reads the answer. A kept connection may have been closed meanwhile: then it is
    /// sent once more on a new one, so whatever is sent must be safe to send twice.
    ///
    /// # Errors
    /// What the socket says; an answer that is none.
    pub fn post(&mut self, path: &str, kind: &str, body: &[u8]) -> io::Result<Reply> {
        self.post_as(path, kind, None, body)
    }

    /// The same as whoever these name.
    ///
    /// # Errors
    /// What the socket says; an answer that is none.
    pub fn post_as(
        &mut self,
        path: &str,
        kind: &str,
        who: Who<'_>,
        body: &[u8],
    ) -> io::Result<Reply> {
        let mut head = self.head("POST", path, who);
        let length = body.len();
        head.push_str(&format!(
            "content-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        ));
        self.ask(&head, body)
    }

    /// Asks for what is at a path, as whoever these name: user and password.
    ///
    /// # Errors
    /// What the socket says; an answer that is none.
    pub fn get(&mut self, path: &str, who: Who<'_>) -> io::Result<Reply> {
        let mut head = self.head("GET", path, who);
        head.push_str("\r\n");
        self.ask(&head, b"")
    }

    /// The head of a request as far as all of them have it.
    fn head(&self, method: &str, path: &str, who: Who<'_>) -> String {
        let (base, host) = (&self.to.base, &self.to.host);
        // An address may say all of the path.
        let root = if base.is_empty() && path.is_empty() {
            "/"
        } else {
            ""
        };
        let mut head = format!(
            "{method} {base}{path}{root} HTTP/1.1\r\nhost: {host}\r\naccept: application/json\r\n"
        );
        if let Some((name, password)) = who {
            let both = STANDARD.encode(format!("{name}:{password}"));
            head.push_str(&format!("authorization: Basic {both}\r\n"));
        }
        head
    }

    fn ask(&mut self, head: &str, body: &[u8]) -> io::Result<Reply> {
        if let Some(mut open) = self.open.take()
            && let Ok((reply, keep)) = exchange(&mut open, head, body)
        {
            self.open = keep.then_some(open);
            return Ok(reply);
        }
        let mut open = BufReader::new(self.connect()?);
        let (reply, keep) = exchange(&mut open, head, body)?;
        self.open = keep.then_some(open);
        Ok(reply)
    }

    fn connect(&self) -> io::Result<Stream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in self.to.host.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, self.patience) {
                Ok(socket) => {
                    socket.set_read_timeout(Some(self.patience))?;
                    socket.set_write_timeout(Some(self.patience))?;
                    socket.set_nodelay(true)?;
                    return Stream::open(socket, self.to.name(), &self.trust);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn exchange(open: &mut BufReader<Stream>, head: &str, body: &[u8]) -> io::Result<(Reply, bool)> {
    let socket = open.get_mut();
    socket.write_all(head.as_bytes())?;
    socket.write_all(body)?;
    read_reply(open)
}

/// Reads an answer; true when the connection may be used again.
fn read_reply(from: &mut impl BufRead) -> io::Result<(Reply, bool)> {
    let no_answer = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut line = String::new();
    from.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| no_answer("what answers there does not speak HTTP"))?;
    let mut reply = Reply {
        status,
        retry_after: None,
        body: String::new(),
    };
    let (mut length, mut keep, mut chunked) = (None, true, false);
    for _ in 0..HEADERS_MAX {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse::<u64>().ok(),
            "retry-after" => reply.retry_after = value.parse().ok(),
            "connection" if value.eq_ignore_ascii_case("close") => keep = false,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            _ => {}
        }
    }
    let mut bytes = Vec::new();
    match length {
        _ if chunked => read_chunks(from, &mut bytes)?,
        Some(length) if length > ANSWER_BYTES_MAX => {
            return Err(no_answer("the answer is longer than any answer is"));
        }
        Some(length) => {
            from.take(length).read_to_end(&mut bytes)?;
        }
        None => {
            keep = false;
            from.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes)?;
        }
    }
    reply.body = String::from_utf8_lossy(&bytes).into_owned();
    Ok((reply, keep))
}

/// A body in pieces, each with its length before it; the last has none.
fn read_chunks(from: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<()> {
    let no_answer = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut room = ANSWER_BYTES_MAX;
    loop {
        let mut line = String::new();
        from.take(CHUNK_LINE_MAX).read_line(&mut line)?;
        let length = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(length, 16);
        let length = length.map_err(|_| no_answer("a piece of the answer has no length"))?;
        room = room
            .checked_sub(length)
            .ok_or_else(|| no_answer("the answer is longer than any answer is"))?;
        let read = from.take(length).read_to_end(bytes)?;
        // Behind a piece its line ends.
        from.take(CHUNK_LINE_MAX).read_line(&mut line)?;
        if u64::try_from(read) != Ok(length) {
            return Err(no_answer("the answer ends before it should"));
        }
        if length == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_a_port_and_perhaps_a_base() {
        let read = |text: &str| Address::read(text).map(|a| (a.host, a.base));
        let of = |host: &str, base: &str| Ok((host.to_owned(), base.to_owned()));
        assert_eq!(read("http://127.0.0.1:8080"), of("127.0.0.1:8080", ""));
        assert_eq!(read("http://bank/"), of("bank:80", ""));
        assert_eq!(read("http://bank:81/a/b/"), of("bank:81", "/a/b"));
        if TLS {
            assert_eq!(read("https://bank/a"), of("bank:443", "/a"));
            let name = |text: &str| Address::read(text).unwrap().name().map(str::to_owned);
            assert_eq!(name("https://[::1]:81/"), Some("::1".to_owned()));
            assert_eq!(name("http://bank:443"), None);
        } else {
            let said = read("https://bank").unwrap_err();
            assert!(said.contains("--features kafka-tls"), "{said}");
        }
        for wrong in ["https://", "bank:80", "http://", "http://bank:eighty"] {
            assert!(read(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_answer_is_read_to_its_length_and_says_when_to_come_again() {
        let text = "HTTP/1.1 429 Too Many\r\nRetry-After: 2\r\nContent-Length: 3\r\n\r\n{ }rest";
        let (reply, keep) = read_reply(&mut text.as_bytes()).unwrap();
        assert_eq!(
            (reply.status, reply.retry_after, keep),
            (429, Some(2), true)
        );
        assert_eq!(reply.body, "{ }");
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{ }\r\n2;a=b\r\n[]\r\n0\r\n\r\nrest";
        let (reply, keep) = read_reply(&mut text.as_bytes()).unwrap();
        assert_eq!((reply.body.as_str(), keep), ("{ }[]", true));
        let cut = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{ }";
        assert!(read_reply(&mut cut.as_bytes()).is_err());
        assert!(read_reply(&mut "SSH-2.0\r\n".as_bytes()).is_err());
    }
}
