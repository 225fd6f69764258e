//! The questions of the contact policy, put one after the other as the engine puts them, and put again
//! at the instant at which what stood against it ends.

use engine::change::Change;
use engine::contacts::Contacts;
use engine::decision::live::Live;
use engine::decision::policy::{Agreement, Answer, Policy as _, Question};
use engine::decision::shared::Shared;
use engine::decision::stages::{Contact, counts, suppression_code};
use engine::journal::Entry;
use engine::refusal::Refusal;
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::catalogue::policy::{CapScope, Offer, OfferKind, Purpose, SuppressScope};
use rules::rule::Class;
use rules::value::{Text, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How often it is asked again at the end of what stood against it.
const TURNS_MAX: usize = 16;
/// The tag that names a customer's zone.
const ZONE_TAG: &str = "tz";

/// What may become of an offer.
pub(super) struct Fate {
    /// What stands against it now, and what declares it.
    pub(super) against: Vec<(Refusal, String)>,
    /// From when on nothing known does; `None`: it has no end that is known.
    pub(super) from: Option<i64>,
}

/// What stands against an offer at an instant.
struct Bar {
    code: Refusal,
    by: String,
    until: Option<i64>,
}

/// A customer as they are known at an instant.
pub(super) struct Customer {
    id: Text,
    contacts: Contacts,
    tags: BTreeMap<Text, (Value, Option<i64>)>,
    /// Its clocks tell quiet hours.
    pub(super) zone: TimeZone,
    shared: Shared,
    listed: BTreeSet<(Text, Text)>,
}

impl Customer {
    /// Reads a customer out of the state of a key group; `None` when nobody has heard of them.
    pub(super) fn of(book: &Book, id: Text, entries: Vec<Entry>) -> Option<Self> {
        let mut contacts = Contacts::new();
        let mut tags = BTreeMap::new();
        let mut known = false;
        for entry in entries {
            match entry {
                Entry::Known { customer, .. } if customer == id => known = true,
                Entry::Customer { customer, change } if customer == id => {
                    known = true;
                    contacts.apply(&change);
                    if let Change::TagSet {
                        tag,
                        value,
                        expires,
                        ..
                    } = change
                    {
                        tags.insert(tag, (value, expires));
                    }
                }
                _ => {}
            }
        }
        let named = tags.get(ZONE_TAG).and_then(|(value, _)| match value {
            Value::Text(name) => TimeZone::get(name).ok(),
            _ => None,
        });
        let zone = named.unwrap_or_else(|| book.catalogue.time.zone.clone());
        known.then(|| Self {
            id,
            contacts,
            tags,
            zone,
            shared: Shared::default(),
            listed: BTreeSet::new(),
        })
    }

    /// What may become of an offer by a channel from an instant on.
    pub(super) fn fate(&self, book: &Book, offer: &Offer, channel: Option<&Text>, at: i64) -> Fate {
        let bars = self.bars(book, offer, channel, at);
        let against = bars.iter().map(|bar| (bar.code, bar.by.clone())).collect();
        let mut from = last(&bars);
        for _ in 0..TURNS_MAX {
            let Some(then) = from.filter(|then| *then > at) else {
                break;
            };
            let later = self.bars(book, offer, channel, then);
            if later.is_empty() {
                break;
            }
            from = last(&later);
        }
        Fate { against, from }
    }

    fn bars(&self, book: &Book, offer: &Offer, channel: Option<&Text>, at: i64) -> Vec<Bar> {
        let mut policy = Live {
            contacts: &self.contacts,
            shared: &self.shared,
            listed: &self.listed,
            customer: &self.id,
            catalogue: &book.catalogue,
            zone: &self.zone,
            at,
        };
        let class = match offer.kind {
            OfferKind::Offer => Class::Commercial,
            OfferKind::Retain => Class::Retention,
            OfferKind::Serve => Class::Service,
        };
        let mut bars = Vec::new();
        let silenced = matches!(class, Class::Commercial | Class::Retention);
        if let (true, Answer::Closed { until, by }) = (silenced, policy.look(&Question::Hold)) {
            let by = by.map_or_else(|| "a hold".to_owned(), |rule| rule.to_string());
            bars.push(bar(Refusal::SuppressedFraudHold, by, until));
        }
        if let Some(channel) = channel {
            bars.extend(self.by_channel(book, &mut policy, offer, channel, at));
        }
        bars.extend(suppressed(book, &mut policy, offer, channel, class));
        bars.extend(capped(book, &mut policy, offer, channel, class));
        bars
    }

    fn by_channel(
        &self,
        book: &Book,
        policy: &mut Live<'_>,
        offer: &Offer,
        channel: &Text,
        at: i64,
    ) -> Vec<Bar> {
        let by = format!("channel.{channel}");
        let mut bars = Vec::new();
        let purpose = offer.purpose;
        if purpose == Purpose::Marketing && book.catalogue.consent.is_some() {
            let asked = channel.clone();
            let question = Question::Consent {
                purpose,
                channel: asked,
            };
            match policy.look(&question) {
                Answer::Agreed(Agreement::Given) => {}
                Answer::Agreed(Agreement::Withdrawn) => {
                    bars.push(bar(Refusal::OptedOut, by.clone(), None));
                }
                _ => bars.push(bar(Refusal::NoConsent, by.clone(), None)),
            }
        }
        if self.is_unreachable(book, channel, at) {
            bars.push(bar(Refusal::NoChannel, by.clone(), None));
        }
        let question = Question::Quiet {
            channel: channel.clone(),
        };
        if let Answer::Closed { until, .. } = policy.look(&question) {
            bars.push(bar(Refusal::SuppressedQuietHours, by, until));
        }
        bars
    }

    /// True when the channel's address is a tag that the customer has not.
    fn is_unreachable(&self, book: &Book, channel: &Text, at: i64) -> bool {
        let channel = book.catalogue.channel_named(channel);
        let Some(addresses) = channel.and_then(|channel| channel.addresses.as_ref()) else {
            return false;
        };
        let Some(tag) = addresses.text.strip_prefix("customer.") else {
            return false;
        };
        if book.catalogue.tag_named(tag).is_none() {
            return false;
        }
        match self.tags.get(tag) {
            Some((Value::Missing, _)) | None => true,
            Some((_, expires)) => expires.is_some_and(|end| end <= at),
        }
    }
}

fn bar(code: Refusal, by: String, until: Option<i64>) -> Bar {
    Bar { code, by, until }
}

/// When the last of them ends; `None` when one has no end that is known.
fn last(bars: &[Bar]) -> Option<i64> {
    let mut latest = None;
    for bar in bars {
        latest = latest.max(Some(bar.until?));
    }
    latest
}

fn suppressed(
    book: &Book,
    policy: &mut Live<'_>,
    offer: &Offer,
    channel: Option<&Text>,
    class: Class,
) -> Vec<Bar> {
    let mut bars = Vec::new();
    for suppression in &book.catalogue.suppressions {
        let silenced = match suppression.classes.as_slice() {
            [] => matches!(class, Class::Commercial | Class::Retention),
            classes => classes.contains(&class),
        };
        let scope = match suppression.scope {
            SuppressScope::Class => Some(None),
            SuppressScope::Offer => Some(Some(offer.name.clone())),
            SuppressScope::Group => offer.group.clone().map(Some),
            SuppressScope::Channel => channel.cloned().map(Some),
        };
        let (true, Some(scope)) = (silenced, scope) else {
            continue;
        };
        let name = suppression.name.clone();
        if let Answer::Closed { until, .. } = policy.look(&Question::Suppressed { name, scope }) {
            let by = format!("policy.{}", suppression.name);
            bars.push(bar(suppression_code(book, suppression), by, until));
        }
    }
    bars
}

fn capped(
    book: &Book,
    policy: &mut Live<'_>,
    offer: &Offer,
    channel: Option<&Text>,
    class: Class,
) -> Vec<Bar> {
    let contact = Contact {
        class,
        offer: offer.name.clone(),
        group: offer.group.clone(),
        channel: channel.cloned(),
    };
    let mut bars = Vec::new();
    for cap in book
        .catalogue
        .caps
        .iter()
        .filter(|cap| counts(cap, &contact))
    {
        let question = Question::Used {
            cap: cap.name.clone(),
            offer: (cap.count == CapScope::Offer).then(|| offer.name.clone()),
        };
        if let Answer::Used { count, room } = policy.look(&question)
            && count >= cap.max
        {
            let by = format!("policy.{}", cap.name);
            bars.push(bar(Refusal::SuppressedContactLimit, by, room));
        }
    }
    bars
}
