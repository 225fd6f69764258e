//! The table of `README.md`: each rival's CPU time per event on the same facts, and the whole path.

use benches::clock;
use benches::rivals::{self, Fires};
use benches::whole;
use benches::workload::{DENSE, FULL, SMOKE, SPARSE, Stage, Workload};
use rules::interpreter::Interpreter;
use std::process::ExitCode;
use std::sync::Arc;

/// Rounds of which the best counts.
const ROUNDS: usize = 7;
/// The naive loop over 10,000 rules takes seconds: one round.
const ROUNDS_SLOW: usize = 1;

fn main() -> ExitCode {
    let smoke = std::env::args().any(|arg| arg == "--smoke");
    match tables(smoke) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn tables(smoke: bool) -> Result<(), String> {
    let stage = Stage::new(if smoke { SMOKE } else { FULL })?;
    let sizes: &[usize] = if smoke {
        &[10, 100]
    } else {
        &[10, 100, 1_000, 10_000]
    };
    println!("events {}", stage.events_digest());
    println!("\n| rules | met | fires/event | loop ns | by hand ns | rule files |");
    println!("|---|---|---|---|---|---|");
    for per_thousand in [SPARSE, DENSE] {
        for rules in sizes {
            part(&stage, *rules, per_thousand)?;
        }
    }
    println!("\n| rules | whole path, ns/event | book compiled, ms | interpreter built, ms |");
    println!("|---|---|---|---|");
    for rules in sizes {
        path(&stage, *rules)?;
    }
    Ok(())
}

/// The rules part: facts are ready, conditions are evaluated.
fn part(stage: &Stage, rules: usize, per_thousand: u64) -> Result<(), String> {
    let Workload {
        rules_digest,
        book,
        mut facts,
        mut plain,
        native,
        ..
    } = stage.workload(rules, per_thousand)?;
    let events = plain.len() as u64;
    let by_hand = rivals::fires_by_hand(&native, &mut plain);
    let mut interpreter = Interpreter::new(Arc::clone(&book));
    let by_loop = rivals::fires_by_loop(&book, &mut interpreter, &mut facts)?;
    same("the naive loop", &by_loop, &by_hand)?;
    let rounds = if rules > 1_000 { ROUNDS_SLOW } else { ROUNDS };
    let loop_ns = clock::best_of(rounds, || {
        let _ = rivals::fires_by_loop(&book, &mut interpreter, &mut facts);
    });
    let hand_ns = clock::best_of(ROUNDS, || {
        let _ = rivals::fires_by_hand(&native, &mut plain);
    });
    let met: usize = facts
        .iter()
        .map(|f| f.event().map_or(0, |e| book.rules_on(e).len()))
        .sum();
    println!(
        "| {rules} | {} | {:.3} | {} | {} | {} |",
        met as u64 / events,
        by_hand.len() as f64 / events as f64,
        loop_ns / events,
        hand_ns / events,
        rules_digest.get(..12).unwrap_or(""),
    );
    Ok(())
}

/// The whole path of an event, and what a change of the book costs.
fn path(stage: &Stage, rules: usize) -> Result<(), String> {
    let mut workload = stage.workload(rules, SPARSE)?;
    let by_hand = rivals::fires_by_hand(&workload.native, &mut workload.plain);
    let run = whole::run(&workload.book, &stage.lines, stage.size.measured)?;
    same("the engine", &run.fires, &by_hand)?;
    let compile_ns = clock::best_of(1, || {
        let _ = rules::compile::compile(&workload.project);
    });
    let build_ns = clock::best_of(1, || {
        let _ = Interpreter::new(Arc::clone(&workload.book));
    });
    println!(
        "| {rules} | {} | {} | {} |",
        run.ns_per_event(),
        compile_ns / 1_000_000,
        build_ns / 1_000_000
    );
    Ok(())
}

/// A run whose fires differ has no result.
fn same(who: &str, got: &Fires, want: &Fires) -> Result<(), String> {
    if got == want {
        return Ok(());
    }
    let odd = got
        .iter()
        .find(|fire| want.binary_search(fire).is_err())
        .or_else(|| want.iter().find(|fire| got.binary_search(fire).is_err()));
    Err(format!(
        "{who} fired {} times, the hand-written match {}; they first differ at (event, rule) {odd:?}",
        got.len(),
        want.len()
    ))
}
