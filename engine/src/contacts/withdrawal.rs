//! Withdrawals: what was sent, and must not be shown any more. A word of the customer or a verdict
//! pulls back what it silences, as far as nobody has seen it yet.

use super::{Contacts, Reservation};
use crate::change::Change;
use rules::book::Book;
use rules::catalogue::policy::{Purpose, SuppressScope, Suppression};
use rules::rule::Class;
use rules::value::{EntityKey, Text};

/// How the name of whoever holds a customer by hand begins, where a rule stands otherwise.
pub(super) const OPERATOR: &str = "operator.";

/// Why something is pulled back.
#[derive(Clone, Debug, PartialEq)]
pub enum Recall {
    /// A suppression of the policy began.
    Suppressed {
        /// Its name in the policy.
        name: Text,
        /// The offer, group or channel it silences; `None` for whole classes.
        scope: Option<Text>,
        /// From, ms.
        at: i64,
    },
    /// Consent was taken back.
    OptedOut {
        /// To what.
        purpose: Text,
        /// Where.
        channel: Text,
    },
    /// A hold or block came into force.
    Held {
        /// Who asked for it: a rule.
        by: Text,
    },
    /// The hold or block of this action ended before its time.
    Released {
        /// The action.
        action_id: Text,
        /// What ended it.
        by: Text,
    },
    /// Whoever asked was told the declared fallback instead of this decision.
    Unanswered {
        /// The decision.
        decision: Text,
        /// The channel that was asked about.
        channel: Option<Text>,
    },
}

/// An action that is pulled back, with what its line has to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Withdrawal {
    /// The action.
    pub action_id: Text,
    /// The decision it is of; empty where that is no longer known.
    pub decision: Text,
    /// The rule.
    pub rule: Text,
    /// Its class.
    pub class: Class,
    /// The offer; `None` for verdicts.
    pub offer: Option<Text>,
    /// The offer's group.
    pub group: Option<Text>,
    /// The channel it went to.
    pub channel: Option<Text>,
    /// The entity it was done to; `None`: the customer, or what the event was about.
    pub subject: Option<EntityKey>,
    /// `policy.<name>`, `consent.<purpose>/<channel>`, `outcome.<word>`, `decide.fallback`, or a rule.
    pub by: Text,
}

impl Withdrawal {
    fn of(reservation: &Reservation, by: &Text) -> Self {
        Self {
            action_id: reservation.action_id.clone(),
            decision: reservation.decision.clone(),
            rule: reservation.rule.clone(),
            class: reservation.class,
            offer: reservation.offer.clone(),
            group: reservation.group.clone(),
            channel: reservation.channel.clone(),
            subject: None,
            by: by.clone(),
        }
    }

    /// What it does to contact history.
    #[must_use]
    pub fn change(&self, at: i64) -> Change {
        Change::Withdrawn {
            action_id: self.action_id.clone(),
            at,
        }
    }
}

/// True when the suppression silences rules of this class. Undeclared, it is those that sell and keep.
#[must_use]
pub fn silences(suppression: &Suppression, class: Class) -> bool {
    match suppression.classes.as_slice() {
        [] => sells_or_keeps(class),
        classes => classes.contains(&class),
    }
}

fn sells_or_keeps(class: Class) -> bool {
    matches!(class, Class::Commercial | Class::Retention)
}

impl Reservation {
    /// Sent, and neither answered, failed, pulled back nor run out at `at`.
    #[must_use]
    pub fn is_open(&self, at: i64) -> bool {
        self.offer.is_some()
            && !(self.confirmed || self.freed || self.withdrawn)
            && self.expires > at
    }
}

impl Contacts {
    /// The actions that are pulled back for these reasons at `at`, each once, by time. Asked once the
    /// changes of the step are applied.
    #[must_use]
    pub fn recalled(&self, book: &Book, recalls: &[Recall], at: i64) -> Vec<Withdrawal> {
        let mut all: Vec<Withdrawal> = Vec::new();
        for recall in recalls {
            for found in self.recall(book, recall, at) {
                if all.iter().all(|known| known.action_id != found.action_id) {
                    all.push(found);
                }
            }
        }
        all
    }

