//! Starting: the node is put together, its threads begin, and it says where it is.

use super::ask;
use super::backlog::Backlog;
use super::clock::DoorClock;
use super::commit::{self, APPLIED_MAX, Applied, Group, Views};
use super::conductor::{Conductor, Halt};
use super::decisions::Decisions;
use super::doors::Doors;
use super::files;
use super::fleet::{Lead, Seen, hear_leaders};
use super::gate::Gate;
use super::greeting::{say, tell_of};
use super::hands::Hands;
use super::library::Library;
use super::life::begin_life;
use super::logs;
use super::meters::Meters;
use super::node::Node;
use super::orders::Orders;
use super::outbox::Outbox;
use super::progress::Progress;
use super::rounds::Rounds;
use super::scale::Scale;
use super::serve::{self, Signals};
use super::shelf::{Edition, Shelf};
use super::store::Keeper;
use super::tokens::Tokens;
use super::turns::Turns;
use crate::cli::YES;
use crate::config::Config;
use anyhow::Context as _;
use connectors::http::listener::Connections;
use connectors::sse::{self, Ring};
use crossbeam::channel::{Sender, bounded};
use engine::engine::Settings;
use engine::limits::SHARDS_MAX;
use engine::log::Offsets;
use engine::shard::Show;
use rules::book::Book;
use rules::project::Project;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot, watch};

/// Lines of the stream that are kept for those who come back.
const STREAM_LINES: usize = 100_000;
/// Bytes of them.
const STREAM_BYTES: usize = 128 * 1024 * 1024;
/// Explanations at once.
const EXPLAINERS: usize = 2;
/// Threads for sockets. The shards have threads of their own; while one reads a large body, another is there
/// for short requests.
const SOCKET_THREADS_MIN: usize = 2;
const SOCKET_THREADS_MAX: usize = 4;

/// Records that the conductor works on itself. Waking the shards for each phase costs as much CPU as some
/// sixty of them: the first table of the bench `live`.
const INLINE_MAX: usize = 32;

/// The threads below the sockets.
pub(crate) struct Works {
    /// Dropped when nothing more comes.
    pub(crate) stop: Sender<()>,
    /// Told once, when the conductor has ended: what went wrong, if anything.
    pub(crate) ended: oneshot::Receiver<Option<String>>,
    pub(crate) committer: JoinHandle<()>,
    /// Whoever pulls and delivers beside the listeners.
    pub(crate) hands: Hands,
}

/// Runs a node to its end.
pub(crate) fn start(config: Config, book: Arc<Book>, project: &Project) -> anyhow::Result<u8> {
    start_with(config, book, project, None::<Silent>)
}

/// Who says nothing of its own when a node begins.
type Silent = fn(&Arc<Node>, &Doors) -> anyhow::Result<()>;

/// The same; `begin` says where it is in its own words, and begins its own work beside it.
pub(crate) fn start_with(
    config: Config,
    book: Arc<Book>,
    project: &Project,
    begin: Option<impl FnOnce(&Arc<Node>, &Doors) -> anyhow::Result<()>>,
) -> anyhow::Result<u8> {
    let shelf = Arc::new(first_shelf(&config, book, project)?);
    let contents = super::watch::contents(project);
    let shards = config
        .node
        .shards
        .unwrap_or_else(cores)
        .clamp(1, SHARDS_MAX);
    let tokens = match &config.tokens {
        Some(file) => Some(Tokens::read(file)?),
        None => None,
    };
    let level = logs::start(config.observe.json, &config.observe.level);
    files::allow(config.limits.connections);
    let settings = settings(&config, shards);
    let runtime = sockets()?;
    let code = runtime.block_on(async move {
        let mut signals = Signals::new()?;
        let progress = Arc::new(Progress::default());
        let fleet = config.fleet.as_ref().map(|_| Arc::new(Seen::default()));
        let doors = Doors::open(&config, &progress, fleet.as_ref()).await?;
        if let Some(fleet) = &fleet {
            doors.note(fleet);
        }
        if begin.is_none() {
            say(&config, &shelf, shards, &doors);
        }
        let connections = doors.connections();
        let (tell, built) = oneshot::channel();
        let telling = tokio::spawn(tell_of(Arc::clone(&progress), fleet.clone()));
        std::thread::Builder::new()
            .name("restore".to_owned())
            .spawn(move || {
                let _ = tell.send(build(
                    config,
                    shelf,
                    &settings,
                    level,
                    contents,
                    connections,
                    (&progress, &fleet.unwrap_or_default()),
                ));
            })?;
        let (node, mut works, offsets, lead) = tokio::select! {
            built = built => built.context("the restore ended without a word")??,
            () = signals.end() => {
                eprintln!("told to end while the state was being restored: nothing was changed");
                return Ok(YES);
            }
        };
        telling.abort();
        if let Some(tokens) = tokens {
            node.set_tokens(tokens);
        }
        serve::open(&node, &doors);
        works.hands = Hands::begin(&node, &offsets, lead)?;
        if let Some(begin) = begin {
            begin(&node, &doors)?;
        }
        serve::serve(node, works, doors.stop, signals).await
    });
    // Whoever still waits for brokers that are away is not waited for.
    runtime.shutdown_background();
    code
}

