//! The made bank: its catalogue.

use crate::project::Project;

const EVENTS: &str = r#"
[event."transaction.transfer".data]
amount    = { type = "money", currency = "CNY" }
fee       = { type = "money?", currency = "CNY" }
direction = { type = "symbol", values = ["in", "out"] }
own       = { type = "bool", default = false }
n         = "int"
m         = "int?"
ratio     = "decimal"
note      = "text?"
title     = "text"
payee     = "ref:payee"
sent      = "time"
wait      = "duration"
codes     = "list<text>"
[event."channel.login".data]
title  = "text"
n      = "int"
device = "text"
own    = { type = "bool", default = false }
"#;
const TAGS: &str = r#"
[tag.tier]
type = "symbol"
values = ["basic", "gold", "金卡"]
default = "basic"
[tag.home]
type = "text?"
[tag.notice]
type = "bool"
default = false
[tag.assets]
type = "money"
currency = "CNY"
default = 0
[tag.birthday]
type = "date?"
[tag.age]
type = "int?"
[tag.score]
type = "decimal?"
[tag.seen]
type = "time?"
[segment.rich]
when = "customer.assets >= 10_000.50"
title = { en = "rich", zh = "富" }
"#;
const FEATURES: &str = r#"
[stream.transfers]
on = "transaction.transfer"
[stream.large]
on = "transaction.transfer"
where = "event.amount > 500 && event.direction == \"out\""
[feature.sent_24h]
stream = "transfers"
key = "customer"
take = "count"
over = "24h"
[feature.sum_24h]
stream = "transfers"
key = "customer"
take = "sum"
of = "amount"
over = "24h"
[feature.usual]
stream = "transfers"
key = "customer"
take = "avg"
of = "amount"
over = "30d"
[feature.to_payee]
stream = "transfers"
key = "payee"
take = "count"
over = "1d"
[derived.doubled]
value = "customer.sum_24h * 2"
[derived.busy]
value = "customer.sent_24h > 3 && (customer.age ?? 0) > 30"
"#;
const REST: [(&str, &str); 4] = [
    ("catalog/entities.toml", "[entity.payee]\n"),
    (
        "catalog/offers.toml",
        "[offer.cover]\nkind = \"offer\"\npurpose = \"marketing\"\ntitle = { en = \"a\", zh = \"a\" }\nvalue = 1\ncurrency = \"CNY\"\npropensity = { prior = 0.1 }\nchannels = [\"app\"]\nexpires = \"1d\"\n",
    ),
    (
        "catalog/channels.toml",
        "[channel.app]\ntitle = { en = \"a\", zh = \"a\" }\nsink = \"kafka\"\naddresses = \"customer.home\"\n",
    ),
    (
        "catalog/lists.toml",
        "[list.good]\nof = \"text\"\nmembers = [\"p1\", \"CN\", \"金卡\"]\n",
    ),
];

/// The made bank with these rules.
pub(super) fn project(rules: &[(String, String)]) -> Project {
    let fixed = [
        ("catalog/events.toml", EVENTS),
        ("catalog/tags.toml", TAGS),
        ("catalog/features.toml", FEATURES),
    ];
    let all = fixed.into_iter().chain(REST);
    let all = all.chain(
        rules
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    );
    Project::from_files(all)
}
