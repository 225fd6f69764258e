//! From a folder to a book, with everything there is to say about it.

use crate::cli::LangArg;
use rules::book::Book;
use rules::cases::model::CaseFile;
use rules::compile::compile;
use rules::finding::render::render_pretty;
use rules::finding::{Findings, Severity, Words};
use rules::project::Project;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

/// A project and what there is to say about it.
pub(crate) struct Loaded {
    pub(crate) project: Project,
    /// `None` when an error is among the findings.
    pub(crate) book: Option<Book>,
    /// The cases beside its rules, as far as they could be read.
    pub(crate) cases: Vec<CaseFile>,
    pub(crate) findings: Findings,
}

/// Reads and compiles a project, cases and all.
pub(crate) fn load(dir: &Path) -> anyhow::Result<Loaded> {
    let project = Project::read(dir)?;
    let (book, mut findings) = compile(&project);
    let mut cases = Vec::new();
    if let Some(book) = &book {
        let (read, told) = crate::prove::cases(&project, book);
        findings.extend(told);
        cases = read;
    }
    Ok(Loaded {
        project,
        book,
        cases,
        findings: findings.sorted(),
    })
}

/// The book of a project that has no errors; else its errors are told on stderr and there is none.
pub(crate) fn book(dir: &Path, lang: LangArg) -> anyhow::Result<Option<Arc<Book>>> {
    let loaded = sound(dir, lang)?;
    Ok(loaded.and_then(|loaded| loaded.book).map(Arc::new))
}

/// The same with all that was read.
pub(crate) fn sound(dir: &Path, lang: LangArg) -> anyhow::Result<Option<Loaded>> {
    let loaded = load(dir)?;
    if loaded.book.is_some() {
        return Ok(Some(loaded));
    }
    let errors = loaded.findings.only(Severity::Error);
    eprint!(
        "{}",
        render_pretty(
            &errors,
            &loaded.project,
            lang.into(),
            colour(&std::io::stderr())
        )
    );
    let dir = dir.display();
    let words = Words::new(
        format!("`deft check {dir}` tells everything there is to say"),
        format!("`deft check {dir}` 会列出全部问题"),
    );
    eprintln!("{}", words.get(lang.into()));
    Ok(None)
}

/// Colour goes to terminals only, and not where `NO_COLOR` is set.
pub(crate) fn colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}
