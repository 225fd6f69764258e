//! `[[source]]` and `[[sink]]` of kind `kafka`.

mod cluster;

use super::table::{Pen, Section};
use super::{Config, codes};
use cluster::cluster;
use connectors::kafka::registry::Registry;
use connectors::kafka::secret::Secret;
use connectors::kafka::settings::Cluster;
use connectors::kafka::share::Share;
use connectors::kafka::source::Start;
use regex::Regex;
use rules::finding::{Finding, Findings, Place, Words};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const SECOND: i64 = 1_000;

/// Records from topics.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) cluster: Cluster,
    /// Names, or one pattern that begins with `^`.
    pub(crate) topics: Vec<String>,
    pub(crate) group: String,
    /// Where a partition begins that was never read.
    pub(crate) start: Start,
    /// Where the schemas of its records are known; `None`: they are JSON.
    pub(crate) registry: Option<String>,
    /// How long a member may be silent before its partitions are given to others.
    pub(crate) session: Duration,
    /// Which partitions of its topics it reads.
    pub(crate) share: Share,
}

impl Source {
    /// It reads what other divisions have sent, and no section of the file names it.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.share, Share::Own(_) | Share::Others(_))
    }

    /// What is in force, secrets left out.
    pub(crate) fn shown(&self) -> Value {
        let start = match self.start {
            Start::Committed => "committed".to_owned(),
            Start::Earliest => "earliest".to_owned(),
            Start::Latest => "latest".to_owned(),
            Start::At(at) => rules::value::time_text(at),
        };
        json!({
            "name": self.name, "kind": "kafka", "brokers": self.cluster.brokers, "topics": self.topics,
            "group": self.group, "grade": "exactly_once", "start": start, "session": ms(self.session),
            "registry": self.registry,
        })
    }
}

fn ms(time: Duration) -> String {
    format!("{}ms", time.as_millis())
}

/// How often an action may reach its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// Once for whoever reads committed records.
    ExactlyOnce,
    /// Once, and once more after a crash or a lost broker.
    AtLeastOnce,
}

impl Grade {
    /// Its word in the file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ExactlyOnce => "exactly_once",
            Self::AtLeastOnce => "at_least_once",
        }
    }
}

/// Actions to topics.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sink {
    pub(crate) name: String,
    pub(crate) cluster: Cluster,
    /// With `{kind}` in it, a topic for each kind.
    pub(crate) topic: String,
    pub(crate) grade: Grade,
    /// Where the mark of what is out stands.
    pub(crate) marks: String,
    /// Where records go that are no events.
    pub(crate) quarantine: String,
    /// How long a transaction may take.
    pub(crate) transaction: Duration,
    /// Between the beginnings of two transactions at least.
    pub(crate) every: Duration,
}

impl Sink {
    /// What is in force, secrets left out.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "name": self.name, "kind": "kafka", "brokers": self.cluster.brokers, "topic": self.topic,
            "grade": self.grade.name(), "marks": self.marks, "quarantine": self.quarantine,
            "transaction": ms(self.transaction), "every": ms(self.every),
        })
    }

    /// The topic of a kind of action.
    pub(crate) fn topic_of(&self, kind: &str) -> String {
        self.topic.replace("{kind}", kind)
    }
}

pub(super) fn source(pen: &mut Pen<'_>, section: &Section<'_>, base: &Path) -> Option<Source> {
    section.only(
        pen,
        &[
            "name", "kind", "brokers", "topics", "group", "grade", "start", "secret", "session",
            "registry", "lag",
        ],
    );
    let instead = (
        "leave it out: alert on `deft_source_lag_seconds`",
        "请删除，并对 `deft_source_lag_seconds` 设告警",
    );
    section.not_built(pen, "lag", instead);
    // What is read is in the log with what came of it: there is no other grade, and the word may say so.
    section.word(pen, "grade", &[("exactly_once", ())]);
    let name = name(pen, section);
    let cluster = cluster(pen, section, base);
    let topics = topics(pen, section);
    let group = section
        .text(pen, "group")
        .unwrap_or_else(|| "deft".to_owned());
    let start = start(pen, section);
    let session = section.time(pen, "session", 2 * SECOND..=1_800 * SECOND);
    let registry = registry(pen, section);
    Some(Source {
        name: name?,
        cluster: cluster?,
        topics: topics?,
        group,
        start,
        registry,
        session: session.unwrap_or(Duration::from_secs(45)),
        share: Share::Given,
    })
}

