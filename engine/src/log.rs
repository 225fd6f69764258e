//! What survives. Batches are appended, committed by one write and one sync, and read back in order;
//! snapshots shorten the way back.
//!
//! [`Log::open`] finds the end of the log and tells a torn write from damage. Then
//! [`Log::reserve`] before anything is accepted, [`Log::append`], [`Log::commit`], and only then may
//! anything that came of a batch be seen. [`SnapshotWriter`] writes one part of the state at that part's
//! own number; [`Log::trim`] lets go of what all snapshots hold. Who reads takes a [`View`].
//!
//! It works on bytes: what an input or a change says is the affair of who writes it.
//! [`codec`] has the bytes of a change. All goes through [`Files`], whose [`Twin`] loses and tears what
//! was not synced and fails when told to. `docs/log-format.md` has the layout.

mod backup;
mod batch;
pub mod bytes;
pub mod codec;
mod copy;
mod disk;
mod eras;
mod erase;
mod error;
mod export;
mod files;
mod frame;
mod header;
mod names;
mod offsets;
mod open;
mod section;
mod segment;
mod snapshot;
mod store;
mod survey;
mod trim;
mod twin;
mod view;
mod walk;
mod writer;

pub use backup::{Backup, restore};
pub use batch::Batch;
pub use copy::{Footing, clear};
pub use disk::Disk;
pub use eras::Era;
pub use erase::Chosen;
pub use error::Error;
pub use export::Lines;
pub use files::{File, Files, Open};
pub use frame::Frame;
pub use names::{Definition, NameKind, Names};
pub use offsets::Offsets;
pub use open::{Options, Recovery};
pub use section::{Item, Section};
pub use snapshot::{Part, SLICE_BYTES_MAX, Slices, Snapshot, SnapshotWriter};
pub use store::{FORMAT, Store, StoreId};
pub use survey::{Overview, Problem, SnapshotFile, Verified, info, verify};
pub use twin::{Fault, Loss, Twin};
pub use view::{Frames, Torn, View};
pub use writer::{Log, Room};
