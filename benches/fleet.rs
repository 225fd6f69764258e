//! The table of a fleet: how long nobody is answered when the lead passes on, how fast a new node makes its
//! copy, and what it costs that others follow. Runs a broker of its own; Kafka's jars as for the tests.

use benches::clock;
use benches::live::child::{Server, get};
use benches::topics::load::Load;
use benches::topics::node::{Node, make_topics};
use kit::http::ask;
use kit::kafka::Kafka;
use kit::{TempDir, temp_dir};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Makes this program `deft`.
const DEFT: &str = "DEFT_BENCH_DEFT";
/// Partitions of the topic of events.
const PARTITIONS: i32 = 4;
/// Between the beginnings of two transactions, ms.
const EVERY: u64 = 20;
/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(300);
/// Whoever asks asks again so soon.
const AGAIN: Duration = Duration::from_millis(2);

/// How much of it.
struct Size {
    customers: u64,
    /// Events before anything happens.
    events: u64,
    /// How often the lead passes on, in each way.
    moves: usize,
}

fn main() -> ExitCode {
    if std::env::var_os(DEFT).is_some() {
        return server::main_with(std::env::args_os());
    }
    let size = if std::env::args().any(|arg| arg == "--smoke") {
        Size {
            customers: 500,
            events: 5_000,
            moves: 1,
        }
    } else {
        Size {
            customers: 50_000,
            events: 400_000,
            moves: 5,
        }
    };
    match table(&size) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// A broker, and a folder for nodes.
struct Stage {
    kafka: Kafka,
    folder: TempDir,
}

impl Stage {
    fn configure(&self, name: &str) -> Result<String, String> {
        Node {
            id: "fleet",
            name,
            brokers: &self.kafka.brokers(),
            dir: &self.folder.join(name),
            project: &kit::root().join("rules/retail-bank"),
            every: EVERY,
            fleet: Some((0, 1)),
        }
        .configure()
    }

    fn begin(&self, name: &str) -> Result<Server, String> {
        Server::begin(DEFT, &["run", "-c", &self.configure(name)?])
    }
}

fn table(size: &Size) -> Result<(), String> {
    let stage = Stage {
        kafka: Kafka::start().map_err(failed)?,
        folder: temp_dir("fleet").map_err(failed)?,
    };
    let made = stage.kafka.make(&["fleet.events"], PARTITIONS);
    made.map_err(failed)?;
    make_topics(DEFT, &stage.configure("a")?)?;
    let load = Load {
        brokers: stage.kafka.brokers(),
        from: "fleet.events".to_owned(),
        to: String::new(),
        name: "fleet".to_owned(),
        customers: size.customers,
        count: size.events,
    };
    load.fill()?;
    let first = stage.begin("a")?;
    wait("the first leads", || first.is_ready())?;
    let began = clock::moment();
    let settled = || first.counted("deft_events_settled_total") as u64;
    let from = settled();
    wait("all is settled", || settled() >= size.events)?;
    let rate = (size.events - from) as f64 / began.elapsed().as_secs_f64();
    let copied = first.counted("deft_fleet_changelog_bytes_total");
    println!(
        "{} events of {} customers, a transaction every {EVERY} ms, a broker on the same cores\n",
        size.events, size.customers
    );
    println!("| what | |\n|:--|--:|");
    println!("| events/s while catching up, durable on the changelog | {rate:.0} |");
    println!(
        "| bytes on the changelog per event, of 190 | {:.0} |",
        copied / size.events as f64
    );
    let second = copy(&stage, "b", size)?;
    moves(&stage, first, second, size.moves)
}

/// A node with an empty folder makes its copy.
fn copy(stage: &Stage, name: &str, size: &Size) -> Result<Server, String> {
    let began = clock::moment();
    let node = stage.begin(name)?;
    wait("it stands by", || stands_by(&node))?;
    let took = began.elapsed().as_secs_f64();
    let cpu = node.cpu_ns() as f64 / 1e9;
    println!(
        "| a copy from nothing, events/s and per second of CPU | {:.0}, {:.0} |",
        size.events as f64 / took,
        size.events as f64 / cpu
    );
    println!("| the same, s and s of CPU | {took:.1}, {cpu:.1} |");
    Ok(node)
}

fn stands_by(node: &Server) -> bool {
    get(node.admin, "/readyz").is_ok_and(|answer| {
        answer.contains("\"place\":\"standby\"") && answer.contains("\"behind\":0")
    })
}

/// The lead passes on, told and by a power cut, while somebody asks all the time.
fn moves(stage: &Stage, first: Server, second: Server, count: usize) -> Result<(), String> {
    let mut pair = (("a", first), ("b", second));
    for (how, is_told) in [("told to end", true), ("killed", false)] {
        let mut pauses = Vec::new();
        let mut taken = Vec::new();
        for _ in 0..count {
            let ((name, leads), (other, follows)) = pair;
            wait("the other stands by", || stands_by(&follows))?;
            let asker = Asker::new([leads.public, follows.public]);
            std::thread::scope(|scope| -> Result<(), String> {
                scope.spawn(|| asker.run());
                std::thread::sleep(Duration::from_millis(500));
                if is_told {
                    leads.told_to_end()?;
                } else {
                    leads.kill();
                }
                let led = wait("the other leads", || follows.is_ready());
                std::thread::sleep(Duration::from_millis(300));
                asker.over.store(true, Ordering::Release);
                led
            })?;
            pauses.push(asker.pause_ms());
            taken.push(follows.counted("deft_fleet_takeover_seconds") * 1_000.0);
            pair = ((other, follows), (name, stage.begin(name)?));
        }
        pauses.sort_unstable();
        taken.sort_unstable_by(f64::total_cmp);
        let all: Vec<String> = pauses.iter().map(u64::to_string).collect();
        println!(
            "| nobody is answered when the one that leads is {how}, ms | {} |",
            all.join(", ")
        );
        let all: Vec<String> = taken.iter().map(|ms| format!("{ms:.0}")).collect();
        println!(
            "| of that, from the group's word to that of the node, ms | {} |",
            all.join(", ")
        );
    }
    Ok(())
}

/// Somebody who sends events, durable, to whoever takes them.
struct Asker {
    nodes: [SocketAddr; 2],
    over: AtomicBool,
    count: AtomicU64,
    /// When the last one was answered, and the longest time between two.
    seen: Mutex<(Option<Instant>, Duration)>,
}

impl Asker {
    fn new(nodes: [SocketAddr; 2]) -> Self {
        Self {
            nodes,
            over: AtomicBool::new(false),
            count: AtomicU64::new(0),
            seen: Mutex::default(),
        }
    }

    fn run(&self) {
        while !self.over.load(Ordering::Acquire) {
            for node in self.nodes {
                let n = self.count.fetch_add(1, Ordering::AcqRel);
                let now = clock::wall_ms();
                let event = format!(
                    r#"{{"id":"ask-{now}-{n}","type":"channel.balance_query","customer":"C{n}","time":{now},"source":"bench","data":{{"account":"A{n}"}}}}"#
                );
                let kind = [("content-type", "application/json")];
                let answer = ask(node, "POST", "/v1/events", &kind, event.as_bytes());
                if answer.is_ok_and(|answer| answer.status == 200) {
                    self.answered();
                }
            }
            std::thread::sleep(AGAIN);
        }
    }

    fn answered(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::moment();
        if let Some(last) = seen.0 {
            seen.1 = seen.1.max(now.saturating_duration_since(last));
        }
        seen.0 = Some(now);
    }

    fn pause_ms(&self) -> u64 {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        u64::try_from(seen.1.as_millis()).unwrap_or(u64::MAX)
    }
}

fn wait(what: &str, is: impl Fn() -> bool) -> Result<(), String> {
    let began = clock::moment();
    while !is() {
        if began.elapsed() > PATIENCE {
            return Err(format!("it never came to this: {what}"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

fn failed(failed: kit::Failed) -> String {
    failed.message().unwrap_or("no words").to_owned()
}
