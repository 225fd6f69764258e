//! `[fleet]`: several nodes of which one leads.

mod peers;

pub(crate) use peers::Peering;

use super::kafka::{Grade, Source, is_topic, letters};
use super::table::{Pen, Section};
use super::{Config, codes};
use connectors::kafka::share::Share;
use connectors::kafka::source::Start;
use engine::division::Division;
use rules::finding::{Finding, Findings, Place, Words};
use serde_json::{Value, json};
use std::path::Path;
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
    /// How nodes call each other; `None`: they do not, and whoever asks the wrong one is sent on.
    pub(crate) peers: Option<Peering>,
    /// Whose customers it decides about, among others; `None`: everybody's.
    pub(crate) divided: Option<Divided>,
}

/// A fleet that is one of several among which customers are divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Divided {
    /// Which of them.
    pub(crate) division: Division,
    /// Where records go that came to the wrong division: a partition for each.
    pub(crate) inbox: String,
    /// Where a division tells the others what its customers' cards, devices and merchants did: a partition
    /// of its own for each.
    pub(crate) told: String,
    /// Where it is said who leads which division.
    pub(crate) leaders: String,
    /// Where all divisions are told what operators want of each.
    pub(crate) orders: String,
    /// What this node runs on, where leads are to be spread evenly over machines.
    pub(crate) machine: Option<String>,
}

/// The sources that read what other divisions have sent: no section of the file may be called so.
pub(crate) const INBOX: &str = "deft.inbox";
pub(crate) const TOLD: &str = "deft.told";

/// What the section may say.
const KEYS: [&str; 11] = [
    "name",
    "changelog",
    "session",
    "address",
    "peers",
    "division",
    "inbox",
    "told",
    "leaders",
    "orders",
    "machine",
];

impl Fleet {
    /// Whose customers it decides about; `None`: everybody's.
    pub(crate) fn division(&self) -> Option<Division> {
        self.divided.as_ref().map(|divided| divided.division)
    }

    /// What this node runs on, where that is said.
    pub(crate) fn machine(&self) -> Option<&str> {
        self.divided.as_ref()?.machine.as_deref()
    }

    /// What is in force.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "name": self.name, "changelog": self.changelog,
            "session": format!("{}ms", self.session.as_millis()), "address": self.address,
            "peers": self.peers.as_ref().map(Peering::shown),
            "division": self.division().map(|division| division.to_string()),
            "inbox": self.divided.as_ref().map(|divided| &divided.inbox),
            "told": self.divided.as_ref().map(|divided| &divided.told),
            "leaders": self.divided.as_ref().map(|divided| &divided.leaders),
            "orders": self.divided.as_ref().map(|divided| &divided.orders),
            "machine": self.divided.as_ref().and_then(|divided| divided.machine.as_ref()),
        })
    }
}

pub(super) fn fleet(pen: &mut Pen<'_>, root: &Section<'_>, base: &Path) -> Option<Fleet> {
    let section = root.section(pen, "fleet")?;
    section.only(pen, &KEYS);
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
    let (inbox, told, leaders, orders) = (
        topic("inbox", Some("deft.inbox")),
        topic("told", Some("deft.told")),
        topic("leaders", Some("deft.leaders")),
        topic("orders", Some("deft.orders")),
    );
    let machine = section.has("machine").then(|| topic("machine", None));
    let division = division(pen, &section);
    let session = section.time(pen, "session", 2 * SECOND..=1_800 * SECOND);
    let address = section.read(
        pen,
        "address",
        |said| is_address(said).then(|| said.to_owned()),
        (
            "address that a client could be sent to",
            "客户端可访问的地址",
        ),
        (
            "write \"http://deft-1:8080\"",
            "请写 \"http://deft-1:8080\"",
        ),
    );
    let peers = peers::peering(pen, &section, base);
    Some(Fleet {
        name: name?,
        changelog: changelog?,
        session: session.unwrap_or(Duration::from_secs(6)),
        address,
        peers,
        divided: match division {
            Some(division) => Some(Divided {
                division,
                inbox: inbox?,
                told: told?,
                leaders: leaders?,
                orders: orders?,
                machine: machine.flatten(),
            }),
            None => None,
        },
    })
}

/// Whose customers it decides about: `0/2` is the first of two.
fn division(pen: &mut Pen<'_>, section: &Section<'_>) -> Option<Division> {
    if !section.has("division") {
        // Nobody reads what they name.
        for key in ["inbox", "told", "leaders", "orders", "machine"] {
            if section.has(key) {
                let cause = Words::new(
                    format!("`{key}` is for fleets among which customers are divided"),
                    format!("`{key}` 仅用于按客户划分的集群"),
                );
                let fix = Words::new(
                    "leave it out, or say which `division` this is",
                    "请删除，或用 `division` 指明分区",
                );
                pen.say(codes::WRONG_SHAPE, section.at(key), cause, fix);
            }
        }
    }
    section.read(
        pen,
        "division",
        |said| said.parse().ok(),
        ("division", "划分"),
        (
            "write \"0/2\" for the first of two; there are 2, 4, 8 … 64",
            "两个中的第一个请写 \"0/2\"；总数为 2、4、8 … 64",
        ),
    )
}

/// A fleet that is one of several has a name, a changelog and marks of its own, reads the partitions of its
/// customers alone, and what other divisions have for it.
pub(super) fn divide(config: &mut Config) {
    let Config {
        fleet,
        sink,
        sources,
        ..
    } = config;
    let (Some(fleet), Some(sink)) = (fleet, sink) else {
        return;
    };
    let Some(divided) = &fleet.divided else {
        return;
    };
    let number = divided.division.number();
    for name in [&mut fleet.name, &mut fleet.changelog, &mut sink.marks] {
        *name = format!("{name}.{number}");
    }
    for source in sources.iter_mut() {
        source.share = Share::Of(divided.division);
    }
    let others = [
        (INBOX, &divided.inbox, Share::Own(divided.division)),
        (TOLD, &divided.told, Share::Others(divided.division)),
    ];
    sources.extend(others.map(|(name, topic, share)| Source {
        name: name.to_owned(),
        cluster: sink.cluster.clone(),
        topics: vec![topic.clone()],
        group: fleet.name.clone(),
        start: Start::Earliest,
        registry: None,
        session: fleet.session,
        share,
    }));
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
