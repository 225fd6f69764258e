//! `deft run`: the live service. Events come in over HTTP, decisions and actions go out, until it is
//! told to drain.

pub(crate) mod answer;
mod ask;
mod backlog;
mod backup;
mod board;
mod call;
pub(crate) mod clock;
mod commit;
mod conductor;
mod customers;
mod decide;
mod decisions;
pub(crate) mod deliver;
pub(crate) mod doors;
mod early;
mod events;
mod files;
mod fleet;
mod forward;
mod front;
mod gate;
mod greeting;
mod guard;
mod hand;
mod hands;
mod holds;
mod intake;
pub(crate) mod kept;
pub(crate) mod library;
mod life;
mod logs;
mod look;
mod meters;
pub(crate) mod node;
mod operator;
mod order;
mod orders;
mod outbox;
mod outcomes;
mod owner;
mod parcel;
mod probes;
mod progress;
mod pull;
mod pulse;
mod records;
mod reload;
mod rollback;
mod rounds;
mod routes;
mod scale;
mod serve;
mod shelf;
pub(crate) mod start;
mod store;
mod stream;
mod switches;
pub(crate) mod taken;
mod tokens;
mod turns;
mod unanswered;
mod watch;
mod way;

use crate::cli::{COULD_NOT, LangArg};
use crate::config::{self, Config};
use crate::load;
use clap::Args;
use rules::finding::Findings;
use rules::finding::render::render_pretty;
use rules::project::Project;
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `deft run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// How it runs; without a file it listens on loopback, on ports 8080 and 9090.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The project: its catalogue and rules. Goes before the one in the configuration.
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Where state is kept. Goes before the one in the configuration; without either it is in memory alone.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The language of messages.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

/// Exit code 0 when it went down as it was told, 3 when it could not run or not finish.
pub(crate) fn run(args: &RunArgs) -> anyhow::Result<u8> {
    let (mut config, findings) = match &args.config {
        Some(file) => config::read(file)?,
        None => (Config::default(), Findings::new()),
    };
    if let Some(project) = &args.project {
        config.node.project.clone_from(project);
    }
    if let Some(data) = &args.data {
        config.node.data = Some(data.clone());
    }
    let findings = if args.config.is_none() {
        config::check(&config)
    } else {
        findings
    };
    if findings.has_errors() {
        eprint!("{}", told(&findings, args.lang));
        return Ok(COULD_NOT);
    }
    let Some(loaded) = load::sound(&config.node.project, args.lang)? else {
        return Ok(COULD_NOT);
    };
    if config.proof && !crate::prove::holds(&config.node.project, args.lang)? {
        let project = config.node.project.display();
        eprintln!(
            "a case of `{project}` fails, and `[rules] proof` asks that none does: `deft test {project}`"
        );
        return Ok(COULD_NOT);
    }
    let Some(book) = loaded.book else {
        return Ok(COULD_NOT);
    };
    start::start(config, Arc::new(book), &loaded.project)
}

/// Findings about a configuration, for people.
pub(crate) fn told(findings: &Findings, lang: LangArg) -> String {
    let colour = load::colour(&std::io::stderr());
    render_pretty(findings, &Project::default(), lang.into(), colour)
}
