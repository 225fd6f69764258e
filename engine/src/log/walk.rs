//! Through one segment, frame by frame, in bounded memory; and what stands where no frame does.

use super::error::Error;
use super::files::{File, read_full};
use super::frame::Frame;
use super::header::{HEADER, Header, MAGIC};
use super::segment::{SEGMENT_HEADER, Segment};
use std::path::PathBuf;

/// Bytes read at once. Larger than most batches, small beside a segment.
const AHEAD: usize = 256 * 1024;

/// A file read in large pieces, from front to back.
pub(crate) struct Pieces {
    file: Box<dyn File>,
    path: PathBuf,
    /// The file's length: no more room is made than it can fill.
    length: u64,
    piece: Vec<u8>,
    start: u64,
}

impl Pieces {
    pub(crate) fn new(file: Box<dyn File>, path: PathBuf, length: u64) -> Self {
        Self {
            file,
            path,
            length,
            piece: Vec::new(),
            start: 0,
        }
    }

    /// So many bytes from there; fewer where the file ends.
    pub(crate) fn get(&mut self, at: u64, length: usize) -> Result<&[u8], Error> {
        let left = self.length.saturating_sub(at);
        let end = at + left.min(length as u64);
        if at < self.start || end > self.start + self.piece.len() as u64 {
            let ahead = left.min(length.max(AHEAD) as u64);
            self.piece
                .resize(usize::try_from(ahead).unwrap_or(AHEAD), 0);
            self.start = at;
            let read = read_full(&*self.file, &mut self.piece, at);
            let read = read.map_err(Error::io("read", &self.path));
            self.piece.truncate(*read.as_ref().unwrap_or(&0));
            read?;
        }
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        let rest = self.piece.get(from..).unwrap_or_default();
        Ok(rest.get(..length).unwrap_or(rest))
    }
}

/// What stands at a place of a segment.
pub(crate) enum Step {
    /// A frame that follows the one before.
    Frame(Frame),
    /// A frame passed over: only its head was looked at.
    Passed,
    /// Zeros, or no room for a frame.
    End,
    /// Something else, and what is wrong with it.
    Bad(&'static str),
}

/// A walk through one segment.
pub(crate) struct Walk {
    pieces: Pieces,
    seed: u32,
    length: u64,
    /// Where it stands.
    pub(crate) at: u64,
    /// The checksum of the head before.
    pub(crate) previous: u32,
    /// The number the next batch begins with.
    pub(crate) next_seq: u64,
}

impl Walk {
    /// At the first frame of a segment.
    pub(crate) fn new(segment: &Segment, file: Box<dyn File>) -> Self {
        Self {
            pieces: Pieces::new(file, segment.path.clone(), segment.header.length),
            seed: segment.header.id.seed(),
            length: segment.header.length,
            at: SEGMENT_HEADER as u64,
            previous: segment.header.previous,
            next_seq: segment.header.first_seq,
        }
    }

    /// Reads no further than there.
    pub(crate) fn until(&mut self, end: u64) {
        self.pieces.length = end;
    }

    /// The next frame. Batches up to `passed` are not read beyond their heads.
    pub(crate) fn next(&mut self, passed: u64) -> Result<Step, Error> {
        if self.length.saturating_sub(self.at) < HEADER as u64 {
            return Ok(Step::End);
        }
        let head = self.pieces.get(self.at, HEADER)?;
        if head.iter().all(|byte| *byte == 0) {
            return Ok(Step::End);
        }
        let Some((header, sum)) = Header::read(head, self.seed) else {
            return Ok(Step::Bad("no frame begins here"));
        };
        if header.previous != self.previous {
            return Ok(Step::Bad("a frame does not follow the one before it"));
        }
        if header.first_seq != self.next_seq || u64::from(header.base) > self.at {
            return Ok(Step::Bad("a frame contradicts its place"));
        }
        let step = if header.last_seq <= passed && header.last_seq >= header.first_seq {
            Step::Passed
        } else {
            let length = header.length as usize - HEADER;
            let body = self.pieces.get(self.at + HEADER as u64, length)?.to_vec();
            match Frame::read(header, body) {
                Ok(frame) => Step::Frame(frame),
                Err(what) => return Ok(Step::Bad(what)),
            }
        };
        self.at += u64::from(header.length);
        self.previous = sum;
        self.next_seq = header.last_seq + 1;
        Ok(step)
    }

    /// What stands from here to the end of the segment, where no frame could be read.
    pub(crate) fn tail(&mut self) -> Result<Tail, Error> {
        let start = self.at;
        let mut at = start;
        let mut last = None;
        while at < self.length {
            let piece = self.pieces.get(at, AHEAD)?;
            let length = piece.len() as u64;
            if length == 0 {
                break;
            }
            if let Some(place) = piece.iter().rposition(|byte| *byte != 0) {
                last = Some(at + place as u64 + 1);
                // Frames begin at multiples of eight; so does every piece.
                let places = (0..piece.len()).step_by(8);
                let marked = places.filter(|place| {
                    let rest = piece.get(*place..).unwrap_or_default();
                    rest.starts_with(&MAGIC)
                });
                let marked: Vec<u64> = marked.map(|place| at + place as u64).collect();
                for place in marked {
                    let head = Header::read(self.pieces.get(place, HEADER)?, self.seed);
                    if head.is_some_and(|(head, _)| u64::from(head.base) > start) {
                        return Ok(Tail::Damaged);
                    }
                }
            }
            at += length;
        }
        Ok(last.map_or(Tail::Clean, |until| Tail::Torn { until }))
    }
}

/// What stands behind the last whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Zeros.
    Clean,
    /// Remains of a write that was never durable, up to there.
    Torn {
        /// Its end, excluded.
        until: u64,
    },
    /// A frame stands behind, and what is bad here was durable before that frame was written.
    Damaged,
}
