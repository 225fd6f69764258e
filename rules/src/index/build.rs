//! Building the index: the atoms of all rules, by slot and by rule.

use super::atoms::{Atoms, Known, Test, Way};
use super::bits::Bits;
use super::literals::number;
use super::measure::{Measure, OTHER, Scale};
use super::rows::{Ladder, Truths};
use super::words::Words;
use super::{By, Check, Index, OnEvent, Rows, Span};
use crate::book::RuleIx;
use crate::catalogue::feature::Take;
use crate::catalogue::{Catalogue, EventId};
use crate::layout::{Layout, Slot, SlotSpec, Source};
use crate::value::{Text, Type};
use hashbrown::HashMap;

/// What the event itself says is looked at for all rules at once, always.
const EVENT_COST: u8 = 0;
/// Words of the event and the customer have rows.
const WORD_COST: u8 = 1;
/// Numbers have rows unless they are computed from others.
const LADDER_COST: u8 = 5;

/// What the index is built over.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) layout: &'a Layout,
}

impl Index {
    /// The index over the rules of a book. `atoms` gives what is known of a rule on an event type.
    pub(crate) fn build<'a>(
        site: Site<'_>,
        by_event: &[Vec<RuleIx>],
        atoms: &dyn Fn(EventId, RuleIx) -> Option<&'a Atoms>,
    ) -> Self {
        let events = (0u16..).zip(by_event).map(|(at, rules)| {
            let known = rules.iter().map(|ix| (*ix, atoms(EventId(at), *ix)));
            OnEvent::build(site, known)
        });
        Self {
            events: events.collect(),
        }
    }
}

/// A way in which a rule can hold; without one, nothing is known of it.
type Possible<'a> = (RuleIx, Option<&'a Way>);

/// What is asked of a slot, with the bits that ask.
type Asked<'a> = HashMap<Slot, Vec<(usize, &'a Test)>>;

impl OnEvent {
    fn build<'a>(site: Site<'_>, rules: impl Iterator<Item = (RuleIx, Option<&'a Atoms>)>) -> Self {
        let mut all: Vec<Possible<'a>> = Vec::new();
        for (ix, atoms) in rules {
            match atoms {
                None => all.push((ix, None)),
                Some(atoms) => all.extend(atoms.ways.iter().map(|way| (ix, Some(way)))),
            }
        }
        let order = order(site, &all);
        let has_rows = |(cost, _, slot): &&(u8, usize, Slot)| {
            let spec = site.layout.slot(*slot);
            *cost <= WORD_COST && spec.is_some_and(|spec| is_word(&spec.ty))
        };
        let words: Vec<Slot> = order
            .iter()
            .filter(has_rows)
            .map(|(.., slot)| *slot)
            .collect();
        // Rules that name the same words stand together: then a word leaves few stretches of bits.
        all.sort_by_cached_key(|(ix, way)| (first_words(&words, *way), *ix));
        let mut asked: Asked<'_> = HashMap::new();
        for (bit, (_, way)) in all.iter().enumerate() {
            for (slot, test) in way.iter().copied().flatten() {
                asked.entry(*slot).or_default().push((bit, test));
            }
        }
        let mut on = Self {
            start: Bits::all(all.len()),
            ..Self::default()
        };
        let mut measures: HashMap<Slot, u16> = HashMap::new();
        for (cost, _, slot) in &order {
            let tests = asked.get(slot).map_or(&[][..], Vec::as_slice);
            if let Some(place) = on.add(site, *cost, *slot, tests, all.len()) {
                measures.insert(*slot, place);
            }
        }
        for (ix, way) in &all {
            let check = on.check_of(*ix, *way, &measures);
            on.checks.push(check);
        }
        on
    }

    /// Adds a slot; gives its measure, where rows do not say all there is to say or may be left out.
    fn add(
        &mut self,
        site: Site<'_>,
        cost: u8,
        slot: Slot,
        asked: &[(usize, &Test)],
        count: usize,
    ) -> Option<u16> {
        let spec = site.layout.slot(slot)?;
        let measure = u16::try_from(self.measures.len()).ok();
        let by = match &spec.ty {
            ty if cost <= WORD_COST && is_word(ty) => {
                Some(By::Words(Words::of(slot, spec.optional, asked, count)))
            }
            Type::Bool if cost == EVENT_COST && !spec.optional => {
                Some(By::Truths(Truths::of(slot, asked, count)))
            }
            ty if cost <= LADDER_COST && number(ty).is_some() => {
                Some(By::Ladder(Ladder::of(measure?, asked, count)))
            }
            _ => None,
        };
        // Rows of words and truths say all there is to say.
        let is_last = cost == EVENT_COST && matches!(by, Some(By::Words(_) | By::Truths(_)));
        if let Some(by) = by {
            let mut mask = Bits::none(count);
            asked.iter().for_each(|(bit, _)| mask.set(*bit));
            self.rows.push(Rows { mask, is_last, by });
        }
        if is_last {
            return None;
        }
        self.measures.push(self::measure(spec, slot, asked));
        measure
    }

    /// What is asked of one way when rows leave it.
    fn check_of(
        &mut self,
        rule: RuleIx,
        way: Option<&Way>,
        measures: &HashMap<Slot, u16>,
    ) -> Check {
        let from = end(&self.spans);
        let mut later: Vec<(u16, &Test)> = Vec::new();
        for (slot, test) in way.into_iter().flatten() {
            later.extend(measures.get(slot).map(|place| (*place, test)));
        }
        // Measures stand in the order of their cost.
        later.sort_by_key(|(place, _)| *place);
        for (place, test) in later {
            if let Some(measure) = self.measures.get(usize::from(place)) {
                let stretches = stretches(&measure.scale, test);
                self.spans.extend(spans(place, test, &stretches));
            }
        }
        Check {
            rule,
            from,
            to: end(&self.spans),
        }
    }
}

