//! Patterns of a customer: its event is shown to each that asks for it, deadlines pass, and what is
//! complete becomes an event.

use super::Shard;
use crate::change::Change;
use crate::door::Taken;
use crate::event::Event;
use crate::journal::Entry;
use crate::key::KeyGroup;
use crate::pattern::plan::PatternIntake;
use crate::pattern::{
    Around, Kept, Live, Match, Moment, PatternPlan, PatternTally, Seen, Standing,
};
use crate::plan::Plan;
use crate::scene::Scene;
use crate::state::customer::Customer;
use crate::state::seen::Fingerprint;
use crate::time::Local;
use crate::window::track::Order;
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::catalogue::pattern::Word;
use rules::facts::{Facts, Fill};
use rules::interpreter::Interpreter;
use rules::layout::{Slot, Source};
use rules::value::{Text, Value};
use std::sync::Arc;

/// Before the name of a pattern among the names of timers. No reminder begins so.
pub(crate) const MARK: char = ':';

impl Shard {
    /// Shows an event to the patterns of its customer. Gives what is told because of it, in the order
    /// the patterns are declared.
    pub(super) fn observe_patterns(&mut self, taken: &Taken) -> Vec<Event> {
        let plan = Arc::clone(&self.plan);
        let id = &taken.event.customer;
        if let Some(customer) = (self.state.group_mut(KeyGroup::of(id)))
            .and_then(|group| group.customers.get_mut(id.as_str()))
        {
            customer.stepped = customer.stepped.max(taken.event.time);
        }
        let intakes = plan
            .event(taken.event.kind)
            .map_or(&[][..], |p| &p.patterns);
        let mut told = Vec::new();
        for intake in intakes {
            let Some(pattern) = plan.patterns.get(intake.pattern) else {
                continue;
            };
            let seen = seen(pattern, intake, taken);
            for one in self.show(&plan, intake.pattern, pattern, &taken.event.customer, seen) {
                let ordinal = u32::try_from(told.len()).unwrap_or(u32::MAX);
                let moment = Moment {
                    customer: &taken.event.customer,
                    seq: taken.event.seq,
                    ordinal: ordinal.saturating_add(1),
                    time: taken.event.time,
                    door: taken.event.door,
                    late: taken.event.late,
                };
                told.extend(pattern.event(&one, moment));
            }
        }
        told
    }

    fn show(
        &mut self,
        plan: &Plan,
        place: usize,
        pattern: &PatternPlan,
        id: &Text,
        seen: Seen,
    ) -> Vec<Match> {
        let Some((mut standing, others, newest)) = self.lift_pattern(id, place) else {
            return Vec::new();
        };
        let was_empty = standing.is_empty();
        let book = Arc::clone(&self.book);
        let Self {
            interpreter,
            facts,
            zones,
            tally,
            ..
        } = self;
        let mut asker = Asker {
            book: &book,
            plan,
            pattern,
            zone: zones.bank(),
            interpreter,
            facts,
        };
        let mut nobody = PatternTally::default();
        let mut around = Around {
            plan: pattern,
            lateness: plan.lateness_max,
            newest,
            others,
            tally: tally.pattern(place).unwrap_or(&mut nobody),
        };
        let told = standing.take(&mut around, seen, &mut |mark, seen, live| {
            asker.holds(mark, seen, live)
        });
        let changed = !(was_empty && standing.is_empty());
        self.put_pattern(id, place, standing, changed);
        told
    }

    /// The deadline of a pattern passes. Gives what is told.
    pub(super) fn pass_pattern(
        &mut self,
        customer: &Text,
        name: &str,
        seq: u64,
        ordinal: u32,
        due: i64,
    ) -> Vec<Event> {
        let plan = Arc::clone(&self.plan);
        let found = plan.pattern_named(name);
        let Some((place, pattern)) = found.and_then(|at| Some((at, plan.patterns.get(at)?))) else {
            return Vec::new();
        };
        let Some((mut standing, others, newest)) = self.lift_pattern(customer, place) else {
            return Vec::new();
        };
        let mut nobody = PatternTally::default();
        let mut around = Around {
            plan: pattern,
            lateness: plan.lateness_max,
            newest,
            others,
            tally: self.tally.pattern(place).unwrap_or(&mut nobody),
        };
        let told = standing.pass(&mut around, due);
        self.put_pattern(customer, place, standing, true);
        let mut events = Vec::new();
        for one in told {
            let more = u32::try_from(events.len()).unwrap_or(u32::MAX);
            let moment = Moment {
                customer,
                seq,
                ordinal: ordinal.saturating_add(more),
                time: due,
                door: due,
                late: false,
            };
            events.extend(pattern.event(&one, moment));
        }
        events
    }

