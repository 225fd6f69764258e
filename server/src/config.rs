//! `deft.toml`: how a node runs. Nothing in it may change a decision; whatever may is in `catalog/`.
//!
//! Every key has a default, so a node runs without a file. A key that has no effect in this build is
//! refused with a sentence, never taken in silence.

pub(crate) mod codes;
pub(crate) mod fleet;
pub(crate) mod kafka;
mod sections;
mod table;

#[cfg(test)]
mod tests;

use engine::division::Division;
use rules::finding::{Finding, Findings, Place, Words};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How a node runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    pub(crate) node: Node,
    pub(crate) listen: Listen,
    /// The file of tokens; without one only loopback may listen.
    pub(crate) tokens: Option<PathBuf>,
    pub(crate) limits: Limits,
    pub(crate) ack: Ack,
    pub(crate) decide: Decide,
    pub(crate) store: Store,
    pub(crate) keep: Keep,
    /// Topics that are read.
    pub(crate) sources: Vec<kafka::Source>,
    /// Where actions go, beside the stream.
    pub(crate) sink: Option<kafka::Sink>,
    /// The nodes it is one of; `None`: it is alone.
    pub(crate) fleet: Option<fleet::Fleet>,
    /// Events a second that HTTP may send; `None`: as many as there is room for.
    pub(crate) rate: Option<u32>,
    /// The project is watched, and taken up when it is another.
    pub(crate) watch: bool,
    /// A book whose cases fail is refused.
    pub(crate) proof: bool,
    pub(crate) observe: Observe,
    /// How long a drain may take.
    pub(crate) drain: Duration,
}

/// `[node]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) project: PathBuf,
    /// Where state is kept; `None`: nowhere.
    pub(crate) data: Option<PathBuf>,
    /// Threads that own customers; `None`: as many as there are cores.
    pub(crate) shards: Option<usize>,
}

/// `[listen]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen {
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
}

/// `[limits]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of a body.
    pub(crate) body: usize,
    /// Events of a batch.
    pub(crate) batch: usize,
    /// Levels of nesting of an event.
    pub(crate) depth: usize,
    /// Connections of a listener.
    pub(crate) connections: usize,
    /// Events between receipt and answer.
    pub(crate) in_flight: usize,
    /// Per cent of them that only `decide` of fraud events may use.
    pub(crate) reserve_fraud: usize,
}

/// When a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// Once it is committed.
    Durable,
    /// Once it is decided.
    Received,
}

/// `[ack]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ack {
    pub(crate) default: Grade,
    /// How long a commit may wait for others to share it.
    pub(crate) wait: Duration,
    /// Bytes of a commit.
    pub(crate) bytes: usize,
}

/// What `decide` answers when it is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    Nothing,
    Allow,
    StepUp,
    Hold,
    Block,
}

impl Late {
    /// Its word in the file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Allow => "allow",
            Self::StepUp => "step_up",
            Self::Hold => "hold",
            Self::Block => "block",
        }
    }
}

/// `[decide]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decide {
    pub(crate) deadline: Duration,
    /// For events of admission class fraud.
    pub(crate) late_fraud: Late,
    /// For all others.
    pub(crate) late_commercial: Late,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    /// Bytes of a segment.
    pub(crate) segment: u64,
    pub(crate) snapshot_every: Duration,
    pub(crate) snapshot_bytes: u64,
    pub(crate) snapshot_keep: usize,
    /// Where backups go that are ordered over HTTP; without it, none is.
    pub(crate) backups: Option<PathBuf>,
    /// Free bytes below which intake stops.
    pub(crate) low_disk: u64,
    /// Free bytes above which it begins again.
    pub(crate) resume: u64,
}

/// `[keep]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keep {
    pub(crate) decisions: Duration,
    /// How far `Last-Event-ID` reaches.
    pub(crate) stream: Duration,
}

/// `[observe]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Observe {
    /// Logs are JSON, else text for people.
    pub(crate) json: bool,
    pub(crate) level: String,
    /// Series of metrics at most.
    pub(crate) max_series: usize,
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

const MIB: u64 = 1024 * 1024;

