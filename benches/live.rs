//! The live service's table: what a decision asked for over HTTP takes, beside the floors of the same
//! run, and how long a restart takes.

use benches::clock;
use benches::live::child::{Server, lay_out};
use benches::live::load::{self, Load};
use benches::live::requests::{self, Requests};
use benches::live::{disk, echo};
use benches::script::Loops;
use benches::workload::{FULL, SEED, SMOKE, SPARSE, Stage};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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

/// Verdicts asked for in the overload, 1/s.
const VERDICTS: u64 = 200;

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
    /// Requests of the flood, 500 events each.
    floods: usize,
}

fn main() -> ExitCode {
    if std::env::var_os(DEFT).is_some() {
        return server::main_with(std::env::args_os());
    }
    let said = |word: &str| std::env::args().any(|arg| arg == word);
    let done = if std::env::var_os(ECHO).is_some() {
        echo::serve().map_err(|e| e.to_string())
    } else {
        let size = if said("--smoke") {
            Size {
                rules: 10,
                customers: 100,
                seconds: 1,
                closed: 500,
                events: 5_000,
                syncs: 50,
                floods: 40,
            }
        } else {
            Size {
                rules: 1_000,
                customers: 2_000,
                seconds: 15,
                closed: 30_000,
                events: 500_000,
                syncs: 2_000,
                floods: 2_000,
            }
        };
        tables(&size, said("--smoke"))
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

fn tables(size: &Size, smoke: bool) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("deft-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(text)?;
    let folder = Folder(folder);
    let stage = Stage::new(if smoke { SMOKE } else { FULL })?;
    let files = stage.files(size.rules, SPARSE, Loops::Last).all;
    let echo = Server::start(ECHO, &[])?;
    let asks = Requests::live(SEED, size.customers, "closed").asks(size.closed, 1_000, "durable");
    let most = load::run(echo.public, CONNECTIONS, None, &asks)?;
    let sustained = sustained(&folder.0.join("sustained"), &files, size)?;
    let rate = RATE_MAX
        .min(most.rate() as u64 / 2)
        .min(sustained as u64 / 2);
    let rate = rate.max(1);
    println!(
        "{} rules, {CONNECTIONS} connections, {rate} requests a second\n",
        size.rules
    );
    println!(
        "| what | as fast as it goes, 1/s | p50 µs | p99 µs | p99.9 µs | server's CPU, µs each | fallbacks |"
    );
    println!("|:--|--:|--:|--:|--:|--:|--:|");
    row("echo", &echo, &most, size, rate, "durable")?;
    drop(echo);
    for (name, data, ack) in [
        ("decide, state in memory", false, "durable"),
        ("decide, fast", true, "received"),
        ("decide, durable", true, "durable"),
    ] {
        let dir = folder
            .0
            .join(ack)
            .join(if data { "data" } else { "memory" });
        let (server, _) = node(&dir, &files, data)?;
        fill(&server, size)?;
        let asks = Requests::live(SEED + 1, size.customers, "closed").asks(size.closed, 5_000, ack);
        let most = load::run(server.public, CONNECTIONS, None, &asks)?;
        row(name, &server, &most, size, rate, ack)?;
    }
    let syncs = disk::syncs(&folder.0, size.syncs).map_err(text)?;
    println!("| a sync of the disk, 4 KiB | | {} | | |", syncs.cells());
    drop(stage);
    overload(&folder.0.join("overload"), size)?;
    recovery(&folder.0.join("recovery"), &files, size)
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
    let (past, _) = Requests::new(SEED, size.customers).past();
    taken(&load::run(server.public, 1, None, &past)?)
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

/// How many decisions a second a durable node gives to who asks as fast as it goes.
fn sustained(dir: &Path, files: &[(String, String)], size: &Size) -> Result<f64, String> {
    let (server, _) = node(dir, files, true)?;
    fill(&server, size)?;
    let mut requests = Requests::live(SEED + 4, size.customers, "closed");
    let asks = requests.asks(size.closed, 5_000, "durable");
    let load = load::run(server.public, CONNECTIONS, None, &asks)?;
    taken(&load)?;
    Ok(load.rate())
}

/// The load at the rate, and a row of the table.
fn row(
    name: &str,
    server: &Server,
    most: &Load,
    size: &Size,
    rate: u64,
    ack: &str,
) -> Result<(), String> {
    taken(most)?;
    let count = usize::try_from(rate * size.seconds).unwrap_or(0);
    let asks = Requests::live(SEED + 2, size.customers, "open").asks(count, rate, ack);
    let before = server.cpu_ns();
    let open = load::run(server.public, CONNECTIONS, Some(rate), &asks)?;
    let each = (server.cpu_ns() - before) as f64 / 1_000.0 / count.max(1) as f64;
    taken(&open)?;
    println!(
        "| {name} | {:.0} | {} | {each:.0} | {} |",
        most.rate(),
        open.took.cells(),
        open.fallbacks
    );
    Ok(())
}

/// Floods the retail bank with log-ins as fast as eight connections go, turned away or not, while
/// withdrawals wait for their verdict.
fn overload(dir: &Path, size: &Size) -> Result<(), String> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/retail-bank");
    let (server, _) = node_over(dir, &project, &[], true)?;
    let count = usize::try_from(VERDICTS * size.seconds).unwrap_or(0);
    let verdicts = |part: &str| {
        let asks = requests::withdrawals(part, count, VERDICTS);
        load::run(server.public, 4, Some(VERDICTS), &asks)
    };
    let quiet = verdicts("quiet")?;
    let warm = load::run(server.public, 8, None, &requests::logins("warm", 100, 500))?;
    let before = server.resident();
    let floods = requests::logins("flood", size.floods, 500);
    let (flood, loud) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| load::flood(server.public, 8, &floods));
        let loud = verdicts("loud");
        (flood.join(), loud)
    });
    let flood = flood.map_err(|_| "the flood broke down")??;
    let loud = loud?;
    let began = clock::moment();
    let mut again = 0;
    for part in ["after-0", "after-1", "after-2", "after-3"] {
        let after = load::run(server.public, 1, None, &requests::logins(part, 50, 1))?;
        again += after.turned_away;
        if after.turned_away == 0 {
            break;
        }
    }
    let normal = began.elapsed().as_secs_f64();
    let memory = server.resident();
    let taken = (floods.len() - flood.refused) as f64 * 500.0 / flood.seconds;
    let offered = floods.len() as f64 * 500.0 / flood.seconds;
    println!("\n| overload | p50 µs | p99 µs | p99.9 µs | fallbacks |\n|:--|--:|--:|--:|--:|");
    println!(
        "| verdicts at {VERDICTS}/s, alone | {} | {} |",
        quiet.took.cells(),
        quiet.fallbacks
    );
    println!(
        "| the same under the flood | {} | {} |",
        loud.took.cells(),
        loud.fallbacks
    );
    println!(
        "\nThe flood: {offered:.0} events/s offered for {:.1} s, {taken:.0} taken ({:.0} as fast as they were taken",
        flood.seconds,
        100.0 * 500.0 / warm.seconds
    );
    println!(
        "before), {:.1} × offered ÷ taken; resident {} MiB before, {} behind; {again} requests turned away",
        offered / taken.max(1.0),
        before >> 20,
        memory >> 20
    );
    println!("behind it, all as before after {normal:.2} s.");
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
