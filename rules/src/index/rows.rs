//! Truths and numbers of the event and the customer as all rules see them: rows of who is still
//! possible.

use super::atoms::{Known, Test};
use super::bits::Bits;
use super::measure::Seen;
use crate::layout::Slot;
use crate::value::Value;

/// A slot that is true or false.
#[derive(Debug)]
pub(super) struct Truths {
    pub(super) slot: Slot,
    yes: Bits,
    no: Bits,
}

/// A slot of numbers: rungs in ascending order, and the rows below, between and from them on.
#[derive(Debug)]
pub(super) struct Ladder {
    pub(super) measure: u16,
    rungs: Vec<i64>,
    rows: Vec<Bits>,
    missing: Bits,
}

/// Rungs of a ladder. Where rules name more numbers, a row serves several of them, and who is left by it
/// is looked at more closely.
const RUNGS: usize = 32;

impl Truths {
    /// From what each rule asks of the slot, by its bit.
    pub(super) fn of(slot: Slot, asked: &[(usize, &Test)], count: usize) -> Self {
        let mut truths = Self {
            slot,
            yes: Bits::all(count),
            no: Bits::all(count),
        };
        for (bit, test) in asked {
            for (truth, row) in [(true, &mut truths.yes), (false, &mut truths.no)] {
                if !test.holds(&Known::Bool(truth)) {
                    row.clear(*bit);
                }
            }
        }
        truths
    }

    /// Who is possible; `None` for a value that cannot be there.
    pub(super) fn row(&self, value: &Value) -> Option<&Bits> {
        match value {
            Value::Bool(true) => Some(&self.yes),
            Value::Bool(false) => Some(&self.no),
            _ => None,
        }
    }
}

impl Ladder {
    /// From what each rule asks of the slot, by its bit.
    pub(super) fn of(measure: u16, asked: &[(usize, &Test)], count: usize) -> Self {
        let stretches: Vec<Vec<(i64, i64)>> =
            asked.iter().map(|(_, test)| test.stretches()).collect();
        let mut all: Vec<i64> = Vec::new();
        for (low, high) in stretches.iter().flatten() {
            all.extend((*low > i64::MIN).then_some(*low));
            all.extend(high.checked_add(1));
        }
        all.sort_unstable();
        all.dedup();
        let step = all.len().div_ceil(RUNGS).max(1);
        let rungs: Vec<i64> = all.into_iter().step_by(step).collect();
        let mut ladder = Self {
            measure,
            rows: vec![Bits::all(count); rungs.len() + 1],
            missing: Bits::all(count),
            rungs,
        };
        for ((bit, test), stretches) in asked.iter().zip(&stretches) {
            if !test.holds(&Known::Missing) {
                ladder.missing.clear(*bit);
            }
            let lows = [i64::MIN].into_iter().chain(ladder.rungs.iter().copied());
            let highs = ladder.rungs.iter().map(|rung| rung.saturating_sub(1));
            let highs = highs.chain([i64::MAX]);
            for ((low, high), row) in lows.zip(highs).zip(&mut ladder.rows) {
                if !stretches
                    .iter()
                    .any(|(from, to)| *from <= high && low <= *to)
                {
                    row.clear(*bit);
                }
            }
        }
        ladder
    }

    /// Who is possible.
    pub(super) fn row(&self, seen: Seen) -> Option<&Bits> {
        match seen {
            Seen::At(number) => {
                let below = self.rungs.partition_point(|rung| *rung <= number);
                self.rows.get(below)
            }
            Seen::Missing | Seen::Not => Some(&self.missing),
        }
    }
}
