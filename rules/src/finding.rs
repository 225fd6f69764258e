//! A finding: one thing `check` has to say, with its place, cause and fix.

pub mod render;

use std::fmt;
use std::sync::Arc;

/// A sentence in the two languages of the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Words {
    /// Both languages at once.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            zh: zh.into(),
        }
    }

    /// The sentence in `lang`.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}

/// The language findings are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// Where a finding points: a file of the project, and a position inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path relative to the project's folder, with `/`.
    pub file: Arc<str>,
    /// From 1; 0 when the finding is about the file as a whole.
    pub line: u32,
    /// From 1, in code points.
    pub column: u32,
}

impl Place {
    /// The file as a whole.
    pub fn file(file: impl Into<Arc<str>>) -> Self {
        Self {
            file: file.into(),
            line: 0,
            column: 0,
        }
    }

    /// A position; both numbers count from 1, columns in code points.
    pub fn at(file: impl Into<Arc<str>>, line: u32, column: u32) -> Self {
        Self {
            file: file.into(),
            line,
            column,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}", self.file)
        } else {
            write!(f, "{}:{}:{}", self.file, self.line, self.column)
        }
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The project does not load.
    Error,
    /// It loads, and something is probably not meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing `check` has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable code: `C…` catalogue, `R…` rule language, `T…` cases.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong. User input stands in backticks; no type name of the implementation.
    pub cause: Words,
    /// What to do about it.
    pub fix: Option<Words>,
    /// The whole line as it should read, where that can be said.
    pub corrected: Option<String>,
}

impl Finding {
    /// An error.
    #[must_use]
    pub fn error(code: &'static str, place: Place, cause: Words) -> Self {
        Self {
            code,
            severity: Severity::Error,
            place,
            cause,
            fix: None,
            corrected: None,
        }
    }

    /// A warning.
    #[must_use]
    pub fn warning(code: &'static str, place: Place, cause: Words) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, place, cause)
        }
    }

    /// A note.
    #[must_use]
    pub fn note(code: &'static str, place: Place, cause: Words) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::error(code, place, cause)
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn fix(mut self, en: impl Into<String>, zh: impl Into<String>) -> Self {
        self.fix = Some(Words::new(en, zh));
        self
    }

    /// With the whole line as it should read.
    #[must_use]
    pub fn corrected(mut self, line: impl Into<String>) -> Self {
        self.corrected = Some(line.into());
        self
    }
}

/// Everything there is to say about a project, in the order of its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    all: Vec<Finding>,
}

impl Findings {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more.
    pub fn push(&mut self, finding: Finding) {
        self.all.push(finding);
    }

    /// All of another list.
    pub fn extend(&mut self, other: Self) {
        self.all.extend(other.all);
    }

    /// True when an error is among them: the project does not load.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.all.iter().any(|f| f.severity == Severity::Error)
    }

    /// True when there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Sorts by place, then code, and drops exact repeats.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.all
            .sort_by(|a, b| (&a.place, a.code).cmp(&(&b.place, b.code)));
        self.all.dedup();
        self
    }

    /// Those of one severity.
    #[must_use]
    pub fn only(&self, severity: Severity) -> Self {
        let all = self.all.iter().filter(|f| f.severity == severity);
        Self {
            all: all.cloned().collect(),
        }
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.all.iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;
    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

/// The `most` names of `known` nearest to `word`, best first; names too far away are left out.
pub fn nearest<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let mut scored: Vec<(usize, &str)> = known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(word, k), k))
        .filter(|(d, k)| *d <= (word.chars().count().max(k.chars().count()) / 3).max(1))
        .collect();
    scored.sort_unstable();
    scored.into_iter().take(most).map(|(_, k)| k).collect()
}
