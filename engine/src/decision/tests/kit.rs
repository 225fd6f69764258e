//! A bank small enough to read at once: one payment, three offers, two channels, real rules.

use crate::change::Change;
use crate::contacts::{Contacts, Heard, Horizon};
use crate::decision::enact::{Enacted, enact};
use crate::decision::live::Live;
use crate::decision::occasion::Occasion;
use crate::decision::record::DecisionRecord;
use crate::decision::shared::Shared;
use crate::decision::{Decision, decide};
use crate::event::Event;
use crate::explain::repeat::{Repeat, repeat};
use crate::scene::Scene;
use crate::tally::Tally;
use rules::book::Book;
use rules::catalogue::EventId;
use rules::facts::{Facts, Fill};
use rules::interpreter::Interpreter;
use rules::layout::Slot;
use rules::money::{Currency, Money};
use rules::value::{EntityKey, EntityKind, Text, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// 2026-03-02T10:00:00+08:00, a Monday.
pub(crate) const NOW: i64 = 1_772_416_800_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 86_400_000;
pub(crate) const CARD: EntityKind = EntityKind(0);

pub(crate) const PAYMENT: EventId = EventId(0);
pub(crate) const COMPLAINT: EventId = EventId(1);
pub(crate) const CLOSED: EventId = EventId(2);
pub(crate) const CONSENT: EventId = EventId(3);
/// Their event types are `outcome.<word>`.
pub(crate) const OUTCOMES: [&str; 8] = [
    "delivered",
    "shown",
    "ignored",
    "refused",
    "complained",
    "opted_out",
    "failed",
    "released",
];

pub(crate) fn yuan(text: &str) -> Money {
    Money::from_major(text, Currency::parse("CNY").unwrap()).unwrap()
}

/// A bank with one customer.
pub(crate) struct Bank {
    pub(crate) book: Arc<Book>,
    pub(crate) interpreter: Interpreter,
    pub(crate) tally: Tally,
    pub(crate) contacts: Contacts,
    pub(crate) shared: Shared,
    pub(crate) listed: BTreeSet<(Text, Text)>,
    pub(crate) tags: BTreeMap<&'static str, Value>,
    pub(crate) customer: Text,
    pub(super) events: u64,
}

/// Base values: fields of the event and the customer's tags.
struct Base<'a> {
    book: &'a Book,
    event: &'a Event,
    occasion: Occasion<'a>,
    tags: &'a BTreeMap<&'static str, Value>,
}

impl Fill for Base<'_> {
    fn turn(&mut self, at: usize, facts: &mut Facts) {
        self.event = self.occasion.trigger(at);
        facts.reset(self.event.kind);
    }

    fn fill(&mut self, slot: Slot) -> Value {
        let path = &self.book.layout.slot(slot).unwrap().path;
        if let Some(name) = path.strip_prefix("customer.") {
            return self.tags.get(name).cloned().unwrap_or_default();
        }
        let name = path.strip_prefix("event.").unwrap();
        let kind = self.book.catalogue.event(self.event.kind).unwrap();
        match name {
            "id" => Value::Text(self.event.id.clone()),
            "type" => Value::Text(kind.name.clone()),
            "time" => Value::Time(self.event.time),
            "hour" => Value::Int(10),
            "weekday" => Value::Int(1),
            _ => {
                let at = kind.fields.iter().position(|field| field.name == name);
                at.and_then(|at| self.event.fields.get(at).cloned())
                    .unwrap_or_default()
            }
        }
    }
}

/// What came of an event.
pub(crate) struct Step {
    pub(crate) decision: Option<Decision>,
    pub(crate) record: Option<DecisionRecord>,
    pub(crate) enacted: Enacted,
}

impl Step {
    /// `rule → channel` of what was chosen, `rule ! CODE` of what was not.
    pub(crate) fn fates(&self) -> Vec<String> {
        let Some(decision) = &self.decision else {
            return Vec::new();
        };
        let chosen = decision.chosen.iter().map(|c| {
            let place = c.channel.clone().or(c.draft.subject.clone().map(|s| s.id));
            let what = c.draft.id.clone().unwrap_or(c.draft.verb.name().into());
            format!("{} {what} → {}", c.rule, place.unwrap_or("-".into()))
        });
        let refused = decision
            .refused
            .iter()
            .map(|r| format!("{} ! {}", r.rule, r.loss.code.code()));
        chosen.chain(refused).collect()
    }
}

