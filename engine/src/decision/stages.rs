//! The stages a candidate passes alone: rule, fit, consent, contact policy, budget, rollout.
//!
//! A candidate leaves at the first stage that refuses it. Some stages refuse the candidate as a
//! whole, some narrow its channels; a stage that narrows the last channel away refuses, with the
//! cause that met the most preferred of the channels that had come so far.

use super::candidate::{Candidate, Door};
use super::loss::Loss;
use super::policy::{Agreement, Answer, Noted, Question};
use crate::contacts::silences;
use crate::event::Event;
use crate::ids;
use crate::refusal::Refusal;
use rules::book::Book;
use rules::catalogue::policy::{Cap, CapScope, Purpose, SuppressCause, SuppressScope, Suppression};
use rules::rule::{Class, Rule};
use rules::value::Text;

/// Where candidates are judged: the book, the event, and whoever answers for the policy.
pub struct Court<'a, 'p> {
    /// The book in force.
    pub book: &'a Book,
    /// The event.
    pub event: &'a Event,
    /// Who answers.
    pub policy: &'a mut Noted<'p>,
}

/// What a candidate that passed is counted as, by the caps.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Its class.
    pub class: Class,
    /// Its offer.
    pub offer: Text,
    /// Its group.
    pub group: Option<Text>,
    /// Its channel.
    pub channel: Option<Text>,
}

impl Court<'_, '_> {
    /// Stage *rule*: may the rule act at all.
    pub fn rule(&mut self, rule: &Rule) -> Option<Loss> {
        let header = &rule.header;
        if self.book.catalogue.classes_off.contains(&header.class) {
            return Some(
                Loss::new(Refusal::RulePaused).by(format!("class.{}", header.class.name())),
            );
        }
        if let Some(loss) = self.turned_off(rule) {
            return Some(loss);
        }
        if header.brake.is_some() {
            let rule = rule.id.clone();
            if let Answer::Closed { until, .. } = self.policy.ask(&Question::Braked { rule }) {
                return Some(Loss::new(Refusal::RuleBraked).until(until));
            }
        }
        match header.valid {
            Some((from, to)) if self.event.time < from || self.event.time >= to => {
                Some(Loss::new(Refusal::OutOfValidity))
            }
            _ => None,
        }
    }

    /// Stage *verdict*, for what sells and keeps: is a hold or block of this customer in force.
    pub fn held(&mut self) -> Option<Loss> {
        match self.policy.ask(&Question::Hold) {
            Answer::Closed { until, by } => Some(Loss {
                code: Refusal::SuppressedFraudHold,
                by,
                until,
            }),
            _ => None,
        }
    }

    /// True when the customer stands on the override list.
    pub fn overriding(&mut self) -> bool {
        let Some(rule) = &self.book.catalogue.overrides else {
            return false;
        };
        let list = rule.list.clone();
        self.policy.ask(&Question::Listed { list }) != Answer::Free
    }

    /// The stages of a verdict that do not look at other verdicts.
    pub fn verdict(&mut self, candidate: &Candidate<'_>) -> Option<Loss> {
        fit(candidate)
            .or_else(|| self.cooldown(candidate))
            .or_else(|| self.rollout(candidate))
    }

    /// The stages of a contact after *verdict*. Gives the doors it may leave by, best first; none when
    /// it goes to a team and needs no channel.
    ///
    /// # Errors
    /// The loss, when a stage refuses it.
    pub fn contact<'c>(&mut self, candidate: &'c Candidate<'_>) -> Result<Vec<&'c Door>, Loss> {
        if let Some(loss) = fit(candidate) {
            return Err(loss);
        }
        let doors: Vec<&Door> = candidate.doors.iter().collect();
        let doors = self.consent(candidate, doors)?;
        let doors = self.contact_policy(candidate, doors)?;
        if let Some(loss) = self.budget(candidate).or_else(|| self.rollout(candidate)) {
            return Err(loss);
        }
        Ok(doors)
    }

