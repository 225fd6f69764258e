//! A pattern laid out: its conditions by mark, and what is kept of the events of each type.

use crate::plan::{EventPlan, Plan};
use rules::book::{Book, ExpressionId};
use rules::catalogue::pattern::{Condition, Member, Pattern, Step, Word};
use rules::catalogue::{EventId, Family};
use rules::layout::{Slot, Source};
use rules::value::Text;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

/// A pattern as the matcher sees it.
#[derive(Clone, Debug)]
pub struct PatternPlan {
    /// Its name.
    pub name: Text,
    /// What it was called before.
    pub was: Option<Text>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// In any order.
    pub any_order: bool,
    /// From the first event to the last there is less, ms.
    pub within: Option<i64>,
    /// What may not come: the step, and whether only as the very next event.
    pub never: Vec<NeverPlan>,
    /// For so long something may not follow, ms.
    pub absent: Option<i64>,
    /// What becomes of the others.
    pub after: rules::catalogue::pattern::After,
    /// Most live instances.
    pub keep: usize,
    /// Behind the last step it waits.
    pub waits: bool,
    /// What it waits for is the next event alone.
    pub waits_for_next: bool,
    /// Somebody is to be told of what is left unfinished.
    pub tells_unfinished: bool,
    /// By mark: the condition that has to be asked with the instance; the mark alone says the others.
    pub asked: Vec<Option<ExpressionId>>,
    /// What is kept, by event type.
    pub types: Vec<TypePlan>,
    /// The same as it is told to the log.
    pub kept: Arc<[(Text, Vec<Text>)]>,
    /// What its events show.
    pub members: Vec<Member>,
    /// `pattern.<name>`
    pub completed: EventId,
    /// `pattern.<name>.timed_out`
    pub timed_out: Option<EventId>,
    /// All that gives what is live its meaning, as a text.
    pub meaning: String,
}

/// What may not come.
#[derive(Clone, Copy, Debug)]
pub struct NeverPlan {
    /// From this step on.
    pub step: usize,
    /// Only as the very next event.
    pub next: bool,
}

/// What a pattern keeps of the events of one type.
#[derive(Clone, Debug)]
pub struct TypePlan {
    /// The type.
    pub kind: EventId,
    /// Its name.
    pub name: Text,
    /// What is kept: fields by name, and `id`.
    pub names: Vec<Text>,
    /// By the same place: the field; `None`: the id.
    pub places: Vec<Option<usize>>,
}

/// An event type's way into one pattern.
#[derive(Clone, Debug)]
pub struct PatternIntake {
    /// By place in [`Plan::patterns`].
    pub pattern: usize,
    /// By place in [`PatternPlan::types`].
    pub of: u16,
    /// Its marks, each with the condition in [`EventPlan::conditions`] that makes it.
    pub marks: Vec<(usize, Option<usize>)>,
}

/// The word under which the id of an event is kept. No field has that name.
const ID: &str = "id";

impl PatternPlan {
    /// The place of a kept value of a type.
    #[must_use]
    pub fn place(&self, of: u16, name: &str) -> Option<usize> {
        let ty = self.types.get(usize::from(of))?;
        ty.names.iter().position(|kept| kept == name)
    }

    /// The same for a word of a step.
    #[must_use]
    pub fn place_of(&self, of: u16, word: &Word) -> Option<usize> {
        match word {
            Word::Id => self.place(of, ID),
            Word::Field(name) => self.place(of, name),
            Word::Time | Word::Type | Word::Count => None,
        }
    }

    /// Lays out the patterns of a book. `all`: every field is kept, whether somebody reads it or not.
    pub(crate) fn build(book: &Book, all: bool) -> Vec<Self> {
        let patterns = (0u16..).zip(&book.catalogue.patterns);
        patterns
            .map(|(at, pattern)| Self::of(book, at, pattern, all))
            .collect()
    }

