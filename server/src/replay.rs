//! `deft replay`: events through a project, offline and deterministic.

mod against;
mod csv;
mod labels;
mod report;
mod sinks;

use crate::cli::{LangArg, NO, YES};
use crate::load;
use crate::stopwatch::Stopwatch;
use anyhow::Context;
use clap::{Args, ValueEnum};
use connectors::merge::Merge;
use crossbeam::channel::{Receiver, Sender, bounded};
use engine::division::Division;
use engine::door::OrderBy;
use engine::engine::{Engine, Output, Settings};
use engine::limits::{BATCH_DEFAULT, SHARDS_MAX};
use engine::shard::{Record, Show};
use engine::tally::Depth;
use report::{Progress, Report};
use rules::book::Book;
use sinks::Sinks;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments of `deft replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Files of events, one JSON object a line, merged by time; `-` is stdin.
    #[arg(required = true, value_name = "EVENTS")]
    events: Vec<PathBuf>,
    /// The project: its catalogue and rules.
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Write every feature of every event as it saw them: CSV, money in minor units, booleans 0/1.
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// Write what goes out to channels, one CloudEvent a line.
    #[arg(long, value_name = "FILE")]
    actions: Option<PathBuf>,
    /// Write the record of every decision, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// Write what was not taken and why, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Compare with what this project does on the same events: actions gained and lost.
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Say what the fraud rules are worth against these known frauds, as `deft gen --labels` writes them.
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    labels: Option<PathBuf>,
    /// Print the hash of all live state at the end.
    #[arg(long)]
    state_hash: bool,
    /// Decide as events arrive, or sorted by their time (within the catalogue's lateness).
    #[arg(long, value_enum, default_value_t)]
    order: Order,
    /// Let the clock run on until no timer that a rule has set is pending.
    #[arg(long, conflicts_with = "until")]
    drain: bool,
    /// Let the clock run on to this RFC 3339 time.
    #[arg(long, value_name = "TIME", value_parser = crate::cli::time)]
    until: Option<i64>,
    /// Threads that own customers. Changes no result.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=SHARDS_MAX as i64))]
    shards: u16,
    /// Events per micro-batch. Changes no result.
    #[arg(long, default_value_t = BATCH_DEFAULT as u32, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch: u32,
    /// Decide about the customers of this division alone, as a fleet's does: `0/2` is the first of two. Events
    /// of others count for cards, devices and merchants.
    #[arg(long, value_name = "N/OF")]
    division: Option<Division>,
    /// Let the interpreter run every condition, for comparison. Changes no result, and takes longer.
    #[arg(long)]
    interpret: bool,
    /// The language of messages.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Order {
    /// As they arrive; a late one takes its sorted place in the windows.
    #[default]
    Arrival,
    /// Held back until the watermark has passed.
    #[value(name = "event_time")]
    EventTime,
}

/// Exit code 0 when it ran; with `--against`, 1 when the two projects act differently.
pub(crate) fn run(args: &ReplayArgs) -> anyhow::Result<u8> {
    let Some(book) = load::book(&args.project, args.lang)? else {
        return Ok(NO);
    };
    if let Some(other) = &args.against {
        let Some(other) = load::book(other, args.lang)? else {
            return Ok(NO);
        };
        return against::run(args, &book, &other);
    }
    let mut sinks = Sinks::open(args, &book)?;
    let mut report = Report::default();
    let mut labels = match &args.labels {
        Some(path) => Some(labels::Labels::read(path, &book)?),
        None => None,
    };
    let watch = Stopwatch::start();
    let mut engine = replay(args, &book, |output| {
        report.take(&output);
        if let Some(labels) = &mut labels {
            labels.take(&output);
        }
        sinks.write(&output)
    })?;
    sinks.finish()?;
    if args.state_hash {
        let hash = engine.state_hash()?;
        writeln!(std::io::stdout().lock(), "state_hash {hash}")?;
    }
    report.tell(&book, &engine.tally()?, watch.elapsed(), args.lang.into());
    if let Some(labels) = &labels {
        for line in labels.tell(args.lang.into()) {
            eprintln!("{line}");
        }
    }
    Ok(YES)
}

/// Batches read ahead, and outputs not yet written: enough that nobody waits for long.
const AHEAD: usize = 2;

/// Runs all events through an engine; hands over what comes of them, in order. Reading and writing
/// have threads of their own.
fn replay(
    args: &ReplayArgs,
    book: &Arc<Book>,
    mut take: impl FnMut(Output) -> anyhow::Result<()> + Send,
) -> anyhow::Result<Engine> {
    let settings = settings(args)?;
    let engine = Engine::new(Arc::clone(book), &settings)?;
    std::thread::scope(|scope| {
        let (batches, read) = bounded(AHEAD);
        scope.spawn(move || {
            let sent = read_batches(&args.events, settings.batch, &batches);
            // Nobody reads any more: then the run has ended with an error of its own.
            let _ = sent.or_else(|e| batches.send(Err(e)));
        });
        let (outputs, taken) = bounded(AHEAD);
        let writer = scope.spawn(move || taken.into_iter().try_for_each(&mut take));
        let ran = drive(args, engine, &read, &outputs);
        drop((read, outputs));
        let wrote = writer.join();
        // What could not be written is the reason why nobody took the rest.
        wrote.unwrap_or_else(|_| Err(anyhow::anyhow!("the writer stopped")))?;
        ran
    })
}

fn settings(args: &ReplayArgs) -> anyhow::Result<Settings> {
    Ok(Settings {
        shards: usize::from(args.shards),
        batch: usize::try_from(args.batch)?,
        order: match args.order {
            Order::Arrival => OrderBy::Arrival,
            Order::EventTime => OrderBy::EventTime,
        },
        inline: 0,
        division: args.division,
        show: Show {
            columns: args.features.is_some(),
            records: args.decisions.is_some(),
            depth: Depth::FirstFalse,
            interpret: args.interpret,
            ..Show::default()
        },
    })
}

/// Reads all events, merged, batch by batch.
fn read_batches(
    events: &[PathBuf],
    size: usize,
    batches: &Sender<anyhow::Result<Vec<Record>>>,
) -> anyhow::Result<()> {
    let readers = events.iter().map(|path| open(path));
    let mut merge =
        Merge::new(readers.collect::<anyhow::Result<_>>()?).context("cannot read the events")?;
    loop {
        let mut records: Vec<Record> = Vec::with_capacity(size);
        while records.len() < size {
            match merge.next_record().context("cannot read the events")? {
                Some(record) => records.push(record),
                None => break,
            }
        }
        if records.is_empty() || batches.send(Ok(records)).is_err() {
            return Ok(());
        }
    }
}

fn drive(
    args: &ReplayArgs,
    mut engine: Engine,
    read: &Receiver<anyhow::Result<Vec<Record>>>,
    outputs: &Sender<Output>,
) -> anyhow::Result<Engine> {
    let take = |output| {
        let sent = outputs.send(output);
        sent.map_err(|_| anyhow::anyhow!("nobody takes the output any more"))
    };
    let mut progress = Progress::start(args.lang.into());
    for records in read {
        let records = records?;
        progress.add(records.len());
        take(engine.push(records)?)?;
    }
    progress.end();
    take(engine.finish()?)?;
    if let Some(until) = args.until {
        take(engine.advance(until)?)?;
    } else if args.drain {
        take(engine.drain()?)?;
    }
    Ok(engine)
}

fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).with_context(|| {
        let path = path.display();
        format!(
            "cannot open `{path}`: name a file of events, one JSON object a line, or `-` for stdin"
        )
    })?;
    Ok(Box::new(BufReader::with_capacity(1 << 18, file)))
}