/// The threads that listen.
fn sockets() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads())
        .thread_name("socket")
        .enable_all()
        .build()
        .context("no threads for sockets")
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Threads of the sockets.
fn threads() -> usize {
    cores().clamp(SOCKET_THREADS_MIN, SOCKET_THREADS_MAX)
}

fn settings(config: &Config, shards: usize) -> Settings {
    Settings {
        shards,
        inline: INLINE_MAX,
        division: config.division(),
        show: Show {
            records: true,
            journal: config.node.data.is_some(),
            ..Show::default()
        },
        ..Settings::default()
    }
}

/// A node, its threads, how far its sources were read, and what it leads a fleet with.
type Built = (Arc<Node>, Works, Offsets, Option<Lead>);

fn build(
    config: Config,
    shelf: Arc<Shelf>,
    settings: &Settings,
    level: logs::Level,
    contents: Vec<u8>,
    [public, admin]: [Arc<Connections>; 2],
    (progress, fleet): (&Progress, &Arc<Seen>),
) -> anyhow::Result<Built> {
    let views = views(&config, shelf)?;
    fleet.count(&views.meters);
    hear_leaders(&config, fleet)?;
    let mut life = begin_life(&config, settings, &views, progress, fleet)?;
    views.board.set_standing(life.engine.standing()?);
    let (engine, keeper) = (life.engine, life.keeper);
    let (entry, lanes) = ask::lanes(config.limits.in_flight);
    let (stop, stopped) = bounded(0);
    let (applied, to_commit) = bounded(APPLIED_MAX);
    let conductor = Conductor {
        clock: DoorClock::behind(engine.stand().clock),
        engine,
        book: views.shelf.book().hash.clone(),
        lanes,
        stop: stopped,
        applied,
        backlog: Backlog::new(APPLIED_MAX),
        board: Arc::clone(&views.board),
        meters: Arc::clone(&views.meters),
        scale: Scale::new(),
        rounds: keeper.is_some().then(|| rounds(&config, &views)),
        outbox: views.outbox.clone(),
    };
    let seen = views.clone();
    let works = begin(conductor, to_commit, group(&config), views, keeper, stop)?;
    let node = Node {
        project: config.node.project.clone(),
        contents,
        gate: seen.gate,
        entry,
        board: seen.board,
        decisions: seen.decisions,
        ring: seen.ring,
        meters: seen.meters,
        level,
        public,
        admin,
        shards: settings.shards,
        born: life.born,
        life: life.number,
        committed: life.committed,
        explainers: Arc::new(Semaphore::new(EXPLAINERS)),
        backups: Arc::new(Semaphore::new(1)),
        turns: Turns::of(threads()),
        requests: AtomicUsize::new(0),
        readers: AtomicUsize::new(0),
        drain: watch::Sender::new(false),
        handed: OnceLock::new(),
        closing: watch::Sender::new(false),
        fault: watch::Sender::new(None),
        joined: unjoined(&config),
        orders: Orders::of(&config),
        outbox: seen.outbox,
        fleet: config.fleet.as_ref().map(|_| Arc::clone(fleet)),
        phase: AtomicU8::new(0),
        tokens: std::sync::RwLock::new(None),
        config,
        shelf: seen.shelf,
    };
    Ok((Arc::new(node), works, life.offsets, life.lead))
}

