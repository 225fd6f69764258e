//! The decision: what is done about one event, and why everything else is not.
//!
//! *Evaluate* asks the rules ([`candidate`]), *arbitrate* chooses ([`arbitration`], [`verdict`],
//! [`stages`]) with the answers of a [`policy`], *enact* turns what was chosen into changes and
//! actions ([`enact`]). A decision is a value; the [`record`] of it is its explanation.

pub mod arbitration;
pub mod candidate;
pub mod enact;
pub mod live;
pub mod loss;
mod marks;
pub mod policy;
pub mod record;
pub mod recorded;
pub mod shared;
pub mod stages;
pub mod verdict;

use crate::event::Event;
use crate::ids;
use crate::refusal::Refusal;
use crate::scene::Scene;
use crate::tally::Tally;
use arbitration::arbitrate;
use candidate::{Candidate, evaluate};
use jiff::tz::TimeZone;
use loss::{Fate, Loss, Win};
use policy::{Answer, Noted, Policy};
use rules::book::RuleIx;
use rules::catalogue::policy::Purpose;
use rules::draft::{Draft, Mark, Verb};
use rules::rule::{Class, Function, Mode};
use rules::value::{EntityKey, Text, Value};
use stages::Court;
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

/// Evaluates the rules of this event and chooses. `None` when no rule had anything to say.
pub fn decide(
    scene: &mut Scene<'_>,
    policy: &mut dyn Policy,
    event: &Event,
    tally: &mut Tally,
) -> Option<Decision> {
    let book = scene.book;
    let mut heard = Heard::default();
    for ix in book.rules_on(event.kind) {
        heard.hear(scene, *ix, tally);
    }
    if heard.is_silent() {
        return None;
    }
    let mut noted = Noted::new(policy);
    let mut court = Court {
        book,
        event,
        policy: &mut noted,
    };
    let fates = arbitrate(&mut court, &heard.live);
    let shadow = shadow(&mut court, &heard);
    let in_force: Vec<RuleIx> = heard
        .fired
        .iter()
        .copied()
        .filter(|ix| {
            book.rule(*ix)
                .is_some_and(|rule| court.rule(rule).is_none())
        })
        .collect();
    let marks = marks::gather(scene, &in_force, &mut heard.faults);
    if !heard.has_outcome() && marks.is_empty() {
        return None;
    }
    let mut decision = Decision {
        refused: heard.errors(),
        shadow,
        marks,
        language: language(scene),
        faults: heard.faults,
        ..Decision::nothing(scene, noted.zone(), event)
    };
    decision.views = noted.into_views();
    for (candidate, fate) in heard.live.into_iter().zip(fates) {
        decision.settle(scene, event, candidate, fate);
    }
    decision.count(scene, tally);
    Some(decision)
}

/// What the rules said.
#[derive(Default)]
struct Heard<'a> {
    live: Vec<Candidate<'a>>,
    /// One list per rule that only watches.
    shadow: Vec<Vec<Candidate<'a>>>,
    fired: Vec<RuleIx>,
    faults: Vec<Fault>,
}

impl<'a> Heard<'a> {
    fn hear(&mut self, scene: &mut Scene<'a>, ix: RuleIx, tally: &mut Tally) {
        let book = scene.book;
        let Some(mode) = book.rule(ix).map(|rule| rule.header.mode) else {
            return;
        };
        match mode {
            Mode::Off => {}
            Mode::Live => {
                let given = evaluate(scene, ix, tally);
                self.live.extend(given.candidates);
                self.faults.extend(given.faults);
                self.fired.extend(given.fired.then_some(ix));
            }
            Mode::Shadow => {
                let given = evaluate(scene, ix, tally);
                self.faults.extend(given.faults);
                if !given.candidates.is_empty() {
                    self.shadow.push(given.candidates);
                }
            }
        }
    }

    fn is_silent(&self) -> bool {
        self.fired.is_empty() && !self.has_outcome()
    }

    fn has_outcome(&self) -> bool {
        !(self.live.is_empty() && self.shadow.is_empty() && self.faults.is_empty())
    }

    /// The own candidate of a rule that could not be evaluated: nobody knows what it would have been.
    fn errors(&self) -> Vec<Refused> {
        self.faults
            .iter()
            .filter(|fault| !fault.shadow && fault.function != Function::Always)
            .map(|fault| Refused {
                rule: fault.rule.clone(),
                verb: None,
                id: None,
                subject: None,
                loss: Loss::new(Refusal::RuleError),
            })
            .collect()
    }
}

