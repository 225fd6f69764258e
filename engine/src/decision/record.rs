//! The record of a decision: everything it was made of, and therefore its explanation.
//!
//! It holds the values of all slots the book reads on this event type, the answers of the policy, and
//! the versions of book and rules; no wall clock and no machine. One decision is one line of JSON.
//! Members follow one fixed order, so equal decisions are equal lines.

mod lines;
mod read;

pub use read::RecordError;

use super::Decision;
use super::occasion::Occasion;
use super::policy::COLD;
use crate::scene::Scene;
use lines::{ChosenLine, FaultLine, MarkLine, RefusedLine, ShadowLine};
use rules::book::Book;
use rules::catalogue::EventId;
use rules::layout::Slot;
use rules::value::{Text, time_text};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// The facts of a record fill at most so many bytes.
pub const FACTS_BYTES_MAX: usize = 4096;

/// The record of one decision.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecord {
    /// The decision.
    pub decision_id: Text,
    /// The customer.
    pub customer: Text,
    /// The event.
    pub event: EventLine,
    /// The customer's zone.
    pub zone: String,
    /// The customer's language, where a tag says it.
    pub language: Option<Text>,
    /// The book's hash.
    pub book: Text,
    /// What was chosen.
    pub chosen: Vec<ChosenLine>,
    /// What lost, each with one code.
    pub refused: Vec<RefusedLine>,
    /// What rules that only watch would have done.
    pub shadow: Vec<ShadowLine>,
    /// What was left behind.
    pub marks: Vec<MarkLine>,
    /// Rules that could not be evaluated.
    pub errors: Vec<FaultLine>,
    /// The values of slots, by path.
    pub facts: BTreeMap<String, Box<RawValue>>,
    /// What the event completed in the same step, as far as rules are on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<TriggerLine>,
    /// Facts were dropped, because they did not fit.
    pub truncated: bool,
    /// The paths of facts that are windows which do not tell all there is: the key has too many events
    /// to keep, not all values were looked at, or different ones were estimated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub truncated_windows: Vec<String>,
    /// The paths of facts that are windows of the customer which hold an event that came behind a later one:
    /// what was decided between the two did not see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrected_windows: Vec<String>,
    /// What the policy was asked, and what it answered.
    pub views: BTreeMap<String, serde_json::Value>,
    /// The versions of the rules that had a candidate.
    pub rules: BTreeMap<Text, Text>,
}

/// The event of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventLine {
    /// Its id.
    pub id: Text,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Text,
    /// Its sender.
    pub source: Text,
    /// Its time.
    pub time: String,
    /// It came after a newer event of its customer was decided.
    pub late: bool,
    /// The place that was asked for: `app/home_banner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// The trace it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Text>,
}

/// An event that the event of a record completed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerLine {
    /// Its id.
    pub id: Text,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Text,
    /// The values of slots, by path; those of the customer that the record has already are left out.
    pub facts: BTreeMap<String, Box<RawValue>>,
}

impl DecisionRecord {
    /// Records a decision. Slots that no rule has asked for yet are filled from the scene.
    #[must_use]
    pub fn of(scene: &mut Scene<'_>, occasion: Occasion<'_>, decision: &Decision) -> Self {
        let (book, event) = (scene.book, occasion.event);
        let mut kept = Kept::new(heard(book, decision));
        let facts = kept.facts(scene, slots(book, event.kind));
        let triggers = triggers(scene, occasion, &mut kept);
        let chosen: Vec<ChosenLine> = decision
            .chosen
            .iter()
            .map(|chosen| ChosenLine::of(book, event, chosen))
            .collect();
        let refused: Vec<RefusedLine> = decision
            .refused
            .iter()
            .map(|refused| RefusedLine::of(book, refused))
            .collect();
        let shadow: Vec<ShadowLine> = decision
            .shadow
            .iter()
            .map(|shadowed| ShadowLine::of(book, shadowed))
            .collect();
        let acting = chosen.iter().map(|line| &line.rule);
        let losing = refused.iter().map(|line| &line.rule);
        let watching = shadow.iter().map(|line| &line.rule);
        let rules = acting
            .chain(losing)
            .chain(watching)
            .filter_map(|id| Some((id.clone(), book.rule_named(id)?.1.version.clone())))
            .collect();
        Self {
            decision_id: decision.id.clone(),
            customer: event.customer.clone(),
            event: EventLine {
                id: event.id.clone(),
                ty: decision.trigger.clone(),
                source: event.source.clone(),
                time: time_text(event.time),
                late: decision.late,
                ask: event.asked.as_ref().map(ToString::to_string),
                trace: event.trace.clone(),
            },
            zone: decision
                .zone
                .iana_name()
                .unwrap_or(&book.catalogue.time.zone_name)
                .to_owned(),
            language: decision.language.clone(),
            book: book.hash.clone(),
            chosen,
            refused,
            shadow,
            marks: decision.marks.iter().map(MarkLine::of).collect(),
            errors: decision.faults.iter().map(FaultLine::of).collect(),
            truncated_windows: kept.windows.into_iter().collect(),
            corrected_windows: kept.corrected.into_iter().collect(),
            facts,
            triggers,
            truncated: kept.truncated,
            views: decision
                .views
                .iter()
                .map(|(key, answer)| (key.clone(), answer.to_json()))
                .collect(),
            rules,
        }
    }

