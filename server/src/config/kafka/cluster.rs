//! Which brokers, and who we are to them.

use super::super::codes;
use super::super::table::{Pen, Section};
use connectors::kafka::secret::Secret;
use connectors::kafka::settings::Cluster;
use rules::finding::Words;
use std::path::Path;

pub(super) fn cluster(pen: &mut Pen<'_>, section: &Section<'_>, base: &Path) -> Option<Cluster> {
    let secret = match section.section(pen, "secret") {
        Some(said) => secret(pen, &said, base)?,
        None => Secret::default(),
    };
    let brokers = section.text(pen, "brokers").unwrap_or_default();
    let is_address = |one: &str| {
        let (host, port) = one.trim().rsplit_once(':').unwrap_or_default();
        !host.is_empty() && port.parse::<u16>().is_ok()
    };
    if brokers.split(',').all(is_address) {
        return Some(Cluster { brokers, secret });
    }
    let cause = Words::new(
        "`brokers` is needed, each with its port",
        "需要 `brokers`，每个带端口",
    );
    let fix = Words::new("write \"k1:9092,k2:9092\"", "请写 \"k1:9092,k2:9092\"");
    pen.say(codes::WRONG_SHAPE, section.at("brokers"), cause, fix);
    None
}

/// `{ file = … }` or `{ env = … }`: neither is ever shown.
fn secret(pen: &mut Pen<'_>, section: &Section<'_>, base: &Path) -> Option<Secret> {
    section.only(pen, &["file", "env"]);
    let (file, env) = (section.text(pen, "file"), section.text(pen, "env"));
    let known = match (&file, &env) {
        (Some(file), None) => Secret::of_file(&base.join(file)),
        (None, Some(name)) => {
            let text = std::env::var(name).map_err(|error| format!("`{name}`: {error}"));
            text.and_then(|text| Secret::read(&text, base))
        }
        _ => Err("it names one `file` or one `env`".to_owned()),
    };
    match known {
        Ok(secret) => Some(secret),
        Err(says) => {
            let cause = Words::new(
                format!("the secret cannot be used: {says}"),
                format!("密钥无法使用：{says}"),
            );
            let fix = Words::new(
                "lines such as `sasl.username = deft` are read",
                "逐行写，如 `sasl.username = deft`",
            );
            let at = section.at(if file.is_some() { "file" } else { "env" });
            pen.say(codes::OUT_OF_RANGE, at, cause, fix);
            None
        }
    }
}
