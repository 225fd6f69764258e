//! `deft check`: everything there is to say about a project.

use crate::cli::{LangArg, NO, YES};
use crate::load::{colour, load};
use clap::{Args, ValueEnum};
use rules::finding::Severity;
use rules::finding::render::{render_json, render_pretty};
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `deft check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The project's folder: `catalog/*.toml` and `rules/<class>/*.rhai`.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// For people, or for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The language of the findings; programs get both.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
    /// Warnings make the answer no.
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// Text with the source line and a mark under the place.
    #[default]
    Pretty,
    /// One JSON document with a version.
    Json,
}

/// Exit code 0 when nothing is wrong, 1 when something is.
pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<u8> {
    let loaded = load(&args.dir)?;
    let (findings, project) = (&loaded.findings, &loaded.project);
    let mut out = std::io::stdout().lock();
    let text = match args.format {
        Format::Pretty => render_pretty(findings, project, args.lang.into(), colour(&out)),
        Format::Json => render_json(findings, project, None),
    };
    out.write_all(text.as_bytes())?;
    let denied = |f: &rules::finding::Finding| {
        f.severity == Severity::Error || (args.deny_warnings && f.severity == Severity::Warning)
    };
    if findings.iter().any(denied) {
        return Ok(NO);
    }
    if let Some(book) = &loaded.book {
        let (rules, events) = (book.rules.len(), book.catalogue.events.len());
        eprintln!(
            "ok: {rules} rules over {events} event types, book {}",
            book.hash
        );
        eprintln!("next: deft test {}", args.dir.display());
    }
    Ok(YES)
}