    /// Takes the state of a pattern out of its customer, with how many instances the others have and the
    /// time of the customer's newest event.
    fn lift_pattern(&mut self, id: &Text, place: usize) -> Option<(Standing, usize, i64)> {
        let group = self.state.group_mut(KeyGroup::of(id))?;
        let customer = group.customers.get_mut(id.as_str())?;
        let standing = customer.patterns.remove(&place).unwrap_or_default();
        let others = customer.patterns.values().map(|other| other.now.len());
        let others = others.sum();
        Some((standing, others, customer.stepped))
    }

    /// Puts the state of a pattern to its customer, and keeps its deadline in step.
    pub(super) fn put_pattern(&mut self, id: &Text, place: usize, standing: Standing, note: bool) {
        let plan = Arc::clone(&self.plan);
        let Some(pattern) = plan.patterns.get(place) else {
            return;
        };
        if note {
            self.journal.note(|| Entry::Customer {
                customer: id.clone(),
                change: Change::PatternKept(Box::new(Kept {
                    pattern: pattern.name.clone(),
                    types: Arc::clone(&pattern.kept),
                    standing: standing.clone(),
                })),
            });
        }
        let due = standing.due(pattern);
        let Some(group) = self.state.group_mut(KeyGroup::of(id)) else {
            return;
        };
        let Some(customer) = group.customers.get_mut(id.as_str()) else {
            return;
        };
        let before = match due {
            Some(due) => customer.deadlines.insert(place, due),
            None => customer.deadlines.remove(&place),
        };
        if standing.is_empty() {
            customer.patterns.remove(&place);
        } else {
            customer.patterns.insert(place, standing);
        }
        if before == due {
            return;
        }
        let name = timer_name(&pattern.name);
        if let Some(before) = before {
            group.timers.remove(&(before, id.clone(), name.clone()));
        }
        if let Some(due) = due {
            group.timers.insert((due, id.clone(), name));
            self.earliest = self.earliest.min(due);
        }
    }

    /// Applies a change that tells the state of a pattern. What is no pattern of this book, or kept
    /// otherwise there, is passed over.
    pub(super) fn restore_pattern(&mut self, id: &Text, kept: &Kept) {
        let plan = Arc::clone(&self.plan);
        let Some(place) = plan.pattern_named(&kept.pattern) else {
            return;
        };
        let same = plan
            .patterns
            .get(place)
            .is_some_and(|p| p.kept == kept.types);
        if same {
            self.put_pattern(id, place, kept.standing.clone(), false);
        }
    }

    /// The earliest deadline of a customer's patterns, with the name of its timer.
    pub(super) fn pattern_due(&self, customer: &Customer) -> Option<(i64, Text)> {
        let all = customer.deadlines.iter().filter_map(|(place, due)| {
            let pattern = self.plan.patterns.get(*place)?;
            Some((*due, timer_name(&pattern.name)))
        });
        all.min()
    }
}

/// The name of a pattern's timer.
pub(crate) fn timer_name(pattern: &str) -> Text {
    format!("{MARK}{pattern}").into()
}

/// What a pattern keeps of an event.
fn seen(pattern: &PatternPlan, intake: &PatternIntake, taken: &Taken) -> Seen {
    let event = &taken.event;
    let holds =
        |condition: &Option<usize>| condition.is_none_or(|at| taken.conditions & (1 << at) != 0);
    let marks = intake
        .marks
        .iter()
        .filter(|(_, condition)| holds(condition));
    let places = pattern
        .types
        .get(usize::from(intake.of))
        .map(|ty| &ty.places);
    let value = |place: &Option<usize>| match place {
        Some(at) => event.fields.get(*at).cloned().unwrap_or_default(),
        None => Value::Text(event.id.clone()),
    };
    Seen {
        of: intake.of,
        order: Order {
            time: event.time,
            seq: event.seq,
        },
        print: Fingerprint::of(&event.source, &event.id).0,
        marks: marks.fold(0, |bits, (mark, _)| bits | (1u64 << mark)),
        values: places.into_iter().flatten().map(value).collect(),
    }
}

