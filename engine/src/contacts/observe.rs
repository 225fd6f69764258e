//! Observe: what an event says about being contacted. Consent, outcomes, and what starts or ends a
//! suppression, as changes.

use super::withdrawal::OPERATOR;
use super::{Contacts, Hold, Recall};
use crate::change::Change;
use crate::event::Event;
use crate::scene::Scene;
use rules::book::Book;
use rules::catalogue::load::events::{HELD, UNANSWERED};
use rules::catalogue::policy::{Purpose, SuppressCause, SuppressScope, Suppression};
use rules::value::{Text, Value};

/// What an event said about being contacted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// The changes to apply, in order, before the event is decided.
    pub changes: Vec<Change>,
    /// It is an outcome of an action that is not, or no longer, known.
    pub unknown_action: bool,
    /// The action it answers, and the word, for an outcome of a known action.
    pub answers: Option<(Text, Text)>,
    /// What pulls actions back, once the changes are applied.
    pub recalls: Vec<Recall>,
}

/// What an event is about: the action an outcome answers, as far as it is known.
#[derive(Default)]
struct About {
    action_id: Option<Text>,
    offer: Option<Text>,
    group: Option<Text>,
    channel: Option<Text>,
}

impl Contacts {
    /// What the event says about being contacted. Only the event's own fields are read.
    #[must_use]
    pub fn observe(&self, scene: &mut Scene<'_>, event: &Event) -> Heard {
        let mut heard = Heard::default();
        consent(scene, event, &mut heard.changes);
        let book = scene.book;
        let name = book.catalogue.event(event.kind).map(|kind| &kind.name);
        let own = name.is_some_and(|name| own_word(book, event, name, &mut heard));
        let outcome = name.and_then(|name| name.strip_prefix("outcome."));
        let outcome = outcome.filter(|_| !own);
        let about = self.about(book, event);
        if let Some(outcome) = outcome {
            match &about.action_id {
                Some(id) if self.knows(id) => {
                    let change = settles(outcome, id, event.time);
                    if matches!(change, Some(Change::HoldEnded { .. }))
                        && self.is_held_by(id, event.time)
                    {
                        heard.recalls.push(Recall::Released {
                            action_id: id.clone(),
                            by: format!("outcome.{outcome}").into(),
                        });
                    }
                    heard.changes.extend(change);
                    heard.answers = Some((id.clone(), outcome.into()));
                }
                _ => heard.unknown_action = true,
            }
            if let ("opted_out", Some(channel)) = (outcome, &about.channel) {
                heard.changes.push(Change::ConsentSet {
                    purpose: Purpose::Marketing.name().into(),
                    channel: channel.clone(),
                    given: false,
                    at: event.time,
                    seq: event.seq,
                });
            }
        }
        for suppression in &book.catalogue.suppressions {
            self.suppress(suppression, event, outcome, &about, &mut heard.changes);
        }
        recalls(&mut heard);
        if let (Some(outcome), Some(action_id)) = (outcome, about.action_id)
            && !heard.unknown_action
        {
            let answered = self.reservation(&action_id);
            heard.changes.push(Change::OutcomeNoted {
                outcome: outcome.into(),
                at: event.time,
                offer: answered.and_then(|r| r.offer.clone()),
                group: answered.and_then(|r| r.group.clone()),
                channel: answered.and_then(|r| r.channel.clone()),
                action_id,
            });
        }
        heard
    }

    fn knows(&self, action_id: &Text) -> bool {
        self.reservation(action_id).is_some()
            || self.holds.iter().any(|hold| hold.action_id == *action_id)
    }

    /// The action an event names, and what it names itself.
    fn about(&self, book: &Book, event: &Event) -> About {
        let named = |name: &str| text_field(book, event, name);
        let action_id = named("action_id");
        let known = action_id.as_ref().and_then(|id| self.reservation(id));
        About {
            offer: known.and_then(|r| r.offer.clone()).or(named("offer")),
            group: known.and_then(|r| r.group.clone()).or(named("group")),
            channel: known.and_then(|r| r.channel.clone()).or(named("channel")),
            action_id,
        }
    }

    fn suppress(
        &self,
        suppression: &Suppression,
        event: &Event,
        outcome: Option<&str>,
        about: &About,
        changes: &mut Vec<Change>,
    ) {
        if suppression.until == Some(event.kind) {
            changes.push(Change::SuppressionEnded {
                name: suppression.name.clone(),
                at: event.time,
            });
        }
        let scope = match suppression.scope {
            SuppressScope::Class => None,
            SuppressScope::Offer => about.offer.clone(),
            SuppressScope::Group => about.group.clone(),
            SuppressScope::Channel => about.channel.clone(),
        };
        if scope.is_none() && suppression.scope != SuppressScope::Class {
            return;
        }
        let starts = match &suppression.cause {
            SuppressCause::Event(kind) if *kind == event.kind => vec![event.time],
            SuppressCause::Outcome {
                outcome: word,
                times,
                within,
            } if outcome == Some(word) => {
                let all = self.repeats(suppression.scope, scope.as_ref(), word, about, event.time);
                starts(&all, *times, *within, event.time)
            }
            _ => Vec::new(),
        };
        changes.extend(starts.into_iter().map(|at| Change::SuppressionSet {
            name: suppression.name.clone(),
            scope: scope.clone(),
            at,
            until: at.saturating_add(suppression.over),
        }));
    }

