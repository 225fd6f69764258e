//! Decisions by real rules, taken step by step. Every recorded one is decided again from its record.

mod candidates;
mod catalogue;
mod contact;
mod indexed;
pub(crate) mod kit;
mod order;
pub(crate) mod plan;
mod shared;
mod triggers;
mod verdicts;
mod wire;
