//! Versions: hashes of what an author wrote, so that a decision can name what decided it.

use crate::language::tokens::{Token, canonical};
use crate::project::Project;
use crate::rule::Rule;
use crate::value::Text;
use sha2::{Digest, Sha256};

/// 12 hex digits over the canonical source of a rule.
pub(super) fn of_source(tokens: &[Token<'_>]) -> Text {
    let mut hash = Sha256::new();
    hash.update(canonical(tokens).as_bytes());
    short(hash)
}

/// 12 hex digits over the catalogue's files and the rules' versions.
pub(super) fn of_book(project: &Project, rules: &[Rule]) -> Text {
    let mut hash = Sha256::new();
    let mut files: Vec<_> = project.catalogue.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in files {
        add(&mut hash, &file.path);
        add(&mut hash, file.text.trim());
    }
    for rule in rules {
        add(&mut hash, &rule.id);
        add(&mut hash, &rule.version);
    }
    short(hash)
}

/// A text behind its length, so that no two lists of texts are one.
fn add(hash: &mut Sha256, text: &str) {
    hash.update(text.len().to_le_bytes());
    hash.update(text.as_bytes());
}

fn short(hash: Sha256) -> Text {
    let mut text = String::with_capacity(12);
    for byte in hash.finalize().iter().take(6) {
        text.push_str(&format!("{byte:02x}"));
    }
    text.into()
}
