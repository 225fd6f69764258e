//! Time, state and the choice. No sockets, no async.

pub mod change;
pub mod contacts;
pub mod event;
pub mod scene;
