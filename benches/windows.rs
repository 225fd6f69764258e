//! The table of windows in `README.md`: CPU time per event by features and customers, beside a look at the
//! customer alone, and what a customer takes in memory. Each row is a process of its own: memory that one
//! has given back would be missing in the next.

use benches::windows::{measure, plan};
use std::process::{Command, ExitCode};

/// The product's allocator: its sizes are what a customer takes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let numbers = std::env::args().skip_while(|arg| arg != "--row").skip(1);
    let numbers: Vec<u64> = numbers.filter_map(|arg| arg.parse().ok()).collect();
    let done = match numbers.as_slice() {
        [features, customers, measured] => row(*features, *customers, *measured),
        _ => rows(std::env::args().any(|arg| arg == "--smoke")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn rows(smoke: bool) -> Result<(), String> {
    let (sizes, measured): (&[u64], u64) = if smoke {
        (&[100, 1_000], 1_000)
    } else {
        (&[10_000, 100_000, 1_000_000], 200_000)
    };
    println!(
        "| features | customers | state miss ns | with windows ns | windows ns | bytes/customer |"
    );
    println!("|--:|--:|--:|--:|--:|--:|");
    let own = std::env::current_exe().map_err(|e| e.to_string())?;
    for features in [1, 8, 24] {
        for customers in sizes {
            let numbers = [features, *customers, measured].map(|n| n.to_string());
            let row = Command::new(&own).arg("--row").args(numbers).status();
            if !row.map_err(|e| e.to_string())?.success() {
                return Err(format!(
                    "{features} features, {customers} customers: no row"
                ));
            }
        }
    }
    Ok(())
}

fn row(features: u64, customers: u64, measured: u64) -> Result<(), String> {
    let plan = plan(usize::try_from(features).unwrap_or(1))?;
    let took = measure(&plan, customers, usize::try_from(measured).unwrap_or(1));
    println!(
        "| {features} | {customers} | {:.0} | {:.0} | {:.0} | {} |",
        took.floor_ns,
        took.whole_ns,
        took.whole_ns - took.floor_ns,
        took.bytes / customers.max(1),
    );
    Ok(())
}