impl Bank {
    pub(crate) fn event(&mut self, kind: EventId, at: i64, fields: Vec<Value>) -> Event {
        self.events += 1;
        Event {
            seq: self.events,
            ordinal: 0,
            kind,
            id: format!("e{}", self.events).into(),
            source: "test".into(),
            customer: self.customer.clone(),
            time: at,
            door: at,
            fields,
            digest: 0,
            late: false,
            asked: None,
            trace: None,
            entity_values: Vec::new(),
            entity_truncated: Vec::new(),
        }
    }

    pub(crate) fn pay(&mut self, at: i64, amount: &str) -> Step {
        let card = EntityKey {
            kind: CARD,
            id: "K1".into(),
        };
        let fields = vec![
            Value::Money(yuan(amount)),
            Value::Ref(card),
            Value::Decimal(0.1 + 0.2),
        ];
        let event = self.event(PAYMENT, at, fields);
        self.take(event)
    }

    pub(crate) fn outcome(&mut self, word: &str, action_id: &Text, at: i64) -> Step {
        let name = format!("outcome.{word}");
        let kind = self.book.catalogue.event_named(&name).unwrap();
        let fields = vec![Value::Text(action_id.clone()), Value::Missing];
        let event = self.event(kind, at, fields);
        self.take(event)
    }

    pub(crate) fn agree(&mut self, channels: &[&str]) {
        for channel in channels {
            self.contacts.apply(&Change::ConsentSet {
                purpose: "marketing".into(),
                channel: (*channel).into(),
                given: true,
                at: 0,
                seq: 0,
            });
        }
    }

    /// What an event says about being contacted.
    pub(crate) fn hear(&mut self, event: &Event) -> Heard {
        let book = Arc::clone(&self.book);
        let mut facts = Facts::new(book.layout.slots.len());
        facts.reset(event.kind);
        let mut base = Base {
            book: &book,
            event,
            occasion: Occasion::alone(event),
            tags: &self.tags,
        };
        let mut scene = Scene {
            book: &book,
            interpreter: &mut self.interpreter,
            facts: &mut facts,
            base: &mut base,
        };
        self.contacts.observe(&mut scene, event)
    }

    /// One whole step: observe, decide, record, repeat the record, enact, apply.
    pub(crate) fn take(&mut self, event: Event) -> Step {
        self.take_all(event, &[])
    }

    /// The same of an event that completes others.
    pub(crate) fn take_all(&mut self, event: Event, derived: &[Event]) -> Step {
        for change in &self.hear(&event).changes {
            self.contacts.apply(change);
        }
        let book = Arc::clone(&self.book);
        let mut facts = Facts::new(book.layout.slots.len());
        facts.reset(event.kind);
        let occasion = Occasion {
            event: &event,
            derived,
        };
        let mut base = Base {
            book: &book,
            event: &event,
            occasion,
            tags: &self.tags,
        };
        let mut scene = Scene {
            book: &book,
            interpreter: &mut self.interpreter,
            facts: &mut facts,
            base: &mut base,
        };
        let mut live = Live {
            contacts: &self.contacts,
            shared: &self.shared,
            listed: &self.listed,
            customer: &event.customer,
            catalogue: &book.catalogue,
            zone: &book.catalogue.time.zone,
            at: event.time,
        };
        let decision = decide(&mut scene, &mut live, occasion, &mut self.tally);
        let record = decision
            .as_ref()
            .filter(|decision| decision.has_candidates())
            .map(|decision| DecisionRecord::of(&mut scene, occasion, decision));
        if let Some(record) = &record {
            let read = DecisionRecord::parse(&record.to_json()).unwrap();
            let again = repeat(&book, &mut self.interpreter, &read).unwrap();
            if !record.truncated {
                assert_eq!(again, Repeat::Same, "{}", record.to_json());
            }
        }
        let enacted = decision.as_ref().map_or_else(Enacted::default, |decision| {
            enact(&book, &event, decision, &self.contacts)
        });
        for change in &enacted.changes {
            self.contacts.apply(change);
        }
        for change in &enacted.shared {
            self.shared.apply(change);
        }
        Step {
            decision,
            record,
            enacted,
        }
    }

    /// The items of the contact history as of `now`.
    pub(crate) fn items(&self, now: i64) -> Vec<(String, String, Vec<u8>)> {
        let mut items = Vec::new();
        let horizon = Horizon::of(&self.book);
        self.contacts
            .items(&horizon, now, &mut |kind, name, bytes| {
                items.push((kind.to_owned(), name.to_owned(), bytes.to_vec()));
            });
        items
    }
}