impl Default for Config {
    fn default() -> Self {
        Self {
            node: Node {
                name: "deft".to_owned(),
                project: PathBuf::from("."),
                data: None,
                shards: None,
            },
            listen: Listen {
                public: loopback(8080),
                admin: loopback(9090),
            },
            tokens: None,
            limits: Limits {
                body: 1024 * 1024,
                batch: 1_000,
                depth: engine::limits::DEPTH_MAX,
                connections: 2_000,
                in_flight: 50_000,
                reserve_fraud: 20,
            },
            ack: Ack {
                default: Grade::Durable,
                wait: Duration::from_millis(1),
                bytes: 1024 * 1024,
            },
            decide: Decide {
                deadline: Duration::from_millis(50),
                late_fraud: Late::StepUp,
                late_commercial: Late::Nothing,
            },
            store: Store {
                segment: 256 * MIB,
                snapshot_every: Duration::from_secs(300),
                snapshot_bytes: 2048 * MIB,
                snapshot_keep: 3,
                backups: None,
                low_disk: 1024 * MIB,
                resume: 2048 * MIB,
            },
            keep: Keep {
                decisions: Duration::from_secs(180 * 86_400),
                stream: Duration::from_secs(86_400),
            },
            sources: Vec::new(),
            sink: None,
            fleet: None,
            rate: None,
            watch: false,
            proof: false,
            observe: Observe {
                json: false,
                level: "info".to_owned(),
                max_series: 5_000,
            },
            drain: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// The name that brokers know it by: of the fleet, whichever node leads, or of the node.
    pub(crate) fn identity(&self) -> &str {
        let fleet = self.fleet.as_ref().map(|fleet| &fleet.name);
        fleet.unwrap_or(&self.node.name)
    }

    /// Whose customers it decides about; `None`: everybody's.
    pub(crate) fn division(&self) -> Option<Division> {
        self.fleet.as_ref().and_then(fleet::Fleet::division)
    }
}

/// Reads a file. The configuration is as good as it can be made of it; findings say what is wrong.
/// Relative paths in it count from its own folder.
pub(crate) fn read(path: &Path) -> anyhow::Result<(Config, Findings)> {
    use anyhow::Context as _;
    let text = std::fs::read_to_string(path).with_context(|| {
        format!(
            "cannot read the configuration `{}`; without one, `deft run --project DIR` uses the \
                 defaults",
            path.display()
        )
    })?;
    let base = path.parent().unwrap_or(Path::new(""));
    Ok(parse(&path.display().to_string(), &text, base))
}

fn parse(file: &str, text: &str, base: &Path) -> (Config, Findings) {
    let mut config = Config::default();
    let mut pen = table::Pen::new(Arc::from(file), text);
    match toml_edit::Document::parse(text) {
        Ok(document) => sections::read(&mut pen, document.as_table(), base, &mut config),
        Err(error) => {
            let at = error.span().map_or(text.len(), |span| span.start);
            let said = error.message().lines().next().unwrap_or("").to_owned();
            pen.say(
                codes::SYNTAX,
                at,
                Words::new(
                    format!("this is not TOML: {said}"),
                    format!("这里不符合 TOML 语法：{said}"),
                ),
                Words::new(
                    "look for a quote, bracket or `=` that is missing here or just above",
                    "请检查此处或上方是否缺少引号、括号或 `=`",
                ),
            );
        }
    }
    let mut findings = pen.findings();
    findings.extend(sense(file, &config));
    (config, findings.sorted())
}

/// What is wrong between keys.
fn sense(file: &str, config: &Config) -> Findings {
    let mut findings = Findings::new();
    for (name, address) in [
        ("public", config.listen.public),
        ("admin", config.listen.admin),
    ] {
        if config.tokens.is_none() && !address.ip().is_loopback() {
            findings.push(open_door(file, name, address));
        }
    }
    findings.extend(kafka::sense(file, config));
    findings.extend(fleet::sense(file, config));
    if config.store.resume < config.store.low_disk {
        findings.push(Finding::error(
            codes::OUT_OF_RANGE,
            Place::file(file),
            Words::new(
                "`[store] resume` is below `low_disk`: intake would stop and begin at once",
                "`[store] resume` 低于 `low_disk`：接收会反复停止与恢复",
            ),
        ));
    }
    findings
}

fn open_door(file: &str, name: &str, address: SocketAddr) -> Finding {
    Finding::error(
        codes::OPEN_DOOR,
        Place::file(file),
        Words::new(
            format!("`[listen] {name} = \"{address}\"` is reachable from outside and nobody asks for a token"),
            format!("`[listen] {name} = \"{address}\"` 可从外部访问，但未要求令牌"),
        ),
    )
    .fix(
        "add `[auth] tokens = { file = \"tokens.toml\" }`, or listen on 127.0.0.1",
        "请添加 `[auth] tokens = { file = \"tokens.toml\" }`，或监听 127.0.0.1",
    )
}

/// What is wrong with a configuration that no file was read for.
pub(crate) fn check(config: &Config) -> Findings {
    sense("deft.toml", config)
}