    fn of(book: &Book, at: u16, pattern: &Pattern, all: bool) -> Self {
        let conditions: Vec<Condition<'_>> = pattern.conditions().collect();
        let asked: Vec<Option<ExpressionId>> = conditions
            .iter()
            .map(|condition| steps_read(book, condition))
            .collect();
        let types = types(book, at, pattern, &conditions, all);
        let never: Vec<NeverPlan> = pattern
            .never
            .iter()
            .map(|never| NeverPlan {
                step: usize::from(never.step),
                next: never.next,
            })
            .collect();
        let waits_for_next =
            pattern.absent.is_none() && pattern.waits() && pattern.trailing().all(|n| n.next);
        let listened = |id: EventId| !book.rules_on(id).is_empty();
        let kept = types.iter().map(|ty| (ty.name.clone(), ty.names.clone()));
        Self {
            name: pattern.name.clone(),
            was: pattern.was.clone(),
            steps: pattern.steps.clone(),
            any_order: pattern.any_order,
            within: pattern.within,
            never,
            absent: pattern.absent.as_ref().map(|absent| absent.within),
            after: pattern.after,
            keep: usize::try_from(pattern.keep).unwrap_or(1),
            waits: pattern.waits(),
            waits_for_next,
            tells_unfinished: pattern.timed_out.is_some_and(listened)
                || (pattern.funnel && pattern.timed_out.is_some()),
            asked,
            kept: kept.collect(),
            types,
            members: pattern.members.clone(),
            completed: pattern.completed,
            timed_out: pattern.timed_out,
            meaning: meaning(book, pattern, &conditions),
        }
    }

    /// The way of an event type into this pattern; its conditions are added to those of the type.
    pub(crate) fn intake(
        &self,
        place: usize,
        book: &Book,
        id: EventId,
        plan: &mut EventPlan,
    ) -> Option<PatternIntake> {
        let pattern = book.catalogue.patterns.get(place)?;
        let of = self.types.iter().position(|ty| ty.kind == id)?;
        let mut marks = Vec::new();
        for (mark, condition) in pattern.conditions().enumerate() {
            if !condition.on.contains(&id) {
                continue;
            }
            let alone = self.asked.get(mark).is_some_and(Option::is_none);
            let filter = condition.filter.filter(|_| alone);
            marks.push((mark, filter.map(|filter| plan.condition(filter.id))));
        }
        Some(PatternIntake {
            pattern: place,
            of: u16::try_from(of).ok()?,
            marks,
        })
    }
}

/// The condition, where it reads steps.
fn steps_read(book: &Book, condition: &Condition<'_>) -> Option<ExpressionId> {
    let id = condition.filter?.id;
    let reads = &book.expression(id)?.reads;
    let of_step = |slot: &Slot| {
        let spec = book.layout.slot(*slot);
        spec.is_some_and(|spec| matches!(spec.source, Source::Step { .. }))
    };
    reads.iter().any(of_step).then_some(id)
}

