//! Criterion's view of the same work, in CPU time of the measuring thread: groups `part` (conditions on
//! ready facts) and `book` (compile, index, swap), and in CPU time of the process `whole` (bytes in,
//! outcomes out).

use benches::clock;
use benches::rivals;
use benches::whole;
use benches::workload::{FULL, SPARSE, Stage};
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BenchmarkId, Criterion, Throughput};
use rules::compile::compile;
use rules::interpreter::Interpreter;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// CPU time of the measuring thread: others on the machine take none of it.
struct ThreadCpu;

impl Measurement for ThreadCpu {
    type Intermediate = u64;
    type Value = Duration;

    fn start(&self) -> u64 {
        clock::thread_ns()
    }

    fn end(&self, start: u64) -> Duration {
        Duration::from_nanos(clock::thread_ns().saturating_sub(start))
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// The naive loop is measured up to here.
const NAIVE_MAX: usize = 1_000;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn run() -> Result<(), String> {
    let stage = Stage::new(FULL)?;
    let mut criterion = Criterion::default()
        .with_measurement(ThreadCpu)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for rules in [10, 100, 1_000, 10_000] {
        part(&mut criterion, &stage, rules)?;
    }
    for rules in [10, 1_000, 10_000] {
        path(&mut criterion, &stage, rules)?;
    }
    book(&mut criterion, &stage)?;
    criterion.final_summary();
    Ok(())
}

/// One iteration is all measured events; the rate is events per second.
fn part(criterion: &mut Criterion<ThreadCpu>, stage: &Stage, rules: usize) -> Result<(), String> {
    let mut workload = stage.workload(rules, SPARSE)?;
    rivals::agree(&mut workload)?;
    let book = Arc::clone(&workload.book);
    let mut slow = Interpreter::interpreted(Arc::clone(&book));
    let mut quick = Interpreter::new(Arc::clone(&book));
    let mut group = criterion.benchmark_group("part");
    if rules <= NAIVE_MAX {
        let count = rivals::naive_events(rules, workload.facts.len());
        let first = workload.facts.get_mut(..count).unwrap_or_default();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("naive", rules), |b| {
            b.iter(|| rivals::fires_by_loop(&book, &mut slow, black_box(&mut *first)));
        });
    }
    group.throughput(Throughput::Elements(workload.facts.len() as u64));
    group.bench_function(BenchmarkId::new("native", rules), |b| {
        b.iter(|| rivals::fires_by_loop(&book, &mut quick, black_box(&mut workload.facts)));
    });
    group.bench_function(BenchmarkId::new("index", rules), |b| {
        b.iter(|| rivals::fires_by_index(&book, &mut quick, black_box(&mut workload.facts)));
    });
    group.bench_function(BenchmarkId::new("by_hand", rules), |b| {
        b.iter(|| rivals::fires_by_hand(&workload.native, black_box(&mut workload.plain)));
    });
    group.finish();
    Ok(())
}

/// The measured events through one shard; the state behind them is filled anew for each run.
fn path(criterion: &mut Criterion<ThreadCpu>, stage: &Stage, rules: usize) -> Result<(), String> {
    let workload = stage.workload(rules, SPARSE)?;
    let mut group = criterion.benchmark_group("whole");
    group.throughput(Throughput::Elements(stage.size.measured as u64));
    let mut failed = None;
    group.bench_function(BenchmarkId::new("one_shard", rules), |b| {
        b.iter_custom(|runs| {
            let mut cpu = 0;
            for _ in 0..runs {
                match whole::run(&workload.book, &stage.lines, stage.size.measured, false) {
                    Ok(run) => cpu += run.cpu_ns,
                    Err(error) => failed = Some(error),
                }
            }
            Duration::from_nanos(cpu.max(1))
        });
    });
    group.finish();
    failed.map_or(Ok(()), Err)
}

/// 10,000 rules: from files to book, and from book to what a shard swaps in.
fn book(criterion: &mut Criterion<ThreadCpu>, stage: &Stage) -> Result<(), String> {
    let workload = stage.workload(10_000, SPARSE)?;
    let mut group = criterion.benchmark_group("book");
    group.bench_function("compile_and_index_10000", |b| {
        b.iter(|| compile(black_box(&workload.project)));
    });
    group.bench_function("interpreter_10000", |b| {
        b.iter(|| Interpreter::new(Arc::clone(black_box(&workload.book))));
    });
    let mut shard = Some(Interpreter::new(Arc::clone(&workload.book)));
    let mut spare = Some(Interpreter::new(Arc::clone(&workload.book)));
    group.bench_function("swap_10000", |b| {
        b.iter(|| std::mem::swap(black_box(&mut shard), black_box(&mut spare)));
    });
    group.finish();
    Ok(())
}
