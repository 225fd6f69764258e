//! Time, state and the choice. No sockets, no async.

pub mod action;
pub mod change;
pub mod contacts;
pub mod decision;
pub mod event;
pub mod ids;
pub mod refusal;
pub mod scene;
pub mod tally;
