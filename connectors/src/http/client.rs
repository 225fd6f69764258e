//! A small client: one request at a time over one connection, which is kept. It waits on the socket, so
//! it belongs on a thread of its own; what it is asked to send again is sent only on a new connection.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// How long a peer may take to answer, and a socket to open.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Lines of the head of an answer.
const HEADERS_MAX: usize = 100;

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `host:port`
    host: String,
    /// What stands before every path, without its last slash.
    base: String,
}

impl Address {
    /// Reads `http://host[:port][/base]`.
    ///
    /// # Errors
    /// A sentence that says what an address looks like.
    pub fn read(text: &str) -> Result<Self, String> {
        let says = || {
            format!(
                "`{text}` is no address this can send to: `http://127.0.0.1:8080`, say, without TLS"
            )
        };
        let rest = text.strip_prefix("http://").ok_or_else(says)?;
        let (host, base) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(says());
        }
        let port = host.rsplit_once(':').map(|(_, port)| port);
        let host = match port {
            Some(port) if port.parse::<u16>().is_ok() => host.to_owned(),
            Some(_) => return Err(says()),
            None => format!("{host}:80"),
        };
        let base = match base.trim_end_matches('/') {
            "" => String::new(),
            base => format!("/{base}"),
        };
        Ok(Self { host, base })
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
    open: Option<BufReader<TcpStream>>,
}

impl Client {
    /// A client of this address; it connects when it is asked something.
    #[must_use]
    pub fn new(to: Address) -> Self {
        Self { to, open: None }
    }

    /// Sends a body and reads the answer. A kept connection may have been closed meanwhile: then it is
    /// sent once more on a new one, so whatever is sent must be safe to send twice.
    ///
    /// # Errors
    /// What the socket says; an answer that is none.
    pub fn post(&mut self, path: &str, kind: &str, body: &[u8]) -> io::Result<Reply> {
        if let Some(mut open) = self.open.take()
            && let Ok((reply, keep)) = self.exchange(&mut open, path, kind, body)
        {
            self.open = keep.then_some(open);
            return Ok(reply);
        }
        let mut open = BufReader::new(self.connect()?);
        let (reply, keep) = self.exchange(&mut open, path, kind, body)?;
        self.open = keep.then_some(open);
        Ok(reply)
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in self.to.host.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(socket) => {
                    socket.set_read_timeout(Some(PATIENCE))?;
                    socket.set_write_timeout(Some(PATIENCE))?;
                    socket.set_nodelay(true)?;
                    return Ok(socket);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn exchange(
        &self,
        open: &mut BufReader<TcpStream>,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> io::Result<(Reply, bool)> {
        let head = format!(
            "POST {}{path} HTTP/1.1\r\nhost: {}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            self.to.base,
            self.to.host,
            body.len()
        );
        let socket = open.get_mut();
        socket.write_all(head.as_bytes())?;
        socket.write_all(body)?;
        read_reply(open)
    }
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
    let (mut length, mut keep) = (None, true);
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
            "transfer-encoding" => keep = false,
            _ => {}
        }
    }
    let mut bytes = Vec::new();
    match length {
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
        for wrong in ["https://bank", "bank:80", "http://", "http://bank:eighty"] {
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
        assert!(read_reply(&mut "SSH-2.0\r\n".as_bytes()).is_err());
    }
}
