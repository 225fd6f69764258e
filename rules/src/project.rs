//! A project: the folder an author works in, as text. `catalog/*.toml`, `rules/<folder>/<rule>.rhai`
//! and the cases beside each rule, read whole, bounded, in the order of their paths.

mod folder;

use crate::catalogue::load::{codes, is_identifier};
use crate::finding::{Finding, Findings, Place, Words, nearest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files `catalog/` may hold, by stem.
pub const CATALOGUE_FILES: [&str; 13] = [
    "events", "tags", "features", "entities", "reasons", "offers", "channels", "policy", "control",
    "lists", "patterns", "timers", "fences",
];

/// Longest TOML file, bytes.
pub const TOML_BYTES_MAX: usize = 256 * 1024;
/// Longest rule file, bytes.
pub const RULE_BYTES_MAX: usize = 32 * 1024;
/// Most rules of a project.
pub const RULES_MAX: usize = 10_000;
/// Most files of a project.
pub const ENTRIES_MAX: usize = 2 * RULES_MAX + 1_000;

/// One file of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the project's folder, with `/`.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// All files of a project that mean something, each list sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// `catalog/<known name>.toml`
    pub catalogue: Vec<SourceFile>,
    /// `rules/<folder>/<stem>.rhai`
    pub rules: Vec<SourceFile>,
    /// `rules/<folder>/<stem>.cases.toml`
    pub cases: Vec<SourceFile>,
    /// What there is to say about the files themselves. [`crate::catalogue::load::load`] repeats it.
    pub findings: Findings,
}

/// Why a folder cannot be read as a project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no such folder.
    #[error(
        "`{}` is not a folder: give the folder that holds `catalog/` and `rules/`",
        .0.display()
    )]
    NoFolder(PathBuf),
    /// It is a folder without a catalogue.
    #[error(
        "there is no folder `catalog` in `{}`: give the folder that holds `catalog/` and `rules/`",
        .0.display()
    )]
    NoCatalogue(PathBuf),
    /// The system refused.
    #[error("cannot read `{}`: {cause}; check that it exists and may be read", .path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

impl Project {
    /// Reads the project in `dir`. What is wrong inside it is a finding; only a folder that cannot be
    /// read at all is an error.
    ///
    /// # Errors
    /// `dir` or its `catalog` folder is missing, or the system refuses to read a file.
    pub fn read(dir: &Path) -> Result<Self, ProjectError> {
        if !dir.is_dir() {
            return Err(ProjectError::NoFolder(dir.to_owned()));
        }
        if !dir.join("catalog").is_dir() {
            return Err(ProjectError::NoCatalogue(dir.to_owned()));
        }
        let mut found = BTreeMap::new();
        let mut findings = Findings::new();
        for name in ["catalog", "rules"] {
            folder::walk(&dir.join(name), name, 0, &mut found, &mut findings)?;
        }
        let mut project = Self::sorted_in(found);
        findings.extend(std::mem::take(&mut project.findings));
        project.findings = findings;
        Ok(project)
    }

    /// The same from memory: path relative to the project's folder, and content.
    #[must_use]
    pub fn from_files<P: AsRef<str>, B: AsRef<[u8]>>(
        files: impl IntoIterator<Item = (P, B)>,
    ) -> Self {
        Self::sorted_in(
            files
                .into_iter()
                .map(|(path, bytes)| (path.as_ref().to_owned(), bytes.as_ref().to_vec()))
                .collect(),
        )
    }

    fn sorted_in(files: BTreeMap<String, Vec<u8>>) -> Self {
        let mut project = Self::default();
        for (path, bytes) in files {
            project.take(&path, bytes);
        }
        project.complain_about_lone_cases();
        project
    }

