//! One text being checked: where its positions lie in the project, and its lines for corrections.

use super::tree::At;
use crate::catalogue::Expression;
use crate::finding::{Finding, Findings, Place, Words};
use std::cell::RefCell;
use std::sync::Arc;

/// A rule file, or an expression inside a catalogue file, and what there is to say about it.
#[derive(Debug)]
pub struct Page {
    /// The text that is parsed.
    text: Arc<str>,
    /// The file it stands in.
    file: Arc<str>,
    /// The expression, with the way back to its file; `None`: the text is the file.
    inside: Option<Expression>,
    findings: RefCell<Findings>,
}

impl Page {
    /// A rule file.
    #[must_use]
    pub fn rule(file: &Arc<str>, text: &Arc<str>) -> Self {
        Self {
            text: text.clone(),
            file: file.clone(),
            inside: None,
            findings: RefCell::default(),
        }
    }

    /// An expression of a catalogue file.
    #[must_use]
    pub fn expression(expression: &Expression) -> Self {
        Self {
            text: expression.text.as_str().into(),
            file: expression.place.file.clone(),
            inside: Some(expression.clone()),
            findings: RefCell::default(),
        }
    }

    /// The same text, with nothing said about it yet.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            text: self.text.clone(),
            file: self.file.clone(),
            inside: self.inside.clone(),
            findings: RefCell::default(),
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        self.text.clone()
    }

    /// The place of a position.
    #[must_use]
    pub fn place(&self, at: At) -> Place {
        let file = self.file.clone();
        match &self.inside {
            None => Place::at(file, at.line, at.column),
            Some(expression) => expression.place_at(self.offset(at)),
        }
    }

    /// How many code points stand before a position.
    fn offset(&self, at: At) -> usize {
        let number = |n: u32| usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
        let lines = self.text.split_inclusive('\n').take(number(at.line));
        let before: usize = lines.map(|line| line.chars().count()).sum();
        before.saturating_add(number(at.column))
    }

    /// The line as it stands in the file; `None` inside catalogue files.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<&str> {
        let number = usize::try_from(line.checked_sub(1)?).ok()?;
        self.inside
            .is_none()
            .then(|| self.text.lines().nth(number))?
    }

    /// The line with `new` instead of `old` at the position.
    #[must_use]
    pub fn replaced(&self, at: At, old: &str, new: &str) -> Option<String> {
        let line = self.line(at.line)?;
        let skip = usize::try_from(at.column.checked_sub(1)?).ok()?;
        let offset = line.char_indices().map(|(o, _)| o).nth(skip);
        let offset = offset.or_else(|| (line.chars().count() == skip).then_some(line.len()))?;
        let (head, tail) = line.split_at_checked(offset)?;
        Some(format!("{head}{new}{}", tail.strip_prefix(old)?))
    }

    /// The line with `new` put in at the position.
    #[must_use]
    pub fn inserted(&self, at: At, new: &str) -> Option<String> {
        self.replaced(at, "", new)
    }

    /// Says one more thing.
    pub fn push(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }

    /// An error at a position, to be finished and pushed by [`Page::push`].
    #[must_use]
    pub fn error(&self, code: &'static str, at: At, en: String, zh: String) -> Finding {
        Finding::error(code, self.place(at), Words { en, zh })
    }

    /// A warning at a position.
    #[must_use]
    pub fn warning(&self, code: &'static str, at: At, en: String, zh: String) -> Finding {
        Finding::warning(code, self.place(at), Words { en, zh })
    }

    /// A finding about the file as a whole.
    #[must_use]
    pub fn whole(&self, code: &'static str, en: String, zh: String) -> Finding {
        Finding::error(code, Place::at(self.file.clone(), 1, 1), Words { en, zh })
    }

    /// True when an error was said.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.borrow().has_errors()
    }

    /// Everything said, and forgets it.
    pub fn take(&self) -> Findings {
        self.findings.take()
    }
}

/// A finding with its corrected line, where there is one.
pub trait Corrected {
    /// Adds the corrected line when it could be made.
    #[must_use]
    fn maybe_corrected(self, line: Option<String>) -> Self;
}

impl Corrected for Finding {
    fn maybe_corrected(mut self, line: Option<String>) -> Self {
        self.corrected = line;
        self
    }
}
