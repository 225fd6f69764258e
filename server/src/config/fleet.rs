//! `[fleet]`: several nodes of which one leads.

use super::kafka::{Grade, is_topic, letters};
use super::table::{Pen, Section};
use super::{Config, codes};
use rules::finding::{Finding, Findings, Place, Words};
use serde_json::{Value, json};
use std::time::Duration;

const SECOND: i64 = 1_000;

/// What a node has in common with those that stand by for it, and they with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fleet {
    /// The name that sources, transactions and marks are known by, whichever node leads.
    pub(crate) name: String,
    /// Where the one who leads writes what it has committed.
    pub(crate) changelog: String,
    /// How long the one who leads may be silent before another does.
    pub(crate) session: Duration,
    /// Where others reach this node's public listener; `None`: where it listens.
    pub(crate) address: Option<String>,
}

impl Fleet {
    /// What is in force.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "name": self.name, "changelog": self.changelog,
            "session": format!("{}ms", self.session.as_millis()), "address": self.address,
        })
    }
}

pub(super) fn fleet(pen: &mut Pen<'_>, root: &Section<'_>) -> Option<Fleet> {
    let section = root.section(pen, "fleet")?;
    section.only(pen, &["name", "changelog", "session", "address"]);
    let mut topic = |key: &str, default: Option<&str>| {
        let said = section.text(pen, key);
        let said = said.or(default.map(str::to_owned)).unwrap_or_default();
        if is_topic(&said) {
            return Some(said);
        }
        let cause = Words::new(
            format!("`{key} = \"{said}\"` is known to brokers"),
            format!("`{key} = \"{said}\"` 会用于 Kafka"),
        );
        pen.say(codes::OUT_OF_RANGE, section.at(key), cause, letters());
        None
    };
    let (name, changelog) = (
        topic("name", None),
        topic("changelog", Some("deft.changelog")),
    );
    let session = section.time(pen, "session", 2 * SECOND..=1_800 * SECOND);
    let address = section.text(pen, "address");
    if let Some(said) = &address
        && !is_address(said)
    {
        let cause = Words::new(
            format!("`{said}` is no address that a client could be sent to"),
            format!("`{said}` 不是客户端可访问的地址"),
        );
        let fix = Words::new(
            "write \"http://deft-1:8080\"",
            "请写 \"http://deft-1:8080\"",
        );
        pen.say(codes::OUT_OF_RANGE, section.at("address"), cause, fix);
    }
    Some(Fleet {
        name: name?,
        changelog: changelog?,
        session: session.unwrap_or(Duration::from_secs(6)),
        address,
    })
}

/// A scheme, a host and perhaps a port: nothing behind.
fn is_address(said: &str) -> bool {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| said.strip_prefix(scheme));
    rest.is_some_and(|rest| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        !rest.is_empty() && rest.bytes().all(fits)
    })
}

/// What is wrong between these and the other keys.
pub(super) fn sense(file: &str, config: &Config) -> Findings {
    let mut findings = Findings::new();
    let Some(fleet) = &config.fleet else {
        return findings;
    };
    let mut say = |en: &str, zh: &str| {
        let words = Words::new(en.to_owned(), zh.to_owned());
        findings.push(Finding::error(codes::WRONG_SHAPE, Place::file(file), words));
    };
    match &config.sink {
        Some(sink) if sink.grade == Grade::ExactlyOnce => {
            if sink.transaction >= fleet.session {
                say(
                    "`[fleet] session` must be longer than `transaction` of the sink, or a transaction outlives the \
                     lead",
                    "`[fleet] session` 必须长于输出的 `transaction`，否则事务会比主节点活得更久",
                );
            }
        }
        _ => say(
            "`[fleet]` needs a `[[sink]]` of kind kafka and grade exactly_once: what the one who leads has \
             committed goes out with its actions or not at all",
            "`[fleet]` 需要 kafka 类型且等级为 exactly_once 的 `[[sink]]`：主节点提交的变更与动作同一事务发出",
        ),
    }
    findings
}
