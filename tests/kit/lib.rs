//! What the promises share: places, the `deft` child, claims, a seed, CSV and the reading of Rust.

mod child;
mod claim;
mod csv;
pub mod http;
pub mod kafka;
mod ndjson;
mod place;
mod replay;
pub mod running;
mod rust_text;
mod seed;

pub use child::{CHILD, Deft, Said, deft, is_child};
pub use claim::{Claimed, SHARED_REQUIRED, claim, claim_on_shared, claim_with_tool};
pub use csv::{Table, first_difference};
pub use libtest_mimic::{Completion, Failed, Trial};
pub use ndjson::objects;
pub use place::{
    SHARED, TempDir, allow_files, copy_tree, lay, read, root, shared, temp_dir, write,
};
pub use replay::{Replayed, replay, state_hash};
pub use rust_text::{Function, RustText};
pub use seed::Seed;
