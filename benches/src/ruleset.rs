//! Rule sets of DW1's shapes, their thresholds fitted to a sample of facts.

use crate::condition::{Action, Condition, RuleSpec};
use crate::fields::{FLAGS, Kind, NUMBERS_COUNT, Number, Word};
use crate::native::{NativeRule, holds};
use crate::plain::Plain;
use crate::seed::Seed;

/// Conditions of a rule.
const CONDITIONS: usize = 6;
/// Facts a fixed condition's share is measured on.
const PROBE: usize = 512;
/// One, in parts per billion.
const ONE: u64 = 1_000_000_000;

/// Facts that thresholds are fitted to.
#[derive(Debug)]
pub struct Sample {
    /// What fires are counted on.
    counted: Vec<Plain>,
    kinds: [KindSample; 3],
}

#[derive(Debug)]
struct KindSample {
    probe: Vec<Plain>,
    /// By place of a number: its values, sorted.
    sorted: [Vec<i64>; NUMBERS_COUNT],
}

impl Sample {
    /// Thresholds follow the spread of `counted`, and fires are counted on it.
    #[must_use]
    pub fn new(counted: Vec<Plain>) -> Self {
        let kinds = [Kind::PAYMENT, Kind::ACTIVITY, Kind::LOCATION].map(|kind| {
            let of: Vec<&Plain> = counted.iter().filter(|f| f.kind == kind).collect();
            let mut sorted: [Vec<i64>; NUMBERS_COUNT] = Default::default();
            for (number, values) in Number::all().zip(&mut sorted) {
                values.extend(of.iter().map(|f| f.number(number)));
                values.sort_unstable();
            }
            let probe = of.into_iter().take(PROBE).cloned().collect();
            KindSample { probe, sorted }
        });
        Self { counted, kinds }
    }

    /// How often the rule fires on the events counted on.
    fn fires(&self, spec: &RuleSpec) -> usize {
        let rule = NativeRule::of(spec);
        self.counted
            .iter()
            .filter(|facts| rule.holds(facts))
            .count()
    }

    /// True when the rule fires on more than `most` of the events counted on.
    fn fires_more(&self, spec: &RuleSpec, most: usize) -> bool {
        let rule = NativeRule::of(spec);
        let fires = self.counted.iter().filter(|facts| rule.holds(facts));
        fires.take(most + 1).count() > most
    }
}

impl KindSample {
    /// How often a condition holds, in parts per billion and never quite never.
    fn share(&self, condition: &Condition) -> u64 {
        let hits = self.probe.iter().filter(|f| holds(condition, f)).count() as u64;
        (hits * ONE / (self.probe.len().max(1) as u64)).max(ONE / 1_000)
    }

    /// The condition on a number that holds for about this share of the sample, and never for all of it.
    fn range(&self, number: Number, upwards: bool, share: u64) -> Condition {
        let values = self.sorted.get(usize::from(number.0));
        let values = values.map_or(&[][..], Vec::as_slice);
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            return Condition::AtLeast(number, 1);
        };
        let kept = (values.len() as u64 * share / ONE).max(1);
        let kept = usize::try_from(kept).unwrap_or(1).min(values.len());
        if upwards {
            let at = values.len() - kept;
            let value = values.get(at).unwrap_or(last);
            // Equal values below the cut would come along: the next one up is the threshold.
            let ties = at.checked_sub(1).and_then(|below| values.get(below)) == Some(value);
            Condition::AtLeast(number, (value + i64::from(ties)).max(first + 1))
        } else {
            let value = values.get(kept - 1).unwrap_or(first);
            Condition::AtMost(number, (*value).min((last - 1).max(0)))
        }
    }
}

/// A rule before its thresholds are known.
#[derive(Debug)]
struct Shape {
    kinds: u8,
    lead: usize,
    fixed: Vec<Condition>,
    /// Ranges whose thresholds are fitted, and which way they look.
    ranges: Vec<(Number, bool)>,
    /// An alternative of a fixed condition whose other side is a fitted range.
    either: Option<(Condition, Number)>,
    /// What the fixed conditions let through, parts per billion.
    share: u64,
    order: Seed,
    action: Action,
    priority: u16,
    cools: bool,
}

