//! `deft gen`: the events of a bank that does not exist, from a seed, to a file, a pipe or a node.

pub(crate) mod sink;

use crate::cli::{NO, YES};
use crate::interrupt::Interrupt;
use crate::run::clock;
use crate::stopwatch::Stopwatch;
use anyhow::Context as _;
use clap::Args;
use connectors::synthetic::{Bank, Pace, Plan};
use engine::time::DAY_MS;
use sink::Sink;
use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

/// The first day when none is named: a Tuesday in a quiet month.
const START: &str = "2026-03-10T00:00:00+08:00";
/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// Arguments of `deft gen`.
#[derive(Debug, Args)]
#[command(
    after_help = "The same options give the same bytes, on every machine.\n\n\
    deft gen --customers 1000 --days 3 --labels labels.ndjson --to events.ndjson\n\
    deft replay events.ndjson --project rules/retail-bank --labels labels.ndjson\n\
    deft gen --days 1 | deft replay - --project rules/retail-bank\n\n\
    A running node takes only what is at most seven days old: `--start now` begins the first day now, so that\n\
    the week before it is taken."
)]
pub(crate) struct GenArgs {
    /// How many customers the bank has.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    customers: u32,
    /// Another seed is another bank.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many days are told, behind the week from which everyone is known.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// Tell so many events instead, the week before included.
    #[arg(long, conflicts_with = "days", value_name = "N")]
    events: Option<u64>,
    /// When the first day begins, RFC 3339, or `now`.
    #[arg(long, value_name = "TIME", default_value = START, value_parser = start)]
    start: i64,
    /// Events a second, or as fast as they are taken.
    #[arg(long, default_value = "full", value_parser = rate)]
    rate: Rate,
    /// Write which events are part of which fraud, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// A file, `-` for stdout, the address of a node: `http://127.0.0.1:8080`, or a topic:
    /// `kafka://127.0.0.1:9092/bank.events`.
    #[arg(long, value_name = "TO", default_value = "-")]
    to: String,
    /// Who we are to the brokers: a file of lines such as `sasl.username = deft`, as in `secret` of a source.
    #[arg(long, value_name = "FILE")]
    secret: Option<PathBuf>,
}

fn start(text: &str) -> Result<i64, String> {
    if text == "now" {
        return Ok(clock::wall());
    }
    crate::cli::time(text).map_err(|says| format!("{says}, or `now`"))
}

#[derive(Clone, Copy, Debug)]
enum Rate {
    Full,
    PerSecond(u32),
}

fn rate(text: &str) -> Result<Rate, String> {
    match text.parse() {
        _ if text == "full" => Ok(Rate::Full),
        Ok(rate) if (1..=1_000_000).contains(&rate) => Ok(Rate::PerSecond(rate)),
        _ => Err("`full`, or events a second from 1 to 1000000".to_owned()),
    }
}

/// Exit code 0, also when whoever reads has seen enough; 1 when a node took none of them.
pub(crate) fn run(args: &GenArgs) -> anyhow::Result<u8> {
    let mut sink = Sink::open(&args.to, args.secret.as_deref())?;
    let mut labels = match &args.labels {
        Some(path) => Some(open(path)?),
        None => None,
    };
    let bank = Bank::new(Plan {
        seed: args.seed,
        customers: args.customers,
        start: args.start,
        pace: Pace::of_life(args.customers),
    });
    let end = args.start.saturating_add(DAY_MS * i64::from(args.days));
    let most = args.events.unwrap_or(u64::MAX);
    let mut told = Told::start(args.rate);
    let interrupt = Interrupt::listen()?;
    for made in bank {
        let over = args.events.is_none() && made.time >= end;
        if over || told.count >= most || interrupt.is_asked() {
            break;
        }
        if let (Some(labels), Some(line)) = (&mut labels, made.label_line()) {
            writeln!(labels, "{line}").context("cannot write the labels")?;
        }
        sink.put(&made.line)?;
        if told.one_more() {
            sink.flush()?;
        }
    }
    sink.flush()?;
    if let Some(mut labels) = labels {
        labels.flush().context("cannot write the labels")?;
    }
    let not_taken = sink.not_taken();
    told.end(not_taken);
    Ok(if told.count > 0 && not_taken >= told.count {
        NO
    } else {
        YES
    })
}

fn open(path: &PathBuf) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(BufWriter::new(file))
}

/// How far it is, at the rate it was asked for.
struct Told {
    count: u64,
    rate: Rate,
    watch: Stopwatch,
    last: Duration,
    shown: bool,
}

impl Told {
    fn start(rate: Rate) -> Self {
        Self {
            count: 0,
            rate,
            watch: Stopwatch::start(),
            last: Duration::ZERO,
            shown: std::io::stderr().is_terminal(),
        }
    }

    /// Counts one; waits where it would be too early, and then says that all before may go.
    fn one_more(&mut self) -> bool {
        self.count += 1;
        if self.count.is_multiple_of(256) {
            self.tell();
        }
        let Rate::PerSecond(rate) = self.rate else {
            return false;
        };
        let due = Duration::from_micros(self.count.saturating_mul(1_000_000) / u64::from(rate));
        let early = due.saturating_sub(self.watch.elapsed());
        // Short waits are gathered: a sleep is never exact.
        if early < Duration::from_millis(5) {
            return false;
        }
        std::thread::sleep(early);
        true
    }

    fn tell(&mut self) {
        let now = self.watch.elapsed();
        if self.shown && now.saturating_sub(self.last) > TOLD_EVERY {
            self.last = now;
            eprint!("\r{} events", self.count);
        }
    }

    fn end(&self, not_taken: u64) {
        if self.shown && self.last > Duration::ZERO {
            eprint!("\r\x1b[2K");
        }
        let seconds = self.watch.elapsed().as_secs_f64();
        let but = match not_taken {
            0 => String::new(),
            count => format!(", {count} of them not taken"),
        };
        eprintln!("{} events in {seconds:.2} s{but}", self.count);
    }
}
