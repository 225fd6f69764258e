//! The catalogue of DW1 as its TOML files.

use crate::fields::{CHANNELS, COUNTRIES, CURRENCIES, FLAGS, RISKS, SEGMENTS, flag_name};
use std::fmt::Write;

const WINDOWS: [&str; 3] = ["1h", "24h", "7d"];

/// The files of `catalog/`: path and text.
#[must_use]
pub fn files() -> Vec<(String, String)> {
    [
        ("entities", ENTITIES.to_owned()),
        ("events", events()),
        ("tags", tags()),
        ("features", features()),
        ("reasons", REASONS.to_owned()),
        ("channels", CHANNEL_FILE.to_owned()),
        ("offers", OFFERS.to_owned()),
    ]
    .into_iter()
    .map(|(name, text)| (format!("catalog/{name}.toml"), text))
    .collect()
}

const ENTITIES: &str = "[entity.device]\nidle = \"400d\"\n";

const REASONS: &str = r#"[reason.DW1]
en   = "A rule of the workload"
zh   = "负载规则"
tell = false
"#;

const CHANNEL_FILE: &str = r#"[channel.app]
title    = { en = "Mobile bank", zh = "手机银行" }
sink     = "kafka"
purposes = ["marketing", "service"]

[method.face]
expires = "5m"
"#;

const OFFERS: &str = r#"[offer.saver]
kind       = "offer"
group      = "savings"
title      = { en = "Saver", zh = "储蓄" }
purpose    = "marketing"
value      = 10
propensity = { prior = 0.1 }
channels   = ["app"]
expires    = "24h"

[offer.stay]
kind       = "retain"
group      = "care"
title      = { en = "Stay", zh = "挽留" }
purpose    = "service"
value      = 20
propensity = { prior = 0.2 }
channels   = ["app"]
expires    = "24h"
"#;

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

fn symbol(words: &[&str]) -> String {
    format!("{{ type = \"symbol\", values = {} }}", list(words))
}

/// Every live type has a twin `….recorded`, which fills the same windows and which no rule is on: the
/// seven days before the measurement.
fn events() -> String {
    let mut text = String::from(
        "[time]\nzone = \"UTC\"\nlateness = \"5s\"\nmax_future = \"5m\"\nmax_past = \"7d\"\nduplicates = \"1h\"\n\n",
    );
    let _ = writeln!(
        text,
        "[shape.seen]\nchannel = {}\ncountry = {}\ndevice = \"ref:device\"\n\
         lat_e6 = \"int\"\nlon_e6 = \"int\"\nspeed_kmh = \"int\"\njump_km = \"int\"\nidle_s = \"int\"\n",
        symbol(&CHANNELS),
        symbol(&COUNTRIES)
    );
    for name in ["transaction.payment", "transaction.recorded"] {
        let _ = writeln!(
            text,
            "[event.\"{name}\"]\nshapes = [\"seen\"]\n\n[event.\"{name}\".data]\n\
             amount = {{ type = \"money\", currency = \"CNY\" }}\ncurrency = {}\n\
             merchant = \"text\"\nmcc = \"int\"\n",
            symbol(&CURRENCIES)
        );
    }
    for name in ["channel.activity", "channel.recorded"] {
        let _ = writeln!(
            text,
            "[event.\"{name}\"]\nshapes = [\"seen\"]\n\n[event.\"{name}\".data]\n\
             action = {}\nfailed = \"bool\"\n",
            symbol(&["login", "card_view", "complaint", "app_open"])
        );
    }
    for name in ["location.changed", "location.recorded"] {
        let _ = writeln!(
            text,
            "[event.\"{name}\"]\nshapes = [\"seen\"]\n\n[event.\"{name}\".data]\ncell = \"int\"\n"
        );
    }
    let _ = writeln!(
        text,
        "[event.\"profile.updated\"]\n\n[event.\"profile.updated\".data]\nsegment = {}\n\
         home_country = {}\nrisk_band = {}\nage = \"int\"",
        symbol(&SEGMENTS),
        symbol(&COUNTRIES),
        symbol(&RISKS)
    );
    for flag in 0..FLAGS {
        let _ = writeln!(text, "{} = \"bool\"", flag_name(flag));
    }
    text
}

fn tags() -> String {
    let mut text = String::new();
    let mut tag = |name: &str, head: &str| {
        let _ = writeln!(
            text,
            "[tag.{name}]\n{head}\nset = {{ on = \"profile.updated\", from = \"event.{name}\" }}\n"
        );
    };
    for (name, words) in [
        ("segment", SEGMENTS.as_slice()),
        ("home_country", &COUNTRIES),
        ("risk_band", &RISKS),
    ] {
        let first = words.first().copied().unwrap_or("");
        let values = list(words);
        tag(
            name,
            &format!("type = \"symbol\"\nvalues = {values}\ndefault = \"{first}\""),
        );
    }
    tag("age", "type = \"int\"\ndefault = 0");
    for flag in 0..FLAGS {
        tag(&flag_name(flag), "type = \"bool\"\ndefault = false");
    }
    text
}

/// What the windows look at.
pub(crate) const STREAMS: &str = r#"[stream.payments]
on = ["transaction.payment", "transaction.recorded"]

[stream.seen]
on = ["transaction.payment", "transaction.recorded", "channel.activity", "channel.recorded", "location.changed", "location.recorded"]

[stream.failures]
on = ["channel.activity", "channel.recorded"]
where = "event.action == \"login\" && event.failed"

"#;

/// 21 sliding windows. The three of DW1 that are no windows here (distance and speed from the last
/// place, seconds since the last login) come as fields of the event.
fn features() -> String {
    let mut text = String::from(STREAMS);
    for over in WINDOWS {
        for (name, stream, take, more) in [
            ("count", "payments", "count", ""),
            ("sum", "payments", "sum", "of = \"amount\"\n"),
            ("max", "payments", "max", "of = \"amount\"\ndefault = 0\n"),
            ("avg", "payments", "avg", "of = \"amount\"\ndefault = 0\n"),
            ("countries", "seen", "distinct", "of = \"country\"\n"),
            ("devices", "seen", "distinct", "of = \"device\"\n"),
            ("failed", "failures", "count", ""),
        ] {
            let _ = writeln!(
                text,
                "[feature.{name}_{over}]\nstream = \"{stream}\"\nkey = \"customer\"\n\
                 take = \"{take}\"\nover = \"{over}\"\n{more}"
            );
        }
    }
    text
}
