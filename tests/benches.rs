//! The benches' smoke size: their workload compiles, all rivals fire alike, and each run is the same.

use ::benches::bytes;
use ::benches::kernel::Kernel;
use ::benches::rivals;
use ::benches::script::Loops;
use ::benches::snapshots;
use ::benches::traffic::Line;
use ::benches::whole;
use ::benches::windows;
use ::benches::workload::{DENSE, SMOKE, SPARSE, Stage, Workload};
use kit::{Claimed, Failed, Trial, claim};

/// Rules of the smoke size: each of the workload's shapes is among a hundred.
const RULES: usize = 100;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim("benches::all_rivals_fire_alike", || alike(SPARSE, 0)),
        claim("benches::all_rivals_fire_alike_when_much_fires", || {
            alike(DENSE, 20)
        }),
        claim("benches::the_engine_fires_what_the_rivals_fire", whole_path),
        claim(
            "benches::a_loop_fires_alike_wherever_it_stands",
            loops_first,
        ),
        claim(
            "benches::each_kind_of_pattern_that_is_measured_matches",
            patterns,
        ),
        claim(
            "benches::one_shard_without_threads_fires_what_the_engine_fires",
            kernel,
        ),
        claim(
            "benches::the_windows_measured_are_those_counted_anew",
            windows_counted_anew,
        ),
        claim("benches::a_difference_is_seen", a_difference_is_seen),
        claim("benches::a_storm_drains_beside_live_events", storm),
        claim(
            "benches::a_snapshot_among_events_is_of_many_slices",
            in_slices,
        ),
        claim(
            "benches::the_workload_is_the_same_each_time",
            same_each_time,
        ),
        claim(
            "benches::every_measured_window_has_a_value",
            every_measured_window,
        ),
    ]
}

fn stage() -> Result<Stage, Failed> {
    Ok(Stage::new(SMOKE)?)
}

fn alike(per_thousand: u64, least: usize) -> Claimed {
    let mut workload = stage()?.workload(RULES, per_thousand)?;
    let fires = rivals::agree(&mut workload)?.len();
    if fires < least {
        return Err(format!("only {fires} fires, {least} wanted").into());
    }
    Ok(())
}

fn in_slices() -> Claimed {
    let round = snapshots::round(600)?;
    let (slices, groups) = (round.slices.len(), round.group.len());
    // A profile is taken and remembered, and so is each of 28 events.
    if round.entries < 600 * 28 || slices <= groups {
        return Err(format!(
            "{} entries, {slices} slices, {groups} groups",
            round.entries
        )
        .into());
    }
    Ok(())
}

fn loops_first() -> Claimed {
    let stage = stage()?;
    let last = rivals::agree(&mut stage.workload(RULES, DENSE)?)?;
    let first = rivals::agree(&mut stage.workload_with(RULES, DENSE, Loops::First)?)?;
    Ok(rivals::same("the set with loops first", &first, &last)?)
}

fn whole_path() -> Claimed {
    let stage = stage()?;
    let Workload {
        book,
        native,
        mut plain,
        ..
    } = stage.workload(RULES, DENSE)?;
    let want = rivals::fires_by_hand(&native, &mut plain);
    for interpret in [false, true] {
        let run = whole::run(&book, &stage.lines, stage.size.measured, interpret)?;
        rivals::same("the engine", &run.fires, &want)?;
        if run.events != stage.size.measured {
            return Err(format!("{} events were measured", run.events).into());
        }
    }
    Ok(())
}

/// Small, so that the workload of the bench cannot rot.
fn patterns() -> Claimed {
    let records = ::benches::patterns::events(20, 2_000);
    let bare = ::benches::patterns::book(None, 0)?;
    if ::benches::patterns::cost(&bare, &records)?.matches > 0 {
        return Err("a book without patterns has matches".into());
    }
    for (name, kind) in ::benches::patterns::KINDS {
        let one = ::benches::patterns::cost(&::benches::patterns::book(Some(kind), 1)?, &records)?;
        let two = ::benches::patterns::cost(&::benches::patterns::book(Some(kind), 2)?, &records)?;
        if one.matches == 0 || two.matches != 2 * one.matches {
            return Err(format!(
                "{name}: {} matches, and {} of two",
                one.matches, two.matches
            )
            .into());
        }
    }
    Ok(())
}

fn storm() -> Claimed {
    let book = ::benches::storm::book(true)?;
    let storm = ::benches::storm::drain(::benches::storm::filled(&book, 6_000)?)?;
    if storm.fired != 6_000 || storm.live.len() != storm.ticks.len() || storm.ticks.len() < 2 {
        let (fired, ticks) = (storm.fired, storm.ticks.len());
        return Err(format!("{fired} fired in {ticks} ticks").into());
    }
    Ok(())
}

fn kernel() -> Claimed {
    let stage = stage()?;
    let book = stage.workload(RULES, DENSE)?.book;
    let (before, behind) = stage
        .lines
        .split_at(stage.lines.len() - stage.size.measured);
    let history: Vec<Line> = before.iter().map(Line::recorded).collect();
    let mut kernel = Kernel::new(&book)?;
    kernel.run(&history, 64)?;
    let mut outcomes = kernel.run(behind, 64)?;
    outcomes.extend(kernel.finish());
    let first = behind.first().map_or(0, |line| line.id);
    let got = whole::fires(&book, &outcomes, first)?;
    let run = whole::run(&book, &stage.lines, stage.size.measured, false)?;
    Ok(rivals::same("one shard", &got, &run.fires)?)
}

fn windows_counted_anew() -> Claimed {
    for features in [1, 8, 24] {
        let plan = windows::plan(features)?;
        if plan.features.len() != features {
            return Err(format!("{} features for {features}", plan.features.len()).into());
        }
        windows::agree(&plan, 12, 1_500)?;
    }
    Ok(())
}

fn a_difference_is_seen() -> Claimed {
    let want = vec![(0, 1), (3, 2)];
    for got in [vec![], vec![(0, 1)], vec![(0, 1), (3, 2), (4, 1)]] {
        if rivals::same("nobody", &got, &want).is_ok() {
            return Err(format!("{got:?} was taken for {want:?}").into());
        }
    }
    Ok(rivals::same("nobody", &want, &want)?)
}

fn same_each_time() -> Claimed {
    let (first, second) = (stage()?, stage()?);
    let files = |stage: &Stage| stage.files(RULES, SPARSE, Loops::Last).digest;
    if first.events_digest() != second.events_digest() || files(&first) != files(&second) {
        return Err("two runs of one seed differ".into());
    }
    Ok(())
}

/// Memory is not counted here: what is shown is that the bench fills what it measures.
fn every_measured_window() -> Claimed {
    let size = bytes::SMOKE;
    let rows = bytes::rows(size, &|| 0)?;
    // Nobody is judged where the table is read: new and zscore have nothing to say.
    let silent = |row: &&bytes::Row| row.known < size.customers && !row.name.starts_with("zscore");
    match rows.iter().find(silent) {
        Some(row) => Err(format!("{row:?}").into()),
        None if rows.len() < 20 => Err(format!("{} rows", rows.len()).into()),
        None => Ok(()),
    }
}
