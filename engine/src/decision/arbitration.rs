//! Arbitrate: candidates to fates. A pure choice; the order in which candidates are given does not
//! matter, and each gets exactly one fate.

use super::candidate::Candidate;
use super::loss::{Fate, Loss, Win};
use super::stages::{Contact, Court, as_contact};
use super::verdict;
use crate::refusal::Refusal;
use rules::book::Book;
use rules::rule::Class;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The context weight of the score: nothing in this catalogue turns it.
const CONTEXT_WEIGHT: f64 = 1.0;

/// Judges all candidates of one decision. The fates stand in the order of the candidates.
pub fn arbitrate(court: &mut Court<'_, '_>, candidates: &[Candidate<'_>]) -> Vec<Fate> {
    let stopped: Vec<Option<Loss>> = candidates.iter().map(|c| court.rule(c.rule)).collect();
    let mut fates = verdict::contest(court, candidates, &stopped);
    let silence = verdict::silence(candidates, &fates);
    let mut lane: Vec<Runner<'_>> = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        if candidate.draft.verb.is_verdict() {
            continue;
        }
        let stop = stopped.get(at).cloned().flatten();
        match contact(court, candidate, stop, silence.as_ref()) {
            Ok(win) => lane.push(Runner { at, candidate, win }),
            Err(loss) => set(&mut fates, at, Fate::Refused(loss)),
        }
    }
    lane.sort_by(better);
    pick(court, lane, &mut fates);
    fates
        .into_iter()
        .map(|fate| fate.unwrap_or(Fate::Refused(Loss::new(Refusal::Outranked))))
        .collect()
}

/// A candidate that passed every stage before arbitration.
struct Runner<'a> {
    at: usize,
    candidate: &'a Candidate<'a>,
    win: Win,
}

fn contact(
    court: &mut Court<'_, '_>,
    candidate: &Candidate<'_>,
    stopped: Option<Loss>,
    silence: Option<&Loss>,
) -> Result<Win, Loss> {
    if let Some(loss) = stopped {
        return Err(loss);
    }
    let class = candidate.rule.header.class;
    if matches!(class, Class::Retention | Class::Commercial) {
        if let Some(loss) = silence {
            return Err(loss.clone());
        }
        if let Some(loss) = court.held() {
            return Err(loss);
        }
    }
    let doors = court.contact(candidate)?;
    let (door, others) = match doors.split_first() {
        Some((door, others)) => (Some(door), others),
        None => (None, doors.as_slice()),
    };
    Ok(Win {
        channel: door.map(|door| door.channel.clone()),
        address: door.and_then(|door| door.address.clone()),
        fallback: others.iter().map(|door| door.channel.clone()).collect(),
        score: score(court.book, candidate, court.event.time),
        reasons: candidate.draft.reasons.clone(),
    })
}

/// Who beats whom, whatever they ask for: lower goes first.
#[must_use]
pub fn precedence(class: Class) -> u8 {
    match class {
        // The money of the customer comes first.
        Class::Fraud => 0,
        // What the bank owes the customer comes before what it wants from them.
        Class::Service => 1,
        // Keeping a customer comes before selling to one.
        Class::Retention => 2,
        Class::Commercial => 3,
        // Profile rules only leave marks.
        Class::Profile => 4,
    }
}

/// Class, then priority or score, then rule id: a total order.
fn better(a: &Runner<'_>, b: &Runner<'_>) -> Ordering {
    let (left, right) = (&a.candidate.rule.header, &b.candidate.rule.header);
    let score = |runner: &Runner<'_>| runner.win.score.unwrap_or(0.0);
    precedence(left.class)
        .cmp(&precedence(right.class))
        .then_with(|| right.priority.cmp(&left.priority))
        .then_with(|| score(b).total_cmp(&score(a)))
        .then_with(|| a.candidate.rule.id.cmp(&b.candidate.rule.id))
        .then_with(|| a.candidate.nth.cmp(&b.candidate.nth))
}

/// propensity × value (major units) × context weight × lever, in this order of multiplication.
/// `None` for what is ordered by priority.
#[must_use]
pub fn score(book: &Book, candidate: &Candidate<'_>, at: i64) -> Option<f64> {
    let header = &candidate.rule.header;
    if !matches!(header.class, Class::Retention | Class::Commercial) {
        return None;
    }
    let offer = candidate.offer;
    let propensity = candidate
        .draft
        .propensity
        .or(offer.map(|offer| offer.propensity))
        .unwrap_or(0.0);
    let value = candidate
        .draft
        .value
        .or(offer.and_then(|offer| offer.value))
        .map_or(0.0, major);
    Some(propensity * value * CONTEXT_WEIGHT * lever(book, candidate, at))
}

fn major(value: rules::money::Money) -> f64 {
    let unit = 10f64.powi(i32::from(value.currency().digits()));
    #[expect(
        clippy::cast_precision_loss,
        reason = "a score is an estimate; amounts beyond 2^53 minor units lose their last digits"
    )]
    value.to_minor().map_or(0.0, |minor| minor as f64 / unit)
}

fn lever(book: &Book, candidate: &Candidate<'_>, at: i64) -> f64 {
    let Some(name) = &candidate.rule.header.lever else {
        return 1.0;
    };
    let lever = book.catalogue.levers.iter().find(|l| l.name == *name);
    lever
        .filter(|lever| lever.valid.is_none_or(|(from, to)| at >= from && at < to))
        .map_or(1.0, |lever| lever.weight)
}

/// Best first, as many per channel as it takes. The channel's own limit is looked at first: losing it
/// to a better candidate is the true cause, and a cap may not have been near at all. Caps are looked
/// at again with what has been picked, so that one free place is given once.
fn pick(court: &mut Court<'_, '_>, lane: Vec<Runner<'_>>, fates: &mut [Option<Fate>]) {
    let mut picked: Vec<Contact> = Vec::new();
    let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Runner { at, candidate, win } in lane {
        let contact = as_contact(candidate, win.channel.as_ref());
        if let Some(channel) = &win.channel {
            let top = court.book.catalogue.channel_named(channel).map_or(1, |c| {
                let asked = court.event.asked_on(channel);
                let placement = asked.and_then(|name| c.placement(name));
                placement.map_or(c.top, |placement| placement.top)
            });
            let winners = taken.entry(channel.to_string()).or_default();
            if winners.len() >= usize::try_from(top).unwrap_or(usize::MAX)
                || picked.contains(&contact)
            {
                let mut loss = Loss::new(Refusal::Outranked);
                if let Some(winner) = winners.last() {
                    loss = loss.by(winner.as_str());
                }
                set(fates, at, Fate::Refused(loss));
                continue;
            }
        }
        if !picked.is_empty()
            && let Some(loss) = court.capped(&contact, &picked)
        {
            set(fates, at, Fate::Refused(loss));
            continue;
        }
        if let Some(channel) = &win.channel {
            let winners = taken.entry(channel.to_string()).or_default();
            winners.push(candidate.rule.id.to_string());
        }
        picked.push(contact);
        set(fates, at, Fate::Chosen(win));
    }
}

/// Puts a fate at its place.
pub(super) fn set(fates: &mut [Option<Fate>], at: usize, fate: Fate) {
    if let Some(place) = fates.get_mut(at) {
        *place = Some(fate);
    }
}
