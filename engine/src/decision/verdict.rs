//! Verdicts against each other. The strictest asked for wins; an operator's override may lift it,
//! never a final block. One contest per subject: a blocked terminal and a declined payment are two
//! matters.

use super::arbitration::set;
use super::candidate::Candidate;
use super::loss::{Fate, Loss, Win};
use super::stages::Court;
use crate::refusal::Refusal;
use rules::catalogue::policy::Override;
use rules::draft::{Draft, Verb};
use rules::value::{EntityKey, Text};
use std::collections::BTreeMap;

/// How strict a verdict is.
#[must_use]
pub fn strictness(verb: Verb) -> u8 {
    match verb {
        Verb::Block => 4,
        Verb::Hold => 3,
        Verb::StepUp => 2,
        Verb::Allow => 1,
        Verb::Offer | Verb::Retain | Verb::Serve | Verb::Notify | Verb::Trigger => 0,
    }
}

/// The fates of all verdicts; other candidates have none yet.
pub fn contest(
    court: &mut Court<'_, '_>,
    candidates: &[Candidate<'_>],
    stopped: &[Option<Loss>],
) -> Vec<Option<Fate>> {
    let mut fates: Vec<Option<Fate>> = vec![None; candidates.len()];
    let mut matters: BTreeMap<Option<&EntityKey>, Vec<Contender<'_>>> = BTreeMap::new();
    for (at, (candidate, stop)) in candidates.iter().zip(stopped).enumerate() {
        if !candidate.draft.verb.is_verdict() {
            continue;
        }
        if let Some(loss) = stop {
            set(&mut fates, at, Fate::Refused(loss.clone()));
            continue;
        }
        let later = court.verdict(candidate);
        matters
            .entry(candidate.draft.subject.as_ref())
            .or_default()
            .push(Contender {
                at,
                candidate,
                later,
            });
    }
    let pardon = Pardon::of(court, !matters.is_empty());
    for (_, mut contenders) in matters {
        contenders.sort_by(|a, b| a.rank().cmp(&b.rank()));
        settle(&pardon, &contenders, &mut fates);
    }
    fates
}

/// A verdict that its rule may ask for.
struct Contender<'a> {
    at: usize,
    candidate: &'a Candidate<'a>,
    /// What a later stage says against it. Such a verdict wins nothing and silences nobody.
    later: Option<Loss>,
}

impl Contender<'_> {
    /// Strictest first, then priority, then rule id.
    fn rank(&self) -> (u8, u16, &Text, usize) {
        (
            u8::MAX - strictness(self.candidate.draft.verb),
            u16::MAX - self.candidate.rule.header.priority,
            &self.candidate.rule.id,
            self.candidate.nth,
        )
    }
}

/// What an operator lifts for this customer: nothing, unless the customer stands on the list.
struct Pardon<'a> {
    rule: Option<&'a Override>,
}

impl<'a> Pardon<'a> {
    fn of(court: &mut Court<'a, '_>, asked: bool) -> Self {
        let rule = court.book.catalogue.overrides.as_ref();
        Self {
            rule: rule.filter(|_| asked && court.overriding()),
        }
    }

    fn lifts(&self, draft: &Draft) -> bool {
        !draft.last
            && self
                .rule
                .is_some_and(|rule| rule.lifts.contains(&draft.verb))
    }
}

fn settle(pardon: &Pardon<'_>, contenders: &[Contender<'_>], fates: &mut [Option<Fate>]) {
    let lifted = |c: &Contender<'_>| pardon.lifts(&c.candidate.draft);
    let list = pardon.rule.map(|rule| &rule.list);
    let winner = contenders
        .iter()
        .find(|c| c.later.is_none() && !lifted(c))
        .map(|c| (c.at, c.candidate));
    for contender in contenders {
        let mine = contender.candidate.draft.verb;
        let loss = match winner {
            Some((at, winner)) if at == contender.at => {
                let win = Win {
                    reasons: reasons(contenders, winner.draft.verb, pardon),
                    ..Win::default()
                };
                set(fates, at, Fate::Chosen(win));
                continue;
            }
            Some((_, winner)) if strictness(mine) < strictness(winner.draft.verb) => {
                Loss::new(Refusal::StricterVerdict).by(winner.rule.id.clone())
            }
            Some((_, winner)) if contender.later.is_none() && !lifted(contender) => {
                Loss::new(Refusal::Outranked).by(winner.rule.id.clone())
            }
            _ if lifted(contender) => {
                let by = list.map(|list| format!("list.{list}")).unwrap_or_default();
                Loss::new(Refusal::Overridden).by(by)
            }
            _ => contender
                .later
                .clone()
                .unwrap_or(Loss::new(Refusal::Outranked)),
        };
        set(fates, contender.at, Fate::Refused(loss));
    }
}

/// The reasons of everyone who asked for the winning verdict and could have had it, the winner's first.
fn reasons(contenders: &[Contender<'_>], verb: Verb, pardon: &Pardon<'_>) -> Vec<Text> {
    let mut reasons: Vec<Text> = Vec::new();
    for contender in contenders {
        let draft = &contender.candidate.draft;
        let asked = draft.verb == verb && contender.later.is_none();
        if !asked || pardon.lifts(draft) {
            continue;
        }
        for reason in &draft.reasons {
            if !reasons.contains(reason) {
                reasons.push(reason.clone());
            }
        }
    }
    reasons
}

/// A hold or block that wins silences what sells and keeps, in the same decision.
pub fn silence(candidates: &[Candidate<'_>], fates: &[Option<Fate>]) -> Option<Loss> {
    candidates
        .iter()
        .zip(fates)
        .filter(|(candidate, fate)| {
            matches!(candidate.draft.verb, Verb::Hold | Verb::Block)
                && matches!(fate, Some(Fate::Chosen(_)))
        })
        .map(|(candidate, _)| &candidate.rule.id)
        .min()
        .map(|rule| Loss::new(Refusal::SuppressedFraudHold).by(rule.clone()))
}
