//! The policy as state knows it.

use super::policy::{Agreement, Answer, Policy, Question};
use super::shared::Shared;
use super::stages::{Contact, counts};
use crate::contacts::{Contacts, Reservation};
use crate::outcome::CapUse;
use jiff::tz::TimeZone;
use rules::catalogue::Catalogue;
use rules::catalogue::policy::{Cap, CapScope, Quiet};
use rules::value::Text;
use std::collections::BTreeSet;

/// Answers from contact history and from what all customers share, as of one instant.
pub struct Live<'a> {
    /// The customer's contact history.
    pub contacts: &'a Contacts,
    /// What all customers share, as of the last tick.
    pub shared: &'a Shared,
    /// Members of lists beside those of the catalogue: list and member.
    pub listed: &'a BTreeSet<(Text, Text)>,
    /// The customer.
    pub customer: &'a Text,
    /// The policy's declarations.
    pub catalogue: &'a Catalogue,
    /// The customer's zone.
    pub zone: &'a TimeZone,
    /// Event time, ms.
    pub at: i64,
}

impl Policy for Live<'_> {
    fn look(&mut self, question: &Question) -> Answer {
        match question {
            Question::Braked { rule } if self.shared.is_braked(rule) => Answer::Closed {
                until: None,
                by: None,
            },
            Question::Braked { .. } => Answer::Free,
            Question::Off { switch } if self.shared.is_off(switch) => Answer::Closed {
                until: None,
                by: None,
            },
            Question::Off { .. } => Answer::Free,
            Question::Cold { feature } => match self.shared.cold_until(feature) {
                Some(until) if until > self.at => Answer::until(until),
                _ => Answer::Free,
            },
            Question::Listed { list } if self.is_listed(list) => Answer::Closed {
                until: None,
                by: None,
            },
            Question::Listed { .. } => Answer::Free,
            Question::Hold => self.hold(),
            Question::Consent { purpose, channel } => {
                Answer::Agreed(match self.contacts.consent(purpose.name(), channel) {
                    None => Agreement::None,
                    Some(true) => Agreement::Given,
                    Some(false) => Agreement::Withdrawn,
                })
            }
            Question::Suppressed { name, scope } => self
                .contacts
                .suppressed(name, scope.as_ref(), self.at)
                .map_or(Answer::Free, Answer::until),
            Question::Cooling {
                rule,
                subject,
                over,
            } => {
                let last = match subject {
                    None => self.contacts.last_acted(rule, self.at),
                    Some(key) => self
                        .catalogue
                        .entity(key.kind)
                        .and_then(|entity| self.shared.last_acted(rule, &entity.name, &key.id)),
                };
                match last.map(|at| at.saturating_add(*over)) {
                    Some(until) if until > self.at => Answer::until(until),
                    _ => Answer::Free,
                }
            }
            Question::Used { cap, offer } => self.used(cap, offer.as_ref()),
            Question::Quiet { channel } => self
                .catalogue
                .channel_named(channel)
                .and_then(|channel| quiet_until(channel.quiet?, self.at, self.zone))
                .map_or(Answer::Free, Answer::until),
        }
    }

    fn zone(&self) -> &TimeZone {
        self.zone
    }

    fn is_warm(&self) -> bool {
        self.shared.covers().is_empty()
    }
}

impl Live<'_> {
    fn is_listed(&self, list: &Text) -> bool {
        self.listed.contains(&(list.clone(), self.customer.clone()))
            || self
                .catalogue
                .list_named(list)
                .is_some_and(|list| list.members.contains(self.customer))
    }

    fn hold(&self) -> Answer {
        self.contacts
            .hold(self.at)
            .map_or(Answer::Free, |hold| Answer::Closed {
                until: (hold.until != i64::MAX).then_some(hold.until),
                by: Some(hold.rule.clone()),
            })
    }

    fn used(&self, name: &Text, offer: Option<&Text>) -> Answer {
        let cap = self.catalogue.caps.iter().find(|cap| cap.name == *name);
        let Some(cap) = cap else {
            return Answer::Used {
                count: 0,
                room: None,
            };
        };
        let (count, room) = used(cap, self.contacts, offer, self.at);
        Answer::Used { count, room }
    }
}

/// How much is used at `at` of each cap that counts such an action.
#[must_use]
pub fn caps_of(
    catalogue: &Catalogue,
    contacts: &Contacts,
    action: &Reservation,
    at: i64,
) -> Vec<CapUse> {
    let Some(contact) = as_counted(action) else {
        return Vec::new();
    };
    let caps = catalogue.caps.iter().filter(|cap| counts(cap, &contact));
    caps.map(|cap| {
        let offer = (cap.count == CapScope::Offer).then_some(&contact.offer);
        CapUse {
            name: cap.name.clone(),
            used: used(cap, contacts, offer, at).0,
            max: cap.max,
        }
    })
    .collect()
}

/// How many of a cap are used at `at`, and when it has room again, where it has none.
pub(crate) fn used(
    cap: &Cap,
    contacts: &Contacts,
    offer: Option<&Text>,
    at: i64,
) -> (u32, Option<i64>) {
    let all = contacts.reservations().iter();
    let mut leaves: Vec<i64> = all
        .filter(|r| offer.is_none() || r.offer.as_ref() == offer)
        .filter_map(|r| leaves(cap, r, at))
        .collect();
    leaves.sort_unstable();
    let count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
    let full = count.checked_sub(cap.max);
    let room = full
        .and_then(|over| leaves.get(usize::try_from(over).ok()?))
        .copied();
    (count, room)
}

/// What the caps count an action as; verdicts they do not count.
fn as_counted(action: &Reservation) -> Option<Contact> {
    Some(Contact {
        class: action.class,
        offer: action.offer.clone()?,
        group: action.group.clone(),
        channel: action.channel.clone(),
    })
}

/// When a reservation that counts at `at` stops counting; `None` when it does not count.
fn leaves(cap: &Cap, reservation: &Reservation, at: i64) -> Option<i64> {
    let contact = as_counted(reservation)?;
    let within = reservation.at <= at && reservation.at > at.saturating_sub(cap.over);
    // An action spends its caps when it is enacted; only a failed receipt, or being pulled
    // back unseen, gives back.
    let unseen = reservation.withdrawn && !reservation.confirmed;
    let spent = within && !reservation.freed && !unseen && counts(cap, &contact);
    spent.then(|| reservation.at.saturating_add(cap.over))
}

/// The instant at which the quiet hours around `at` end; `None` outside them. Hours are read off the
/// customer's own clock, so on the days it is moved they are an hour shorter or longer.
#[must_use]
pub fn quiet_until(quiet: Quiet, at: i64, zone: &TimeZone) -> Option<i64> {
    let here = jiff::Timestamp::from_millisecond(at)
        .ok()?
        .to_zoned(zone.clone());
    let time = here.time();
    let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
    let seconds = minutes * 60 + i64::from(time.second());
    let clock = seconds * 1_000 + i64::from(time.millisecond());
    let (from, to) = (quiet.from, quiet.to);
    let over_midnight = from > to;
    let inside = if over_midnight {
        clock >= from || clock < to
    } else {
        clock >= from && clock < to
    };
    if !inside {
        return None;
    }
    let day = if over_midnight && clock >= from {
        here.date().tomorrow().ok()?
    } else {
        here.date()
    };
    let end = day
        .to_datetime(jiff::civil::Time::midnight())
        .checked_add(jiff::SignedDuration::from_millis(quiet.to))
        .ok()?;
    Some(
        end.to_zoned(zone.clone())
            .ok()?
            .timestamp()
            .as_millisecond(),
    )
}