    /// When this outcome was given in this scope, this time included, sorted.
    fn repeats(
        &self,
        scope: SuppressScope,
        value: Option<&Text>,
        word: &Text,
        about: &About,
        at: i64,
    ) -> Vec<i64> {
        let known = about
            .action_id
            .as_ref()
            .is_some_and(|id| self.noted(word, id));
        let mut times: Vec<i64> = self
            .notes
            .iter()
            .filter(|note| note.outcome == *word)
            .filter(|note| match scope {
                SuppressScope::Class => true,
                SuppressScope::Offer => note.offer.as_ref() == value,
                SuppressScope::Group => note.group.as_ref() == value,
                SuppressScope::Channel => note.channel.as_ref() == value,
            })
            .map(|note| note.at)
            .chain((!known).then_some(at))
            .collect();
        times.sort_unstable();
        times
    }
}

/// The instants from `at` on at which `times` of them lie within (instant − within, instant]. A late
/// outcome may complete a count that was short at a later one.
fn starts(all: &[i64], times: u32, within: i64, at: i64) -> Vec<i64> {
    let enough = usize::try_from(times).unwrap_or(usize::MAX);
    let mut found: Vec<i64> = all
        .iter()
        .copied()
        .filter(|instant| *instant >= at)
        .filter(|instant| {
            let from = instant.saturating_sub(within);
            all.iter().filter(|t| **t > from && *t <= instant).count() >= enough
        })
        .collect();
    found.dedup();
    found
}

/// What deft says to itself: a fallback that was answered, and an operator's hold. False when the
/// event is none of these.
fn own_word(book: &Book, event: &Event, name: &Text, heard: &mut Heard) -> bool {
    if *name == UNANSWERED {
        if let Some(decision) = text_field(book, event, "decision_id") {
            let channel = text_field(book, event, "channel");
            heard.recalls.push(Recall::Unanswered { decision, channel });
        }
        return true;
    }
    if *name != HELD {
        return false;
    }
    let by = text_field(book, event, "by").unwrap_or_default();
    let rule: Text = format!("{OPERATOR}{by}").into();
    let until = match field(book, event, "until") {
        Some(Value::Time(until)) => *until,
        _ => i64::MAX,
    };
    heard.changes.push(Change::HoldSet(Hold {
        action_id: event.id.clone(),
        rule: rule.clone(),
        block: field(book, event, "block") == Some(&Value::Bool(true)),
        subject: None,
        at: event.time,
        until,
    }));
    heard.recalls.push(Recall::Held { by: rule });
    true
}

/// A suppression that begins, and consent that is taken back, silence what was sent before as well.
fn recalls(heard: &mut Heard) {
    for change in &heard.changes {
        heard.recalls.extend(match change {
            Change::SuppressionSet {
                name, scope, at, ..
            } => Some(Recall::Suppressed {
                name: name.clone(),
                scope: scope.clone(),
                at: *at,
            }),
            Change::ConsentSet {
                purpose,
                channel,
                given: false,
                ..
            } => Some(Recall::OptedOut {
                purpose: purpose.clone(),
                channel: channel.clone(),
            }),
            _ => None,
        });
    }
}

/// What an outcome does to the reservation and the holds of its action. Any answer proves that the
/// action arrived.
fn settles(outcome: &str, action_id: &Text, at: i64) -> Option<Change> {
    let action_id = action_id.clone();
    match outcome {
        "accepted_by_channel"
        | "delivered"
        | "shown"
        | "clicked"
        | "ignored"
        | "accepted"
        | "refused"
        | "later"
        | "complained"
        | "opted_out"
        | "converted" => Some(Change::Confirmed { action_id, at }),
        "failed" | "bounced" | "expired" => Some(Change::Freed { action_id, at }),
        "released" | "false_positive" => Some(Change::HoldEnded { action_id, at }),
        _ => None,
    }
}

fn consent(scene: &mut Scene<'_>, event: &Event, changes: &mut Vec<Change>) {
    let book = scene.book;
    let Some(consent) = book.catalogue.consent.as_ref() else {
        return;
    };
    if consent.on != event.kind {
        return;
    }
    let purpose = scene.expression(consent.purpose.id);
    let channel = scene.expression(consent.channel.id);
    let given = scene.expression(consent.given.id);
    if let (Ok(Value::Text(purpose)), Ok(Value::Text(channel)), Ok(Value::Bool(given))) =
        (purpose, channel, given)
    {
        changes.push(Change::ConsentSet {
            purpose,
            channel,
            given,
            at: event.time,
            seq: event.seq,
        });
    }
}

/// A member of the event by its name.
fn field<'e>(book: &Book, event: &'e Event, name: &str) -> Option<&'e Value> {
    let fields = &book.catalogue.event(event.kind)?.fields;
    let at = fields.iter().position(|field| field.name == name)?;
    event.fields.get(at)
}

/// A text member of the event by its name.
fn text_field(book: &Book, event: &Event, name: &str) -> Option<Text> {
    match field(book, event, name)? {
        Value::Text(text) if !text.is_empty() => Some(text.clone()),
        Value::Ref(key) => Some(key.id.clone()),
        _ => None,
    }
}
