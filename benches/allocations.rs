//! The evaluate path asks the allocator for nothing while no rule fires. A binary of its own: it counts
//! every allocation of the process.

use benches::rivals;
use benches::workload::{SMOKE, SPARSE, Stage, Workload};
use rules::book::RuleIx;
use rules::facts::Facts;
use rules::interpreter::Interpreter;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The system's allocator, counted.
struct Counting;

static ASKED: AtomicU64 = AtomicU64::new(0);

#[expect(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; each call goes to the system's unchanged"
)]
// SAFETY: every method hands its arguments to `System` and gives back what that gave.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's contract is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn asked(work: impl FnOnce()) -> u64 {
    let before = ASKED.load(Ordering::SeqCst);
    work();
    ASKED.load(Ordering::SeqCst) - before
}

/// The events on which nothing fires, and whose possible rules have no loop: a loop is interpreted.
fn quiet(workload: &Workload, interpreter: &mut Interpreter) -> Vec<Facts> {
    let book = &workload.book;
    let mut fired = Vec::new();
    let mut quiet = Vec::new();
    for (facts, plain) in workload.facts.iter().zip(&workload.plain) {
        fired.clear();
        workload.native.matches(plain, &mut fired);
        let mut facts = facts.clone();
        let event = facts.event();
        let found = &mut interpreter.survivors;
        assert!(
            event.is_some_and(|event| book.native.index().candidates(event, &mut facts, found))
        );
        let source = |ix: &RuleIx| book.rule(*ix).map_or("", |rule| &rule.source);
        let loops = |ix: &RuleIx| source(ix).contains("for n in");
        if fired.is_empty() && !found.rules.iter().any(loops) {
            quiet.push(facts);
        }
    }
    quiet
}

/// One test, so that nothing else of this process allocates beside it.
#[test]
fn nothing_is_allocated_per_event_while_nothing_fires() {
    // The counter counts.
    assert!(asked(|| drop(std::hint::black_box(Box::new(1_u64)))) >= 1);

    let stage = Stage::new(SMOKE).unwrap();
    let workload = stage.workload(1_000, SPARSE).unwrap();
    let book = Arc::clone(&workload.book);
    let mut quick = Interpreter::new(Arc::clone(&book));
    let mut facts = quiet(&workload, &mut quick);
    assert!(facts.len() > 32, "only {} quiet events", facts.len());
    let mut fired = Vec::new();

    let mut by_index = |facts: &mut [Facts]| {
        for facts in facts {
            rivals::by_index(&book, &mut quick, facts, &mut fired).unwrap();
        }
    };
    // Once, so that the room that is kept from event to event has its size.
    by_index(&mut facts);
    let native = asked(|| by_index(&mut facts));

    let mut slow = Interpreter::interpreted(Arc::clone(&book));
    let mut by_loop = |facts: &mut [Facts]| {
        for facts in facts {
            rivals::by_loop(&book, &mut slow, facts, &mut fired).unwrap();
        }
    };
    by_loop(&mut facts);
    let naive = asked(|| by_loop(&mut facts));

    println!(
        "{} events, 1,000 rules: {native} allocations by the index, {naive} by the naive loop",
        facts.len()
    );
    assert!(fired.is_empty());
    assert!(naive > 0, "the naive loop is known to allocate");
    assert_eq!(native, 0);
}
