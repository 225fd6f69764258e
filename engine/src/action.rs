//! The action on the wire: CloudEvents JSON. What cannot be known here (a consent's number)
//! is left out, never invented.

mod withdrawn;

use crate::decision::{Chosen, Decision, Rider};
use crate::event::Event;
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::catalogue::Family;
use rules::catalogue::policy::Reason;
use rules::draft::{Draft, Verb};
use rules::finding::Words;
use rules::value::{EntityKey, Text};
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the `data` member.
const SCHEMA: u32 = 1;

/// One action, ready for its topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Action {
    specversion: &'static str,
    /// The action's id.
    pub id: Text,
    /// `deft.action.<kind>`
    #[serde(rename = "type")]
    pub ty: String,
    /// Who sends it.
    pub source: String,
    /// Logical time in the customer's zone.
    pub time: String,
    /// `customer:C7` or `card:K1`.
    pub subject: String,
    /// The customer: actions of one customer stay in order.
    pub partitionkey: Text,
    /// The trace that its event is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<Text>,
    /// The number of this action for its customer.
    pub sequence: String,
    /// What is to be done.
    pub data: Content,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Content {
    schema: u32,
    /// The decision.
    pub decision_id: Text,
    /// The action.
    pub action_id: Text,
    /// The customer.
    pub customer: Text,
    /// What it is done to.
    pub subject: Subject,
    /// `next-best-offer`, `fraud-block`, `retention` or `service`.
    pub kind: &'static str,
    /// The rule's class.
    pub class: &'static str,
    /// The verdict, for verdicts.
    pub verdict: Option<&'static str>,
    /// The verb.
    #[serde(rename = "do")]
    pub verb: &'static str,
    /// The offer.
    pub offer: Option<Text>,
    /// Its group.
    pub group: Option<Text>,
    /// The method of a step-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Text>,
    /// The process of a trigger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<Text>,
    /// The channel.
    pub channel: Option<Text>,
    /// A place on the channel.
    pub placement: Option<Text>,
    /// The channels to try next.
    pub fallback: Vec<Text>,
    /// Which attempt this is.
    pub attempt: u32,
    /// The team.
    pub team: Option<Text>,
    /// The customer's address on the channel.
    pub address: Option<Text>,
    /// The customer's language.
    pub language: Option<Text>,
    /// The channel's template.
    pub template: Option<Text>,
    /// The author's payload.
    pub data: BTreeMap<String, serde_json::Value>,
    /// Why.
    pub reasons: Vec<Text>,
    /// What the customer may read.
    pub say: Option<Say>,
    /// Nothing of it may be shown to the customer.
    pub internal: bool,
    /// What the customer is contacted for.
    pub purpose: Option<&'static str>,
    /// The rule.
    pub rule: Text,
    /// Its version.
    pub rule_version: Text,
    /// The book's hash.
    pub book: Text,
    /// The event.
    pub event_id: Text,
    /// When it happened.
    pub event_time: String,
    /// When it was decided, in logical time.
    pub decided_at: String,
    /// Not before.
    pub not_before: Option<String>,
    /// Not after; `null`: until it is released.
    pub expires_at: Option<String>,
    /// `push`, or `reply` when it is only in the answer to a question.
    pub via: &'static str,
    /// `live`: nothing else is ever sent.
    pub mode: &'static str,
    /// The action this one pulls back.
    pub withdraws: Option<Text>,
    /// `WITHDRAWN`, where it pulls one back …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// … and on whose account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Text>,
}

/// What an action is done to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subject {
    /// `customer`, `transaction`, `event` or an entity's kind.
    pub kind: String,
    /// Its id.
    pub id: Text,
}

/// A sentence for the customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Say {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Action {
    /// The action as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The topic it goes to.
    #[must_use]
    pub fn topic(&self) -> String {
        format!("deft.actions.{}", self.data.kind)
    }
}

/// The kind on the wire of what a rule chose.
#[must_use]
pub fn kind(verb: Verb) -> &'static str {
    match verb {
        Verb::Allow | Verb::StepUp | Verb::Hold | Verb::Block => "fraud-block",
        Verb::Offer => "next-best-offer",
        Verb::Retain => "retention",
        Verb::Serve | Verb::Notify | Verb::Trigger => "service",
    }
}

