//! `offers.toml`: what `offer`, `retain` and `serve` name.

use super::channels::{self, PURPOSES};
use super::name::{self, Role};
use super::node::{Kind, Node};
use super::report::Report;
use super::table::{Entry, Table, title_or};
use super::tree::Tree;
use super::types::{self, misplaced};
use super::{codes, days, unsupported};
use crate::catalogue::Catalogue;
use crate::catalogue::policy::{Offer, OfferKind, Purpose};
use crate::finding::{Finding, Words};
use crate::money::{Currency, Money};
use crate::value::{Text, Type};

const KEYS: [&str; 15] = [
    "kind",
    "group",
    "title",
    "purpose",
    "valid",
    "eligible",
    "applicable",
    "suitable",
    "value",
    "currency",
    "propensity",
    "channels",
    "expires",
    "text",
    "stock",
];

const KINDS: [(&str, OfferKind); 3] = [
    ("offer", OfferKind::Offer),
    ("retain", OfferKind::Retain),
    ("serve", OfferKind::Serve),
];

pub(super) fn load(tree: &Tree, c: &mut Catalogue, r: &mut Report) {
    for entry in tree.named("offers", "offer") {
        let named = name::fits(r, entry, Role::Quoted);
        if let Some(table) = entry.node.table(r)
            && let Some(offer) = offer(tree, c, r, entry, &table)
            && named
        {
            c.offers.push(offer);
        }
    }
}

/// The groups that offers name, each as often as it is named.
pub(super) fn groups(tree: &Tree) -> impl Iterator<Item = &str> {
    let offers = tree.named("offers", "offer").iter();
    offers.filter_map(|e| match &e.node.kind {
        Kind::Table(keys) => keys.iter().find(|k| k.key == "group")?.node.as_text(),
        _ => None,
    })
}

fn offer(
    tree: &Tree,
    c: &Catalogue,
    r: &mut Report,
    entry: &Entry,
    table: &Table<'_>,
) -> Option<Offer> {
    table.only(r, &KEYS);
    let kind = table.require(r, "kind").and_then(|n| n.word(r, &KINDS));
    let purpose = table.require(r, "purpose");
    let purpose = purpose.and_then(|n| n.word(r, &PURPOSES));
    if (kind, purpose) == (Some(OfferKind::Offer), Some(Purpose::Service))
        && let Some(node) = table.get("purpose")
    {
        misplaced(
            r,
            node,
            "an offer is marketing, and `service` may carry none",
            "`offer` 属于营销，`service` 不得含营销内容",
        );
    }
    let group = table.get("group").and_then(|n| n.text(r));
    let mut expression = |key: &str| table.get(key).and_then(|n| n.expression(r));
    let (eligible, applicable, suitable) = (
        expression("eligible"),
        expression("applicable"),
        expression("suitable"),
    );
    let known: Vec<&str> = channels::channel_names(tree).collect();
    let channels = table.get("channels");
    let channels = channels.map_or(Vec::new(), |n| channels::chosen(r, n, &known));
    if let Some(stock) = table.get("stock") {
        unsupported::say(r, stock, &unsupported::STOCK);
    }
    let propensity = table.get("propensity").and_then(|n| propensity(r, n));
    let templates = table
        .get("text")
        .map(|n| templates(r, n, &channels, &known));
    Some(Offer {
        name: entry.key.as_str().into(),
        title: title_or(r, table, &entry.key),
        valid: table
            .get("valid")
            .and_then(|n| days::validity(r, n, &c.time.zone)),
        value: value(c, r, table),
        expires: channels::expires(r, table),
        kind: kind?,
        group: group.map(Into::into),
        purpose: purpose?,
        eligible,
        applicable,
        suitable,
        propensity: propensity.unwrap_or(1.0),
        channels,
        templates: templates.unwrap_or_default(),
        place: entry.place.clone(),
    })
}

/// `{ prior = 0.04 }`
fn propensity(r: &mut Report, node: &Node) -> Option<f64> {
    let table = node.table(r)?;
    table.only(r, &["prior", "model", "fallback"]);
    match table.get("model").or(table.get("fallback")) {
        Some(model) => {
            unsupported::say(r, model, &unsupported::MODEL);
            None
        }
        None => table.require(r, "prior")?.number(r, 0.0, 1.0),
    }
}

/// The value to the bank, in the offer's currency or in the one the whole catalogue uses.
fn value(c: &Catalogue, r: &mut Report, table: &Table<'_>) -> Option<Money> {
    let own = table.get("currency");
    let Some(node) = table.get("value") else {
        if let Some(own) = own {
            misplaced(r, own, "there is no `value` beside it", "旁边没有 `value`");
        }
        return None;
    };
    let currency = match own {
        Some(own) => types::currency_code(r, own)?,
        None => match currencies(c).as_slice() {
            [one] => *one,
            _ => {
                no_currency(r, node);
                return None;
            }
        },
    };
    types::money(r, node, currency)
}

fn no_currency(r: &mut Report, node: &Node) {
    r.push(
        Finding::error(
            codes::NOT_CURRENCY,
            node.place.clone(),
            Words::new(
                format!("`{}`: the catalogue does not use exactly one currency, so it must be said which", node.path),
                format!("`{}`：目录使用的币种不止一种或没有，需写明币种", node.path),
            ),
        )
        .fix(
            "add `currency = \"CNY\"` beside it",
            "请在旁边加上 `currency = \"CNY\"`",
        ),
    );
}

/// The currencies of events and tags, each once.
fn currencies(c: &Catalogue) -> Vec<Currency> {
    let fields = c.events.iter().flat_map(|e| &e.fields).map(|f| &f.ty);
    let all = fields.chain(c.tags.iter().map(|t| &t.ty));
    let mut found: Vec<Currency> = all
        .filter_map(|ty| match ty {
            Type::Money(currency) => Some(*currency),
            _ => None,
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Template ids by channel; a template of a channel the offer does not use says nothing.
fn templates(r: &mut Report, node: &Node, own: &[Text], known: &[&str]) -> Vec<(Text, Text)> {
    let Some(table) = node.table(r) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for entry in table.entries {
        let Some(template) = entry.node.text(r) else {
            continue;
        };
        let name = entry.key.as_str();
        if !known.contains(&name) {
            let key = Node {
                place: entry.place.clone(),
                path: node.path.clone(),
                raw: name.to_owned(),
                ..entry.node.clone()
            };
            r.unknown(channels::CHANNEL, &key, name, known.iter().copied());
        } else if !own.iter().any(|c| c == name) {
            let key = Node {
                place: entry.place.clone(),
                ..entry.node.clone()
            };
            misplaced(
                r,
                &key,
                "the channel is none of the offer's `channels`",
                "该渠道不在此项的 `channels` 中",
            );
        } else {
            all.push((name.into(), template.into()));
        }
    }
    all
}
