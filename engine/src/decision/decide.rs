//! Decide: the rules of one event are heard, their candidates judged, and what was chosen is written up.

use super::arbitration::arbitrate;
use super::candidate::{Asked, Candidate, evaluate};
use super::loss::{Fate, Loss, Win};
use super::occasion::Occasion;
use super::policy::{Noted, Policy};
use super::stages::Court;
use super::{Chosen, Decision, Fault, Refused, Rider, STANDS, Shadowed, marks};
use crate::event::Event;
use crate::ids;
use crate::refusal::Refusal;
use crate::scene::Scene;
use crate::tally::{Depth, Tally};
use rules::book::RuleIx;
use rules::draft::{Draft, Verb};
use rules::rule::{Function, Mode};
use rules::value::{EntityKey, Text, Value};

/// Evaluates the rules of this occasion and chooses. `None` when no rule had anything to say. The
/// scene stands at the event itself, before and behind it.
pub fn decide(
    scene: &mut Scene<'_>,
    policy: &mut dyn Policy,
    occasion: Occasion<'_>,
    tally: &mut Tally,
) -> Option<Decision> {
    let (book, event) = (scene.book, occasion.event);
    let mut noted = Noted::new(policy);
    let mut heard = listen(scene, &mut noted, occasion, tally);
    if heard.is_silent() {
        return None;
    }
    let mut court = Court {
        book,
        event,
        policy: &mut noted,
    };
    let fates = arbitrate(&mut court, &heard.live);
    let shadow = shadow(&mut court, &heard);
    let mut in_force = heard.fired.clone();
    in_force.retain(|fired| {
        let rule = book.rule(fired.ix);
        rule.is_some_and(|rule| court.rule(rule).is_none())
    });
    let marks = marks::gather(scene, in_force, &mut heard.faults);
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

/// Hears the rules of every trigger, each on facts of its own.
fn listen<'a>(
    scene: &mut Scene<'a>,
    noted: &mut Noted<'_>,
    occasion: Occasion<'_>,
    tally: &mut Tally,
) -> Heard<'a> {
    let book = scene.book;
    let mut heard = Heard::default();
    let mut found = std::mem::take(&mut scene.interpreter.survivors);
    for (at, kind) in occasion.kinds() {
        if at > 0 {
            scene.turn(at);
            heard.at = at;
        }
        // Why a rule was false is counted operand by operand, and then every rule must be asked.
        if tally.depth == Depth::Whole && scene.candidates(kind, &mut found) {
            tally.found(kind, &found.rules);
            for ix in &found.rules {
                heard.hear(scene, noted, *ix, Asked::Rest, tally);
            }
        } else {
            for ix in book.rules_on(kind) {
                heard.hear(scene, noted, *ix, Asked::Whole, tally);
            }
        }
    }
    if heard.at > 0 {
        scene.turn(0);
    }
    scene.interpreter.survivors = found;
    heard
}

/// A rule whose condition was true, and the trigger it was true of.
#[derive(Clone, Copy)]
pub(super) struct Fired {
    pub(super) ix: RuleIx,
    pub(super) at: usize,
}

/// What the rules said.
#[derive(Default)]
struct Heard<'a> {
    live: Vec<Candidate<'a>>,
    /// One list per rule that only watches.
    shadow: Vec<Vec<Candidate<'a>>>,
    fired: Vec<Fired>,
    faults: Vec<Fault>,
    /// The trigger that is being heard.
    at: usize,
    /// Rules that had something to say.
    spoke: Vec<RuleIx>,
}

impl<'a> Heard<'a> {
    /// A live rule that has something to say and reads a cold window only watches, unless it says
    /// otherwise. A rule on several triggers has its say once, on the first of which it is true.
    fn hear(
        &mut self,
        scene: &mut Scene<'a>,
        noted: &mut Noted<'_>,
        ix: RuleIx,
        asked: Asked,
        tally: &mut Tally,
    ) {
        let book = scene.book;
        let Some(rule) = book.rule(ix).filter(|rule| rule.header.mode != Mode::Off) else {
            return;
        };
        if self.at > 0 && self.spoke.contains(&ix) {
            return;
        }
        let mut given = evaluate(scene, ix, asked, tally);
        if given.is_silent() {
            return;
        }
        self.spoke.push(ix);
        let cold = noted.is_cold(&rule.windows) && !rule.header.cold_live;
        if rule.header.mode == Mode::Live && !cold {
            self.live.extend(given.candidates);
            self.faults.extend(given.faults);
            let fired = Fired { ix, at: self.at };
            self.fired.extend(given.fired.then_some(fired));
            return;
        }
        given
            .faults
            .iter_mut()
            .for_each(|fault| fault.shadow = true);
        self.faults.extend(given.faults);
        if !given.candidates.is_empty() {
            self.shadow.push(given.candidates);
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
            placement: (win.channel.as_ref())
                .and_then(|channel| event.asked_on(channel))
                .cloned(),
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
        // A rule that asks for two verdicts at once acted once.
        for (at, chosen) in self.chosen.iter().enumerate() {
            let mut before = self.chosen.iter().take(at);
            if before.all(|other| other.ix != chosen.ix) {
                tally.chosen(chosen.ix);
            }
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
