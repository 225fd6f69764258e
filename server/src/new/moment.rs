//! The moment a new rule begins with: an event type, a condition that some of its events meet, one event
//! that does and one that does not.

use super::Kind;
use rules::catalogue::{Catalogue, EventType, Family, Field};
use rules::finding::nearest;
use rules::value::{Type, Value};

/// Ids that the patterns of entities mostly take.
const IDS: [&str; 6] = [
    "K1001",
    "1001",
    "100000000001",
    "ABCD1234",
    "a",
    "00000001-0001",
];

/// An event type, and a condition over it.
pub(super) struct Moment {
    /// The event type.
    pub(super) event: String,
    /// A line that declares what the condition compares with; empty when it needs none.
    pub(super) constant: String,
    /// The condition.
    pub(super) condition: String,
    /// Members of an event that meets it, as TOML.
    pub(super) meets: String,
    /// Members of one that does not.
    pub(super) misses: String,
    /// When the second happens.
    pub(super) misses_at: &'static str,
}

impl Moment {
    /// Of the event type named, else of the one that suits the kind best.
    pub(super) fn of(catalogue: &Catalogue, kind: Kind, on: Option<&str>) -> Result<Self, String> {
        if let Some(name) = on {
            let found = catalogue
                .event_named(name)
                .and_then(|id| catalogue.event(id));
            return match found {
                Some(event) => Self::over(catalogue, event),
                None => Err(no_event(catalogue, name)),
            };
        }
        let own = |event: &&EventType| {
            !matches!(
                event.family,
                Family::Outcome
                    | Family::Timer
                    | Family::Segment
                    | Family::Pattern
                    | Family::Fence
                    | Family::Context
                    | Family::Told
            )
        };
        let suits = |event: &EventType| match kind {
            Kind::Fraud => event.answer.is_some(),
            _ => event.family == Family::Transaction,
        };
        let mut events: Vec<&EventType> = catalogue.events.iter().filter(own).collect();
        // A stable sort: within either half they stay as they were declared.
        events.sort_by_key(|event| !suits(event));
        let mut last =
            "the catalogue has no event type: write catalog/events.toml first".to_owned();
        for event in events {
            match Self::over(catalogue, event) {
                Ok(moment) => return Ok(moment),
                Err(says) => last = says,
            }
        }
        Err(last)
    }

    fn over(catalogue: &Catalogue, event: &EventType) -> Result<Self, String> {
        let needed: Vec<&Field> = event.fields.iter().filter(|f| is_needed(f)).collect();
        let told = needed
            .iter()
            .find_map(|field| Some((field.name.as_str(), test(field)?)));
        let members = |other: Option<&str>| -> Result<String, String> {
            let mut text = String::new();
            for field in &needed {
                let chosen = told
                    .as_ref()
                    .filter(|(name, _)| *name == field.name.as_str());
                let value = match (chosen, other) {
                    (Some(_), Some(other)) => other.to_owned(),
                    (Some((_, test)), None) => test.meets.clone(),
                    (None, _) => sample(catalogue, field).ok_or_else(|| {
                        format!(
                            "`{}` of `{}` is of a kind no example can be made of: name another event with `--on`",
                            field.name, event.name
                        )
                    })?,
                };
                text.push_str(&format!(", {} = {value}", field.json));
            }
            Ok(text)
        };
        let name = event.name.to_string();
        Ok(match &told {
            Some((_, test)) => Self {
                event: name,
                constant: test.constant.clone(),
                condition: test.condition.clone(),
                meets: members(None)?,
                misses: members(Some(&test.misses))?,
                misses_at: "0s",
            },
            // Nothing in it can be compared: then by the hour of the day.
            None => Self {
                event: name,
                constant: String::new(),
                condition: "event.hour >= 9".to_owned(),
                meets: members(None)?,
                misses: members(None)?,
                misses_at: "15h",
            },
        })
    }
}

fn no_event(catalogue: &Catalogue, name: &str) -> String {
    let names: Vec<&str> = catalogue.events.iter().map(|e| e.name.as_str()).collect();
    let near = nearest(name, names, 1);
    let hint = near
        .first()
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("the catalogue has no event type `{name}`{hint}")
}

/// True when an event without it is no event.
fn is_needed(field: &Field) -> bool {
    !field.optional && matches!(field.default, Value::Missing)
}

/// A condition on one member, with a value that meets it and one that does not.
struct Test {
    constant: String,
    condition: String,
    meets: String,
    misses: String,
}

fn test(field: &Field) -> Option<Test> {
    let name = &field.name;
    Some(match &field.ty {
        Type::Money(_) => Test {
            constant: "const LARGE = 1_000;\n\n".to_owned(),
            condition: format!("event.{name} >= LARGE"),
            meets: "\"1000\"".to_owned(),
            misses: "\"999\"".to_owned(),
        },
        Type::Int => {
            let least = match field.min {
                Value::Int(least) => least.saturating_add(1),
                _ => 1,
            };
            Test {
                constant: format!("const ENOUGH = {least};\n\n"),
                condition: format!("event.{name} >= ENOUGH"),
                meets: least.to_string(),
                misses: (least - 1).to_string(),
            }
        }
        Type::Symbol(words) => {
            let (first, other) = (words.first()?, words.get(1)?);
            Test {
                constant: String::new(),
                condition: format!("event.{name} == \"{first}\""),
                meets: format!("\"{first}\""),
                misses: format!("\"{other}\""),
            }
        }
        Type::Bool => Test {
            constant: String::new(),
            condition: format!("event.{name}"),
            meets: "true".to_owned(),
            misses: "false".to_owned(),
        },
        _ => return None,
    })
}

/// A value of a member's type, as TOML.
fn sample(catalogue: &Catalogue, field: &Field) -> Option<String> {
    Some(match &field.ty {
        Type::Bool => "true".to_owned(),
        Type::Int => match field.min {
            Value::Int(least) => least.to_string(),
            _ => "1".to_owned(),
        },
        Type::Decimal => "1.0".to_owned(),
        Type::Text => "\"text\"".to_owned(),
        Type::Symbol(words) => {
            let word = words.first().map_or("word", |word| word.as_str());
            format!("\"{word}\"")
        }
        Type::Money(_) => "\"100\"".to_owned(),
        Type::Duration => "\"1h\"".to_owned(),
        Type::Time => "\"2026-03-02T10:00:00Z\"".to_owned(),
        Type::Date => "\"2026-03-02\"".to_owned(),
        Type::Ref(kind) => {
            let pattern = catalogue.entity(*kind).and_then(|e| e.pattern.as_ref());
            let fits = |id: &&str| pattern.is_none_or(|pattern| pattern.is_match(id));
            format!("\"{}\"", IDS.into_iter().find(|id| fits(id))?)
        }
        Type::Place | Type::List(_) => return None,
    })
}