    /// Marketing needs the customer's agreement, channel by channel.
    fn consent<'c>(
        &mut self,
        candidate: &Candidate<'_>,
        doors: Vec<&'c Door>,
    ) -> Result<Vec<&'c Door>, Loss> {
        let Some(purpose @ Purpose::Marketing) = candidate.purpose() else {
            return Ok(doors);
        };
        narrow(doors, |door| {
            let channel = door.channel.clone();
            match self.policy.ask(&Question::Consent { purpose, channel }) {
                Answer::Agreed(Agreement::Given) => None,
                Answer::Agreed(Agreement::Withdrawn) => Some(Loss::new(Refusal::OptedOut)),
                _ => Some(Loss::new(Refusal::NoConsent)),
            }
            .map(|loss| loss.by(format!("channel.{}", door.channel)))
        })
    }

    fn contact_policy<'c>(
        &mut self,
        candidate: &Candidate<'_>,
        doors: Vec<&'c Door>,
    ) -> Result<Vec<&'c Door>, Loss> {
        if let Some(loss) = self.suppressed(candidate) {
            return Err(loss);
        }
        let class = candidate.rule.header.class;
        let doors = narrow(doors, |door| self.channel_suppressed(class, &door.channel))?;
        if let Some(loss) = self.cooldown(candidate) {
            return Err(loss);
        }
        let mut contact = as_contact(candidate, None);
        if let Some(loss) = self.capped(&contact, &[]) {
            return Err(loss);
        }
        let doors = narrow(doors, |door| {
            contact.channel = Some(door.channel.clone());
            self.capped(&contact, &[])
        })?;
        let doors = narrow(doors, |door| self.quiet(&door.channel))?;
        let doors = narrow(doors, |door| {
            (!door.open)
                .then(|| Loss::new(Refusal::NoChannel).by(format!("channel.{}", door.channel)))
        })?;
        let goes_to_team = candidate.draft.team.is_some() && candidate.doors.is_empty();
        if doors.is_empty() && !goes_to_team {
            return Err(Loss::new(Refusal::NoChannel));
        }
        Ok(doors)
    }

    /// Suppressions of the class, the offer or its group, in the order of their codes.
    fn suppressed(&mut self, candidate: &Candidate<'_>) -> Option<Loss> {
        let mut found: Vec<Loss> = Vec::new();
        let book = self.book;
        for suppression in &book.catalogue.suppressions {
            let scope = match suppression.scope {
                SuppressScope::Class => None,
                SuppressScope::Offer => candidate.offer.map(|offer| offer.name.clone()),
                SuppressScope::Group => candidate.group().cloned(),
                SuppressScope::Channel => None,
            };
            if scope.is_none() && suppression.scope != SuppressScope::Class {
                continue;
            }
            found.extend(self.in_force(suppression, candidate.rule.header.class, scope));
        }
        found.into_iter().min_by_key(|loss| loss.code)
    }

    fn channel_suppressed(&mut self, class: Class, channel: &Text) -> Option<Loss> {
        let book = self.book;
        let mut found: Vec<Loss> = Vec::new();
        for suppression in &book.catalogue.suppressions {
            if suppression.scope == SuppressScope::Channel {
                found.extend(self.in_force(suppression, class, Some(channel.clone())));
            }
        }
        found.into_iter().min_by_key(|loss| loss.code)
    }

    fn in_force(
        &mut self,
        suppression: &Suppression,
        class: Class,
        scope: Option<Text>,
    ) -> Option<Loss> {
        if !silences(suppression, class) {
            return None;
        }
        let question = Question::Suppressed {
            name: suppression.name.clone(),
            scope,
        };
        match self.policy.ask(&question) {
            Answer::Closed { until, .. } => Some(
                Loss::new(suppression_code(self.book, suppression))
                    .by(format!("policy.{}", suppression.name))
                    .until(until),
            ),
            _ => None,
        }
    }

    /// A cool-down per entity holds for actions on an entity of that kind only: the payment beside a
    /// blocked terminal is still declined.
    fn cooldown(&mut self, candidate: &Candidate<'_>) -> Option<Loss> {
        let cooldown = candidate.rule.header.cooldown?;
        let subject = match cooldown.per {
            None => None,
            Some(kind) => Some(
                candidate
                    .draft
                    .subject
                    .clone()
                    .filter(|subject| subject.kind == kind)?,
            ),
        };
        let question = Question::Cooling {
            rule: candidate.rule.id.clone(),
            subject,
            over: cooldown.over,
        };
        match self.policy.ask(&question) {
            Answer::Closed { until, .. } => {
                Some(Loss::new(Refusal::SuppressedCooldown).until(until))
            }
            _ => None,
        }
    }

    /// The first cap, in declared order, that has no room for this contact beside what this decision
    /// has picked already. Without a channel only caps that do not count channels are asked; with one,
    /// only those that do, so that each cap is asked once on the way.
    pub fn capped(&mut self, contact: &Contact, picked: &[Contact]) -> Option<Loss> {
        let book = self.book;
        for cap in &book.catalogue.caps {
            let by_channel = matches!(cap.count, CapScope::Channel(_));
            if by_channel != contact.channel.is_some() && picked.is_empty() {
                continue;
            }
            if let Some(loss) = self.cap(cap, contact, picked) {
                return Some(loss);
            }
        }
        None
    }

    fn cap(&mut self, cap: &Cap, contact: &Contact, picked: &[Contact]) -> Option<Loss> {
        if !counts(cap, contact) {
            return None;
        }
        let per_offer = cap.count == CapScope::Offer;
        let beside = picked
            .iter()
            .filter(|other| counts(cap, other) && (!per_offer || other.offer == contact.offer))
            .count();
        let question = Question::Used {
            cap: cap.name.clone(),
            offer: per_offer.then(|| contact.offer.clone()),
        };
        let Answer::Used { count, room } = self.policy.ask(&question) else {
            return None;
        };
        let used = count.saturating_add(u32::try_from(beside).unwrap_or(u32::MAX));
        (used >= cap.max).then(|| {
            Loss::new(Refusal::SuppressedContactLimit)
                .by(format!("policy.{}", cap.name))
                .until(room)
        })
    }

    fn quiet(&mut self, channel: &Text) -> Option<Loss> {
        self.book.catalogue.channel_named(channel)?.quiet?;
        let question = Question::Quiet {
            channel: channel.clone(),
        };
        match self.policy.ask(&question) {
            Answer::Closed { until, .. } => Some(
                Loss::new(Refusal::SuppressedQuietHours)
                    .by(format!("channel.{channel}"))
                    .until(until),
            ),
            _ => None,
        }
    }

    fn budget(&self, candidate: &Candidate<'_>) -> Option<Loss> {
        let offer = candidate.offer?;
        let (from, to) = offer.valid?;
        (self.event.time < from || self.event.time >= to)
            .then(|| Loss::new(Refusal::OfferExpired).by(format!("offer.{}", offer.name)))
    }

    /// The share is a stable hash of customer and rule: who is in at 10 % is in at 25 %.
    fn rollout(&self, candidate: &Candidate<'_>) -> Option<Loss> {
        let percent = candidate.rule.header.rollout?;
        let place = ids::number(&["rollout", &self.event.customer, &candidate.rule.id]) % 100;
        (place >= u64::from(percent)).then(|| Loss::new(Refusal::NotInRollout))
    }
}

