//! What has been scheduled and is not due yet. How much that is, is bounded by how much happens in two
//! days, the longest a story takes.

use super::chance::Chance;
use rules::value::time_text;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A planted fraud that an event is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The number of the incident: all of its events have the same.
    pub incident: u64,
    /// What happens.
    pub story: &'static str,
    /// The rule whose work it is to see it; `None` when the bank has none that looks for it.
    pub rule: Option<&'static str>,
}

/// An event of the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// When it happens, ms.
    pub time: i64,
    /// Its id: unique in this bank.
    pub id: String,
    /// Its type.
    pub kind: &'static str,
    /// Whom it is about.
    pub customer: String,
    /// The event, one line of JSON without its end.
    pub line: String,
    /// The fraud it is part of.
    pub label: Option<Label>,
}

impl Made {
    /// Its label as one line of JSON.
    #[must_use]
    pub fn label_line(&self) -> Option<String> {
        let label = self.label?;
        let rule = label
            .rule
            .map_or_else(|| "null".to_owned(), |rule| format!("\"{rule}\""));
        Some(format!(
            "{{\"event\":\"{}\",\"incident\":{},\"story\":\"{}\",\"rule\":{rule}}}",
            self.id, label.incident, label.story
        ))
    }
}

/// An event without its place in the sequence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Draft {
    pub(super) kind: &'static str,
    pub(super) customer: String,
    /// Its `data`, as JSON.
    pub(super) data: String,
}

/// What is scheduled: when, in which order at one instant, what, and of which fraud.
type Waiting = (i64, u64, Draft, Option<Label>);

/// Where scenes are played.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) chance: Chance,
    /// The fraud that is being told.
    pub(super) label: Option<Label>,
    haste: i64,
    incidents: u64,
    serial: u64,
    due: BinaryHeap<Reverse<Waiting>>,
}

impl Stage {
    pub(super) fn new(chance: Chance, haste: i64) -> Self {
        Self {
            chance,
            label: None,
            haste: haste.max(1),
            incidents: 0,
            serial: 0,
            due: BinaryHeap::new(),
        }
    }

    /// Begins a fraud: what is played until [`Stage::end_fraud`] is part of it.
    pub(super) fn begin_fraud(&mut self, story: &'static str, rule: Option<&'static str>) {
        self.incidents += 1;
        self.label = Some(Label {
            incident: self.incidents,
            story,
            rule,
        });
    }

    /// Ends it.
    pub(super) fn end_fraud(&mut self) {
        self.label = None;
    }

    /// Lets an event happen at a time.
    pub(super) fn play(&mut self, at: i64, customer: &str, kind: &'static str, data: String) {
        self.serial += 1;
        let draft = Draft {
            kind,
            customer: customer.to_owned(),
            data,
        };
        self.due.push(Reverse((at, self.serial, draft, self.label)));
    }

    /// Some time behind `at`: between so many and so many seconds of life.
    pub(super) fn later(&mut self, at: i64, low: i64, high: i64) -> i64 {
        let ms = self.chance.from(low * 1_000, high * 1_000);
        at.saturating_add((ms / self.haste).max(1))
    }

    /// The next event, if it is due at `now`.
    pub(super) fn due(&mut self, now: i64) -> Option<Made> {
        let Reverse((time, ..)) = self.due.peek()?;
        if *time > now {
            return None;
        }
        let Reverse((time, serial, draft, label)) = self.due.pop()?;
        Some(write(time, &format!("s{serial}"), draft, label))
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.due.len()
    }

    /// An event that was never scheduled.
    pub(super) fn made(&mut self, time: i64, draft: Draft) -> Made {
        self.serial += 1;
        write(time, &format!("s{}", self.serial), draft, None)
    }
}

fn write(time: i64, id: &str, draft: Draft, label: Option<Label>) -> Made {
    let line = format!(
        "{{\"id\":\"{id}\",\"type\":\"{}\",\"customer\":\"{}\",\"time\":\"{}\",\
         \"source\":\"synthetic\",\"data\":{}}}",
        draft.kind,
        draft.customer,
        time_text(time),
        draft.data
    );
    Made {
        time,
        id: id.to_owned(),
        kind: draft.kind,
        customer: draft.customer,
        line,
        label,
    }
}

/// Minor units as an amount in major units.
pub(super) fn money(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, (minor % 100).abs())
}
