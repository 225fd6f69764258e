//! Where events go: lines of a file or a pipe, or batches to a node.

use anyhow::{Context as _, bail};
use connectors::http::client::{Address, Client};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;
use topic::Topic;

mod topic;

/// Lines of one request; a node takes a thousand unless it is told otherwise.
pub(crate) const BATCH_LINES: usize = 500;
/// Bytes of one request; a node takes a mebibyte.
const BATCH_BYTES: usize = 512 * 1024;
/// How often a node may say that it has no room for now.
const TRIES_MAX: u32 = 60;
/// Reasons that are told; a source that is wrong in more ways is wrong.
const REASONS_MAX: usize = 20;
/// The longest wait between two tries, s.
const WAIT_MAX_S: u64 = 10;

/// Where events go.
pub(crate) enum Sink {
    /// Lines, and where they go.
    Lines(Box<dyn Write>, String),
    /// Batches.
    Node(Batches),
    /// Records of a topic.
    Topic(Topic),
}

impl Sink {
    /// Opens what is named: `-`, a file, or an address.
    pub(crate) fn open(to: &str, secret: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(rest) = to.strip_prefix("kafka://") {
            return Ok(Self::Topic(Topic::open(to, rest, secret)?));
        }
        if secret.is_some() {
            bail!("`--secret` is shown to brokers: it goes with `--to kafka://…`, not with `{to}`");
        }
        if to.contains("://") {
            let address = Address::read(to).map_err(anyhow::Error::msg)?;
            return Ok(Self::Node(Batches::to(to, address)));
        }
        if to == "-" {
            let out = BufWriter::new(std::io::stdout().lock());
            return Ok(Self::Lines(Box::new(out), "stdout".to_owned()));
        }
        let file = File::create(to).with_context(|| format!("cannot write `{to}`"))?;
        let file = BufWriter::with_capacity(1 << 18, file);
        Ok(Self::Lines(Box::new(file), to.to_owned()))
    }

    /// One event.
    pub(crate) fn put(&mut self, line: &str) -> anyhow::Result<()> {
        match self {
            Self::Lines(to, name) => {
                writeln!(to, "{line}").with_context(|| format!("cannot write `{name}`"))
            }
            Self::Node(batches) => batches.put(line),
            Self::Topic(topic) => topic.put(line),
        }
    }

    /// Events that a node has not taken.
    pub(crate) fn not_taken(&self) -> u64 {
        match self {
            Self::Lines(..) | Self::Topic(_) => 0,
            Self::Node(batches) => batches.refused.count,
        }
    }

    /// Everything that was put is on its way.
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Lines(to, name) => to.flush().with_context(|| format!("cannot write `{name}`")),
            Self::Node(batches) => batches.send(),
            Self::Topic(topic) => topic.flush(),
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
    refused: Refused,
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
            refused: Refused::default(),
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
        let answer = post_all(
            &mut self.client,
            &self.path,
            &self.body,
            &self.name,
            |seconds| std::thread::sleep(Duration::from_secs(seconds)),
        )?;
        self.refused.hear(&self.name, &answer);
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
            200 | 202 | 207 => return Ok(reply.body),
            429 | 503 => wait(reply.retry_after.unwrap_or(1).clamp(1, WAIT_MAX_S)),
            status => bail!(
                "`{name}` answered {status}: {}",
                reply.body.chars().take(400).collect::<String>()
            ),
        }
    }
    bail!("`{name}` had no room after {TRIES_MAX} tries")
}

/// What a node has not taken: every reason is told once.
#[derive(Default)]
pub(crate) struct Refused {
    count: u64,
    told: BTreeSet<String>,
}

impl Refused {
    /// Counts what an answer says was not taken, and tells of reasons not heard before.
    pub(crate) fn hear(&mut self, name: &str, answer: &str) {
        for reason in self.news(answer) {
            eprintln!("not taken by `{name}`: {reason}; said once");
        }
    }

    /// Reasons not heard before.
    fn news(&mut self, answer: &str) -> Vec<String> {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        // Of one event alone the answer is its result.
        let all = answer.get("results").and_then(Value::as_array);
        let all = all.map_or_else(|| std::slice::from_ref(&answer), Vec::as_slice);
        let mut news = Vec::new();
        for result in all {
            let text = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default();
            if text("result") != "rejected" {
                continue;
            }
            self.count += 1;
            let reason = format!("{} {}", text("code"), text("detail"));
            if self.told.len() < REASONS_MAX && self.told.insert(reason.clone()) {
                news.push(reason);
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::Refused;

    #[test]
    fn a_reason_is_told_once_and_every_event_is_counted() {
        let answer = "{\"results\":[{\"result\":\"settled\",\"id\":\"a\"},\
            {\"result\":\"rejected\",\"id\":\"b\",\"code\":\"UNKNOWN_TYPE\",\"detail\":\"no x\"},\
            {\"result\":\"rejected\",\"id\":\"c\",\"code\":\"UNKNOWN_TYPE\",\"detail\":\"no x\"}]}";
        let mut refused = Refused::default();
        assert_eq!(refused.news(answer).len(), 1);
        assert!(refused.news(answer).is_empty());
        assert_eq!(refused.count, 4);
    }
}
