//! `deft store` and `deft log`: what a node keeps, looked at, copied and brought back. The node that
//! writes it need not run; only `verify` and `restore` ask that it does not.

use crate::cli::{NO, YES};
use crate::run::library::FOLDER;
use crate::run::taken::Rejected;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use engine::log::{Backup, Disk, Files, Overview, Section, View, info, restore, verify};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments of `deft store`.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say what is in a store: its numbers, bytes and snapshots.
    Info {
        /// The folder: `[node] data`.
        dir: PathBuf,
    },
    /// Read everything and check every checksum. Exit code 1 when something is not sound.
    Verify {
        /// The folder: `[node] data`. Nobody may be writing to it.
        dir: PathBuf,
    },
    /// Copy all that is durable to an empty folder. The node may go on meanwhile.
    Backup {
        /// The folder: `[node] data`.
        dir: PathBuf,
        /// Where to; empty, or not there yet.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Make a store of a backup, in an empty folder, and look it over.
    Restore {
        /// The backup.
        backup: PathBuf,
        /// Where to; empty, or not there yet.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}

/// Arguments of `deft log`.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    #[command(subcommand)]
    verb: LogVerb,
}

#[derive(Debug, Subcommand)]
enum LogVerb {
    /// Write the events a node took to stdout, one JSON object a line, as they came in.
    Export {
        /// The folder: `[node] data`.
        dir: PathBuf,
        /// Only what came behind this number.
        #[arg(long, default_value_t = 0, value_name = "SEQ")]
        after: u64,
        /// With number and door time: `{"seq":…,"door":…,"input":{…}}`.
        #[arg(long)]
        numbered: bool,
    },
    /// Write the records of topics that are no events to stdout, one JSON object a line, with why.
    Rejects {
        /// The folder: `[node] data`.
        dir: PathBuf,
    },
}

fn disk() -> Arc<dyn Files> {
    Arc::new(Disk)
}

/// Exit code 0; of `verify` 1 when something is not sound.
pub(crate) fn run(args: &StoreArgs) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    match &args.verb {
        Verb::Info { dir } => write!(out, "{}", told(&info(&disk(), dir)?))?,
        Verb::Verify { dir } => {
            let verified = verify(&disk(), dir)?;
            write!(out, "{}", told(&verified.overview))?;
            for problem in &verified.problems {
                writeln!(
                    out,
                    "not sound: {}: {}",
                    problem.path.display(),
                    problem.what
                )?;
            }
            if !verified.problems.is_empty() {
                eprintln!("restore the last backup: `deft store restore BACKUP --to NEW`");
                return Ok(NO);
            }
            writeln!(out, "all is sound")?;
        }
        Verb::Backup { dir, to } => {
            let backup = backup(dir, to)?;
            let (durable, files, bytes) = (backup.durable, backup.files, backup.bytes);
            writeln!(out, "{files} files, {bytes} bytes, up to number {durable}")?;
        }
        Verb::Restore { backup, to } => {
            let restored = restore(&disk(), backup, &disk(), to)?;
            books(backup, to)?;
            let (durable, files, bytes) = (restored.durable, restored.files, restored.bytes);
            writeln!(out, "{files} files, {bytes} bytes, up to number {durable}")?;
        }
    }
    Ok(YES)
}

/// Exit code 0.
pub(crate) fn log(args: &LogArgs) -> anyhow::Result<u8> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let (dir, after, numbered) = match &args.verb {
        LogVerb::Export {
            dir,
            after,
            numbered,
        } => (dir, after, numbered),
        LogVerb::Rejects { dir } => {
            let view = opened(dir)?;
            for frame in view.frames_since(view.first_seq().saturating_sub(1))? {
                for item in frame?.items(Section::Rejects) {
                    let rejected = item.payload.and_then(Rejected::read);
                    if let Some(rejected) = rejected {
                        writeln!(out, "{}", rejected.shown(item.seq))?;
                    }
                }
            }
            out.flush()?;
            return Ok(YES);
        }
    };
    let view = opened(dir)?;
    let after = (*after).max(view.first_seq().saturating_sub(1));
    if *numbered {
        for line in view.export(after)? {
            writeln!(out, "{}", line?)?;
        }
    } else {
        for frame in view.frames_since(after)? {
            let frame = frame?;
            let inputs = frame.inputs().filter(|input| input.seq > after);
            for input in inputs.filter_map(|input| input.payload) {
                out.write_all(input.trim_ascii_end())?;
                out.write_all(b"\n")?;
            }
        }
    }
    out.flush()?;
    Ok(YES)
}

/// Copies all that is durable, and the sources of its books, to an empty folder. The node may go on
/// meanwhile.
pub(crate) fn backup(dir: &Path, to: &Path) -> anyhow::Result<Backup> {
    let backup = opened(dir)?.backup(&disk(), to)?;
    books(dir, to)?;
    Ok(backup)
}

/// The sources of the books go with the log that they decided.
fn books(from: &Path, to: &Path) -> anyhow::Result<()> {
    let (from, to) = (from.join(FOLDER), to.join(FOLDER));
    if !from.is_dir() {
        return Ok(());
    }
    let copied = || -> std::io::Result<()> {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(&from)? {
            let path = entry?.path();
            if let Some(name) = path.file_name() {
                let kept = to.join(name);
                fs::copy(&path, &kept)?;
                fs::File::open(&kept)?.sync_all()?;
            }
        }
        fs::File::open(&to)?.sync_all()
    };
    copied().with_context(|| format!("cannot copy `{}`", from.display()))
}

fn opened(dir: &Path) -> anyhow::Result<View> {
    View::open(disk(), dir).with_context(|| format!("cannot read the store `{}`", dir.display()))
}

fn told(overview: &Overview) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        text.push_str(&format!("{name:<10} {value}\n"));
    };
    if let Some(id) = overview.id {
        line("store", id.to_string());
    }
    line("tz", overview.tz.clone());
    line(
        "numbers",
        format!("{} to {}", overview.first_seq, overview.last_seq),
    );
    line("batches", overview.frames.to_string());
    line(
        "segments",
        format!(
            "{}, {} of {} bytes used",
            overview.segments, overview.used, overview.bytes
        ),
    );
    let newest = overview.snapshots.iter().map(|s| s.seq).max();
    line(
        "snapshots",
        match newest {
            None => "none".to_owned(),
            Some(seq) => format!("{}, the newest at {seq}", overview.snapshots.len()),
        },
    );
    if let Some(torn) = &overview.torn {
        line(
            "torn",
            format!(
                "{} bytes of a write that was never durable; opening the store wipes them",
                torn.bytes
            ),
        );
    }
    let closed = if overview.closed {
        "in good order"
    } else {
        "no"
    };
    line("closed", closed.to_owned());
    text
}