/// The event types that matter to a pattern, and what is kept of them.
fn types(
    book: &Book,
    at: u16,
    pattern: &Pattern,
    conditions: &[Condition<'_>],
    all: bool,
) -> Vec<TypePlan> {
    let mut kinds: Vec<EventId> = Vec::new();
    for kind in conditions.iter().flat_map(|condition| condition.on) {
        if !kinds.contains(kind) {
            kinds.push(*kind);
        }
    }
    let strict = |step: &Step| step.between == rules::catalogue::pattern::Between::Strict;
    let every = pattern.steps.iter().any(strict) || pattern.never.iter().any(|never| never.next);
    if every {
        // What a customer does counts as the next event; what is told of a customer does not.
        let events = (0u16..).map(EventId).zip(&book.catalogue.events);
        let own = events.filter(|(_, event)| {
            matches!(
                event.family,
                Family::Channel | Family::Transaction | Family::Location
            )
        });
        let more: Vec<EventId> = own
            .map(|(id, _)| id)
            .filter(|id| !kinds.contains(id))
            .collect();
        kinds.extend(more);
    }
    let of = |kind: &EventId| {
        let event = book.catalogue.event(*kind)?;
        let wanted = wanted(book, at, pattern, conditions, *kind, all);
        let names: Vec<Text> = wanted.into_iter().collect();
        let place = |name: &Text| event.fields.iter().position(|field| field.name == *name);
        Some(TypePlan {
            kind: *kind,
            name: event.name.clone(),
            places: names.iter().map(place).collect(),
            names,
        })
    };
    kinds.iter().filter_map(of).collect()
}

/// What a rule or a condition reads of the events of a type.
fn wanted(
    book: &Book,
    at: u16,
    pattern: &Pattern,
    conditions: &[Condition<'_>],
    kind: EventId,
    all: bool,
) -> BTreeSet<Text> {
    let mut names: BTreeSet<Text> = BTreeSet::new();
    let takes = |step: usize| {
        pattern
            .steps
            .get(step)
            .is_some_and(|s| s.on.contains(&kind))
    };
    let mut add = |step: u16, word: &Word| match word {
        Word::Field(name) if takes(usize::from(step)) => {
            names.insert(name.clone());
        }
        Word::Id if takes(usize::from(step)) => {
            names.insert(ID.into());
        }
        _ => {}
    };
    for id in [Some(pattern.completed), pattern.timed_out]
        .into_iter()
        .flatten()
    {
        let read = book.record.get(usize::from(id.0));
        let slots = book.layout.fields.get(usize::from(id.0));
        for (member, slot) in pattern.members.iter().zip(slots.into_iter().flatten()) {
            if all || read.is_some_and(|read| read.contains(slot)) {
                add(member.step, &member.word);
            }
        }
    }
    for condition in conditions {
        let Some(id) = steps_read(book, condition) else {
            continue;
        };
        for slot in book.expression(id).into_iter().flat_map(|e| &e.reads) {
            if let Some(Source::Step {
                pattern: of,
                step,
                word,
            }) = book.layout.slot(*slot).map(|spec| &spec.source)
                && *of == at
            {
                add(*step, word);
            }
        }
    }
    names.extend(own_reads(book, conditions, kind));
    names
}

/// What the conditions that read steps read of the event itself.
fn own_reads(book: &Book, conditions: &[Condition<'_>], kind: EventId) -> Vec<Text> {
    let mut names = Vec::new();
    let Some(event) = book.catalogue.event(kind) else {
        return names;
    };
    let slots = book.layout.fields.get(usize::from(kind.0));
    for condition in conditions.iter().filter(|c| c.on.contains(&kind)) {
        let Some(id) = steps_read(book, condition) else {
            continue;
        };
        for slot in book.expression(id).into_iter().flat_map(|e| &e.reads) {
            let fields = event.fields.iter().zip(slots.into_iter().flatten());
            names.extend(
                fields
                    .filter(|(_, own)| *own == slot)
                    .map(|(f, _)| f.name.clone()),
            );
            let spec = book.layout.slot(*slot);
            if spec.is_some_and(|spec| spec.source == Source::EventId) {
                names.push(ID.into());
            }
        }
    }
    names
}

/// Everything that decides what is live, as a text: equal texts, equal meaning.
fn meaning(book: &Book, pattern: &Pattern, conditions: &[Condition<'_>]) -> String {
    let mut text = format!(
        "{:?} {:?} {:?}",
        pattern.within,
        pattern.any_order,
        pattern.absent.as_ref().map(|absent| absent.within)
    );
    for step in &pattern.steps {
        let _ = write!(
            text,
            " {:?} {:?} {:?} {:?}",
            step.name, step.times, step.optional, step.between
        );
    }
    for never in &pattern.never {
        let _ = write!(text, " {:?} {:?}", never.step, never.next);
    }
    for condition in conditions {
        let filter = condition.filter.map(|filter| filter.text.as_str());
        let _ = write!(text, " {filter:?}");
        for kind in condition.on {
            let name = book.catalogue.event(*kind).map(|event| event.name.as_str());
            let _ = write!(text, " {name:?}");
        }
    }
    text
}

impl Plan {
    /// The place of the pattern called `name`.
    #[must_use]
    pub fn pattern_named(&self, name: &str) -> Option<usize> {
        self.patterns
            .iter()
            .position(|pattern| pattern.name == name)
    }

    /// Lays the ways of an event type into all patterns.
    pub(crate) fn lay_patterns(&self, book: &Book, id: EventId, plan: &mut EventPlan) {
        for (place, pattern) in self.patterns.iter().enumerate() {
            if let Some(intake) = pattern.intake(place, book, id, plan) {
                plan.patterns.push(intake);
            }
        }
    }
}
