//! Building the index: the atoms of all rules, by slot and by rule.

use super::atoms::{Atoms, Known, Test, Way};
use super::bits::Bits;
use super::literals::number;
use super::measure::{Measure, OTHER, Scale};
use super::words::Words;
use super::{Check, Index, OnEvent, Span};
use crate::book::RuleIx;
use crate::catalogue::feature::Take;
use crate::catalogue::{Catalogue, EventId};
use crate::layout::{Layout, Slot, Source};
use crate::value::{Text, Type};
use hashbrown::HashMap;

/// Up to this cost words are looked at before anything else.
const WORD_COST: u8 = 1;

/// Up to this cost truths are flags.
const FLAG_COST: u8 = 1;

/// Flags of a mask.
const FLAGS: usize = 64;

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
        let is_words = |slot: Slot, cost: u8| {
            let spec = site.layout.slot(slot);
            cost <= WORD_COST && spec.is_some_and(|spec| is_word(&spec.ty))
        };
        let words = order
            .iter()
            .filter(|(cost, _, slot)| is_words(*slot, *cost));
        let words: Vec<Slot> = words.map(|(.., slot)| *slot).collect();
        // Rules that name the same words stand together: then a word leaves few stretches of bits.
        all.sort_by_cached_key(|(ix, way)| (first_words(&words, *way), *ix));
        let mut asked: Asked<'_> = HashMap::new();
        for (bit, (_, way)) in all.iter().enumerate() {
            for (slot, test) in way.iter().copied().flatten() {
                asked.entry(*slot).or_default().push((bit, test));
            }
        }
        let flags = flags(site, &order, &asked);
        let mut on = Self {
            start: Bits::all(all.len()),
            words: word_rows(site, &words, &asked, all.len()),
            flags: flags.iter().map(|(slot, _)| *slot).collect(),
            ..Self::default()
        };
        let flag: HashMap<Slot, u32> = flags.into_iter().collect();
        let mut measures: HashMap<Slot, u16> = HashMap::new();
        for (.., slot) in order.iter().filter(|(.., slot)| !words.contains(slot)) {
            let tests = asked.get(slot).map_or(&[][..], Vec::as_slice);
            // All that is asked of a flag may be in masks.
            let masked = |(_, test): &(usize, &Test)| one_side(test).is_some();
            if flag.contains_key(slot) && tests.iter().all(masked) {
                continue;
            }
            if let (Ok(place), Some(measure)) = (
                u16::try_from(on.measures.len()),
                measure(site, *slot, tests),
            ) {
                on.measures.push(measure);
                measures.insert(*slot, place);
            }
        }
        for (ix, way) in &all {
            let check = on.check_of(*ix, *way, &flag, &measures);
            on.checks.push(check);
        }
        on
    }

    /// What is asked of one way when its words fit.
    fn check_of(
        &mut self,
        rule: RuleIx,
        way: Option<&Way>,
        flags: &HashMap<Slot, u32>,
        measures: &HashMap<Slot, u16>,
    ) -> Check {
        let mut check = Check {
            rule,
            flags: 0,
            set: 0,
            spans: (end(&self.spans), 0),
        };
        let mut later: Vec<(u16, &Test)> = Vec::new();
        for (slot, test) in way.into_iter().flatten() {
            match (flags.get(slot), one_side(test)) {
                (Some(bit), Some(wanted)) => {
                    check.flags |= 1 << bit;
                    check.set |= u64::from(wanted) << bit;
                }
                _ => later.extend(measures.get(slot).map(|place| (*place, test))),
            }
        }
        // Measures stand in the order of their cost.
        later.sort_by_key(|(place, _)| *place);
        for (place, test) in later {
            if let Some(measure) = self.measures.get(usize::from(place)) {
                let stretches = stretches(&measure.scale, test);
                self.spans.extend(spans(place, test, &stretches));
            }
        }
        check.spans.1 = end(&self.spans);
        check
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
            Some(Take::Count | Take::New | Take::Sum | Take::Avg) => 3,
            Some(Take::Min | Take::Max | Take::Last) => 4,
            Some(Take::Distinct) | None => 5,
        }
    };
    match &spec.source {
        Source::Field | Source::EventId | Source::EventType => 0,
        Source::Tag(_) => 1,
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

fn word_rows(site: Site<'_>, words: &[Slot], asked: &Asked<'_>, count: usize) -> Vec<Words> {
    let rows = |slot: &Slot| {
        let optional = site.layout.slot(*slot)?.optional;
        Some(Words::of(*slot, optional, asked.get(slot)?, count))
    };
    words.iter().filter_map(rows).collect()
}

/// The truths that become flags: those that most rules ask for.
fn flags(site: Site<'_>, order: &[(u8, usize, Slot)], asked: &Asked<'_>) -> Vec<(Slot, u32)> {
    let is_flag = |slot: Slot| {
        let spec = site.layout.slot(slot);
        let tests = asked.get(&slot).map_or(&[][..], Vec::as_slice);
        spec.is_some_and(|spec| spec.ty == Type::Bool && !spec.optional)
            && tests.iter().any(|(_, test)| one_side(test).is_some())
    };
    let mut found: Vec<(usize, Slot)> = order
        .iter()
        .filter(|(cost, _, slot)| *cost <= FLAG_COST && is_flag(*slot))
        .map(|(_, count, slot)| (*count, *slot))
        .collect();
    found.sort_unstable();
    let slots = found.into_iter().take(FLAGS).map(|(_, slot)| slot);
    slots.zip(0u32..).collect()
}

/// The truth value that a test asks for, where it asks for one.
fn one_side(test: &Test) -> Option<bool> {
    let of = |truth| test.holds(&Known::Bool(truth));
    (of(true) != of(false)).then(|| of(true))
}

fn measure(site: Site<'_>, slot: Slot, asked: &[(usize, &Test)]) -> Option<Measure> {
    let spec = site.layout.slot(slot)?;
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
    Some(Measure {
        slot,
        optional: spec.optional,
        scale,
    })
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
