//! `deft check`: everything there is to say about a project.

use crate::cli::{LangArg, NO, YES};
use crate::config::{self, Config};
use crate::load::{colour, load};
use crate::run::kept::Kept;
use clap::{Args, ValueEnum};
use rules::catalogue::Family;
use rules::finding::render::{render_json, render_pretty};
use rules::finding::{Findings, Severity, Words};
use rules::value::time_text;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `deft check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The project's folder: `catalog/*.toml` and `rules/<class>/*.rhai`. Without it: the one in the
    /// configuration, or the current folder.
    dir: Option<PathBuf>,
    /// A configuration of `deft run`, to be checked with the project it names.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A data folder that the project is to be taken up on: types that it has otherwise are told, and
    /// which windows would be cold.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
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
    let (config, mut about) = match &args.config {
        Some(file) => config::read(file)?,
        None => (Config::default(), Findings::new()),
    };
    let dir = args.dir.as_ref().unwrap_or(&config.node.project);
    let loaded = load(dir)?;
    about.extend(loaded.findings.clone());
    let mut cold = Vec::new();
    if let (Some(data), Some(book)) = (&args.data, &loaded.book) {
        let kept = Kept::read(data)?;
        about.extend(book.catalogue.unfit(&kept.types));
        if !about.has_errors() {
            cold = kept.cold(book)?;
        }
    }
    let (findings, project) = (&about, &loaded.project);
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
    let lang = args.lang.into();
    if let Some(book) = &loaded.book {
        let declared = book
            .catalogue
            .events
            .iter()
            .filter(|event| !matches!(event.family, Family::Outcome | Family::Told));
        let (rules, events, hash) = (book.rules.len(), declared.count(), &book.hash);
        let words = Words::new(
            format!("ok: {rules} rules over {events} event types, book {hash}"),
            format!("通过：{rules} 条规则，{events} 种事件，规则册 {hash}"),
        );
        eprintln!("{}", words.get(lang));
        for (feature, warm) in &cold {
            let from = time_text(*warm);
            let words = Words::new(
                format!("`{feature}` is warm from {from}, if it is taken up now"),
                format!("若现在启用，`{feature}` 自 {from} 起数据完整"),
            );
            eprintln!("{}", words.get(lang));
        }
        let dir = dir.display();
        let words = Words::new(
            format!("next: deft test {dir}"),
            format!("下一步：deft test {dir}"),
        );
        eprintln!("{}", words.get(lang));
    }
    Ok(YES)
}
