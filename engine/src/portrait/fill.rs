//! What a portrait shows, read off state.

use super::{
    ActionLine, CapLine, ConsentLine, CooldownLine, FeatureLine, HoldLine, Portrait,
    SuppressionLine, TagLine, TimerLine,
};
use crate::contacts::{Contacts, Reservation};
use crate::decision::live::used;
use crate::refusal::Refusal;
use crate::state::customer::Customer;
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::catalogue::Tag;
use rules::catalogue::policy::CapScope;
use rules::layout::{Slot, Source};
use rules::value::{Text, Value, time_text_in};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Actions that are told.
const ACTIONS_MAX: usize = 50;

/// When and where a customer is looked at.
pub(crate) struct Moment<'a> {
    pub(crate) book: &'a Book,
    /// The customer's zone, and its name: everything is told by its clocks.
    pub(crate) zone: TimeZone,
    pub(crate) zone_name: String,
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
        let contacts = &customer.contacts;
        let seen = customer.newest != i64::MIN;
        let mut portrait = Self {
            customer: id.clone(),
            as_of: moment.text(moment.at),
            newest: seen.then(|| moment.text(customer.newest)),
            tags: tags(&moment, customer),
            features: BTreeMap::new(),
            segments: BTreeSet::new(),
            consent: consent(&moment, contacts),
            holds: holds(&moment, contacts),
            suppressions: suppressions(&moment, contacts),
            cooldowns: cooldowns(&moment, contacts),
            caps: caps(&moment, contacts),
            actions: actions(&moment, contacts),
            timers: timers(&moment, customer),
            zone: moment.zone_name.clone(),
        };
        for (name, value) in &moment.values {
            portrait.put(&moment, name, value);
        }
        portrait
    }

    fn put(&mut self, moment: &Moment<'_>, name: &Text, value: &Value) {
        let (book, warm) = (moment.book, moment.cold.get(name).copied());
        let slot = book.layout.customer.get(name);
        let source = slot.and_then(|slot| Some(&book.layout.slot(*slot)?.source));
        if matches!(source, Some(Source::Segment(_))) {
            if *value == Value::Bool(true) {
                self.segments.insert(name.clone());
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
            warm_from: warm.map(|warm| moment.text(warm)),
            masked,
        };
        self.features.insert(name.clone(), line);
    }
}

impl Moment<'_> {
    /// An instant as the customer's clocks show it.
    fn text(&self, ms: i64) -> String {
        time_text_in(ms, &self.zone)
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

fn tags(moment: &Moment<'_>, customer: &Customer) -> BTreeMap<Text, TagLine> {
    let book = moment.book;
    let live = customer.tags.live(moment.at);
    live.filter_map(|(id, held)| {
        let tag = book.catalogue.tag(id)?;
        let masked = is_sensitive_tag(book, tag);
        let line = TagLine {
            value: shown(&held.value, masked),
            by: held.by.clone(),
            since: moment.text(held.at),
            expires: held.expires.map(|ms| moment.text(ms)),
            masked,
        };
        Some((tag.name.clone(), line))
    })
    .collect()
}

fn consent(moment: &Moment<'_>, contacts: &Contacts) -> Vec<ConsentLine> {
    let said = contacts.consents();
    said.map(|(purpose, channel, given, at)| ConsentLine {
        purpose: purpose.clone(),
        channel: channel.clone(),
        given,
        since: moment.text(at),
    })
    .collect()
}

fn holds(moment: &Moment<'_>, contacts: &Contacts) -> Vec<HoldLine> {
    let (book, at) = (moment.book, moment.at);
    let holds = contacts.holds(at);
    holds
        .map(|hold| HoldLine {
            hold: hold.action_id.clone(),
            verdict: if hold.block { "block" } else { "hold" },
            rule: hold.rule.clone(),
            subject: hold.subject.as_ref().and_then(|key| {
                let kind = &book.catalogue.entity(key.kind)?.name;
                Some(format!("{kind}:{}", key.id))
            }),
            since: moment.text(hold.at),
            until: (hold.until != i64::MAX).then(|| moment.text(hold.until)),
        })
        .collect()
}

fn suppressions(moment: &Moment<'_>, contacts: &Contacts) -> Vec<SuppressionLine> {
    let silences = contacts.silences(moment.at);
    silences
        .map(|(name, scope, since, until)| SuppressionLine {
            name: name.clone(),
            scope: scope.cloned(),
            since: moment.text(since),
            until: moment.text(until),
        })
        .collect()
}

/// Cool-downs by customer; those by entity are no customer's.
fn cooldowns(moment: &Moment<'_>, contacts: &Contacts) -> Vec<CooldownLine> {
    let (book, at) = (moment.book, moment.at);
    let rules = book.rules.iter();
    rules
        .filter_map(|rule| {
            let cooldown = rule.header.cooldown.filter(|c| c.per.is_none())?;
            let since = contacts.last_acted(&rule.id, at)?;
            let until = since.saturating_add(cooldown.over);
            (until > at).then(|| CooldownLine {
                rule: rule.id.clone(),
                since: moment.text(since),
                until: moment.text(until),
            })
        })
        .collect()
}

/// Each cap, and each offer of a cap that counts offers, that something counts against.
fn caps(moment: &Moment<'_>, contacts: &Contacts) -> Vec<CapLine> {
    let (book, at) = (moment.book, moment.at);
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
                    room: room.map(|ms| moment.text(ms)),
                });
            }
        }
    }
    lines
}

fn actions(moment: &Moment<'_>, contacts: &Contacts) -> Vec<ActionLine> {
    let at = moment.at;
    let newest = contacts.reservations().iter().rev().take(ACTIONS_MAX);
    let line = |r: &Reservation| ActionLine {
        action_id: r.action_id.clone(),
        decision_id: r.decision.clone(),
        rule: r.rule.clone(),
        class: r.class.name(),
        offer: r.offer.clone(),
        group: r.group.clone(),
        channel: r.channel.clone(),
        at: moment.text(r.at),
        expires: moment.text(r.expires),
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

fn timers(moment: &Moment<'_>, customer: &Customer) -> Vec<TimerLine> {
    let timers = customer.timers.iter();
    timers
        .map(|(name, timer)| TimerLine {
            name: name.clone(),
            due: moment.text(timer.due),
            by: timer.cause.by(),
        })
        .collect()
}