/// So many rules that together fire `per_thousand` times on a thousand of the events counted on. Each
/// gets its share of the fires, a whole number and mostly nought, with what those before it left, and the
/// loosest thresholds that do not fire more often.
#[must_use]
pub fn rules(seed: u64, count: usize, per_thousand: u64, sample: &Sample) -> Vec<RuleSpec> {
    let root = Seed::new(seed).branch(count as u64);
    let count_u64 = (count as u64).max(1);
    let each = (per_thousand * (ONE / 1_000) / count_u64).max(1);
    let wanted = sample.counted.len() as u64 * per_thousand / 1_000;
    // However rarely the words of a rule are met, its thresholds are to rule something out.
    let most = root_of(each, 2);
    let start = (0..TIGHTEST).find(|tightness| loosest(*tightness) <= most);
    let mut fired = 0;
    (0..count)
        .map(|at| {
            let shape = shape(&mut root.branch(at as u64 + 1), at, each, sample);
            // What one rule cannot fire is left to those behind it.
            let due = wanted * (at as u64 + 1) / count_u64;
            let quota = usize::try_from(due).unwrap_or(0).saturating_sub(fired);
            let rule = fitted(&shape, quota, start.unwrap_or(TIGHTEST), sample);
            fired += sample.fires(&rule);
            rule
        })
        .collect()
}

/// Steps of tightness: each is a factor of 0.9 of what a rule lets through.
const TIGHTEST: u32 = 196;

/// The rule of a shape, as loose as `start` allows and no looser than fires `quota` times.
fn fitted(shape: &Shape, quota: usize, start: u32, sample: &Sample) -> RuleSpec {
    let (mut loose, mut tight) = (start, TIGHTEST);
    while loose < tight {
        let middle = loose.midpoint(tight);
        if sample.fires_more(&fit(shape, loosest(middle), sample), quota) {
            loose = middle + 1;
        } else {
            tight = middle;
        }
    }
    fit(shape, loosest(tight), sample)
}

fn loosest(tightness: u32) -> u64 {
    (0..tightness).fold(ONE, |share, _| share * 9 / 10).max(1)
}

/// Draws everything but thresholds: 70 % conjunctions, 15 % with an alternative, 5 % with a list, 5 %
/// without any equality, 4 % with a function call, 1 % with a loop.
fn shape(seed: &mut Seed, at: usize, each: u64, sample: &Sample) -> Shape {
    let (kinds, lead) = match seed.below(10) {
        0..=5 => (1, 0),
        6..=7 => (2, 1),
        8 => (4, 2),
        _ => (3, 1),
    };
    // Each hundred rules holds each shape as often as it should.
    let mix = at * 37 % 100;
    let mut shape = Shape {
        kinds,
        lead,
        fixed: Vec::new(),
        ranges: Vec::new(),
        either: None,
        share: ONE,
        order: seed.branch(99),
        action: [Action::StepUp, Action::Offer, Action::Retain, Action::Block]
            .get(usize::try_from(seed.below(4)).unwrap_or(0))
            .copied()
            .unwrap_or(Action::Offer),
        priority: u16::try_from(seed.below(1_000)).unwrap_or(0),
        cools: seed.percent(20),
    };
    let mut numbers: Vec<Number> = Number::all()
        .filter(|n| kinds == 1 || *n != Number::AMOUNT)
        .filter(|n| *n != Number::HOUR)
        .collect();
    seed.shuffle(&mut numbers);
    let equalities = match mix {
        70..=84 => {
            let word = equality(seed, kinds);
            shape.either = numbers.pop().map(|number| (word, number));
            2
        }
        85..=89 => {
            let list = in_list(seed, kinds);
            add(&mut shape, sample, list, 0);
            2
        }
        90..=94 => 0,
        95..=98 => {
            add(&mut shape, sample, Condition::Night, 0);
            2
        }
        99 => {
            let plain = |n: &Number| n.is_windowed() && !n.is_money();
            let number = numbers.iter().copied().find(plain);
            let steps = number.map(|n| Condition::Steps(n, 1 + seed.amount(3), 2));
            if let Some(steps) = steps {
                add(&mut shape, sample, steps, 0);
            }
            2
        }
        _ => 3,
    };
    if at.is_multiple_of(4) {
        let relation = relation(seed);
        add(&mut shape, sample, relation, 0);
    }
    // Equalities may take half of the (logarithmic) way to the rule's share, not more.
    let floor = root_of(each, 2);
    for nth in 0..equalities {
        let tries = if nth == 0 { 8 } else { 2 };
        for _ in 0..tries {
            let condition = equality(seed, kinds);
            if add(&mut shape, sample, condition, floor) {
                break;
            }
        }
    }
    let taken = shape.fixed.len() + usize::from(shape.either.is_some());
    let ranges = CONDITIONS.saturating_sub(taken);
    let drawn = numbers.into_iter().rev().take(ranges);
    // The first looks upwards always: however tight, it can be made tighter.
    let looks = |(nth, number)| (number, nth == 0 || seed.percent(75));
    shape.ranges = drawn.enumerate().map(looks).collect();
    shape
}

