//! Bytes per customer by kind of window. Memory is counted at the allocator, so the figures are exact
//! and the same each time.

use ::benches::bytes::{BUSY, MONTH, Row, Size, rows};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

/// The system's allocator, with what is live counted.
struct Counting;

static LIVE: AtomicU64 = AtomicU64::new(0);

#[expect(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; each call goes to the system's unchanged"
)]
// SAFETY: every method hands its arguments to `System` and gives back what that gave.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: the caller's contract is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn live() -> u64 {
    LIVE.load(Ordering::SeqCst)
}

fn main() {
    let found = measured(MONTH).and_then(|month| Ok((month, measured(BUSY)?)));
    match found {
        Ok((month, busy)) => table(&month, &busy),
        Err(why) => {
            eprintln!("{why}");
            std::process::exit(1);
        }
    }
}

fn measured(size: Size) -> Result<Vec<Row>, String> {
    rows(size, &live)
}

fn table(month: &[Row], busy: &[Row]) {
    println!(
        "| window | bytes at {} events | at {} | swept |",
        MONTH.events, BUSY.events
    );
    println!("|---|--:|--:|--:|");
    for (month, busy) in month.iter().zip(busy) {
        println!(
            "| {} | {} | {} | {} |",
            month.name, month.bytes, busy.bytes, month.left
        );
    }
}
