//! `cargo bench -p benches --bench patterns`: what a pattern adds to an event.

use benches::patterns::{KINDS, book, cost, events};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EVENTS: usize = 400_000;
const CUSTOMERS: u64 = 10_000;
const ROUNDS: usize = 3;

fn main() -> ExitCode {
    match table() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn table() -> Result<(), String> {
    let records = events(CUSTOMERS, EVENTS);
    let least = |kind: Option<&str>, count: usize| -> Result<(u64, u64), String> {
        let book = book(kind, count)?;
        let mut best = (u64::MAX, 0);
        for _ in 0..ROUNDS {
            let cost = cost(&book, &records)?;
            best = (best.0.min(cost.ns_per_event), cost.matches);
        }
        Ok(best)
    };
    let (bare, _) = least(None, 0)?;
    println!("{EVENTS} events of {CUSTOMERS} customers, {bare} ns per event without patterns");
    println!("| pattern | + ns per event, 1 | + ns per event, 8 | matches of 1 |");
    println!("|---|---|---|---|");
    for (name, kind) in KINDS {
        let (one, matches) = least(Some(kind), 1)?;
        let (eight, _) = least(Some(kind), 8)?;
        println!(
            "| {name} | {} | {} | {matches} |",
            one.saturating_sub(bare),
            eight.saturating_sub(bare)
        );
    }
    Ok(())
}
