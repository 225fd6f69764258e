//! Where a replay writes: features, actions, decisions, rejects.

use super::ReplayArgs;
use super::csv;
use super::report::{MAX_TOLD, Untaken};
use anyhow::Context;
use engine::engine::Output;
use engine::outcome::What;
use rules::book::Book;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The files of a replay; those not asked for are absent.
pub(super) struct Sinks {
    features: Option<Sink>,
    actions: Option<Sink>,
    decisions: Option<Sink>,
    rejects: Option<Sink>,
    /// Records not taken so far, when no file keeps them.
    told: usize,
}

struct Sink {
    path: PathBuf,
    to: BufWriter<Box<dyn Write + Send>>,
}

impl Sink {
    fn open(path: Option<&PathBuf>) -> anyhow::Result<Option<Self>> {
        let Some(path) = path else {
            return Ok(None);
        };
        let to: Box<dyn Write + Send> = if path == Path::new("-") {
            Box::new(std::io::stdout())
        } else {
            Box::new(
                File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?,
            )
        };
        Ok(Some(Self {
            path: path.clone(),
            to: BufWriter::with_capacity(1 << 16, to),
        }))
    }

    fn put(&mut self, text: &str) -> anyhow::Result<()> {
        let done = self.to.write_all(text.as_bytes());
        done.with_context(|| format!("cannot write `{}`", self.path.display()))
    }

    fn line(&mut self, text: &str) -> anyhow::Result<()> {
        self.put(text)?;
        self.put("\n")
    }
}

impl Sinks {
    pub(super) fn open(args: &ReplayArgs, book: &Book) -> anyhow::Result<Self> {
        let mut sinks = Self {
            features: Sink::open(args.features.as_ref())?,
            actions: Sink::open(args.actions.as_ref())?,
            decisions: Sink::open(args.decisions.as_ref())?,
            rejects: Sink::open(args.rejects.as_ref())?,
            told: 0,
        };
        if let Some(features) = &mut sinks.features {
            features.put(&csv::header(book))?;
        }
        Ok(sinks)
    }

    pub(super) fn write(&mut self, output: &Output) -> anyhow::Result<()> {
        for untaken in Untaken::of(output) {
            self.reject(&untaken)?;
        }
        for outcome in &output.outcomes {
            let What::Settled(settled) = &outcome.what else {
                continue;
            };
            // A step that a timer made is no event of the file and has no row.
            if let (Some(features), Some(_)) = (&mut self.features, outcome.line) {
                features.put(&csv::row(&outcome.event_id, &settled.row))?;
            }
            if let (Some(decisions), Some(record)) = (&mut self.decisions, &settled.record) {
                decisions.line(record)?;
            }
            if let Some(actions) = &mut self.actions {
                for action in settled.actions.iter().chain(&settled.withdrawn) {
                    actions.line(&action.to_json())?;
                }
            }
        }
        Ok(())
    }

    fn reject(&mut self, untaken: &Untaken<'_>) -> anyhow::Result<()> {
        if let Some(rejects) = &mut self.rejects {
            return rejects.line(&untaken.to_json());
        }
        self.told += 1;
        if self.told <= MAX_TOLD {
            eprintln!("line {}: {}: {}", untaken.line, untaken.code, untaken.cause);
        } else if self.told == MAX_TOLD + 1 {
            eprintln!("more lines were not taken; `--rejects FILE` keeps them all");
        }
        Ok(())
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        for mut sink in [self.features, self.actions, self.decisions, self.rejects]
            .into_iter()
            .flatten()
        {
            let done = sink.to.flush();
            done.with_context(|| format!("cannot write `{}`", sink.path.display()))?;
        }
        Ok(())
    }
}
