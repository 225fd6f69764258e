//! Patterns: events of one customer that make a whole, told as an event of its own.

use super::{Catalogue, EventId, Expression, Field};
use crate::finding::{Place, Words};
use crate::value::{Text, Type, Value};

/// A declared pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Its name: it becomes event `pattern.<name>`.
    pub name: Text,
    /// What it was called before: what is live is kept.
    pub was: Option<Text>,
    /// What people call it.
    pub title: Words,
    /// Its steps, in declared order.
    pub steps: Vec<Step>,
    /// From the first event to the last there is less than this, ms.
    pub within: Option<i64>,
    /// The steps may come in any order.
    pub any_order: bool,
    /// What may not come in between.
    pub never: Vec<Never>,
    /// What may not follow: its deadline completes the pattern.
    pub absent: Option<Absent>,
    /// What becomes of the live ones when another begins, or when one is complete.
    pub after: After,
    /// Most live instances per customer.
    pub keep: u32,
    /// Each step is counted, and what is left unfinished is told.
    pub funnel: bool,
    /// `pattern.<name>`
    pub completed: EventId,
    /// `pattern.<name>.timed_out`; none where nothing can be left unfinished.
    pub timed_out: Option<EventId>,
    /// What the fields of its events show, in their order.
    pub members: Vec<Member>,
    /// Where it is declared.
    pub place: Place,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name: read as `event.<step>.<field>`.
    pub name: Text,
    /// The event types it takes.
    pub on: Vec<EventId>,
    /// Which of them.
    pub filter: Option<Expression>,
    /// So many events.
    pub times: Times,
    /// It may be left out.
    pub optional: bool,
    /// What may stand before it.
    pub between: Between,
    /// Where it is declared.
    pub place: Place,
}

/// How often a step happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Just so often.
    Exactly(u32),
    /// So often, and as often as it likes.
    AtLeast(u32),
}

impl Times {
    /// The least number of events.
    #[must_use]
    pub fn least(self) -> u32 {
        match self {
            Self::Exactly(n) | Self::AtLeast(n) => n,
        }
    }

    /// True when one more can be taken by a step that has so many.
    #[must_use]
    pub fn takes_more(self, taken: u32) -> bool {
        match self {
            Self::Exactly(n) => taken < n,
            Self::AtLeast(_) => true,
        }
    }

    /// It has a count and a first event.
    #[must_use]
    pub fn repeats(self) -> bool {
        self != Self::Exactly(1)
    }
}

/// What may stand between an event of a pattern and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Nothing: the very next event of the customer.
    Strict,
    /// What does not fit: the first event that fits is taken.
    Relaxed,
    /// Anything: each event that fits makes a match of its own.
    Any,
}

/// What may not come between a step and the next one.
#[derive(Clone, Debug)]
pub struct Never {
    /// From the first event of this step on, by place.
    pub step: u16,
    /// The event types.
    pub on: Vec<EventId>,
    /// Which of them.
    pub filter: Option<Expression>,
    /// Only as the very next event.
    pub next: bool,
}

/// What may not follow the last step.
#[derive(Clone, Debug)]
pub struct Absent {
    /// The event types.
    pub on: Vec<EventId>,
    /// Which of them.
    pub filter: Option<Expression>,
    /// For so long, ms.
    pub within: i64,
}

/// What becomes of live instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// A new beginning drops what is live.
    Restart,
    /// Nothing begins while something is live.
    Ignore,
    /// Each beginning is an instance of its own, and every match is told.
    Each,
    /// Of matches that begin with one event only the first is told.
    SkipToNext,
    /// A match drops what began before it was complete.
    SkipPastLast,
}

/// What a field of a pattern's event shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The step, by place.
    pub step: u16,
    /// The first event of a repeated step, else the last.
    pub first: bool,
    /// What of it.
    pub word: Word,
}

/// What of a matched event can be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// When it happened.
    Time,
    /// Its id.
    Id,
    /// Its type.
    Type,
    /// How many the step took.
    Count,
    /// A field of its own.
    Field(Text),
}

impl Word {
    /// As an author writes it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Time => "time",
            Self::Id => "id",
            Self::Type => "type",
            Self::Count => "count",
            Self::Field(name) => name,
        }
    }
}

/// Where a condition of a pattern stands: which steps it may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// At a step, by place.
    Step(usize),
    /// At one of `never`, by place.
    Never(usize),
    /// At `absent`.
    Absent,
}

