//! `cargo bench -p benches --bench storm`: what very many timers due at one second cost, beside live
//! events. `DEFT_STORM` says how many; 1,000,000 when absent.

use benches::storm::{book, drain, filled};
use std::alloc::{GlobalAlloc, Layout, System};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

/// The system's allocator; the bytes that are in use are counted.
struct Counting;

static IN_USE: AtomicU64 = AtomicU64::new(0);

#[expect(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; each call goes to the system's unchanged"
)]
// SAFETY: every method hands its arguments to `System` and gives back what that gave.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: the caller's contract is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        IN_USE.fetch_add(size as u64, Ordering::Relaxed);
        IN_USE.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let asked = std::env::var("DEFT_STORM").ok();
    let customers = asked.and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    match run(customers) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn run(customers: usize) -> Result<(), String> {
    let used = |timed: bool| -> Result<u64, String> {
        let book = book(timed)?;
        let before = IN_USE.load(Ordering::SeqCst);
        let engine = filled(&book, customers)?;
        let used = IN_USE.load(Ordering::SeqCst).saturating_sub(before);
        drop(engine);
        Ok(used / customers.max(1) as u64)
    };
    let (without, with) = (used(false)?, used(true)?);
    println!(
        "{customers} customers with a date: {without} bytes each, {with} with a pending timer"
    );
    let storm = drain(filled(&book(true)?, customers)?)?;
    let ticks: u64 = storm.ticks.iter().sum();
    println!(
        "{} timers fired in {} ticks, {} ns each (CPU of all threads)",
        storm.fired,
        storm.ticks.len(),
        ticks / storm.fired.max(1) as u64
    );
    println!("| µs of CPU | median | p99 | most |");
    println!("|---|---|---|---|");
    for (name, mut all) in [
        ("a tick of the storm", storm.ticks),
        ("a live event between two ticks", storm.live),
        ("a live event before the storm", storm.quiet),
    ] {
        all.sort_unstable();
        let at = |share: usize| {
            let place = (all.len() * share / 1_000).min(all.len().saturating_sub(1));
            all.get(place).copied().unwrap_or(0) / 1_000
        };
        println!("| {name} | {} | {} | {} |", at(500), at(990), at(1_000));
    }
    Ok(())
}
