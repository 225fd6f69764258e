//! The tables of `README.md`: each rival's CPU time per event on the same facts, the whole path, and
//! what a change of the book costs.

use benches::clock;
use benches::kernel::Kernel;
use benches::rivals;
use benches::script::Loops;
use benches::traffic::Line;
use benches::whole::{self, Run};
use benches::workload::{DENSE, FULL, SMOKE, SPARSE, Size, Stage, Workload, book_of};
use engine::outcome::Outcome;
use rules::compile::compile;
use rules::interpreter::Interpreter;
use rules::project::Project;
use std::process::ExitCode;
use std::sync::Arc;

/// The product's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds of which the best counts.
const ROUNDS: usize = 9;
/// The naive loop takes its time.
const ROUNDS_SLOW: usize = 3;
/// Runs of the whole path, of which the best counts.
const RUNS: usize = 3;
/// Events in a batch where one shard runs without threads.
const BATCH: usize = 256;
/// Few customers before, many events behind: a profile of the events alone.
const SPIN: Size = Size {
    customers: 500,
    sample: 1_024,
    measured: 65_536,
};

fn main() -> ExitCode {
    let said = |word: &str| std::env::args().any(|arg| arg == word);
    let (part, whole) = (said("--part"), said("--whole"));
    let size = std::env::args().skip_while(|arg| arg != "--rules").nth(1);
    let size = size.and_then(|size| size.parse().ok());
    if said("--spin") {
        let spun = match (said("--compile"), whole) {
            (true, _) => spin_compile(),
            _ if said("--exchange") => spin_exchange(size.unwrap_or(10_000)),
            (_, true) => spin_whole(size.unwrap_or(1_000)),
            _ => spin_index(),
        };
        return spun.map_or(ExitCode::from(1), |()| ExitCode::SUCCESS);
    }
    match tables(said("--smoke"), size, part || !whole, whole || !part) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// `only`: sets of so many rules alone.
fn tables(smoke: bool, only: Option<usize>, part: bool, whole: bool) -> Result<(), String> {
    let stage = Stage::new(if smoke { SMOKE } else { FULL })?;
    let sizes: &[usize] = if smoke {
        &[10, 100]
    } else {
        &[10, 100, 1_000, 10_000]
    };
    let sizes = only.as_ref().map_or(sizes, std::slice::from_ref);
    println!(
        "events: {} lines, SHA-256 {}",
        stage.lines.len(),
        stage.events_digest()
    );
    if part {
        parts(&stage, sizes)?;
    }
    if whole {
        println!(
            "\n| rules | whole, ns/event | interpreted, ns/event | compiled and indexed, ms | a shard's interpreter, ms | exchanged, ms |"
        );
        println!("|--:|--:|--:|--:|--:|--:|");
        for rules in sizes {
            path(&stage, *rules)?;
        }
    }
    Ok(())
}

/// 10,000 rules compiled and nothing else, for a profiler to look at.
fn spin_compile() -> Result<(), String> {
    let files = Stage::new(SMOKE)?.files(10_000, SPARSE, Loops::Last);
    let project = Project::from_files(files.all);
    let all = (0..5).all(|_| compile(&project).0.is_some());
    all.then_some(())
        .ok_or_else(|| "the workload does not compile".to_owned())
}

/// A book taken up in place of another, again and again.
fn spin_exchange(rules: usize) -> Result<(), String> {
    let files = Stage::new(SMOKE)?.files(rules, SPARSE, Loops::Last);
    let project = Project::from_files(files.all);
    let book = Arc::new(book_of(&project)?);
    for _ in 0..5 {
        let took = whole::exchange(&book, &project)?;
        println!("{:.2} ms", took as f64 / 1e6);
    }
    Ok(())
}

/// The index over 1,000 rules and nothing else.
fn spin_index() -> Result<(), String> {
    let mut workload = Stage::new(FULL)?.workload(1_000, SPARSE)?;
    let mut quick = Interpreter::new(Arc::clone(&workload.book));
    for _ in 0..1_000 {
        rivals::fires_by_index(&workload.book, &mut quick, &mut workload.facts)?;
    }
    Ok(())
}

/// The whole path on one thread: live events alone are inside [`live`], which a profiler can be told.
fn spin_whole(rules: usize) -> Result<(), String> {
    let stage = Stage::new(SPIN)?;
    let workload = stage.workload(rules, SPARSE)?;
    let mut kernel = Kernel::new(&workload.book)?;
    let (before, behind) = stage
        .lines
        .split_at(stage.lines.len() - stage.size.measured);
    let history: Vec<Line> = before.iter().map(Line::recorded).collect();
    kernel.run(&history, BATCH)?;
    let start = clock::thread_ns();
    let outcomes = live(&mut kernel, behind)?;
    let ns = (clock::thread_ns() - start) / (behind.len() as u64).max(1);
    println!("{} outcomes, {ns} ns/event on one thread", outcomes.len());
    // The profile is to end with the last event, not with what is let go of behind it.
    std::mem::forget((stage, workload, kernel, outcomes));
    Ok(())
}

#[inline(never)]
fn live(kernel: &mut Kernel, lines: &[Line]) -> Result<Vec<Outcome>, String> {
    kernel.run(lines, BATCH)
}

fn parts(stage: &Stage, sizes: &[usize]) -> Result<(), String> {
    println!(
        "\n| rules | met | fires/event | left by index | naive ns | native ns | index ns | by hand ns | naive ÷ index | index ÷ hand |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut digests = Vec::new();
    for (per_thousand, set) in [(SPARSE, ""), (DENSE, "-dense")] {
        for rules in sizes {
            let workload = stage.workload(*rules, per_thousand)?;
            let name = format!("{rules}{set}");
            digests.push(format!("{name} {}", workload.rules_digest));
            part(&name, workload)?;
        }
    }
    let middle = sizes.get(sizes.len() / 2).copied().unwrap_or(100);
    let workload = stage.workload_with(middle, SPARSE, Loops::First)?;
    part(&format!("{middle}, loops first"), workload)?;
    println!("\nrule files, SHA-256:\n{}", digests.join("\n"));
    Ok(())
}

/// The rules part: facts are ready, conditions are evaluated.
fn part(name: &str, mut workload: Workload) -> Result<(), String> {
    let fires = rivals::agree(&mut workload)?.len();
    let events = workload.plain.len() as u64;
    let book = Arc::clone(&workload.book);
    let facts = &mut workload.facts;
    let mut slow = Interpreter::interpreted(Arc::clone(&book));
    let mut quick = Interpreter::new(Arc::clone(&book));
    let count = rivals::naive_events(book.rules.len(), facts.len());
    let first = facts.get_mut(..count).unwrap_or_default();
    let naive = clock::best_of(ROUNDS_SLOW, || {
        let _ = rivals::fires_by_loop(&book, &mut slow, first);
    }) as f64
        / count.max(1) as f64;
    let native = clock::best_of(ROUNDS, || {
        let _ = rivals::fires_by_loop(&book, &mut quick, facts);
    });
    let index = clock::best_of(ROUNDS, || {
        let _ = rivals::fires_by_index(&book, &mut quick, facts);
    });
    let left = rivals::survivors(&book, &mut quick, facts);
    let hand = clock::best_of(ROUNDS, || {
        let _ = rivals::fires_by_hand(&workload.native, &mut workload.plain);
    });
    println!(
        "| {name} | {} | {:.3} | {:.2} | {} | {} | {} | {} | {:.0} | {:.2} |",
        workload.met_tenths() / 10,
        fires as f64 / events as f64,
        left as f64 / events as f64,
        naive as u64,
        native / events,
        index / events,
        hand / events,
        naive * events as f64 / index as f64,
        index as f64 / hand as f64,
    );
    Ok(())
}

/// The whole path of an event, and what a change of the book costs.
fn path(stage: &Stage, rules: usize) -> Result<(), String> {
    let mut workload = stage.workload(rules, SPARSE)?;
    let by_hand = rivals::fires_by_hand(&workload.native, &mut workload.plain);
    let once = |interpret: bool| -> Result<Run, String> {
        let run = whole::run(&workload.book, &stage.lines, stage.size.measured, interpret)?;
        rivals::same("the engine", &run.fires, &by_hand)?;
        Ok(run)
    };
    let mut best = u64::MAX;
    for _ in 0..RUNS {
        best = best.min(once(false)?.ns_per_event());
    }
    let interpreted = match rules {
        0..=1_000 => once(true)?.ns_per_event().to_string(),
        _ => "—".to_owned(),
    };
    let compiled = clock::best_of(RUNS, || {
        let _ = compile(&workload.project);
    });
    let built = clock::best_of(RUNS, || {
        let _ = Interpreter::new(Arc::clone(&workload.book));
    });
    let mut exchanged = u64::MAX;
    for _ in 0..RUNS {
        exchanged = exchanged.min(whole::exchange(&workload.book, &workload.project)?);
    }
    println!(
        "| {rules} | {best} | {interpreted} | {:.1} | {:.1} | {:.2} |",
        compiled as f64 / 1e6,
        built as f64 / 1e6,
        exchanged as f64 / 1e6,
    );
    Ok(())
}