fn fit(candidate: &Candidate<'_>) -> Option<Loss> {
    let (code, by) = candidate.unfit.clone()?;
    Some(Loss {
        code,
        by,
        until: None,
    })
}

/// What the caps count a candidate as.
#[must_use]
pub fn as_contact(candidate: &Candidate<'_>, channel: Option<&Text>) -> Contact {
    Contact {
        class: candidate.rule.header.class,
        offer: candidate.draft.id.clone().unwrap_or_default(),
        group: candidate.group().cloned(),
        channel: channel.cloned(),
    }
}

/// True when the cap counts such a contact.
#[must_use]
pub fn counts(cap: &Cap, contact: &Contact) -> bool {
    match &cap.count {
        CapScope::All | CapScope::Offer => true,
        CapScope::Group(group) => contact.group.as_ref() == Some(group),
        CapScope::Channel(channel) => contact.channel.as_ref() == Some(channel),
        CapScope::Class(class) => contact.class == *class,
    }
}

/// A list that was empty stays empty without a loss: it has met nobody's refusal.
fn narrow(
    doors: Vec<&Door>,
    mut refuses: impl FnMut(&Door) -> Option<Loss>,
) -> Result<Vec<&Door>, Loss> {
    let mut first = None;
    let mut kept = Vec::with_capacity(doors.len());
    for door in doors {
        match refuses(door) {
            None => kept.push(door),
            Some(loss) => first = first.or(Some(loss)),
        }
    }
    match first {
        Some(loss) if kept.is_empty() => Err(loss),
        _ => Ok(kept),
    }
}

/// The code of a suppression follows what starts it: a complaint, a refusal, silence, or anything
/// else the bank declared.
#[must_use]
pub fn suppression_code(book: &Book, suppression: &Suppression) -> Refusal {
    let word = match &suppression.cause {
        SuppressCause::Outcome { outcome, .. } => outcome.as_str(),
        SuppressCause::Event(event) => book
            .catalogue
            .event(*event)
            .and_then(|event| event.name.rsplit('.').next())
            .unwrap_or_default(),
    };
    match word {
        "ignored" => Refusal::SuppressedIgnored,
        "refused" | "later" | "opted_out" => Refusal::SuppressedRefused,
        _ if word.starts_with("complain") => Refusal::SuppressedComplaint,
        _ => Refusal::SuppressedManual,
    }
}
