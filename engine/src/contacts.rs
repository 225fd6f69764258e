//! What was said to a customer, and what they said back. Written by [`Contacts::apply`] alone.

mod answered;
mod horizon;
mod items;
mod observe;
mod silence;
mod whole;
mod withdrawal;

pub use horizon::Horizon;
pub use observe::Heard;
pub use withdrawal::{Recall, Withdrawal, silences};

use crate::change::Change;
use crate::passage::Passage;
use rules::rule::Class;
use rules::value::{EntityKey, Text};
use silence::Silence;
use std::collections::BTreeMap;

/// A chosen action, as contact history keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reservation {
    /// The action.
    pub action_id: Text,
    /// The rule.
    pub rule: Text,
    /// Its class.
    pub class: Class,
    /// The offer; `None` for verdicts.
    pub offer: Option<Text>,
    /// The offer's group.
    pub group: Option<Text>,
    /// The channel; `None` for verdicts.
    pub channel: Option<Text>,
    /// The entity a cool-down of the rule counts by; `None`: the customer.
    pub subject: Option<EntityKey>,
    /// Event time of the decision, ms.
    pub at: i64,
    /// The door's number.
    pub seq: u64,
    /// Until when an unconfirmed reservation counts, ms.
    pub expires: i64,
    /// Confirmed by an outcome.
    pub confirmed: bool,
    /// Freed by a failed receipt.
    pub freed: bool,
    /// Pulled back before it was answered.
    pub withdrawn: bool,
    /// The decision it is of.
    pub decision: Text,
}

/// A hold or block in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    /// The action that set it.
    pub action_id: Text,
    /// The rule.
    pub rule: Text,
    /// True for a block.
    pub block: bool,
    /// What it is for; `None`: the transaction of its event.
    pub subject: Option<EntityKey>,
    /// From, ms.
    pub at: i64,
    /// Until, excluded, ms; `i64::MAX`: until it is released.
    pub until: i64,
}

/// What a customer said about one purpose on one channel.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Said {
    given: bool,
    at: i64,
    seq: u64,
}

/// An outcome that may start a suppression when it repeats.
#[derive(Clone, Debug, PartialEq)]
struct Note {
    outcome: Text,
    action_id: Text,
    at: i64,
    offer: Option<Text>,
    group: Option<Text>,
    channel: Option<Text>,
}

/// The contact history of one customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contacts {
    /// By `(at, seq)`.
    reservations: Vec<Reservation>,
    holds: Vec<Hold>,
    /// By purpose and channel.
    consents: BTreeMap<(Text, Text), Said>,
    /// By the suppression's name.
    silences: BTreeMap<Text, Silence>,
    /// By time.
    notes: Vec<Note>,
    /// How many actions this customer was sent.
    numbered: u64,
}

