//! Cases that load, one row for each thing that can be wrong with one, and comparisons.

mod comparing;
mod loading;
mod updating;
mod wrong;

use super::model::CaseFile;
use crate::book::Book;
use crate::finding::Findings;
use crate::project::Project;

const EVENTS: &str = r#"
[time]
zone = "Asia/Shanghai"
[event."transaction.cash_withdrawal".data]
amount = { type = "money", currency = "CNY" }
card   = "ref:card"
where  = { type = "symbol?", values = ["branch", "street"] }
why    = { type = "text?", json = "case" }
[event."channel.login".data]
device = "text?"
[event."context.weather".data]
alert = "text"
"#;
const FEATURES: &str = r#"
[stream.withdrawals]
on = "transaction.cash_withdrawal"
[feature.withdrawals_10m]
take = "count"
stream = "withdrawals"
key = "customer"
over = "10m"
[feature.drawn_5m]
take = "sum"
stream = "withdrawals"
of = "amount"
key = "card"
over = "5m"
"#;
const TAGS: &str = r#"
[tag.traveller]
type = "bool"
default = false
[tag.assets]
type = "money"
currency = "CNY"
default = "0.00"
[segment.rich]
when = "customer.assets >= 100"
"#;
const CHANNELS: &str = r#"
[channel.app]
title = "App"
sink = "kafka"
[team.desk]
sink = "kafka"
[method.face]
expires = "5m"
"#;
const RULE: &str = r#"
on("transaction.cash_withdrawal");
class("fraud");
title("Burst", "突发");
priority(900);
on_error("hold");
brake(100, "10m");
fn when(event, customer) {
    customer.withdrawals_10m >= 3 && !customer.traveller && !in_list("friends", event.card)
}
fn then(event, customer) {
    [ block(event.card).reason("BURST").lasts("24h"), notify("desk") ]
}
"#;
/// A file with one good case, to be spoiled line by line.
const CASES: &str = r#"start = "2026-03-02T09:00:00+08:00"
customer = "C1"
[given.C1]
tags = { traveller = false }
[[case]]
name = "three in ten minutes"
events = [
  { at = "0s", type = "transaction.cash_withdrawal", amount = "600.00", card = "K1" },
  { at = "4m", type = "transaction.cash_withdrawal", amount = "600.00", card = "K1" },
  { at = "9m", type = "transaction.cash_withdrawal", amount = 500, card = "K1" },
]
outcomes = [ { at = "10m", of = 1, outcome = "released" } ]
expect = [
  { at = "9m", action = "block", subject = "card:K1", reason = "BURST", lasts = "24h" },
  { at = "9m", action = "notify", team = "desk" },
]
refuse = []
facts = [ { at = "4m", "customer.withdrawals_10m" = 2, "event.card.drawn_5m" = "1200.00" } ]
"#;

fn project(cases: &str) -> Project {
    Project::from_files([
        ("catalog/events.toml", EVENTS),
        ("catalog/features.toml", FEATURES),
        ("catalog/tags.toml", TAGS),
        ("catalog/channels.toml", CHANNELS),
        ("catalog/entities.toml", "[entity.card]\nidle = \"400d\"\n"),
        (
            "catalog/lists.toml",
            "[list.friends]\nof = \"ref:card\"\nmembers = []\n",
        ),
        (
            "catalog/reasons.toml",
            "[reason.BURST]\nen = \"Burst\"\nzh = \"突发\"\n",
        ),
        ("catalog/policy.toml", ""),
        ("rules/fraud/burst.rhai", RULE),
        ("rules/fraud/burst.cases.toml", cases),
    ])
}

fn book(project: &Project) -> Book {
    let (book, findings) = crate::compile::compile(project);
    let told: Vec<String> = findings
        .iter()
        .map(|f| format!("{} {} {}", f.place, f.code, f.cause.en))
        .collect();
    book.unwrap_or_else(|| panic!("{told:#?}"))
}

/// What there is to say about these cases of the small bank.
fn loaded(cases: &str) -> (Vec<CaseFile>, Findings) {
    let project = project(cases);
    let book = book(&project);
    super::load(&project, &book, &["SUPPRESSED_COOLDOWN", "OUTRANKED"])
}
