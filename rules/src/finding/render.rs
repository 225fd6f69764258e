//! Findings as text.

use super::{Findings, Lang};
use crate::project::Project;
use std::fmt::Write;

/// For people.
#[must_use]
pub fn render_pretty(findings: &Findings, _project: &Project, lang: Lang, _colour: bool) -> String {
    let mut text = String::new();
    for f in findings {
        let _ = writeln!(
            text,
            "{}: {} [{}]: {}",
            f.place,
            f.severity.name(),
            f.code,
            f.cause.get(lang)
        );
    }
    text
}

/// For programs.
#[must_use]
pub fn render_json(findings: &Findings, _project: &Project) -> String {
    format!("{}\n", findings.iter().count())
}