    fn recall(&self, book: &Book, recall: &Recall, at: i64) -> Vec<Withdrawal> {
        match recall {
            Recall::Suppressed {
                name,
                scope,
                at: from,
            } => {
                let mut all = book.catalogue.suppressions.iter();
                let suppression = all.find(|suppression| suppression.name == *name);
                let Some(suppression) = suppression else {
                    return Vec::new();
                };
                // What came late may be over before the action.
                let silent = |at| self.suppressed(name, scope.as_ref(), at).is_some();
                self.open(at, &format!("policy.{name}").into(), |r| {
                    silences(suppression, r.class)
                        && covers(suppression, scope.as_ref(), r)
                        && silent(r.at.max(*from))
                })
            }
            Recall::OptedOut { purpose, channel } => {
                // What came late may say nothing any more.
                if self.consent(purpose, channel) != Some(false) {
                    return Vec::new();
                }
                let by = format!("consent.{purpose}/{channel}").into();
                self.open(at, &by, |r| {
                    r.channel.as_ref() == Some(channel) && purpose_of(book, r) == Some(purpose)
                })
            }
            Recall::Held { by } => self.open(at, by, |r| sells_or_keeps(r.class)),
            Recall::Released { action_id, by } => {
                self.released(action_id, by).into_iter().collect()
            }
            Recall::Unanswered { decision, channel } => {
                self.open(at, &"decide.fallback".into(), |r| {
                    let asked = channel.is_some() && r.channel == *channel;
                    r.decision == *decision
                        && sells_or_keeps(r.class)
                        && (asked || is_reply(book, r))
                })
            }
        }
    }

    fn open(&self, at: i64, by: &Text, is: impl Fn(&Reservation) -> bool) -> Vec<Withdrawal> {
        let open = self.reservations.iter().filter(|r| r.is_open(at) && is(r));
        open.map(|r| Withdrawal::of(r, by)).collect()
    }

    /// The hold or block of an action is over: its channel has to know.
    fn released(&self, action_id: &Text, by: &Text) -> Option<Withdrawal> {
        let hold = self.holds.iter().find(|h| h.action_id == *action_id)?;
        if hold.rule.starts_with(OPERATOR) {
            // Nobody was told of it by an action.
            return None;
        }
        let known = self.reservation(action_id);
        if known.is_some_and(|r| r.withdrawn) {
            return None;
        }
        Some(Withdrawal {
            action_id: action_id.clone(),
            decision: known.map(|r| r.decision.clone()).unwrap_or_default(),
            rule: hold.rule.clone(),
            class: Class::Fraud,
            offer: None,
            group: None,
            channel: known.and_then(|r| r.channel.clone()),
            subject: hold.subject.clone(),
            by: by.clone(),
        })
    }

    /// True when a hold or block of this action is in force at `at`.
    #[must_use]
    pub fn is_held_by(&self, action_id: &Text, at: i64) -> bool {
        let mut holds = self.holds.iter();
        holds.any(|h| h.action_id == *action_id && h.at <= at && at < h.until)
    }
}

fn covers(suppression: &Suppression, scope: Option<&Text>, r: &Reservation) -> bool {
    match suppression.scope {
        SuppressScope::Class => true,
        SuppressScope::Offer => r.offer.as_ref() == scope,
        SuppressScope::Group => r.group.as_ref() == scope,
        SuppressScope::Channel => r.channel.as_ref() == scope,
    }
}

/// It is only in the answer to a question, and that was another one.
fn is_reply(book: &Book, r: &Reservation) -> bool {
    let channel = r.channel.as_ref();
    let channel = channel.and_then(|name| book.catalogue.channel_named(name));
    channel.is_some_and(|channel| channel.reply)
}

fn purpose_of<'b>(book: &'b Book, r: &Reservation) -> Option<&'b str> {
    let offer = book.catalogue.offer_named(r.offer.as_ref()?)?;
    Some(Purpose::name(offer.purpose))
}
