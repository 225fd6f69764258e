//! Several files as one: their records merged by time, ties in the order the files were named.

use crate::lines::Lines;
use engine::shard::Record;
use std::io::{BufRead, Result};

/// Several sources of lines, merged. One source alone is passed through untouched.
pub struct Merge {
    sources: Vec<Source>,
    /// Records of several files are numbered as they leave, so that a reject's line is one number;
    /// those of one file keep their line.
    several: bool,
    passed: u64,
}

struct Source {
    lines: Lines<Box<dyn BufRead>>,
    /// The record that stands ready, and its time.
    ready: Option<(i64, Record)>,
    /// A record without a readable time keeps its place behind the one before it.
    last: i64,
}

impl Merge {
    /// Merges these readers.
    ///
    /// # Errors
    /// What a reader says.
    pub fn new(readers: Vec<Box<dyn BufRead>>) -> Result<Self> {
        let several = readers.len() > 1;
        let source = |reader| Source {
            lines: Lines::new(reader),
            ready: None,
            last: i64::MIN,
        };
        let mut merge = Self {
            sources: readers.into_iter().map(source).collect(),
            several,
            passed: 0,
        };
        for source in &mut merge.sources {
            source.advance(several)?;
        }
        Ok(merge)
    }

    /// The next record, or `None` at the end of all.
    ///
    /// # Errors
    /// What a reader says.
    pub fn next_record(&mut self) -> Result<Option<Record>> {
        let ready = self.sources.iter().enumerate();
        let times = ready.filter_map(|(at, s)| Some((s.ready.as_ref()?.0, at)));
        let Some((_, at)) = times.min() else {
            return Ok(None);
        };
        let Some(source) = self.sources.get_mut(at) else {
            return Ok(None);
        };
        let record = source.ready.take().map(|(_, record)| record);
        source.advance(self.several)?;
        self.passed += 1;
        Ok(record.map(|record| {
            if self.several {
                Record {
                    line: self.passed,
                    ..record
                }
            } else {
                record
            }
        }))
    }
}

impl Source {
    fn advance(&mut self, several: bool) -> Result<()> {
        self.ready = self.lines.next_record()?.map(|record| {
            if several {
                self.last = engine::decode::peek_time(&record.bytes).unwrap_or(self.last);
            }
            (self.last, record)
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_by_time_and_ties_by_file() {
        let a = "{\"time\":1}\n{\"time\":5}\n";
        let b = "{\"time\":1,\"b\":0}\nnonsense\n{\"time\":3}\n";
        let boxed = |text: &'static str| Box::new(text.as_bytes()) as Box<dyn BufRead>;
        let mut merge = Merge::new(vec![boxed(a), boxed(b)]).unwrap();
        let next = || merge.next_record().unwrap();
        let texts = std::iter::from_fn(next).map(|r| (r.line, String::from_utf8(r.bytes).unwrap()));
        let order: Vec<(u64, String)> = texts.collect();
        let expected = [
            r#"{"time":1}"#,
            r#"{"time":1,"b":0}"#,
            "nonsense",
            r#"{"time":3}"#,
            r#"{"time":5}"#,
        ];
        assert_eq!(
            order,
            (1..).zip(expected.map(str::to_owned)).collect::<Vec<_>>()
        );
    }
}