/// When snapshots are made, and who sends them on.
fn rounds(config: &Config, views: &Views) -> Rounds {
    let outbox = views.outbox.clone().filter(|_| views.fleet);
    Rounds::of(&config.store, outbox)
}

/// No source has partitions yet.
fn unjoined(config: &Config) -> Vec<AtomicBool> {
    let sources = config.sources.iter();
    sources.map(|_| AtomicBool::new(false)).collect()
}

/// What others read, empty.
fn views(config: &Config, shelf: Arc<Shelf>) -> anyhow::Result<Views> {
    let limits = config.limits;
    let gate = Gate::new(limits.in_flight, limits.reserve_fraud, config.rate);
    let meters = Meters::new(&shelf.book(), config.observe.max_series)?;
    Ok(Views {
        decisions: Arc::new(Decisions::new(ms(config.keep.decisions))),
        ring: Arc::new(ring(config)),
        meters: Arc::new(meters),
        gate: Arc::new(gate),
        board: Arc::default(),
        outbox: config
            .sink
            .as_ref()
            .map(|sink| Arc::new(Outbox::new(&sink.name))),
        fleet: config.fleet.is_some(),
        shelf,
    })
}

/// The shelf with the book that is in force at the start: the project's, or the one an operator went back
/// to from it.
fn first_shelf(config: &Config, book: Arc<Book>, project: &Project) -> anyhow::Result<Shelf> {
    let library = config.node.data.as_deref().map(Library::of);
    let held = library.as_ref().and_then(Library::held);
    let held = held.filter(|held| book.hash == held.over);
    let mut edition = Edition::of(book, project)?;
    if let (Some(library), Some(held)) = (&library, held) {
        edition = library.edition(&held.book)?;
        eprintln!(
            "`{}` still gives the book {}, which {} left for {}: that one goes on until the project \
             is another, or `POST /v1/rules/reload` says otherwise",
            config.node.project.display(),
            held.over,
            held.by,
            held.book
        );
    }
    Ok(Shelf::new(edition, library))
}

fn group(config: &Config) -> Group {
    Group {
        wait: config.ack.wait,
        bytes: config.ack.bytes,
    }
}

fn ring(config: &Config) -> Ring {
    Ring::new(sse::Bounds {
        lines: STREAM_LINES,
        bytes: STREAM_BYTES,
        age: ms(config.keep.stream),
    })
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// The conductor and the committer, each on a thread of its own.
fn begin(
    conductor: Conductor,
    to_commit: crossbeam::channel::Receiver<Applied>,
    group: Group,
    views: Views,
    keeper: Option<Keeper>,
    stop: Sender<()>,
) -> anyhow::Result<Works> {
    let (tell, ended) = oneshot::channel();
    let (failed, failure) = bounded(1);
    let committer = std::thread::Builder::new()
        .name("committer".to_owned())
        .spawn(move || {
            if let Err(what) = commit::run(&to_commit, group, &views, keeper) {
                let _ = failed.send(what);
            }
        })?;
    std::thread::Builder::new()
        .name("conductor".to_owned())
        // It works on few records itself, scripts included.
        .stack_size(rules::interpreter::STACK_BYTES)
        .spawn(move || {
            let (done, engine) = conductor.run();
            let why = match done {
                Ok(()) => failure.try_recv().ok(),
                Err(Halt::Fault(fault)) => Some(fault.to_string()),
                // The committer has said why before it closed the lane.
                Err(Halt::Closed) => {
                    let said = failure.try_recv().ok();
                    said.or(Some("nothing can be committed".to_owned()))
                }
            };
            let _ = tell.send(why);
            drop(engine);
        })?;
    Ok(Works {
        stop,
        ended,
        committer,
        hands: Hands::default(),
    })
}