/// Writes the actions of one decision and numbers them.
pub(crate) struct Writer<'a> {
    book: &'a Book,
    event: &'a Event,
    decision: &'a Decision,
    number: u64,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        book: &'a Book,
        event: &'a Event,
        decision: &'a Decision,
        number: u64,
    ) -> Self {
        Self {
            book,
            event,
            decision,
            number,
        }
    }

    pub(crate) fn last_number(&self) -> u64 {
        self.number
    }

    pub(crate) fn chosen(&mut self, chosen: &Chosen) -> Action {
        let draft = &chosen.draft;
        let say = if draft.verb == Verb::Allow {
            None
        } else {
            self.say(&draft.reasons)
        };
        let verdict = draft.verb.is_verdict();
        let offer = if verdict { None } else { draft.id.clone() };
        let reply = chosen
            .channel
            .as_ref()
            .and_then(|name| self.book.catalogue.channel_named(name))
            .is_some_and(|channel| channel.reply || chosen.placement.is_some());
        let data = Content {
            verdict: verdict.then(|| draft.verb.name()),
            template: self.template(chosen),
            offer,
            group: chosen.group.clone(),
            method: if draft.verb == Verb::StepUp {
                draft.id.clone()
            } else {
                None
            },
            channel: chosen.channel.clone(),
            placement: chosen.placement.clone(),
            fallback: chosen.fallback.clone(),
            team: draft.team.clone(),
            address: chosen.address.clone(),
            language: self.decision.language.clone(),
            internal: say.is_none(),
            say,
            purpose: chosen.purpose.map(|purpose| purpose.name()),
            not_before: draft
                .not_before
                .map(|after| self.time(self.event.time.saturating_add(after))),
            via: if reply { "reply" } else { "push" },
            ..self.data(chosen, draft, &chosen.action_id)
        };
        self.action(chosen.action_id.clone(), data)
    }

    pub(crate) fn rider(&mut self, chosen: &Chosen, rider: &Rider) -> Action {
        let draft = &rider.draft;
        let named = |verb: Verb| {
            if draft.verb == verb {
                draft.id.clone()
            } else {
                None
            }
        };
        let data = Content {
            team: named(Verb::Notify),
            process: named(Verb::Trigger),
            ..self.data(chosen, draft, &rider.action_id)
        };
        self.action(rider.action_id.clone(), data)
    }

    /// What every action of a choice has, riders too.
    fn data(&self, chosen: &Chosen, draft: &Draft, action_id: &Text) -> Content {
        let version = self.book.rule(chosen.ix).map(|rule| rule.version.clone());
        let now = self.time(self.event.time);
        let payload = draft.data.iter();
        Content {
            schema: SCHEMA,
            decision_id: self.decision.id.clone(),
            action_id: action_id.clone(),
            customer: self.event.customer.clone(),
            subject: self.subject(chosen),
            kind: kind(chosen.draft.verb),
            class: chosen.class.name(),
            verdict: None,
            verb: draft.verb.name(),
            offer: None,
            group: None,
            method: None,
            process: None,
            channel: None,
            placement: None,
            fallback: Vec::new(),
            attempt: 1,
            team: None,
            address: None,
            language: None,
            template: None,
            data: payload.map(|(k, v)| (k.clone(), v.to_json())).collect(),
            reasons: chosen.draft.reasons.clone(),
            say: None,
            internal: true,
            purpose: None,
            rule: chosen.rule.clone(),
            rule_version: version.unwrap_or_default(),
            book: self.book.hash.clone(),
            event_id: self.event.id.clone(),
            event_time: now.clone(),
            decided_at: now,
            not_before: None,
            expires_at: chosen.expires.map(|at| self.time(at)),
            via: "push",
            mode: "live",
            withdraws: None,
            code: None,
            by: None,
        }
    }

    fn action(&mut self, id: Text, data: Content) -> Action {
        self.number += 1;
        Action {
            specversion: "1.0",
            id,
            ty: format!("deft.action.{}", data.kind),
            source: "deft".to_owned(),
            time: local(
                self.event.time,
                &self.decision.zone,
                "%Y-%m-%dT%H:%M:%S%.3f%:z",
            ),
            subject: format!("{}:{}", data.subject.kind, data.subject.id),
            partitionkey: self.event.customer.clone(),
            traceparent: self.event.trace.clone(),
            sequence: self.number.to_string(),
            data,
        }
    }

    /// A verdict without an entity is about the event itself; everything else is about the customer.
    fn subject(&self, chosen: &Chosen) -> Subject {
        let catalogue = &self.book.catalogue;
        let (kind, id) = match &chosen.draft.subject {
            Some(EntityKey { kind, id }) => {
                let name = catalogue
                    .entity(*kind)
                    .map(|entity| entity.name.to_string());
                (name.unwrap_or_default(), id.clone())
            }
            None if chosen.draft.verb.is_verdict() => {
                let family = catalogue.event(self.event.kind).map(|event| event.family);
                let word = match family {
                    Some(Family::Transaction) => "transaction",
                    _ => "event",
                };
                (word.to_owned(), self.event.id.clone())
            }
            None => ("customer".to_owned(), self.event.customer.clone()),
        };
        Subject { kind, id }
    }

    /// The first reason that may be told. An action whose reasons may not be told is internal.
    fn say(&self, reasons: &[Text]) -> Option<Say> {
        let catalogue = &self.book.catalogue;
        let told = |reason: &Reason| reason.tell.clone();
        reasons
            .iter()
            .filter_map(|code| catalogue.reason_named(code))
            .find_map(told)
            .map(|Words { en, zh }| Say { zh, en })
    }

    fn template(&self, chosen: &Chosen) -> Option<Text> {
        let offer = self.book.catalogue.offer_named(chosen.draft.id.as_ref()?)?;
        offer
            .templates
            .iter()
            .find(|(channel, _)| Some(channel) == chosen.channel.as_ref())
            .map(|(_, template)| template.clone())
    }

    fn time(&self, ms: i64) -> String {
        local(ms, &self.decision.zone, "%Y-%m-%dT%H:%M:%S%.f%:z")
    }
}

/// An instant in a zone, as RFC 3339.
fn local(ms: i64, zone: &TimeZone, format: &str) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| ms.to_string(),
        |instant| instant.to_zoned(zone.clone()).strftime(format).to_string(),
    )
}
