//! The message that pulls an action back: `deft.action.withdrawn`. It goes where the action went.

use super::{Action, Content, SCHEMA, Subject, kind, local};
use crate::contacts::Withdrawal;
use crate::event::Event;
use crate::ids;
use crate::refusal::Refusal;
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::catalogue::policy::OfferKind;
use rules::draft::Verb;
use rules::rule::Class;
use rules::value::Text;
use std::collections::BTreeMap;

impl Action {
    /// The message that pulls back what it names, as its customer's action of this number.
    #[must_use]
    pub fn withdrawn(
        book: &Book,
        event: &Event,
        zone: &TimeZone,
        number: u64,
        withdrawal: &Withdrawal,
    ) -> Self {
        let id = ids::withdrawal_id(&withdrawal.action_id);
        let now = local(event.time, zone, "%Y-%m-%dT%H:%M:%S%.f%:z");
        let subject = subject(book, event, withdrawal);
        Self {
            specversion: "1.0",
            id: id.clone(),
            ty: "deft.action.withdrawn".to_owned(),
            source: "deft".to_owned(),
            time: local(event.time, zone, "%Y-%m-%dT%H:%M:%S%.3f%:z"),
            subject: format!("{}:{}", subject.kind, subject.id),
            partitionkey: event.customer.clone(),
            traceparent: event.trace.clone(),
            sequence: number.to_string(),
            data: Content {
                schema: SCHEMA,
                decision_id: decision(book, event, withdrawal),
                action_id: id,
                customer: event.customer.clone(),
                subject,
                kind: kind(verb(book, withdrawal)),
                class: withdrawal.class.name(),
                verdict: None,
                verb: "withdraw",
                offer: withdrawal.offer.clone(),
                group: withdrawal.group.clone(),
                method: None,
                process: None,
                channel: withdrawal.channel.clone(),
                placement: None,
                fallback: Vec::new(),
                attempt: 1,
                team: None,
                address: None,
                language: None,
                template: None,
                data: BTreeMap::new(),
                reasons: Vec::new(),
                say: None,
                internal: true,
                purpose: None,
                rule: withdrawal.rule.clone(),
                rule_version: (book.rule_named(&withdrawal.rule))
                    .map(|(_, rule)| rule.version.clone())
                    .unwrap_or_default(),
                book: book.hash.clone(),
                event_id: event.id.clone(),
                event_time: now.clone(),
                decided_at: now,
                not_before: None,
                expires_at: None,
                via: "push",
                mode: "live",
                withdraws: Some(withdrawal.action_id.clone()),
                code: Some(Refusal::Withdrawn.code()),
                by: Some(withdrawal.by.clone()),
            },
        }
    }
}

/// The decision the action is of; where that is forgotten, the one of this event.
fn decision(book: &Book, event: &Event, withdrawal: &Withdrawal) -> Text {
    if !withdrawal.decision.is_empty() {
        return withdrawal.decision.clone();
    }
    let trigger = book.catalogue.event(event.kind);
    let trigger = trigger.map(|kind| kind.name.clone()).unwrap_or_default();
    ids::decision_id(&event.customer, &event.source, &event.id, &trigger)
}

fn subject(book: &Book, event: &Event, withdrawal: &Withdrawal) -> Subject {
    let entity = withdrawal.subject.as_ref().and_then(|key| {
        let kind = book.catalogue.entity(key.kind)?.name.to_string();
        let id = key.id.clone();
        Some(Subject { kind, id })
    });
    entity.unwrap_or_else(|| Subject {
        kind: "customer".to_owned(),
        id: event.customer.clone(),
    })
}

/// What was asked for, as far as the kind on the wire goes.
fn verb(book: &Book, withdrawal: &Withdrawal) -> Verb {
    let offer = withdrawal.offer.as_ref();
    let offer = offer.and_then(|name| book.catalogue.offer_named(name));
    match (offer.map(|offer| offer.kind), withdrawal.class) {
        (Some(OfferKind::Offer), _) | (None, Class::Commercial | Class::Profile) => Verb::Offer,
        (Some(OfferKind::Retain), _) | (None, Class::Retention) => Verb::Retain,
        (Some(OfferKind::Serve), _) | (None, Class::Service) => Verb::Serve,
        (None, Class::Fraud) => Verb::Hold,
    }
}
