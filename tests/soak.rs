//! Memory is bounded by windows and horizons, not by how long a node lives: once the longest window has
//! been filled, a bank whose customers go on as they did takes no more. `SOAK_DAYS=…` looks longer, and
//! `--nocapture` prints what each component weighs.

use connectors::synthetic::{Bank, Pace, Plan};
use engine::engine::{Engine, Settings};
use engine::key::KeyGroup;
use engine::limits::KEY_GROUPS;
use engine::shard::Record;
use engine::state::weight::{COMPONENTS, Weight};
use kit::{Claimed, Failed, Trial, claim};
use rules::project::Project;
use std::sync::Arc;

const CUSTOMERS: u32 = 15;
const DAY: i64 = 86_400_000;
const START: i64 = 1_772_380_800_000;
/// The longest window of the bank is 180 days; what keeps its room until it is half empty takes as long again
/// to settle.
const LEVEL: usize = 300;
/// Days that are looked at.
const DAYS: usize = 450;
/// A component of less is noise, bytes.
const LEAST: u64 = 16 * 1024;
/// Days that are told together.
const TELL: usize = 15;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![claim(
        "soak::memory_is_level_once_the_longest_window_is_full",
        level,
    )]
}

fn level() -> Claimed {
    let days = std::env::var("SOAK_DAYS").ok();
    let days = days.and_then(|days| days.parse().ok()).unwrap_or(DAYS);
    let weights = weights(days.max(DAYS))?;
    for (at, component) in COMPONENTS.into_iter().enumerate() {
        let of = |weight: &Weight| weight.bytes.get(at).copied().unwrap_or(0);
        let half = LEVEL + (weights.len() - LEVEL) / 2;
        let (before, behind) = (weights.get(LEVEL..half), weights.get(half..));
        let mean = |days: Option<&[Weight]>| {
            let days = days.unwrap_or_default();
            days.iter().map(of).sum::<u64>() / days.len().max(1) as u64
        };
        let (before, behind) = (mean(before), mean(behind));
        if behind > LEAST && behind * 100 > before * 110 {
            return Err(format!("`{component}` grows on: {before}, then {behind} bytes").into());
        }
    }
    let first = weights.get(7).map_or(0, Weight::sum);
    let last = weights.last().map_or(0, Weight::sum);
    if last < first {
        return Err("windows never filled: nothing is shown".into());
    }
    Ok(())
}

/// What the state weighs at the end of each day.
fn weights(days: usize) -> Result<Vec<Weight>, Failed> {
    let project = Project::read(&kit::root().join("rules/retail-bank"))?;
    let book = Arc::new(rules::compile::compile(&project).0.ok_or("no book")?);
    let mut engine = Engine::new(book, &Settings::default())?;
    let mut bank = Bank::new(Plan {
        seed: 11,
        customers: CUSTOMERS,
        start: START,
        pace: Pace::of_life(CUSTOMERS),
    })
    .peekable();
    let mut weights = Vec::with_capacity(days);
    let mut line = 0;
    println!("day      all {}", COMPONENTS.join(" "));
    for day in 1..=days {
        let end = START + i64::try_from(day)? * DAY;
        let mut records = Vec::new();
        while let Some(made) = bank.next_if(|made| made.time < end) {
            line += 1;
            records.push(Record {
                line,
                bytes: made.line.into_bytes(),
            });
        }
        engine.push(records)?;
        let mut weight = Weight::default();
        for group in (0..KEY_GROUPS).map(KeyGroup) {
            weight.add(&engine.weigh(group)?);
        }
        if day.is_multiple_of(TELL) {
            println!("{day:>4} {:>8} {:?}", weight.sum(), weight.bytes);
        }
        weights.push(weight);
    }
    println!("{line} events");
    Ok(weights)
}
