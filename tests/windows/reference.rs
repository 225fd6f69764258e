//! Windows by their definition: for each feature of each event, all events of its key, rescanned.

use std::collections::{BTreeMap, BTreeSet};

use rules::book::Book;
use rules::catalogue::feature::{Feature, Key, Span};
use serde_json::Value;

use super::clock::Clocks;
use super::made::Event;
use super::takes::Inside;

/// The bank's zone in all projects here, and how far it is ahead, ms.
const BANK: &str = "Asia/Shanghai";
const AHEAD: i64 = 8 * 3_600_000;

/// What a customer says to an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word {
    Taken,
    Duplicate,
    Mismatch,
    TooLate,
}

impl Word {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Duplicate => "duplicate",
            Self::Mismatch => "mismatch",
            Self::TooLate => "too late",
        }
    }
}

/// A value, money in minor units.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) enum Answer {
    Missing,
    Number(i64),
    Decimal(f64),
    Text(String),
}

/// The events taken so far, by stream and key, each with its number.
pub(super) struct Reference<'a> {
    book: &'a Book,
    taken: BTreeMap<String, Vec<(u64, Event)>>,
    seen: BTreeMap<String, Event>,
    newest: BTreeMap<String, i64>,
    /// The zone of each customer, with when it was told.
    zones: BTreeMap<String, (i64, u64, String)>,
    clocks: Clocks,
}

/// The order of `order = "event_time"`: held until the watermark, the newest time less the lateness,
/// has passed them.
pub(super) fn by_event_time(arrived: &[Event], lateness: i64) -> Vec<Event> {
    let (mut held, mut decided, mut newest) = (Vec::<Event>::new(), Vec::new(), i64::MIN);
    for event in arrived {
        newest = newest.max(event.time);
        held.push(event.clone());
        held.sort_by_key(|e| e.time);
        let passed = held.partition_point(|e| e.time < newest - lateness);
        decided.extend(held.drain(..passed));
    }
    decided.extend(held);
    decided
}

impl<'a> Reference<'a> {
    pub(super) fn new(book: &'a Book) -> Self {
        Self {
            book,
            taken: BTreeMap::new(),
            seen: BTreeMap::new(),
            newest: BTreeMap::new(),
            zones: BTreeMap::new(),
            clocks: Clocks::default(),
        }
    }

    /// The word to each event and, for those taken, every feature as it saw it.
    pub(super) fn words(mut self, events: &[Event]) -> Vec<(Word, Vec<Answer>)> {
        let numbered = (1u64..).zip(events);
        numbered.map(|(seq, event)| self.word(seq, event)).collect()
    }

    fn word(&mut self, seq: u64, event: &Event) -> (Word, Vec<Answer>) {
        let time = &self.book.catalogue.time;
        let newest = self.newest.get(&event.customer).copied();
        let newest = newest.unwrap_or(i64::MIN).max(event.time);
        let id = format!("{} {}", event.customer, event.id);
        if let Some(old) = self
            .seen
            .get(&id)
            .filter(|e| e.time > newest - time.duplicates)
        {
            let word = if old == event {
                Word::Duplicate
            } else {
                Word::Mismatch
            };
            return (word, Vec::new());
        }
        if newest - event.time > time.lateness {
            return (Word::TooLate, Vec::new());
        }
        self.newest.insert(event.customer.clone(), newest);
        self.seen.insert(id, event.clone());
        self.hear_zone(seq, event);
        let features = &self.book.catalogue.features;
        let streams = features.iter().filter(|f| self.streams(f, event));
        let keys: BTreeSet<String> = streams.filter_map(|f| self.key(f, event)).collect();
        for key in keys {
            self.taken
                .entry(key)
                .or_default()
                .push((seq, event.clone()));
        }
        let row = features
            .iter()
            .map(|f| self.feature(f, seq, event))
            .collect();
        (Word::Taken, row)
    }

    /// The stream and what it is kept by, for this event.
    fn key(&self, feature: &Feature, event: &Event) -> Option<String> {
        let of = |kind| {
            let name = self.book.catalogue.entity(kind)?.name.as_str();
            Some(format!("{name} {}", event.refs.get(name)?))
        };
        let key = match feature.key {
            Key::Customer => event.customer.clone(),
            Key::Entity(kind) => of(kind)?,
            Key::Pair(kind) => format!("{} {}", event.customer, of(kind)?),
        };
        Some(format!("{} {key}", feature.stream))
    }

    /// What was told last counts, by its own time.
    fn hear_zone(&mut self, seq: u64, event: &Event) {
        let has_tag = self.book.catalogue.tag_named("tz").is_some();
        let told = event.data.get("tz").and_then(Value::as_str);
        let Some(zone) = told.filter(|_| has_tag) else {
            return;
        };
        let known = self.zones.get(&event.customer);
        if known.is_none_or(|(time, n, _)| (*time, *n) <= (event.time, seq)) {
            let told = (event.time, seq, zone.to_owned());
            self.zones.insert(event.customer.clone(), told);
        }
    }

