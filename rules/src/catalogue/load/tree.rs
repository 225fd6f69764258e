//! All catalogue files of a project as trees.

use super::node::{Kind, Node};
use super::report::Report;
use super::source::Source;
use super::table::Entry;
use super::{codes, parse};
use crate::finding::{Finding, Place, Words};
use crate::project::{CATALOGUE_FILES, Project};
use std::collections::BTreeMap;

/// What may stand at the top of each file.
const SECTIONS: [(&str, &[&str]); 13] = [
    ("events", &["time", "place", "shape", "event"]),
    ("tags", &["tag", "segment"]),
    ("features", &["stream", "feature", "derived"]),
    ("entities", &["entity"]),
    ("reasons", &["reason"]),
    ("offers", &["offer"]),
    ("channels", &["channel", "team", "method", "process"]),
    (
        "policy",
        &[
            "classes", "cap", "suppress", "silence", "override", "lever", "consent",
        ],
    ),
    ("control", &["control"]),
    ("lists", &["list"]),
    ("fences", &["fence"]),
    ("patterns", &["pattern"]),
    ("timers", &["timer"]),
];

/// The catalogue files, by stem.
pub(super) struct Tree {
    files: BTreeMap<&'static str, Node>,
}

impl Tree {
    /// Parses every catalogue file and says what stands at the top of one and does not belong there.
    pub(super) fn read(project: &Project, r: &mut Report) -> Self {
        let mut files = BTreeMap::new();
        for file in &project.catalogue {
            let stem = file.path.strip_prefix("catalog/");
            let stem = stem.and_then(|name| name.strip_suffix(".toml"));
            let Some(stem) = CATALOGUE_FILES.into_iter().find(|s| Some(*s) == stem) else {
                continue;
            };
            let source = Source::new(file.path.clone(), file.text.clone());
            r.add_source(file.path.clone(), source.clone());
            let (root, lost) = parse::parse(&source, &Place::file(file.path.clone()), r);
            if lost {
                r.lose(stem);
            }
            top(stem, &root, r);
            files.insert(stem, root);
        }
        Self { files }
    }

    /// The value of a section, where the file has it.
    pub(super) fn section(&self, file: &str, section: &str) -> Option<&Node> {
        let Kind::Table(entries) = &self.files.get(file)?.kind else {
            return None;
        };
        let entry = entries.iter().find(|e| e.key == section)?;
        Some(&entry.node)
    }

    /// The named things of a section: `[tag.tier]` is `tier` in `tag`.
    pub(super) fn named(&self, file: &str, section: &str) -> &[Entry] {
        match self.section(file, section).map(|node| &node.kind) {
            Some(Kind::Table(entries)) => entries,
            _ => &[],
        }
    }

    /// True when a section names this, however wrong the rest of it is.
    pub(super) fn names(&self, file: &str, section: &str, name: &str) -> bool {
        self.named(file, section).iter().any(|e| e.key == name)
    }
}

/// Says what stands at the top of a file and does not belong there.
fn top(stem: &'static str, root: &Node, r: &mut Report) {
    let Kind::Table(entries) = &root.kind else {
        return;
    };
    let known = SECTIONS.iter().find(|(file, _)| *file == stem);
    let known = known.map_or(&[][..], |(_, sections)| *sections);
    for entry in entries {
        if known.contains(&entry.key.as_str()) {
            section_shape(entry, r);
            continue;
        }
        let home = SECTIONS
            .iter()
            .find(|(_, sections)| sections.contains(&entry.key.as_str()));
        match home {
            Some((home, _)) => r.push(
                Finding::error(
                    codes::UNKNOWN_KEY,
                    entry.place.clone(),
                    Words::new(
                        format!("`{}` does not belong into `{stem}.toml`", entry.key),
                        format!("`{}` 不应写在 `{stem}.toml` 中", entry.key),
                    ),
                )
                .fix(
                    format!("move it to `catalog/{home}.toml`"),
                    format!("请移到 `catalog/{home}.toml`"),
                ),
            ),
            None => entry.unknown(r, "", known),
        }
    }
}

/// A section is a table, or for `[[cap]]`, `[[suppress]]` and `[[silence]]` a list.
fn section_shape(entry: &Entry, r: &mut Report) {
    if matches!(entry.key.as_str(), "cap" | "suppress" | "silence") {
        if !matches!(entry.node.kind, Kind::List(_)) {
            let want = format!("a list, written `[[{}]]`", entry.key);
            let want_zh = format!("列表，写作 `[[{}]]`", entry.key);
            entry.node.wrong(r, &want, &want_zh);
        }
    } else {
        entry.node.table(r);
    }
}
