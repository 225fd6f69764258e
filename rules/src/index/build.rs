//! Building the index: the atoms of all rules, turned into rows by slot.

use super::atoms::{Atoms, Key, Known, Test, number};
use super::bits::Bits;
use super::probe::{Number, Probe, Rows, WordRow};
use super::{Index, OnEvent};
use crate::book::RuleIx;
use crate::catalogue::EventId;
use crate::layout::{Layout, Slot, Source};
use crate::value::{Text, Type};
use hashbrown::HashMap;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Cuts of a probe; where rules name more numbers, a row serves a stretch of them.
const CUTS: usize = 64;

impl Index {
    /// The index over the rules of a book. `atoms` gives what is known of a rule on an event type.
    pub(crate) fn build<'a>(
        layout: &Layout,
        by_event: &[Vec<RuleIx>],
        atoms: &dyn Fn(EventId, RuleIx) -> Option<&'a Atoms>,
    ) -> Self {
        let events = (0u16..).zip(by_event);
        let events = events.map(|(at, rules)| {
            let found = |ix: &RuleIx| (*ix, atoms(EventId(at), *ix));
            OnEvent::build(layout, rules.iter().map(found).collect())
        });
        Self {
            events: events.collect(),
        }
    }
}

/// What a rule asks of one slot, by its bit.
type Asked<'a> = Vec<(usize, &'a Test)>;

impl OnEvent {
    fn build(layout: &Layout, mut rules: Vec<(RuleIx, Option<&Atoms>)>) -> Self {
        let mut slots: BTreeMap<(u8, Slot), usize> = BTreeMap::new();
        for (_, atoms) in &rules {
            for (slot, _) in atoms.iter().flat_map(|a| &a.tests) {
                *slots.entry((cost(layout, *slot), *slot)).or_default() += 1;
            }
        }
        // Of slots that cost the same, the one that most rules ask for goes first.
        let mut order: Vec<(u8, usize, Slot)> = slots
            .into_iter()
            .map(|((cost, slot), count)| (cost, usize::MAX - count, slot))
            .collect();
        order.sort_unstable();
        // Rules that name the same words stand together: then a word leaves few stretches of bits.
        let words = |atoms: Option<&Atoms>| -> Vec<Option<Key>> {
            order
                .iter()
                .take_while(|(cost, ..)| *cost <= WORD_COST)
                .map(|(.., slot)| {
                    let tests = atoms.iter().flat_map(|a| &a.tests);
                    let test = tests.into_iter().find(|(s, _)| s == slot)?;
                    let mut keys = Vec::new();
                    test.1.keys(&mut keys);
                    keys.into_iter()
                        .find(|k| matches!(k, Key::Word(_)))
                        .cloned()
                })
                .collect()
        };
        rules.sort_by_cached_key(|(ix, atoms)| (words(*atoms), *ix));
        let count = rules.len();
        let mut start = Bits::none(count);
        let mut asked: HashMap<Slot, Asked<'_>> = HashMap::new();
        for (bit, (_, atoms)) in rules.iter().enumerate() {
            if atoms.is_none_or(|atoms| !atoms.never) {
                start.set(bit);
            }
            for (slot, test) in atoms.iter().flat_map(|a| &a.tests) {
                asked.entry(*slot).or_default().push((bit, test));
            }
        }
        let probe = |(.., slot): &(u8, usize, Slot)| {
            let asked = asked.get(slot)?;
            probe(layout, *slot, asked, count)
        };
        Self {
            probes: order.iter().filter_map(probe).collect(),
            rules: rules.into_iter().map(|(ix, _)| ix).collect(),
            start,
        }
    }
}

/// Up to this cost words decide where a rule stands.
const WORD_COST: u8 = 1;

/// What it costs to learn a slot's value: words of the event and customer before numbers, both before
/// windows, and those before what is computed from all of them.
fn cost(layout: &Layout, slot: Slot) -> u8 {
    let Some(spec) = layout.slot(slot) else {
        return u8::MAX;
    };
    let number = u8::from(number(&spec.ty).is_some()) * 2;
    match spec.source {
        Source::Field | Source::EventId | Source::EventType => number,
        Source::EventTime | Source::EventDate | Source::EventHour | Source::EventWeekday => 2,
        Source::Tag(_) => 1 + number,
        Source::CustomerFeature(_) | Source::EntityFeature { .. } => 4,
        Source::Before(_) | Source::PairFeature(_) => 5,
        Source::Segment(_) | Source::EventDerived(_) | Source::CustomerDerived(_) => 6,
    }
}