    fn feature(&self, feature: &Feature, seq: u64, event: &Event) -> Answer {
        let Some(key) = self.key(feature, event) else {
            return Answer::Missing;
        };
        let zone = match feature.key {
            Key::Entity(_) => None,
            Key::Customer | Key::Pair(_) => self.zones.get(&event.customer),
        };
        let zone = zone.map(|(_, _, zone)| zone.as_str());
        let is_known = |zone: &&str| jiff::tz::TimeZone::get(zone).is_ok();
        let zone = zone.filter(is_known).unwrap_or(BANK);
        let stream = self.taken.get(&key).map_or(&[][..], Vec::as_slice);
        if let Some(panes) = feature.step {
            return self.stepped(feature, panes.length, stream, event.time);
        }
        let until = event.time - feature.delay;
        // Nobody looks further back than this, however far behind the newest event he is.
        let newest = stream.iter().map(|(_, e)| e.time).max().unwrap_or(until);
        let reach = newest - self.book.catalogue.time.lateness - feature.over - feature.delay;
        let begin = match feature.span {
            Span::Sliding | Span::Session(_) => until - feature.over,
            Span::Tumbling(_) => {
                let pane = (until + AHEAD).div_euclid(feature.over);
                pane * feature.over - AHEAD - 1
            }
            Span::Calendar(period) => self.clocks.first_of(period, until, zone) - 1,
        };
        let after = begin.max(until - feature.over).max(reach);
        let mut inside: Vec<&(u64, Event)> = stream
            .iter()
            .filter(|(_, e)| e.time > after && e.time <= until)
            .filter(|(n, e)| (e.time, *n) <= (event.time, seq))
            .filter(|(n, _)| *n != seq || (feature.current && !feature.take.leaves_out()))
            .collect();
        inside.sort_by_key(|(n, e)| (e.time, *n));
        if let Span::Session(gap) = feature.span {
            let mut next = until;
            let joined = inside.iter().rev().take_while(|(_, e)| {
                let is_joined = next - e.time < gap;
                next = e.time;
                is_joined
            });
            let joined = joined.count();
            inside.drain(..inside.len() - joined);
        }
        inside.retain(|(_, e)| feature.filter.as_ref().is_none_or(|f| holds(&f.text, e)));
        let inside = Inside {
            feature,
            events: inside.into_iter().map(|(_, e)| e).collect(),
            judged: stream.iter().find(|(n, _)| *n == seq).map(|(_, e)| e),
            time: event.time,
            zone,
        };
        inside.answer()
    }

    /// Whole panes: those that (t − delay − over, t − delay] touches, with all that came so far.
    fn stepped(&self, feature: &Feature, step: i64, stream: &[(u64, Event)], time: i64) -> Answer {
        let pane = |at: i64| (at + AHEAD).div_euclid(step);
        let until = time - feature.delay;
        let newest = stream.iter().map(|(_, e)| pane(e.time) * step - AHEAD);
        let reach = self.book.catalogue.time.lateness + feature.over + feature.delay + step;
        let floor = newest.max().unwrap_or(i64::MIN / 2) - reach;
        let wanted = |e: &&Event| {
            let first = pane(e.time) * step - AHEAD;
            first > floor && first <= until && pane(e.time) >= pane(until - feature.over + 1)
        };
        let mut events: Vec<&Event> = stream.iter().map(|(_, e)| e).filter(wanted).collect();
        events.retain(|e| feature.filter.as_ref().is_none_or(|f| holds(&f.text, e)));
        let inside = Inside {
            feature,
            events,
            judged: None,
            time,
            zone: BANK,
        };
        inside.answer()
    }

    fn streams(&self, feature: &Feature, event: &Event) -> bool {
        let catalogue = &self.book.catalogue;
        let stream = catalogue.streams.get(usize::from(feature.stream));
        stream.is_some_and(|s| {
            let on = s.on.iter().filter_map(|id| catalogue.event(*id));
            on.into_iter().any(|e| e.name == event.kind)
                && s.filter.as_ref().is_none_or(|f| holds(&f.text, event))
        })
    }
}

/// The conditions of the catalogue, written once more.
fn holds(condition: &str, event: &Event) -> bool {
    let way = |word| event.data.get("way").is_some_and(|w| w == word);
    let declined = event.data.get("declined") == Some(&Value::Bool(true));
    match condition {
        "event.amount >= 50" => field("amount", event) >= Some(Answer::Number(5_000)),
        "!event.declined" => !declined,
        "event.declined" => declined,
        "event.way == \"online\"" => way("online"),
        "event.way != \"swipe\"" => !way("swipe"),
        other => unreachable!("{other}"),
    }
}

/// A field of an event; `None` when the event has none.
pub(super) fn field(name: &str, event: &Event) -> Option<Answer> {
    if let Some(id) = event.refs.get(name) {
        return Some(Answer::Text(id.clone()));
    }
    let value = event.data.get(name)?;
    Some(match (name, value) {
        ("amount", Value::String(text)) => Answer::Number(text.replace('.', "").parse().ok()?),
        (_, Value::String(text)) => Answer::Text(text.clone()),
        ("rate", number) => Answer::Decimal(number.as_f64()?),
        (_, number) => Answer::Number(number.as_i64()?),
    })
}
