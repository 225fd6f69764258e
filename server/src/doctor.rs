//! `deft doctor`: whether what a configuration asks of its surroundings is there. It changes nothing
//! unless it is told to make the topics that are absent.

use crate::cli::{COULD_NOT, LangArg, NO, YES};
use crate::config;
use crate::config::kafka::Sink;
use crate::run::deliver::{PARTITIONS, wanted};
use anyhow::Context as _;
use clap::{Args, value_parser};
use connectors::kafka::topics::{Found, look};
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
    let Some(sink) = &config.sink else {
        writeln!(out, "ok  no sink, no topics")?;
        return Ok(YES);
    };
    let mut sound = true;
    for (name, found) in topics(args, sink)? {
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

fn topics(args: &DoctorArgs, sink: &Sink) -> anyhow::Result<Vec<(String, Found)>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.context("no thread to ask from")?;
    let make = args.create_topics.then_some(args.copies);
    let wanted = wanted(sink, args.partitions);
    let looked = runtime.block_on(look(&sink.cluster, &wanted, make));
    looked.map_err(anyhow::Error::msg)
}
