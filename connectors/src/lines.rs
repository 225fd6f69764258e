//! Records from a file of lines: newline-delimited JSON, one record a line.

use engine::limits::RECORD_BYTES_MAX;
use engine::shard::Record;
use std::io::{BufRead, Result};

/// Reads records line by line. Blank lines are no records. Of a line longer than a record may be,
/// only as much is kept as shows that it is too long.
pub struct Lines<R> {
    from: R,
    line: u64,
}

impl<R: BufRead> Lines<R> {
    /// Lines of a reader.
    pub fn new(from: R) -> Self {
        Self { from, line: 0 }
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// What the reader says.
    pub fn next_record(&mut self) -> Result<Option<Record>> {
        loop {
            let mut bytes = Vec::new();
            if !self.read_line(&mut bytes)? {
                return Ok(None);
            }
            self.line += 1;
            if bytes.iter().any(|b| !b.is_ascii_whitespace()) {
                return Ok(Some(Record {
                    line: self.line,
                    bytes,
                }));
            }
        }
    }

    /// Reads up to a newline; keeps at most one byte more than a record may have.
    fn read_line(&mut self, bytes: &mut Vec<u8>) -> Result<bool> {
        let mut any = false;
        loop {
            let buffer = self.from.fill_buf()?;
            if buffer.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = memchr::memchr(b'\n', buffer);
            let taken = end.unwrap_or(buffer.len());
            let room = (RECORD_BYTES_MAX + 1).saturating_sub(bytes.len());
            bytes.extend_from_slice(buffer.get(..taken.min(room)).unwrap_or(buffer));
            let used = end.map_or(taken, |at| at + 1);
            self.from.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(u64, usize)> {
        let mut lines = Lines::new(text);
        let next = || {
            lines
                .next_record()
                .unwrap()
                .map(|r| (r.line, r.bytes.len()))
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn blank_lines_count_and_are_no_records() {
        assert_eq!(all(b"{}\n\n \t\r\n{ }\r\n[]"), [(1, 2), (4, 4), (5, 2)]);
        assert_eq!(all(b""), []);
    }

    #[test]
    fn a_line_without_end_is_bounded() {
        let mut text = vec![b'x'; RECORD_BYTES_MAX * 3];
        text.extend(b"\n{}");
        assert_eq!(all(&text), [(1, RECORD_BYTES_MAX + 1), (2, 2)]);
    }
}
