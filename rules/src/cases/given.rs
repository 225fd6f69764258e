//! `given`: what a customer is before the first event.

use super::codes;
use super::model::Given;
use super::teller::Teller;
use super::tree::{Entry, Kind, Node};
use super::values;
use crate::book::Book;
use crate::catalogue::policy::Purpose;
use crate::finding::{Finding, Words};
use crate::value::Text;
use std::collections::BTreeMap;

/// Reads `given` on top of what is given already: by name, the later word wins.
pub(super) fn read(t: &mut Teller<'_>, book: &Book, node: &Node, into: &mut BTreeMap<Text, Given>) {
    for customer in t.table(node, "given") {
        let given = into.entry(customer.key.as_str().into()).or_default();
        let entries = t.table(&customer.node, &customer.key);
        t.only(entries, &["tags", "consent", "lists"]);
        for entry in entries {
            match entry.key.as_str() {
                "tags" => tags(t, book, &entry.node, given),
                "consent" => consent(t, book, &entry.node, given),
                "lists" => lists(t, book, &entry.node, given),
                _ => {}
            }
        }
    }
}

fn tags(t: &mut Teller<'_>, book: &Book, node: &Node, given: &mut Given) {
    let catalogue = &book.catalogue;
    for entry in t.table(node, "tags") {
        let name = entry.key.as_str();
        let found = catalogue.tag_named(name);
        let Some((id, tag)) = found.and_then(|id| Some((id, catalogue.tag(id)?))) else {
            unknown_tag(t, book, entry);
            continue;
        };
        if let Some(value) = values::typed(t, &entry.node, name, &tag.ty) {
            given.tags.insert(tag.name.clone(), (id, value));
        }
    }
}

fn unknown_tag(t: &mut Teller<'_>, book: &Book, entry: &Entry) {
    let name = entry.key.as_str();
    if book.layout.customer.contains_key(name) {
        t.push(
            Finding::error(
                codes::UNKNOWN_TAG,
                entry.place.clone(),
                Words::new(
                    format!("`{name}` is no tag: it follows from other facts and cannot be given"),
                    format!("`{name}` 不是标签：它由其他事实得出，不能直接给定"),
                ),
            )
            .fix(
                "give the tags it rests on, or write its history as events",
                "请给定它所依据的标签，或以事件写出其历史",
            ),
        );
        return;
    }
    let cause = Words::new(
        format!("there is no tag `{name}`"),
        format!("没有名为 `{name}` 的标签"),
    );
    let known = book.catalogue.tags.iter().map(|tag| tag.name.as_str());
    t.unknown(codes::UNKNOWN_TAG, &entry.place, cause, name, known);
}

fn consent(t: &mut Teller<'_>, book: &Book, node: &Node, given: &mut Given) {
    let channels = &book.catalogue.channels;
    for entry in t.table(node, "consent") {
        let key = entry.key.as_str();
        let named = key.split_once('/').filter(|(purpose, channel)| {
            let purposes = [Purpose::Marketing, Purpose::Service];
            purposes.iter().any(|p| p.name() == *purpose)
                && channels.iter().any(|c| c.name == *channel)
        });
        let Some((purpose, channel)) = named else {
            let cause = Words::new(
                format!("`{key}` is no purpose and channel"),
                format!("`{key}` 不是“用途/渠道”"),
            );
            let known: Vec<String> = channels
                .iter()
                .map(|c| format!("{}/{}", Purpose::Marketing.name(), c.name))
                .collect();
            let known = known.iter().map(String::as_str);
            t.unknown(codes::UNKNOWN_CONSENT, &entry.place, cause, key, known);
            continue;
        };
        match entry.node.kind {
            Kind::Flag(flag) => {
                given.consent.insert((purpose.into(), channel.into()), flag);
            }
            _ => t.wrong(&entry.node, key, "true or false", "真假值（true 或 false）"),
        }
    }
}

fn lists(t: &mut Teller<'_>, book: &Book, node: &Node, given: &mut Given) {
    for entry in t.table(node, "lists") {
        let name = entry.key.as_str();
        let Some(list) = book.catalogue.list_named(name) else {
            let cause = Words::new(
                format!("there is no list `{name}`"),
                format!("没有名为 `{name}` 的名单"),
            );
            let known = book.catalogue.lists.iter().map(|l| l.name.as_str());
            t.unknown(codes::UNKNOWN_LIST, &entry.place, cause, name, known);
            continue;
        };
        let items = t.list(&entry.node, name);
        let members = items.iter().filter_map(|item| t.text(item, name));
        let members: Vec<Text> = members.map(Text::from).collect();
        given.lists.insert(list.name.clone(), members);
    }
}
