//! `deft explain`: why a decision came out as it did, from its record alone.

use crate::cli::{LangArg, NO, YES};
use crate::load;
use anyhow::{Context, bail};
use clap::Args;
use engine::decision::record::DecisionRecord;
use engine::explain::repeat::{Repeat, repeat};
use engine::explain::tell::tell;
use engine::explain::why_not::why_not;
use rules::finding::Lang;
use rules::interpreter::Interpreter;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;

/// Arguments of `deft explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The decision, an action of it, or the event it decided: `d-…`, `a-…`, or the event's id.
    id: String,
    /// The records, as `deft replay --decisions FILE` wrote them.
    #[arg(long, value_name = "FILE")]
    decisions: PathBuf,
    /// The project the decision was made with.
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Say why this rule did not act.
    #[arg(long, value_name = "RULE")]
    why_not: Option<String>,
    /// The language of the explanation.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

/// Exit code 0 when the record is explained and decides the same again, 1 when it does not.
pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<u8> {
    let Some(book) = load::book(&args.project, args.lang)? else {
        return Ok(NO);
    };
    let record = find(args)?;
    let lang: Lang = args.lang.into();
    let mut interpreter = Interpreter::new(book.clone());
    let mut out = std::io::stdout().lock();
    if let Some(rule) = &args.why_not {
        let why = why_not(&book, &mut interpreter, &record, rule)?;
        writeln!(out, "{}", why.words(rule).get(lang))?;
        return Ok(YES);
    }
    write!(out, "{}", tell(&book, &record, lang))?;
    let again = repeat(&book, &mut interpreter, &record)?;
    writeln!(out, "{}", again.words().get(lang))?;
    Ok(if again == Repeat::Same { YES } else { NO })
}

fn find(args: &ExplainArgs) -> anyhow::Result<DecisionRecord> {
    let path = args.decisions.display();
    let file = File::open(&args.decisions).with_context(|| {
        format!("cannot open `{path}`: write it with `deft replay … --decisions {path}`")
    })?;
    for line in BufReader::new(file).lines() {
        let line = line.with_context(|| format!("cannot read `{path}`"))?;
        if !line.contains(&args.id) {
            continue;
        }
        let record: DecisionRecord = serde_json::from_str(&line)
            .with_context(|| format!("`{path}` is no file of decision records"))?;
        if is_about(&record, &args.id) {
            return Ok(record);
        }
    }
    bail!("no decision, action or event `{}` in `{path}`", args.id)
}

fn is_about(record: &DecisionRecord, id: &str) -> bool {
    record.decision_id == id
        || record.event.id == id
        || record.chosen.iter().any(|chosen| chosen.action_id == id)
}
