use super::*;
use crate::finding::Lang;
use std::path::Path;

fn told(findings: &Findings) -> String {
    let line = |f: &crate::finding::Finding| {
        let fix = f.fix.as_ref().map_or("", |f| f.get(Lang::En));
        format!(
            "{} {} {}\n    {fix}\n    {:?}\n",
            f.place, f.code, f.cause.en, f.corrected
        )
    };
    findings.iter().map(line).collect()
}

fn project(name: &str) -> Project {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Project::read(&root.join(name)).unwrap()
}

#[test]
fn the_rules_of_the_language_page_compile() {
    for name in [
        "tests/projects/language",
        "rules/retail-bank",
        "tests/projects/sparkov",
    ] {
        let (book, findings) = compile(&project(name));
        assert!(book.is_some(), "{name}\n{}", told(&findings));
    }
}

mod catalogue_rows;
mod facts_of_the_host;
mod rows;
mod rule_rows;
mod structure;
