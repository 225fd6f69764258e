//! The text of a catalogue file: from byte offsets to lines and columns, and to corrected lines.

use crate::finding::Place;
use std::ops::Range;
use std::sync::Arc;

/// A catalogue file's text with the starts of its lines.
#[derive(Clone, Debug)]
pub(super) struct Source {
    file: Arc<str>,
    text: Arc<str>,
    starts: Vec<usize>,
}

impl Source {
    pub(super) fn new(file: Arc<str>, text: Arc<str>) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        Self { file, text, starts }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The line that byte `at` stands on, from 0.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.starts.partition_point(|s| *s <= at).saturating_sub(1)
    }

    /// The place of byte `at`.
    pub(super) fn place(&self, at: usize) -> Place {
        let line = self.line_of(at);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let column = self.slice(start..at).chars().count();
        Place::at(self.file.clone(), short(line + 1), short(column + 1))
    }

    /// The text of a span; empty where the span is none of this file's.
    pub(super) fn slice(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or("")
    }

    /// The line, from 0, without its end.
    pub(super) fn line(&self, line: usize) -> &str {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or("");
        rest.lines().next().unwrap_or("")
    }

    /// How many lines there are.
    pub(super) fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The byte the line, from 0, begins at.
    pub(super) fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// The line of `place` with `width` code points from there on replaced.
    pub(super) fn corrected(&self, place: &Place, width: usize, new: &str) -> Option<String> {
        let line = self.line(usize::try_from(place.line.checked_sub(1)?).ok()?);
        let column = usize::try_from(place.column.checked_sub(1)?).ok()?;
        let before: String = line.chars().take(column).collect();
        let after: String = line.chars().skip(column + width).collect();
        Some(format!("{before}{new}{after}"))
    }
}

/// A count as the number of a place.
pub(super) fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