/// Rules that only watch are judged after the live choice, on the same facts, each as if it alone
/// were live beside the others.
fn shadow(court: &mut Court<'_, '_>, heard: &Heard<'_>) -> Vec<Shadowed> {
    let mut shadowed = Vec::new();
    for watching in &heard.shadow {
        let all: Vec<Candidate<'_>> = heard.live.iter().chain(watching).cloned().collect();
        let fates = arbitrate(court, &all);
        let would = fates.into_iter().skip(heard.live.len());
        for (candidate, would) in watching.iter().zip(would) {
            shadowed.push(Shadowed {
                rule: candidate.rule.id.clone(),
                verb: candidate.draft.verb,
                id: candidate.draft.id.clone(),
                subject: candidate.draft.subject.clone(),
                would,
            });
        }
    }
    shadowed
}

/// The customer's language is a tag of that name, where the bank declares one.
fn language(scene: &mut Scene<'_>) -> Option<Text> {
    let slot = *scene.book.layout.customer.get("language")?;
    scene.ensure(&[slot]);
    match scene.facts.peek(slot) {
        Value::Text(language) => Some(language.clone()),
        _ => None,
    }
}

impl Decision {
    fn settle(&mut self, scene: &Scene<'_>, event: &Event, candidate: Candidate<'_>, fate: Fate) {
        match fate {
            Fate::Chosen(win) => {
                let chosen = self.choose(scene, event, candidate, win);
                self.chosen.push(chosen);
            }
            Fate::Refused(loss) => self.refused.push(Refused {
                rule: candidate.rule.id.clone(),
                verb: Some(candidate.draft.verb),
                id: candidate.draft.id,
                subject: candidate.draft.subject,
                loss,
            }),
        }
    }

    fn choose(
        &self,
        scene: &Scene<'_>,
        event: &Event,
        candidate: Candidate<'_>,
        win: Win,
    ) -> Chosen {
        let rule = candidate.rule;
        let what = candidate
            .draft
            .id
            .clone()
            .unwrap_or_else(|| candidate.draft.verb.name().into());
        let whither = match (&win.channel, &candidate.draft.subject) {
            (Some(channel), _) => channel.to_string(),
            (None, Some(key)) => entity_text(scene, key),
            (None, None) => candidate.draft.team.clone().unwrap_or_default().to_string(),
        };
        let action_id = ids::action_id(&self.id, &rule.id, &what, &whither);
        let riders = (0u32..)
            .zip(candidate.riders.clone())
            .map(|(nth, draft)| Rider {
                action_id: ids::action_id(
                    &action_id,
                    &rule.id,
                    draft.verb.name(),
                    &format!("{nth} {}", draft.id.clone().unwrap_or_default()),
                ),
                draft,
            })
            .collect();
        let expires = expires(scene, event, &candidate);
        Chosen {
            action_id,
            rule: rule.id.clone(),
            ix: candidate.ix,
            class: rule.header.class,
            group: candidate.group().cloned(),
            purpose: candidate.purpose(),
            draft: Draft {
                reasons: win.reasons,
                ..candidate.draft
            },
            channel: win.channel,
            address: win.address,
            fallback: win.fallback,
            expires,
            score: win.score,
            by_error: candidate.by_error,
            riders,
        }
    }

    fn count(&self, scene: &Scene<'_>, tally: &mut Tally) {
        for chosen in &self.chosen {
            tally.chosen(chosen.ix);
        }
        for refused in &self.refused {
            if let Some((ix, _)) = scene.book.rule_named(&refused.rule) {
                tally.refused(ix, refused.loss.code);
            }
        }
        for shadowed in &self.shadow {
            if let Some((ix, _)) = scene.book.rule_named(&shadowed.rule) {
                tally.refused(ix, Refusal::ShadowOnly);
            }
        }
    }
}

/// A hold or block stands as long as its author says, else until it is released.
fn expires(scene: &Scene<'_>, event: &Event, candidate: &Candidate<'_>) -> Option<i64> {
    let draft = &candidate.draft;
    let over = match draft.verb {
        Verb::Hold | Verb::Block => draft.lasts?,
        Verb::StepUp => {
            let methods = &scene.book.catalogue.methods;
            let method = methods.iter().find(|m| Some(&m.name) == draft.id.as_ref());
            draft
                .expires
                .or(method.and_then(|method| method.expires))
                .unwrap_or(STANDS)
        }
        Verb::Allow | Verb::Offer | Verb::Retain | Verb::Serve | Verb::Notify | Verb::Trigger => {
            draft
                .expires
                .or(candidate.offer.and_then(|offer| offer.expires))
                .unwrap_or(STANDS)
        }
    };
    Some(event.time.saturating_add(over))
}

/// `card:K1`
fn entity_text(scene: &Scene<'_>, key: &EntityKey) -> String {
    let kind = scene.book.catalogue.entity(key.kind);
    format!(
        "{}:{}",
        kind.map_or("entity", |kind| kind.name.as_str()),
        key.id
    )
}

#[cfg(test)]
pub(crate) mod tests;
