//! A record decided again.

use crate::decision::occasion::Occasion;
use crate::decision::policy::Policy;
use crate::decision::record::{DecisionRecord, RecordError};
use crate::decision::recorded::Recorded;
use crate::decision::{Decision, decide};
use crate::event::Event;
use crate::scene::Scene;
use crate::tally::Tally;
use rules::book::Book;
use rules::facts::{Facts, Fill};
use rules::finding::Words;
use rules::interpreter::Interpreter;
use rules::layout::Slot;
use rules::value::Value;
use std::collections::BTreeSet;

/// What came of deciding a record again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The same, byte for byte.
    Same,
    /// The record names another book: its rules are not at hand.
    OtherBook {
        /// The book of the record.
        recorded: String,
        /// The book at hand.
        present: String,
    },
    /// Facts did not fit the record, so it cannot be decided again.
    Truncated,
    /// Something else came out.
    Differs {
        /// The first member that differs.
        member: String,
        /// What the record says.
        recorded: String,
        /// What came out.
        repeated: String,
    },
}

impl Repeat {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Same => Words::new(
                "decided again from the record alone: the same, byte for byte",
                "仅凭记录重新决策：逐字节一致",
            ),
            Self::OtherBook { recorded, present } => Words::new(
                format!(
                    "decided by rule book {recorded}; the rule book here is {present}, so it was not decided again"
                ),
                format!("由规则册 {recorded} 决策；当前规则册为 {present}，未重新决策"),
            ),
            Self::Truncated => Words::new(
                "facts did not fit the record, so it was not decided again",
                "记录未能容纳全部事实，未重新决策",
            ),
            Self::Differs {
                member,
                recorded,
                repeated,
            } => Words::new(
                format!(
                    "decided again, `{member}` differs: the record says {recorded}, now it is {repeated}"
                ),
                format!("重新决策后 `{member}` 不一致：记录为 {recorded}，现为 {repeated}"),
            ),
        }
    }
}

/// The facts of each trigger of a record, which knows no more than it holds, and which of its windows did
/// not tell all.
pub(super) struct Remembered {
    known: Vec<Facts>,
    truncated: BTreeSet<Slot>,
    corrected: BTreeSet<Slot>,
}

impl Fill for Remembered {
    fn fill(&mut self, _slot: Slot) -> Value {
        Value::Missing
    }

    fn is_corrected(&self, slot: Slot) -> bool {
        self.corrected.contains(&slot)
    }

    fn is_truncated(&self, slot: Slot, _value: &Value) -> bool {
        self.truncated.contains(&slot)
    }

    fn turn(&mut self, at: usize, facts: &mut Facts) {
        if let Some(known) = self.known.get(at) {
            facts.clone_from(known);
        }
    }
}

/// The parts of a record that a decision is made of.
pub(super) struct Parts {
    pub(super) event: Event,
    pub(super) derived: Vec<Event>,
    pub(super) facts: Facts,
    pub(super) base: Remembered,
    pub(super) policy: Recorded,
}

impl Parts {
    pub(super) fn of(book: &Book, record: &DecisionRecord) -> Result<Self, RecordError> {
        let event = record.event(book)?;
        let derived = record.derived(book, &event)?;
        let facts = record.facts(book, &event)?;
        let mut known = vec![facts.clone()];
        known.extend(record.facts_of_derived(book, &derived)?);
        let named = |paths: &[String]| -> BTreeSet<Slot> {
            let slots = (0u16..).map(Slot).zip(&book.layout.slots);
            let named = slots.filter(|(_, spec)| paths.contains(&spec.path));
            named.map(|(slot, _)| slot).collect()
        };
        let truncated = named(&record.truncated_windows);
        let corrected = named(&record.corrected_windows);
        let policy = Recorded::new(record.answers()?, record.time_zone()?);
        Ok(Self {
            event,
            derived,
            facts,
            base: Remembered {
                known,
                truncated,
                corrected,
            },
            policy,
        })
    }
}

/// Decides a record again and compares.
///
/// # Errors
/// The record cannot be read against this book.
pub fn repeat(
    book: &Book,
    interpreter: &mut Interpreter,
    record: &DecisionRecord,
) -> Result<Repeat, RecordError> {
    if record.book != book.hash {
        return Ok(Repeat::OtherBook {
            recorded: record.book.to_string(),
            present: book.hash.to_string(),
        });
    }
    if record.truncated {
        return Ok(Repeat::Truncated);
    }
    let Parts {
        event,
        derived,
        mut facts,
        mut base,
        mut policy,
    } = Parts::of(book, record)?;
    let occasion = Occasion {
        event: &event,
        derived: &derived,
    };
    let mut scene = Scene {
        book,
        interpreter,
        facts: &mut facts,
        base: &mut base,
    };
    let decided = decide(&mut scene, &mut policy, occasion, &mut Tally::default());
    let decision = match decided {
        Some(decision) => decision,
        None => Decision::nothing(&scene, policy.zone(), &event),
    };
    let again = DecisionRecord::of(&mut scene, occasion, &decision);
    if let Some(question) = policy.unanswered().first() {
        return Ok(Repeat::Differs {
            member: format!("views.{question}"),
            recorded: "nothing".to_owned(),
            repeated: "a question".to_owned(),
        });
    }
    Ok(compare(record, &again))
}

fn compare(record: &DecisionRecord, again: &DecisionRecord) -> Repeat {
    let (old, new) = (record.to_json(), again.to_json());
    if old == new {
        return Repeat::Same;
    }
    let members = |json: &str| -> std::collections::BTreeMap<String, serde_json::Value> {
        serde_json::from_str(json).unwrap_or_default()
    };
    let (mut left, right) = (members(&old), members(&new));
    for (member, new) in right {
        let old = left.remove(&member).unwrap_or_default();
        if old != new {
            return Repeat::Differs {
                member,
                recorded: old.to_string(),
                repeated: new.to_string(),
            };
        }
    }
    Repeat::Differs {
        member: "record".to_owned(),
        recorded: old,
        repeated: new,
    }
}
