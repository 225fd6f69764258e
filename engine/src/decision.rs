//! The decision: what is done about one event, and why everything else is not.
//!
//! *Evaluate* asks the rules ([`candidate`]), *arbitrate* chooses ([`arbitration`], [`verdict`],
//! [`stages`]) with the answers of a [`policy`], *enact* turns what was chosen into changes and
//! actions ([`enact`]). A decision is a value; the [`record`] of it is its explanation.

pub mod arbitration;
pub mod candidate;
mod decide;
pub mod enact;
pub mod live;
pub mod loss;
mod marks;
pub mod occasion;
pub mod policy;
pub mod record;
pub mod recorded;
pub mod rounds;
pub mod shared;
pub mod stages;
mod switched;
pub mod verdict;

pub use decide::decide;

use crate::event::Event;
use crate::ids;
use crate::scene::Scene;
use jiff::tz::TimeZone;
use loss::{Fate, Loss};
use policy::Answer;
use rules::book::RuleIx;
use rules::catalogue::policy::Purpose;
use rules::draft::{Draft, Mark, Verb};
use rules::rule::{Class, Function};
use rules::value::{EntityKey, Text};
use std::collections::BTreeMap;

/// An action stands so long when nobody says otherwise, ms: 24 hours.
const STANDS: i64 = 86_400_000;

/// What is done about one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Its id: the same event decided again is the same decision.
    pub id: Text,
    /// The event type that triggered it.
    pub trigger: Text,
    /// What was chosen, in rule order.
    pub chosen: Vec<Chosen>,
    /// Every live candidate that lost, each with one code.
    pub refused: Vec<Refused>,
    /// What rules that only watch would have done.
    pub shadow: Vec<Shadowed>,
    /// What is left behind, win or lose.
    pub marks: Vec<Marked>,
    /// Rules that could not be evaluated.
    pub faults: Vec<Fault>,
    /// What the policy was asked, and what it answered.
    pub views: BTreeMap<String, Answer>,
    /// The customer's zone.
    pub zone: TimeZone,
    /// The customer's language, where a tag says it.
    pub language: Option<Text>,
    /// The event came after a newer one of its customer was decided.
    pub late: bool,
}

impl Decision {
    /// The decision that nothing is to be done: for who asks, and must be answered.
    #[must_use]
    pub fn nothing(scene: &Scene<'_>, zone: &TimeZone, event: &Event) -> Self {
        let kind = scene.book.catalogue.event(event.kind);
        let trigger = kind.map(|kind| kind.name.clone()).unwrap_or_default();
        Self {
            id: ids::decision_id(&event.customer, &event.source, &event.id, &trigger),
            trigger,
            chosen: Vec::new(),
            refused: Vec::new(),
            shadow: Vec::new(),
            marks: Vec::new(),
            faults: Vec::new(),
            views: BTreeMap::new(),
            zone: zone.clone(),
            language: None,
            late: event.late,
        }
    }

    /// True when there was at least one candidate: such a decision is recorded.
    #[must_use]
    pub fn has_candidates(&self) -> bool {
        !(self.chosen.is_empty() && self.refused.is_empty() && self.shadow.is_empty())
    }
}

/// A chosen action.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Its id.
    pub action_id: Text,
    /// The rule.
    pub rule: Text,
    /// The rule's place.
    pub ix: RuleIx,
    /// The rule's class.
    pub class: Class,
    /// What is asked for; the reasons are those of all rules that asked for it.
    pub draft: Draft,
    /// The offer's group.
    pub group: Option<Text>,
    /// What the customer is contacted for.
    pub purpose: Option<Purpose>,
    /// Its channel.
    pub channel: Option<Text>,
    /// The place on it that was asked for.
    pub placement: Option<Text>,
    /// The customer's address there.
    pub address: Option<Text>,
    /// The other channels that would have done, in order.
    pub fallback: Vec<Text>,
    /// Until when it stands, ms; `None`: until it is released.
    pub expires: Option<i64>,
    /// Its score, where it was ordered by score.
    pub score: Option<f64>,
    /// Asked for by `on_error`.
    pub by_error: bool,
    /// What happens with it.
    pub riders: Vec<Rider>,
}

/// What rides with a chosen action.
#[derive(Clone, Debug, PartialEq)]
pub struct Rider {
    /// Its id.
    pub action_id: Text,
    /// `notify` or `trigger`.
    pub draft: Draft,
}

/// A candidate that lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The rule.
    pub rule: Text,
    /// What it asked for; `None` when the rule could not be evaluated.
    pub verb: Option<Verb>,
    /// The offer or method it named.
    pub id: Option<Text>,
    /// The entity it was for.
    pub subject: Option<EntityKey>,
    /// Why.
    pub loss: Loss,
}

/// What a rule that only watches would have done. It has no way to be enacted.
#[derive(Clone, Debug, PartialEq)]
pub struct Shadowed {
    /// The rule.
    pub rule: Text,
    /// What it asked for.
    pub verb: Verb,
    /// The offer or method it named.
    pub id: Option<Text>,
    /// The entity it was for.
    pub subject: Option<EntityKey>,
    /// What would have become of it beside the live rules.
    pub would: Fate,
}

/// A mark and who leaves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The rule.
    pub rule: Text,
    /// The mark.
    pub mark: Mark,
}

/// A rule that could not be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The rule.
    pub rule: Text,
    /// Which of its functions.
    pub function: Function,
    /// What went wrong, in the author's words.
    pub message: String,
    /// The line, 0 when it is not known.
    pub line: u32,
    /// The rule only watches.
    pub shadow: bool,
}

#[cfg(test)]
pub(crate) mod tests;
