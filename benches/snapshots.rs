//! `cargo bench -p benches --bench snapshots`: how long events wait for slices of a snapshot.
//! `DEFT_CUSTOMERS` says of how many customers; 100,000 when absent.

use benches::snapshots::round;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let asked = std::env::var("DEFT_CUSTOMERS").ok();
    let customers = asked.and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let round = match round(customers) {
        Ok(round) => round,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(1);
        }
    };
    println!(
        "{customers} customers, {} slices, {} entries",
        round.slices.len(),
        round.entries
    );
    println!("| µs | p50 | p99 | p99.9 | most |");
    println!("|---|---|---|---|---|");
    for (name, spread) in [
        ("a slice", &round.slices),
        ("a slice, CPU of all threads", &round.cpu),
        ("a key group in one go", &round.group),
    ] {
        println!(
            "| {name} | {} | {} |",
            spread.cells(),
            spread.per_mille(1_000)
        );
    }
    ExitCode::SUCCESS
}
