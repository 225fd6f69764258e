//! A match as an event: its fields are the events that its steps took.

use super::live::{Live, Seen};
use super::matcher::{Left, Match};
use super::plan::PatternPlan;
use crate::event::Event;
use crate::ids;
use rules::catalogue::EventId;
use rules::catalogue::pattern::{Member, Word};
use rules::value::{Text, Value};

/// The sender of what deft derives.
const SOURCE: &str = "deft";

/// Where and when a match is told.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The customer.
    pub customer: &'a Text,
    /// The door's number of the input it is told at.
    pub seq: u64,
    /// Which of the events of that number.
    pub ordinal: u32,
    /// Event time, ms.
    pub time: i64,
    /// Door time, ms.
    pub door: i64,
    /// It is told because of a late event.
    pub late: bool,
}

impl PatternPlan {
    /// The event type by which a match is told; `None` where nobody asks for it.
    #[must_use]
    pub fn kind(&self, left: Left) -> Option<EventId> {
        match left {
            Left::Completed | Left::Waited => Some(self.completed),
            Left::TimedOut => self.timed_out.filter(|_| self.tells_unfinished),
        }
    }

    /// A match as an event.
    #[must_use]
    pub fn event(&self, one: &Match, moment: Moment<'_>) -> Option<Event> {
        let kind = self.kind(one.left)?;
        let mut fields: Vec<Value> = (self.members.iter())
            .map(|member| self.member(&one.live, member))
            .collect();
        if one.left == Left::TimedOut {
            let reached = self.steps.get(one.live.reached());
            fields.push(reached.map_or(Value::Missing, |step| Value::Text(step.name.clone())));
        }
        let definition = match one.left {
            Left::Completed | Left::Waited => format!("pattern.{}", self.name),
            Left::TimedOut => format!("pattern.{}.timed_out", self.name),
        };
        let print = format!("{:032x}", one.live.print);
        Some(Event {
            seq: moment.seq,
            ordinal: moment.ordinal,
            kind,
            id: ids::derived_id(&definition, moment.customer, &[&print]),
            source: Text::from(SOURCE),
            customer: moment.customer.clone(),
            time: moment.time,
            door: moment.door,
            fields,
            digest: 0,
            late: moment.late,
            asked: None,
            trace: None,
            entity_values: Vec::new(),
            entity_truncated: Vec::new(),
        })
    }

    fn member(&self, live: &Live, member: &Member) -> Value {
        let Some(taken) = live.taken.get(usize::from(member.step)) else {
            return Value::Missing;
        };
        let seen = match member.first {
            true => &taken.first,
            false => &taken.last,
        };
        match (&member.word, seen) {
            (_, None) => Value::Missing,
            (Word::Count, Some(_)) => Value::Int(i64::from(taken.count)),
            (word, Some(seen)) => self.value(seen, word),
        }
    }

    /// What is kept of an event.
    #[must_use]
    pub fn value(&self, seen: &Seen, word: &Word) -> Value {
        match word {
            Word::Time => Value::Time(seen.order.time),
            Word::Type => {
                let ty = self.types.get(usize::from(seen.of));
                ty.map_or(Value::Missing, |ty| Value::Text(ty.name.clone()))
            }
            Word::Count => Value::Missing,
            Word::Id | Word::Field(_) => {
                let place = self.place_of(seen.of, word);
                let value = place.and_then(|place| seen.values.get(place));
                value.cloned().unwrap_or_default()
            }
        }
    }
}
