//! Patterns are exact: the cases that peers' own tests expect, our own, and random streams against a
//! matcher that looks at the whole history again for every match.

mod cases;
mod made;
mod passage;
mod reference;
mod run;
mod windows;

use std::collections::BTreeSet;

use kit::Seed;
use kit::{Claimed, Failed, Trial, claim};
use made::Spec;
use run::{Event, Setting, run};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = cases::trials();
    trials.extend(passage::trials());
    trials.extend(windows::trials());
    trials.extend([
        claim(
            "patterns::random_streams_match_as_a_rescan_of_all_history_says",
            random_streams,
        ),
        claim(
            "patterns::late_events_leave_the_state_of_the_sorted_stream_and_tell_every_match_once",
            late_events,
        ),
        claim(
            "patterns::shards_and_batches_change_no_match",
            shards_and_batches,
        ),
    ]);
    trials
}

/// Streams of the suite; `PATTERN_STREAMS` asks for more.
const STREAMS: u64 = 3_000;

fn streams() -> u64 {
    let more = std::env::var("PATTERN_STREAMS").ok();
    more.and_then(|n| n.parse().ok()).unwrap_or(STREAMS)
}

/// Streams that are run against one pattern, each a customer of its own.
const PER_SPEC: u64 = 25;

/// Streams of one seed: a pattern and customers, each with events of its own.
fn made(seed: &mut Seed) -> (Spec, Vec<Vec<Event>>) {
    let spec = Spec::made(seed);
    let streams = (0..PER_SPEC).map(|n| made::stream(seed, n));
    let streams = streams.collect();
    (spec, streams)
}

fn random_streams() -> Claimed {
    let (mut told, mut full) = (0u64, 0u64);
    for number in 0..streams().div_ceil(PER_SPEC) {
        let mut seed = Seed::new(number);
        let (spec, streams) = made(&mut seed);
        let got = run(&spec.toml(), &streams.concat(), Setting::default())?;
        for (at, events) in streams.iter().enumerate() {
            let Some(wanted) = reference::matches(&spec, events) else {
                full += 1;
                continue;
            };
            let who = made::customer(at as u64);
            let got = got.of(&who);
            told += wanted.len() as u64;
            if got != wanted {
                return Err(format!(
                    "seed {number}, customer {who}:\n{}\nevents {}\nwanted {wanted:#?}\ngot {got:#?}",
                    spec.toml(),
                    made::words(events),
                )
                .into());
            }
        }
    }
    let all = streams().div_ceil(PER_SPEC) * PER_SPEC;
    if told < all || full * 10 > all {
        return Err(format!(
            "{told} matches, {full} streams left out of {all}: too little is shown"
        )
        .into());
    }
    Ok(())
}

/// How late an event of the shuffled streams may be, ms.
const LATENESS: i64 = 20;

fn late_events() -> Claimed {
    let mut late = 0u64;
    for number in 0..(streams() / 3).div_ceil(PER_SPEC) {
        let mut seed = Seed::new(1_000_000 + number);
        let (spec, streams) = made(&mut seed);
        let arrived: Vec<Vec<Event>> = (streams.iter())
            .map(|events| made::shuffled(&mut seed, events, LATENESS))
            .collect();
        match same_at_the_end(&spec, &streams.concat(), &arrived.concat())? {
            Ok(count) => late += count,
            Err(trouble) => {
                // Whose it is, alone.
                for (sorted, arrived) in streams.iter().zip(&arrived) {
                    same_at_the_end(&spec, sorted, arrived)?
                        .map_err(|trouble| format!("seed {number}: {trouble}"))?;
                }
                return Err(format!("seed {number}: {trouble}").into());
            }
        }
    }
    if late < streams() / 10 {
        return Err(format!("only {late} events were late: too little is shown").into());
    }
    Ok(())
}

/// Sorted events and the same as they arrived: one state at the end, and every match told once. Gives
/// how many were late, or what is wrong.
fn same_at_the_end(
    spec: &Spec,
    sorted: &[Event],
    arrived: &[Event],
) -> Result<Result<u64, String>, Failed> {
    let setting = Setting {
        lateness: LATENESS,
        ..Setting::default()
    };
    let one = run(&spec.toml(), sorted, setting)?;
    let other = run(&spec.toml(), arrived, setting)?;
    let complaint = |what: &str| {
        let (sorted, arrived) = (made::words(sorted), made::words(arrived));
        let text = spec.toml();
        format!("{what}\n{text}\nsorted {sorted}\narrived {arrived}")
    };
    if one.hash != other.hash {
        return Ok(Err(complaint(
            "another state than that of the sorted stream",
        )));
    }
    let ids: BTreeSet<&String> = other.ids.iter().collect();
    if ids.len() != other.ids.len() {
        return Ok(Err(complaint("a match was told twice")));
    }
    // A match is its events: a late one may show that they belong to other steps.
    let mut matches = one.told.iter().zip(&one.ids);
    let missing = matches.find(|(told, id)| !told.waited && !ids.contains(id));
    if let Some((missing, _)) = missing {
        return Ok(Err(complaint(&format!("{missing:?} was not told"))));
    }
    Ok(Ok(other.late))
}

fn shards_and_batches() -> Claimed {
    for number in 0..4 {
        let mut seed = Seed::new(2_000_000 + number);
        let (spec, streams) = made(&mut seed);
        let mut events = streams.concat();
        events.sort_by_key(|event| event.time);
        let one = run(&spec.toml(), &events, Setting::default())?;
        for (shards, batch) in [(1, 1), (3, 7), (8, 64)] {
            let setting = Setting {
                shards,
                batch,
                ..Setting::default()
            };
            let other = run(&spec.toml(), &events, setting)?;
            if (&one.told, &one.hash) != (&other.told, &other.hash) {
                return Err(format!("seed {number}: {shards} shards, batches of {batch}").into());
            }
        }
    }
    Ok(())
}
