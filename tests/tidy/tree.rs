//! The files a rule looks at, and what it says of them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use kit::{Claimed, Failed, RustText};

/// What a rule minds: where it is, and what to do.
pub(super) struct Problem {
    pub(super) file: String,
    line: usize,
    what: String,
}

impl Problem {
    pub(super) fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Text files by their path from the root, with `/` between folders.
pub(super) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// A tree of these files.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self(
            files
                .iter()
                .map(|&(path, text)| (path.to_owned(), text.to_owned()))
                .collect(),
        )
    }

    /// The workspace as it lies on the disk, without what `.gitignore` names.
    pub(super) fn read(root: &Path) -> Result<Self, Failed> {
        let ignored = kit::read(&root.join(".gitignore"))?;
        let mut skipped: Vec<&str> = ignored.lines().map(|line| line.trim_matches('/')).collect();
        skipped.push(".git");
        let mut files = BTreeMap::new();
        walk(root, "", &skipped, &mut files)?;
        if files.len() < 10 {
            return Err(format!("{}: this is no workspace", root.display()).into());
        }
        Ok(Self(files))
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// True for a file, and for a folder that holds one.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty()
            || self.0.contains_key(path)
            || self.files().any(|file| file.starts_with(&folder))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose name ends so.
    pub(super) fn ending<'t>(&'t self, end: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.iter().filter(move |(path, _)| path.ends_with(end))
    }

    /// Every Rust file, split into code and comments.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, RustText)> {
        self.ending(".rs")
            .map(|(path, text)| (path, RustText::new(text)))
    }
}

/// True for the source of what is shipped: not a test, not a bench.
pub(super) fn is_product(path: &str) -> bool {
    let mut folders = path.split('/');
    let room = folders.next().unwrap_or("");
    matches!(room, "rules" | "engine" | "connectors" | "server")
        && folders.next() == Some("src")
        && path.ends_with(".rs")
        && !path.ends_with("/tests.rs")
        && !path.contains("/tests/")
}

fn walk(
    folder: &Path,
    prefix: &str,
    skipped: &[&str],
    files: &mut BTreeMap<String, String>,
) -> Claimed {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if skipped.contains(&&*path) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), skipped, files)?;
        } else if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
            files.insert(path, text);
        }
    }
    Ok(())
}