/// How long a transaction may take where nobody says so.
pub(super) const TRANSACTION: Duration = Duration::from_secs(10);

/// `usual`: how long a transaction may take where the section does not say.
pub(super) fn sink(
    pen: &mut Pen<'_>,
    section: &Section<'_>,
    base: &Path,
    usual: Duration,
) -> Option<Sink> {
    section.only(
        pen,
        &[
            "name",
            "kind",
            "brokers",
            "topic",
            "secret",
            "grade",
            "marks",
            "quarantine",
            "transaction",
            "every",
        ],
    );
    let name = name(pen, section);
    let cluster = cluster(pen, section, base);
    let mut topic = |key: &str, default: &str| {
        let said = section.text(pen, key).unwrap_or_else(|| default.to_owned());
        let plain = said.replace("{kind}", "kind");
        let is_fit = is_topic(&plain) && (key == "topic" || plain == said);
        if !is_fit {
            let cause = Words::new(
                format!("`{said}` is no name of a topic"),
                format!("`{said}` 不是主题名"),
            );
            pen.say(codes::OUT_OF_RANGE, section.at(key), cause, letters());
        }
        is_fit.then_some(said)
    };
    let (topic, marks, quarantine) = (
        topic("topic", "deft.actions.{kind}"),
        topic("marks", "deft.marks"),
        topic("quarantine", "deft.quarantine"),
    );
    let grades = [Grade::ExactlyOnce, Grade::AtLeastOnce].map(|grade| (grade.name(), grade));
    let grade = section.word(pen, "grade", &grades);
    let transaction = section.time(pen, "transaction", SECOND..=900 * SECOND);
    let every = section.time(pen, "every", 0..=10 * SECOND);
    Some(Sink {
        name: name?,
        cluster: cluster?,
        topic: topic?,
        grade: grade.unwrap_or(Grade::ExactlyOnce),
        marks: marks?,
        quarantine: quarantine?,
        transaction: transaction.unwrap_or(usual),
        every: every.unwrap_or(Duration::from_millis(20)),
    })
}

/// What a name may be made of.
pub(super) fn letters() -> Words {
    Words::new(
        "use letters, digits, `.`, `_` and `-`, at most 249 of them",
        "请只用字母、数字、`.`、`_`、`-`，至多 249 个",
    )
}

/// What Kafka takes as the name of a topic.
pub(super) fn is_topic(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=249).contains(&name.len()) && name.bytes().all(fits) && name != "." && name != ".."
}

/// The name that its places in the log are known by.
fn name(pen: &mut Pen<'_>, section: &Section<'_>) -> Option<String> {
    let said = section.text(pen, "name").unwrap_or_default();
    if is_topic(&said) {
        return Some(said);
    }
    let cause = Words::new(
        "`name` is needed: what was read and sent is known by it after a restart",
        "需要 `name`：重启后靠它识别已读与已发",
    );
    pen.say(codes::WRONG_SHAPE, section.at("name"), cause, letters());
    None
}

fn topics(pen: &mut Pen<'_>, section: &Section<'_>) -> Option<Vec<String>> {
    let said = section.texts(pen, "topics")?;
    let is_pattern = |one: &String| one.starts_with('^');
    let fits = match said.as_slice() {
        [one] if is_pattern(one) => Regex::new(one).is_ok(),
        [] => false,
        all => all.iter().all(|one| is_topic(one)),
    };
    if fits {
        return Some(said);
    }
    let cause = Words::new(
        "`topics` is a name, a list of names, or one pattern that begins with `^`",
        "`topics` 是一个主题名、主题名列表，或以 `^` 开头的模式",
    );
    let fix = Words::new(
        "write [\"bank.events.cards\"] or \"^bank\\\\.events\\\\..*\"",
        "请写 [\"bank.events.cards\"] 或 \"^bank\\\\.events\\\\..*\"",
    );
    pen.say(codes::OUT_OF_RANGE, section.at("topics"), cause, fix);
    None
}

