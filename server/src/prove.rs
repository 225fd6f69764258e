//! `deft test`: the cases of a project, each on an engine of its own.

mod coverage;
mod json;
mod judge;
mod moment;
mod report;
mod stage;
mod words;

#[cfg(test)]
mod tests;

use crate::cli::{LangArg, NO, YES};
use crate::load::{colour, load};
use anyhow::Context;
use clap::{Args, ValueEnum};
use coverage::Coverage;
use engine::refusal::{Refusal, Stage};
use judge::{Difference, Kind, differences};
use rules::book::Book;
use rules::cases::model::{Case, CaseFile, Run, With};
use rules::cases::update::{Happened, updated};
use rules::finding::render::{render_json, render_pretty};
use rules::finding::{Findings, Place, Severity, Words};
use rules::project::Project;
use rules::value::Text;
use stage::{Played, play};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments of `deft test`.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// The project's folder: `catalog/*.toml` and `rules/<class>/*.rhai` with `*.cases.toml` beside.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Only cases whose rule or name contains this.
    #[arg(long, value_name = "TEXT")]
    run: Option<String>,
    /// Write what happened into the case files, for review.
    #[arg(long)]
    update: bool,
    /// For people, or for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The language of the report; programs get both.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line per rule, a table per failure, why not, coverage.
    #[default]
    Pretty,
    /// One JSON document with a version.
    Json,
}

/// What a proof found.
#[derive(Default)]
struct Proof {
    rules: Vec<RuleProof>,
    coverage: BTreeMap<Text, Coverage>,
}

impl Proof {
    /// True when everything is as claimed and nothing is lacking.
    fn holds(&self) -> bool {
        let holds = |r: &RuleProof| r.failures.is_empty() && r.lacks.is_empty();
        self.rules.iter().all(holds)
    }
}

/// What a proof found of one rule.
struct RuleProof {
    rule: Text,
    cases: usize,
    runs: usize,
    failures: Vec<Failure>,
    /// What its cases must show and do not.
    lacks: Vec<Words>,
}

/// A run that is not as its case claims.
struct Failure {
    name: String,
    zh: Option<String>,
    /// What the row of the table sets.
    label: String,
    place: Place,
    problems: Vec<Words>,
    differences: Vec<Difference>,
}

/// Exit code 0 when everything is as claimed, 1 when something is not.
pub(crate) fn run(args: &TestArgs) -> anyhow::Result<u8> {
    let colours = colour(&std::io::stdout());
    run_into(
        args,
        colours,
        &mut std::io::stdout().lock(),
        &mut std::io::stderr().lock(),
    )
}

/// True when every case of a project holds; what does not is told on stderr.
pub(crate) fn holds(dir: &Path, lang: LangArg) -> anyhow::Result<bool> {
    let args = TestArgs {
        dir: dir.to_owned(),
        run: None,
        update: false,
        format: Format::Pretty,
        lang,
    };
    let (mut report, mut talk) = (Vec::new(), std::io::sink());
    let holds = run_into(&args, false, &mut report, &mut talk)? == YES;
    if !holds {
        std::io::stderr().lock().write_all(&report)?;
    }
    Ok(holds)
}

/// What fails in a project, rule by rule; `None` when every case holds.
pub(crate) fn failing(dir: &Path) -> anyhow::Result<Option<serde_json::Value>> {
    let args = TestArgs {
        dir: dir.to_owned(),
        run: None,
        update: false,
        format: Format::Json,
        lang: LangArg::default(),
    };
    let (mut report, mut talk) = (Vec::new(), std::io::sink());
    if run_into(&args, false, &mut report, &mut talk)? == YES {
        return Ok(None);
    }
    let mut told: serde_json::Value = serde_json::from_slice(&report)?;
    json::only_what_fails(&mut told);
    Ok(Some(told))
}

fn run_into(
    args: &TestArgs,
    colours: bool,
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> anyhow::Result<u8> {
    let loaded = load(&args.dir).with_context(|| format!("project `{}`", args.dir.display()))?;
    let (project, files) = (&loaded.project, &loaded.cases);
    let errors = loaded.findings.only(Severity::Error);
    let Some(book) = loaded.book.filter(|_| !errors.has_errors()) else {
        let text = match args.format {
            Format::Pretty => render_pretty(&errors, project, args.lang.into(), colours),
            Format::Json => render_json(&errors, project, None),
        };
        out.write_all(text.as_bytes())?;
        return Ok(NO);
    };
    let book = Arc::new(book);
    let prover = Prover {
        args,
        book: &book,
        project,
    };
    let (proof, changed) = prover.prove(files)?;
    for Rewritten { file, text } in &changed {
        write_back(&args.dir, file, text)?;
        writeln!(talk, "{file}: written as it happened; review it")?;
    }
    match args.format {
        Format::Pretty => report::write(out, &book, &proof, args.lang.into())?,
        Format::Json => json::write(out, &book, &proof)?,
    }
    Ok(if proof.holds() { YES } else { NO })
}

/// The cases of a project, and everything wrong with them.
pub(crate) fn cases(project: &Project, book: &Book) -> (Vec<CaseFile>, Findings) {
    // Codes of later stages are no refusals of a candidate.
    let own = Refusal::ALL.iter().filter(|r| r.stage() <= Stage::Shadow);
    let codes: Vec<&str> = own.map(|refusal| refusal.code()).collect();
    rules::cases::load(project, book, &codes)
}

fn write_back(dir: &Path, file: &str, text: &str) -> anyhow::Result<()> {
    let path = dir.join(file);
    std::fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

struct Prover<'a> {
    args: &'a TestArgs,
    book: &'a Arc<Book>,
    project: &'a Project,
}

/// A case file with what happened written into it.
struct Rewritten {
    file: Arc<str>,
    text: String,
}

/// A run with what happened in it.
struct Shown<'a> {
    case: &'a Case,
    run: &'a Run,
    played: Played,
}