    fn take(&mut self, path: &str, bytes: Vec<u8>) {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            [.., last] if is_quiet(last) => {}
            ["catalog", name] => self.take_catalogue(path, name, bytes),
            ["rules", _, name] if name.ends_with(".cases.toml") => {
                if let Some(file) = self.text(path, bytes, TOML_BYTES_MAX) {
                    self.cases.push(file);
                }
            }
            ["rules", folder, name] if name.ends_with(".rhai") => {
                self.name_check(path, folder, name);
                if self.rules.len() == RULES_MAX {
                    self.findings.push(Finding::error(
                        codes::TOO_LARGE,
                        Place::file(path),
                        Words::new(
                            format!("a project has at most {RULES_MAX} rules"),
                            format!("一个项目最多 {RULES_MAX} 条规则"),
                        ),
                    ));
                } else if let Some(file) = self.text(path, bytes, RULE_BYTES_MAX) {
                    self.rules.push(file);
                }
            }
            ["rules", .., name] if name.ends_with(".rhai") || name.ends_with(".cases.toml") => {
                self.findings.push(misplaced_rule(path, name));
            }
            _ => self.findings.push(stray(path)),
        }
    }

    /// The id of a rule is written in quotes, in logs and in addresses: plain words only.
    fn name_check(&mut self, path: &str, folder: &str, name: &str) {
        let stem = name.strip_suffix(".rhai").unwrap_or(name);
        for word in [folder, stem] {
            if is_identifier(word) {
                continue;
            }
            self.findings.push(
                Finding::error(
                    codes::BAD_NAME,
                    Place::file(path),
                    Words::new(
                        format!("`{word}` cannot be part of a rule's id"),
                        format!("`{word}` 不能作规则编号的一部分"),
                    ),
                )
                .fix(
                    "name folders and rule files with letters, digits and `_`, beginning with a letter",
                    "文件夹和规则文件名请用字母、数字和 `_`，并以字母开头",
                ),
            );
        }
    }

    fn take_catalogue(&mut self, path: &str, name: &str, bytes: Vec<u8>) {
        let stem = name.strip_suffix(".toml");
        if stem.is_some_and(|s| CATALOGUE_FILES.contains(&s)) {
            if let Some(file) = self.text(path, bytes, TOML_BYTES_MAX) {
                self.catalogue.push(file);
            }
            return;
        }
        let mut finding = Finding::error(
            codes::UNKNOWN_FILE,
            Place::file(path),
            Words::new(
                format!("`{name}` is not a file of the catalogue"),
                format!("目录 catalog 中没有名为 `{name}` 的文件"),
            ),
        );
        let near = nearest(stem.unwrap_or(name), CATALOGUE_FILES, 1);
        finding = match near.first() {
            Some(near) => finding.fix(
                format!("rename it to `{near}.toml`"),
                format!("改名为 `{near}.toml`"),
            ),
            None => {
                let all = CATALOGUE_FILES.join(".toml, ");
                finding.fix(
                    format!("the files are {all}.toml"),
                    format!("可用的文件有 {all}.toml"),
                )
            }
        };
        self.findings.push(finding);
    }

    /// The text of a file, without a byte order mark; `None` where it is too long to be looked at.
    fn text(&mut self, path: &str, bytes: Vec<u8>, most: usize) -> Option<SourceFile> {
        if bytes.len() > most {
            let (size, kib) = (bytes.len(), most / 1024);
            self.findings.push(
                Finding::error(
                    codes::TOO_LARGE,
                    Place::file(path),
                    Words::new(
                        format!("the file has {size} bytes; at most {kib} KiB are read"),
                        format!("文件有 {size} 字节，最多读取 {kib} KiB"),
                    ),
                )
                .fix("split it or shorten it", "请拆分或缩短"),
            );
            return None;
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let good = error.as_bytes().get(..error.utf8_error().valid_up_to());
                let good = String::from_utf8_lossy(good.unwrap_or_default()).into_owned();
                self.findings.push(
                    Finding::error(
                        codes::NOT_UTF8,
                        end_of(path, &good),
                        Words::new(
                            "from here on the file is not UTF-8",
                            "从这里起文件不是 UTF-8 编码",
                        ),
                    )
                    .fix("save it as UTF-8", "请另存为 UTF-8"),
                );
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => {
                self.findings.push(
                    Finding::error(
                        codes::NOT_UTF8,
                        Place::at(path, 1, 1),
                        Words::new(
                            "the file begins with a byte order mark",
                            "文件以字节顺序标记（BOM）开头",
                        ),
                    )
                    .fix(
                        "save it as UTF-8 without a byte order mark",
                        "请另存为不带 BOM 的 UTF-8",
                    ),
                );
                rest.to_owned()
            }
            None => text,
        };
        Some(SourceFile {
            path: path.into(),
            text: text.into(),
        })
    }

    fn complain_about_lone_cases(&mut self) {
        for case in &self.cases {
            let Some(stem) = case.path.strip_suffix(".cases.toml") else {
                continue;
            };
            let rule = format!("{stem}.rhai");
            if self.rules.iter().any(|r| *r.path == rule) {
                continue;
            }
            let rules = self.rules.iter().map(|r| &*r.path);
            let near = nearest(&rule, rules, 1).first().map(|n| (*n).to_owned());
            let mut finding = Finding::error(
                codes::STRAY_FILE,
                Place::file(case.path.clone()),
                Words::new(
                    format!("these cases belong to `{rule}`, which does not exist"),
                    format!("这些用例属于 `{rule}`，但该规则不存在"),
                ),
            );
            if let Some(near) = near.as_deref().and_then(|n| n.strip_suffix(".rhai")) {
                finding = finding.fix(
                    format!("rename it to `{near}.cases.toml`"),
                    format!("改名为 `{near}.cases.toml`"),
                );
            }
            self.findings.push(finding);
        }
    }
}

/// Files that are nobody's business: hidden ones, editors' copies, notes.
fn is_quiet(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || name == "README.md"
}

fn misplaced_rule(path: &str, name: &str) -> Finding {
    Finding::error(
        codes::STRAY_FILE,
        Place::file(path),
        Words::new(
            "a rule stands in exactly one folder below `rules/`, because its id is `<folder>.<file>`",
            "规则必须放在 `rules/` 下恰好一层文件夹中，因为规则编号是 `<文件夹>.<文件名>`",
        ),
    )
    .fix(
        format!("move it to `rules/<folder>/{name}`"),
        format!("移到 `rules/<文件夹>/{name}`"),
    )
}

fn stray(path: &str) -> Finding {
    Finding::warning(
        codes::STRAY_FILE,
        Place::file(path),
        Words::new(
            "this file means nothing here and is not read",
            "此文件在这里没有意义，不会被读取",
        ),
    )
    .fix(
        "rules are `rules/<folder>/<name>.rhai`, cases `<name>.cases.toml`, the catalogue `catalog/*.toml`",
        "规则为 `rules/<文件夹>/<名称>.rhai`，用例为 `<名称>.cases.toml`，目录为 `catalog/*.toml`",
    )
}

fn end_of(path: &str, text: &str) -> Place {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place::at(path, short(line), short(column))
}

#[cfg(test)]
mod tests;
