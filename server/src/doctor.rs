//! `deft doctor`: whether what a configuration asks of its surroundings is there. It changes nothing
//! unless it is told to make the topics that are absent.

use crate::cli::{COULD_NOT, LangArg, NO, YES};
use crate::config;
use crate::config::fleet::Fleet;
use crate::config::kafka::{Sink, Source};
use crate::run::clock::moment;
use crate::run::deliver::{PARTITIONS, wanted};
use anyhow::Context as _;
use clap::{Args, value_parser};
use connectors::kafka::registry::Registry;
use connectors::kafka::topics::{Found, all, look};
use regex::Regex;
use std::io::Write as _;
use std::path::PathBuf;

/// Arguments of `deft doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The configuration of `deft run`.
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    /// Make the topics of the sink that are absent. One that is there is never changed.
    #[arg(long)]
    create_topics: bool,
    /// Partitions of topics that are made; the one of marks has one.
    #[arg(long, value_name = "N", default_value_t = PARTITIONS, value_parser = value_parser!(i32).range(1..=4_096))]
    partitions: i32,
    /// Copies of topics that are made.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = value_parser!(i32).range(1..=9))]
    copies: i32,
    /// The language of messages.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

/// Exit code 0 when all is as it must be, 1 when something is not, 3 when it cannot be asked.
pub(crate) fn run(args: &DoctorArgs) -> anyhow::Result<u8> {
    let (config, findings) = config::read(&args.config)?;
    if findings.has_errors() {
        eprint!("{}", crate::run::told(&findings, args.lang));
        return Ok(COULD_NOT);
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "ok  {}", args.config.display())?;
    let mut sound = true;
    for source in config.sources.iter().filter(|source| !source.is_ours()) {
        for told in sources(source) {
            let (mark, what) = match told {
                Ok(what) => ("ok ", what),
                Err(what) => ("no ", what),
            };
            sound = sound && mark == "ok ";
            writeln!(out, "{mark} source {}: {what}", source.name)?;
        }
    }
    let Some(sink) = &config.sink else {
        writeln!(out, "ok  no sink, no topics of its own")?;
        return Ok(if sound { YES } else { NO });
    };
    for (name, found) in topics(args, sink, config.fleet.as_ref())? {
        let (mark, words) = match found {
            Found::Sound => ("ok ", String::new()),
            Found::Made => ("ok ", ": made".to_owned()),
            Found::Absent => ("no ", ": absent; `--create-topics` makes it".to_owned()),
            Found::Other(what) => ("no ", format!(": {what}")),
        };
        sound = sound && mark == "ok ";
        writeln!(out, "{mark} topic {name}{words}")?;
    }
    Ok(if sound { YES } else { NO })
}

/// What a source would find: its topics, and whoever knows their schemas.
fn sources(source: &Source) -> Vec<Result<String, String>> {
    let mut told = Vec::new();
    match all(&source.cluster) {
        Ok(there) => {
            let like = source.topics.first().filter(|one| one.starts_with('^'));
            let like = like.and_then(|like| Regex::new(like).ok());
            for topic in &source.topics {
                let is_wanted = |name: &str| match &like {
                    Some(like) => like.is_match(name) && !name.starts_with("__"),
                    None => name == topic,
                };
                let found = there.iter().filter(|(name, _)| is_wanted(name));
                let found: Vec<String> = found
                    .map(|(name, partitions)| format!("`{name}`, {partitions} partitions"))
                    .collect();
                if found.is_empty() {
                    told.push(Err(format!(
                        "there is no topic `{topic}`: whoever writes events makes it"
                    )));
                }
                told.extend(found.into_iter().map(Ok));
            }
        }
        Err(what) => told.push(Err(what)),
    }
    if let Some(address) = &source.registry {
        let registry = Registry::new(address, &source.cluster.secret);
        let looked = registry.and_then(|mut registry| registry.look(moment()));
        told.push(looked.map(|()| format!("the registry `{address}` answers")));
    }
    told
}

fn topics(
    args: &DoctorArgs,
    sink: &Sink,
    fleet: Option<&Fleet>,
) -> anyhow::Result<Vec<(String, Found)>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.context("no thread to ask from")?;
    let make = args.create_topics.then_some(args.copies);
    let wanted = wanted(sink, fleet, args.partitions);
    let looked = runtime.block_on(look(&sink.cluster, &wanted, make));
    looked.map_err(anyhow::Error::msg)
}