/// Asks conditions that read what an instance has taken.
struct Asker<'a> {
    book: &'a Book,
    plan: &'a Plan,
    pattern: &'a PatternPlan,
    zone: &'a TimeZone,
    interpreter: &'a mut Interpreter,
    facts: &'a mut Facts,
}

impl Asker<'_> {
    fn holds(&mut self, mark: usize, seen: &Seen, live: &Live) -> bool {
        let Some(Some(id)) = self.pattern.asked.get(mark) else {
            return true;
        };
        let Some(ty) = self.pattern.types.get(usize::from(seen.of)) else {
            return false;
        };
        self.facts.reset(ty.kind);
        let mut base = Beside {
            book: self.book,
            plan: self.plan,
            pattern: self.pattern,
            zone: self.zone,
            seen,
            live,
        };
        let mut scene = Scene {
            book: self.book,
            interpreter: self.interpreter,
            facts: self.facts,
            base: &mut base,
        };
        // An expression over its bounds is a condition that is not met.
        matches!(scene.expression(*id), Ok(Value::Bool(true)))
    }
}

/// An event as a pattern kept it, beside what an instance has taken.
struct Beside<'a> {
    book: &'a Book,
    plan: &'a Plan,
    pattern: &'a PatternPlan,
    zone: &'a TimeZone,
    seen: &'a Seen,
    live: &'a Live,
}

impl Beside<'_> {
    fn field(&self, slot: Slot) -> Value {
        let ty = self.pattern.types.get(usize::from(self.seen.of));
        let found = ty.and_then(|ty| {
            let fields = &self.plan.event(ty.kind)?.fields;
            let at = usize::from(fields.get(usize::from(slot.0)).copied().flatten()?);
            let place = ty.places.iter().position(|place| *place == Some(at))?;
            self.seen.values.get(place)
        });
        found.cloned().unwrap_or_default()
    }

    fn local(&self) -> Local {
        Local::at(self.seen.order.time, self.zone)
    }
}

impl Fill for Beside<'_> {
    /// There is one event here.
    fn turn(&mut self, _: usize, _: &mut Facts) {}

    fn fill(&mut self, slot: Slot) -> Value {
        let Some(spec) = self.book.layout.slot(slot) else {
            return Value::Missing;
        };
        match &spec.source {
            Source::Field => self.field(slot),
            Source::Step { step, word, .. } => {
                let Some(taken) = self.live.taken.get(usize::from(*step)) else {
                    return Value::Missing;
                };
                match (&taken.last, word) {
                    (None, _) => Value::Missing,
                    (Some(_), Word::Count) => Value::Int(i64::from(taken.count)),
                    (Some(seen), word) => self.pattern.value(seen, word),
                }
            }
            Source::EventId => self.pattern.value(self.seen, &Word::Id),
            Source::EventType => self.pattern.value(self.seen, &Word::Type),
            Source::EventTime => Value::Time(self.seen.order.time),
            Source::EventDate => Value::Date(self.local().date()),
            Source::EventHour => Value::Int(self.local().hour()),
            Source::EventWeekday => Value::Int(self.local().weekday()),
            // A condition of a pattern reads events alone.
            Source::EventDerived(_)
            | Source::Fence(_)
            | Source::District
            | Source::TagAgo(..)
            | Source::TagBefore(_)
            | Source::TagConfidence(_)
            | Source::EntityFeature { .. }
            | Source::EntityTag { .. }
            | Source::TagBehind { .. }
            | Source::PairFeature(_)
            | Source::Tag(_)
            | Source::Segment(_)
            | Source::CustomerFeature(_)
            | Source::Before(_)
            | Source::CustomerDerived(_) => Value::Missing,
        }
    }
}