/// Adds a condition unless it would let less than `floor` through; true when it was added.
fn add(shape: &mut Shape, sample: &Sample, condition: Condition, floor: u64) -> bool {
    if shape.fixed.contains(&condition) {
        return false;
    }
    let Some(kind) = sample.kinds.get(shape.lead) else {
        return false;
    };
    let share = shape.share * kind.share(&condition) / ONE;
    if share < floor {
        return false;
    }
    shape.share = share.max(1);
    shape.fixed.push(condition);
    true
}

fn word(seed: &mut Seed, kinds: u8) -> Word {
    let words: Vec<Word> = Word::all()
        .filter(|word| kinds == 1 || *word != Word::CURRENCY)
        .collect();
    seed.pick(&words).copied().unwrap_or(Word::COUNTRY)
}

fn equality(seed: &mut Seed, kinds: u8) -> Condition {
    if seed.percent(35) {
        let flag = u8::try_from(seed.below(u64::from(FLAGS))).unwrap_or(0);
        return Condition::Flag(flag, seed.percent(60));
    }
    if seed.percent(5) {
        return Condition::Abroad;
    }
    let word = word(seed, kinds);
    let bound = word.values().len() as u64;
    let value = seed.below(bound).min(seed.below(bound));
    Condition::Is(word, u8::try_from(value).unwrap_or(0))
}

fn in_list(seed: &mut Seed, kinds: u8) -> Condition {
    let word = word(seed, kinds);
    let count = u8::try_from(word.values().len()).unwrap_or(u8::MAX);
    let mut values: Vec<u8> = (0..count).collect();
    seed.shuffle(&mut values);
    values.truncate(3);
    values.sort_unstable();
    Condition::IsOneOf(word, values)
}

/// One feature against another.
fn relation(seed: &mut Seed) -> Condition {
    let windows: Vec<Number> = Number::all().filter(|n| n.widened(1).is_some()).collect();
    let short = seed.pick(&windows).copied().unwrap_or(Number::FIRST_WINDOW);
    let long = short.widened(1).unwrap_or(short);
    if let (true, Some(count), Some(count_long)) =
        (short.is_sum(), short.count_beside(), long.count_beside())
    {
        return Condition::Means {
            sum: short,
            count_long,
            sum_long: long,
            count,
            times: 1 + seed.amount(2),
        };
    }
    Condition::Share(short, 2 + seed.amount(6), long, 1 + seed.amount(2))
}

/// The rule of a shape whose conditions together let `share` through, were they independent.
fn fit(shape: &Shape, share: u64, sample: &Sample) -> RuleSpec {
    let mut conditions = shape.fixed.clone();
    let count = shape.ranges.len() + usize::from(shape.either.is_some());
    let rest = u128::from(share) * u128::from(ONE) / u128::from(shape.share.max(1));
    let rest = u64::try_from(rest).unwrap_or(ONE).min(ONE);
    let each = root_of(rest, u32::try_from(count.max(1)).unwrap_or(1));
    if let Some(kind) = sample.kinds.get(shape.lead) {
        for (number, upwards) in &shape.ranges {
            conditions.push(kind.range(*number, *upwards, each));
        }
        if let Some((word, number)) = &shape.either {
            let range = kind.range(*number, true, each);
            conditions.push(Condition::Either(Box::new(word.clone()), Box::new(range)));
        }
    }
    shape.order.clone().shuffle(&mut conditions);
    RuleSpec {
        kinds: shape.kinds,
        conditions,
        action: shape.action,
        priority: shape.priority,
        cools: shape.cools,
    }
}

/// The `nth` root of a share, in whole numbers: the same on every machine.
fn root_of(share: u64, nth: u32) -> u64 {
    let (mut low, mut high) = (0, ONE);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let power = (0..nth).fold(ONE, |power, _| power * middle / ONE);
        if power <= share {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_the_greatest_whose_power_fits() {
        assert_eq!(root_of(ONE, 5), ONE);
        assert_eq!(root_of(ONE / 4, 2), ONE / 2);
        assert!(root_of(1, 6) < ONE / 10);
    }
}