fn probe(layout: &Layout, slot: Slot, asked: &Asked<'_>, count: usize) -> Option<Probe> {
    let spec = layout.slot(slot)?;
    let mut mask = Bits::none(count);
    for (bit, _) in asked {
        mask.set(*bit);
    }
    let row = |known: &Known<'_>| {
        let mut bits = everybody(count);
        for (bit, test) in asked {
            if !test.holds(known) {
                bits.clear(*bit);
            }
        }
        bits
    };
    let rows = match &spec.ty {
        Type::Bool => Rows::Bool {
            yes: row(&Known::Bool(true)),
            no: row(&Known::Bool(false)),
        },
        Type::Text | Type::Symbol(_) | Type::Ref(_) => words(asked, count),
        ty => match number(ty) {
            Some(of) => numbers(of, asked, count),
            None => Rows::Presence {
                there: row(&Known::Any),
            },
        },
    };
    Some(Probe {
        slot,
        mask,
        missing: spec.optional.then(|| row(&Known::Missing)),
        rows,
    })
}

fn everybody(count: usize) -> Bits {
    let mut bits = Bits::none(count);
    for bit in 0..count {
        bits.set(bit);
    }
    bits
}

fn words(asked: &Asked<'_>, count: usize) -> Rows {
    let mut other = everybody(count);
    let mut words: HashMap<Text, WordRow> = HashMap::new();
    for (bit, test) in asked {
        let mut keys = Vec::new();
        test.keys(&mut keys);
        let nobody = test.holds(&Known::Against(&|_| Ordering::Less));
        if !nobody {
            other.clear(*bit);
        }
        let place = u32::try_from(*bit).unwrap_or(u32::MAX);
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let Key::Word(word) = key else {
                continue;
            };
            let held = test.holds(&Known::Against(&|other| key.cmp(other)));
            if held != nobody {
                let row = words.entry(word.clone()).or_default();
                let list = if held {
                    &mut row.adds
                } else {
                    &mut row.removes
                };
                list.push(place);
            }
        }
    }
    for row in words.values_mut() {
        if row.adds.len() + row.removes.len() > count.div_ceil(64) {
            let mut whole = other.clone();
            for bit in &row.adds {
                whole.set(super::place(*bit));
            }
            for bit in &row.removes {
                whole.clear(super::place(*bit));
            }
            *row = WordRow {
                whole: Some(whole),
                ..WordRow::default()
            };
        }
    }
    Rows::Words { other, words }
}

fn numbers(of: Number, asked: &Asked<'_>, count: usize) -> Rows {
    let own: Vec<(usize, &Test, Vec<i64>)> = asked
        .iter()
        .map(|(bit, test)| (*bit, *test, numbers_of(test)))
        .collect();
    let mut all: Vec<i64> = own.iter().flat_map(|(.., own)| own).copied().collect();
    all.sort_unstable();
    all.dedup();
    let step = all.len().div_ceil(CUTS).max(1);
    let cuts: Vec<i64> = all.into_iter().step_by(step).collect();
    let mut rows = vec![everybody(count); cuts.len() * 2 + 1];
    for (bit, test, own) in &own {
        let truths = truths(test, own);
        for (at, row) in rows.iter_mut().enumerate() {
            let (first, last) = stretch(own, &cuts, at);
            let possible = truths
                .get(first..=last)
                .is_none_or(|truths| truths.contains(&true));
            if !possible {
                row.clear(*bit);
            }
        }
    }
    Rows::Numbers { of, cuts, rows }
}

fn numbers_of(test: &Test) -> Vec<i64> {
    let mut keys = Vec::new();
    test.keys(&mut keys);
    let mut own: Vec<i64> = keys
        .into_iter()
        .filter_map(|key| match key {
            Key::Number(n) => Some(*n),
            Key::Word(_) => None,
        })
        .collect();
    own.sort_unstable();
    own.dedup();
    own
}

/// The answers of a test before, at and behind each of its own numbers.
fn truths(test: &Test, own: &[i64]) -> Vec<bool> {
    (0..=own.len() * 2)
        .map(|at| {
            let order = |key: &Key| match key {
                Key::Number(n) => own
                    .binary_search(n)
                    .map_or(Ordering::Equal, |n| at.cmp(&(n * 2 + 1))),
                Key::Word(_) => Ordering::Equal,
            };
            test.holds(&Known::Against(&order))
        })
        .collect()
}

/// Which of the answers a row between or at the cuts has to serve.
fn stretch(own: &[i64], cuts: &[i64], at: usize) -> (usize, usize) {
    let until = |number: i64| own.partition_point(|n| *n < number);
    if at % 2 == 1 {
        let cut = cuts.get(at / 2).copied().unwrap_or(i64::MAX);
        let below = until(cut);
        let exact = own.get(below) == Some(&cut);
        let place = below * 2 + usize::from(exact);
        return (place, place);
    }
    let first = match (at / 2).checked_sub(1).and_then(|at| cuts.get(at)) {
        Some(cut) => own.partition_point(|n| n <= cut) * 2,
        None => 0,
    };
    let last = match cuts.get(at / 2) {
        Some(cut) => until(*cut) * 2,
        None => own.len() * 2,
    };
    (first, last)
}
