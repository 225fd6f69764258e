//! Snapshots are written by a thread of their own: no commit waits for them.

use super::keeper::Part;
use crossbeam::channel::{Sender, bounded};
use engine::log::codec::Logged as _;
use engine::log::{Error, SnapshotWriter, Store};
use std::thread::JoinHandle;

/// Parts on their way to disk.
const PARTS: usize = 2;
/// Bytes of a slice.
const SLICE: usize = 256 * 1024;

/// The thread that writes snapshots.
pub(crate) struct Snapshots {
    lane: Option<Sender<(Part, u64, u64)>>,
    thread: Option<JoinHandle<()>>,
}

impl Snapshots {
    /// `None` when there is no thread to be had: then recovery takes longer.
    pub(crate) fn start(store: Store, keep: usize) -> Option<Self> {
        let (lane, parts) = bounded::<(Part, u64, u64)>(PARTS);
        let write = move || {
            for (part, seq, durable) in parts {
                // The snapshot before it stands, and the log behind that: nothing is lost.
                if let Err(error) = write(&store, &part, (seq, durable), keep) {
                    tracing::error!(part = %part.of, %error, "a snapshot could not be written");
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

    /// Takes a part as it was at `seq`. One that finds no room is left out: its turn comes again.
    pub(crate) fn take(&self, part: Part, seq: u64, durable: u64) {
        if let Some(lane) = &self.lane {
            let _ = lane.try_send((part, seq, durable));
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

fn write(store: &Store, part: &Part, (seq, durable): (u64, u64), keep: usize) -> Result<(), Error> {
    let Some(kinds) = &part.kinds else {
        return Ok(());
    };
    let mut writer = SnapshotWriter::begin(store, part.of, seq)?;
    let mut bytes = Vec::with_capacity(SLICE + 4096);
    for entry in &part.entries {
        // What cannot be written cannot be in the log either: its batch was refused.
        if entry.encode(kinds, &mut bytes).is_err() {
            continue;
        }
        if bytes.len() >= SLICE {
            writer.write(&bytes)?;
            bytes.clear();
        }
    }
    writer.write(&bytes)?;
    writer.finish(durable, keep)
}