impl Prover<'_> {
    /// Proves all files; gives what was found, and the text of files to be written.
    fn prove(&self, files: &[CaseFile]) -> anyhow::Result<(Proof, Vec<Rewritten>)> {
        let mut proof = Proof::default();
        let mut changed = Vec::new();
        for rule in &self.book.rules {
            let own: Vec<&CaseFile> = files.iter().filter(|f| f.rule == rule.id).collect();
            let mut found = RuleProof {
                rule: rule.id.clone(),
                cases: 0,
                runs: 0,
                failures: Vec::new(),
                lacks: Vec::new(),
            };
            let mut seen = Coverage::default();
            for file in own {
                changed.extend(self.prove_file(file, &mut found, &mut seen)?);
            }
            if self.args.run.is_none() {
                found.lacks = seen.lacks(rule);
            } else if found.cases == 0 {
                continue;
            }
            proof.coverage.insert(rule.id.clone(), seen);
            proof.rules.push(found);
        }
        Ok((proof, changed))
    }

    fn prove_file(
        &self,
        file: &CaseFile,
        found: &mut RuleProof,
        seen: &mut Coverage,
    ) -> anyhow::Result<Option<Rewritten>> {
        let mut books: BTreeMap<Vec<Text>, Arc<Book>> = BTreeMap::new();
        let mut wrong: Vec<Shown<'_>> = Vec::new();
        for case in file.cases.iter().filter(|case| self.asked_for(file, case)) {
            found.cases += 1;
            let book = self.book_of(file, case, &mut books);
            for run in &case.runs {
                found.runs += 1;
                let played = play(&book, file, run)?;
                seen.add(&played.tally);
                let differences = differences(&file.rule, run, &played);
                if differences.is_empty() && played.problems.is_empty() {
                    continue;
                }
                // Only lists are written back: a wrong fact or a lost event is for the author.
                let is_fact = |d: &Difference| d.kind == Kind::Fact;
                let beyond = !played.problems.is_empty() || differences.iter().any(is_fact);
                let differences_of_lists = !differences.iter().all(is_fact);
                if beyond || !self.args.update {
                    found
                        .failures
                        .push(failure(case, run, &played, differences));
                }
                if differences_of_lists {
                    wrong.push(Shown { case, run, played });
                }
            }
        }
        if !self.args.update || wrong.is_empty() {
            return Ok(None);
        }
        let source = self.project.cases.iter().find(|s| s.path == file.file);
        let text = source.map_or("", |s| &*s.text);
        let all = wrong.iter().map(|shown| Happened {
            case: shown.case,
            run: shown.run,
            actions: &shown.played.actions,
            refusals: &shown.played.refusals,
        });
        let all: Vec<Happened<'_>> = all.collect();
        let new = updated(text, file, &all)?;
        Ok((new != text).then(|| Rewritten {
            file: Arc::clone(&file.file),
            text: new,
        }))
    }

    fn asked_for(&self, file: &CaseFile, case: &Case) -> bool {
        let Some(part) = &self.args.run else {
            return true;
        };
        let zh = case.zh.as_deref().unwrap_or("");
        file.rule.contains(part.as_str()) || case.name.contains(part) || zh.contains(part)
    }

    /// The rule under test, and the others its case names.
    fn book_of(
        &self,
        file: &CaseFile,
        case: &Case,
        books: &mut BTreeMap<Vec<Text>, Arc<Book>>,
    ) -> Arc<Book> {
        let With::Rules(with) = &case.with else {
            return Arc::clone(self.book);
        };
        let mut ids = with.clone();
        ids.push(file.rule.clone());
        ids.sort_unstable();
        ids.dedup();
        let made = books.entry(ids);
        let ids = made.key().clone();
        Arc::clone(made.or_insert_with(|| Arc::new(self.book.only(&ids))))
    }
}

fn failure(case: &Case, run: &Run, played: &Played, differences: Vec<Difference>) -> Failure {
    Failure {
        name: case.name.clone(),
        zh: case.zh.clone(),
        label: run.label.clone(),
        place: case.place.clone(),
        problems: played.problems.clone(),
        differences,
    }
}
