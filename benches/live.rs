//! The live service's table: what a decision asked for over HTTP takes, beside the floors of the same
//! run, and how long a restart takes.

use benches::clock;
use benches::live::child::{Server, lay_out};
use benches::live::load::{self, Load};
use benches::live::requests::{self, Requests};
use benches::live::{disk, echo, hops};
use benches::script::Loops;
use benches::workload::{FULL, SEED, SMOKE, SPARSE, Size as Population, Stage, book_of};
use rules::project::Project;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Makes this program `deft`.
const DEFT: &str = "DEFT_BENCH_DEFT";
/// Makes this program the echo server.
const ECHO: &str = "DEFT_BENCH_ECHO";
/// Connections, a thread each.
const CONNECTIONS: usize = 32;
/// The rate that is asked for at most, requests a second.
const RATE_MAX: u64 = 20_000;

/// Customers, each with a week of 28 events in the mean; popularity by Zipf, s = 1.
const CUSTOMERS: u64 = 50_000;
/// Customers behind the table of hops.
const HOPS_CUSTOMERS: u64 = 2_000;
/// Requests of the past that are drawn ahead, 1,000 events each.
const AHEAD: usize = 32;

/// Verdicts asked for in the overload, 1/s.
const VERDICTS: u64 = 200;
/// A flood is so many times what a node can take …
const FLOOD: f64 = 3.0;
/// … in requests of so many events.
const BATCH: usize = 500;

/// How much of it.
struct Size {
    rules: usize,
    customers: u64,
    /// Seconds of each load.
    seconds: u64,
    /// Requests of the closed loops.
    closed: usize,
    /// Events that are in the log before a restart.
    events: u64,
    syncs: usize,
    /// Connections that a flood comes by.
    flooders: usize,
}

fn main() -> ExitCode {
    if std::env::var_os(DEFT).is_some() {
        return server::main_with(std::env::args_os());
    }
    let said = |word: &str| std::env::args().any(|arg| arg == word);
    let customers = std::env::args()
        .skip_while(|arg| arg != "--customers")
        .nth(1);
    let customers = customers.and_then(|count| count.parse().ok());
    let done = if std::env::var_os(ECHO).is_some() {
        echo::serve().map_err(|e| e.to_string())
    } else {
        let size = if said("--smoke") {
            Size {
                rules: 10,
                customers: customers.unwrap_or(SMOKE.customers),
                seconds: 1,
                closed: 500,
                events: 5_000,
                syncs: 50,
                flooders: 8,
            }
        } else {
            Size {
                rules: 1_000,
                customers: customers.unwrap_or(CUSTOMERS),
                seconds: 15,
                closed: 30_000,
                events: 500_000,
                syncs: 2_000,
                flooders: 160,
            }
        };
        let population = if said("--smoke") { SMOKE } else { FULL };
        let population = Population {
            customers: size.customers,
            ..population
        };
        tables(&size, population, &said)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// The folder of a run; removed at its end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays lies in the folder of temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn tables(size: &Size, population: Population, said: &dyn Fn(&str) -> bool) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("deft-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(text)?;
    let folder = Folder(folder);
    if said("--overload") {
        return overload(&folder.0.join("overload"), size);
    }
    let files = Stage::new(population)?
        .files(size.rules, SPARSE, Loops::Last)
        .all;
    woken(&files, population)?;
    if said("--hops") {
        return Ok(());
    }
    decide(&folder.0, &files, size)?;
    if said("--decide") {
        return Ok(());
    }
    overload(&folder.0.join("overload"), size)?;
    recovery(&folder.0.join("recovery"), &files, size)
}

/// What waking the shards takes for a few events at once.
fn woken(files: &[(String, String)], population: Population) -> Result<(), String> {
    let book = Arc::new(book_of(&Project::from_files(files.iter().cloned()))?);
    let customers = population.customers.min(HOPS_CUSTOMERS);
    println!(
        "| events at once | shards woken: CPU, µs each | clock, µs each | by who pushes: CPU | clock |"
    );
    println!("|--:|--:|--:|--:|--:|");
    for row in hops::rows(&book, SEED, customers, population.sample)? {
        let ([woken, waited], [own, took]) = (row.woken, row.inline);
        println!(
            "| {} | {woken:.1} | {waited:.1} | {own:.1} | {took:.1} |",
            row.at_once
        );
    }
    println!();
    Ok(())
}

/// What a decision takes that is asked for over HTTP.
fn decide(folder: &Path, files: &[(String, String)], size: &Size) -> Result<(), String> {
    let closed = |server: &Server, nth: u64, part: &'static str, ack: &str| {
        let asks = Requests::live(SEED + nth, size.customers, part).asks(size.closed, None, ack);
        let load = load::run(server.public, CONNECTIONS, None, &asks)?;
        taken(&load).map(|()| load)
    };
    let echo = Server::start(ECHO, &[])?;
    let echoed = closed(&echo, 1, "closed", "durable")?;
    let (kept, _) = node(&folder.join("kept"), files, true)?;
    fill(&kept, size)?;
    let durable = closed(&kept, 1, "durable-closed", "durable")?;
    let fast = closed(&kept, 2, "fast-closed", "received")?;
    let half = |load: &Load| load.rate() as u64 / 2;
    let rate = RATE_MAX.min(half(&echoed)).min(half(&durable)).max(1);
    println!(
        "{} rules, {} customers, {CONNECTIONS} connections, {rate} requests a second\n",
        size.rules, size.customers
    );
    println!(
        "| what | as fast as it goes, 1/s | p50 µs | p99 µs | p99.9 µs | server's CPU, µs each | with candidates | fallbacks |"
    );
    println!("|:--|--:|--:|--:|--:|--:|--:|--:|");
    let mut open = Requests::live(SEED + 3, size.customers, "open");
    let mut line = |name: &str, server: &Server, most: f64, ack: &str| {
        let count = usize::try_from(rate * size.seconds).unwrap_or(0);
        let asks = open.asks(count, Some(rate), ack);
        row(name, server, most, rate, &asks)
    };
    line("echo", &echo, echoed.rate(), "durable")?;
    line("decide, fast", &kept, fast.rate(), "received")?;
    line("decide, durable", &kept, durable.rate(), "durable")?;
    line("echo again", &echo, echoed.rate(), "durable")?;
    drop(kept);
    let (memory, _) = node(&folder.join("memory"), files, false)?;
    fill(&memory, size)?;
    let most = closed(&memory, 1, "closed", "durable")?;
    line("decide, state in memory", &memory, most.rate(), "durable")?;
    crowd(&memory, size)?;
    println!(
        "\nresident with {} customers: {} MiB",
        size.customers,
        memory.resident() >> 20
    );
    let syncs = disk::syncs(folder, size.syncs).map_err(text)?;
    println!(
        "a sync of the disk, 4 KiB, p50, p99, p99.9 µs: {}",
        syncs.cells()
    );
    Ok(())
}

