//! What a portrait shows, read off state.

use super::{
    ActionLine, CapLine, ConsentLine, CooldownLine, FeatureLine, HoldLine, Portrait,
    SuppressionLine, TagLine, TimerLine,
};
use crate::contacts::{Contacts, Reservation};
use crate::decision::live::used;
use crate::refusal::Refusal;
use crate::state::customer::Customer;
use rules::book::Book;
use rules::catalogue::Tag;
use rules::catalogue::policy::CapScope;
use rules::layout::{Slot, Source};
use rules::value::{Text, Value, time_text};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Actions that are told.
const ACTIONS_MAX: usize = 50;

/// When and where a customer is looked at.
pub(crate) struct Moment<'a> {
    pub(crate) book: &'a Book,
    /// The customer's zone.
    pub(crate) zone: String,
    /// Logical time, ms.
    pub(crate) at: i64,
    /// The values of [`slots`].
    pub(crate) values: BTreeMap<Text, Value>,
    /// Windows that do not know their whole length yet, and from when on they will, ms.
    pub(crate) cold: BTreeMap<Text, i64>,
}

/// The windows, segments and derived words of a customer: what a portrait asks the scene for.
pub(crate) fn slots(book: &Book) -> impl Iterator<Item = (&Text, Slot)> {
    let slots = book.layout.customer.iter();
    slots.map(|(name, slot)| (name, *slot)).filter(|(_, slot)| {
        let spec = book.layout.slot(*slot);
        let source = spec.map(|spec| &spec.source);
        matches!(
            source,
            Some(Source::CustomerFeature(_) | Source::Segment(_) | Source::CustomerDerived(_))
        )
    })
}

impl Portrait {
    /// The customer at that moment.
    pub(crate) fn of(id: &Text, customer: &Customer, moment: Moment<'_>) -> Self {
        let (book, at, contacts) = (moment.book, moment.at, &customer.contacts);
        let seen = customer.newest != i64::MIN;
        let mut portrait = Self {
            customer: id.clone(),
            as_of: time_text(at),
            newest: seen.then(|| time_text(customer.newest)),
            zone: moment.zone,
            tags: tags(book, customer, at),
            features: BTreeMap::new(),
            segments: BTreeSet::new(),
            consent: consent(contacts),
            holds: holds(book, contacts, at),
            suppressions: suppressions(contacts, at),
            cooldowns: cooldowns(book, contacts, at),
            caps: caps(book, contacts, at),
            actions: actions(contacts, at),
            timers: timers(customer),
        };
        for (name, value) in moment.values {
            let warm = moment.cold.get(&name).copied();
            portrait.put(book, name, &value, warm);
        }
        portrait
    }

    fn put(&mut self, book: &Book, name: Text, value: &Value, warm: Option<i64>) {
        let slot = book.layout.customer.get(&name);
        let source = slot.and_then(|slot| Some(&book.layout.slot(*slot)?.source));
        if matches!(source, Some(Source::Segment(_))) {
            if *value == Value::Bool(true) {
                self.segments.insert(name);
            }
            return;
        }
        let masked = match source {
            Some(Source::CustomerFeature(feature)) => is_sensitive_feature(book, *feature),
            _ => false,
        };
        let state = match (warm, value.is_missing()) {
            (Some(_), _) => "cold",
            (None, true) => "missing",
            (None, false) => "known",
        };
        let value = shown(value, masked);
        let line = FeatureLine {
            state,
            value,
            warm_from: warm.map(time_text),
            masked,
        };
        self.features.insert(name, line);
    }
}

fn shown(value: &Value, masked: bool) -> Json {
    if masked { Json::Null } else { value.to_json() }
}

fn is_sensitive_feature(book: &Book, feature: u16) -> bool {
    let feature = book.catalogue.features.get(usize::from(feature));
    let of = feature.and_then(|feature| feature.of.as_ref());
    let mut fields = book.catalogue.events.iter().flat_map(|e| &e.fields);
    of.is_some_and(|of| fields.any(|field| field.sensitive && field.name == *of))
}

/// A tag is not shown when one of its setters reads a field that is not.
fn is_sensitive_tag(book: &Book, tag: &Tag) -> bool {
    tag.set.iter().any(|setter| {
        let reads = book.expression(setter.from.id).map(|e| &e.reads);
        let event = book.catalogue.event(setter.on);
        let slots = book.layout.fields.get(usize::from(setter.on.0));
        let (Some(reads), Some(event), Some(slots)) = (reads, event, slots) else {
            return false;
        };
        let mut fields = event.fields.iter().zip(slots);
        fields.any(|(field, slot)| field.sensitive && reads.contains(slot))
    })
}

