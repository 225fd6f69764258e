//! Facts in, candidates and reasons out.
//!
//! The rooms, in the order a project passes them: [`catalogue`] (what exists), then the rule
//! language, then the book of compiled rules that the engine asks on each event. No clock and no
//! state lives here.

pub mod decimal;
pub mod duration;
pub mod finding;
pub mod money;