/// A condition with where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a> {
    /// Where.
    pub site: Site,
    /// The event types it is asked of.
    pub on: &'a [EventId],
    /// What it says; `None`: each event of these types fits.
    pub filter: Option<&'a Expression>,
}

impl Pattern {
    /// Every condition: of the steps, of `never`, and of `absent`, in this order.
    pub fn conditions(&self) -> impl Iterator<Item = Condition<'_>> {
        let steps = self.steps.iter().enumerate().map(|(at, step)| Condition {
            site: Site::Step(at),
            on: &step.on,
            filter: step.filter.as_ref(),
        });
        let never = self.never.iter().enumerate().map(|(at, never)| Condition {
            site: Site::Never(at),
            on: &never.on,
            filter: never.filter.as_ref(),
        });
        let absent = self.absent.iter().map(|absent| Condition {
            site: Site::Absent,
            on: &absent.on,
            filter: absent.filter.as_ref(),
        });
        steps.chain(never).chain(absent)
    }

    /// The steps that a condition may read, with whether each may have no event yet.
    #[must_use]
    pub fn readable(&self, site: Site) -> Vec<(usize, bool)> {
        let last = self.steps.len();
        let (upto, own) = match site {
            Site::Step(_) if self.any_order => (0, None),
            Site::Never(at) if self.any_order => {
                let only = self.never.get(at).map(|n| usize::from(n.step));
                return only.into_iter().map(|step| (step, false)).collect();
            }
            Site::Step(at) => {
                let repeats = self.steps.get(at).is_some_and(|s| s.times.repeats());
                (at, repeats.then_some(at))
            }
            Site::Never(at) => {
                let upto = self.never.get(at).map_or(0, |n| usize::from(n.step) + 1);
                (upto, None)
            }
            Site::Absent => (last, None),
        };
        let steps = self.steps.iter().enumerate().take(upto);
        steps
            .map(|(at, step)| (at, step.optional))
            .chain(own.map(|at| (at, true)))
            .collect()
    }

    /// The word behind `event` by which a condition's text reads a step once it is compiled. No author
    /// writes it: what stands there is checked under the step's own name.
    #[must_use]
    pub fn hidden(&self, site: Site, step: &str) -> String {
        let site = match site {
            Site::Step(at) => format!("s{at}"),
            Site::Never(at) => format!("n{at}"),
            Site::Absent => "a".to_owned(),
        };
        format!("{}__{site}__{step}", self.name)
    }

    /// Its events come when a deadline passes: nothing more happens between the last step and then.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.absent.is_some() || self.trailing().next().is_some()
    }

    /// What may not come behind the last step.
    pub fn trailing(&self) -> impl Iterator<Item = &Never> {
        let last = self.steps.len().saturating_sub(1);
        let ordered = !self.any_order;
        self.never
            .iter()
            .filter(move |never| ordered && usize::from(never.step) == last)
    }

    /// What can be read of a step's events: the fields that all its types have with one type.
    #[must_use]
    pub fn words(catalogue: &Catalogue, step: &Step) -> Vec<(Word, Type, bool)> {
        let names = step.on.iter().filter_map(|id| catalogue.event(*id));
        let names: Vec<Text> = names.map(|event| event.name.clone()).collect();
        let mut words = vec![
            (Word::Time, Type::Time, false),
            (Word::Id, Type::Text, false),
            (Word::Type, Type::Symbol(names), false),
        ];
        if step.times.repeats() {
            words.push((Word::Count, Type::Int, false));
        }
        words.extend(
            shared(catalogue, &step.on)
                .into_iter()
                .map(|field| (Word::Field(field.name), field.ty, field.optional)),
        );
        words
    }
}

/// The fields that all of these types have with one type; optional where one of them says so.
#[must_use]
pub fn shared(catalogue: &Catalogue, on: &[EventId]) -> Vec<Field> {
    let mut types = on.iter().filter_map(|id| catalogue.event(*id));
    let Some(first) = types.next() else {
        return Vec::new();
    };
    let others: Vec<_> = types.collect();
    let mut fields = Vec::new();
    for field in &first.fields {
        let same = |f: &&Field| f.name == field.name && f.ty == field.ty;
        let found: Vec<&Field> = others
            .iter()
            .filter_map(|event| event.fields.iter().find(same))
            .collect();
        if found.len() == others.len() {
            let mut field = field.clone();
            field.optional |= found.iter().any(|f| f.optional);
            field.sensitive |= found.iter().any(|f| f.sensitive);
            field.default = Value::Missing;
            fields.push(field);
        }
    }
    fields
}