fn end(spans: &[Span]) -> u32 {
    u32::try_from(spans.len()).unwrap_or(u32::MAX)
}

/// The slots that are asked for: cheap ones first, of those the ones that most rules ask for.
fn order(site: Site<'_>, all: &[Possible<'_>]) -> Vec<(u8, usize, Slot)> {
    let mut counts: HashMap<Slot, usize> = HashMap::new();
    for (_, way) in all {
        for (slot, _) in way.iter().copied().flatten() {
            *counts.entry(*slot).or_default() += 1;
        }
    }
    let counted = counts.into_iter();
    let mut order: Vec<(u8, usize, Slot)> = counted
        .map(|(slot, count)| (cost(site, slot), usize::MAX - count, slot))
        .collect();
    order.sort_unstable();
    order
}

/// What it costs to learn a slot's value: what the event and the customer say before windows, sums
/// before what has to look at each event, and those before what is computed from all of them.
fn cost(site: Site<'_>, slot: Slot) -> u8 {
    let Some(spec) = site.layout.slot(slot) else {
        return u8::MAX;
    };
    let window = |feature: u16| {
        let feature = site.catalogue.features.get(usize::from(feature));
        match feature.map(|feature| feature.take) {
            Some(Take::Count | Take::New | Take::Sum | Take::Avg | Take::StdDev | Take::ZScore) => {
                3
            }
            Some(Take::Min | Take::Max | Take::Last | Take::First | Take::NthLast(_)) => 4,
            Some(
                Take::Distinct
                | Take::Quantile(_)
                | Take::Decay(_)
                | Take::HourShare
                | Take::Place(_),
            )
            | None => 5,
        }
    };
    match &spec.source {
        Source::Field | Source::Step { .. } | Source::EventId | Source::EventType => 0,
        Source::Tag(_) | Source::TagConfidence(_) | Source::Fence(_) | Source::District => 1,
        Source::TagAgo(..) | Source::TagBefore(_) => 2,
        Source::EntityTag { .. } | Source::TagBehind { .. } => 3,
        Source::EventTime | Source::EventDate | Source::EventHour | Source::EventWeekday => 1,
        // The entity's own shard has read it already.
        Source::EntityFeature { .. } => 2,
        Source::CustomerFeature(feature)
        | Source::Before(feature)
        | Source::PairFeature(feature) => window(*feature),
        Source::Segment(_) | Source::EventDerived(_) | Source::CustomerDerived(_) => 6,
    }
}

fn is_word(ty: &Type) -> bool {
    matches!(ty, Type::Text | Type::Symbol(_) | Type::Ref(_))
}

/// Per slot of words, the first word that a way names.
fn first_words<'a>(words: &[Slot], way: Option<&'a Way>) -> Vec<Option<&'a Text>> {
    let word = |slot: &Slot| {
        let test = way?.iter().find(|(known, _)| known == slot);
        test?.1.words().first().copied()
    };
    words.iter().map(word).collect()
}

fn measure(spec: &SlotSpec, slot: Slot, asked: &[(usize, &Test)]) -> Measure {
    let scale = match &spec.ty {
        Type::Bool => Scale::Bool,
        ty if is_word(ty) => {
            let mut words: Vec<&Text> = asked.iter().flat_map(|(_, test)| test.words()).collect();
            words.sort_unstable();
            words.dedup();
            Scale::Words(words.into_iter().cloned().zip(0..).collect())
        }
        ty => number(ty).map_or(Scale::Presence, Scale::Number),
    };
    Measure {
        slot,
        optional: spec.optional,
        scale,
    }
}

/// Where a test holds.
fn stretches(scale: &Scale, test: &Test) -> Vec<(i64, i64)> {
    match scale {
        Scale::Number(_) => test.stretches(),
        Scale::Bool => [(false, 0), (true, 1)]
            .into_iter()
            .filter(|(truth, _)| test.holds(&Known::Bool(*truth)))
            .map(|(_, at)| (at, at))
            .collect(),
        Scale::Presence => {
            let there = test.holds(&Known::Any);
            there.then_some((0, 0)).into_iter().collect()
        }
        Scale::Words(words) => {
            let otherwise = test.of_other_word();
            let mut named: Vec<(i64, bool)> = (test.words().into_iter())
                .filter_map(|word| Some((*words.get(word)?, test.of_word(word))))
                .collect();
            named.sort_unstable();
            if !otherwise {
                let held = named.into_iter().filter(|(_, held)| *held);
                return held.map(|(at, _)| (at, at)).collect();
            }
            let mut found = Vec::new();
            let mut low = OTHER;
            for (at, _) in named.into_iter().filter(|(_, held)| !held) {
                found.push((low, at - 1));
                low = at + 1;
            }
            found.push((low, i64::MAX));
            found.retain(|(low, high)| low <= high);
            found
        }
    }
}

/// The spans of one test: at least one, be it empty, so that its slot is asked for.
fn spans(measure: u16, test: &Test, stretches: &[(i64, i64)]) -> Vec<Span> {
    let missing = test.holds(&Known::Missing);
    let empty = [(i64::MAX, i64::MIN)];
    let all = if stretches.is_empty() {
        empty.as_slice()
    } else {
        stretches
    };
    let mut more = u16::try_from(all.len()).unwrap_or(u16::MAX);
    let span = |(low, high): &(i64, i64)| {
        more = more.saturating_sub(1);
        Span {
            measure,
            more,
            missing,
            low: *low,
            high: *high,
        }
    };
    all.iter().map(span).collect()
}