    /// The windows that did not know their whole length, and from when on they do.
    pub fn cold(&self) -> impl Iterator<Item = (&str, String)> {
        self.views.iter().filter_map(|(key, answer)| {
            let until = answer.get("until").and_then(|until| until.as_str());
            Some((key.strip_prefix(COLD)?, until?.to_owned()))
        })
    }

    /// The record as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The slots a record of this event type holds.
pub(crate) fn slots(book: &Book, event: EventId) -> Vec<Slot> {
    let declared = book.record.get(usize::from(event.0));
    let mut slots = declared.cloned().unwrap_or_default();
    slots.extend(book.layout.customer.get("language"));
    slots.sort_unstable();
    slots.dedup();
    slots
}

/// What the rules heard in this decision can read: it does not hang on how they were evaluated.
fn heard(book: &Book, decision: &Decision) -> BTreeSet<Slot> {
    let acting = decision.chosen.iter().map(|chosen| &chosen.rule);
    let losing = decision.refused.iter().map(|refused| &refused.rule);
    let watching = decision.shadow.iter().map(|shadowed| &shadowed.rule);
    let failing = decision.faults.iter().map(|fault| &fault.rule);
    acting
        .chain(losing)
        .chain(watching)
        .chain(failing)
        .filter_map(|id| book.rule_named(id))
        .flat_map(|(_, rule)| rule.bodies.iter().flat_map(|body| &body.reads))
        .copied()
        .collect()
}

/// What each derived event adds to the facts.
fn triggers(scene: &mut Scene<'_>, occasion: Occasion<'_>, kept: &mut Kept) -> Vec<TriggerLine> {
    let book = scene.book;
    let known = slots(book, occasion.event.kind);
    let mut lines = Vec::with_capacity(occasion.derived.len());
    for (at, event) in (1..).zip(occasion.derived) {
        let kind = book.catalogue.event(event.kind);
        scene.turn(at);
        let mut own = slots(book, event.kind);
        own.retain(|slot| !(is_of_customer(book, *slot) && known.contains(slot)));
        lines.push(TriggerLine {
            id: event.id.clone(),
            ty: kind.map(|kind| kind.name.clone()).unwrap_or_default(),
            facts: kept.facts(scene, own),
        });
    }
    if !lines.is_empty() {
        scene.turn(0);
    }
    lines
}

/// A fact of the customer is the same for every trigger of a step.
pub(crate) fn is_of_customer(book: &Book, slot: Slot) -> bool {
    let spec = book.layout.slot(slot);
    spec.is_some_and(|spec| spec.path.starts_with("customer."))
}

/// The room that facts of a record have.
struct Kept {
    /// What the rules of the decision can read goes first when not all fits.
    first: BTreeSet<Slot>,
    bytes: usize,
    truncated: bool,
    /// The paths of windows that do not tell all there is.
    windows: BTreeSet<String>,
    /// The paths of windows that hold an event which came late.
    corrected: BTreeSet<String>,
}

impl Kept {
    fn new(first: BTreeSet<Slot>) -> Self {
        Self {
            first,
            bytes: 0,
            truncated: false,
            windows: BTreeSet::new(),
            corrected: BTreeSet::new(),
        }
    }

    fn facts(
        &mut self,
        scene: &mut Scene<'_>,
        mut slots: Vec<Slot>,
    ) -> BTreeMap<String, Box<RawValue>> {
        let book = scene.book;
        scene.ensure(&slots);
        slots.sort_by_key(|slot| (!self.first.contains(slot), *slot));
        let mut facts = BTreeMap::new();
        for slot in slots {
            let Some(path) = book.layout.slot(slot).map(|spec| spec.path.clone()) else {
                continue;
            };
            let json = scene.facts.peek(slot).to_json();
            let Ok(raw) = serde_json::value::to_raw_value(&json) else {
                continue;
            };
            // Two quotation marks, a colon and a comma.
            let size = path.len() + raw.get().len() + 4;
            if self.bytes + size > FACTS_BYTES_MAX {
                self.truncated = true;
                continue;
            }
            self.bytes += size;
            if scene.base.is_truncated(slot, scene.facts.peek(slot)) {
                self.windows.insert(path.clone());
            }
            if scene.base.is_corrected(slot) {
                self.corrected.insert(path.clone());
            }
            facts.insert(path, raw);
        }
        facts
    }
}

#[cfg(test)]
mod tests;
