//! The table of topics: how long an action takes from the topic of events to its own, and what an event costs,
//! beside a client that only writes what it reads. Runs a broker of its own; Kafka's jars as for the tests.

use benches::clock;
use benches::live::child::{Server, cpu_ns};
use benches::topics::echo::Echo;
use benches::topics::events::SPOKEN;
use benches::topics::load::Load;
use benches::topics::node::{Node, make_topics};
use kit::kafka::Kafka;
use kit::{TempDir, temp_dir};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Makes this program `deft`.
const DEFT: &str = "DEFT_BENCH_DEFT";
/// Makes this program the echo: brokers, topics, and how often it commits.
const ECHO: &str = "DEFT_BENCH_ECHO";
/// Partitions of the topic of events.
const PARTITIONS: i32 = 4;
/// Customers.
const CUSTOMERS: u64 = 20_000;
/// Between the beginnings of two transactions, ms.
const EVERY: u64 = 20;

/// How much of it.
struct Size {
    /// Records a second.
    rates: Vec<u64>,
    /// Seconds of each load.
    seconds: u64,
    /// Records that are read in one go.
    caught_up: u64,
}

fn main() -> ExitCode {
    if std::env::var_os(DEFT).is_some() {
        return server::main_with(std::env::args_os());
    }
    let args: Vec<String> = std::env::args().collect();
    let done = if std::env::var_os(ECHO).is_some() {
        echo(&args)
    } else {
        let rate = args.iter().skip_while(|arg| *arg != "--rate").nth(1);
        let rate = rate.and_then(|rate| rate.parse().ok());
        let size = if args.iter().any(|arg| arg == "--smoke") {
            Size {
                rates: vec![500],
                seconds: 2,
                caught_up: 5_000,
            }
        } else {
            Size {
                rates: rate.map_or(vec![1_000, 5_000, 10_000], |rate| vec![rate]),
                seconds: 20,
                caught_up: 400_000,
            }
        };
        tables(&size)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// Echoes until somebody ends it.
fn echo(args: &[String]) -> Result<(), String> {
    let [_, brokers, from, to, every] = args else {
        return Err("brokers, two topics and ms".to_owned());
    };
    let every: u64 = every.parse().map_err(|_| "ms")?;
    let echo = Echo {
        brokers: brokers.clone(),
        from: from.clone(),
        to: to.clone(),
        every: (every > 0).then(|| Duration::from_millis(every)),
        holding: "\"complaint\":".to_owned(),
    };
    echo.run(|_| false).map(|_| ())
}

/// Who stands between the topics.
#[derive(Clone, Copy)]
enum Kind {
    Echo,
    /// A node.
    Alone,
    /// So many nodes of which one leads.
    Fleet(u16),
    /// Two nodes among which customers are divided.
    Divided,
}

/// The same, as processes of their own.
enum Between {
    Echo(Child),
    Nodes(Vec<Server>),
}

impl Between {
    fn cpu_ns(&self) -> u64 {
        match self {
            Self::Echo(child) => cpu_ns(child.id()),
            Self::Nodes(servers) => servers.iter().map(Server::cpu_ns).sum(),
        }
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        if let Self::Echo(child) = self {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A broker, and a folder for nodes.
struct Stage {
    kafka: Kafka,
    folder: TempDir,
}

fn tables(size: &Size) -> Result<(), String> {
    let stage = Stage {
        kafka: Kafka::start().map_err(failed)?,
        folder: temp_dir("topics").map_err(failed)?,
    };
    println!(
        "{CUSTOMERS} customers, one event in {SPOKEN} has an action, a transaction every {EVERY} ms, a broker on the same cores\n"
    );
    println!("| what | records/s | p50 µs | p99 µs | p99.9 µs | CPU, µs per record |");
    println!("|:--|--:|--:|--:|--:|--:|");
    for rate in &size.rates {
        for (name, kind, every) in [
            ("echo", Kind::Echo, 0),
            ("deft, at_least_once", Kind::Alone, 0),
            ("echo in transactions", Kind::Echo, EVERY),
            ("deft, exactly_once", Kind::Alone, EVERY),
            ("deft, a fleet of one", Kind::Fleet(1), EVERY),
            ("deft, a fleet of two", Kind::Fleet(2), EVERY),
            ("deft, two divisions", Kind::Divided, EVERY),
            ("echo again", Kind::Echo, 0),
        ] {
            let id = format!("{}-{rate}", name.replace([' ', ','], ""));
            let (between, to) = stage.begin(kind, &id, every)?;
            let load = Load {
                brokers: stage.kafka.brokers(),
                from: format!("{id}.events"),
                to,
                name: id,
                customers: CUSTOMERS,
                count: rate * size.seconds,
            };
            let before = between.cpu_ns();
            let took = load.run(*rate)?;
            let cpu = (between.cpu_ns() - before) as f64 / 1_000.0 / load.count as f64;
            println!("| {name} | {rate} | {} | {cpu:.0} |", took.cells());
        }
    }
    stage.caught_up(size.caught_up)
}

impl Stage {
    fn echo(&self, id: &str, every: u64) -> Result<(Between, String), String> {
        let (from, to) = (format!("{id}.events"), format!("{id}.out"));
        self.kafka.make(&[&from, &to], PARTITIONS).map_err(failed)?;
        let child = Command::new(std::env::current_exe().map_err(text)?)
            .args([&self.kafka.brokers(), &from, &to, &every.to_string()])
            .env(ECHO, "1")
            .stdin(Stdio::null())
            .spawn()
            .map_err(text)?;
        Ok((Between::Echo(child), to))
    }

    fn begin(&self, kind: Kind, id: &str, every: u64) -> Result<(Between, String), String> {
        let all = match kind {
            Kind::Echo => return self.echo(id, every),
            Kind::Alone => vec![None],
            Kind::Fleet(nodes) => vec![Some((0, 1)); usize::from(nodes)],
            Kind::Divided => vec![Some((0, 2)), Some((1, 2))],
        };
        self.make(id)?;
        let mut nodes = Vec::new();
        for (at, fleet) in all.into_iter().enumerate() {
            let config = self.configure(id, at, every, fleet)?;
            let args = ["run", "-c", &config];
            // One that follows is never ready to be asked.
            let leads = at == 0 || matches!(kind, Kind::Divided);
            let node = if leads {
                Server::start(DEFT, &args)?
            } else {
                Server::begin(DEFT, &args)?
            };
            nodes.push(node);
        }
        Ok((Between::Nodes(nodes), format!("{id}.actions.service")))
    }

    /// Writes down the configuration of the nth node, and makes its topics.
    fn configure(
        &self,
        id: &str,
        nth: usize,
        every: u64,
        fleet: Option<(u16, u16)>,
    ) -> Result<String, String> {
        let name = format!("{id}-{nth}");
        let node = Node {
            id,
            name: &name,
            brokers: &self.kafka.brokers(),
            dir: &self.folder.join(&name),
            project: &kit::root().join("rules/retail-bank"),
            every,
            fleet,
        };
        let config = node.configure()?;
        make_topics(DEFT, &config)?;
        Ok(config)
    }

    /// What is there already is read as fast as it goes: by a client that does nothing with it, by the echo, and
    /// by a node.
    fn caught_up(&self, count: u64) -> Result<(), String> {
        println!("\n{count} records that are there already:\n");
        println!("| what | records/s | CPU, µs per record |");
        println!("|:--|--:|--:|");
        for (name, holding, every) in [
            ("read", "", 0),
            ("echo", "\"complaint\":", 0),
            ("echo in transactions", "\"complaint\":", EVERY),
        ] {
            let id = format!("full-{}", name.replace(' ', ""));
            let (from, to) = (format!("{id}.events"), format!("{id}.out"));
            self.kafka.make(&[&from, &to], PARTITIONS).map_err(failed)?;
            self.fill(&id, count)?;
            let echo = Echo {
                brokers: self.kafka.brokers(),
                from,
                to,
                every: (every > 0).then(|| Duration::from_millis(every)),
                holding: holding.to_owned(),
            };
            let mut first = None;
            echo.run(|read| {
                if read > 0 {
                    first.get_or_insert_with(|| (clock::moment(), clock::process_ns()));
                }
                read >= count
            })?;
            let (began, cpu) = first.ok_or("nothing was read")?;
            let cpu = clock::process_ns() - cpu;
            rate(name, count, began.elapsed(), cpu);
        }
        for (name, every) in [("deft, at_least_once", 0), ("deft, exactly_once", EVERY)] {
            let id = format!("full-{}", name.replace([' ', ','], ""));
            self.make(&id)?;
            self.fill(&id, count)?;
            self.catch_up(name, &id, every, count)?;
        }
        Ok(())
    }

    fn make(&self, id: &str) -> Result<(), String> {
        let events = format!("{id}.events");
        self.kafka.make(&[&events], PARTITIONS).map_err(failed)
    }

    fn fill(&self, id: &str, count: u64) -> Result<(), String> {
        let load = Load {
            brokers: self.kafka.brokers(),
            from: format!("{id}.events"),
            to: String::new(),
            name: id.to_owned(),
            customers: CUSTOMERS,
            count,
        };
        load.fill()
    }

    fn catch_up(&self, name: &str, id: &str, every: u64, count: u64) -> Result<(), String> {
        let config = self.configure(id, 0, every, None)?;
        let server = Server::start(DEFT, &["run", "-c", &config])?;
        let settled = || server.counted("deft_events_settled_total") as u64;
        let (began, from, cpu) = (clock::moment(), settled(), server.cpu_ns());
        while settled() < count || server.counted("deft_outbox_lag") > 0.0 {
            std::thread::sleep(Duration::from_millis(20));
            if server.counted("deft_events_rejected_total") > 0.0 {
                return Err("events were refused".to_owned());
            }
            if began.elapsed() > Duration::from_secs(300) {
                return Err(format!("{} of {count} were settled", settled()));
            }
        }
        rate(name, count - from, began.elapsed(), server.cpu_ns() - cpu);
        Ok(())
    }
}

fn rate(name: &str, count: u64, took: Duration, cpu_ns: u64) {
    let count = count.max(1) as f64;
    println!(
        "| {name} | {:.0} | {:.1} |",
        count / took.as_secs_f64(),
        cpu_ns as f64 / 1_000.0 / count
    );
}

fn failed(failed: kit::Failed) -> String {
    failed.message().unwrap_or("no words").to_owned()
}

fn text(error: std::io::Error) -> String {
    error.to_string()
}
