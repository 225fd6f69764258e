//! Kafka: records in as a member of a consumer group, records out by an idempotent or transactional
//! producer, the mark of what is out, and the topics all of it needs.
//!
//! The client library is C with a thread of its own per broker; what blocks in it blocks a thread that
//! was made for it, never one of sockets.

mod bearer;
pub mod candidate;
pub mod changelog;
pub mod mark;
mod open;
pub mod places;
pub mod producer;
pub mod record;
pub mod registry;
pub mod secret;
pub mod settings;
pub mod share;
pub mod source;
pub mod topics;
pub mod triage;
mod trouble;
mod watch;
