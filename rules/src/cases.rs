//! Cases: the examples beside a rule that say what it does. Read whole, typed by the catalogue, and
//! compared with what happened; running them is the engine's business.
//!
//! [`load`] gives the [`model`] and everything wrong with it; [`compare`] says where what happened
//! differs from what was expected; [`update`] writes what happened into the file.

pub mod codes;
pub mod compare;
mod events;
mod given;
pub mod model;
mod read;
mod rows;
mod table;
mod teller;
mod tree;
pub mod update;
mod values;

#[cfg(test)]
mod tests;

pub use events::EVENTS_MAX;

use crate::book::Book;
use crate::finding::{Finding, Findings, Place, Words};
use crate::project::Project;
use crate::value::Text;
use model::CaseFile;
use teller::Teller;

/// Reads all cases of a project against its book. `refusals` are the codes a refusal may have. Where
/// [`Findings::has_errors`], what could be read is given all the same.
#[must_use]
pub fn load(project: &Project, book: &Book, refusals: &[&str]) -> (Vec<CaseFile>, Findings) {
    let mut files = Vec::new();
    let mut findings = Findings::new();
    for source in &project.cases {
        let Some(rule) = read::rule_of(&source.path).filter(|rule| read::exists(book, rule)) else {
            continue; // The project says so itself.
        };
        let rule = Text::from(rule);
        let mut t = Teller::new(&source.text);
        match tree::read(&source.path, &source.text) {
            Ok(root) => {
                let court = rows::Court {
                    book,
                    rule: &rule,
                    codes: refusals,
                };
                files.extend(read::file(&mut t, &court, &root));
            }
            Err((place, said)) => t.push(syntax(place, &said)),
        }
        findings.extend(t.into_findings());
    }
    (files, findings.sorted())
}

fn syntax(place: Place, said: &str) -> Finding {
    Finding::error(
        codes::SYNTAX,
        place,
        Words::new(
            format!("this is not TOML: {said}"),
            format!("这里不符合 TOML 语法：{said}"),
        ),
    )
    .fix(
        "look for a quote, bracket or `=` that is missing here or just above",
        "请检查此处或上方是否缺少引号、括号或 `=`",
    )
}
