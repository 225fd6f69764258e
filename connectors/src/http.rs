//! HTTP/1: a listener with bounds on everything a peer may do slowly or too often, bodies read to a
//! limit, the forms an event may come in, and problems told as RFC 9457 says.

pub mod body;
pub mod client;
pub(crate) mod encode;
pub mod envelopes;
pub mod listener;
pub mod patient;
pub mod peers;
pub mod problem;
pub mod stream;
