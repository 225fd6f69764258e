//! `deft new rule`: a rule, its cases, and what the catalogue needs for it. It passes `check` and `test`
//! as it stands; the author goes on from there.

mod moment;
mod stub;

use crate::cli::{LangArg, NO, YES};
use crate::load;
use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use moment::Moment;
use rules::finding::render::render_pretty;
use rules::finding::{Severity, Words};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use stub::Stub;

/// Arguments of `deft new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write a rule, its cases, and what it needs in the catalogue.
    Rule(RuleArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "deft new rule offer second_card --project my-bank --on transaction.card_payment\n\
    writes rules/offers/second_card.rhai and its cases, and adds an offer and a reason to the catalogue."
)]
struct RuleArgs {
    /// What it does.
    #[arg(value_enum)]
    kind: Kind,
    /// Its name: a to z, digits and `_`, beginning with a letter.
    #[arg(value_parser = name)]
    name: String,
    /// The project.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// The event type it listens to. Without it: a transaction, where the catalogue has one.
    #[arg(long, value_name = "EVENT")]
    on: Option<String>,
    /// The language of messages.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Sell something.
    Offer,
    /// Keep a customer, or their money.
    Retain,
    /// Serve: no consent needed, no marketing inside.
    Serve,
    /// Hold what may be a fraud.
    Fraud,
}

fn name(text: &str) -> Result<String, String> {
    let letter = text.starts_with(|c: char| c.is_ascii_lowercase());
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if letter && text.chars().all(plain) && text.len() <= 40 {
        Ok(text.to_owned())
    } else {
        Err("at most 40 of a to z, digits and `_`, beginning with a letter".to_owned())
    }
}

/// Exit code 0 when the rule is there and sound, 1 when it cannot be.
pub(crate) fn run(args: &NewArgs) -> anyhow::Result<u8> {
    let What::Rule(args) = &args.what;
    let Some(book) = load::book(&args.project, args.lang)? else {
        return Ok(NO);
    };
    let catalogue = &book.catalogue;
    let stub = Moment::of(catalogue, args.kind, args.on.as_deref())
        .and_then(|moment| Stub::of(catalogue, args.kind, &args.name, &moment));
    let stub = match stub {
        Ok(stub) => stub,
        Err(says) => {
            eprintln!("{says}");
            return Ok(NO);
        }
    };
    if let Some(taken) = taken(args, &stub, catalogue) {
        let words = Words::new(
            format!("{taken}, and nothing is ever overwritten: choose another name"),
            format!("{taken}：已有内容绝不覆盖，请换一个名称"),
        );
        eprintln!("{}", words.get(args.lang.into()));
        return Ok(NO);
    }
    for (path, text) in &stub.files {
        write_new(&args.project.join(path), text)?;
        eprintln!("wrote {path}");
    }
    for (path, text) in &stub.additions {
        append(&args.project.join(path), text)?;
        eprintln!("added to {path}");
    }
    sound(args)
}

/// What stands in the way.
fn taken(args: &RuleArgs, stub: &Stub, catalogue: &rules::catalogue::Catalogue) -> Option<String> {
    for (path, _) in &stub.files {
        if args.project.join(path).exists() {
            return Some(format!("`{path}` is there already"));
        }
    }
    if args.kind != Kind::Fraud && catalogue.offer_named(&args.name).is_some() {
        return Some(format!("the catalogue has an offer `{}`", args.name));
    }
    let reason = &stub.reason;
    catalogue
        .reason_named(reason)
        .map(|_| format!("the catalogue has a reason `{reason}`"))
}

fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let says = || format!("cannot write `{}`", path.display());
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(says)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .with_context(says)?;
    file.write_all(text.as_bytes()).with_context(says)
}

fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    let says = || format!("cannot write `{}`", path.display());
    let file = OpenOptions::new().create(true).append(true).open(path);
    let mut file = file.with_context(says)?;
    let empty = file.metadata().with_context(says)?.len() == 0;
    let gap = if empty { "" } else { "\n" };
    file.write_all(format!("{gap}{text}").as_bytes())
        .with_context(says)
}

/// Whether the project is as sound with the rule as it was without.
fn sound(args: &RuleArgs) -> anyhow::Result<u8> {
    let loaded = load::load(&args.project)?;
    let errors = loaded.findings.only(Severity::Error);
    if errors.has_errors() {
        let colour = load::colour(&std::io::stderr());
        eprint!(
            "{}",
            render_pretty(&errors, &loaded.project, args.lang.into(), colour)
        );
        return Ok(NO);
    }
    let dir = args.project.display();
    let words = Words::new(
        format!("next: write its condition, then `deft test {dir}`"),
        format!("下一步：写好条件，再运行 `deft test {dir}`"),
    );
    eprintln!("{}", words.get(args.lang.into()));
    Ok(YES)
}
