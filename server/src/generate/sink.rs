//! Where events go: lines of a file or a pipe, or batches to a node.

use anyhow::{Context as _, bail};
use connectors::http::client::{Address, Client};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Duration;

/// Lines of one request; a node takes a thousand unless it is told otherwise.
pub(crate) const BATCH_LINES: usize = 500;
/// Bytes of one request; a node takes a mebibyte.
const BATCH_BYTES: usize = 512 * 1024;
/// How often a node may say that it has no room for now.
const TRIES_MAX: u32 = 60;
/// The longest wait between two tries, s.
const WAIT_MAX_S: u64 = 10;

/// Where events go.
pub(crate) enum Sink {
    /// Lines.
    Lines(Box<dyn Write>),
    /// Batches.
    Node(Batches),
}

impl Sink {
    /// Opens what is named: `-`, a file, or an address.
    pub(crate) fn open(to: &str) -> anyhow::Result<Self> {
        if to.contains("://") {
            let address = Address::read(to).map_err(anyhow::Error::msg)?;
            return Ok(Self::Node(Batches::to(to, address)));
        }
        if to == "-" {
            return Ok(Self::Lines(Box::new(BufWriter::new(
                std::io::stdout().lock(),
            ))));
        }
        let file = File::create(to).with_context(|| format!("cannot write `{to}`"))?;
        Ok(Self::Lines(Box::new(BufWriter::with_capacity(
            1 << 18,
            file,
        ))))
    }

    /// One event.
    pub(crate) fn put(&mut self, line: &str) -> anyhow::Result<()> {
        match self {
            Self::Lines(to) => Ok(writeln!(to, "{line}")?),
            Self::Node(batches) => batches.put(line),
        }
    }

    /// Everything that was put is on its way.
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Lines(to) => Ok(to.flush()?),
            Self::Node(batches) => batches.send(),
        }
    }
}

/// Events on their way to a node.
pub(crate) struct Batches {
    name: String,
    path: String,
    client: Client,
    lines: usize,
    body: Vec<u8>,
}

impl Batches {
    fn to(name: &str, address: Address) -> Self {
        // An address of a node, or of its endpoint: both are meant alike.
        let path = if address.base().ends_with("/v1/events") {
            ""
        } else {
            "/v1/events"
        };
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            client: Client::new(address),
            lines: 0,
            body: Vec::new(),
        }
    }

    fn put(&mut self, line: &str) -> anyhow::Result<()> {
        self.body.extend_from_slice(line.as_bytes());
        self.body.push(b'\n');
        self.lines += 1;
        if self.lines >= BATCH_LINES || self.body.len() >= BATCH_BYTES {
            return self.send();
        }
        Ok(())
    }

    fn send(&mut self) -> anyhow::Result<()> {
        if self.lines == 0 {
            return Ok(());
        }
        post_all(
            &mut self.client,
            &self.path,
            &self.body,
            &self.name,
            |seconds| std::thread::sleep(Duration::from_secs(seconds)),
        )?;
        self.lines = 0;
        self.body.clear();
        Ok(())
    }
}

/// Sends lines of events until they are taken; gives the answer. A node that has no room says when to
/// come again.
pub(crate) fn post_all(
    client: &mut Client,
    path: &str,
    body: &[u8],
    name: &str,
    wait: impl Fn(u64),
) -> anyhow::Result<String> {
    for _ in 0..TRIES_MAX {
        let sent = client.post(path, "application/x-ndjson", body);
        let reply = sent.with_context(|| {
            format!("cannot send to `{name}`: is a node there? `deft run --project DIR` starts one")
        })?;
        match reply.status {
            200 | 202 => return Ok(reply.body),
            207 => {
                eprintln!("some were not taken by `{name}`: {}", first_of(&reply.body));
                return Ok(reply.body);
            }
            429 | 503 => wait(reply.retry_after.unwrap_or(1).clamp(1, WAIT_MAX_S)),
            status => bail!(
                "`{name}` answered {status}: {}",
                reply.body.chars().take(400).collect::<String>()
            ),
        }
    }
    bail!("`{name}` had no room after {TRIES_MAX} tries")
}

/// Why the first of a batch that was not taken was not.
fn first_of(body: &str) -> String {
    let results: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let results = results.as_ref().and_then(|body| body.get("results"));
    let rejected = results
        .and_then(serde_json::Value::as_array)
        .and_then(|all| {
            all.iter()
                .find(|result| result.get("result").and_then(|r| r.as_str()) == Some("rejected"))
        });
    rejected.map_or_else(String::new, ToString::to_string)
}
