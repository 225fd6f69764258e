//! `[fleet.peers]`: how nodes of a fleet call each other.

use super::super::codes;
use super::super::table::{Pen, Section};
use connectors::http::peers::Papers;
use rules::finding::Words;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;

/// Where other nodes of the fleet reach this one, and by what each knows that the other is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peering {
    pub(crate) listen: SocketAddr,
    /// `host:port` that others call; the host is in its certificate. `None`: where it listens.
    pub(crate) address: Option<String>,
    pub(crate) papers: Papers,
}

impl Peering {
    /// What is in force; of the key, where it is.
    pub(crate) fn shown(&self) -> Value {
        let Papers {
            authority,
            certificate,
            key,
        } = &self.papers;
        json!({
            "listen": self.listen.to_string(), "address": self.address,
            "authority": authority.display().to_string(),
            "certificate": certificate.display().to_string(), "key": key.display().to_string(),
        })
    }
}

pub(super) fn peering(pen: &mut Pen<'_>, fleet: &Section<'_>, base: &Path) -> Option<Peering> {
    let section = fleet.section(pen, "peers")?;
    let keys = ["listen", "address", "authority", "certificate", "key"];
    section.only(pen, &keys);
    let listen = section.socket(pen, "listen");
    let address = section.read(
        pen,
        "address",
        |said| is_host_and_port(said).then(|| said.to_owned()),
        (
            "address that another node could call",
            "其他节点可连接的地址",
        ),
        ("write \"deft-1:8443\"", "请写 \"deft-1:8443\""),
    );
    let mut file = |key: &str| section.text(pen, key).map(|file| base.join(file));
    let (authority, certificate, key) = (file("authority"), file("certificate"), file("key"));
    let absent = keys.into_iter().filter(|key| *key != "address");
    let absent: Vec<&str> = absent.filter(|key| !section.has(key)).collect();
    if !absent.is_empty() {
        let absent = absent.join("`, `");
        let cause = Words::new(
            format!("`[fleet.peers]` does not say `{absent}`"),
            format!("`[fleet.peers]` 缺少 `{absent}`"),
        );
        let fix = Words::new(
            "nodes call each other where each `listen`s; each shows its `certificate` of the fleet's own `authority`, \
             by its `key`",
            "节点之间通过 `listen` 互相调用，并以集群自有 `authority` 签发的 `certificate` 与 `key` 证明身份",
        );
        pen.say(codes::WRONG_SHAPE, fleet.at("peers"), cause, fix);
        return None;
    }
    let papers = Papers {
        authority: authority?,
        certificate: certificate?,
        key: key?,
    };
    if let Err(why) = papers.check() {
        let cause = Words::new(
            format!("`[fleet.peers]` cannot be used: {why}"),
            format!("`[fleet.peers]` 无法使用：{why}"),
        );
        let fix = Words::new(
            "name files in PEM that this node can read; without the section whoever asks the wrong node is sent on",
            "请指定本节点可读取的 PEM 文件；删除此节后，请求会被重定向到正确的节点",
        );
        pen.say(codes::WRONG_SHAPE, fleet.at("peers"), cause, fix);
    }
    Some(Peering {
        listen: listen?,
        address,
        papers,
    })
}

/// A host and a port, nothing before and nothing behind.
fn is_host_and_port(said: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    said.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && host.bytes().all(fits) && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}
