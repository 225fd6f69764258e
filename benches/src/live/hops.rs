//! What it costs to wake the shards for a handful of records, beside doing their work on the thread that
//! pushes: the same events through two engines, a few at a time.

use crate::capture::records;
use crate::clock;
use crate::traffic::{Line, Traffic};
use engine::decode::peek_time;
use engine::engine::{Engine, Output, Settings};
use engine::shard::Show;
use rules::book::Book;
use rules::interpreter::STACK_BYTES;
use std::sync::Arc;

/// Records of one push.
const AT_ONCE: [usize; 5] = [1, 4, 16, 64, 256];
/// Shards: as a node has on two cores.
const SHARDS: usize = 2;

/// One row: so many at once; CPU time and time on the clock per event, woken and inline, µs.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Records of a push.
    pub at_once: usize,
    /// By shards that are woken: CPU, clock.
    pub woken: [f64; 2],
    /// By the thread that pushes: CPU, clock.
    pub inline: [f64; 2],
}

/// Measures each size with so many events, on state of so many customers.
///
/// # Errors
/// The engine cannot run, or refused a line: said as text.
pub fn rows(
    book: &Arc<Book>,
    seed: u64,
    customers: u64,
    events: usize,
) -> Result<Vec<Row>, String> {
    let book = Arc::clone(book);
    // Scripts run on the stack of whoever pushes.
    let work = move || {
        let woken = measured(&book, seed, customers, events, 0)?;
        let inline = measured(&book, seed, customers, events, usize::MAX)?;
        let both = AT_ONCE.into_iter().zip(woken).zip(inline);
        let row = |((at_once, woken), inline)| Row {
            at_once,
            woken,
            inline,
        };
        Ok(both.map(row).collect())
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let thread = thread.spawn(work).map_err(|e| e.to_string())?;
    thread.join().map_err(|_| "the thread broke down")?
}

fn measured(
    book: &Arc<Book>,
    seed: u64,
    customers: u64,
    events: usize,
    inline: usize,
) -> Result<Vec<[f64; 2]>, String> {
    let settings = Settings {
        shards: SHARDS,
        inline,
        show: Show {
            records: true,
            journal: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(Arc::clone(book), &settings).map_err(|e| e.to_string())?;
    let mut traffic = Traffic::new(seed, customers);
    let before = usize::try_from(traffic.before()).unwrap_or(0);
    let past: Vec<Line> = traffic.take(before);
    for chunk in past.chunks(settings.batch) {
        let output = engine.push(records(chunk)).map_err(|e| e.to_string())?;
        taken(&output)?;
    }
    let mut all = Vec::new();
    for at_once in AT_ONCE {
        let lines = traffic.take(events);
        let (cpu, began) = (clock::process_ns(), clock::moment());
        for chunk in lines.chunks(at_once) {
            push(&mut engine, chunk)?;
        }
        let each = |ns: f64| ns / 1_000.0 / events.max(1) as f64;
        let cpu = (clock::process_ns() - cpu) as f64;
        all.push([each(cpu), each(began.elapsed().as_nanos() as f64)]);
    }
    Ok(all)
}

/// As a node takes them: the clock stands where the newest of them was sent, and does not tick.
fn push(engine: &mut Engine, lines: &[Line]) -> Result<(), String> {
    let times = lines.iter().filter_map(|line| peek_time(&line.bytes));
    let now = times.max().ok_or("no line has a time")?;
    let output = engine.push_live(records(lines), now);
    taken(&output.map_err(|e| e.to_string())?)
}

fn taken(output: &Output) -> Result<(), String> {
    match output.refused.first() {
        Some(refused) => Err(format!("line {}: {:?}", refused.line, refused.reject)),
        None => Ok(()),
    }
}
