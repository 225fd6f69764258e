//! Tables of a catalogue file: asked for the keys they have, must have and may not have.

use super::codes;
use super::node::Node;
use super::report::{Report, did_you_mean, one_of};
use crate::finding::{Finding, Place, Words, nearest};

/// One key of a table.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where it stands.
    pub(super) place: Place,
    /// How many code points it takes there, quotes included.
    pub(super) width: usize,
    /// Its value.
    pub(super) node: Node,
}

/// A table, ready to be asked for its keys.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    pub(super) node: &'a Node,
    pub(super) entries: &'a [Entry],
}

impl<'a> Table<'a> {
    /// The value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        let entry = self.entries.iter().find(|e| e.key == key)?;
        Some(&entry.node)
    }

    /// The value of `key`, or a finding that it is missing.
    pub(super) fn require(&self, r: &mut Report, key: &str) -> Option<&'a Node> {
        let found = self.get(key);
        if found.is_none() {
            let path = &self.node.path;
            r.push(
                Finding::error(
                    codes::MISSING_KEY,
                    self.node.place.clone(),
                    Words::new(
                        format!("`{path}` needs `{key} = …`"),
                        format!("`{path}` 缺少 `{key} = …`"),
                    ),
                )
                .fix(
                    format!("write `{key} = …` in it"),
                    format!("请在其中写 `{key} = …`"),
                ),
            );
        }
        found
    }

    /// A finding for every key that is none of `known`.
    pub(super) fn only(&self, r: &mut Report, known: &[&str]) {
        for entry in self.entries {
            if !known.contains(&entry.key.as_str()) {
                entry.unknown(r, &self.node.path, known);
            }
        }
    }
}

impl Entry {
    /// A finding that this key means nothing in `path`.
    pub(super) fn unknown(&self, r: &mut Report, path: &str, known: &[&str]) {
        let key = &self.key;
        let (en, zh) = if path.is_empty() {
            (
                format!("`{key}` means nothing here"),
                format!("`{key}` 在此没有意义"),
            )
        } else {
            (
                format!("`{key}` means nothing in `{path}`"),
                format!("`{key}` 在 `{path}` 中没有意义"),
            )
        };
        let mut finding =
            Finding::error(codes::UNKNOWN_KEY, self.place.clone(), Words::new(en, zh));
        let near = nearest(key, known.iter().copied(), 3);
        finding = match near.first() {
            Some(best) => {
                let line = r.corrected(&self.place, self.width, best);
                let finding = did_you_mean(finding, &near);
                match line {
                    Some(line) => finding.corrected(line),
                    None => finding,
                }
            }
            None => one_of(finding, known),
        };
        r.push(finding);
    }
}

/// `en` and `zh` of a table.
pub(super) fn bilingual(r: &mut Report, table: &Table<'_>) -> Option<Words> {
    let en = table.require(r, "en");
    let zh = table.require(r, "zh");
    Some(Words::new(en?.text(r)?, zh?.text(r)?))
}

/// The title of a table, or its name in both languages.
pub(super) fn title_or(r: &mut Report, table: &Table<'_>, name: &str) -> Words {
    let title = table.get("title").and_then(|node| node.title(r));
    title.unwrap_or_else(|| Words::new(name, name))
}