/// What it takes when few customers are nearly all of the load.
fn crowd(server: &Server, size: &Size) -> Result<(), String> {
    let asks =
        Requests::crowded(SEED + 4, size.customers, "crowd").asks(size.closed, None, "durable");
    let (before, spoken) = (server.cpu_ns(), server.counted("deft_decisions_total"));
    let load = load::run(server.public, CONNECTIONS, None, &asks)?;
    taken(&load)?;
    let count = asks.len().max(1) as f64;
    println!(
        "\nFew customers mostly, by Zipf, in memory: {:.0} a second, {:.0} µs of CPU each, {:.3} with candidates",
        load.rate(),
        (server.cpu_ns() - before) as f64 / 1_000.0 / count,
        (server.counted("deft_decisions_total") - spoken) / count
    );
    Ok(())
}

fn text(error: std::io::Error) -> String {
    error.to_string()
}

/// A node over the workload's project.
fn node(dir: &Path, files: &[(String, String)], data: bool) -> Result<(Server, PathBuf), String> {
    node_over(dir, &dir.join("project"), files, data)
}

fn node_over(
    dir: &Path,
    project: &Path,
    files: &[(String, String)],
    data: bool,
) -> Result<(Server, PathBuf), String> {
    std::fs::create_dir_all(dir).map_err(text)?;
    let store = dir.join("data");
    let kept = if data {
        format!("data = {}\n", Value::from(store.display().to_string()))
    } else {
        String::new()
    };
    let sections = format!(
        "[node]\nproject = {}\n{kept}[listen]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [decide]\ndeadline = \"1s\"\n[rules]\nproof = false\n[store]\nlow_disk = \"1MiB\"\nresume = \"1MiB\"\n",
        Value::from(project.display().to_string()),
    );
    let config = lay_out(dir, files, &sections).map_err(text)?;
    let config = config.display().to_string();
    Ok((Server::start(DEFT, &["run", "-c", &config])?, store))
}

/// Tells a node the profiles and the past of its customers.
fn fill(server: &Server, size: &Size) -> Result<(), String> {
    let mut past = Requests::new(SEED, size.customers).past();
    loop {
        let some: Vec<Vec<u8>> = past.by_ref().take(AHEAD).collect();
        if some.is_empty() {
            return Ok(());
        }
        taken(&load::run(server.public, 1, None, &some)?)?;
    }
}

fn taken(load: &Load) -> Result<(), String> {
    if load.refused > 0 {
        let why = load.why.as_deref().unwrap_or_default();
        let why: String = why.chars().take(600).collect();
        return Err(format!(
            "{} requests were refused, one with {why}",
            load.refused
        ));
    }
    Ok(())
}