impl Contacts {
    /// Nothing said yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// True when there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Bytes it takes; texts are mostly shared with the rule book.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let ids = self.reservations.iter();
        let ids: usize = ids.map(|r| r.action_id.len() + r.decision.len()).sum();
        let silences = self.silences.values().map(Silence::bytes).sum::<usize>();
        ids + silences
            + self.reservations.capacity() * size_of::<Reservation>()
            + self.holds.capacity() * size_of::<Hold>()
            + self.consents.len() * 3 / 2 * size_of::<((Text, Text), Said)>()
            + self.silences.len() * 3 / 2 * size_of::<(Text, Silence)>()
            + self.notes.capacity() * size_of::<Note>()
    }

    fn amend(&mut self, action_id: &Text, change: impl FnOnce(&mut Reservation)) {
        if let Some(reservation) = self.reservation_mut(action_id) {
            change(reservation);
        }
    }

    /// Takes a change in. Changes of tags, timers and patterns are not contact history and are passed over.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Reserved(reservation) => {
                let key = (reservation.at, reservation.seq);
                let place = self.reservations.partition_point(|r| (r.at, r.seq) <= key);
                self.reservations.insert(place, reservation.clone());
            }
            Change::Confirmed { action_id, .. } => self.amend(action_id, |r| r.confirmed = true),
            Change::Freed { action_id, .. } => self.amend(action_id, |r| r.freed = true),
            Change::Withdrawn { action_id, .. } => self.amend(action_id, |r| r.withdrawn = true),
            Change::HoldSet(hold) => self.holds.push(hold.clone()),
            Change::HoldEnded { action_id, at } => {
                for hold in self.holds.iter_mut().filter(|h| h.action_id == *action_id) {
                    hold.until = hold.until.min(*at);
                }
            }
            Change::ConsentSet {
                purpose,
                channel,
                given,
                at,
                seq,
            } => self.consented(purpose, channel, *given, (*at, *seq)),
            Change::SuppressionSet {
                name,
                scope,
                at,
                until,
            } => {
                let silence = self.silences.entry(name.clone()).or_default();
                silence.start(scope.clone(), *at, *until);
            }
            Change::SuppressionEnded { name, at } => {
                self.silences.entry(name.clone()).or_default().end(*at);
            }
            Change::OutcomeNoted {
                outcome,
                action_id,
                at,
                offer,
                group,
                channel,
            } => self.note(Note {
                outcome: outcome.clone(),
                action_id: action_id.clone(),
                at: *at,
                offer: offer.clone(),
                group: group.clone(),
                channel: channel.clone(),
            }),
            Change::Numbered { last } => self.numbered = self.numbered.max(*last),
            Change::TagSet { .. }
            | Change::TagUnset { .. }
            | Change::TimerSet { .. }
            | Change::TimerForgotten { .. }
            | Change::Located(_)
            | Change::FenceTurned { .. }
            | Change::HauntSeen { .. }
            | Change::TimerArmed { .. }
            | Change::TimerDone { .. }
            | Change::SegmentSet { .. }
            | Change::PatternKept(_) => {}
        }
    }

    /// Entities as another book knows them. What was for one that it does not know is no longer for
    /// any; a hold on it ends.
    pub(crate) fn carry(&mut self, passage: &Passage) {
        for reservation in &mut self.reservations {
            let subject = reservation.subject.take();
            reservation.subject = subject.and_then(|key| passage.key(key));
        }
        self.holds.retain_mut(|hold| match hold.subject.take() {
            None => true,
            Some(key) => {
                hold.subject = passage.key(key);
                hold.subject.is_some()
            }
        });
    }

    fn consented(&mut self, purpose: &Text, channel: &Text, given: bool, key: (i64, u64)) {
        let said = Said {
            given,
            at: key.0,
            seq: key.1,
        };
        self.consents
            .entry((purpose.clone(), channel.clone()))
            .and_modify(|old| {
                if (old.at, old.seq) <= key {
                    *old = said;
                }
            })
            .or_insert(said);
    }

    /// An outcome of one action counts once, however often it is reported.
    fn note(&mut self, note: Note) {
        if !self.noted(&note.outcome, &note.action_id) {
            let place = self.notes.partition_point(|n| n.at <= note.at);
            self.notes.insert(place, note);
        }
    }

    fn noted(&self, outcome: &Text, action_id: &Text) -> bool {
        self.notes
            .iter()
            .any(|n| n.outcome == *outcome && n.action_id == *action_id)
    }

    /// The reservations, by time.
    #[must_use]
    pub fn reservations(&self) -> &[Reservation] {
        &self.reservations
    }

    /// The reservation of an action.
    #[must_use]
    pub fn reservation(&self, action_id: &str) -> Option<&Reservation> {
        self.reservations.iter().find(|r| r.action_id == action_id)
    }

    fn reservation_mut(&mut self, action_id: &Text) -> Option<&mut Reservation> {
        self.reservations
            .iter_mut()
            .find(|r| r.action_id == *action_id)
    }

    /// The hold or block in force at `at` that ends last.
    #[must_use]
    pub fn hold(&self, at: i64) -> Option<&Hold> {
        self.holds
            .iter()
            .filter(|hold| hold.at <= at && at < hold.until)
            .max_by(|a, b| (a.until, &b.rule).cmp(&(b.until, &a.rule)))
    }

    /// The holds and blocks in force at `at`, in the order they were set.
    pub fn holds(&self, at: i64) -> impl Iterator<Item = &Hold> {
        let holds = self.holds.iter();
        holds.filter(move |hold| hold.at <= at && at < hold.until)
    }

    /// What was said about being contacted: purpose, channel, given or withdrawn, when.
    pub fn consents(&self) -> impl Iterator<Item = (&Text, &Text, bool, i64)> {
        let said = self.consents.iter();
        said.map(|((purpose, channel), said)| (purpose, channel, said.given, said.at))
    }

    /// The suppressions in force at `at`: name, scope, from, until.
    pub fn silences(&self, at: i64) -> impl Iterator<Item = (&Text, Option<&Text>, i64, i64)> {
        self.silences.iter().flat_map(move |(name, silence)| {
            let alive = silence.alive(at).filter(move |(start, _)| start.at <= at);
            alive.map(move |(start, until)| (name, start.scope.as_ref(), start.at, until))
        })
    }

    /// Consent given or withdrawn; `None` when nothing was said.
    #[must_use]
    pub fn consent(&self, purpose: &str, channel: &Text) -> Option<bool> {
        let key = (Text::from(purpose), channel.clone());
        self.consents.get(&key).map(|said| said.given)
    }

    /// Until when the suppression silences this scope at `at`; `None` when it does not.
    #[must_use]
    pub fn suppressed(&self, name: &Text, scope: Option<&Text>, at: i64) -> Option<i64> {
        self.silences.get(name)?.until(scope, at)
    }

    /// When the rule last acted for this customer, at or before `at`. A cool-down counts what was
    /// enacted, delivered or not.
    #[must_use]
    pub fn last_acted(&self, rule: &Text, at: i64) -> Option<i64> {
        self.reservations
            .iter()
            .filter(|r| r.rule == *rule && r.subject.is_none() && r.at <= at)
            .map(|r| r.at)
            .max()
    }

    /// How many actions this customer was sent: the number of the last one.
    #[must_use]
    pub fn last_number(&self) -> u64 {
        self.numbered
    }
}

#[cfg(test)]
mod tests;
