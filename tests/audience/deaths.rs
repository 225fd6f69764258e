//! Rounds over a store whose process dies again and again, before and behind a commit.

use super::{NINE, book, home, records, warning};
use std::collections::{BTreeMap, BTreeSet};

use engine::log::{Loss, Twin};
use kit::{Claimed, Seed};

use crate::timers::once::Process;

/// Customers of the city.
const MANY: usize = 3_000;
/// How often the process dies.
const DEATHS: usize = 14;

pub(super) fn each_is_told_once() -> Claimed {
    for (shards, seed) in [(1, 3), (3, 5)] {
        run(shards, seed)?;
    }
    Ok(())
}

fn run(shards: usize, number: u64) -> Claimed {
    let book = book("200/s")?;
    let twin = Twin::new(number);
    let mut seed = Seed::new(number);
    let mut process = Process::start(&twin, &book, shards)?;
    let mut now = NINE;
    let homes: Vec<String> = (0..MANY).map(|who| home(who, "SH", now)).collect();
    let output = process.engine.push_live(records(&homes), now)?;
    process.append(&output)?;
    let output = (process.engine).push_live(records(&[warning("SH", "red", now)]), now)?;
    process.append(&output)?;
    process.log.commit()?;
    // Who was told behind a commit that stands.
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let mut deaths = 0;
    let mut idle = 0;
    while idle < 20 {
        now += 100;
        let Some(output) = process.engine.tick_live(now)? else {
            idle += 1;
            continue;
        };
        idle = 0;
        let some = process.append(&output)?;
        let last = process.engine.stand().seq;
        let dies = deaths < DEATHS && seed.below(8) == 0;
        if !dies || seed.below(2) == 0 {
            process.log.commit()?;
        }
        if dies {
            deaths += 1;
            let loss = if seed.below(2) == 0 {
                Loss::Drop
            } else {
                Loss::Tear
            };
            drop(process);
            twin.crash(loss);
            process = Process::start(&twin, &book, shards)?;
            // The machine's clock goes on while nobody reads it.
            now += i64::try_from(seed.below(3_000))?;
        }
        if process.log.durable() >= last {
            for (who, _) in some {
                *told.entry(who).or_default() += 1;
            }
        }
    }
    if deaths < 6 {
        return Err("the process hardly ever died: nothing is shown".into());
    }
    let missed: BTreeSet<usize> = (0..MANY)
        .filter(|who| !told.contains_key(&format!("c{who}")))
        .collect();
    let double = told.values().filter(|times| **times > 1).count();
    if missed.is_empty() && double == 0 && told.len() == MANY {
        return Ok(());
    }
    let missed = missed.len();
    Err(format!("of {MANY} customers {missed} missed and {double} double").into())
}
