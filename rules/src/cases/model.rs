//! What a case file says, read and typed: nothing below looks at TOML again.

use crate::catalogue::{EventId, TagId};
use crate::finding::Place;
use crate::layout::Slot;
use crate::value::{Text, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The cases of one rule.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// Path relative to the project.
    pub file: Arc<str>,
    /// The rule they are about.
    pub rule: Text,
    /// Every `at` counts from here, ms since the epoch.
    pub start: i64,
    /// The customer of an event that names none.
    pub customer: Option<Text>,
    /// In the order of the file.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it claims.
    pub name: String,
    /// The same in Chinese.
    pub zh: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// Which `[[case]]` of its file it is, from 0.
    pub nth: usize,
    /// The other rules that run too.
    pub with: With,
    /// One per row of its table; one when it has none.
    pub runs: Vec<Run>,
}

/// The rules that run beside the one under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum With {
    /// These.
    Rules(Vec<Text>),
    /// All of the book.
    Book,
}

/// A case with one row of its table filled in.
#[derive(Clone, Debug)]
pub struct Run {
    /// The row of the table, from 0; `None` when the case has no table.
    pub row: Option<usize>,
    /// What the row sets: `amount = "499.99"`; empty without a table.
    pub label: String,
    /// State before the first event, by customer.
    pub given: BTreeMap<Text, Given>,
    /// In the order of time.
    pub events: Vec<Sent>,
    /// In the order of time.
    pub outcomes: Vec<Answered>,
    /// The clock runs on alone until here, ms after the start.
    pub until: Option<i64>,
    /// The actions expected, in order.
    pub expect: Vec<Row>,
    /// The refusals expected, in order.
    pub refuse: Vec<Row>,
    /// The facts expected.
    pub facts: Vec<FactRow>,
}

/// State of a customer before the first event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Tags.
    pub tags: BTreeMap<Text, (TagId, Value)>,
    /// By purpose and channel: given, or withdrawn.
    pub consent: BTreeMap<(Text, Text), bool>,
    /// Members of lists, beside those of the catalogue.
    pub lists: BTreeMap<Text, Vec<Text>>,
}

/// An event that is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Ms after the start.
    pub at: i64,
    /// Which of its customer's events at that instant, from 1.
    pub n: u32,
    /// Where it stands.
    pub place: Place,
    /// The event type.
    pub kind: EventId,
    /// The customer.
    pub customer: Text,
    /// Its id; made up where the author gave none.
    pub id: Text,
    /// Its sender.
    pub source: Text,
    /// Its data, as JSON by the names of the catalogue's `json`.
    pub data: serde_json::Map<String, Json>,
}

/// An outcome that is reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Ms after the start.
    pub at: i64,
    /// Where it stands.
    pub place: Place,
    /// Which row of `expect` it answers, from 0.
    pub of: usize,
    /// The outcome's word.
    pub outcome: Text,
    /// The channel it came from.
    pub channel: Option<Text>,
    /// What it was worth, major units.
    pub value: Option<f64>,
}

/// A row of `expect` or `refuse`: compared only in the members it names.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where it stands.
    pub place: Place,
    /// Ms after the start.
    pub at: i64,
    /// Which of the customer's events at that instant, where it says so.
    pub n: Option<u32>,
    /// The customer, where it says so.
    pub customer: Option<Text>,
    /// The rule: the one under test unless it names another.
    pub rule: Text,
    /// The other members it names. Durations are milliseconds.
    pub members: BTreeMap<String, Json>,
}

/// Facts as one event saw them.
#[derive(Clone, Debug, PartialEq)]
pub struct FactRow {
    /// Where it stands.
    pub place: Place,
    /// Ms after the start.
    pub at: i64,
    /// The customer, where it says so or where only one can be meant.
    pub customer: Option<Text>,
    /// Which of the customer's events at that instant, from 1.
    pub n: Option<u32>,
    /// What is claimed.
    pub facts: Vec<Fact>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// As it is written: `customer.withdrawals_10m`.
    pub path: String,
    /// Where it stands.
    pub place: Place,
    /// Its slot on that event.
    pub slot: Slot,
    /// Its value.
    pub value: Value,
}