/// The address of a registry of schemas.
fn registry(pen: &mut Pen<'_>, section: &Section<'_>) -> Option<String> {
    let said = section.text(pen, "registry")?;
    let Err(says) = Registry::new(&said, &Secret::default()) else {
        return Some(said);
    };
    let cause = Words::new(
        format!("the registry cannot be asked: {says}"),
        format!("无法使用该注册表：{says}"),
    );
    let fix = Words::new(
        "write \"http://registry:8081\", or \"https://…\" in a build that speaks TLS",
        "请写 \"http://registry:8081\"；支持 TLS 的构建可写 \"https://…\"",
    );
    pen.say(codes::OUT_OF_RANGE, section.at("registry"), cause, fix);
    None
}

fn start(pen: &mut Pen<'_>, section: &Section<'_>) -> Start {
    let Some(said) = section.text(pen, "start") else {
        return Start::Committed;
    };
    match said.as_str() {
        "committed" => return Start::Committed,
        "earliest" => return Start::Earliest,
        "latest" => return Start::Latest,
        _ => {}
    }
    if let Ok(at) = crate::cli::time(&said) {
        return Start::At(at);
    }
    let cause = Words::new(
        format!("`{said}` is no place to start from"),
        format!("`{said}` 不是起始位置"),
    );
    let fix = Words::new(
        "write committed, earliest, latest, or a time such as 2026-03-01T00:00:00Z",
        "请写 committed、earliest、latest，或如 2026-03-01T00:00:00Z 的时间",
    );
    pen.say(codes::UNKNOWN_WORD, section.at("start"), cause, fix);
    Start::Committed
}

/// What is wrong between these and the other keys.
pub(super) fn sense(file: &str, config: &Config) -> Findings {
    let mut findings = Findings::new();
    let mut say = |code, en: String, zh: String| {
        findings.push(Finding::error(code, Place::file(file), Words::new(en, zh)));
    };
    if config.sources.is_empty() && config.sink.is_none() {
        return findings;
    }
    if config.node.data.is_none() {
        say(
            codes::WRONG_SHAPE,
            "topics need `[node] data`: what was read and sent must be there after a restart"
                .to_owned(),
            "使用主题需要 `[node] data`：重启后必须知道已读与已发的位置".to_owned(),
        );
    }
    if !is_topic(&config.node.name) {
        let name = &config.node.name;
        say(
            codes::OUT_OF_RANGE,
            format!(
                "`[node] name = \"{name}\"` is known to brokers: use letters, digits, `.`, `_` and `-`"
            ),
            format!("`[node] name = \"{name}\"` 会用于 Kafka：请只用字母、数字、`.`、`_`、`-`"),
        );
    }
    let mut names = BTreeSet::new();
    let sink = config.sink.iter().map(|sink| &sink.name);
    for name in config.sources.iter().map(|source| &source.name).chain(sink) {
        if !names.insert(name) {
            say(
                codes::OUT_OF_RANGE,
                format!("two are called `{name}`: their places in the log would be mixed up"),
                format!("有两个名为 `{name}`：日志中的位置会混淆"),
            );
        }
    }
    let transaction = config.sink.as_ref().map(|sink| sink.transaction);
    for source in &config.sources {
        if let Some(transaction) = transaction
            && transaction >= source.session
        {
            let name = &source.name;
            say(
                codes::OUT_OF_RANGE,
                format!(
                    "`session` of `{name}` must be longer than `transaction` of the sink, or a transaction outlives \
                     the member"
                ),
                format!(
                    "`{name}` 的 `session` 必须长于输出的 `transaction`，否则事务会比成员活得更久"
                ),
            );
        }
    }
    findings
}
