//! The live service under load, beside two floors of the same run: a server that only answers, on the
//! same listener, and the disk's own sync.
//!
//! [`child`] runs it, or the [`echo`] server, as a process of its own; [`requests`] are the events of
//! DW1 with times of now, [`load`] sends them at a rate that does not wait for answers and notes how
//! long each took ([`spread`]); [`disk`] asks how long a sync takes and how fast files are read, and
//! [`hops`] what it costs to wake the shards for a few events.

pub mod child;
pub mod disk;
pub mod echo;
pub mod hops;
pub mod load;
pub mod requests;
pub mod spread;
