//! Windows by their definition: for each feature of each event, all events of its key, rescanned.

use std::collections::{BTreeMap, BTreeSet};

use rules::book::Book;
use rules::catalogue::feature::{Feature, Key, Take};
use rules::value::Type;
use serde_json::Value;

use super::made::Event;

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

    fn feature(&self, feature: &Feature, seq: u64, event: &Event) -> Answer {
        let Some(key) = self.key(feature, event) else {
            return Answer::Missing;
        };
        let stream = self.taken.get(&key).map_or(&[][..], Vec::as_slice);
        let until = event.time - feature.delay;
        // Nobody looks further back than this, however far behind the newest event he is.
        let newest = stream.iter().map(|(_, e)| e.time).max().unwrap_or(until);
        let reach = newest - self.book.catalogue.time.lateness - feature.over - feature.delay;
        let after = (until - feature.over).max(reach);
        let mut inside: Vec<&(u64, Event)> = stream
            .iter()
            .filter(|(_, e)| e.time > after && e.time <= until)
            .filter(|(n, e)| (e.time, *n) <= (event.time, seq))
            .filter(|(n, _)| *n != seq || (feature.current && feature.take != Take::New))
            .filter(|(_, e)| feature.filter.as_ref().is_none_or(|f| holds(&f.text, e)))
            .collect();
        inside.sort_by_key(|(n, e)| (e.time, *n));
        let answer = take(feature, &inside);
        match answer {
            Answer::Missing => default(feature),
            answer => answer,
        }
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
fn field(name: &str, event: &Event) -> Option<Answer> {
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

fn take(feature: &Feature, inside: &[&(u64, Event)]) -> Answer {
    let value = |(_, e): &&(u64, Event)| match &feature.of {
        Some(name) => field(name, e),
        None => Some(Answer::Number(1)),
    };
    let values: Vec<Answer> = inside.iter().filter_map(value).collect();
    let count = values.len() as i64;
    if feature.min.is_some_and(|min| count < i64::from(min)) {
        return Answer::Missing;
    }
    let numbers = values.iter().map(|v| match v {
        Answer::Number(n) => *n,
        _ => 0,
    });
    let ordered = |a: &&Answer, b: &&Answer| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
    let found = match feature.take {
        Take::Count => Some(Answer::Number(count)),
        Take::New => Some(Answer::Number(i64::from(count == 0))),
        Take::Sum => Some(Answer::Number(numbers.sum())),
        Take::Avg if count == 0 => None,
        Take::Avg if feature.ty == Type::Decimal => {
            Some(Answer::Decimal(numbers.sum::<i64>() as f64 / count as f64))
        }
        Take::Avg => Some(Answer::Number(half_even(numbers.sum(), count))),
        Take::Min => values.iter().min_by(ordered).cloned(),
        Take::Max => values.iter().max_by(ordered).cloned(),
        Take::Last => values.last().cloned(),
        // No window: tests/place.rs rescans these.
        Take::Place(_) => None,
        Take::Distinct => {
            let distinct: BTreeSet<String> = values.iter().map(|v| format!("{v:?}")).collect();
            let most = feature.max.map_or(i64::MAX, i64::from);
            Some(Answer::Number(most.min(distinct.len() as i64)))
        }
    };
    found.unwrap_or(Answer::Missing)
}

/// The whole number nearest to `sum ÷ count`; of two, the even one.
fn half_even(sum: i64, count: i64) -> i64 {
    let below = sum.div_euclid(count);
    let near = |n: &i64| ((n * count - sum).abs(), n % 2 != 0);
    [below, below + 1]
        .into_iter()
        .min_by_key(near)
        .unwrap_or(below)
}

/// Defaults are written as in the catalogue.
fn default(feature: &Feature) -> Answer {
    use rules::value::Value as Is;
    match &feature.default {
        Is::Int(n) => Answer::Number(*n),
        Is::Decimal(d) => Answer::Decimal(*d),
        Is::Money(m) => m.to_minor().map_or(Answer::Missing, Answer::Number),
        Is::Text(t) => Answer::Text(t.to_string()),
        _ => Answer::Missing,
    }
}
