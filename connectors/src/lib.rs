//! Bytes in, bytes out. A connector moves records and lines and knows no policy.

pub mod avro;
pub mod http;
pub mod json;
pub mod kafka;
pub mod lines;
pub mod merge;
pub mod proto;
pub mod sse;
pub mod synthetic;
mod unread;
