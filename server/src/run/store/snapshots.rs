//! Snapshots are written by a thread of their own: no commit waits for them.

use super::super::rounds::SLICES_MAX;
use super::keeper::Part;
use crossbeam::channel::{Sender, bounded};
use engine::log::codec::Logged as _;
use engine::log::{Error, SnapshotWriter, Store};
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

/// Bytes that lie together.
const PIECE: usize = 256 * 1024;

/// The thread that writes snapshots.
pub(crate) struct Snapshots {
    lane: Option<Sender<Slice>>,
    thread: Option<JoinHandle<()>>,
}

/// A slice, the number of the batch it came with, and where the log was durable then.
struct Slice {
    part: Part,
    seq: u64,
    durable: u64,
}

impl Snapshots {
    /// `None` when there is no thread to be had: then recovery takes longer.
    pub(crate) fn start(store: Store, keep: usize) -> Option<Self> {
        let (lane, slices) = bounded::<Slice>(SLICES_MAX);
        let write = move || {
            let mut open: Option<Gathered> = None;
            for slice in slices {
                let of = slice.part.of;
                open = if slice.part.begins {
                    Some(Gathered::new(of))
                } else {
                    // One that lacks a slice is worth nothing.
                    open.filter(|gathered| gathered.of == of)
                };
                let Some(gathered) = &mut open else {
                    continue;
                };
                gathered.take(&slice.part);
                if slice.part.ends
                    && let Some(gathered) = open.take()
                {
                    match gathered.write(&store, (slice.seq, slice.durable), keep) {
                        Ok(()) => {
                            if let Some(outbox) = &slice.part.way.outbox {
                                outbox.wrote(of, slice.seq);
                            }
                        }
                        // The snapshot before it stands, and the log behind that: nothing is lost.
                        Err(error) => {
                            slice.part.way.failed.fetch_add(1, Ordering::AcqRel);
                            tracing::error!(part = %of, %error, "a snapshot could not be written");
                        }
                    }
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("snapshots".to_owned())
            .spawn(write)
            .ok()?;
        Some(Self {
            lane: Some(lane),
            thread: Some(thread),
        })
    }

    /// Takes a slice. There is room for as many as are ever on their way.
    pub(crate) fn take(&self, part: Part, seq: u64, durable: u64) {
        if let Some(lane) = &self.lane {
            let _ = lane.send(Slice { part, seq, durable });
        }
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        self.lane = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The slices of a part so far, as bytes. Its number is known with the last of them, and stands first in its
/// file.
struct Gathered {
    of: engine::log::Part,
    pieces: Vec<Vec<u8>>,
    last: Vec<u8>,
}

impl Gathered {
    fn new(of: engine::log::Part) -> Self {
        Self {
            of,
            pieces: Vec::new(),
            last: Vec::new(),
        }
    }

    fn take(&mut self, part: &Part) {
        let Some(kinds) = &part.kinds else {
            return;
        };
        for entry in &part.entries {
            // What cannot be written cannot be in the log either: its batch was refused.
            let whole = self.last.len();
            if entry.encode(kinds, &mut self.last).is_err() {
                self.last.truncate(whole);
            }
            if self.last.len() >= PIECE {
                self.pieces.push(std::mem::take(&mut self.last));
            }
        }
    }

    fn write(self, store: &Store, (seq, durable): (u64, u64), keep: usize) -> Result<(), Error> {
        let mut writer = SnapshotWriter::begin(store, self.of, seq)?;
        for piece in self.pieces.iter().chain([&self.last]) {
            writer.write(piece)?;
        }
        writer.finish(durable, keep)
    }
}
