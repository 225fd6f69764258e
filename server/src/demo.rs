//! `deft demo`: a living bank in one process. A node with the retail bank's rules, a bank that does not
//! exist sending it events over HTTP, and what comes of them told line by line.

mod bank;
mod feed;
mod folder;
mod page;
mod totals;

use crate::cli::{COULD_NOT, LangArg, NO};
use crate::config::Config;
use crate::load;
use crate::run::clock;
use crate::run::doors::Doors;
use crate::run::node::Node;
use crate::run::start::start_with;
use clap::Args;
use connectors::synthetic::TYPES;
use feed::{Feed, SENT_MAX};
use folder::Folder;
use page::Page;
use rules::book::Book;
use rules::finding::Words;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use totals::Totals;

/// How long, when `--for` does not say so.
const FOR: &str = "DEFT_DEMO_FOR";
/// The project of a clone.
const OF_A_CLONE: &str = "rules/retail-bank";
const MIB: u64 = 1024 * 1024;
/// Decisions and the stream reach back so far: longer than the slowest answer to an action, and no longer,
/// so that a demo that runs all day grows no more after its first minutes.
const KEPT: Duration = Duration::from_secs(600);

/// Arguments of `deft demo`.
#[derive(Debug, Args)]
#[command(
    after_help = "Events, decisions and rules are real, the customers are not. State lives in a \
    temporary folder that goes with the process.\n\
    In a clone the rules are those of rules/retail-bank: change one, reload, and see the difference \
    (docs/tutorial.md).\n\n\
    Ctrl-C ends it; so does `--for`, or the variable DEFT_DEMO_FOR, which says the same for scripts.\n\
    With either the exit code is 1 unless an action of every kind went out."
)]
pub(crate) struct DemoArgs {
    /// How much happens: 1 can be read along, 10 is ten times as much.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    speed: u32,
    /// Another seed is another bank.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many customers the bank has.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(50..=1_000_000))]
    customers: u32,
    /// The port of events and decisions; status and metrics are on the next one. Free ports unless said.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..=65_534))]
    port: Option<u16>,
    /// End by itself after so long, `10s` say, counted from the first live event.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    lasts: Option<Duration>,
    /// Another project than the retail bank; it has to know its events.
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// The language of messages.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

fn duration(text: &str) -> Result<Duration, String> {
    let ms = rules::duration::parse(text).and_then(|ms| u64::try_from(ms).ok());
    match ms {
        Some(ms) if ms > 0 => Ok(Duration::from_millis(ms)),
        _ => Err("a duration such as `10s` or `5m`".to_owned()),
    }
}

/// How long it is to last: as said, or as the environment says.
fn lasts(args: &DemoArgs) -> anyhow::Result<Option<Duration>> {
    if args.lasts.is_some() {
        return Ok(args.lasts);
    }
    let Some(text) = std::env::var_os(FOR) else {
        return Ok(None);
    };
    let text = text.to_string_lossy();
    duration(&text)
        .map(Some)
        .map_err(|says| anyhow::anyhow!("`{FOR}` is `{text}`, not {says}"))
}

/// Exit code 0 when it ended as it was told; 1 when it was to end by itself and an action of some kind
/// was missing; 3 when it could not run.
pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<u8> {
    let lasts = lasts(args)?;
    let (folder, early) = Folder::make()?;
    let project = project(args, &folder)?;
    let Some(loaded) = load::sound(&project, args.lang)? else {
        return Ok(COULD_NOT);
    };
    let Some(book) = loaded.book else {
        return Ok(COULD_NOT);
    };
    if let Some(words) = stranger(&book, &project) {
        eprintln!("error: {}", words.get(args.lang.into()));
        return Ok(COULD_NOT);
    }
    let config = config(args, &folder, project);
    let totals = Arc::new(OnceLock::new());
    let (kept, page) = (Arc::clone(&totals), Page::new(args.lang));
    let feed = Feed::new(args);
    let code = start_with(
        config,
        Arc::new(book),
        &loaded.project,
        Some(move |node: &Arc<Node>, doors: &Doors| {
            // From here on the node hears signals, and the folder goes on the way down.
            drop(early);
            begin(node, doors, page, feed, lasts, kept)
        }),
    )?;
    let Some(totals) = totals.get() else {
        return Ok(code.max(NO));
    };
    let complete = totals.tell(args.lang.into());
    Ok(match lasts {
        Some(_) if !complete => code.max(NO),
        _ => code,
    })
}

/// The project that is run: the one named, the one of the clone one stands in, or the one inside.
fn project(args: &DemoArgs, folder: &Folder) -> anyhow::Result<PathBuf> {
    if let Some(project) = &args.project {
        return Ok(project.clone());
    }
    let here = Path::new(OF_A_CLONE);
    if here.join("catalog").is_dir() {
        return Ok(here.to_owned());
    }
    folder.unpack("retail-bank", bank::FILES)
}

/// What there is to say of a project that has not the events of this bank.
fn stranger(book: &Book, project: &Path) -> Option<Words> {
    let unknown = TYPES
        .iter()
        .filter(|name| book.catalogue.event_named(name).is_none());
    let unknown: Vec<String> = unknown.map(|name| format!("`{name}`")).collect();
    if unknown.is_empty() {
        return None;
    }
    let (project, unknown) = (project.display(), unknown.join(", "));
    Some(Words::new(
        format!(
            "`{project}` has no event type {unknown}, and this bank sends them; \
             `deft run --project {project}` runs it on events of its own"
        ),
        format!(
            "`{project}` 没有事件类型 {unknown}，而演示银行会发送它们；\
             用 `deft run --project {project}` 在自己的事件上运行"
        ),
    ))
}

fn config(args: &DemoArgs, folder: &Folder, project: PathBuf) -> Config {
    let mut config = Config::default();
    config.node.project = project;
    config.node.data = Some(folder.path().join("data"));
    let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (public, admin) = args.port.map_or((0, 0), |port| (port, port + 1));
    config.listen.public = loopback(public);
    config.listen.admin = loopback(admin);
    // Small: it is a guest on this disk.
    config.store.segment = 16 * MIB;
    config.store.snapshot_every = Duration::from_secs(60);
    config.store.snapshot_bytes = 64 * MIB;
    config.store.low_disk = 64 * MIB;
    config.store.resume = 128 * MIB;
    config.keep.decisions = KEPT;
    config.keep.stream = KEPT;
    config.proof = true;
    config.observe.level = "warn".to_owned();
    config
}

/// The bank begins to live as soon as the node listens.
fn begin(
    node: &Arc<Node>,
    doors: &Doors,
    page: Page,
    feed: Feed,
    lasts: Option<Duration>,
    totals: Arc<OnceLock<Totals>>,
) -> anyhow::Result<()> {
    let (public, admin) = (doors.public.address, doors.admin.address);
    page.head(node, public, admin);
    let (to_bank, sent) = crossbeam::channel::bounded(SENT_MAX);
    let (began, alive) = tokio::sync::oneshot::channel();
    let fed = Arc::clone(node);
    let curls = page.clone();
    std::thread::Builder::new()
        .name("bank".to_owned())
        .spawn(move || {
            let told = feed.run(&fed, public, &sent, || {
                let _ = totals.set(Totals::from_now(Arc::clone(&fed)));
                curls.curls(public, admin);
                let _ = began.send(());
            });
            if let Err(error) = told {
                eprintln!("error: {error:#}");
                fed.drain.send_replace(true);
            }
        })?;
    let told = Arc::clone(node);
    tokio::spawn(async move {
        if alive.await.is_err() {
            return;
        }
        if let Some(lasts) = lasts {
            tokio::spawn(end_after(Arc::clone(&told), lasts));
        }
        page.follow(told, to_bank).await;
    });
    Ok(())
}

async fn end_after(node: Arc<Node>, lasts: Duration) {
    tokio::time::sleep(lasts).await;
    node.drain.send_replace(true);
}

/// Now, by the machine's clock.
fn now() -> i64 {
    clock::wall()
}