/// The load at the rate, and a row of the table.
fn row(name: &str, server: &Server, most: f64, rate: u64, asks: &[Vec<u8>]) -> Result<(), String> {
    let (before, spoken) = (server.cpu_ns(), server.counted("deft_decisions_total"));
    let open = load::run(server.public, CONNECTIONS, Some(rate), asks)?;
    let count = asks.len().max(1) as f64;
    let each = (server.cpu_ns() - before) as f64 / 1_000.0 / count;
    taken(&open)?;
    println!(
        "| {name} | {most:.0} | {} | {each:.0} | {:.3} | {} |",
        open.took.cells(),
        (server.counted("deft_decisions_total") - spoken) / count,
        open.fallbacks
    );
    Ok(())
}

/// Floods the retail bank with three times the log-ins that it can take, over more connections than there is
/// room for, while withdrawals wait for their verdict.
fn overload(dir: &Path, size: &Size) -> Result<(), String> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/retail-bank");
    let (server, _) = node_over(dir, &project, &[], true)?;
    let count = usize::try_from(VERDICTS * size.seconds).unwrap_or(0);
    let verdicts = |part: &str| {
        let asks = requests::withdrawals(part, count, VERDICTS);
        load::run(server.public, CONNECTIONS, Some(VERDICTS), &asks)
    };
    let quiet = verdicts("quiet")?;
    let warm = load::run(
        server.public,
        8,
        None,
        &requests::logins("warm", 200, BATCH),
    )?;
    let most = warm.rate();
    let rate = (FLOOD * most) as u64 + 1;
    let count = usize::try_from(rate * size.seconds).unwrap_or(0);
    let floods = requests::logins("flood", count, BATCH);
    let before = server.resident();
    let (flood, loud) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| load::run(server.public, size.flooders, Some(rate), &floods));
        let loud = verdicts("loud");
        (flood.join(), loud)
    });
    let began = clock::moment();
    let flood = flood.map_err(|_| "the flood broke down")??;
    let loud = loud?;
    let memory = server.resident();
    let mut again = 0;
    for part in ["after-0", "after-1", "after-2", "after-3"] {
        let after = load::run(server.public, 1, None, &requests::logins(part, 50, 1))?;
        again += after.turned_away;
        if after.turned_away == 0 {
            break;
        }
    }
    let normal = began.elapsed().as_secs_f64();
    let events = |requests: f64| requests * BATCH as f64;
    let offered = events(floods.len() as f64 / flood.seconds);
    let taken = events((floods.len() - flood.refused) as f64 / flood.seconds);
    println!("\n| overload | p50 µs | p99 µs | p99.9 µs | fallbacks |\n|:--|--:|--:|--:|--:|");
    for (name, load) in [("alone", &quiet), ("under the flood", &loud)] {
        let (cells, fallbacks) = (load.took.cells(), load.fallbacks);
        println!("| verdicts at {VERDICTS}/s, {name} | {cells} | {fallbacks} |");
    }
    println!(
        "\nThe flood: {offered:.0} events/s offered for {:.1} s, {taken:.0} taken ({:.0} as fast as they were taken\n\
         before it), {:.1} × offered ÷ taken; resident {} MiB before, {} at its end; {again} requests turned away\n\
         behind it, all as before after {normal:.2} s.",
        flood.seconds,
        events(most),
        offered / taken.max(1.0),
        before >> 20,
        memory >> 20
    );
    Ok(())
}

/// Kills a node with so many events in its log, and starts it again.
fn recovery(dir: &Path, files: &[(String, String)], size: &Size) -> Result<(), String> {
    let (server, store) = node(dir, files, true)?;
    fill(&server, size)?;
    let batches = Requests::live(SEED + 3, size.customers, "batch").batches(size.events);
    let load = load::run(server.public, 4, None, &batches)?;
    taken(&load)?;
    let (ingest, memory) = (size.events as f64 / load.seconds, server.resident());
    server.kill();
    let (bytes, read_s) = disk::read(&store).map_err(text)?;
    let config = dir.join("deft.toml").display().to_string();
    let server = Server::start(DEFT, &["run", "-c", &config])?;
    let said = server.said();
    let changes = said.split("changes=").nth(1).and_then(|rest| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<f64>().ok()
    });
    let changes = changes.ok_or_else(|| format!("the restart does not tell: {said}"))?;
    let (mib, ready) = (bytes as f64 / 1_048_576.0, server.ready_s);
    println!("\n| recovery | |\n|:--|--:|");
    println!("| events taken in batches of 1,000, each commit synced, 1/s | {ingest:.0} |");
    println!("| resident then, MiB | {} |", memory >> 20);
    println!("| files of the store, MiB | {mib:.0} |");
    println!("| changes applied | {changes:.0} |");
    println!("| from start to ready, s | {ready:.2} |");
    println!(
        "| a million changes, s | {:.2} |",
        ready * 1e6 / changes.max(1.0)
    );
    println!(
        "| MiB/s, and ÷ reading the same files | {:.0}, {:.2} |",
        mib / ready,
        read_s / ready
    );
    Ok(())
}
