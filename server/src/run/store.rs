//! What survives of a node: its log and its snapshots. Opened before anything is taken; written by the
//! committer alone.

mod follow;
mod keeper;
mod ledger;
mod make;
mod memory;
mod pulled;
mod recover;
mod snapshots;
mod told;

pub(crate) use follow::Astray;
pub(crate) use keeper::{Keeper, Part};
pub(crate) use ledger::Spoken;
pub(crate) use make::options;
pub(crate) use recover::{Views, open};
