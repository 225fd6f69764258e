//! The log's inputs as lines of JSON.

use super::error::Error;
use super::frame::Frame;
use super::section::Item;
use super::view::{Frames, View};
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt::Write as _;

/// One input as a line.
#[derive(Serialize)]
struct Line<'l> {
    seq: u64,
    /// Door time, ms.
    door: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<u16>,
    /// The input where it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'l RawValue>,
    /// The input as hexadecimal digits where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
}

impl View {
    /// The inputs behind `seq`, a line of JSON each, without the line's end.
    ///
    /// # Errors
    /// When what follows `seq` was removed.
    pub fn export(&self, seq: u64) -> Result<Lines, Error> {
        Ok(Lines {
            frames: self.frames_since(seq)?,
            after: seq,
            ready: Vec::new().into_iter(),
        })
    }
}

/// Inputs as lines, one frame in memory at a time.
pub struct Lines {
    frames: Frames,
    after: u64,
    ready: std::vec::IntoIter<String>,
}

impl Iterator for Lines {
    type Item = Result<String, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(line) = self.ready.next() {
                return Some(Ok(line));
            }
            match self.frames.next()? {
                Ok(frame) => self.ready = lines(&frame, self.after).into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn lines(frame: &Frame, after: u64) -> Vec<String> {
    let inputs = frame.inputs().filter(|item| item.seq > after);
    inputs.map(|item| line(frame.door(), &item)).collect()
}

fn line(door: i64, item: &Item<'_>) -> String {
    let text = item
        .payload
        .and_then(|payload| std::str::from_utf8(payload).ok());
    // JSON over several lines would end the line early.
    let text = text.filter(|text| !text.contains(['\n', '\r']));
    let input = text.and_then(|text| serde_json::from_str::<&RawValue>(text).ok());
    let bytes = item.payload.filter(|_| input.is_none()).map(hexadecimal);
    let line = Line {
        seq: item.seq,
        door,
        group: item.group.map(|group| group.0),
        input,
        bytes,
        erased: item.payload.is_none(),
    };
    serde_json::to_string(&line).unwrap_or_default()
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a text cannot fail.
        _ = write!(out, "{byte:02x}");
    }
    out
}