fn tags(book: &Book, customer: &Customer, at: i64) -> BTreeMap<Text, TagLine> {
    let live = customer.tags.live(at);
    live.filter_map(|(id, held)| {
        let tag = book.catalogue.tag(id)?;
        let masked = is_sensitive_tag(book, tag);
        let line = TagLine {
            value: shown(&held.value, masked),
            by: held.by.clone(),
            since: time_text(held.at),
            expires: held.expires.map(time_text),
            masked,
        };
        Some((tag.name.clone(), line))
    })
    .collect()
}

fn consent(contacts: &Contacts) -> Vec<ConsentLine> {
    let said = contacts.consents();
    said.map(|(purpose, channel, given, at)| ConsentLine {
        purpose: purpose.clone(),
        channel: channel.clone(),
        given,
        since: time_text(at),
    })
    .collect()
}

fn holds(book: &Book, contacts: &Contacts, at: i64) -> Vec<HoldLine> {
    let holds = contacts.holds(at);
    holds
        .map(|hold| HoldLine {
            action_id: hold.action_id.clone(),
            verdict: if hold.block { "block" } else { "hold" },
            rule: hold.rule.clone(),
            subject: hold.subject.as_ref().and_then(|key| {
                let kind = &book.catalogue.entity(key.kind)?.name;
                Some(format!("{kind}:{}", key.id))
            }),
            since: time_text(hold.at),
            until: (hold.until != i64::MAX).then(|| time_text(hold.until)),
        })
        .collect()
}

fn suppressions(contacts: &Contacts, at: i64) -> Vec<SuppressionLine> {
    let silences = contacts.silences(at);
    silences
        .map(|(name, scope, since, until)| SuppressionLine {
            name: name.clone(),
            scope: scope.cloned(),
            since: time_text(since),
            until: time_text(until),
        })
        .collect()
}

/// Cool-downs by customer; those by entity are no customer's.
fn cooldowns(book: &Book, contacts: &Contacts, at: i64) -> Vec<CooldownLine> {
    let rules = book.rules.iter();
    rules
        .filter_map(|rule| {
            let cooldown = rule.header.cooldown.filter(|c| c.per.is_none())?;
            let since = contacts.last_acted(&rule.id, at)?;
            let until = since.saturating_add(cooldown.over);
            (until > at).then(|| CooldownLine {
                rule: rule.id.clone(),
                since: time_text(since),
                until: time_text(until),
            })
        })
        .collect()
}

/// Each cap, and each offer of a cap that counts offers, that something counts against.
fn caps(book: &Book, contacts: &Contacts, at: i64) -> Vec<CapLine> {
    let mut lines = Vec::new();
    let offers = contacts.reservations().iter();
    let offers: BTreeSet<&Text> = offers.filter_map(|r| r.offer.as_ref()).collect();
    for cap in &book.catalogue.caps {
        let scopes: Vec<Option<&Text>> = match cap.count {
            CapScope::Offer => offers.iter().copied().map(Some).collect(),
            _ => vec![None],
        };
        for offer in scopes {
            let (used, room) = used(cap, contacts, offer, at);
            if used > 0 {
                lines.push(CapLine {
                    name: cap.name.clone(),
                    offer: offer.cloned(),
                    used,
                    max: cap.max,
                    room: room.map(time_text),
                });
            }
        }
    }
    lines
}

fn actions(contacts: &Contacts, at: i64) -> Vec<ActionLine> {
    let newest = contacts.reservations().iter().rev().take(ACTIONS_MAX);
    let line = |r: &Reservation| ActionLine {
        action_id: r.action_id.clone(),
        decision_id: r.decision.clone(),
        rule: r.rule.clone(),
        class: r.class.name(),
        offer: r.offer.clone(),
        group: r.group.clone(),
        channel: r.channel.clone(),
        at: time_text(r.at),
        expires: time_text(r.expires),
        state: state(r, at),
    };
    newest.map(line).collect()
}

fn state(r: &Reservation, at: i64) -> &'static str {
    if r.confirmed {
        "confirmed"
    } else if r.withdrawn {
        Refusal::Withdrawn.code()
    } else if r.freed {
        Refusal::DeliveryFailed.code()
    } else if r.expires <= at {
        "expired"
    } else {
        "open"
    }
}

fn timers(customer: &Customer) -> Vec<TimerLine> {
    let timers = customer.timers.iter();
    timers
        .map(|(name, timer)| TimerLine {
            name: name.clone(),
            due: time_text(timer.due),
            by: timer.cause.by(),
        })
        .collect()
}
