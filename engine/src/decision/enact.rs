//! Enact: a decision becomes changes and actions. Pure data; nothing is done here.

use super::{Chosen, Decision, Marked, STANDS};
use crate::action::{Action, Writer};
use crate::change::{Change, SharedChange};
use crate::contacts::{Contacts, Hold, Reservation};
use crate::event::Event;
use rules::book::Book;
use rules::draft::{Mark, Verb};
use rules::value::EntityKey;
use std::collections::BTreeSet;

/// What a decision asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Enacted {
    /// Changes to the customer's state, in order.
    pub changes: Vec<Change>,
    /// Changes to what all share, visible from the next tick.
    pub shared: Vec<SharedChange>,
    /// What goes out, in order.
    pub actions: Vec<Action>,
}

/// Turns a decision into changes and actions. `contacts` numbers the customer's actions.
#[must_use]
pub fn enact(book: &Book, event: &Event, decision: &Decision, contacts: &Contacts) -> Enacted {
    let mut enacted = Enacted::default();
    for marked in &decision.marks {
        enacted.changes.push(marked_change(book, event, marked));
    }
    let mut writer = Writer::new(book, event, decision, contacts.last_number());
    let mut fired = BTreeSet::new();
    for chosen in &decision.chosen {
        let subject = cooled_subject(book, chosen);
        if let Some((kind, key)) = subject
            .as_ref()
            .and_then(|key| Some((book.catalogue.entity(key.kind)?, key)))
        {
            enacted.shared.push(SharedChange::EntityCooldown {
                rule: chosen.rule.clone(),
                kind: kind.name.clone(),
                id: key.id.clone(),
                at: event.time,
            });
        }
        if braked(book, chosen) && fired.insert(&chosen.rule) {
            enacted.shared.push(SharedChange::Fired {
                rule: chosen.rule.clone(),
                at: event.time,
            });
        }
        enacted.changes.push(Change::Reserved(reservation(
            event, decision, chosen, subject,
        )));
        enacted.changes.extend(hold(event, chosen));
        enacted.actions.push(writer.chosen(chosen));
        for rider in &chosen.riders {
            enacted.actions.push(writer.rider(chosen, rider));
        }
    }
    if !enacted.actions.is_empty() {
        enacted.changes.push(Change::Numbered {
            last: writer.last_number(),
        });
    }
    enacted
}

/// The entity the rule's cool-down counts by, if the action is on one of that kind.
fn cooled_subject(book: &Book, chosen: &Chosen) -> Option<EntityKey> {
    let kind = book.rule(chosen.ix)?.header.cooldown?.per?;
    chosen.draft.subject.clone().filter(|key| key.kind == kind)
}

fn braked(book: &Book, chosen: &Chosen) -> bool {
    matches!(chosen.draft.verb, Verb::Hold | Verb::Block)
        && book
            .rule(chosen.ix)
            .is_some_and(|rule| rule.header.brake.is_some())
}

fn reservation(
    event: &Event,
    decision: &Decision,
    chosen: &Chosen,
    subject: Option<EntityKey>,
) -> Reservation {
    let offer = match chosen.draft.verb {
        Verb::Offer | Verb::Retain | Verb::Serve => chosen.draft.id.clone(),
        Verb::Allow | Verb::StepUp | Verb::Hold | Verb::Block | Verb::Notify | Verb::Trigger => {
            None
        }
    };
    Reservation {
        action_id: chosen.action_id.clone(),
        rule: chosen.rule.clone(),
        class: chosen.class,
        offer,
        group: chosen.group.clone(),
        channel: chosen.channel.clone(),
        subject,
        at: event.time,
        seq: event.seq,
        expires: chosen
            .expires
            .unwrap_or_else(|| event.time.saturating_add(STANDS)),
        confirmed: false,
        freed: false,
        withdrawn: false,
        decision: decision.id.clone(),
    }
}

fn hold(event: &Event, chosen: &Chosen) -> Option<Change> {
    matches!(chosen.draft.verb, Verb::Hold | Verb::Block).then(|| {
        Change::HoldSet(Hold {
            action_id: chosen.action_id.clone(),
            rule: chosen.rule.clone(),
            block: chosen.draft.verb == Verb::Block,
            subject: chosen.draft.subject.clone(),
            at: event.time,
            until: chosen.expires.unwrap_or(i64::MAX),
        })
    })
}

fn marked_change(book: &Book, event: &Event, marked: &Marked) -> Change {
    match &marked.mark {
        Mark::Tag { name, value, ttl } => {
            let declared = book
                .catalogue
                .tag_named(name)
                .and_then(|id| book.catalogue.tag(id))
                .and_then(|tag| tag.ttl);
            Change::TagSet {
                tag: name.clone(),
                value: value.clone(),
                at: event.time,
                seq: event.seq,
                expires: ttl.or(declared).map(|ttl| event.time.saturating_add(ttl)),
                by: marked.rule.clone(),
                confidence: None,
            }
        }
        Mark::Untag { name } => Change::TagUnset {
            tag: name.clone(),
            at: event.time,
            seq: event.seq,
        },
        Mark::Remind { name, after } => Change::TimerSet {
            name: name.clone(),
            due: event.time.saturating_add(*after),
            by: marked.rule.clone(),
        },
        Mark::Forget { name } => Change::TimerForgotten { name: name.clone() },
    }
}
