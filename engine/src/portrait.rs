//! A customer as it stands: what is known, what was said, and what may not be said. For people to read;
//! nothing is decided by it.

mod fill;

pub(crate) use fill::{Moment, slots};

use rules::value::Text;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A customer as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Portrait {
    customer: Text,
    /// Logical time of everything here; all times are told by the clocks of `zone`.
    as_of: String,
    /// Time of the newest event.
    newest: Option<String>,
    zone: String,
    tags: BTreeMap<Text, TagLine>,
    /// Windows and derived words of the customer.
    features: BTreeMap<Text, FeatureLine>,
    /// The segments it is in.
    segments: BTreeSet<Text>,
    consent: Vec<ConsentLine>,
    holds: Vec<HoldLine>,
    suppressions: Vec<SuppressionLine>,
    cooldowns: Vec<CooldownLine>,
    /// The caps that something counts against.
    caps: Vec<CapLine>,
    /// The last ones, the newest first.
    actions: Vec<ActionLine>,
    timers: Vec<TimerLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct TagLine {
    value: Json,
    /// The event type or rule that wrote it.
    by: Text,
    since: String,
    expires: Option<String>,
    /// It comes from a field that is not shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    masked: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct FeatureLine {
    /// `known` or `missing`: no value is no zero. `cold`: it has not seen all of its length.
    state: &'static str,
    value: Json,
    /// From when on a cold one will have.
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_from: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    masked: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct ConsentLine {
    purpose: Text,
    channel: Text,
    given: bool,
    since: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct HoldLine {
    /// By this it is released: the action that set it.
    hold: Text,
    verdict: &'static str,
    rule: Text,
    /// `card:K1`; `null`: what the event was about.
    subject: Option<String>,
    since: String,
    /// `null`: until it is released.
    until: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct SuppressionLine {
    name: Text,
    /// The offer, group or channel; `null`: whole classes.
    scope: Option<Text>,
    since: String,
    until: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct CooldownLine {
    rule: Text,
    since: String,
    until: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct CapLine {
    name: Text,
    /// Where the cap counts each offer by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<Text>,
    used: u32,
    max: u32,
    /// When one more fits, where it is full.
    room: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct ActionLine {
    action_id: Text,
    decision_id: Text,
    rule: Text,
    class: &'static str,
    offer: Option<Text>,
    group: Option<Text>,
    channel: Option<Text>,
    at: String,
    expires: String,
    /// `open`, `confirmed`, `DELIVERY_FAILED`, `WITHDRAWN` or `expired`.
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct TimerLine {
    name: Text,
    due: String,
    by: Text,
}

impl Portrait {
    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> Json {
        serde_json::to_value(self).unwrap_or_default()
    }
}
